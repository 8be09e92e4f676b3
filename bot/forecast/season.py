"""Multiplicative season factors, pooled over groups of series and shrunk to 1 where the data do not show them.

It estimates no level and no trend; a group is a row of the factor table.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.moments import Floats, blocks
from bot.patterns import buckets
from bot.patterns.buckets import Days

Ints = npt.NDArray[np.int64]
YEAR_DAYS = 365.25
WEEKS_NEEDED = 5  # full weeks before a weekday pattern is estimated
YEARS_NEEDED = 1.5  # years before a yearly pattern is estimated
_FLOOR, _CEILING = 0.02, 8.0
_PRIOR = 30.0  # observations per phase that the whole panel's pattern is worth to a group


@dataclass(frozen=True, slots=True)
class Season:
    """Factor tables: `weekday` [G, 7] and `year` [G, 53 or 12], either may be None; `group` [n] picks the row."""

    freq: str
    group: Ints
    weekday: Floats | None = None
    year: Floats | None = None

    @property
    def groups(self) -> int:
        """Number of rows in the tables."""
        table = self.weekday if self.weekday is not None else self.year
        return 1 if table is None else len(table)

    @property
    def flat(self) -> bool:
        """Whether every factor is 1."""
        return self.weekday is None and self.year is None

    def factors(self, starts: Days) -> Floats:
        """Factors [G, len(starts)] of the given buckets."""
        out = np.ones((self.groups, len(starts)))
        if self.weekday is not None:
            out = out * self.weekday[:, buckets.weekday(starts)]
        if self.year is not None:
            out = out * self.year[:, buckets.season_phase(starts, self.freq)]
        return out

    def take(self, rows: npt.NDArray[Any]) -> "Season":
        """Return the season of the given rows."""
        return Season(self.freq, self.group[rows], self.weekday, self.year)


def estimate(
    values: Floats, starts: Days, freq: str, group: Ints, *, yearly: bool, groups: int | None = None
) -> Season:
    """Return the pooled season of `values` [n, T]; weekday for days, and with `yearly` the place in the year."""
    groups = int(group.max(initial=0)) + 1 if groups is None else groups
    ratio, weight = _ratios(values)
    weekly = None
    if freq == "D" and len(starts) >= 7 * WEEKS_NEEDED:
        weekly = _table(ratio, weight, buckets.weekday(starts), group, (groups, 7))
        ratio = ratio / weekly[group][:, buckets.weekday(starts)]
    year = None
    long_enough = len(starts) * buckets.DAYS_PER[freq] >= YEARS_NEEDED * YEAR_DAYS
    if yearly and long_enough:
        phases = 12 if freq == "M" else 53
        year = _table(ratio, weight, buckets.season_phase(starts, freq), group, (groups, phases))
        year = year if freq == "M" else _smooth(year)
    return Season(freq, group, weekly, year)


def _ratios(values: Floats) -> tuple[Floats, Floats]:
    """Each value over its series' own moving level, and the weight 1 / CV^2 of its series."""
    out = np.empty(values.shape, dtype=np.float64)
    weight = np.zeros(len(values))
    for block in blocks(len(values)):
        y = values[block].astype(np.float64)
        known = ~np.isnan(y)
        count = np.maximum(known.sum(axis=1), 1)
        mean = np.where(known, y, 0.0).sum(axis=1) / count
        out[block] = y / np.where(mean > 0.0, mean, np.nan)[:, None]
        spread = np.where(known, (out[block] - 1.0) ** 2, 0.0).sum(axis=1) / count
        weight[block] = np.where(mean > 0.0, 1.0 / np.maximum(np.nan_to_num(spread), 0.05), 0.0)
    return out, weight


def _table(ratio: Floats, weight: Floats, phase: Ints, group: Ints, shape: tuple[int, int]) -> Floats:
    """Weighted mean ratio per group and phase, shrunk to the whole panel's and then to 1."""
    known = ~np.isnan(ratio)
    base = np.where(known, weight[:, None], 0.0)
    rate = np.where(known, ratio, 0.0) * base
    cell = group[:, None] * shape[1] + phase[None, :]
    total = np.bincount(cell.ravel(), weights=rate.ravel(), minlength=shape[0] * shape[1]).reshape(shape)
    mass = np.bincount(cell.ravel(), weights=base.ravel(), minlength=shape[0] * shape[1]).reshape(shape)
    everyone = _relative(total.sum(axis=0, keepdims=True) + _PRIOR, mass.sum(axis=0, keepdims=True) + _PRIOR)
    own = _relative(total + _PRIOR * everyone, mass + _PRIOR)
    return np.clip(own, _FLOOR, _CEILING)


def _relative(total: Floats, mass: Floats) -> Floats:
    """Means per phase, scaled so that the average factor of a row is 1."""
    mean = total / mass
    return np.asarray(mean / mean.mean(axis=1, keepdims=True))


def _smooth(table: Floats) -> Floats:
    """Circular smoothing over neighbouring weeks; the short week 52 takes its neighbours' mean."""
    core = table[:, :52]
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
    out = sum(kernel[k + 2] * np.roll(core, k, axis=1) for k in range(-2, 3))
    out = out / out.mean(axis=1, keepdims=True)
    return np.concatenate([out, 0.5 * (out[:, :1] + out[:, -1:])], axis=1)
