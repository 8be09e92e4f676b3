"""Weighted level, spread and slope of every series of a panel at once, in a few matrix products.

It chooses no weights and forecasts nothing; unknown buckets simply carry no weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
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
    """Return weighted moments of `values` [n, T] (NaN = unknown).

    `factors` [G, T] are multiplicative season factors and `rows` [n] says which of them a series has; a
    bucket with factor f has mean level * f and variance spread * f.
    """
    parts = [
        _weigh(values[s], weights, None if factors is None or rows is None else factors[rows[s]])
        for s in blocks(len(values))
    ]
    if not parts:
        return Moments(*(np.zeros(0) for _ in range(5)))
    return Moments(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _weigh(values: Floats, weights: Floats, factor: Floats | None) -> tuple[Floats, ...]:
    """Moments of one block in double precision."""
    known = ~np.isnan(values)
    y = np.where(known, values, 0.0).astype(np.float64)
    mask = known.astype(np.float64)
    f = mask if factor is None else mask * factor
    periods = len(weights)
    ages = np.arange(periods - 1, -1, -1, dtype=np.float64)
    base = f @ weights
    level = _ratio(y @ weights, base)
    squares = (y * y) @ weights - 2.0 * level * ((y * f) @ weights) + level**2 * ((f * f) @ weights)
    strength = _ratio((mask @ weights) ** 2, mask @ weights**2)
    unbiased = _ratio(strength, strength - 1.0, least=0.05)
    spread = np.maximum(_ratio(squares, base), 0.0) * unbiased
    return level, spread, strength, _ratio(f @ (weights * ages), base), mask.sum(axis=1)


def _ratio(top: Floats, bottom: Floats, least: float = 1e-12) -> Floats:
    """Divide, 0 where the divisor is not above `least`."""
    return np.divide(top, bottom, out=np.zeros_like(top, dtype=np.float64), where=bottom > least)
