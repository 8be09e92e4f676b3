"""The fitted state that every native forecaster shares: level, trend and season of a panel, looked at ahead.

It turns a state into means and variances of sums of buckets; it does not choose how the state is fitted.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.levels import Levels
from bot.forecast.moments import Floats, Moments
from bot.forecast.season import Season
from bot.patterns import buckets

DAMPING = 0.95  # of the trend, per week


@dataclass(frozen=True, slots=True)
class State:
    """What is known about n series on the planning day.

    `slope` [n]: change per bucket relative to the level, damped ahead. `phi`, `kappa` [n]: calibrated
    multipliers of the spread and of the estimation error. `integer` [n]: counts or amounts. `path` [m, P] or
    None: means per bucket of forecasters that are not ours, in place of level, slope and season. `place` [n]: the
    row of `path` that holds for each series, -1 = none; without it path and series go together. `levels`: what the
    probabilities of an interval are worth (None = as stated).
    """

    moments: Moments
    slope: Floats
    season: Season
    integer: npt.NDArray[np.bool_]
    phi: Floats
    kappa: Floats
    freq: str
    start: np.datetime64
    as_of: np.datetime64
    path: Floats | None = None
    place: npt.NDArray[np.int64] | None = None
    levels: Levels | None = None

    def take(self, rows: npt.NDArray[Any]) -> "State":
        """Return the state of the given rows."""
        return replace(
            self,
            moments=self.moments.take(rows),
            slope=self.slope[rows],
            season=self.season.take(rows),
            integer=self.integer[rows],
            phi=self.phi[rows],
            kappa=self.kappa[rows],
            path=self.path[rows] if self.path is not None and self.place is None else self.path,
            place=None if self.place is None else self.place[rows],
            levels=None if self.levels is None else self.levels.take(rows),
        )

    def sums(self, ends: Floats, begins: Floats | None = None) -> tuple[Floats, Floats]:
        """Mean and variance [n, K] of demand between bucket positions `begins` (default 0) and `ends` [n, K]."""
        reach = self.reach(ends, begins)
        return self.moments.level[:, None] * reach, self.variance(reach)

    def reach(self, ends: Floats, begins: Floats | None = None) -> Floats:
        """How many average buckets the sum is worth, season and trend included [n, K]."""
        flat, damped = self.course(ends, begins)
        return np.maximum(flat + self.slope[:, None] * damped, 0.0)

    def course(self, ends: Floats, begins: Floats | None = None) -> tuple[Floats, Floats]:
        """The two parts of `reach` [n, K]: average buckets by the season alone, and what one unit of slope adds."""
        flat, damped = self._grown(ends)
        if begins is not None:
            before = self._grown(begins)
            flat, damped = flat - before[0], damped - before[1]
        return flat, damped

    def variance(self, reach: Floats) -> Floats:
        """Variance of a sum worth `reach` average buckets: demand itself, and the level's own error."""
        strength = np.maximum(self.moments.strength, 1.0)[:, None]
        error = self.kappa[:, None] * reach**2 / strength
        return self.phi[:, None] * self.moments.spread[:, None] * (reach + error)

    def _grown(self, ends: Floats) -> tuple[Floats, Floats]:
        """Cumulated season factors and damped slopes up to fractional bucket positions."""
        if self.path is None:
            return self._own(ends)
        if self.place is None:
            return self._foreign(self.path, ends, slice(None)), np.zeros(ends.shape)
        flat, damped = self._own(ends)
        rows = np.flatnonzero(self.place >= 0)
        flat[rows] = self._foreign(self.path[self.place[rows]], ends[rows], rows)
        damped[rows] = 0.0
        return flat, damped

    def _foreign(self, path: Floats, ends: Floats, rows: npt.NDArray[Any] | slice) -> Floats:
        """Cumulated means of a foreign path, in units of the level of its series."""
        level = self.moments.level[rows]
        scale = np.where(level > 0.0, level, 1.0)
        return _look(_cumulate(path / scale[:, None]), np.arange(len(path)), ends)

    def _own(self, ends: Floats) -> tuple[Floats, Floats]:
        periods = int(np.ceil(np.max(ends, initial=1.0))) + 1
        factor = self.season.factors(buckets.bucket_range(self.start, periods, self.freq))
        growth = np.cumsum(_damping(self.freq) ** np.arange(1, periods + 1))
        row = self.season.group if self.season.groups > 1 else np.zeros(len(ends), dtype=np.int64)
        flat = _look(_cumulate(factor), row, ends)
        if not bool(np.any(self.slope)):
            return flat, np.zeros_like(flat)
        return flat, _look(_cumulate(factor * growth), row, ends)


@lru_cache(maxsize=8)
def _damping(freq: str) -> float:
    """Damping per bucket."""
    return float(DAMPING ** (buckets.DAYS_PER[freq] / 7.0))


def _cumulate(table: Floats) -> Floats:
    """Running sums with a leading zero."""
    return np.concatenate([np.zeros((len(table), 1)), np.cumsum(table, axis=1)], axis=1)


def _look(table: Floats, row: npt.NDArray[Any], ends: Floats) -> Floats:
    """Interpolate the running sums at fractional positions; beyond the table its mean goes on."""
    last = table.shape[1] - 1
    inside = np.clip(ends, 0.0, last)
    whole = np.minimum(inside.astype(np.int64), last - 1)
    low, high = table[row[:, None], whole], table[row[:, None], whole + 1]
    beyond = np.maximum(ends - last, 0.0) * (table[row, last] / last)[:, None]
    return np.asarray(low + (inside - whole) * (high - low) + beyond)
