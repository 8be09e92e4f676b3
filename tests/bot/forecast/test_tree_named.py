from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from bot.forecast.broadcast import NO_HISTORY
from bot.forecast.demand import driver_effects, forecast_demand
from bot.forecast.exogenous import PROMOTION
from bot.forecast.features import DRIVERS
from bot.forecast.outside import Outside
from bot.forecast.result import Forecast
from bot.forecast.tree_named import is_trees, tree_answer, tree_effects
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import panel_of

TEXT = "PanelTrees(rounds=15, rows=5000)"
N, PERIODS, AHEAD = 60, 52, 13
TREES = np.arange(N) < 40  # the rest names nothing


def promoted() -> DemandPanel:
    """Demand that trebles in promotions, as the history shows them."""
    rng = np.random.default_rng(4)
    flag = (rng.random((N, PERIODS)) < 0.15).astype(np.float32)
    mean = rng.uniform(5.0, 20.0, (N, 1)) * (1.0 + 2.0 * flag)
    return replace(panel_of(rng.poisson(mean).astype(float)), promotion=flag)


def announced(panel: DemandPanel, **columns: object) -> pd.DataFrame:
    """Promotions of the items 0 and 1, two and three weeks ahead, told well before."""
    base = {"name": "promotion", "value": 1.0, "available_on": panel.next_start - np.timedelta64(30, "D")}
    weeks = panel.next_start + np.asarray([7, 14]).astype("timedelta64[D]")
    return pd.DataFrame({**base, "date": weeks, "item": ["i00000", "i00001"], **columns})


PANEL = promoted()
VALUES = np.asarray(PANEL.values)
PATTERNS = classify(PANEL)
TOLD = announced(PANEL)
AFTER = announced(PANEL, available_on=PANEL.as_of, item=["i00005", "i00006"])


def forecast(outside: Outside | None, order: npt.NDArray[Any] | None = None, text: str = TEXT) -> Forecast:
    rows = np.arange(N) if order is None else order
    wanted = np.where(TREES, text, "").astype(object)[rows]
    return forecast_demand(
        PANEL.take(rows), PATTERNS.iloc[rows].reset_index(drop=True),
        horizon_days=21.0, seed=7, forecaster=wanted, outside=outside,
    )  # fmt: skip


def means(outside: Outside | None, order: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
    return np.asarray(forecast(outside, order).mean(AHEAD))


@pytest.fixture(scope="module")
def base() -> npt.NDArray[Any]:
    return means(Outside(TOLD))


def test_a_promotion_told_before_the_day_raises_those_items_and_weeks_and_nothing_else(
    base: npt.NDArray[Any],
) -> None:
    more = announced(PANEL, item=["i00002", "i00003"])
    found = means(Outside(pd.concat([TOLD, more])))
    raised = np.zeros((N, AHEAD), dtype=bool)
    raised[2, 1], raised[3, 2] = True, True
    assert (found[raised] > 1.7 * base[raised]).all()
    np.testing.assert_array_equal(found[[0, 1, *range(4, N)]], base[[0, 1, *range(4, N)]])
    np.testing.assert_allclose(found[~raised], base[~raised], rtol=1e-12)  # a path is kept in units of its level


def test_what_comes_out_on_the_day_or_fits_no_series_changes_nothing(base: npt.NDArray[Any]) -> None:
    stranger = announced(PANEL, item=["nothing", "i99999"])
    for more in (AFTER, stranger, stranger.assign(name="rain")):
        np.testing.assert_array_equal(means(Outside(pd.concat([TOLD, more]))), base)
    np.testing.assert_array_equal(means(Outside(AFTER)), means(None))
    np.testing.assert_array_equal(means(Outside(announced(PANEL, item=["i00050", "i00051"]))), means(None))


def test_rows_that_name_no_trees_keep_every_bit(base: npt.NDArray[Any]) -> None:
    plain = forecast_demand(PANEL, PATTERNS, horizon_days=21.0, seed=7)
    np.testing.assert_array_equal(base[~TREES], plain.mean(AHEAD)[~TREES])
    assert not np.array_equal(base[TREES], plain.mean(AHEAD)[TREES])


def test_row_order_changes_nothing(base: npt.NDArray[Any]) -> None:
    order = np.random.default_rng(1).permutation(N)
    np.testing.assert_array_equal(means(Outside(TOLD.iloc[::-1]), order), base[order])


def test_effects_add_up_to_the_answer_and_show_the_promotion() -> None:
    panel, outside = PANEL.take(TREES), Outside(TOLD)
    answer = tree_answer(TEXT, panel, AHEAD, 7, outside)
    rows = np.asarray([7, 0])
    effects = np.asarray(tree_effects(TEXT, panel, rows, AHEAD, 7, outside).values)
    np.testing.assert_allclose(effects.sum(axis=2), answer.means[rows])
    assert effects[1, 1, DRIVERS.index(PROMOTION)] > 0.5 * VALUES[0].mean()
    assert (effects[0, :, DRIVERS.index(PROMOTION)] < 0.0).all()


def test_effects_of_a_forecast_add_up_to_its_means() -> None:
    wanted = np.where(TREES, TEXT, "").astype(object)
    rows = np.asarray([50, 1, 9])
    found = driver_effects(PANEL, wanted, rows, horizon_days=21.0, seed=7, outside=Outside(TOLD))
    made = forecast(Outside(TOLD)).mean(AHEAD)
    effects = np.asarray(found.values)
    np.testing.assert_allclose(effects.sum(axis=2)[1:, :AHEAD], made[rows[1:]])
    assert np.isnan(effects[0]).all()


def test_rows_without_history_are_left_out_and_say_so() -> None:
    values = VALUES.copy()
    values[3] = np.nan
    panel = replace(PANEL, values=values)
    answer = tree_answer(TEXT, panel, 4, 7)
    assert [answer.why[3], answer.why[4]] == [NO_HISTORY, ""]
    rest = np.arange(N) != 3
    np.testing.assert_array_equal(answer.means[rest], tree_answer(TEXT, PANEL.take(rest), 4, 7).means)
    assert np.isnan(tree_effects(TEXT, panel, np.asarray([3]), 4, 7).values).all()
    nothing = tree_answer(TEXT, panel.take(np.asarray([3])), 4, 7)
    assert nothing.why.tolist() == [NO_HISTORY]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("PanelTrees(rounds='many')", "failed: "), ("PanelTrees(height=3)", "PanelTrees has no argument 'height'")],
)
def test_arguments_that_cannot_be_used_leave_the_champion(text: str, reason: str) -> None:
    found = forecast(None, text=text)
    assert all(each.startswith(f"{text} not used: {reason}") for each in found.fallback[TREES])
    plain = forecast_demand(PANEL, PATTERNS, horizon_days=21.0, seed=7)
    np.testing.assert_array_equal(found.mean(4), plain.mean(4))


def test_arguments_of_the_name_reach_the_trees() -> None:
    texts = (TEXT, "PanelTrees(rounds=3, rows=5000)", f"{TEXT[:-1]}, seed=1)")
    one, two, three = (tree_answer(text, PANEL, 3, 7, Outside(TOLD)).means for text in texts)
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, three)


def test_which_names_are_trees() -> None:
    assert [is_trees(text) for text in ("PanelTrees", TEXT, "PanelNaive", "PanelTrees(", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip
