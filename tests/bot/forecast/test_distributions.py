import numpy as np
import pytest
from scipy import stats

from bot.forecast import distributions
from bot.forecast.interval import IntervalDemand

COUNT, AMOUNT = np.asarray([True]), np.asarray([False])


def test_counts_follow_the_negative_binomial() -> None:
    mean, variance = 4.0, 10.0
    x = np.arange(0.0, 40.0)
    law = stats.nbinom(mean**2 / (variance - mean), mean / variance)
    np.testing.assert_allclose(distributions.upper(x, mean, variance, COUNT), law.sf(x), rtol=1e-9)


def test_counts_without_excess_are_poisson_and_amounts_are_gamma() -> None:
    x = np.arange(0.0, 12.0)
    np.testing.assert_allclose(distributions.upper(x, 4.0, 4.0, COUNT), stats.poisson(4).sf(x), rtol=1e-9)
    gamma = stats.gamma(16 / 10, scale=10 / 4)
    np.testing.assert_allclose(distributions.upper(x, 4.0, 10.0, AMOUNT), gamma.sf(x), rtol=1e-9)


def test_no_demand_is_a_point_at_zero() -> None:
    for integer in (COUNT, AMOUNT):
        assert distributions.upper(np.asarray([-1.5, 0.0, 3.0]), 0.0, 0.0, integer).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("variance", [4.0, 10.0, 60.0])
@pytest.mark.parametrize("level", [0.0, 2.0, 2.5, 7.0])
def test_the_shortage_of_counts_is_the_sum_over_the_probabilities(variance: float, level: float) -> None:
    x = np.arange(4000)
    law = stats.poisson(4) if variance == 4.0 else stats.nbinom(16 / (variance - 4), 4 / variance)
    expected = float((np.maximum(x - level, 0) * law.pmf(x)).sum())
    found = distributions.shortage(np.asarray([level]), np.asarray([4.0]), np.asarray([variance]), COUNT)
    assert found[0] == pytest.approx(expected, rel=1e-8)


def test_the_shortage_of_amounts_is_the_integral_of_the_tail() -> None:
    law = stats.gamma(16 / 10, scale=10 / 4)
    grid = np.linspace(5.0, 200.0, 400_001)
    expected = float(np.trapezoid(law.sf(grid), grid))
    found = distributions.shortage(np.asarray([5.0]), np.asarray([4.0]), np.asarray([10.0]), AMOUNT)
    assert found[0] == pytest.approx(expected, rel=1e-6)


def test_moments_are_made_possible() -> None:
    mean, variance = distributions.settle(
        np.asarray([-1.0, 4.0, 4.0, np.nan]), np.asarray([3.0, 1.0, 9.0, 2.0]), np.asarray([True, True, False, True])
    )
    assert mean.tolist() == [0.0, 4.0, 4.0, 0.0]
    assert variance.tolist() == [0.0, 4.0, 9.0, 0.0]


@pytest.mark.parametrize("mean", [0.5, 1e6, 1e12])
@pytest.mark.parametrize("square", [1e4, 1e12, 1e20])
def test_however_wild_the_variance_quantiles_obey_markovs_inequality(mean: float, square: float) -> None:
    for counts in (True, False):
        law = IntervalDemand.of(
            np.asarray([[mean]]), np.asarray([[mean**2 * square]]), np.ones((1, 1)), np.asarray([counts])
        )
        for level in (0.1, 0.5, 0.9, 0.98):
            assert law.quantile(level)[0] <= mean / (1.0 - level) + 1.0
