from dataclasses import replace

import numpy as np

from bot.forecast.model import State
from bot.forecast.moments import Moments
from bot.forecast.season import Season

MONDAY = np.datetime64("2024-01-01")


def state(level: float = 10.0, slope: float = 0.0) -> State:
    one = np.ones(2)
    moments = Moments(level * one, 4.0 * one, 16.0 * one, one, one)
    season = Season("W", np.zeros(2, np.int64))
    return State(moments, slope * one, season, one > 0, one, 2.0 * one, "W", MONDAY, MONDAY)


def test_the_variance_holds_demand_and_the_levels_own_error() -> None:
    means, variances = state().sums(np.full((2, 1), 8.0))
    assert means[0, 0] == 80.0
    assert variances[0, 0] == 4.0 * (8.0 + 2.0 * 64.0 / 16.0)


def test_sums_add_up_over_neighbouring_stretches() -> None:
    rising = state(slope=0.05)
    whole = rising.sums(np.full((2, 1), 6.5))[0]
    parts = rising.sums(np.full((2, 1), 2.25))[0] + rising.sums(np.full((2, 1), 6.5), np.full((2, 1), 2.25))[0]
    np.testing.assert_allclose(whole, parts)
    assert whole[0, 0] > 65.0


def test_a_falling_trend_never_goes_below_zero() -> None:
    assert (state(slope=-5.0).sums(np.full((2, 3), [1.0, 10.0, 90.0]))[0] == 0.0).all()


def test_a_path_replaces_level_and_slope_and_its_mean_goes_on() -> None:
    foreign = replace(state(), path=np.asarray([[2.0, 4.0], [0.0, 0.0]]))
    means = foreign.sums(np.asarray([[1.0, 2.0, 4.0]] * 2))[0]
    np.testing.assert_allclose(means, [[2.0, 6.0, 12.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(foreign.take(np.asarray([1])).sums(np.ones((1, 1)))[0], [[0.0]])


def test_paths_of_some_series_change_no_other_and_follow_their_rows() -> None:
    own = replace(state(slope=0.05), slope=np.asarray([0.05, 0.0]))
    level = replace(own.moments, level=np.asarray([10.0, 3.0]))
    mixed = replace(own, moments=level, path=np.asarray([[2.0, 4.0]]), place=np.asarray([-1, 0]))
    ends = np.asarray([[1.0, 2.0, 4.0]] * 2)
    means, variances = mixed.sums(ends)
    np.testing.assert_array_equal((means[0], variances[0]), (own.sums(ends)[0][0], own.sums(ends)[1][0]))
    np.testing.assert_allclose(means[1], [2.0, 6.0, 12.0])
    turned = mixed.take(np.asarray([1, 0])).sums(ends)
    np.testing.assert_array_equal(turned[0], means[::-1])
    np.testing.assert_array_equal(turned[1], variances[::-1])
