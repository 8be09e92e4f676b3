"""Demand behind stock-outs: what was sold is the least that was asked for, and the rest is estimated.

It sees one panel of sales and shares in stock; which buckets were out of stock is decided before.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

TRUSTED_SHARE = 0.5  # a bucket in stock for less than this share is hidden, above it is scaled up
LEAST_FULL = 8  # buckets that were not hidden, for an estimate of what lies above a figure
BEYOND = 0.5  # standard deviations above the largest sale: where demand lies that was never seen whole
_MOST = 2.0  # times its own sales: what a hidden bucket counts at most
_BLOCK = 2048  # rows at a time: bounds the memory, not the result


@dataclass(frozen=True, slots=True)
class ProductLimit:
    """Kaplan and Meier's estimate for n series: `level` [n, T] rising (unknown ones last), `left` = share above it.

    `order` [n, T] says which bucket each level is from. What is `left` at the end was never seen whole.
    """

    level: Floats
    left: Floats
    order: Ints

    @property
    def mass(self) -> Floats:
        """Probability of each level, [n, T]."""
        return np.asarray(-np.diff(self.left, axis=1, prepend=1.0))

    @property
    def mean(self) -> Floats:
        """Mean demand, [n]; what was never seen whole lies BEYOND the largest sale."""
        return np.asarray((self.mass * self.level).sum(axis=1) + self.left[:, -1] * self._end())

    def mean_above(self) -> Floats:
        """Mean of the demand above each figure, [n, T] in the order of the buckets; 0 where nothing lies above it."""
        parts = self.mass * self.level
        above = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1] - parts + (self.left[:, -1] * self._end())[:, None]
        mean = np.divide(above, self.left, out=np.zeros_like(above), where=self.left > 1e-9)
        out = np.empty_like(mean)
        np.put_along_axis(out, self.order, mean, axis=1)
        return out

    def _end(self) -> Floats:
        """Where demand is put that was never seen whole, [n]."""
        mass, rest, top = self.mass, self.left[:, -1], self.level.max(axis=1, initial=0.0)
        mean = (mass * self.level).sum(axis=1) + rest * top
        square = (mass * self.level**2).sum(axis=1) + rest * top**2
        return np.asarray(top + BEYOND * np.sqrt(np.maximum(square - mean**2, 0.0)))


def product_limit(sales: Floats, hidden: Bools) -> ProductLimit:
    """Estimate the distribution of demand from `sales` [n, T] (NaN = unknown); where `hidden`, demand was no less.

    At equal figures what was seen whole comes first. A bucket that was hidden hands its weight to all above it.
    """
    known = ~np.isnan(sales)
    level: Floats = np.where(known, sales, np.inf).astype(np.float64)
    order = np.lexsort((hidden, level), axis=1)
    level, whole = np.take_along_axis(level, order, axis=1), np.take_along_axis(known & ~hidden, order, axis=1)
    at_risk = np.maximum(known.sum(axis=1)[:, None] - np.arange(sales.shape[1]), 1)
    left: Floats = np.cumprod(np.where(whole, 1.0 - 1.0 / at_risk, 1.0), axis=1, dtype=np.float64)
    return ProductLimit(np.where(np.isfinite(level), level, 0.0), left, order)


def uncensor(values: Floats, share: Floats) -> Floats:
    """Scale up, estimate or mask the buckets that were not in stock throughout, in place; mean per bucket, [n].

    In stock for at least TRUSTED_SHARE: sales / share. Less: unknown, unless the sales alone beat the series' own mean
    of full buckets; those count as what demand is on average above such sales, because masking them, or taking the
    sales for the demand, would let the level spiral down. With fewer than LEAST_FULL buckets to tell, as the sales.
    The mean is Kaplan and Meier's over all buckets, NaN where nothing was hidden or too little is known.
    """
    whole = (share >= 1.0) & ~np.isnan(values)
    count = whole.sum(axis=1)
    total = np.where(whole, values, 0.0).sum(axis=1)
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    scale = (share >= TRUSTED_SHARE) & (share < 1.0)
    values[scale] /= share[scale]
    hidden = (share < TRUSTED_SHARE) & ~np.isnan(values)
    stands = hidden & (values > mean[:, None]) & (count > 0)[:, None]
    told = hidden.any(axis=1) & ((~hidden & ~np.isnan(values)).sum(axis=1) >= LEAST_FULL)
    level = np.full(len(values), np.nan)
    for rows in np.split(np.flatnonzero(told), range(_BLOCK, int(told.sum()), _BLOCK)):
        law = product_limit(values[rows], hidden[rows])
        level[rows] = law.mean
        least = values[rows]
        likely = np.clip(law.mean_above(), least, _MOST * least)
        values[rows] = np.where(stands[rows], likely, least)
    values[hidden & ~stands] = np.nan
    return level
