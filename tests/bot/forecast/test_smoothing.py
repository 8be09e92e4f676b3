from collections.abc import Callable

import numpy as np
import pytest

from bot.forecast.fit import Fit
from bot.forecast.model import DAMPING
from bot.forecast.moments import Floats
from bot.forecast.scan import SPREAD_GAIN
from bot.forecast.smoothing import ALPHAS, BETAS, TREND_ALPHAS, damped, simple
from tests.bot.forecast import slow
from tests.bot.forecast.panels import counts


@pytest.mark.parametrize("alpha", [0.05, 0.3])
@pytest.mark.parametrize("beta", [0.0, 0.2])
def test_as_the_slow_reference_says(alpha: float, beta: float) -> None:
    values = counts(20, 40, rate=4.0)
    found = damped(values, alphas=[alpha], betas=[beta])
    for k, row in enumerate(values):
        said, level, trend = slow.one_step(list(row), alpha, beta, DAMPING)
        assert found.moments.level[k] == pytest.approx(max(level, 0.0))
        assert found.moments.spread[k] == pytest.approx(slow.spread(list(row), said, alpha, SPREAD_GAIN))
        most = 0.5 * (1.0 - DAMPING) / DAMPING
        assert found.slope[k] == pytest.approx(np.clip(trend / level, -most, most) if level > 0.0 else 0.0)
    np.testing.assert_allclose(found.moments.strength, slow.effective(slow.fading(40, alpha)))


def test_simple_takes_the_gain_with_the_least_error() -> None:
    values = np.vstack([counts(10, 60, rate=4.0), np.repeat([[2.0, 20.0]], 30, axis=1)])
    found = simple(values).moments.level
    for row, level in zip(values, found, strict=True):
        runs = [slow.one_step(list(row), alpha, 0.0, DAMPING) for alpha in ALPHAS]
        assert level == pytest.approx(min(runs, key=lambda run: slow.squared(row, run[0]))[1])


def test_a_trend_must_earn_its_parameter() -> None:
    values = np.vstack([counts(10, 60, rate=4.0), 5.0 + np.arange(60.0)[None, :]])
    found = damped(values)
    for k, row in enumerate(values):
        runs = {}
        for alpha in TREND_ALPHAS:
            for beta in BETAS:
                said, level, _ = slow.one_step(list(row), alpha, beta, DAMPING)
                runs[level] = slow.squared(row, said) * (1.0 + 2.0 / 52.0 if beta else 1.0)
        assert found.moments.level[k] == pytest.approx(max(min(runs, key=lambda at: runs[at]), 0.0))
    assert found.slope[-1] > 0.005
    flat = damped(counts(500, 104, rate=4.0)).slope
    assert (flat == 0.0).mean() > 0.5


def test_the_trend_meets_a_rising_series_ahead() -> None:
    values = np.tile(20.0 + np.arange(80.0), (3, 1))
    fit = damped(values)
    ahead = fit.moments.level * (1.0 + fit.slope * DAMPING)
    assert np.abs(ahead - 100.0).max() < 2.0


@pytest.mark.parametrize("fit", [simple, damped])
def test_unknown_buckets_change_nothing(fit: Callable[[Floats], Fit]) -> None:
    values = counts(30, 50, rate=2.0)
    plain, masked = fit(values), fit(np.insert(values, [0, 0, 13, 20, 50], np.nan, axis=1))
    assert np.array_equal(plain.slope, masked.slope)
    for name in ("level", "spread", "strength", "age", "known"):
        assert np.array_equal(getattr(plain.moments, name), getattr(masked.moments, name))


def test_season_factors_are_taken_out_of_level_and_spread() -> None:
    rng = np.random.default_rng(4)
    factors = np.where(np.arange(300) % 2 == 0, 0.25, 1.75)[None, :]
    values = rng.poisson(8.0 * factors, (400, 300)).astype(float)
    rows = np.zeros(400, dtype=np.int64)
    moments = simple(values, factors, rows, alphas=[0.05]).moments
    assert moments.level.mean() == pytest.approx(8.0, rel=0.01)
    assert moments.spread.mean() == pytest.approx(8.0, rel=0.05)
