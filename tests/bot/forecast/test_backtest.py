from dataclasses import replace

import numpy as np
import pytest

from bot.forecast.backtest import Sample, replay, seasons_at
from bot.forecast.fit import Spec
from tests.bot.forecast.panels import counts, panel_of


def sample(history: np.ndarray, length: int = 4) -> Sample:  # type: ignore[type-arg]
    panel = panel_of(history)
    n = panel.n
    none = np.zeros(n, np.int64)
    return Sample(panel.values, panel.starts, "W", np.full(n, length), none, np.ones(n, np.bool_), none)


def test_origins_leave_the_interval_and_enough_history() -> None:
    assert sample(counts(3, 60)).origins(3) == [56, 54, 52]
    assert sample(counts(3, 9)).origins(3) == []
    assert sample(np.zeros((0, 60))).origins(3) == []


@pytest.mark.parametrize("spec", [Spec(trend=True), Spec(window=4), Spec(pooled=True)])
def test_the_future_of_an_origin_does_not_reach_its_forecast(spec: Spec) -> None:
    history = counts(50, 60)
    changed = history.copy()
    changed[:, 52:] += 50.0
    cases = [replay(part, spec, seasons_at(part, [52], yearly=True)) for part in (sample(history), sample(changed))]
    np.testing.assert_array_equal(cases[0].mean, cases[1].mean)
    np.testing.assert_array_equal(cases[0].variance, cases[1].variance)
    np.testing.assert_allclose(cases[1].actual - cases[0].actual, 200.0)


def test_cases_with_unknown_outcome_or_hardly_any_sales_do_not_count() -> None:
    history = np.tile([1.0, 2.0], (4, 30))
    history[0, 58] = np.nan
    history[1, :50] = 0.0
    history[2, :56] = 0.0
    part = sample(history)
    assert len(replay(part, Spec(), seasons_at(part, [56], yearly=False)).actual) == 2


def test_the_correction_meets_a_drift_that_all_series_share() -> None:
    rng = np.random.default_rng(4)
    rising = rng.poisson(4.0 * np.linspace(0.5, 2.0, 104), (300, 104)).astype(float)
    part = sample(rising)
    cases = replay(part, Spec(pooled=True), seasons_at(part, [100, 98, 96], yearly=False))
    low, met = cases.mean.sum() / cases.actual.sum(), cases.corrected(cases.pool()).mean.sum() / cases.actual.sum()
    assert low < 0.8
    assert met == pytest.approx(1.0, abs=0.03)


def test_a_class_keeps_its_own_spread_law() -> None:
    history = np.concatenate([np.tile([4.0, 6.0], (60, 30)), np.tile([0.0, 0.0, 0.0, 20.0], (60, 15))])
    part = sample(history)
    part = replace(part, label=np.repeat([0, 1], 60))
    cases = replay(part, Spec(), seasons_at(part, [56], yearly=False))
    assert cases.variance[cases.label == 0].max() < cases.variance[cases.label == 1].min()
