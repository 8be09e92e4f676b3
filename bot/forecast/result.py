"""The forecast that the rest of the program sees: means, quantiles, and demand over the protection interval.

It fits nothing; `bot.forecast.demand.forecast_demand` makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.draws import marks
from bot.forecast.interval import IntervalDemand
from bot.forecast.mixture import Mixture
from bot.forecast.model import State
from bot.forecast.moments import Floats
from bot.forecast.parts import Parts
from bot.forecast.paths import paths
from bot.patterns import buckets
from bot.patterns.buckets import Days


@dataclass(frozen=True, slots=True)
class Forecast:
    """Demand ahead of n item-locations; bucket 0 contains the planning day.

    `keys`: item, location. `model` [n]: name of what was fitted. `fallback` [n]: why something simpler was
    used, empty if not. `borrowed` [n]: too little own history, the group's spread was borrowed.
    `notes`: figures of model choice and calibration per pattern class, for the run report. `source` [n]: where a
    young series has its level from, empty = its own. `parts`: what the means were made of, None where nobody kept it.
    """

    keys: pd.DataFrame
    state: State
    model: npt.NDArray[Any]
    fallback: npt.NDArray[Any]
    borrowed: npt.NDArray[np.bool_]
    notes: dict[str, dict[str, float | str]] = field(default_factory=dict)
    source: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=object))
    parts: Parts | None = None

    @property
    def n(self) -> int:
        """Number of item-locations."""
        return len(self.keys)

    def period_starts(self, periods: int) -> Days:
        """First days of the first `periods` forecast buckets."""
        return buckets.bucket_range(self.state.start, periods, self.state.freq)

    def mean(self, periods: int) -> Floats:
        """Expected demand per bucket [n, periods], whole buckets."""
        return self.state.sums(*self._edges(periods))[0]

    def quantiles(self, levels: Sequence[float], periods: int) -> Floats:
        """Quantiles of each single bucket [n, periods, len(levels)]; they must not be added up."""
        out = np.empty((self.n, periods, len(levels)))
        means, variances = self.state.sums(*self._edges(periods))
        for period in range(periods):
            if period and np.array_equal(means[:, period], means[:, period - 1]):
                out[:, period] = out[:, period - 1]  # without season and trend all buckets are alike
                continue
            law = self._law(means[:, period, None], variances[:, period, None])
            for place, level in enumerate(levels):
                out[:, period, place] = law.quantile(level)
        return np.maximum.accumulate(out, axis=2) if list(levels) == sorted(levels) else out

    def interval(self, days: Floats, weights: Floats | None = None) -> IntervalDemand:
        """Distribution of the sum of demand from the planning day over `days` [n, K] calendar days.

        `weights` [n, K] are the probabilities of the K lengths (default equal). Days are fractional if you
        like and start on the planning day inside its bucket; ValueError when a length is negative or not finite.
        """
        span = np.asarray(days, dtype=np.float64)
        span = span[:, None] if span.ndim == 1 else span
        if not bool(np.all(np.isfinite(span) & (span >= 0.0))):
            raise ValueError("days must be finite and >= 0")
        state = self.state
        means, variances = state.sums(*self.bounds(span))
        shares = np.ones(span.shape) if weights is None else np.asarray(weights)
        return IntervalDemand.of(means, variances, shares, state.integer, state.levels)

    def bounds(self, span: Floats) -> tuple[Floats, Floats]:
        """Bucket positions [n, K] where `span` calendar days from the planning day end, and where they begin."""
        state = self.state
        ends = buckets.positions(np.asarray(span, dtype=np.float64), state.start, state.as_of, state.freq)
        begin = float(buckets.positions(np.zeros(1), state.start, state.as_of, state.freq)[0])
        return ends, np.full_like(ends, begin)

    def total(self, periods: int) -> IntervalDemand:
        """Distribution of the sum of the first `periods` whole buckets."""
        means, variances = self.state.sums(np.full((self.n, 1), float(periods)))
        return IntervalDemand.of(means, variances, np.ones(means.shape), self.state.integer, self.state.levels)

    def paths(self, periods: int, count: int, seed: int) -> Floats:
        """Sample paths [n, count, periods] of whole buckets; a series' own depend on its keys and `seed` only."""
        return paths(self.state, marks(self.keys, seed), periods, count)

    def take(self, rows: npt.NDArray[Any]) -> "Forecast":
        """Return the forecast of the given row numbers, in that order."""
        keys = self.keys.iloc[rows].reset_index(drop=True)
        source = self.source[rows] if len(self.source) else self.source
        parts = None if self.parts is None else self.parts.take(rows)
        state, model = self.state.take(rows), self.model[rows]
        return Forecast(keys, state, model, self.fallback[rows], self.borrowed[rows], self.notes, source, parts)

    def _edges(self, periods: int) -> tuple[Floats, Floats]:
        ends = np.broadcast_to(np.arange(1.0, periods + 1.0), (self.n, periods))
        return ends, ends - 1.0

    def _law(self, means: Floats, variances: Floats) -> Mixture:
        """Single buckets, as stated: the calibration is made for the whole interval."""
        return Mixture.of(means, variances, np.ones(means.shape), self.state.integer)
