import itertools

import numpy as np
import pytest

from bot.forecast.intermittent import ALPHAS, BETAS, Method, intermittent
from bot.forecast.scan import SPREAD_GAIN
from tests.bot.forecast import slow
from tests.bot.forecast.panels import counts

METHODS: tuple[Method, ...] = ("croston", "sba", "tsb")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("alpha", "beta"), [(0.1, 0.05), (0.3, 0.25)])
def test_as_the_slow_reference_says(method: Method, alpha: float, beta: float) -> None:
    values = np.vstack([counts(20, 40, rate=0.4), np.zeros((1, 40)), np.full((1, 40), 3.0)])
    found = intermittent(values, method=method, alphas=[alpha], betas=[beta]).moments
    expected = [slow.intermittent(list(row), method, alpha, beta, SPREAD_GAIN) for row in values]
    np.testing.assert_allclose(
        np.stack([found.level, found.spread, found.strength], axis=1), expected, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_pair_with_the_least_error_is_taken(method: Method) -> None:
    values = np.vstack([counts(5, 50, rate=0.5), 9.0 * (np.arange(50) > 38)[None, :]])
    chosen = intermittent(values, method=method).moments.level
    for row, level in zip(values, chosen, strict=True):
        errors = {}
        for alpha, beta in itertools.product(ALPHAS, BETAS):
            said = [
                slow.intermittent(list(row[:k]), method, alpha, beta, SPREAD_GAIN)[0] if k else 0.0
                for k in range(len(row))
            ]
            errors[slow.intermittent(list(row), method, alpha, beta, SPREAD_GAIN)[0]] = slow.squared(row, said)
        np.testing.assert_allclose(level, min(errors, key=lambda at: errors[at]))


@pytest.mark.parametrize("method", METHODS)
def test_unknown_buckets_change_nothing(method: Method) -> None:
    values = counts(30, 50, rate=0.7)
    holed = np.insert(values, [0, 0, 13, 20, 50], np.nan, axis=1)
    plain, masked = intermittent(values, method=method).moments, intermittent(holed, method=method).moments
    for name in ("level", "spread", "strength", "age", "known"):
        assert np.array_equal(getattr(plain, name), getattr(masked, name))


def test_a_dead_series_fades_with_tsb_only() -> None:
    values = np.zeros((1, 104))
    values[0, :20] = 5.0
    levels = {name: float(intermittent(values, method=name).moments.level[0]) for name in METHODS}
    assert levels["tsb"] < 0.5
    assert levels["croston"] == pytest.approx(5.0)
    assert 0.8 * levels["croston"] < levels["sba"] < levels["croston"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seasonal", ["sizes", "occurrences"])
def test_a_season_in_sizes_or_occurrences_leaves_the_level_alone(method: Method, seasonal: str) -> None:
    rng = np.random.default_rng(5)
    factors = np.where(np.arange(400) % 2 == 0, 0.2, 1.8)[None, :]
    chance = 0.3 * factors if seasonal == "occurrences" else 0.3 * np.ones_like(factors)
    size = 4.0 * (factors if seasonal == "sizes" else np.ones_like(factors))
    values = (rng.random((300, 400)) < chance) * size
    rows = np.zeros(300, dtype=np.int64)
    level = intermittent(values, factors, rows, method=method, alphas=[0.02], betas=[0.02]).moments.level
    assert level.mean() == pytest.approx(1.2, rel=0.05)


def test_the_spread_is_that_of_the_compound_law() -> None:
    rng = np.random.default_rng(2)
    values = (rng.random((2000, 300)) < 0.2) * (1.0 + rng.poisson(3.0, (2000, 300)))
    moments = intermittent(values, method="tsb", alphas=[0.02], betas=[0.02]).moments
    assert moments.level.mean() == pytest.approx(0.8, rel=0.02)
    assert moments.spread.mean() == pytest.approx(values.var(), rel=0.03)
    doubt = moments.spread / moments.strength
    assert doubt.mean() == pytest.approx(moments.level.var(), rel=0.15)
