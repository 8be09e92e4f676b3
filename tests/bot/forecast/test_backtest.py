import numpy as np
import pytest
from scipy import stats

from bot.forecast.backtest import Sample, replay, rough_quantile, seasons_at
from bot.forecast.fit import Spec
from tests.bot.forecast.panels import counts, panel_of


def sample(history: np.ndarray, length: int = 4) -> Sample:  # type: ignore[type-arg]
    panel = panel_of(history)
    n = panel.n
    return Sample(panel.values, panel.starts, "W", np.full(n, length), np.zeros(n, np.int64), np.ones(n, np.bool_))


def test_origins_leave_the_interval_and_enough_history() -> None:
    assert sample(counts(3, 60)).origins(3) == [56, 54, 52]
    assert sample(counts(3, 9)).origins(3) == []
    assert sample(np.zeros((0, 60))).origins(3) == []


def test_the_future_of_an_origin_does_not_reach_its_forecast() -> None:
    history = counts(50, 60)
    changed = history.copy()
    changed[:, 52:] += 50.0
    cases = [
        replay(part, Spec(trend=True), seasons_at(part, [52], yearly=True))
        for part in (sample(history), sample(changed))
    ]
    np.testing.assert_array_equal(cases[0].mean, cases[1].mean)
    np.testing.assert_allclose(cases[1].actual - cases[0].actual, 200.0)


def test_cases_with_unknown_outcome_or_hardly_any_sales_do_not_count() -> None:
    history = np.tile([1.0, 2.0], (4, 30))
    history[0, 58] = np.nan
    history[1, :50] = 0.0
    history[2, :56] = 0.0
    part = sample(history)
    assert len(replay(part, Spec(), seasons_at(part, [56], yearly=False)).actual) == 2


def test_more_spread_covers_more() -> None:
    part = sample(counts(400, 60))
    cases = replay(part, Spec(), seasons_at(part, [56, 54], yearly=False))
    covers = [cases.coverage(phi, 1.0, 0.95) for phi in (0.3, 1.0, 3.0)]
    assert covers[0] < covers[1] < covers[2]
    assert cases.loss(1.0, 1.0) < cases.loss(8.0, 8.0)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.98])
def test_the_rough_quantile_is_near_the_exact_one(level: float) -> None:
    rng = np.random.default_rng(0)
    mean = np.exp(rng.normal(0.5, 1.2, 4000))
    variance = mean * (1 + np.exp(rng.normal(0.5, 0.8, 4000)))
    exact = stats.nbinom.ppf(level, mean**2 / (variance - mean), mean / variance)
    rough = rough_quantile(mean, variance, np.ones(4000, np.bool_), level)
    assert np.abs(rough - exact).mean() < 0.35
    amounts = rough_quantile(mean, variance, np.zeros(4000, np.bool_), level)
    true = stats.gamma.ppf(level, mean**2 / variance, scale=variance / mean)
    np.testing.assert_allclose(amounts, true, rtol=0.02, atol=1e-3)
