"""Buckets with an explanation: promotions, cheap spells, and single orders far above what a series usually sees.

It changes no value: the forecast and the flags decide what to do with what is explained.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.patterns.demand import DemandPanel

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]

CHEAP = 0.9  # of the median price of a series: below it a bucket is on offer
RARE_SHARE = 1 / 3  # of the buckets: what happens more often is how the series sells, and explains nothing
LEAST_PROMOTED = 3  # buckets on promotion, and off it, to say what promotions bring
LEAST_SIZES = 20  # buckets with demand to call one of them a single order
_TOP, _USUAL = 0.99, 0.90  # shares of a series' own sizes
_FAR = 3.0  # times what nine of ten sizes stay under


def promoted(panel: DemandPanel) -> Bools:
    """Which buckets were on promotion, told so or sold well below the series' own median price, [n, T].

    A price rule that would call more than RARE_SHARE of a series cheap is no rule for that series.
    """
    found = np.zeros(panel.values.shape, dtype=np.bool_)
    if panel.promotion is not None:
        found |= panel.promotion > 0.0
    if panel.price is not None and panel.periods:
        count = (~np.isnan(panel.price)).sum(axis=1)
        middle = np.sort(panel.price, axis=1)[np.arange(panel.n), np.maximum(count - 1, 0) // 2]
        cheap = panel.price < CHEAP * middle[:, None]
        found |= cheap & (cheap.sum(axis=1) <= RARE_SHARE * count)[:, None]
    return found


def uplift(values: Floats, on_promotion: Bools) -> Floats:
    """Mean of the buckets on promotion over the mean of the others, [n]; NaN where too few of either are known."""
    if not on_promotion.any():
        return np.full(len(values), np.nan)
    known = ~np.isnan(values)
    sold = np.where(known, values, 0.0).astype(np.float64)
    on, off = known & on_promotion, known & ~on_promotion
    many, rest = on.sum(axis=1), off.sum(axis=1)
    base = (sold * off).sum(axis=1) / np.maximum(rest, 1)
    told = (many >= LEAST_PROMOTED) & (rest >= LEAST_PROMOTED) & (base > 0.0)
    lifted = (sold * on).sum(axis=1) / np.maximum(many, 1)
    return np.asarray(np.divide(lifted, base, out=np.full(len(values), np.nan), where=told))


def single_orders(values: Floats, on_promotion: Bools) -> Bools:
    """Buckets above 99 % of a series' own sizes and far above 90 % of them that no promotion explains, [n, T]."""
    found = np.zeros(values.shape, dtype=np.bool_)
    sold = np.nan_to_num(values)
    busy = (sold > 0.0).sum(axis=1)
    suspects = np.flatnonzero((busy >= LEAST_SIZES) & (sold.max(axis=1, initial=0.0) * busy > _FAR * sold.sum(axis=1)))
    if not len(suspects):
        return found
    part = values[suspects]
    rising = np.sort(np.where(sold[suspects] > 0.0, part, np.inf), axis=1)
    top, usual = (_own(rising, busy[suspects], share) for share in (_TOP, _USUAL))
    limit = np.maximum(top, _FAR * usual)[:, None]
    found[suspects] = (part > limit) & ~on_promotion[suspects]
    return found


def _own(rising: Floats, count: npt.NDArray[Any], share: float) -> Floats:
    """Quantile of the first `count` of each row: the size that at least `share` of the others stay under."""
    place = np.minimum(np.floor(share * (count - 1)).astype(np.int64), count - 1)
    return np.asarray(rising[np.arange(len(rising)), place])


def calm(panel: DemandPanel, on_promotion: Bools) -> Floats:
    """Values with promoted buckets unknown, for looking at the level, unless a series sells mostly on promotion."""
    if not on_promotion.any():
        return panel.values
    known = (~np.isnan(panel.values)).sum(axis=1)
    rare = on_promotion.sum(axis=1) <= RARE_SHARE * np.maximum(known, 1)
    return np.where(on_promotion & rare[:, None], np.nan, panel.values)
