"""Sentences about a forecast: the method in words, parts that add up, what changed, silence about the unknown."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cells import show
from bot.explain_forecast import changed, forecast_sentences, in_short, method
from bot.tables.plan import EXPLANATION

ROW: dict[str, object] = {
    "unit": "EA", "interval_mean": 55.0, "interval_days": 14.0, "service_level": 0.95, "forecaster": "pooled",
    "pattern": "smooth", "lifecycle": "active", "champion": "pooled", "runner_up": "tsb", "judged_on": "item",
    "score": 0.8, "runner_up_score": 0.824, "naive_score": 1.04, "value_added_pct": 23.08, "level_per_day": 3.2,
    "common_factor": 1.002, "size_factor": 0.97, "seen_factor": 1.0, "memories_factor": 1.08, "group_factor": 1.0,
    "season_factor": 1.12, "trend_factor": 1.0, "trend_pct_per_week": 0.0, "stated_level": 0.962,
    "class_covered_pct": 94.2, "class_cases": 1203, "own_covered": 4, "own_cases": 4, "bucket": "W",
    "bucket_mean": 27.0, "before_on": pd.Timestamp("2026-11-29"), "mean_before": 41.0, "days_before": 14.0,
    "service_before": 0.95, "forecaster_before": "pooled", "pattern_before": "smooth", "lifecycle_before": "active",
    "last_bucket": pd.Timestamp("2026-11-23"), "last_buckets": 1, "last_quantity": 60.0, "last_expected": 20.4,
    "last_peak": 25,
}  # fmt: skip


def test_how_it_knows() -> None:
    method_words, parts, held, calibrated = forecast_sentences(ROW)
    assert method_words == (
        "Method: several memories of its past, weighed by what came of them for all items (pooled). Tried on its own "
        "past and that of items like it, it left 23 % less shortage and excess than repeating the last weeks; next "
        "best: tsb, 3 % behind."
    )
    assert parts == (
        "Expected: 3.20 EA per day by its own past; −3 % by what items of its size did, +8 % by what came of such "
        "rises and falls, +12 % by the season; over 14 days that makes 55 EA."
    )
    assert held == (
        "So far its 95 % figure covered 4 of 4 past intervals, and 94.2 % of 1,203 among items with such demand."
    )
    assert calibrated == (
        "The model was too sure of itself in the past: to be covered 95.0% of the time, what it calls 96.2% is taken."
    )


def test_every_figure_of_the_explanation_is_used() -> None:
    text = " ".join([*forecast_sentences(ROW), *changed(ROW)])
    silent = {"naive_score", "trend_pct_per_week", "bucket_mean"}  # inside others, by a trend, or for the next plan
    for name in EXPLANATION.keys() - silent:
        other = {**ROW, name: "lumpy" if isinstance(ROW[name], str) else 7.0}
        if name in {"before_on", "last_bucket"}:
            other[name] = pd.Timestamp("2026-11-02")
        if name == "days_before":
            other[name] = 6.0
        if name == "last_expected":
            other[name] = 33.0
        assert " ".join([*forecast_sentences(other), *changed(other)]) != text, name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tsb+season", "how much is sold and how often, each by itself, with the season of the year (tsb+season)"),
        ("naive(4)", "the mean of the last 4 weeks (naive(4))"),
        ("negbin(240d)", "a level that forgets half in 240 days (negbin(240d))"),
        ("negbin(all)", "the mean of all its past (negbin(all))"),
        ("AutoETS(auto=True, sp=52)", "AutoETS(auto=True, sp=52)"),
        ("solar_wind", "solar_wind"),
        ("", ""),
    ],
)
def test_methods_in_words(name: str, words: str) -> None:
    assert method(name, "W") == words


def test_a_trend_says_how_steep_it_is() -> None:
    text = forecast_sentences({**ROW, "trend_factor": 0.97, "trend_pct_per_week": -1.24})[1]
    assert "+12 % by the season, −3 % by the trend (−1.2 % a week); over" in text


def test_a_row_without_a_champion_of_its_own_speaks_for_its_class() -> None:
    text = " ".join(forecast_sentences({**ROW, "judged_on": "class", "own_cases": 0, "own_covered": 0}))
    assert "Tried on items with such demand, it left" in text
    assert "So far the 95 % figure covered 94.2 % of 1,203 among items with such demand." in text


def test_a_short_past_is_said_to_be_short() -> None:
    short = {**ROW, "value_added_pct": float("nan"), "class_cases": 0, "own_cases": 0, "stated_level": 0.95}
    assert forecast_sentences(short)[0].endswith("(pooled); the past is too short to compare methods.")
    assert len(forecast_sentences(short)) == 2
    assert in_short(short) == ""


def test_a_new_item_says_where_its_level_comes_from() -> None:
    young = {**ROW, "group_factor": 2.5, "level_source": "level from 38 items of category SEALS at 1010"}
    text = forecast_sentences(young)[1]
    assert "+150 % by what items of its kind sell" in text
    assert "(level from 38 items of category SEALS at 1010); over 14 days" in text


def test_a_named_forecaster_is_not_praised_for_what_the_champion_did() -> None:
    named = forecast_sentences({**ROW, "forecaster": "AutoETS(sp=52)"})[0]
    assert named.startswith("The mean is that of AutoETS(sp=52), its range that of: several memories")


@pytest.mark.parametrize(("gain", "words"), [(-4.0, "4 % more shortage"), (0.3, "as much shortage"), (9.0, "9 % less")])
def test_what_a_method_is_worth(gain: float, words: str) -> None:
    assert words in forecast_sentences({**ROW, "value_added_pct": gain})[0]


def test_one_sentence_for_a_mail() -> None:
    assert in_short(ROW) == (
        "The forecast left 23 % less shortage and excess than repeating the last weeks in past intervals; its 95 % "
        "figure covered 4 of 4 past intervals."
    )


class TestChanged:
    def test_a_new_bucket(self) -> None:
        (told,) = changed(ROW)
        assert told == (
            "The plan of 2026-11-29 expected 41 EA; today it is 55, mostly because the week of 2026-11-23 brought 60 "
            "where 20 were expected, the most in 26 weeks."
        )

    def test_a_longer_interval(self) -> None:
        told = changed({**ROW, "interval_days": 21.0, "mean_before": 37.0})[0]
        assert told == (
            "The plan of 2026-11-29 expected 37 EA over 14 days; today it is 55, mostly because the interval is now "
            "21 days long."
        )

    def test_another_method_and_a_new_bucket_share_the_blame(self) -> None:
        told = changed({**ROW, "forecaster_before": "tsb"})[0]
        assert "today it is 55, because the method changed from tsb to pooled and the week of" in told

    def test_what_went_the_other_way_is_no_cause(self) -> None:
        told = changed({**ROW, "last_quantity": 2.0})[0]
        assert told.endswith("today it is 55, without a single cause that stands out.")

    def test_a_small_surprise_cannot_have_moved_much(self) -> None:
        told = changed({**ROW, "last_quantity": 21.0})[0]
        assert told.endswith("without a single cause that stands out.")

    def test_little_has_changed(self) -> None:
        (told,) = changed({**ROW, "mean_before": 54.0, "last_quantity": 28.0, "last_peak": 2})
        assert told == (
            "Little has changed since the plan of 2026-11-29, which expected 54 EA; the week of 2026-11-23 brought 28 "
            "where 20 were expected."
        )
        still = changed({**ROW, "mean_before": 54.0, "last_buckets": 0, "last_quantity": None})
        assert still == ["Little has changed since the plan of 2026-11-29, which expected 54 EA."]

    def test_several_days_and_days(self) -> None:
        days = {**ROW, "bucket": "D", "last_bucket": "2026-11-27", "last_peak": 0, "last_expected": 3.0}
        assert "because 2026-11-27 brought 60 where 3 were" in changed(days)[0]
        assert "because the 3 days from 2026-11-27 on brought 60" in changed({**days, "last_buckets": 3})[0]

    def test_words_that_changed(self) -> None:
        told = changed({**ROW, "service_level": 0.97, "pattern": "lumpy", "lifecycle_before": "new"})
        assert told[1:] == [
            "The level to be covered is now 97.0%, it was 95.0%.",
            "Demand is now lumpy, it was smooth.",
            "The item is now active, it was new.",
        ]

    def test_nothing_without_a_plan_before(self) -> None:
        assert changed({**ROW, "mean_before": None}) == []
        assert changed({**ROW, "before_on": pd.NaT}) == []


FIGURE = st.one_of(
    st.none(), st.sampled_from([float("nan"), float("inf"), 0.0, -1.0, 1e300, 1e-300]), st.floats(-1e6, 1e6)
)
DAY = st.sampled_from([None, pd.NaT, pd.Timestamp("2026-11-23"), "2026-11-23"])
WORD = st.sampled_from([None, "", "x", "pooled", "naive(9)", "W", "D", "2026-11-23"])


@settings(deadline=None, max_examples=300)
@given(
    st.fixed_dictionaries({}, optional={k: {str: WORD, pd.Timestamp: DAY}.get(type(v), FIGURE) for k, v in ROW.items()})
)
def test_never_a_figure_that_is_none(row: dict[str, object]) -> None:
    sentences = [*forecast_sentences({**ROW, **row}), *changed({**ROW, **row})]
    sentences += [text for text in [in_short({**ROW, **row})] if text]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert not re.search(r"\b(nan|inf|None|NaT|<NA>)\b", " ".join(sentences))
    assert show(float("nan")) == "unknown"
