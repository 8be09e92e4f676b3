import numpy as np
import pandas as pd
import pytest

from bot.forecast.launches import Launches
from bot.forecast.lenders import SETTLED, Groups, lend, lenders_of, pool_of, relative
from bot.forecast.moments import Moments
from tests.bot.forecast.panels import launched

NONE = Launches(np.zeros(0, dtype=np.int64), np.zeros((0, 13)), np.zeros((0, 13)))


def some(levels: list[float]) -> tuple[Moments, pd.DataFrame]:
    n = len(levels)
    level = np.asarray(levels)
    keys = pd.DataFrame({"item": [f"i{k}" for k in range(n)], "location": "1010"})
    return Moments(level, 3.0 * level, np.full(n, 30.0), np.full(n, 20.0), np.full(n, SETTLED)), keys


def test_a_group_says_its_mean_and_a_small_one_more_of_the_wider() -> None:
    moments, keys = some([2.0] * 40 + [16.0] * 40 + [16.0])
    groups = Groups.of(keys, ["A"] * 40 + ["B"] * 40 + ["C"])
    lenders = lenders_of(moments, groups, NONE)
    assert lenders is not None
    level = np.exp(pool_of(lenders, groups).level)
    assert level[0] == pytest.approx(2.0, rel=0.1)
    assert level[40] == pytest.approx(16.0, rel=0.1)
    assert 5.0 < level[80] < 12.0


def test_a_giant_does_not_set_the_level_of_its_group() -> None:
    moments, keys = some([1.5, 2.0, 2.5] * 10 + [1e9])
    groups = Groups.of(keys)
    lenders = lenders_of(moments, groups, NONE)
    assert lenders is not None
    assert np.exp(pool_of(lenders, groups).level[0]) < 3.0


def test_a_group_that_nobody_lent_in_is_the_wider_one() -> None:
    moments, keys = some([4.0] * 20)
    lenders = lenders_of(moments, Groups.of(keys, ["A"] * 20), NONE)
    assert lenders is not None
    stranger = Groups.of(pd.DataFrame({"item": ["x"], "location": ["9999"]}), ["Z"], np.array([5.0]))
    pool = pool_of(lenders, stranger)
    assert np.exp(pool.level[0]) == pytest.approx(4.0)
    assert (pool.items[0], pool.depth[0]) == (20, 0)


def test_too_few_settled_items_lend_nothing() -> None:
    moments, keys = some([4.0] * 4)
    assert lenders_of(moments, Groups.of(keys), NONE) is None
    values, first = launched(30, 40)
    values[:, :], first[:] = np.nan, 40
    assert lend(values, first, Groups.of(some([1.0] * 30)[1]), "W") is None


def test_the_scatter_of_logs_gives_back_that_of_a_gamma_law() -> None:
    draws = np.log(np.random.default_rng(3).gamma(2.0, 1.0, 200_000))
    assert relative(np.array([draws.var()]))[0] == pytest.approx(0.5, rel=0.05)
