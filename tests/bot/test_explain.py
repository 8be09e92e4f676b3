"""Sentences for every row: all numbers that are there, none that are not, and never a crash."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.explain import explain, headline, show
from bot.tables.plan import EXPLANATION, FIGURES, REASONS

NUMBERS = {
    "on_hand": 101.0, "inspection": 102.0, "in_transit": 103.0, "on_order": 104.0, "in_flight": 105.0,
    "reserved": 106.0, "backorders": 107.0, "on_order_later": 108.0, "inventory_position": 109.0,
    "lead_time_days": 110.0, "lead_time_lines": 111, "review_days": 112.0, "interval_days": 113.0,
    "interval_mean": 114.0, "interval_q10": 115.0, "interval_q50": 116.0, "interval_q90": 117.0, "recent_mean": 118.0,
    "reorder_point": 119.0, "order_up_to": 120.0, "firm": 121.0, "added": 122.0, "needed": 123.0, "quantity": 124.0,
    "moq": 125.0, "order_multiple": 126.0, "max_quantity": 127.0, "price": 128.25, "price_unit": 129.0,
    "supplier_score_pct": 130.0, "supplier_lines": 131.0, "cover_days_after": 132.0,
}  # fmt: skip
ROW: dict[str, object] = {
    "item": "bolt", "location": "L1", "supplier": "acme", "unit": "EA", "currency": "EUR", "decision": "auto",
    "reason": "below_reorder_point", "need_date": pd.Timestamp("2026-03-20"), "pattern": "smooth",
    "forecaster": "ses", "guards": "cover_max_days new_item", "rules": "r1 r2", "mode": "assist",
    "service_level": 0.951, "stockout_risk": 0.37, **NUMBERS,
}  # fmt: skip


def written(value: float) -> str:
    return f"{value:g}"


def test_every_number_of_an_ordered_row_is_named() -> None:
    text = " ".join(explain(ROW))
    assert not [name for name, value in NUMBERS.items() if not re.search(rf"\b{written(value)}\b", text)]
    for word in ("95.1%", "37%", "bolt@L1", "acme", "2026-03-20", "128.25 EUR per 129 EA", "smooth", "ses", "assist"):
        assert word in text
    assert "stock would last longer than wanted; first order of the item" in text
    assert "r1, r2" in text


def test_the_headline_comes_first_and_says_what_happens() -> None:
    assert explain(ROW)[0] == headline(ROW)
    assert headline(ROW) == (
        "bolt@L1: order 124 EA from acme, needed by 2026-03-20, because the inventory position is below the reorder "
        "point."
    )


@pytest.mark.parametrize(
    ("decision", "words"),
    [("approve", "ask a buyer to order"), ("block", "hold back an order of"), ("none", "would order")],
)
def test_the_verb_follows_the_decision(decision: str, words: str) -> None:
    assert words in headline(ROW | {"decision": decision})


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_said_in_words(reason: str) -> None:
    assert (
        headline(ROW | {"reason": reason, "quantity": 0.0}) == f"bolt@L1: no order, because {REASONS[reason].meaning}."
    )


def test_an_unknown_reason_is_quoted_and_nothing_crashes_on_nothing() -> None:
    assert "because of solar_wind" in headline(ROW | {"reason": "solar_wind"})
    assert explain({}) == ["unknown@unknown: no order, because of an unknown reason."]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_what_is_missing_is_called_unknown_never_zero(missing: object) -> None:
    text = " ".join(explain(ROW | {"lead_time_days": missing, "service_level": missing, "moq": missing}))
    assert "lead time unknown" in text
    assert "probability unknown" in text
    assert "minimum unknown" in text


def test_a_named_forecaster_and_what_became_of_it_are_said() -> None:
    named = ROW | {"forecaster": "AutoETS(auto=True, sp=52)"}
    assert "Demand is smooth, model AutoETS(auto=True, sp=52)." in " ".join(explain(named))
    why = {"forecast_fallback": "TSB not used: not finished within the time limit"}
    text = " ".join(explain(ROW | why))
    assert "model ses. About the forecast: TSB not used: not finished within the time limit. To cover" in text
    for nothing in ("", None, float("nan")):
        assert "About the forecast" not in " ".join(explain(ROW | {"forecast_fallback": nothing}))


def test_parts_that_are_zero_are_left_out() -> None:
    zeros = dict.fromkeys(("inspection", "in_flight", "firm", "added", "max_quantity", "on_order_later"), 0.0)
    text = " ".join(explain(ROW | zeros))
    for words in ("in inspection", "own orders", "Known needs", "at most", "too late"):
        assert words in " ".join(explain(ROW))
        assert words not in text


def test_endless_cover_is_not_written_as_a_number() -> None:
    assert "more than ten years" in " ".join(explain(ROW | {"cover_days_after": 1e14}))
    assert "more than ten years" in " ".join(explain(ROW | {"cover_days_after": float("inf")}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1,234,567"), (12.34, "12.3"), (1.234, "1.23"), (0.00042, "0.00042"), (0.0, "0"), (-3.5, "-3.50"),
        (float("nan"), "unknown"), (float("inf"), "without limit"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert show(value) == text


CELLS = st.sampled_from([None, float("nan"), pd.NA, float("inf"), 0.0, -1.5, 1e300, np.float64(3), np.int64(4), 2])
WORDS = st.sampled_from([None, float("nan"), "", "x", "below_reorder_point", "auto"])
TEXTS = {"unit", "currency", "pattern", "forecaster", "guards", "rules", "mode", "item", "location", "supplier",
         "reason", "decision", "need_date", "champion", "runner_up", "judged_on", "bucket", "forecaster_before",
         "pattern_before", "lifecycle_before", "before_on", "last_bucket", "lifecycle"}  # fmt: skip
NAMES = sorted(NUMBERS.keys() | FIGURES.keys() | EXPLANATION.keys() | TEXTS)


@settings(deadline=None, max_examples=150)
@given(st.fixed_dictionaries({}, optional={name: WORDS if name in TEXTS else CELLS for name in NAMES}))
def test_no_row_makes_it_crash(row: dict[str, object]) -> None:
    sentences = explain(row)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert not re.search(r"\b(nan|None|NaT|<NA>)\b", " ".join(sentences))
