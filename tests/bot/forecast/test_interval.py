import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forecast.interval import IntervalDemand
from bot.forecast.levels import KNOTS, STATED, Levels

N = 12
STRETCHED = tuple(float(u) for u in np.asarray(STATED) ** 1.7)


def law(*, integer: bool, mapped: bool = True) -> IntervalDemand:
    rng = np.random.default_rng(0)
    means = np.exp(rng.normal(1.0, 0.7, (N, 3)))
    levels = Levels(np.asarray([STATED, STRETCHED]), np.arange(N) % 2) if mapped else None
    return IntervalDemand.of(means, 3.0 * means, np.ones((N, 3)), np.full(N, integer), levels)


@given(st.booleans(), st.floats(0.5, 0.999))
def test_a_quantile_covers_what_the_calibration_says(integer: bool, level: float) -> None:  # noqa: FBT001 (drawn)
    demand = law(integer=integer)
    at = demand.quantile(level)
    assert np.all(demand.cdf(at) >= level - 1e-4)
    if integer:
        assert np.all(demand.cdf(at - 1.0) < level + 1e-6)


def test_stated_probabilities_change_nothing_and_stretched_ones_ask_for_more() -> None:
    raw, mapped = law(integer=True, mapped=False), law(integer=True)
    even = np.arange(N) % 2 == 0
    np.testing.assert_allclose(raw.quantile(0.95)[even], mapped.quantile(0.95)[even])
    np.testing.assert_allclose(raw.shortage(3.0)[even], mapped.shortage(3.0)[even], rtol=1e-9)
    assert np.all(raw.quantile(0.95)[~even] < mapped.quantile(0.95)[~even])
    assert np.all(raw.shortage(3.0)[~even] < mapped.shortage(3.0)[~even])


@pytest.mark.parametrize("level", [0.0, 1.0, 2.5, 9.0, 40.0])
def test_the_shortage_is_the_sum_of_the_calibrated_tail(level: float) -> None:
    counts = law(integer=True)
    tail = np.stack([counts.above(float(x)) for x in range(400)], axis=1)
    whole = int(level)
    above = tail[:, whole:].sum(1) - (level - whole) * tail[:, whole]
    np.testing.assert_allclose(counts.shortage(level), above * counts.mean / tail.sum(1))
    amounts = law(integer=False).take(np.zeros(4001, np.int64))
    places = np.linspace(level, 150.0, 4001)
    everything = np.linspace(0.0, 150.0, 4001)
    mean = np.trapezoid(amounts.above(everything), everything)
    tail = np.trapezoid(amounts.above(places), places)
    np.testing.assert_allclose(amounts.shortage(level)[0], tail * amounts.mean[0] / mean, rtol=2e-3)


def test_without_stock_the_mean_is_short() -> None:
    for integer in (True, False):
        np.testing.assert_allclose(law(integer=integer).shortage(0.0), law(integer=integer).mean)


def test_rows_taken_agree_before_and_after_the_knots_are_known() -> None:
    rows = np.asarray([5, 0, 5])
    before = law(integer=True).take(rows).shortage(4.0)
    after = law(integer=True).prepared().take(rows).shortage(4.0)
    np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(before, law(integer=True).shortage(4.0)[rows])
    assert len(KNOTS) == len(STATED)
