from dataclasses import replace

import numpy as np
import pytest

from bot.forecast.backtest import Sample, replay, seasons_at
from bot.forecast.fit import Spec
from bot.forecast.prepare import sample_of
from bot.patterns.classify import classify
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


def test_a_few_long_intervals_do_not_move_everybodys_origins() -> None:
    part = sample(counts(100, 104), 3)
    one = replace(part, length=np.where(np.arange(100) == 0, 34, 3))
    assert one.origins(4) == part.origins(4)


def test_a_forecast_of_nothing_is_judged_too() -> None:
    history = np.tile([0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0], (4, 8))
    history[:, 52:56] = 0.0
    part = sample(history)
    cases = replay(part, Spec(window=4), seasons_at(part, [56], yearly=False))
    assert cases.mean.tolist() == [0.0] * 4
    assert cases.actual.tolist() == [0.0] * 4 or (cases.actual > 0.0).all()


def test_an_origin_sees_the_spikes_of_then_and_is_judged_by_what_really_came() -> None:
    history = np.tile([3.0, 5.0, 4.0, 6.0], (40, 16))
    history[0, 62] = 5000.0
    panel = panel_of(history)
    part = sample_of(panel, classify(panel), np.arange(40), ["smooth"], horizon_days=28.0, silence=0)
    cases = replay(part, Spec(), seasons_at(part, [60], yearly=False))
    assert cases.actual[0] > 5000.0
    assert cases.mean[0] == cases.mean[4]
