import numpy as np
import pandas as pd

from bot.forecast.demand import choose_champions
from bot.forecast.items import COLUMNS
from bot.forecast.selection import choose_items
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import counts, panel_of

DAYS = 28.0


def chosen(panel: DemandPanel, service: float = 0.95, before: dict[tuple[str, str], str] | None = None) -> pd.DataFrame:
    patterns = classify(panel)
    board = choose_champions(panel, patterns, horizon_days=DAYS, seed=7)
    return choose_items(panel, patterns, board, horizon_days=DAYS, service=service, seed=7, before=before)


def test_every_series_that_can_be_judged_has_one_row_and_never_loses_to_naive() -> None:
    found = chosen(panel_of(counts(120, 60)))
    assert set(COLUMNS) <= set(found.columns)
    assert len(found) == 120
    assert not found.duplicated(["item", "location"]).any()
    assert (found["score"] <= found["naive_score"]).all()
    assert (found["champion"] != found["runner_up"]).all()


def test_row_order_changes_nothing() -> None:
    panel = panel_of(counts(120, 60))
    order = np.random.default_rng(3).permutation(120)
    pd.testing.assert_frame_equal(chosen(panel), chosen(panel.take(order)))


def test_the_champion_is_judged_at_the_level_that_is_ordered_at() -> None:
    panel = panel_of(counts(120, 60))
    low, high = (chosen(panel, service) for service in (0.5, 0.98))
    assert (low["score"] - high["score"]).abs().min() > 0.0


def test_classes_without_a_board_have_no_champions() -> None:
    panel = panel_of(counts(120, 60))
    assert choose_items(panel, classify(panel), {}, horizon_days=DAYS, service=0.95, seed=7).empty
