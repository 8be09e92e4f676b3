import numpy as np
import pytest
from scipy import stats

from bot.forecast.backtest import Cases
from bot.forecast.judge import calibration, coverage, losses, pinball, rough_quantile
from bot.forecast.levels import STATED


def cases(actual: np.ndarray, mean: float = 20.0, variance: float = 60.0, *, label: int = 0) -> Cases:  # type: ignore[type-arg]
    n = len(actual)
    rows, one = np.arange(n), np.ones(n)
    return Cases(rows, np.full(n, label), mean * one, variance * one, np.ones(n, np.bool_), actual, one)


def drawn(n: int, mean: float = 20.0, variance: float = 60.0) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng(5)
    return stats.nbinom.rvs(mean**2 / (variance - mean), mean / variance, size=n, random_state=rng).astype(float)


def test_a_law_that_is_true_is_left_as_stated() -> None:
    (found,) = calibration(cases(drawn(20_000)), 1)
    np.testing.assert_allclose(found, STATED, atol=0.015)


def test_a_law_that_is_too_narrow_is_stretched_until_it_covers() -> None:
    narrow = cases(drawn(20_000, variance=160.0))
    (found,) = calibration(narrow, 1)
    assert coverage(narrow, STATED, 0.95) < 0.9
    assert coverage(narrow, found, 0.95) == pytest.approx(0.95, abs=0.01)
    assert losses(narrow, found) < losses(narrow, STATED)


def test_a_class_without_cases_takes_everyones_calibration() -> None:
    everyone, mine = calibration(cases(drawn(5_000, variance=160.0)), 2)
    np.testing.assert_allclose(mine, everyone, atol=0.01)


def test_pinball_weighs_what_is_missing_by_the_level() -> None:
    one = cases(np.asarray([200.0, 0.0]))
    missing, over = pinball(one, STATED, 0.9)
    quantile = rough_quantile(one.mean, one.variance, one.integer, 0.9)[0]
    assert (missing, over) == (pytest.approx(0.9 * (200 - quantile)), pytest.approx(0.1 * quantile))


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
