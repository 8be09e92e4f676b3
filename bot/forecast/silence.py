"""Buckets at the end of the history in which nothing at all was sold anywhere: unknown, not zero.

A late extract or a closed week looks like the end of all demand; a single dying item is not touched.
"""

import numpy as np

from bot.forecast.moments import Floats

FEWEST_SERIES = 10
FEWEST_BUSY = 5.0  # series that sell in an ordinary bucket; with fewer a silent bucket may be chance
LARGEST_SHARE = 0.25


def silent_tail(values: Floats) -> int:
    """Number of buckets at the end of `values` [n, T] that are silent beyond anything seen before; 0 = none.

    Silence counts only in a panel where several series sell in every ordinary bucket, and only when it lasts
    longer than any silence before it (weekends and yearly closings are known silences).
    """
    n, periods = values.shape
    busy = (np.nan_to_num(values) > 0.0).sum(axis=0)
    loud = np.flatnonzero(busy)
    if n < FEWEST_SERIES or not len(loud):
        return 0
    tail = periods - 1 - int(loud[-1])
    known_silences = np.diff(loud) - 1
    ordinary = float(np.median(busy[loud]))
    unusual = tail > known_silences.max(initial=0) and tail <= LARGEST_SHARE * periods
    return tail if unusual and ordinary >= FEWEST_BUSY else 0


def forget_tail(values: Floats, tail: int) -> Floats:
    """The values with the last `tail` buckets unknown."""
    if not tail:
        return values
    forgotten = values.copy()
    forgotten[:, -tail:] = np.nan
    return forgotten
