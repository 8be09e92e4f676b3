"""The native forecasters as sktime estimators: one vectorised fit for the whole panel, quantiles included.

They give distributions per bucket; the distribution over an interval is `Forecast.interval`'s.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from bot.forecast.draws import marks
from bot.forecast.fit import Fit, Spec, fit, power_law, shrunk
from bot.forecast.guards import SPIKE, guard
from bot.forecast.interval import IntervalDemand
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments, weigh, window_weights
from bot.forecast.paths import paths
from bot.forecast.season import Season, estimate
from bot.patterns import buckets
from bot.patterns.buckets import Days
from bot.patterns.spikes import cap_spikes

Bools = npt.NDArray[np.bool_]
_RECENT = 13  # buckets whose mean replaces a level that cannot be true


class PanelForecaster(BaseForecaster):  # type: ignore[misc]
    """What all share: a frame becomes a matrix once, answers become a frame with the same keys.

    Several columns are forecast side by side, one below the other in the matrix. Demand below zero counts as zero,
    what is not finite as unknown, values beyond all others are capped. `reasons_` says per row what was wrong ('' =
    nothing): a spike, or a fit that could not be true and gave way to the mean of the last quarter.
    """

    # class level, because the constructor itself warns; nothing of the training data is kept
    _config = {"remember_data": False}  # noqa: RUF012 - sktime's own form of a class default
    _tags = {  # noqa: RUF012 - sktime's own form of a class default
        "authors": ["restock"],
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:multivariate": True,
        "capability:exogenous": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": True,
        "requires-fh-in-fit": False,
    }

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        raise NotImplementedError

    def _fit(self, y: pd.DataFrame, X: Any, fh: Any) -> "PanelForecaster":  # noqa: ARG002, N803 - sktime's names
        values, times = self._taken(y)
        freq, starts = _calendar(times)
        group = np.repeat(np.arange(len(self._columns)), len(values) // len(self._columns))
        season = Season(freq or "W", group)
        if freq is not None and bool(getattr(self, "season", False)):
            season = estimate(values, starts, freq, group, yearly=True)
        state = self._learn(values, starts, season, whole_numbers(values))
        self.state_, self.reasons_ = self._guarded(state, values)
        self._date(times)
        return self

    def _date(self, times: Any) -> None:
        """State the cutoff's frequency where the base class cannot: it looks at one series, which may be short."""
        cutoff: Any = self.cutoff
        if isinstance(times, pd.DatetimeIndex) and cutoff.freq is None and len(times) > 2:
            found: Any = pd.infer_freq(times)
            self._cutoff: Any = pd.DatetimeIndex(cutoff, freq=found)

    def _taken(self, y: pd.DataFrame) -> tuple[Floats, Any]:
        """Matrix of demand that can be true, and times; keys, names and spikes are kept."""
        raw, self._series, times = _matrix(y)
        values, self._spiked = cap_spikes(np.where(np.isfinite(raw), np.maximum(raw, 0.0), np.nan))
        self._columns, self._names = list(y.columns), list(y.index.names)
        return values, times

    def _guarded(self, state: State, values: Floats) -> tuple[State, npt.NDArray[Any]]:
        """The state without what cannot be true, and why."""
        recent = weigh(values, window_weights(values.shape[1], _RECENT))
        mended, reasons = guard(state, values, recent)
        return mended, np.where((reasons == "") & self._spiked, SPIKE, reasons)

    def _seen(self, fh: Any, X: Any) -> State:  # noqa: ARG002, N803 - sktime's names
        """The state that paths are drawn from."""
        return self.state_

    def _predict(self, fh: Any, X: Any) -> pd.DataFrame:  # noqa: ARG002, N803 - sktime's names
        means, _ = self._buckets(fh)
        return pd.DataFrame(self._side_by_side(means), index=self._index(fh), columns=self._columns)

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:  # noqa: ARG002, N803 - sktime's
        means, variances = self._buckets(fh)
        found = np.stack([self._side_by_side(each) for each in self._quantiles(means, variances, alpha)], axis=2)
        order = np.argsort(alpha, kind="stable")  # rounding of the smallest amounts may cross
        found[:, :, order] = np.maximum.accumulate(found[:, :, order], axis=2)
        columns = pd.MultiIndex.from_product([self._get_varnames(), alpha])
        return pd.DataFrame(found.reshape(len(found), -1), index=self._index(fh), columns=columns)

    def _quantiles(self, means: Floats, variances: Floats, alpha: list[float]) -> list[Floats]:
        """Quantiles [n, steps] per level; steps that are all alike are reckoned once."""
        steps = means.shape[1]
        if np.array_equal(means, np.repeat(means[:, :1], steps, axis=1)):
            means, variances = means[:, :1], variances[:, :1]
        integer = np.repeat(self.state_.integer, means.shape[1])
        law = IntervalDemand.of(means.reshape(-1, 1), variances.reshape(-1, 1), np.ones((means.size, 1)), integer)
        return [np.broadcast_to(law.quantile(a).reshape(means.shape), (len(means), steps)) for a in alpha]

    def sample_paths(self, fh: Any, count: int, seed: int = 0, X: Any = None) -> Floats:  # noqa: N803 - sktime's name
        """Draw `count` paths per series at the steps of `fh`: [n, count, steps], series in the order of `predict`.

        With several columns, all series of the first come first. A series' draws depend on its keys and `seed` only.
        """
        self.check_is_fitted()
        horizon = fh if isinstance(fh, ForecastingHorizon) else ForecastingHorizon(fh)
        steps = np.asarray(horizon.to_relative(self.cutoff), dtype=np.int64)
        if not len(steps) or int(steps.min()) < 1:
            raise ValueError("paths go ahead only: the steps of fh must be >= 1")
        drawn = paths(self._seen(horizon, X), marks(self._keys(), seed), int(steps.max()), count)
        return drawn[:, :, steps - 1]

    def _keys(self) -> pd.DataFrame:
        """Keys of the rows: the column's name, then the series'."""
        alone = pd.DataFrame(index=range(1))
        series = alone if self._series is None else self._series.to_frame(index=False)
        series.columns = [f"level{k}" for k in range(series.shape[1])]
        keys: pd.DataFrame = pd.concat([series.assign(column=str(c)) for c in self._columns], ignore_index=True)
        return keys

    def _side_by_side(self, rows: Floats) -> Floats:
        """From columns one below the other to columns side by side."""
        return rows.reshape(len(self._columns), -1).T

    def _buckets(self, fh: Any) -> tuple[Floats, Floats]:
        steps = np.asarray(fh.to_relative(self.cutoff), dtype=np.float64)
        ends = np.broadcast_to(steps, (len(self.state_.integer), len(steps)))
        return self.state_.sums(ends, ends - 1.0)

    def _index(self, fh: Any) -> Any:
        times = fh.to_absolute_index(self.cutoff)
        if self._series is None:
            return times
        place = np.repeat(np.arange(len(self._series)), len(times))
        levels = [self._series.get_level_values(k)[place] for k in range(self._series.nlevels)]
        return pd.MultiIndex.from_arrays(
            [*levels, times[np.tile(np.arange(len(times)), len(self._series))]], names=self._names
        )


class PanelNegBin(PanelForecaster):
    """Exponentially weighted level and spread; negative binomial for counts, gamma for amounts.

    `half_life` in buckets, `season` pools weekday and yearly factors where there is enough history,
    `trend` adds a damped slope, `phi` and `kappa` scale the spread and the level's own error.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.forecasters import PanelNegBin
        >>> history = pd.Series([3.0, 4.0, 3.0, 4.0])
        >>> float(PanelNegBin(float("inf")).fit(history).predict(fh=[1]).iloc[0])
        3.5
    """

    def __init__(
        self,
        half_life: float = 30.0,
        *,
        season: bool = False,
        trend: bool = False,
        phi: float = 1.3,
        kappa: float = 2.0,
    ) -> None:
        self.half_life = half_life
        self.season = season
        self.trend = trend
        self.phi = phi
        self.kappa = kappa
        super().__init__()

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        spec = Spec(self.half_life * buckets.DAYS_PER[season.freq], trend=self.trend)
        return learn(spec, values, starts, season, integer, (self.phi, self.kappa))

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{}, {"half_life": 5.0, "trend": True, "season": True}]


class PanelNaive(PanelForecaster):
    """The last `sp` buckets again (after two rounds their mean); spread from the differences `sp` buckets apart.

    Example:
        >>> import pandas as pd
        >>> from bot.forecast.forecasters import PanelNaive
        >>> history = pd.Series([3.0, 4.0, 3.0, 5.0])
        >>> float(PanelNaive().fit(history).predict(fh=[1]).iloc[0])
        5.0
    """

    def __init__(self, sp: int = 1) -> None:
        self.sp = sp
        super().__init__()

    def _learn(self, values: Floats, starts: Days, season: Season, integer: Bools) -> State:
        state = learn(Spec(window=self.sp), values, starts, season, integer, (1.0, 0.0))
        moments = state.moments
        last = values[:, -min(self.sp, values.shape[1]) :].astype(np.float64)
        last = np.where(np.isnan(last), moments.level[:, None], last)
        gaps = values[:, self.sp :].astype(np.float64) - values[:, : -self.sp]
        known = ~np.isnan(gaps)
        spread = np.where(known, gaps**2, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        naive = Moments(last.mean(axis=1), spread, moments.strength, moments.age, moments.known)
        path = np.maximum(np.tile(last, (1, 2)), 0.0)
        return State(
            naive, state.slope, season, integer, state.phi, state.kappa, state.freq, state.start, state.as_of, path
        )

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime's signature
        """Settings for sktime's own checks."""
        return [{}, {"sp": 3}]


def whole_numbers(values: Floats) -> Bools:
    """Which series have whole numbers only (few scaled-up buckets do not count against them; zeros tell nothing)."""
    sold = np.nan_to_num(values) > 0.0
    whole = (sold & (np.rint(values) == values)).sum(axis=1)
    return np.asarray(whole >= 0.95 * sold.sum(axis=1))


def learn(
    spec: Spec, values: Floats, starts: Days, season: Season, integer: Bools, calibration: tuple[float, float]
) -> State:
    """Fit `spec` to `values` [n, T] and return the state after the last bucket; the wide door of PanelNegBin."""
    return state_of(fit(values, starts, season, spec), starts, season, integer, calibration)


def state_of(fitted: Fit, starts: Days, season: Season, integer: Bools, calibration: tuple[float, float]) -> State:
    """Return the state after the last bucket, the spread pulled towards the panel's law of spread against level."""
    moments = shrunk(fitted.moments, power_law(fitted.moments))
    one = np.ones(len(integer))
    last = starts[-1] if len(starts) else np.datetime64("2001-01-01")
    start = buckets.bucket_range(last, 2, season.freq)[1]
    phi, kappa = calibration
    return State(moments, fitted.slope, season, integer, phi * one, kappa * one, season.freq, start, start)


def _matrix(y: pd.DataFrame) -> tuple[Floats, Any, Any]:
    """Matrix [columns * n, T], the series' keys (None for a single series) and times; absent rows are unknown."""
    table = y.to_numpy(dtype=np.float64).T
    if not isinstance(y.index, pd.MultiIndex):
        return table, None, y.index
    index = y.index
    codes = [_ranked(index, k) for k in range(index.nlevels)]
    used = np.flatnonzero(np.bincount(codes[-1], minlength=len(index.levels[-1])))
    when = np.searchsorted(used, np.arange(len(index.levels[-1])))[codes[-1]]
    key = codes[0]
    for k in range(1, index.nlevels - 1):
        key = key * len(index.levels[k]) + codes[k]
    which, distinct = pd.factorize(key)
    order = np.argsort(distinct, kind="stable")
    place, first = np.empty((2, len(distinct)), dtype=np.int64)
    place[order] = np.arange(len(distinct))
    first[which[::-1]] = np.arange(len(which))[::-1]
    values = np.full((len(table), len(distinct), len(used)), np.nan)
    values[:, place[which], when] = table
    return values.reshape(-1, len(used)), index[first[order]].droplevel(-1), index.levels[-1].sort_values()[used]


def _ranked(index: pd.MultiIndex, level: int) -> npt.NDArray[np.int64]:
    """Place of every row's key among the sorted keys of a level."""
    known = index.levels[level]
    rank = np.empty(len(known), dtype=np.int64)
    rank[known.argsort()] = np.arange(len(known))
    return np.asarray(rank[index.codes[level]])


def _calendar(times: Any) -> tuple[str | None, Days]:
    """Bucket and first days of a time index; without a calendar, weeks that stand for any bucket."""
    if isinstance(times, pd.PeriodIndex):
        times = times.to_timestamp()
    if isinstance(times, pd.DatetimeIndex):
        days = times.to_numpy().astype("datetime64[D]")
        return buckets.infer_freq(days), days
    return None, buckets.bucket_range(np.datetime64("2001-01-01"), len(times), "W")
