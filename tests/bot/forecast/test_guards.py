from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import Spec
from bot.forecast.forecasters import learn
from bot.forecast.guards import EXPLODING, NEGATIVE, NOT_FINITE, guard, joined
from bot.forecast.model import State
from bot.forecast.moments import Moments, weigh, window_weights
from bot.forecast.season import Season
from tests.bot.forecast.panels import counts, panel_of

PANEL = panel_of(counts(4, 40, rate=4.0))


def fitted() -> tuple[State, Moments]:
    season = Season("W", np.zeros(4, dtype=np.int64))
    state = learn(Spec(), PANEL.values, PANEL.starts, season, np.ones(4, dtype=np.bool_), (1.0, 1.0))
    return state, weigh(PANEL.values, window_weights(40, 13))


def with_level(state: State, level: npt.NDArray[np.float64]) -> State:
    old = state.moments
    return replace(state, moments=Moments(level, old.spread, old.strength, old.age, old.known))


def test_a_sound_state_passes_untouched() -> None:
    state, floor = fitted()
    same, reason = guard(state, PANEL.values, floor)
    assert same is state
    assert (reason == "").all()


def test_what_cannot_be_true_is_replaced_by_the_recent_mean_with_its_reason() -> None:
    state, floor = fitted()
    level = state.moments.level.copy()
    level[0], level[1], level[2] = np.nan, -5.0, 1e9
    mended, reason = guard(with_level(state, level), PANEL.values, floor)
    assert reason.tolist() == [NOT_FINITE, NEGATIVE, EXPLODING, ""]
    np.testing.assert_array_equal(mended.moments.level[:3], floor.level[:3])
    assert mended.moments.level[3] == level[3]
    assert np.isfinite(mended.sums(np.full((4, 1), 5.0))[1]).all()


def test_a_foreign_path_is_guarded_too() -> None:
    state, floor = fitted()
    path = np.repeat(state.moments.level[:, None], 6, axis=1)
    path[0, 3], path[1, 2], path[2, 5] = np.inf, -1.0, 1e12
    mended, reason = guard(replace(state, path=path), PANEL.values, floor)
    assert reason.tolist() == [NOT_FINITE, NEGATIVE, EXPLODING, ""]
    assert mended.path is not None
    np.testing.assert_allclose(mended.sums(np.full((4, 1), 6.0))[0][:3, 0], 6 * floor.level[:3])


def test_paths_of_some_series_are_guarded_and_the_others_are_left_alone() -> None:
    state, floor = fitted()
    path = np.repeat(state.moments.level[[3, 1], None], 6, axis=1)
    path[1, 2] = -1.0
    place = np.asarray([-1, 1, -1, 0])
    mended, reason = guard(replace(state, path=path, place=place), PANEL.values, floor)
    assert reason.tolist() == ["", NEGATIVE, "", ""]
    assert mended.place is not None
    assert mended.place.tolist() == [-1, -1, -1, 0]
    ends = np.full((4, 1), 6.0)
    np.testing.assert_array_equal(mended.sums(ends)[0][[0, 2]], state.sums(ends)[0][[0, 2]])
    np.testing.assert_allclose(mended.sums(ends)[0][1, 0], 6 * floor.level[1])


def test_several_reasons_are_one_text() -> None:
    one, two, three = (np.asarray(words, dtype=object) for words in (["a", "", ""], ["b", "b", ""], ["", "c", ""]))
    assert joined(one, two, three).tolist() == ["a; b", "b; c", ""]
