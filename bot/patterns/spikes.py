"""Finds single values far beyond everything else in a series and the cap that the level estimate should use.

It deletes nothing: what counts as a spike is reported, and only estimates of the level use the capped panel.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.patterns.demand import DemandPanel
from bot.patterns.events import promoted

Floats = npt.NDArray[np.floating[Any]]

_BEYOND_NEXT = 10.0  # times the next largest value
_BEYOND_TYPICAL = 20.0  # times the median of the non-zero values
_LEAST_VALUES = 4  # non-zero values needed to judge
RECENT_DAYS = 92  # a younger spike may be a slip that nobody has corrected yet


def cap_spikes(values: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the panel with spikes capped at the next largest ordinary value, and which series had one.

    `values` [n, T], NaN = unknown. A spike is at once > 10 times the next largest value that is no spike and
    > 20 times the median of the non-zero values; at most three in a series. The input is not changed.
    """
    known = np.nan_to_num(values, nan=0.0)
    flagged = np.zeros(len(values), dtype=np.bool_)
    suspects = np.flatnonzero(
        known.max(axis=1, initial=0.0) > _BEYOND_NEXT * known.mean(axis=1) if known.shape[1] else flagged
    )
    if not len(suspects):
        return values, flagged
    ordered = np.sort(known[suspects], axis=1)[:, ::-1]
    sold = (ordered > 0.0).sum(axis=1)
    median = ordered[np.arange(len(suspects)), np.maximum(sold - 1, 0) // 2]
    limit = np.full(len(suspects), np.inf)
    for rank in range(1, min(4, ordered.shape[1])):
        gap = (ordered[:, rank - 1] > _BEYOND_NEXT * ordered[:, rank]) & (
            ordered[:, rank - 1] > _BEYOND_TYPICAL * median
        )
        limit = np.where(gap & (sold >= _LEAST_VALUES + rank - 1), ordered[:, rank], limit)
    hit = np.isfinite(limit)
    flagged[suspects[hit]] = True
    capped = values.copy()
    rows = suspects[hit]
    capped[rows] = np.minimum(values[rows], limit[hit][:, None])
    return capped, flagged


def recent_spikes(panel: DemandPanel) -> npt.NDArray[np.bool_]:
    """Which series have an unexplained spike in the last `RECENT_DAYS`, [n]: estimates ignore it, people must know."""
    recent = panel.starts >= panel.as_of - np.timedelta64(RECENT_DAYS, "D")
    capped, flagged = cap_spikes(panel.values)
    if not flagged.any():
        return flagged
    return spiked(panel.values[:, recent], capped[:, recent], promoted(panel)[:, recent])


def spiked(values: Floats, capped: Floats, explained: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which series have a value that was capped and that nothing explains, [n]."""
    if capped is values:
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(((capped < values) & ~explained).any(axis=1))
