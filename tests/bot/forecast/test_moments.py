import numpy as np
import pytest

from bot.forecast import moments


def test_equal_weights_give_mean_and_sample_variance_of_the_known_buckets() -> None:
    values = np.asarray([[1.0, 2.0, np.nan, 6.0]])
    found = moments.weigh(values, moments.decay_weights(4, np.inf))
    assert found.level[0] == pytest.approx(3.0)
    assert found.spread[0] == pytest.approx(np.var([1, 2, 6], ddof=1))
    assert (found.strength[0], found.known[0], found.age[0]) == (3.0, 3.0, pytest.approx(5 / 3))


def test_a_half_life_halves_and_a_window_cuts() -> None:
    assert moments.decay_weights(3, 1.0).tolist() == [0.25, 0.5, 1.0]
    assert moments.window_weights(3, 2).tolist() == [0.0, 1.0, 1.0]


def test_season_factors_are_divided_out() -> None:
    values = np.asarray([[2.0, 8.0, 2.0, 8.0]])
    factors = np.asarray([[9.0] * 4, [0.4, 1.6, 0.4, 1.6]])
    found = moments.weigh(values, np.ones(4), factors, np.asarray([1]))
    assert found.level[0] == pytest.approx(5.0)
    assert found.spread[0] == pytest.approx(0.0, abs=1e-9)


def test_nothing_known_gives_zeros_and_blocks_do_not_change_the_answer() -> None:
    rows = moments.BLOCK + 3
    values = np.tile([1.0, 3.0], (rows, 1))
    values[-1] = np.nan
    found = moments.weigh(values, np.ones(2))
    assert found.level[0] == found.level[moments.BLOCK] == 2.0
    assert (found.level[-1], found.spread[-1], found.strength[-1]) == (0.0, 0.0, 0.0)
    assert len(moments.weigh(np.zeros((0, 2)), np.ones(2)).level) == 0
