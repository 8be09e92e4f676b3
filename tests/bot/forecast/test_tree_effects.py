from dataclasses import replace

import numpy as np
import pytest

from bot.forecast.exogenous import PRICE, Dense, Exogenous
from bot.forecast.features import DRIVERS, LEVEL, Panel, scales
from bot.forecast.tree_effects import contributions, logarithms
from bot.forecast.trees import Work, grow, means
from tests.bot.forecast.panels import counts, panel_of
from tests.bot.forecast.test_trees import SMALL, priced


def test_effects_add_up_to_the_forecast() -> None:
    values, price = priced(50, 60, 6)
    values[3] = 0.0
    values[4:8, 20:] = np.nan
    work = Work.of(panel_of(values), 6, 7, Exogenous((Dense("price", PRICE, price),), np.arange(50) % 4))
    trees = grow(work, SMALL)
    path = means(work, trees, 6)
    effects = contributions(work, trees, 6)
    assert effects.values.shape == (50, 6, len(DRIVERS))
    assert np.allclose(effects.values.sum(axis=2), path, rtol=1e-9, atol=0.0)
    assert np.allclose(effects.total(0.5, 2.25).sum(axis=1), 0.5 * path[:, 0] + path[:, 1] + 0.25 * path[:, 2])
    some = contributions(work, trees, 6, np.asarray([7, 3]))
    assert np.array_equal(some.values, effects.values[[7, 3]])


def test_a_low_price_shows_as_an_effect_of_the_price() -> None:
    values, price = priced(60, 50, 4)
    price[:30, 50:], price[30:, 50:] = 5.0, 10.0
    work = Work.of(panel_of(values), 4, 7, Exogenous((Dense("price", PRICE, price),)))
    effects = contributions(work, grow(work, SMALL), 4).values
    sold = values.mean(axis=1)
    drawn = effects[:, 0, DRIVERS.index(PRICE)] / sold
    assert drawn[:30].mean() > 0.4
    assert drawn[30:].mean() < 0.0


def test_the_walk_through_the_trees_ends_where_the_library_ends() -> None:
    values = counts(80, 70)
    values[np.random.default_rng(2).random(values.shape) < 0.1] = np.nan
    work = Work.of(panel_of(values), 5, 7, Exogenous((), np.arange(80) % 5))
    trees = grow(work, replace(SMALL, leaves=15))
    scale = scales(work.history, [70])[70]
    for table in Panel(work.history, work.exogenous).at(70, work.blocks, scale):
        base, parts = logarithms(trees, table)
        assert np.allclose(np.exp(base + parts.sum(axis=1)), trees.ratio(table), rtol=1e-12)


def test_without_a_model_everything_is_level() -> None:
    work = Work.of(panel_of(np.full((2, 3), 4.0)), 3, 7, None)
    effects = contributions(work, grow(work, SMALL), 3)
    assert effects.values[:, :, DRIVERS.index(LEVEL)] == pytest.approx(4.0)
    assert effects.values.sum() == pytest.approx(24.0)
