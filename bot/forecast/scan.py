"""Turns a panel into blocks of columns that a forecaster walks through once, oldest bucket first.

It smooths nothing; it settles what every smoother needs: unknown buckets gone, errors weighted, memory bounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import Fit
from bot.forecast.moments import Floats, Moments

TINY = 1e-300  # keeps 0 / 0 at 0 and moves no other quotient
SPREAD_GAIN = 0.03  # of the spread, whatever the level's own gain: a variance needs many more values than a mean
_ROWS = 2048  # of a block: its columns and a grid of states stay in the processor's cache
_WARM = 8  # errors left out at the start, at most half of them


@dataclass(frozen=True, slots=True)
class Columns:
    """Known buckets of m series, each moved to the right end so that only the left end is empty.

    `y` [T, m]: demand, 0 where empty. `f` [T, m]: season factor of a known bucket, 0 where empty. `score` [T, m]:
    weight of the one-step error in the choice of parameters, 0 where empty or too early. `known` [m].
    """

    y: Floats
    f: Floats
    score: Floats
    known: Floats


def columns(values: Floats, factors: Floats | None, rows: npt.NDArray[Any] | None) -> Iterator[Columns]:
    """Yield `values` [n, T] (NaN = unknown) in blocks of rows; below zero counts as zero."""
    for start in range(0, len(values), _ROWS):
        part = slice(start, start + _ROWS)
        yield _block(values[part], None if factors is None or rows is None else factors[rows[part]])


def _block(values: Floats, factor: Floats | None) -> Columns:
    known = np.isfinite(values)
    y = np.where(known, np.maximum(values, 0.0), 0.0)
    f = known.astype(np.float64) if factor is None else np.where(known, factor, 0.0)
    count = known.sum(axis=1)
    periods = values.shape[1]
    holes = np.flatnonzero(known.argmax(axis=1) + count < periods) if periods else np.zeros(0, dtype=np.int64)
    if len(holes):
        order = np.argsort(known[holes], axis=1, kind="stable")
        y[holes] = np.take_along_axis(y[holes], order, axis=1)
        f[holes] = np.take_along_axis(f[holes], order, axis=1)
    begin = periods - count + np.minimum(_WARM, count // 2)
    late = np.arange(periods)[:, None] >= begin[None, :]
    f = np.ascontiguousarray(f.T, dtype=np.float64)
    score = np.where(late & (f > 0.0), 1.0 / np.where(f > 0.0, f, 1.0), 0.0)
    return Columns(np.ascontiguousarray(y.T, dtype=np.float64), f, score, count.astype(np.float64))


def gathered(parts: Sequence[tuple[Moments, Floats]]) -> Fit:
    """Put the blocks' moments and slopes together again."""
    if not parts:
        return Fit(Moments(*(np.zeros(0) for _ in range(5))), np.zeros(0))
    names = ("level", "spread", "strength", "age", "known")
    moments = Moments(*(np.concatenate([getattr(part[0], name) for part in parts]) for name in names))
    return Fit(moments, np.concatenate([part[1] for part in parts]))
