from dataclasses import replace

import numpy as np

from bot.forecast.fit import Spec
from bot.forecast.forecasters import learn
from bot.forecast.season import Season
from bot.forecast.tree_path import replayed_paths, tree_path, tree_state, until
from tests.bot.forecast.panels import counts, panel_of
from tests.bot.forecast.test_trees import SMALL


def test_a_path_for_every_series_and_the_same_one_again() -> None:
    panel = panel_of(counts(40, 60))
    path = tree_path(panel, 5, 7, settings=SMALL)
    assert path.shape == (40, 5)
    assert np.array_equal(path, tree_path(panel, 5, 7, settings=SMALL))
    assert not np.array_equal(path, tree_path(panel, 5, 8, settings=SMALL))


def test_the_state_sums_up_the_path_and_its_spread_moves_with_the_level() -> None:
    panel = panel_of(counts(6, 60))
    season = Season("W", np.zeros(6, dtype=np.int64))
    native = learn(Spec(), panel.values, panel.starts, season, np.ones(6, dtype=np.bool_), (1.0, 2.0))
    path = np.tile(native.moments.level[:, None], (1, 4)) * np.asarray([1.0, 3.0, 2.0, 2.0])
    state = tree_state(native, path)
    mean, variance = state.sums(np.full((6, 1), 3.0))
    assert np.allclose(mean[:, 0], path[:, :3].sum(axis=1))
    assert np.allclose(state.moments.spread, 2.0 * native.moments.spread)
    assert (variance > 0.0).all()


def test_no_level_no_spread() -> None:
    panel = panel_of(np.zeros((2, 20)))
    season = Season("W", np.zeros(2, dtype=np.int64))
    native = learn(Spec(), panel.values, panel.starts, season, np.ones(2, dtype=np.bool_), (1.0, 2.0))
    mean, variance = tree_state(native, np.zeros((2, 3))).sums(np.full((2, 1), 2.0))
    assert mean.tolist() == variance.tolist() == [[0.0], [0.0]]


def test_a_replayed_path_is_what_the_shorter_panel_says() -> None:
    values = counts(40, 60)
    shuffled = values.copy()
    shuffled[:, 50:] = np.random.default_rng(1).permutation(values[:, 50:].ravel()).reshape(40, 10)
    paths = []
    for demand in (values, shuffled):
        panel = replace(panel_of(demand), price=(demand + 1.0).astype(np.float32))
        paths.append(replayed_paths(panel, [50], 4, 7, settings=SMALL)[50])
    assert np.array_equal(*paths)
    short = replace(panel_of(values[:, :50]), price=(values[:, :50] + 1.0).astype(np.float32))
    assert np.array_equal(paths[0], tree_path(short, 4, 7, settings=SMALL))


def test_the_panel_until_an_origin() -> None:
    panel = until(panel_of(counts(3, 20)), 12)
    assert (panel.periods, panel.as_of) == (12, panel_of(counts(3, 20)).starts[12])
    assert until(panel_of(counts(3, 20)), 20).next_start == panel_of(counts(3, 20)).next_start
