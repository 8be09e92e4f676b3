"""Expected demand and quantiles of totals per category and location, for people who look at many items at once.

Totals are sums of the item forecasts, so they add up; they size no order.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.hierarchy import Tree
from bot.forecast.interval import IntervalDemand
from bot.forecast.moments import Floats
from bot.forecast.result import Forecast

LEVELS = (0.1, 0.5, 0.9)
KINDS = ("all", "category", "location", "category at location")
PRIOR = (0.05, 0.05, 0.05, 0.1)  # correlation per kind of total where history is too short to tell
_FEWEST_BLOCKS = 8
_PRIOR_BLOCKS = 4.0
_LEAST = 1e-12


def totals_by(
    forecast: Forecast,
    tree: Tree,
    periods: int,
    *,
    levels: Sequence[float] = LEVELS,
    correlation: Sequence[float] = PRIOR,
) -> pd.DataFrame:
    """One row per total of `tree`: kind, category, location, items, mean, sd and a quantile column per level.

    Of demand over the first `periods` buckets together. `correlation` of items inside a total, per kind, is
    `common_correlation`'s: without it, many independent errors would cancel and every total look certain.
    """
    law = forecast.total(periods)
    means = np.where(np.isfinite(law.mean), law.mean, 0.0)
    variances = np.where(np.isfinite(law.variance), law.variance, 0.0)
    mean, alone, together = (tree.totals(column) for column in (means, variances, np.sqrt(variances)))
    rho = np.asarray(correlation, dtype=np.float64)[tree.kind]
    variance = alone + rho * np.maximum(together**2 - alone, 0.0)
    whole = tree.totals((~law.integer).astype(np.float64)) == 0.0
    total = IntervalDemand.of(mean[:, None], variance[:, None], np.ones((len(mean), 1)), whole)
    return pd.DataFrame(
        {
            "kind": np.asarray(KINDS, dtype=object)[tree.kind],
            "category": tree.names["category"],
            "location": tree.names["location"],
            "items": tree.totals(np.ones(len(means))).astype(np.int64),
            "mean": mean,
            "sd": np.sqrt(variance),
            **{f"q{100.0 * level:g}": total.quantile(level) for level in levels},
        }
    )


def common_correlation(values: Floats, tree: Tree, periods: int) -> tuple[float, ...]:
    """Correlation between items of one total, per kind: from how history [n, T] in blocks of `periods` buckets moved.

    The variance of a total over the sum of its items' variances tells how much of their movement is common. Changes
    from block to block are looked at, so that a steady trend is not taken for a common shock. Half years of weekly
    history in blocks of a month are few: the answer is drawn to PRIOR.
    """
    change = _changes(values, periods)
    blocks = change.shape[1]
    if blocks < _FEWEST_BLOCKS - 1:
        return PRIOR
    per_item = (change**2).mean(axis=1)
    alone, together = tree.totals(per_item), tree.totals(np.sqrt(per_item))
    moved = (tree.totals(change) ** 2).mean(axis=1)
    common = np.bincount(tree.kind, weights=moved - alone, minlength=len(KINDS))
    most = np.bincount(tree.kind, weights=np.maximum(together**2 - alone, 0.0), minlength=len(KINDS))
    found = np.divide(common, most, out=np.asarray(PRIOR, dtype=np.float64), where=most > _LEAST)
    drawn = (blocks * np.clip(found, 0.0, 1.0) + _PRIOR_BLOCKS * np.asarray(PRIOR)) / (blocks + _PRIOR_BLOCKS)
    return tuple(float(x) for x in drawn)


def _changes(values: Floats, periods: int) -> npt.NDArray[np.float64]:
    """Changes of block sums [n, B - 1] over the root of two, newest block last; nothing before a series begins."""
    whole = max(1, min(periods, values.shape[1] // _FEWEST_BLOCKS))
    blocks = values.shape[1] // whole
    tail = values[:, values.shape[1] - blocks * whole :].astype(np.float64)
    known = ~np.isnan(tail)
    sums = np.where(known, tail, 0.0).reshape(len(values), blocks, whole).sum(axis=2)
    share = known.reshape(len(values), blocks, whole).mean(axis=2)
    full = np.divide(sums, share, out=np.full(sums.shape, np.nan), where=share >= 0.5)
    return np.asarray(np.nan_to_num(np.diff(full, axis=1)) / np.sqrt(2.0))
