import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forecast.mixture import Mixture

LEVELS = (0.0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999)


def one(
    means: list[float], variances: list[float], weights: list[float] | None = None, *, integer: bool = True
) -> Mixture:
    shares = np.ones((1, len(means))) if weights is None else np.asarray([weights])
    return Mixture.of(np.asarray([means]), np.asarray([variances]), shares, np.asarray([integer]))


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(0.0, 3.0, (n, k)))
    variance = mean * np.exp(rng.normal(0.5, 2.0, (n, k)))
    return Mixture.of(mean, variance, rng.dirichlet(np.ones(k), n), rng.random(n) < 0.6)


@settings(max_examples=60, deadline=None)
@given(mixtures(), st.sampled_from(LEVELS[1:]))
def test_a_quantile_covers_and_is_the_smallest_that_does(law: Mixture, level: float) -> None:
    high = law.quantile(level)
    assert (law.cdf(high) >= level - 1e-6).all()
    whole = law.integer & (high > 0)
    assert (law.cdf(high - 1)[whole] < level + 1e-8).all()
    assert (high[law.integer] == np.rint(high[law.integer])).all()
    above = ~law.integer & (high > 1e-3)
    np.testing.assert_allclose(law.cdf(high)[above], level, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(mixtures())
def test_quantiles_rise_with_the_level_and_shortage_falls_with_the_stock(law: Mixture) -> None:
    quantiles = np.stack([law.quantile(level) for level in LEVELS])
    assert (np.diff(quantiles, axis=0) >= -1e-4 * (1 + quantiles[1:])).all()
    np.testing.assert_allclose(law.shortage(0.0), law.mean, rtol=1e-9)
    assert (law.shortage(law.mean) >= law.shortage(law.mean * 2 + 1) - 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(mixtures())
def test_demand_met_is_the_sum_of_the_tail(law: Mixture) -> None:
    counts = law.take(law.integer)
    met = sum(counts.above(float(x)) for x in range(60))
    np.testing.assert_allclose(counts.mean - counts.shortage(60.0), met, rtol=1e-6)


def test_a_level_per_row_and_the_order_of_rows() -> None:
    law = Mixture.of(
        np.asarray([[5.0], [50.0], [0.0]]), np.asarray([[9.0], [90.0], [0.0]]), np.ones((3, 1)), np.full(3, True)
    )
    both = law.quantile(np.asarray([0.9, 0.5, 0.99]))
    assert both.tolist() == [law.quantile(0.9)[0], law.quantile(0.5)[1], 0.0]
    back = np.asarray([2, 1, 0])
    assert law.take(back).quantile(0.9).tolist() == law.quantile(0.9)[back].tolist()


def test_an_uncertain_lead_time_never_lowers_the_high_quantile() -> None:
    for integer in (True, False):
        sure = one([20.0], [30.0], integer=integer)
        unsure = one([10.0, 20.0, 30.0], [15.0, 30.0, 45.0], [0.25, 0.5, 0.25], integer=integer)
        assert unsure.mean == pytest.approx(sure.mean)
        assert unsure.variance[0] == pytest.approx(30.0 + 50.0)
        for level in (0.9, 0.95, 0.99):
            assert unsure.quantile(level)[0] >= sure.quantile(level)[0]


def test_the_mixture_is_exact_and_not_its_moments() -> None:
    law = one([2.0, 16.0], [2.0, 16.0], [0.8, 0.2])
    rng = np.random.default_rng(1)
    drawn = rng.poisson(np.where(rng.random(400_000) < 0.2, 16.0, 2.0))
    assert law.quantile(0.9)[0] == np.quantile(drawn, 0.9, method="inverted_cdf")
    assert law.quantile(0.99)[0] == np.quantile(drawn, 0.99, method="inverted_cdf")
    assert law.shortage(10.0)[0] == pytest.approx(np.maximum(drawn - 10, 0).mean(), rel=0.02)


def test_amounts_scale() -> None:
    law, big = one([3.0, 5.0], [4.0, 9.0], integer=False), one([300.0, 500.0], [40_000.0, 90_000.0], integer=False)
    for level in (0.5, 0.9, 0.98):
        assert big.quantile(level)[0] == pytest.approx(100 * law.quantile(level)[0], rel=1e-4)


def test_fourteen_days_of_the_facts() -> None:
    law = one([70.0], [245.0])
    assert law.quantile(0.95)[0] == 97.0


def test_no_demand_needs_nothing() -> None:
    law = one([0.0, 0.0], [0.0, 0.0])
    assert (law.mean[0], law.quantile(0.999)[0], law.shortage(0.0)[0], law.cdf(0.0)[0]) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [np.nan, 1.0], [-0.5, 1.5]])
def test_weights_must_be_probabilities(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        one([1.0, 2.0], [1.0, 2.0], weights)
