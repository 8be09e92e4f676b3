"""Finds out which series have moved to another level for good, since when, how far, and how long to remember.

It looks at known buckets only, never ahead, and corrects no forecast: it says what a level estimate should forget.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.patterns.buckets import Days
from bot.patterns.demand import DemandPanel
from bot.patterns.hysteresis import BAND

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LIMIT = 4.5  # standard errors between the levels before and after: false alarms in under 1 of 100 stationary series
LEAST_BEFORE, LEAST_AFTER = 8, 4  # known buckets (weeks of daily histories) on either side
LATEST = 3  # shifts of one series that are told apart
YEAR_LIMIT = 2.0  # standard errors from the same season a year before
_TALL = 3.0  # times the mean sale: what a single sale counts at most
_STEADY = 0.1  # of the level: a spread below it is not believed
_BLOCK = 512  # rows at a time: bounds the memory, not the result
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Shifts:
    """Per series, each [n].

    `shifted`; `bucket`: index of the first bucket at the new level, -1 without a shift; `ratio`: mean since over the
    mean before, 1 without; `signal`: standard errors between the two, signed. `memory_days`: the longest half-life in
    days that a level should have, infinite without a shift: the age of the shift, so that the old level never counts
    more than the new one, fades step by step, and is never cut off.
    """

    shifted: Bools
    bucket: Ints
    ratio: Floats
    signal: Floats
    memory_days: Floats

    def days(self, panel: DemandPanel) -> Days:
        """First day at the new level, NaT without a shift."""
        days = np.full(panel.n, np.datetime64("NaT"), dtype="datetime64[s]")
        days[self.shifted] = panel.starts[self.bucket[self.shifted]]
        return days


def find_shifts(panel: DemandPanel, before: Bools | None = None) -> Shifts:
    """Return the latest lasting shift of every series; `before` are those that were shifted when last looked at."""
    values, width, cut = _coarse(panel)
    limit = np.where(np.zeros(panel.n, dtype=bool) if before is None else before, (1.0 - BAND) * LIMIT, LIMIT)
    start, signal = np.full(panel.n, -1, dtype=np.int64), np.zeros(panel.n)
    suspects = _suspects(values, limit)
    for part in _blocks(len(suspects)):
        rows = suspects[part]
        start[rows], signal[rows] = _settled(values[rows], limit[rows], round(364.0 / (panel.bucket_days * width)))
    shifted = start >= 0
    bucket = np.where(shifted, start * width + cut, -1)
    ratio = np.ones(panel.n)
    ratio[shifted] = _ratio(values[shifted], start[shifted])
    days = np.full(panel.n, np.inf)
    days[shifted] = (panel.next_start - panel.starts[bucket[shifted]]).astype(np.float64)
    return Shifts(shifted, bucket, ratio, signal, days)


def _coarse(panel: DemandPanel) -> tuple[Floats, int, int]:
    """Weeks of daily histories, else the buckets themselves; with buckets per column and buckets left out in front."""
    if panel.freq != "D" or panel.periods < _WEEK:
        return panel.values, 1, 0
    weeks = panel.periods // _WEEK
    cut = panel.periods - weeks * _WEEK
    days = panel.values[:, cut:].reshape(panel.n, weeks, _WEEK)
    known = (~np.isnan(days)).sum(axis=2)
    total = np.nansum(days, axis=2)
    return np.where(2 * known > _WEEK, total * _WEEK / np.maximum(known, 1), np.nan).astype(np.float32), _WEEK, cut


def _charts(values: Floats) -> Iterator[Floats]:
    """What is watched: whether anything was sold, and how much, as a square root, so that lumps raise no alarm."""
    known = ~np.isnan(values)
    y = np.where(known, values, 0.0).astype(np.float64)
    busy = (y > 0.0).sum(axis=1)
    typical = y.sum(axis=1) / np.maximum(busy, 1)
    yield np.sqrt(np.maximum(np.minimum(y, _TALL * typical[:, None]), 0.0))
    yield (y > 0.0).astype(np.float64)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(first, first + _BLOCK) for first in range(0, n, _BLOCK))


def _suspects(values: Floats, limit: Floats) -> Ints:
    """Rows in which either chart signals today."""
    hit = np.zeros(len(values), dtype=np.bool_)
    if values.shape[1] >= LEAST_BEFORE + LEAST_AFTER:
        for part in _blocks(len(values)):
            hit[part] = _split(values[part], limit[part]) >= 0
    return np.flatnonzero(hit)


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Every way to cut each row in two: known buckets in front [n, T], and 1 / (in front * behind), 0 = not allowed."""

    front: Floats
    weight: Floats

    @classmethod
    def of(cls, known: Bools) -> "_Cuts":
        front = np.cumsum(known, axis=1, dtype=np.float64)
        behind = front[:, -1:] - front
        allowed = (front >= LEAST_BEFORE) & (behind >= LEAST_AFTER)
        behind *= front
        return cls(front, np.divide(1.0, behind, out=np.zeros_like(front), where=allowed))

    def strongest(self, y: Floats) -> tuple[Ints, Floats]:
        """Where the cumulated sums of `y` (0 = unknown) say that the level moved, and by how many standard errors, [n].

        The spread is that around the two levels, so a shift does not hide itself.
        """
        count = self.front[:, -1]
        gap = np.cumsum(y, axis=1)
        mean = gap[:, -1] / np.maximum(count, 1.0)
        gap -= self.front * mean[:, None]
        gain = gap * gap
        gain *= self.weight
        at = gain.argmax(axis=1)
        explained, side = (np.take_along_axis(each, at[:, None], axis=1)[:, 0] for each in (gain, gap))
        explained *= count
        rest = (y * y).sum(axis=1) - count * mean**2 - explained
        spread = np.maximum(rest / np.maximum(count - 2.0, 1.0), (_STEADY * mean) ** 2)
        return at + 1, -np.sign(side) * np.sqrt(explained / np.maximum(spread, 1e-30))


def _settled(values: Floats, limit: Floats, year: int) -> tuple[Ints, Floats]:
    """Start (-1 = none) and signal of the latest shift of suspicious rows that stands every test."""
    splits = [_split(values, limit)]
    while len(splits) < LATEST and bool((splits[-1] >= 0).any()):
        later = _split(_window(values, splits[-1], values.shape[1]), limit)
        splits.append(np.where(splits[-1] >= 0, later, -1))
    start, signal = np.full(len(values), -1, dtype=np.int64), np.zeros(len(values))
    for split in reversed(splits):
        rows = np.flatnonzero((split >= 0) & (start < 0))
        at, z = _tested(values[rows], split[rows], limit[rows], year)
        start[rows], signal[rows] = at, z
    return start, signal


def _tested(values: Floats, split: Ints, limit: Floats, year: int) -> tuple[Ints, Floats]:
    """The split where it stands: against the level just before it, twice, and neither as season nor as trend."""
    begin = np.maximum(_split(_window(values, 0, split), limit), 0)
    at, z = _twice(_window(values, begin, values.shape[1]), limit)
    stands = (at >= 0) & ~_last_year_too(values, at, z, year) & ~_straight(values, begin, at)
    return np.where(stands, at, -1), np.where(stands, z, 0.0)


def _window(values: Floats, begin: Ints | int, end: Ints | int) -> Floats:
    """The values from `begin` up to `end`, the others unknown."""
    t = np.arange(values.shape[1])
    inside = (t >= np.asarray(begin).reshape(-1, 1)) & (t < np.asarray(end).reshape(-1, 1))
    return np.where(inside, values, np.nan)


def _split(values: Floats, limit: Floats) -> Ints:
    """Where the stronger chart splits each row in two, -1 where neither signals."""
    cuts = _Cuts.of(~np.isnan(values))
    best, signal = np.full(len(values), -1, dtype=np.int64), limit
    for chart in _charts(values):
        at, z = cuts.strongest(chart)
        best, signal = np.where(np.abs(z) > signal, at, best), np.maximum(signal, np.abs(z))
    return best


def _twice(values: Floats, limit: Floats) -> tuple[Ints, Floats]:
    """The stronger chart's shift where it signals today and did so a bucket ago, corrected for autocorrelation."""
    known = ~np.isnan(values)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    yesterday = known & (np.arange(values.shape[1]) != last[:, None])
    today, before = _Cuts.of(known), _Cuts.of(yesterday)
    best, signal = np.full(len(values), -1, dtype=np.int64), np.zeros(len(values))
    for chart in _charts(values):
        at, z = today.strongest(chart)
        z = z / _inflation(chart, known, at)
        earlier = before.strongest(chart * yesterday)[1]
        both = (np.abs(z) > limit) & (np.abs(earlier) > limit) & (np.sign(z) == np.sign(earlier))
        stronger = both & (np.abs(z) > np.abs(signal))
        best, signal = np.where(stronger, at, best), np.where(stronger, z, signal)
    return best, signal


def _inflation(y: Floats, known: Bools, at: Ints) -> Floats:
    """How much larger the error of a mean is because neighbours resemble each other (first autocorrelation)."""
    after = np.arange(y.shape[1]) >= at[:, None]
    levels = [_mean(y, known & side) for side in (~after, after)]
    rest = np.where(known, y - np.where(after, levels[1][:, None], levels[0][:, None]), 0.0)
    square = (rest * rest).sum(axis=1)
    rho = np.divide((rest[:, 1:] * rest[:, :-1]).sum(axis=1), square, out=np.zeros(len(y)), where=square > 0.0)
    rho = np.clip(rho, 0.0, 0.8)
    return np.asarray(np.sqrt((1.0 + rho) / (1.0 - rho)))


def _last_year_too(values: Floats, start: Ints, signal: Floats, year: int) -> Bools:
    """Whether the buckets since the shift are like those a year before: then it is the season, [n]."""
    t = np.arange(values.shape[1])
    since = (t >= start[:, None]) & (t < start[:, None] + year)
    known = ~np.isnan(values)
    y = next(_charts(values))
    then = np.zeros_like(since)
    if year < values.shape[1]:
        then[:, :-year] = since[:, year:]
    now, past = known & since, known & then
    both = (past.sum(axis=1) >= LEAST_AFTER) & (2 * past.sum(axis=1) >= now.sum(axis=1))
    step = _mean(y, now) - _mean(y, past)
    error = np.sqrt(_variance(y, now) + _variance(y, past))
    return np.asarray(both & (np.sign(signal) * step <= YEAR_LIMIT * error))


def _straight(values: Floats, begin: Ints, start: Ints) -> Bools:
    """Whether one straight line explains the series better than the levels from `begin` and from `start` on, [n].

    Judged by the Bayesian information criterion: more levels and their dates must earn their keep.
    """
    known = ~np.isnan(values)
    y = next(_charts(values))
    t = np.arange(values.shape[1], dtype=np.float64)
    n = np.maximum(known.sum(axis=1), 1)
    x = np.where(known, t, 0.0)
    sxx = (x * x).sum(axis=1) - x.sum(axis=1) ** 2 / n
    sxy = (x * y).sum(axis=1) - x.sum(axis=1) * y.sum(axis=1) / n
    line = np.divide(sxy**2, sxx, out=np.zeros(len(y)), where=sxx > 0.0)
    edges = (np.zeros_like(begin), begin, start, np.full_like(start, len(t)))
    parts = [known & (t >= low[:, None]) & (t < high[:, None]) for low, high in pairwise(edges)]
    constant = y.sum(axis=1) ** 2 / n
    steps = sum(part.sum(axis=1) * _mean(y, part) ** 2 for part in parts) - constant
    left = np.maximum((y * y).sum(axis=1) - constant, 0.0) + 1e-9
    gained = n * np.log(np.maximum(left - line, 1e-9) / np.maximum(left - steps, 1e-9))
    return np.asarray(gained < np.where(begin > 0, 3.0, 1.0) * np.log(n))


def _ratio(values: Floats, start: Ints) -> Floats:
    """Mean since the shift over the mean before it; infinite where nothing was sold before."""
    known = ~np.isnan(values)
    y = np.where(known, values, 0.0).astype(np.float64)
    after = np.arange(values.shape[1]) >= start[:, None]
    old, new = _mean(y, known & ~after), _mean(y, known & after)
    return np.asarray(np.divide(new, old, out=np.full(len(y), np.inf), where=old > 0.0))


def _mean(y: Floats, where: Bools) -> Floats:
    return np.asarray((y * where).sum(axis=1) / np.maximum(where.sum(axis=1), 1))


def _variance(y: Floats, where: Bools) -> Floats:
    """Variance of the mean of the marked buckets."""
    n = np.maximum(where.sum(axis=1), 1)
    rest = (y * y * where).sum(axis=1) - n * _mean(y, where) ** 2
    return np.asarray(np.maximum(rest, 0.0) / np.maximum(n - 1, 1) / n)
