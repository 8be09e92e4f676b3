from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forecast.champions import Champions
from bot.forecast.demand import choose_champions, forecast_demand
from bot.forecast.explained import FACTORS, by_driver, explained
from bot.forecast.model import State
from bot.forecast.moments import Moments
from bot.forecast.result import Forecast
from bot.forecast.selection import choose_items
from bot.forecast.tree_effects import Effects
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import counts, panel_of

DAYS = 28.0


def forecast(panel: DemandPanel, **more: object) -> Forecast:
    return forecast_demand(panel, classify(panel), horizon_days=DAYS, seed=7, **more)  # type: ignore[arg-type]


def told(made: Forecast, days: np.ndarray | None = None, service: float = 0.95) -> pd.DataFrame:
    span = np.full((made.n, 1), DAYS) if days is None else days
    return explained(made, span, np.full(made.n, service))


def product(table: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    return np.asarray(table["level_per_day"] * days * table[list(FACTORS)].prod(axis=1))


@pytest.fixture(scope="module")
def seen() -> tuple[DemandPanel, Forecast]:
    """Weeks with a year's season, a trend here and there, rows without history and rows with one bucket."""
    values = counts(240, 110, rate=3.0) * (1.0 + 0.6 * np.sin(np.arange(110) / 52 * 2 * np.pi))
    values[:20] += np.arange(110) / 4
    values[20] = np.nan
    values[21, :109] = np.nan
    values[22] = 0.0
    panel = panel_of(np.rint(values))
    return panel, forecast(panel)


def test_parts_multiply_to_the_mean_of_the_interval(seen: tuple[DemandPanel, Forecast]) -> None:
    panel, made = seen
    days = np.random.default_rng(4).uniform(1.0, 60.0, (panel.n, 5))
    table = told(made, days)
    np.testing.assert_allclose(product(table, days.mean(axis=1)), made.interval(days).mean, rtol=1e-9, atol=1e-12)
    assert np.isfinite(table[["level_per_day", *FACTORS, "trend_per_week", "stated_level"]].to_numpy()).all()
    assert (np.abs(np.log(table["memories_factor"])) > 0.01).any(), "the panel's experience moved some levels"
    assert (np.abs(table["season_factor"] - 1.0) > 0.01).any()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3),
    st.lists(st.floats(-0.2, 0.2), min_size=3, max_size=3),
    st.lists(st.floats(-2.0, 2.0), min_size=4, max_size=4),
    st.lists(st.floats(0.0, 90.0), min_size=6, max_size=6),
)
def test_whatever_was_fitted_adds_up(
    seen: tuple[DemandPanel, Forecast], levels: list[float], slopes: list[float], logs: list[float], days: list[float]
) -> None:
    made = seen[1].take(np.arange(3))
    assert made.parts is not None
    level = np.asarray(levels)
    moments = Moments(level, level, np.ones(3), np.ones(3), np.ones(3))
    state: State = replace(made.state, moments=moments, slope=np.asarray(slopes))
    base = level * np.asarray([1.0, 0.5, np.nan])
    parts = replace(made.parts, base=base, logs=np.tile(logs, (3, 1)))
    made = replace(made, state=state, parts=parts, fallback=np.asarray(["", "", "negative"], dtype=object))
    span = np.asarray(days).reshape(3, 2)
    table = told(made, span)
    want = made.interval(span).mean
    np.testing.assert_allclose(product(table, span.mean(axis=1)), want, rtol=1e-9, atol=1e-9)


def test_a_row_is_told_the_same_beside_any_others(seen: tuple[DemandPanel, Forecast]) -> None:
    rows = np.asarray([7, 100, 22])
    pd.testing.assert_frame_equal(told(seen[1].take(rows)), told(seen[1]).iloc[rows].reset_index(drop=True))


def test_without_a_champion_of_its_own_the_class_speaks(seen: tuple[DemandPanel, Forecast]) -> None:
    panel, made = seen
    board = choose_champions(panel, classify(panel), horizon_days=DAYS, seed=7)
    first, second = board[str(classify(panel)["pattern"].iloc[50])][:2]
    row = told(made).iloc[50]
    assert (row["champion"], row["runner_up"]) == (first.spec.name, second.spec.name)
    assert (row["score"], row["runner_up_score"]) == (first.loss, second.loss)
    assert row["value_added"] == pytest.approx(1.0 - first.loss / first.naive_loss)
    assert (row["class_coverage"], row["class_cases"]) == (first.coverage, first.cases)
    assert (row["by_item"], row["own_cases"], row["own_covered"]) == (False, 0, 0)


def test_the_champion_of_a_series_speaks_for_it_where_it_is_used(seen: tuple[DemandPanel, Forecast]) -> None:
    panel, patterns = seen[0], classify(seen[0])
    board = choose_champions(panel, patterns, horizon_days=DAYS, seed=7)
    items = choose_items(panel, patterns, board, horizon_days=DAYS, service=0.95, seed=7)
    gone = items.assign(champion=items["champion"].where(items["item"] != "i00060", "gone"))
    table = told(forecast(panel, champions=Champions(board, gone))).set_index(panel.keys["item"].astype(str))
    mine = items.set_index("item").loc["i00050"]
    row = table.loc["i00050"]
    assert bool(row["by_item"])
    for name in ("champion", "runner_up", "score", "runner_up_score", "naive_score"):
        assert row[name] == mine[name]
    assert (row["own_covered"], row["own_cases"]) == (mine["covered"], mine["judged"])
    assert 0 <= row["own_covered"] <= row["own_cases"]
    assert not bool(table.loc["i00060", "by_item"]), "what no longer competes says nothing"
    assert table.loc["i00060", "champion"] != "gone"


def test_an_earlier_table_of_champions_without_the_counts_is_no_error(seen: tuple[DemandPanel, Forecast]) -> None:
    made = seen[1]
    assert made.parts is not None
    old = pd.DataFrame({"item": ["i00050"], "location": ["here"], "champion": ["pooled"]})
    assert not told(replace(made, parts=replace(made.parts, items=old)))["by_item"].any()


def test_a_level_drawn_to_its_group_is_a_part_of_its_own(seen: tuple[DemandPanel, Forecast]) -> None:
    made = seen[1].take(np.arange(30, 40))
    lent = replace(made.state.moments, level=made.state.moments.level * 1.5)
    drawn = replace(made, state=replace(made.state, moments=lent))
    assert told(drawn)["group_factor"].to_numpy() == pytest.approx(1.5)
    assert told(made)["group_factor"].to_numpy() == pytest.approx(1.0)


def test_a_named_forecaster_has_no_part_of_the_champion(seen: tuple[DemandPanel, Forecast]) -> None:
    made = forecast(seen[0].take(np.arange(30, 60)), forecaster="PanelNaive()")
    table = told(made)
    assert (table[list(FACTORS[:5])] == 1.0).all(axis=None)
    np.testing.assert_allclose(product(table, np.full(30, DAYS)), made.interval(np.full((30, 1), DAYS)).mean, rtol=1e-9)


def test_the_calibrated_level_is_read_where_it_was_stated(seen: tuple[DemandPanel, Forecast]) -> None:
    table = told(seen[1], service=0.98)
    levels = seen[1].state.levels
    assert levels is not None
    np.testing.assert_allclose(levels.calibrated(table["stated_level"].to_numpy()), 0.98, atol=1e-12)


def test_effects_of_trees_add_up_to_the_interval(seen: tuple[DemandPanel, Forecast]) -> None:
    made = seen[1].take(np.arange(30, 34))
    drivers = np.random.default_rng(5).uniform(0.1, 2.0, (4, 12, 3))
    path = drivers.sum(axis=2)
    moments = replace(made.state.moments, level=path.mean(axis=1))
    named = replace(made, state=replace(made.state, moments=moments, slope=np.zeros(4), path=path, place=np.arange(4)))
    days = np.random.default_rng(6).uniform(1.0, 80.0, (4, 3))
    found = by_driver(named, Effects(("level", "price", "season"), drivers), days)
    total = found.values.sum(axis=1)  # noqa: PD011 - an array
    np.testing.assert_allclose(total, named.interval(days).mean, rtol=1e-9)


def test_a_forecast_that_kept_nothing_says_so(seen: tuple[DemandPanel, Forecast]) -> None:
    with pytest.raises(ValueError, match="kept no parts"):
        told(replace(seen[1], parts=None))
