"""One draft as people see it: urgency, deadline, what happens if nobody acts."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.orders.model import DraftOrder, OrderState, StoredOrder, Verdict
from bot.render.view import STATE_WORDS, view_of
from tests.bot.web.console import NOW, draft


def stored(made: DraftOrder, state: OrderState = OrderState.AWAITING_APPROVAL) -> StoredOrder:
    return StoredOrder(made, state, 1, "run", "plan", "", made.order.content_hash, NOW, NOW)


def test_the_line_that_runs_out_first_speaks_for_the_order() -> None:
    view = view_of(stored(draft()), "Europe/Berlin")
    assert view.urgent.line.item == "10000241"
    assert view.why.startswith("Hex bolt M8 x 40, zinc plated (10000241): 210 PC on hand")
    assert view.why.endswith("4 more lines from the same supplier.")
    assert "Nothing is ordered without a decision" in view.inaction


def test_a_decision_keeps_the_delivery_until_need_minus_lead_time() -> None:
    view = view_of(stored(draft()), "Europe/Berlin")
    assert view.decide_by.astimezone(UTC) == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


def test_a_deadline_never_lies_before_the_order_date() -> None:
    made = draft()
    late = replace(made, evidence={number: {**row, "lead_time_days": 90} for number, row in made.evidence.items()})
    assert view_of(stored(late)).decide_by.date() == made.order.order_date


def test_without_evidence_the_view_still_stands() -> None:
    view = view_of(stored(replace(draft(), evidence={}, guards=(), value=None, verdict=Verdict.BLOCK)))
    assert view.supplier_name == "17300001"
    assert view.flags == ("Value not known in the policy's currency: a rate is missing", "Policy blocks this order")
    assert "21 days after the order date" in view.inaction


def test_without_guards_the_mode_is_why_a_person_is_asked() -> None:
    assert view_of(stored(replace(draft(), guards=()))).flags == ("Assist mode: a person is asked about this one",)


def test_every_state_has_words() -> None:
    assert set(STATE_WORDS) == set(OrderState)
