"""Sentences from evidence: true to the figures, silent about what is not known."""

from datetime import date
from decimal import Decimal

import pytest

from bot.guards.table import GUARDS
from bot.orders.model import GuardHit
from bot.policy.words import Mode
from bot.render import reasons
from tests.bot.web.console import TODAY, evidence, known, line

LINE = line(1, "10000241", "Hex bolt", "1000", "1.25")


def test_why_names_position_demand_and_reorder_point() -> None:
    assert reasons.why(LINE, evidence(210, 640, 880, 1210)) == (
        "210 PC on hand or under way, 640 expected to be used in 24 days: below the reorder point of 880."
    )


def test_without_evidence_only_the_need_is_told() -> None:
    assert reasons.why(LINE, {}) == "1,000 PC needed by Mon 14 Dec 2026."
    assert reasons.stock_out(LINE, {}, TODAY) == ""
    assert reasons.figures(LINE, {}) == []


def test_a_position_above_the_reorder_point_is_not_called_below() -> None:
    assert "above the reorder point" in reasons.why(LINE, evidence(900, 640, 880, 1210))


def test_risk_in_words() -> None:
    assert reasons.stock_out(LINE, {"stockout_risk": 0.995}, TODAY).endswith("with a probability of > 99 %")
    assert reasons.stock_out(LINE, {"stockout_on": "2026-12-03"}, TODAY).endswith("run out around Thu 3 Dec 2026")


@pytest.mark.parametrize(
    ("position", "mean", "day"),
    [(210, 640, date(2026, 11, 30)), (-5, 640, TODAY), (0, 640, TODAY), (1_000_000, 640, None), (210, 0, None)],
)
def test_stock_runs_out_at_the_expected_demand(position: float, mean: float, day: date | None) -> None:
    assert reasons.runs_out_on(evidence(position, mean, 880, 1210), TODAY) == day


@pytest.mark.parametrize("value", [None, True, "NaN", "Infinity", "x", ""])
def test_what_is_not_a_figure_is_not_known(value: object) -> None:
    assert reasons.number({"moq": value}, "moq") is None  # type: ignore[dict-item]


def test_figures_are_exact() -> None:
    assert reasons.number({"moq": 0.1}, "moq") == Decimal("0.1")


def test_guards_in_words() -> None:
    known = GuardHit("price_rise_max_pct", "6.1 %", "5 %")
    assert reasons.guard_sentence(known) == "Price has risen: 6.1 %, limit 5 %"
    assert reasons.guard_sentence(GuardHit("moon_phase", "full", "")) == "Moon phase: full"
    assert reasons.guard_sentence(GuardHit("new_supplier", "", "")) == "First order from this supplier"
    missing = reasons.guard_sentence(GuardHit("price_rise_max_pct", "unknown", "5 %"))
    assert missing == "Could not be checked, figures are missing: price has risen"


def test_a_guard_that_hit_many_lines_speaks_once() -> None:
    hits = [GuardHit("new_item", "", ""), GuardHit("moon_phase", "full", ""), GuardHit("new_item", "yes", "")]
    assert reasons.guard_sentences(hits) == ["First order of this item (and 1 more like it)", "Moon phase: full"]


def test_every_guard_and_mode_has_words_for_buyers_that_fit_a_line() -> None:
    assert set(GUARDS) <= set(reasons.GUARD_WORDS)
    assert {str(mode) for mode in Mode} == set(reasons.MODE_WORDS)
    assert max(map(len, reasons.GUARD_WORDS.values())) <= 50
    assert not [text for text in reasons.GUARD_WORDS.values() if "_" in text]


def test_reasons_of_a_report_are_worded() -> None:
    assert reasons.reason_words("supplier_minimum") == "below the supplier's minimum order value"
    assert reasons.reason_words("mode suggest") == "suggest mode: every order is shown to a buyer"
    assert reasons.reason_words("moon_phase") == "moon phase"
    assert reasons.reason_words("Somebody asked for it") == "Somebody asked for it"


def test_what_is_in_doubt_is_told() -> None:
    found = dict(reasons.figures(LINE, {"doubts": "an open order is 120 days overdue"}))
    assert found["To be looked at"] == "an open order is 120 days overdue"


def test_a_forecaster_stays_as_it_was_written_and_what_became_of_it_is_told() -> None:
    why = "TSB(n_jobs=-1) not used: negative"
    told = dict(
        reasons.figures(LINE, {"forecaster": "TSB(n_jobs=-1)", "forecast_fallback": why, "pattern": "very_odd"})
    )
    assert told == {"Forecast by": "TSB(n_jobs=-1)", "About the forecast": why, "Demand pattern": "Very odd"}
    assert "About the forecast" not in dict(reasons.figures(LINE, {"forecaster": "theta", "forecast_fallback": ""}))


def test_how_the_forecast_knows_is_told_from_the_evidence() -> None:
    row = {**evidence(210, 640, 880, 1210), **known(), "service_before": 0.95}
    told = reasons.behind(row)
    assert told[0].startswith("Method: several memories of its past")
    assert told[-1] == "The level to be covered is now 97.0%, it was 95.0%."
    short = reasons.behind_in_short(row)
    assert short.count(". ") == 1
    assert "The plan of 2026-11-20 expected 560 PC; today it is 640" in short
    assert reasons.behind({}) == []
    assert reasons.behind_in_short({}) == ""
