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


def test_exponential_memories_are_the_weights_they_stand_for() -> None:
    rng = np.random.default_rng(0)
    values = rng.poisson(2.0, (40, 30)).astype(float)
    values[rng.random((40, 30)) < 0.2] = np.nan
    for half_life, found in zip((3.0, np.inf), moments.remember(values, np.asarray([3.0, np.inf])), strict=True):
        plain = moments.weigh(values, moments.decay_weights(30, half_life))
        for name in ("level", "spread", "strength", "age", "known"):
            np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-9)


def test_a_shorter_memory_of_one_series_leaves_the_others() -> None:
    values = np.tile(np.arange(1.0, 21.0), (2, 1))
    (found,) = moments.remember(values, np.asarray([40.0]), longest=np.asarray([np.inf, 2.0]))
    (plain,) = moments.remember(values, np.asarray([40.0]))
    assert found.level[0] == plain.level[0]
    assert found.level[1] > found.level[0] + 3.0


def test_what_a_series_gets_does_not_depend_on_its_place() -> None:
    values = np.random.default_rng(1).gamma(1.0, 3.0, (257, 53))
    order = np.random.default_rng(2).permutation(257)
    (whole,), (mixed,) = (moments.remember(v, np.asarray([9.0])) for v in (values, values[order]))
    alone = [moments.remember(values[k : k + 1], np.asarray([9.0]))[0] for k in range(257)]
    for name in ("level", "spread", "strength", "age"):
        np.testing.assert_array_equal(getattr(whole, name)[order], getattr(mixed, name))
        np.testing.assert_array_equal(getattr(whole, name), [getattr(one, name)[0] for one in alone])


def test_the_spread_moves_with_the_level_within_bounds() -> None:
    old = moments.Moments(*(np.asarray(each) for each in ([4.0] * 4, [8.0] * 4, [9.0] * 4, [9.0] * 4, [9.0] * 4)))
    found = moments.moved(old, np.asarray([4.0, 8.0, 400.0, 0.0]), np.ones(4, dtype=np.bool_), slice(None))
    assert found.tolist() == [8.0, 16.0, 80.0, 0.8]


def test_a_level_that_came_from_nothing_spreads_as_widely_as_it_is_high() -> None:
    old = moments.Moments(*(np.zeros(4) for _ in range(5)))
    rows, integer = np.asarray([0, 1, 2, 3]), np.asarray([True, True, False, True])
    found = moments.moved(old, np.asarray([0.5, 3.0, 0.5, 0.0]), integer, rows)
    assert found.tolist() == [0.5, 9.0, 0.25, 0.0]
