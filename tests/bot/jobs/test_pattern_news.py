"""What buyers read about patterns: once, the most valuable first, and never about what is only dated anew."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from bot.jobs.pattern_news import TOLD_MOST, PatternNews, pattern_news
from bot.patterns.classify import classify
from bot.patterns.kept import blank
from tests.bot.forecast.panels import panel_of

DAY = date(2026, 1, 5)  # after 105 weeks from the start of the panels
STEADY = [10.0, 11.0, 9.0, 10.0] * 26


def told(
    values: list[list[float]], before: pd.DataFrame | None = None, worth: list[float] | None = None, day: date = DAY
) -> PatternNews:
    panel = panel_of(np.asarray(values))
    worths = np.ones(len(values)) if worth is None else np.asarray(worth)
    frame = blank() if before is None else before
    return pattern_news(panel, classify(panel, before=None if frame.empty else frame), worths, day, frame)


def test_the_first_time_nothing_is_news() -> None:
    first = told([STEADY, [0.0, 50.0, 0.0, 1.0] * 26])
    assert first.sentences == ()
    assert not any(first.counts.values())
    assert first.frame["pattern"].tolist() == ["smooth", "lumpy"]
    assert first.frame["since"].isna().all()


def test_a_changed_pattern_is_told_once_with_its_week() -> None:
    first = told([STEADY])
    lumpy = [STEADY[:16] + [0.0, 90.0, 0.0, 2.0] * 22]
    second = told(lumpy, first.frame)
    week = pd.Timestamp(panel_of(np.asarray(lumpy)).starts[-1])
    assert second.counts["patterns_changed"] == 1
    assert f"item i00000@here: demand was smooth, is lumpy since the week of {week:%Y-%m-%d}" in second.sentences[0]
    third = told(lumpy, second.frame)
    assert third.sentences == ()
    assert third.frame["since"].tolist() == [week]
    pd.testing.assert_frame_equal(third.frame, second.frame)


def test_a_shift_is_told_once_though_it_is_dated_anew() -> None:
    first = told([STEADY])
    fallen = STEADY[:92] + [4.0, 5.0, 3.0, 4.0] * 3
    second = told([fallen], first.frame)
    day = second.frame["shifted_on"].iloc[0]
    assert second.sentences == (f"item i00000@here: level fell to 40% since {day:%Y-%m-%d}: memory shortened",)
    assert second.counts["levels_shifted"] == 1
    assert second.frame["memory_days"].tolist() == [84.0]
    anew = second.frame.assign(shift_told_on=day - timedelta(days=21))
    assert told([fallen], anew).sentences == ()
    assert len(told([fallen], second.frame.assign(shift_told_on=day - timedelta(days=35))).sentences) == 1
    calm = told([STEADY], second.frame)
    assert calm.frame["shift_told_on"].tolist() == [day]
    assert told([fallen], calm.frame).sentences == ()


def test_an_old_shift_that_is_found_today_is_no_news() -> None:
    first = told([STEADY])
    fallen = STEADY[:50] + [4.0, 5.0, 3.0, 4.0, 4.0, 4.0] * 9
    news = told([fallen], first.frame)
    assert news.frame["shifted"].tolist() == [True]
    assert (news.sentences, news.counts["levels_shifted"]) == ((), 0)


def test_a_rise_and_a_start_from_nothing() -> None:
    first = told([STEADY, [0.0] * 104])
    second = told([[*STEADY[:92], *[30.0, 31.0] * 6], [0.0] * 94 + [9.0, 8.0] * 5], first.frame)
    assert "level rose to 305% since " in second.sentences[0]
    assert "level rose from nothing since " in second.sentences[1]


def test_stages_of_life_are_told_but_growing_up_is_not() -> None:
    young = [np.nan] * 94 + [10.0] * 10
    first = told([STEADY, young])
    assert first.frame["lifecycle"].tolist() == ["active", "new"]
    second = told([STEADY[:60] + [0.0] * 44, [np.nan] * 84 + [10.0] * 20], first.frame)
    assert second.frame["lifecycle"].tolist() == ["dead", "active"]
    assert second.counts["lifecycles_changed"] == 1
    [text] = second.sentences
    assert text.endswith("active -> dead")
    assert "demand was" not in text, "the pattern of what is dead is no news"


@pytest.mark.parametrize("worth", [None, [0.0, 3.0, 1.0], [np.nan] * 3])
def test_the_most_valuable_come_first(worth: list[float] | None) -> None:
    first = told([STEADY] * 3)
    dead = STEADY[:60] + [0.0] * 44
    news = told([dead, [2.0 * value for value in dead], [3.0 * value for value in dead]], first.frame, worth)
    order = [text.split("@")[0][-1] for text in news.sentences]
    assert order == (["1", "2", "0"] if worth and worth[1] == 3.0 else ["2", "1", "0"])


def test_many_are_counted() -> None:
    first = told([STEADY] * (TOLD_MOST + 3))
    news = told([STEADY[:60] + [0.0] * 44] * (TOLD_MOST + 3), first.frame)
    assert len(news.sentences) == TOLD_MOST + 1
    assert news.sentences[-1] == "3 more item-locations changed their pattern"
    assert news.counts["lifecycles_changed"] == TOLD_MOST + 3


def test_importance_is_counted_only() -> None:
    first = told([STEADY, [1.0] * 104])
    moved = first.frame.assign(abc=["C", "A"], xyz=["X", "X"])
    news = told([STEADY, [1.0] * 104], moved)
    assert news.counts["importance_changed"] == 2
    assert news.sentences == ()


def test_no_history_at_all() -> None:
    first = told([[]])
    assert told([[]], first.frame).sentences == ()
