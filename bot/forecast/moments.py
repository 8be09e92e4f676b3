"""Weighted level, spread and age of every series of a panel at once, bucket by bucket over all series.

It chooses no weights and forecasts nothing; unknown buckets simply carry no weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
MOST_MOVED = 10.0  # times: how far a foreign level may stretch or shrink the spread
BLOCK = 16_384  # rows in double precision at a time: bounds the memory, not the result


@dataclass(frozen=True, slots=True)
class Moments:
    """What n series look like, each field [n].

    `level` per bucket at season factor 1, `spread` = variance of a bucket around it, `strength` = effective
    number of buckets behind the level, `age` = mean age of the weights in buckets, `known` = known buckets.
    """

    level: Floats
    spread: Floats
    strength: Floats
    age: Floats
    known: Floats

    def take(self, rows: npt.NDArray[Any]) -> "Moments":
        """Return the moments of the given rows."""
        return Moments(self.level[rows], self.spread[rows], self.strength[rows], self.age[rows], self.known[rows])


def moved(old: Moments, level: Floats, integer: npt.NDArray[np.bool_], rows: npt.NDArray[Any] | slice) -> Floats:
    """Spread of the given rows once their level is another: in proportion to it, at most tenfold either way.

    A series of level 0 tells nothing of how a sale spreads; its deviation is then taken as large as the new level,
    for counts (`integer` [n]) at least as large as that of sales by chance.
    """
    before, spread = old.level[rows], old.spread[rows]
    ratio = np.divide(level, before, out=np.ones_like(level), where=before > 0.0)
    scaled = spread * np.clip(ratio, 1.0 / MOST_MOVED, MOST_MOVED)
    chance = np.where(integer[rows], np.maximum(level, level * level), level * level)
    return np.where((before > 0.0) | ~(level > 0.0), scaled, np.maximum(spread, chance))


def decay_weights(periods: int, half_life: float) -> Floats:
    """Weights of `periods` buckets, the newest 1; `half_life` in buckets, infinite = equal weights."""
    ages = np.arange(periods - 1, -1, -1, dtype=np.float64)
    return np.ones(periods) if np.isinf(half_life) else np.exp2(-ages / half_life)


def window_weights(periods: int, window: int) -> Floats:
    """Weight 1 for the newest `window` buckets, 0 before."""
    return (np.arange(periods) >= periods - window).astype(np.float64)


def blocks(n: int) -> Iterator[slice]:
    """Row slices of bounded size."""
    return (slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))


def weigh(
    values: Floats, weights: Floats, factors: Floats | None = None, rows: npt.NDArray[Any] | None = None
) -> Moments:
    """Return moments of `values` [n, T] (NaN = unknown) under the given weights [T].

    `factors` [G, T] are multiplicative season factors and `rows` [n] says which of them a series has; a
    bucket with factor f has mean level * f and variance spread * f.
    """
    return _moments(values, [(np.ones(1), weights)], factors, rows)[0]


def remember(
    values: Floats,
    half_lives: Floats,
    factors: Floats | None = None,
    rows: npt.NDArray[Any] | None = None,
    longest: Floats | None = None,
) -> list[Moments]:
    """Return the moments under each exponential memory of `half_lives` [k] buckets, in one pass over time.

    `longest` [n] (default infinite) shortens the memory of single series: a level that shifted is forgotten faster.
    """
    one = np.ones(values.shape[1])
    return _moments(values, [(_decay(half_life, longest), one) for half_life in half_lives], factors, rows)


def _decay(half_life: float, longest: Floats | None) -> Floats:
    """Factor per bucket of age, [1] or [n]."""
    return np.exp2(-1.0 / (np.asarray([half_life]) if longest is None else np.minimum(half_life, longest)))


def _moments(
    values: Floats, memories: list[tuple[Floats, Floats]], factors: Floats | None, rows: npt.NDArray[Any] | None
) -> list[Moments]:
    parts = [
        _block(values[s], [(d if len(d) == 1 else d[s], w) for d, w in memories], _rows_of(factors, rows, s))
        for s in blocks(len(values))
    ]
    if not parts:
        return [Moments(*(np.zeros(0) for _ in range(5))) for _ in memories]
    return [
        Moments(*(np.concatenate(column) for column in zip(*columns, strict=True)))
        for columns in zip(*parts, strict=True)
    ]


def _rows_of(factors: Floats | None, rows: npt.NDArray[Any] | None, block: slice) -> Floats | None:
    return None if factors is None or rows is None else np.ascontiguousarray(factors[rows[block]].T)


def _block(values: Floats, memories: list[tuple[Floats, Floats]], factor: Floats | None) -> list[tuple[Floats, ...]]:
    """Moments of one block in double precision, column by column.

    Sums over time are elementwise, never a matrix product: what a series gets must not depend on where it stands.
    """
    y = np.ascontiguousarray(values.T, dtype=np.float64)
    known = ~np.isnan(y)
    mask = known.astype(np.float64)
    y = np.where(known, y, 0.0)
    f = mask if factor is None else mask * factor
    columns = (mask, f, y, y * y, y * f, f * f)
    seen = mask.sum(axis=0)
    return [_finished(_sums(columns, decay, weights), seen) for decay, weights in memories]


def _sums(columns: tuple[Floats, ...], decay: Floats, weights: Floats) -> tuple[Floats, ...]:
    """Weighted sums of the columns, of the squared weights and of the ages, each [m]."""
    sums = [np.zeros(columns[0].shape[1]) for _ in columns]
    square, aged = (np.zeros(columns[0].shape[1]) for _ in range(2))
    for place, weight in enumerate(weights):
        # ages grow by one bucket before the new one comes in at age 0
        aged = decay * (aged + sums[1])
        square *= decay * decay
        if weight:
            square += weight * weight * columns[0][place]
        for kind, column in enumerate(columns):
            sums[kind] *= decay
            if weight:
                sums[kind] += weight * column[place]
    return (*sums, square, aged)


def _finished(sums: tuple[Floats, ...], known: Floats) -> tuple[Floats, ...]:
    """Level, spread, strength, age and known buckets from the sums."""
    mass, base, y, yy, yf, ff, square, aged = sums
    level = _ratio(y, base)
    squares = yy - 2.0 * level * yf + level**2 * ff
    strength = _ratio(mass**2, square)
    unbiased = _ratio(strength, strength - 1.0, least=0.05)
    spread = np.maximum(_ratio(squares, base), 0.0) * unbiased
    return level, spread, strength, _ratio(aged, base), known


def _ratio(top: Floats, bottom: Floats, least: float = 1e-12) -> Floats:
    """Divide, 0 where the divisor is not above `least`."""
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=np.float64), where=bottom > least)
