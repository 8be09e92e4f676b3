import numpy as np
import pandas as pd
import pytest

from bot.forecast.demand import forecast_rows
from bot.forecast.prepare import labels_of, length_in_buckets, prepare
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import counts, panel_of

DAYS = 28.0


def ragged(n: int = 240, periods: int = 70) -> DemandPanel:
    values = counts(n, periods)
    values[::9, : periods - 7] = np.nan
    values[::50] = 0.0
    return panel_of(values)


@pytest.mark.parametrize("size", [240, 100, 7])
def test_what_is_learned_once_forecasts_any_part_to_the_same_bits(size: int) -> None:
    panel = ragged()
    patterns = classify(panel)
    learned = prepare(panel, patterns, horizon_days=DAYS, seed=7)
    whole = forecast_rows(panel, patterns, learned, horizon_days=DAYS, seed=7)
    span = np.full((panel.n, 1), DAYS)
    for start in range(0, panel.n, size):
        rows = np.arange(start, min(start + size, panel.n))
        part = forecast_rows(
            panel.take(rows), patterns.iloc[rows].reset_index(drop=True), learned, horizon_days=DAYS, seed=7
        )
        np.testing.assert_array_equal(part.mean(4), whole.mean(4)[rows])
        np.testing.assert_array_equal(
            part.interval(span[rows]).quantile(0.95), whole.interval(span).quantile(0.95)[rows]
        )


def test_row_order_changes_nothing_that_is_learned() -> None:
    panel = ragged()
    order = np.random.default_rng(1).permutation(panel.n)
    here, there = (prepare(p, classify(p), horizon_days=DAYS, seed=7) for p in (panel, panel.take(order)))
    assert here.board == there.board
    assert here.lenders is not None


def test_shuffling_what_came_after_an_origin_moves_only_what_it_is_judged_by() -> None:
    history = counts(240, 70)
    shuffled = history.copy()
    shuffled[:, 66:] = np.random.default_rng(2).permuted(history[:, 66:].ravel()).reshape(240, 4)
    panels = panel_of(history), panel_of(shuffled)
    here, there = (prepare(p, classify(p), horizon_days=DAYS, seed=7) for p in panels)
    assert here.board != there.board, "the newest interval judges"
    here, there = (prepare(p, classify(p), horizon_days=DAYS, seed=7) for p in map(until_66, panels))
    assert here.board == there.board


def until_66(panel: DemandPanel) -> DemandPanel:
    return panel_of(np.asarray(panel.values, dtype=float)[:, :66])


def test_groups_have_a_season_each_and_an_unknown_one_the_first() -> None:
    panel = ragged()
    names = np.where(np.arange(panel.n) % 2 == 0, "a", "b").astype(object)
    learned = prepare(panel, classify(panel), horizon_days=DAYS, seed=7, groups=names)
    assert learned.groups == ("a", "b")
    season = learned.season_of(np.asarray(["b", "a", "never seen"], dtype=object), np.zeros(3, np.bool_))
    assert season.group.tolist() == [1, 0, 0]


def test_classes_are_told_from_the_history_given_and_others_are_minus_one() -> None:
    steady, rare = np.full((1, 40), 5.0), np.where(np.arange(40) % 8 == 0, 3.0, 0.0)[None, :]
    values = np.concatenate([steady, rare])
    assert labels_of(("intermittent", "smooth"), values).tolist() == [1, 0]
    assert labels_of(("intermittent",), values).tolist() == [-1, 0]


def test_intervals_longer_than_a_third_of_the_history_are_judged_by_a_third() -> None:
    panel = panel_of(counts(2, 30))
    assert length_in_buckets(panel, np.asarray([1.0, 7000.0])).tolist() == [1, 10]


def test_a_panel_without_history_learns_nothing() -> None:
    panel = panel_of(np.full((3, 12), np.nan))
    learned = prepare(panel, pd.DataFrame({"pattern": ["smooth"] * 3}), horizon_days=DAYS, seed=7)
    assert not learned.board["smooth"][0].proven
