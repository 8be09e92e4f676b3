"""The empirical law of demand over an interval: sums of as many neighbouring buckets, the recent ones weighing more.

It assumes no shape and no independence between buckets; it looks at nothing but the series itself and its season.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import Fit
from bot.forecast.moments import Floats, Moments
from bot.forecast.scan import TINY, gathered

Ints = npt.NDArray[np.int64]
HALF_LIFE = 52.0  # buckets
_KNOWN_SHARE = 0.8  # of a window's buckets that must be known for it to count
_PRIOR = 3.0  # windows' worth of trust in independent buckets
_ROWS = 4096


def bootstrap(
    values: Floats,
    factors: Floats | None,
    rows: npt.NDArray[Any] | None,
    length: Ints,
    *,
    half_life: float = HALF_LIFE,
) -> Fit:
    """Fit `values` [n, T] (NaN = unknown) by their overlapping sums over `length` [n] buckets.

    level = mean of the sums / L. spread = variance of the sums / L, so that whatever makes neighbouring buckets move
    together is inside; it is pulled towards the variance of single buckets, which independence would give, as much as
    few windows that share no bucket deserve. Both variances are made unbiased for the windows' overlap. A window with
    unknown buckets is made up for in proportion; a window too empty does not count; a series without any window has
    its single buckets only.
    """
    parts = []
    for part, weights in _parts(values, factors, rows, length, half_life):
        one = _Law.of(part, weights, np.ones_like(part.length))
        parts.append((_settled(part, one, _Law.of(part, weights, part.length)), np.zeros(len(part.length))))
    return gathered(parts)


def sum_quantiles(
    values: Floats,
    factors: Floats | None,
    rows: npt.NDArray[Any] | None,
    length: Ints,
    levels: Sequence[float],
    *,
    half_life: float = HALF_LIFE,
) -> Floats:
    """Return weighted quantiles [n, levels] of the sums over `length` buckets at season factor 1; 0 without any."""
    found = []
    for part, weights in _parts(values, factors, rows, length, half_life):
        sums, valid = part.sums(part.length)
        order = np.argsort(np.where(valid, sums, np.inf), axis=0, kind="stable")
        reached = np.take_along_axis(np.where(valid, weights[:, None], 0.0), order, axis=0)
        for t in range(1, len(reached)):
            reached[t] += reached[t - 1]
        ranked = np.take_along_axis(np.where(valid, sums, 0.0), order, axis=0)
        total = reached[-1] if len(reached) else np.zeros(len(part.length))
        found.append(np.stack([_at(ranked, reached, level * total) for level in levels], axis=1))
    return np.concatenate(found) if found else np.zeros((0, len(levels)))


def _at(ranked: Floats, reached: Floats, wanted: Floats) -> Floats:
    """First ranked sum [m] at which the weight reached is as wanted."""
    if not len(ranked):
        return np.zeros(len(wanted))
    place = np.argmax(reached >= wanted * (1.0 - 1e-12), axis=0)
    return np.asarray(np.take_along_axis(ranked, place[None, :], axis=0)[0])


@dataclass(frozen=True, slots=True)
class _Part:
    """Running totals [T + 1, m] of demand, of season factors and of known buckets; `length` [m]."""

    demand: Floats
    reach: Floats
    known: Floats
    length: Ints

    def sums(self, length: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Demand over the `length` buckets up to each bucket [T, m] at season factor 1, and which of them count."""
        ends = np.arange(1, len(self.demand))[:, None]
        begins = np.maximum(ends - length[None, :], 0)
        known = self.known[1:] - np.take_along_axis(self.known, begins, axis=0)
        reach = self.reach[1:] - np.take_along_axis(self.reach, begins, axis=0)
        valid = (ends >= length) & (known >= _KNOWN_SHARE * length) & (reach > 1e-9)
        demand = np.maximum(self.demand[1:] - np.take_along_axis(self.demand, begins, axis=0), 0.0)
        return np.divide(demand * length, reach, out=np.zeros_like(demand), where=valid), valid


def _parts(
    values: Floats, factors: Floats | None, rows: npt.NDArray[Any] | None, length: Ints, half_life: float
) -> Iterator[tuple[_Part, Floats]]:
    """Blocks of rows with the weights [T] of the windows by their last bucket, the newest 1."""
    periods = values.shape[1]
    weights = np.exp2(-np.arange(periods - 1, -1, -1, dtype=np.float64) / half_life)
    for start in range(0, len(values), _ROWS):
        block = slice(start, start + _ROWS)
        known = np.isfinite(values[block])
        y = np.where(known, np.maximum(values[block], 0.0), 0.0)
        f = known.astype(np.float64) if factors is None or rows is None else np.where(known, factors[rows[block]], 0.0)
        reach = np.clip(length[block], 1, max(1, periods)).astype(np.int64)
        yield _Part(_running(y), _running(f), _running(known), reach), weights


def _running(table: npt.NDArray[Any]) -> Floats:
    """Totals over time [T + 1, m], added bucket by bucket."""
    out = np.zeros((table.shape[1] + 1, len(table)))
    out[1:] = table.T
    for t in range(1, len(out)):
        out[t] += out[t - 1]
    return out


@dataclass(frozen=True, slots=True)
class _Law:
    """Moments [m] of the sums over `length` buckets; `windows`: how many of them stand apart."""

    mean: Floats
    variance: Floats
    mass: Floats
    strength: Floats
    age: Floats
    windows: Floats

    @classmethod
    def of(cls, part: _Part, weights: Floats, length: Ints) -> "_Law":
        sums, valid = part.sums(length)
        total, squares, mass, mass2, aged = np.zeros((5, len(length)))
        last = len(weights) - 1
        for t, weight in enumerate(weights):
            w = np.where(valid[t], weight, 0.0)
            total += w * sums[t]
            mass += w
            mass2 += w * weight
            aged += w * (last - t)
        mean = total / (mass + TINY)
        for t, weight in enumerate(weights):
            squares += np.where(valid[t], weight, 0.0) * (sums[t] - mean) ** 2
        apart = np.maximum(mass * mass / (mass2 + TINY) / length, np.where(mass > 0.0, 1.0, 0.0))
        variance = squares / (mass + TINY) * np.divide(apart, apart - 1.0, out=np.ones_like(apart), where=apart > 1.5)
        return cls(mean, variance, mass, apart * length, aged / (mass + TINY) + (length - 1) / 2.0, apart)


def _settled(part: _Part, one: _Law, whole: _Law) -> Moments:
    """Moments per bucket from the sums, and from single buckets where there are no or few sums."""
    some = whole.mass > 0.0
    trust = np.where(some, np.maximum(whole.windows - 1.0, 0.0), 0.0)
    spread = (trust * whole.variance / part.length + _PRIOR * one.variance) / (trust + _PRIOR)
    known = part.known[-1]
    return Moments(
        level=np.where(some, whole.mean / part.length, one.mean),
        spread=spread,
        strength=np.minimum(np.where(some, whole.strength, one.strength), known),
        age=np.where(one.mass > 0.0, np.where(some, whole.age, one.age), 0.0),
        known=known.copy(),
    )
