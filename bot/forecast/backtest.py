"""Replays rolling origins: what a specification would have said then, and what demand really came.

It looks only at buckets before each origin to fit and at the whole interval after it to judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from bot.forecast.fit import Spec, fit, power_law, shrunk
from bot.forecast.model import State
from bot.forecast.moments import Floats
from bot.forecast.season import Season, estimate
from bot.patterns.buckets import Days

Ints = npt.NDArray[np.int64]
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98)
_LEAST_HISTORY = 8
_KNOWN_SHARE = 0.8  # of an interval's buckets that must be known for it to count
_LEAST_SALES = 3  # buckets with demand before a series counts for calibration


@dataclass(frozen=True, slots=True)
class Sample:
    """Series to replay: values [m, T] (NaN = unknown), interval lengths in buckets, groups, counts or not [m]."""

    values: Floats
    starts: Days
    freq: str
    length: Ints
    group: Ints
    integer: npt.NDArray[np.bool_]

    def origins(self, count: int) -> list[int]:
        """Newest origins first: the number of buckets that were known then."""
        if not len(self.length):
            return []
        periods, reach = self.values.shape[1], int(self.length.max())
        step = max(1, -(-reach // 2))
        least = max(_LEAST_HISTORY, periods // 3)
        return list(range(periods - reach, least - 1, -step))[:count]


@dataclass(frozen=True, slots=True)
class Cases:
    """Forecast against outcome, one entry per series and origin, calibration still open."""

    mean: Floats
    spread: Floats
    reach: Floats
    strength: Floats
    integer: npt.NDArray[np.bool_]
    actual: Floats
    weight: Floats

    def variance(self, phi: float, kappa: float) -> Floats:
        """Variance of the sum under a calibration."""
        raw = phi * self.spread * (self.reach + kappa * self.reach**2 / np.maximum(self.strength, 1.0))
        return np.maximum(raw, np.where(self.integer, self.mean, 1e-9))

    def loss(self, phi: float, kappa: float, levels: Sequence[float] = LEVELS) -> float:
        """Mean weighted pinball loss over the levels."""
        total = 0.0
        variance = self.variance(phi, kappa)
        for level in levels:
            miss = self.actual - rough_quantile(self.mean, variance, self.integer, level)
            total += float((self.weight * np.maximum(level * miss, (level - 1.0) * miss)).sum())
        return total / max(float(self.weight.sum()) * len(levels), 1e-12)

    def coverage(self, phi: float, kappa: float, level: float) -> float:
        """Share of cases in which the quantile covered what came."""
        high = rough_quantile(self.mean, self.variance(phi, kappa), self.integer, level)
        return float((self.actual <= high + 1e-9).mean()) if len(high) else 1.0


def replay(sample: Sample, spec: Spec, seasons: dict[int, Season]) -> Cases:
    """Fit `spec` at every origin that `seasons` has (at least one) and set its forecast against what came."""
    parts = [_at(sample, spec, origin, season) for origin, season in seasons.items()]
    mean, spread, reach, strength, integer, came, weight = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return Cases(mean, spread, reach, strength, integer.astype(np.bool_), came, weight)


def seasons_at(sample: Sample, origins: Sequence[int], *, yearly: bool) -> dict[int, Season]:
    """Season factors as they were known at every origin."""
    return {
        o: estimate(sample.values[:, :o], sample.starts[:o], sample.freq, sample.group, yearly=yearly) for o in origins
    }


def _at(sample: Sample, spec: Spec, origin: int, season: Season) -> tuple[Floats, ...]:
    past = sample.values[:, :origin]
    fitted = fit(past, sample.starts[:origin], season, spec)
    moments = shrunk(fitted.moments, power_law(fitted.moments))
    one = np.ones(len(past))
    start = sample.starts[origin] if origin < len(sample.starts) else sample.starts[-1]
    state = State(moments, fitted.slope, season, sample.integer, one, one, sample.freq, start, start)
    reach = state.reach(sample.length[:, None].astype(np.float64))[:, 0]
    came, full = _outcome(sample, origin)
    use = full & ((past > 0.0).sum(axis=1) >= _LEAST_SALES) & (moments.level > 0.0)
    scale = np.nanmean(np.where(use[:, None], past, 0.0), axis=1, where=~np.isnan(past) | ~use[:, None])
    weight = 1.0 / np.sqrt(np.maximum(scale * sample.length, 0.05))
    columns = (moments.level * reach, moments.spread, reach, moments.strength, sample.integer, came, weight)
    return tuple(column[use] for column in columns)


def _outcome(sample: Sample, origin: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
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


def rough_quantile(mean: Floats, variance: Floats, integer: npt.NDArray[Any], level: float) -> Floats:
    """Quantile from the gamma law with the same moments, by table; counts rounded as the negative binomial falls.

    Within a unit of the exact answer for counts; good enough to choose with, never used to order.
    """
    safe = np.maximum(mean, 1e-12)
    grid, table = _gamma_table(level)
    amount = safe * np.exp(np.interp(np.log(safe * safe / np.maximum(variance, 1e-12)), grid, table))
    return np.where(mean > 0.0, np.where(integer, np.maximum(np.ceil(amount - 0.5), 0.0), amount), 0.0)


@cache
def _gamma_table(level: float) -> tuple[Floats, Floats]:
    """Logarithm of the quantile over the mean by logarithm of the gamma shape."""
    grid = np.linspace(np.log(1e-3), np.log(1e7), 400)
    shape = np.exp(grid)
    return grid, np.log(np.maximum(special.gammaincinv(shape, level), 1e-300) / shape)
