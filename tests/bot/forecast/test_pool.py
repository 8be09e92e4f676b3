import numpy as np
import pytest

from bot.forecast.demand import forecast_demand
from bot.forecast.pool import BASE, SIZE, Memories, Pool, fit_pool, half_lives
from bot.patterns.classify import classify
from tests.bot.forecast.panels import counts, panel_of


def memories(values: np.ndarray) -> Memories:  # type: ignore[type-arg]
    return Memories.of(values, half_lives("W", 7.0), None, None)


def test_no_correction_leaves_everything() -> None:
    seen = memories(counts(20, 60))
    features = seen.features(np.full(20, 4.0))
    assert Pool().corrected(seen.base, features) is seen.base
    assert fit_pool(features[:0], np.zeros(0), np.zeros(0), np.zeros(0)) == Pool()


def test_regression_to_the_mean_is_found() -> None:
    rng = np.random.default_rng(8)
    truth = np.exp(rng.normal(0.0, 0.3, 2000))
    history, came = rng.poisson(truth[:, None], (2000, 30)), rng.poisson(8 * truth).astype(float)
    noisy = np.where(rng.random((2000, 30)) < 0.15, history, 0.0) / 0.15
    seen = memories(noisy)
    features = seen.features(np.full(2000, 8.0))
    mean = 8 * seen.base.level
    pool = fit_pool(features, came, mean, 20 * mean)
    corrected = 8 * pool.corrected(seen.base, features).level
    use = mean > 0
    assert np.abs(corrected - 8 * truth)[use].mean() < 0.8 * np.abs(mean - 8 * truth)[use].mean()


def test_the_unit_of_measure_plays_no_part() -> None:
    values = counts(200, 60) * 1.25
    came = np.full(200, 7.0)
    factors = []
    for unit in (1.0, 1024.0):
        seen = memories(values * unit)
        features = seen.features(np.full(200, 4.0))
        mean = 4 * seen.base.level
        factors.append(fit_pool(features, came * unit, mean, mean * unit).factor(features))
    np.testing.assert_allclose(factors[0], factors[1], rtol=1e-9)


def test_a_well_known_giant_is_not_shrunk_to_the_many_small_ones() -> None:
    rng = np.random.default_rng(7)
    values = (rng.random((1500, 104)) < 0.3) * np.ceil(rng.lognormal(1.0, 1.0, (1500, 104)))
    values[:5] = rng.poisson(200.0, (5, 104))
    panel = panel_of(values)
    found = forecast_demand(panel, classify(panel), horizon_days=28.0, seed=7).interval(np.full((1500, 1), 28.0))
    assert found.mean[:5] == pytest.approx(np.full(5, 800.0), rel=0.1)
    assert (found.quantile(0.95)[:5] > 800.0).all()


def test_corrections_are_bounded() -> None:
    features = np.full((3, SIZE + 1), 100.0)
    assert Pool((1.0,) * SIZE).factor(features).max() == pytest.approx(np.exp(1.5))
    assert Pool((-1.0,) * SIZE).factor(features).min() == pytest.approx(np.exp(-1.5))


def test_memories_are_compared_with_the_base() -> None:
    rising = np.linspace(1.0, 50.0, 104)[None, :]
    columns = memories(rising).features(np.ones(1))[0, -4:-1]
    assert columns[0] > columns[1] > 0.0 > columns[2]
    assert BASE == 2
