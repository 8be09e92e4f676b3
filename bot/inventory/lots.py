"""Quantities as suppliers accept them: at least the minimum, a whole multiple, at most the maximum.

Impossible combinations give NaN, never a silent zero; prices by quantity are looked up here too.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from bot.tables.currency import minor_digits

_EXACT = 6  # decimals to which quantities are kept
_CENTS = 1e-12  # the same for prices: an average is exact or off by a share of its own size that shows
_NOISE = 1e-9  # relative differences that come from float arithmetic, not from the data


ORDER_DECIMALS = 3  # decimals that purchase orders take for a quantity in the order unit


def writable_multiple(multiple: np.ndarray, unit_factor: pd.Series) -> np.ndarray:
    """Smallest multiple [base units] of `multiple` that is exact with ORDER_DECIMALS in the order unit, [n].

    `unit_factor` [n] are base units per order unit as text (`12`, `1000/3`), missing where there is no offer. Where
    the order unit is the base unit, nothing changes.
    """
    # exact arithmetic is slow, and there are few different pairs
    pairs = pd.DataFrame({"multiple": multiple, "factor": unit_factor.astype("str").fillna("1").to_numpy()})
    group = pairs.groupby(["multiple", "factor"], sort=False, dropna=False)
    known = [_writable(step, str(factor)) for step, factor in group.size().index]
    return np.asarray(known, dtype="float64")[group.ngroup().to_numpy()] if known else multiple


def _writable(step: float, text: str) -> float:
    above, _, below = text.partition("/")
    factor = Fraction(above) / Fraction(below or "1")
    if factor in (0, 1):
        return step
    wanted = Fraction(Decimal(repr(step))) if np.isfinite(step) and step > 0.0 else Fraction(1)
    least = factor / 10**ORDER_DECIMALS
    common = math.lcm(wanted.numerator, least.numerator)
    return float(Fraction(common, math.gcd(wanted.denominator, least.denominator)))


def fit(wanted: np.ndarray, moq: np.ndarray, multiple: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Smallest allowed quantity >= `wanted` (0 stays 0), else the largest allowed; NaN where none exists.

    All [n], base units; `most` may be NaN (no maximum). A `wanted` that is not finite has no allowed quantity.
    """
    step = np.where(np.isfinite(multiple) & (multiple > 0.0), multiple, 1.0)
    least = np.nan_to_num(moq, nan=0.0)
    known = np.isfinite(wanted)
    steps = np.maximum(_whole(np.maximum(np.where(known, wanted, 0.0), least) / step, np.ceil), 1.0)
    limit = np.where(np.isfinite(most), _whole(np.where(np.isfinite(most), most, 0.0) / step, np.floor), np.inf)
    quantity = np.round(np.minimum(steps, limit) * step, _EXACT)
    possible = known & (quantity > 0.0) & (quantity >= least * (1.0 - _NOISE))
    return np.where(known & (wanted <= 0.0), 0.0, np.where(possible, quantity, np.nan))


def _whole(ratio: np.ndarray, towards: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Whole number of steps, `towards` up or down, unless the ratio is whole but for float noise."""
    nearest = np.rint(ratio)
    return np.where(np.abs(ratio - nearest) <= _NOISE * np.maximum(np.abs(ratio), 1.0), nearest, towards(ratio))


def broken_price(
    rows: pd.DataFrame, breaks: pd.DataFrame, quantity: np.ndarray, price: np.ndarray, as_of: pd.Timestamp
) -> np.ndarray:
    """Price per price_unit at the ordered quantity, [n]: the break with the highest min_quantity reached.

    `rows` has item, location, supplier. Breaks of the newest validity replace older ones. For incremental
    breaks it is the average price over the quantity.
    """
    keys = ["item", "location", "supplier"]
    valid = _newest(breaks[~(breaks["valid_from"] > as_of)], keys)
    if valid.empty:
        return price
    asked = rows[keys].assign(_row=np.arange(len(rows)), _quantity=quantity, _base=price)
    joined = asked.merge(valid, on=keys, how="inner").sort_values(["_row", "min_quantity"], kind="stable")
    joined = joined[(joined["min_quantity"] <= joined["_quantity"]) & (joined["_quantity"] > 0.0)]
    result = price.copy()
    flat = joined[joined["kind"] == "all_units"].drop_duplicates("_row", keep="last")
    result[flat["_row"].to_numpy()] = flat["price"].to_numpy()
    steps = joined[joined["kind"] == "incremental"]
    if len(steps):
        result = _averaged(steps, result)
    return result


def unwritable(
    rows: pd.DataFrame, breaks: pd.DataFrame, price: np.ndarray, base: np.ndarray, as_of: pd.Timestamp
) -> np.ndarray:
    """Whether incremental breaks made a `price` that is not whole in minor units of its currency, [n] bool.

    `rows` has item, location, supplier, currency; `base` [n] is the price without breaks. Documents take no more
    decimals, and a rounded price is not the one agreed.
    """
    keys = ["item", "location", "supplier"]
    averaged = breaks.loc[(breaks["kind"] == "incremental") & ~(breaks["valid_from"] > as_of), keys].drop_duplicates()
    stepped = rows[keys].merge(averaged.assign(_stepped=True), how="left", on=keys)["_stepped"].notna().to_numpy()
    codes, names = pd.factorize(rows["currency"].astype("str"))
    minor = price * np.append(10.0 ** np.array([minor_digits(str(name)) for name in names]), 1.0)[codes]
    return np.asarray(stepped & (price != base) & (np.abs(minor - np.rint(minor)) > _CENTS * np.abs(minor)))


def _newest(breaks: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Only the breaks of the last validity that has begun, per item, location and supplier."""
    start = breaks["valid_from"].fillna(pd.Timestamp("1900-01-01"))
    last = start.groupby([breaks[key] for key in keys], observed=True).transform("max")
    return breaks[(start == last).to_numpy(dtype=bool)]


def _averaged(steps: pd.DataFrame, result: np.ndarray) -> np.ndarray:
    """Average price of incremental breaks: units below the first break cost the base price."""
    upper = steps.groupby("_row")["min_quantity"].shift(-1).fillna(steps["_quantity"]).to_numpy()
    first = ~steps.duplicated("_row").to_numpy()
    cost = (upper - steps["min_quantity"].to_numpy()) * steps["price"].to_numpy()
    cost = cost + np.where(first, steps["min_quantity"].to_numpy() * steps["_base"].to_numpy(), 0.0)
    total = pd.Series(cost).groupby(steps["_row"].to_numpy()).sum()
    quantity = steps.groupby("_row")["_quantity"].first()
    out = result.copy()
    out[total.index.to_numpy()] = total.to_numpy() / quantity.loc[total.index].to_numpy()
    return out
