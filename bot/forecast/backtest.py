"""Replays rolling origins: what a specification would have said then, and what demand really came.

It looks only at buckets before each origin to fit and at the whole interval after it to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.candidates import fit
from bot.forecast.fit import Spec, power_law, shrunk
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments
from bot.forecast.pool import UNCORRECTED, Matrix, Pool, fit_pool
from bot.forecast.season import Season, estimate
from bot.patterns.buckets import Days

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_LEAST_HISTORY = 8
_MOST_LENGTHS = 0.9  # of the series' intervals end before the newest origin's outcome is needed; longer ones sit it out
_LEAST_SALES = 3  # buckets with demand before a series counts
_KNOWN_SHARE = 0.8  # of an interval's buckets that must be known for it to count
PHI, KAPPA = 1.0, 2.0  # demand's own variance as seen, and twice the textbook error of the level (drift)


@dataclass(frozen=True, slots=True)
class Sample:
    """Series to replay, m of them.

    `values` [m, T] (NaN = unknown), `length` of the interval in buckets, `group` of the season, `integer` = counts,
    `label` = number of the class. What is known of a series changes from origin to origin, and today's knowledge
    would be knowledge of what came: `label_of` tells the class from the buckets known then (-1 = none of those now),
    `memory_at` the longest memory in buckets from the origin, `past_at` the history as it looked then (spikes of then
    capped). `values` are what really came: an outcome that was a spike counts as it was.
    """

    values: Floats
    starts: Days
    freq: str
    length: Ints
    group: Ints
    integer: Bools
    label: Ints
    label_of: Callable[[Floats], Ints] | None = None
    memory_at: Callable[[int], Floats] | None = None
    past_at: Callable[[int], Floats] | None = None

    def origins(self, count: int) -> list[int]:
        """Newest origins first: the number of buckets that were known then."""
        if not len(self.length):
            return []
        periods, reach = self.values.shape[1], int(np.ceil(np.quantile(self.length, _MOST_LENGTHS)))
        step = max(1, -(-reach // 2))
        least = max(_LEAST_HISTORY, periods // 3)
        return list(range(periods - reach, least - 1, -step))[:count]


@dataclass(frozen=True, slots=True)
class Cases:
    """Forecast against outcome, one entry per series and origin [c].

    `row` of the sample, `label` its class; `mean`, `variance` of the sum as stated; `features` [c, SIZE] or None.
    """

    row: Ints
    label: Ints
    mean: Floats
    variance: Floats
    integer: Bools
    actual: Floats
    weight: Floats
    features: Matrix | None = None

    def take(self, which: npt.NDArray[Any]) -> "Cases":
        """The cases of a mask or of row numbers."""
        kept = (self.row, self.label, self.mean, self.variance, self.integer, self.actual, self.weight)
        row, label, mean, variance, integer, actual, weight = (column[which] for column in kept)
        features = None if self.features is None else self.features[which]
        return Cases(row, label, mean, variance, integer, actual, weight, features)

    def pool(self) -> Pool:
        """The correction that these cases ask for."""
        if self.features is None:
            return UNCORRECTED
        return fit_pool(self.features, self.actual, self.mean, self.variance)

    def corrected(self, pool: Pool) -> "Cases":
        """The cases as they would have been under the pool's correction."""
        if self.features is None:
            return self
        by = pool.factor(self.features)
        return replace(self, mean=self.mean * by, variance=settled(self.mean * by, self.variance * by, self.integer))


def replay(sample: Sample, spec: Spec, seasons: Mapping[int, Season]) -> Cases:
    """Fit `spec` at every origin that `seasons` has (at least one) and set its forecast against what came."""
    parts = [_at(sample, spec, origin, season) for origin, season in seasons.items()]
    features = None if parts[0].features is None else np.concatenate([np.asarray(part.features) for part in parts])
    names = ("row", "label", "mean", "variance", "integer", "actual", "weight")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Cases(**columns, features=features)


def seasons_at(sample: Sample, origins: Sequence[int], *, yearly: bool) -> dict[int, Season]:
    """Season factors as they were known at every origin."""
    known = {o: sample.values[:, :o] if sample.past_at is None else sample.past_at(o) for o in origins}
    return {o: estimate(known[o], sample.starts[:o], sample.freq, sample.group, yearly=yearly) for o in origins}


def settled(mean: Floats, variance: Floats, integer: Bools) -> Floats:
    """Variance of the sum that a law can have: at least Poisson's for counts."""
    return np.maximum(variance, np.where(integer, mean, 1e-9))


def by_law(moments: Moments, label: Ints) -> Moments:
    """The moments with every class's spread pulled to the class's own power law."""
    spread = np.array(moments.spread)
    for name in np.unique(label):
        mine = np.flatnonzero(label == name)
        part = moments.take(mine)
        spread[mine] = shrunk(part, power_law(part)).spread
    return Moments(moments.level, spread, moments.strength, moments.age, moments.known)


def _at(sample: Sample, spec: Spec, origin: int, season: Season) -> Cases:
    past = sample.values[:, :origin] if sample.past_at is None else sample.past_at(origin)
    length = sample.length.astype(np.float64)
    memory = None if sample.memory_at is None else sample.memory_at(origin)
    fitted = fit(past, sample.starts[:origin], season, spec, length=length, longest=memory)
    label = sample.label if sample.label_of is None else sample.label_of(past)
    moments = by_law(fitted.moments, label)
    one = np.ones(len(past))
    start = sample.starts[origin] if origin < len(sample.starts) else sample.starts[-1]
    state = State(moments, fitted.slope, season, sample.integer, PHI * one, KAPPA * one, sample.freq, start, start)
    means, variances = state.sums(length[:, None])
    came, full = outcome(sample, origin)
    # a forecast of nothing is judged like any other: leaving it out would flatter what a quiet window says
    use = np.flatnonzero(full & ((past > 0.0).sum(axis=1) >= _LEAST_SALES))
    mean = means[use, 0]
    variance = settled(mean, variances[use, 0], sample.integer[use])
    weight = 1.0 / np.sqrt(np.maximum(_typical(past)[use] * length[use], 0.05))
    features = None if fitted.features is None else fitted.features[use]
    return Cases(use, label[use], mean, variance, sample.integer[use], came[use], weight, features)


def _typical(past: Floats) -> Floats:
    """Mean demand of the known buckets, 0 without any: what losses are set in proportion to."""
    known = ~np.isnan(past)
    total = np.where(known, past, 0.0).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(known.sum(axis=1), 1))


def outcome(sample: Sample, origin: int) -> tuple[Floats, Bools]:
    """Demand over each series' interval after the origin, and whether enough of it is known.

    A few unknown buckets are made up for in proportion; dropping every interval with one would keep only the
    short ones of a daily history with stock-outs.
    """
    ahead = sample.values[:, origin:]
    inside = np.arange(ahead.shape[1])[None, :] < sample.length[:, None]
    known = ~np.isnan(ahead) & inside
    came = np.where(known, ahead, 0.0).sum(axis=1, dtype=np.float64)
    share = known.sum(axis=1) / sample.length
    return came / np.maximum(share, _KNOWN_SHARE), np.asarray(share >= _KNOWN_SHARE)
