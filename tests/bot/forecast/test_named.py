import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sktime.forecasting.base import BaseForecaster

from bot.errors import NeedsAdmin
from bot.forecast import named as module
from bot.forecast.broadcast import OTHER_PERIODS, Answer, Ask, Here
from bot.forecast.catalog import fault
from bot.forecast.catalog import named as by_name
from bot.forecast.demand import forecast_demand
from bot.forecast.guards import EXPLODING, NEGATIVE, NOT_FINITE
from bot.forecast.named import TOO_MANY, named_paths
from bot.forecast.result import Forecast
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel, regularise
from tests.bot.forecast.panels import counts, panel_of

Texts = npt.NDArray[Any]


def forecast(panel: DemandPanel, **more: Any) -> Forecast:
    return forecast_demand(panel, classify(panel), horizon_days=28.0, seed=7, **more)


def texts(n: int, some: dict[int, str]) -> Texts:
    out = np.full(n, "", dtype=object)
    for row, text in some.items():
        out[row] = text
    return out


class Nonsense(BaseForecaster):  # type: ignore[misc]
    """Does to the last value whatever `how` says."""

    _config = {"remember_data": False}  # noqa: RUF012 - sktime's form
    _tags = {"y_inner_mtype": "pd.Series", "requires-fh-in-fit": False, "capability:exogenous": False}  # noqa: RUF012

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__()

    def _fit(self, y: Any, X: Any, fh: Any) -> "Nonsense":  # noqa: N803 - sktime's names
        if self.how == "mutate":
            y.iloc[:] = -1e9
        if self.how == "warn":
            warnings.warn("look at me", stacklevel=1)
        if self.how == "fail":
            raise RuntimeError("out of luck")
        if self.how == "exit":
            raise SystemExit(3)
        self._last = float(abs(y.iloc[-1])) + 1.0
        return self

    def _predict(self, fh: Any, X: Any) -> Any:  # noqa: N803 - sktime's names
        sound = pd.Series(self._last, index=fh.to_absolute_index(self.cutoff))
        return NONSENSE[self.how][0](sound)


def _with(sound: "pd.Series[float]", value: float) -> "pd.Series[float]":
    changed = sound.copy()
    changed.iloc[len(sound) // 2] = value
    return changed


NONSENSE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "nan": (lambda s: _with(s, np.nan), NOT_FINITE),
    "inf": (lambda s: _with(s, np.inf), NOT_FINITE),
    "negative": (lambda s: _with(s, -0.5), NEGATIVE),
    "huge": (lambda s: _with(s, 1e12), EXPLODING),
    "too few": (lambda s: s.iloc[:-1], OTHER_PERIODS),
    "too many": (lambda s: pd.concat([s, s.iloc[-1:].shift(1)]).set_axis(
        pd.period_range(s.index[0], periods=len(s) + 1)), OTHER_PERIODS),
    "misdated": (lambda s: s.set_axis(s.index + 1), OTHER_PERIODS),
    "turned round": (lambda s: s.iloc[::-1], "failed: "),
    "empty": (lambda s: s.iloc[:0], OTHER_PERIODS),
    "nothing": (lambda _s: None, "failed: "),
    "words": (lambda s: s.astype(object).where(s < 0, "many"), "failed: "),
    "fail": (lambda s: s, "failed: RuntimeError out of luck"),
    "exit": (lambda s: s, "failed: SystemExit 3"),
    "mutate": (lambda s: s, EXPLODING),
    "warn": (lambda s: s, ""),
    "sound": (lambda s: s, ""),
}  # fmt: skip
PANEL = panel_of(counts(24, 40, rate=4.0) + 1.0)
PLAIN = forecast(PANEL)
SPAN = np.full((24, 2), [11.0, 45.0])


def nonsense(text: str) -> Any:
    return Nonsense(text)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(0, 23), st.sampled_from(sorted(NONSENSE)), max_size=8))
def test_no_nonsense_reaches_an_order_and_no_other_series_moves(some: dict[int, str]) -> None:
    before = np.array(PANEL.values)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = forecast(PANEL, forecaster=texts(24, some), broadcast=Here(nonsense))
    assert not seen
    np.testing.assert_array_equal(PANEL.values, before)
    used = {row for row, how in some.items() if not NONSENSE[how][1]}
    for row, how in some.items():
        if row not in used:
            assert found.fallback[row].startswith(f"{how} not used: {NONSENSE[how][1]}")
    assert all(found.fallback[row] == PLAIN.fallback[row] for row in range(24) if row not in some or row in used)
    assert [found.model[row] for row in sorted(used)] == [some[row] for row in sorted(used)]
    rest = [row for row in range(24) if row not in used]
    assert (found.model[rest] == PLAIN.model[rest]).all()
    assert np.isfinite(found.mean(20)).all()
    np.testing.assert_array_equal(found.mean(20)[rest], PLAIN.mean(20)[rest])
    levels = (0.1, 0.5, 0.9, 0.95, 0.99)
    one, two = ([made.interval(SPAN).quantile(level) for level in levels] for made in (found, PLAIN))
    np.testing.assert_array_equal(np.asarray(one)[:, rest], np.asarray(two)[:, rest])
    assert (np.diff(np.asarray(one), axis=0) >= 0.0).all()
    assert (np.diff(found.quantiles(levels, 3), axis=2) >= 0.0).all()
    for row in used:
        np.testing.assert_allclose(found.mean(20)[row], before[row, -1] + 1.0)


def test_a_champion_takes_over_where_a_forecaster_is_set_back_to_auto() -> None:
    found = forecast(PANEL, forecaster=texts(24, dict.fromkeys(range(24), "auto")), broadcast=Here(nonsense))
    np.testing.assert_array_equal(found.mean(4), PLAIN.mean(4))
    assert (found.model == PLAIN.model).all()


class Asked:
    """A broadcast that keeps what it is asked and answers the series' number of known buckets."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []

    def __call__(self, asks: Sequence[Ask]) -> list[Answer]:
        self.asks += asks
        return [
            Answer(np.repeat(np.nanmean(a.history, axis=1)[:, None], a.periods, axis=1), np.full(len(a.history), ""))
            for a in asks
        ]


def test_the_spread_of_a_named_forecaster_goes_with_its_level() -> None:
    found = forecast(PANEL, forecaster=texts(24, {3: "sound", 5: "sound"}), broadcast=Here(nonsense))
    old, new = PLAIN.state.moments, found.state.moments
    for row in (3, 5):
        assert new.level[row] == pytest.approx(np.asarray(PANEL.values)[row, -1] + 1.0)
        assert new.spread[row] / new.level[row] == pytest.approx(old.spread[row] / old.level[row])
        assert abs(new.level[row] / old.level[row] - 1.0) > 0.1
    rest = [row for row in range(24) if row not in {3, 5}]
    np.testing.assert_array_equal(new.spread[rest], old.spread[rest])


def test_series_are_asked_for_once_per_name_and_our_own_not_at_all() -> None:
    asked = Asked()
    some = {1: "TSB", 2: "PanelNaive(sp=4)", 5: "NaiveForecaster", 9: "TSB"}
    found = forecast(PANEL, forecaster=texts(24, some), broadcast=asked)
    assert [(each.text, len(each.history)) for each in asked.asks] == [("NaiveForecaster", 1), ("TSB", 2)]
    assert {row: found.model[row] for row in some} == some
    last = np.array(PANEL.values)[2, -4:]
    np.testing.assert_allclose(found.mean(6)[2], np.tile(last, 2)[:6])
    order = np.random.default_rng(1).permutation(24)
    turned = Asked()
    forecast(PANEL.take(order), forecaster=texts(24, some)[order], broadcast=turned)
    for one, two in zip(asked.asks, turned.asks, strict=True):
        np.testing.assert_array_equal(one.history, two.history)
        np.testing.assert_array_equal(one.seeds, two.seeds)


def test_libraries_get_so_many_series_and_no_more() -> None:
    n = module.MOST_SERIES + 3
    panel = panel_of(counts(n, 12, rate=3.0) + 1.0)
    asked = Asked()
    found = forecast(panel, forecaster="TSB", broadcast=asked)
    assert sum(len(each.history) for each in asked.asks) == module.MOST_SERIES
    assert (found.fallback == f"TSB not used: {TOO_MANY}").sum() == 3
    ours = forecast(panel, forecaster="PanelNaive", broadcast=asked)
    assert (ours.model == "PanelNaive").all()


def hostile(n: int, periods: int = 60) -> npt.NDArray[Any]:
    """Series that no forecaster likes, in turn."""
    rng = np.random.default_rng(8)
    values = rng.poisson(2.0, (n, periods)).astype(float)
    kind = np.arange(n) % 10
    values[kind == 0] = 0.0
    values[kind == 1] = np.nan
    values[kind == 2] = 7.0
    values[kind == 3, 30] = 1e12
    values[kind == 4, :-1] = np.nan
    values[kind == 5, 10:50] = np.nan
    values[kind == 6, :-1] = 0.0
    values[kind == 7] = rng.lognormal(0.0, 6.0, values[kind == 7].shape)
    values[kind == 8, -25:] = np.nan
    values[kind == 9] *= 1e-9
    return values


LIBRARY = {
    "NaiveForecaster(sp=13)": 20, "NaiveForecaster(strategy='drift')": 60, "Croston": 60, "TSB": 200,
    "TrendForecaster": 60, "PolynomialTrendForecaster(degree=3)": 40, "SplineTrendForecaster": 40, "ARARForecaster": 10,
    "ArpsHarmonic": 20, "ExponentialSmoothing(trend='add')": 40, "ThetaForecaster": 40,
    "AutoETS(auto=True, sp=52)": 10, "StatsForecastAutoETS": 20,
}  # fmt: skip
OURS = {"PanelNegBin(season=True, trend=True)": 2000, "PanelNaive(sp=52)": 2000}


@pytest.mark.parametrize(("text", "n"), [*LIBRARY.items(), *OURS.items()])
def test_hostile_series_end_in_sound_forecasts_or_in_a_reason(text: str, n: int) -> None:
    missing = fault(text)
    if missing is not None:
        assert "not installed" in missing.what
        pytest.skip(missing.what)
    panel = panel_of(hostile(n))
    found = forecast(panel, forecaster=text)
    means = found.mean(30)
    assert np.isfinite(means).all()
    assert (means >= 0.0).all()
    assert (means <= 5.0 * np.nan_to_num(panel.values).max(axis=1)[:, None] + 1e-6).all()
    low, high = (found.interval(np.full((panel.n, 1), 45.0)).quantile(level) for level in (0.5, 0.99))
    assert np.isfinite(high).all()
    assert (low <= high).all()
    used = found.model == text
    assert used.any()
    assert all(text in each for each in found.fallback[~used])
    assert not any("not used" in each for each in found.fallback[used])


def test_dates_that_come_twice_are_one_bucket_for_a_library_too() -> None:
    days = pd.date_range("2025-01-06", periods=40, freq="7D")
    rows = pd.DataFrame({"item": "a", "location": "x", "date": days, "quantity": np.arange(40.0) % 5 + 2.0})
    halves = pd.concat([rows, rows]).assign(quantity=lambda frame: frame["quantity"] / 2.0)
    one, two = (
        forecast(regularise(frame, days[-1].date() + timedelta(days=7)), forecaster="Croston")
        for frame in (rows, halves)
    )
    np.testing.assert_array_equal(one.mean(5), two.mean(5))
    assert one.model.tolist() == ["Croston"]


def test_nothing_named_loads_no_library() -> None:
    def none(_asks: Sequence[Ask]) -> list[Answer]:
        raise AssertionError("nobody was to be asked")

    state, model, why = named_paths(
        PANEL, PANEL.values, PLAIN.state, PLAIN.model, "", periods=9, seed=1, broadcast=none
    )
    assert state is PLAIN.state
    assert model is PLAIN.model
    assert (why == "").all()
    with pytest.raises(NeedsAdmin):
        by_name("")
