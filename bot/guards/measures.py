"""The figures that guards compare with limits: order values, ratios, price changes.

It knows no limit and takes no decision; a figure that cannot be computed is NaN, or -1 for exact money.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Minor = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
UNKNOWN = np.int64(-1)  # an amount that nobody could compute
NO_LIMIT = np.int64(np.iinfo(np.int64).max)  # a cap that nobody set

_DECIMALS = 9  # so that a rise of exactly the limit, as in 1.05 against 1.00, is not above it


def ratio(quantity: Floats, usual: Floats) -> Floats:
    """Quantity against the usual one; NaN where there is no usual quantity above zero."""
    known = np.where(usual > 0, usual, np.nan)
    with np.errstate(over="ignore"):  # against next to nothing everything is infinitely much
        return np.asarray(np.round(quantity / known, _DECIMALS), dtype=np.float64)


def change_pct(price: Floats, base: Floats) -> Floats:
    """Change of a price against its base [%], above 0 = dearer; NaN without a base above zero."""
    known = np.where(base > 0, base, np.nan)
    with np.errstate(over="ignore"):
        return np.asarray(np.round((price / known - 1.0) * 100.0, _DECIMALS), dtype=np.float64)


def first_known(preferred: Floats, fallback: Floats) -> Floats:
    """The preferred figure where it is known, else the other."""
    return np.where(np.isnan(preferred), fallback, preferred)


def group_total(amount_minor: Minor, group: npt.NDArray[np.int64], extra_minor: Minor | None = None) -> Minor:
    """Exact sum of the amounts of each line's group, for every line; `extra_minor` is added once per group.

    One unknown amount makes the whole group unknown, because the rest of it proves nothing.
    """
    _, first, codes = np.unique(group, return_index=True, return_inverse=True)
    totals = np.zeros(len(first), dtype=np.int64)
    np.add.at(totals, codes, np.maximum(amount_minor, 0))
    unknown = np.zeros(len(first), dtype=bool)
    np.logical_or.at(unknown, codes, amount_minor < 0)
    if extra_minor is not None:
        extras = np.zeros(len(first), dtype=np.int64)
        np.maximum.at(extras, codes, np.maximum(extra_minor, 0))
        totals += extras
        np.logical_or.at(unknown, codes, extra_minor < 0)
    totals[unknown] = UNKNOWN
    return np.asarray(totals[codes], dtype=np.int64)
