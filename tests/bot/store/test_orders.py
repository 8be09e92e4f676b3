"""The order book: adopting plans, supply in flight, steps, decisions, outbox."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from bot.orders import keys
from bot.orders.draft import amended
from bot.orders.machine import IllegalTransitionError, StaleStateError
from bot.orders.model import Decision, DecisionAction, DraftOrder, GuardHit, Money, OrderState, Verdict
from bot.ports_orders import Adoption
from bot.store.db import writing
from bot.store.orders import SqlOrders
from tests.fakes import ManualClock
from tests.makers import database, make_draft

S = OrderState
ANN = "ann@example.com"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def orders(engine: sa.Engine, clock: ManualClock) -> SqlOrders:
    return SqlOrders(engine, clock, installation="test")


def adopt(orders: SqlOrders, *drafts: DraftOrder, system: str = "s4", run: str = "run-1") -> Adoption:
    return orders.adopt(drafts, system=system, run_id=run, plan_id=f"plan-{run}")


def state(orders: SqlOrders, draft: DraftOrder) -> OrderState:
    found = orders.get(draft.order.order_key)
    assert found is not None
    return found.state


def walk(orders: SqlOrders, draft: DraftOrder, *states: OrderState, number: str | None = None) -> None:
    for to in states:
        before = state(orders, draft)
        erp_number = number if to is S.SENT else None
        orders.move(draft.order.order_key, before, to, actor=ANN, reason="test", erp_number=erp_number)


def topics(orders: SqlOrders) -> list[tuple[str, str]]:
    return [(row.order_key, row.topic) for row in orders.outbox()]


def test_verdicts_become_states_with_their_mail(orders: SqlOrders) -> None:
    auto, ask = make_draft(["a"]), make_draft(["b"], verdict=Verdict.APPROVE)
    block = make_draft(["c"], verdict=Verdict.BLOCK, guards=(GuardHit("price_jump", "80 %", "20 %"),))
    assert adopt(orders, auto, ask, block) == Adoption(new=3, kept=0, superseded=0)
    assert [state(orders, draft) for draft in (auto, ask, block)] == [S.APPROVED, S.AWAITING_APPROVAL, S.HELD]
    assert topics(orders) == [(ask.order.order_key, "approval_request")]
    held = orders.get(block.order.order_key)
    assert held is not None
    assert (held.note, held.draft, held.run_id) == ("price_jump", block, "run-1")
    assert [event.to_state for event in orders.events(auto.order.order_key)] == [S.PROPOSED, S.APPROVED]
    assert orders.verify_chain()


def test_planning_the_same_again_keeps_orders_and_their_mail(orders: SqlOrders) -> None:
    drafts = make_draft(["a"]), make_draft(["b"], verdict=Verdict.APPROVE)
    adopt(orders, *drafts)
    assert adopt(orders, *drafts, run="run-2") == Adoption(new=0, kept=2, superseded=0)
    assert len(topics(orders)) == 1
    assert len(orders.select()) == 2


def test_new_content_is_a_new_revision_and_the_old_one_is_withdrawn(orders: SqlOrders) -> None:
    old = make_draft({"a": "100"}, verdict=Verdict.APPROVE)
    adopt(orders, old)
    orders.outbox_done(orders.outbox()[0].outbox_id)
    new = make_draft({"a": "120"}, verdict=Verdict.APPROVE, revision=1)
    assert adopt(orders, new, run="run-2") == Adoption(new=1, kept=0, superseded=1)
    assert (state(orders, old), state(orders, new)) == (S.SUPERSEDED, S.AWAITING_APPROVAL)
    assert topics(orders) == [(old.order.order_key, "withdrawn"), (new.order.order_key, "approval_request")]
    assert orders.events(old.order.order_key)[-1].details == {"successor": new.order.order_key}


def test_a_request_that_never_left_is_taken_back_silently(orders: SqlOrders) -> None:
    old = make_draft(["a"], verdict=Verdict.APPROVE)
    adopt(orders, old)
    adopt(orders, run="run-2")
    assert state(orders, old) is S.SUPERSEDED
    assert topics(orders) == []


def test_what_the_new_plan_does_not_need_ends_unless_it_is_approved(orders: SqlOrders) -> None:
    waiting, held, approved = (
        make_draft([verdict.value], verdict=verdict) for verdict in (Verdict.APPROVE, Verdict.BLOCK, Verdict.AUTO)
    )
    refused = make_draft(["refused"])
    other_system = make_draft(["other"], verdict=Verdict.APPROVE, system="fusion")
    adopt(orders, waiting, held, approved, refused)
    adopt(orders, other_system, system="fusion")
    walk(orders, refused, S.SENDING, S.REFUSED)
    assert adopt(orders, run="run-2").superseded == 3
    assert [state(orders, draft) for draft in (waiting, held, refused)] == [S.SUPERSEDED] * 3
    assert state(orders, approved) is S.APPROVED
    assert state(orders, other_system) is S.AWAITING_APPROVAL


@pytest.mark.parametrize(
    "path",
    [
        (),
        (S.SENDING,),
        (S.SENDING, S.UNKNOWN),
        (S.SENDING, S.UNKNOWN, S.MANUAL),
        (S.SENDING, S.UNKNOWN, S.DUPLICATE),
        (S.SENDING, S.SENT),
        (S.SENDING, S.SENT, S.MISMATCH),
        (S.SENDING, S.SENT, S.VERIFIED, S.RELEASED),
    ],
)
def test_a_need_under_way_takes_no_second_order(orders: SqlOrders, path: tuple[OrderState, ...]) -> None:
    first = make_draft({"a": "100"})
    adopt(orders, first)
    walk(orders, first, *path, number="4711")
    before = state(orders, first)
    rest = make_draft({"a": "20"}, revision=1)
    assert adopt(orders, rest, run="run-2") == Adoption(new=0, kept=0, superseded=0, refused=1)
    assert state(orders, first) is before
    assert orders.get(rest.order.order_key) is None


def test_a_line_under_way_leaves_the_draft_and_the_others_are_ordered(orders: SqlOrders) -> None:
    first, waiting = make_draft({"a": "100"}), make_draft({"b": "100"}, verdict=Verdict.APPROVE)
    adopt(orders, first, waiting)
    whole = make_draft({"a": "20", "b": "100", "c": "60"}, verdict=Verdict.APPROVE, value="90")
    assert adopt(orders, whole, run="run-2") == Adoption(new=1, kept=0, superseded=1, cut=1)
    rest = make_draft({"b": "100", "c": "60"}, verdict=Verdict.APPROVE)
    found = orders.get(rest.order.order_key)
    assert found is not None
    assert (found.state, found.order.lines) == (S.AWAITING_APPROVAL, rest.order.lines)
    assert found.draft.value == Money(Decimal("80.00"), "EUR")
    assert [state(orders, draft) for draft in (first, waiting)] == [S.APPROVED, S.SUPERSEDED]
    assert adopt(orders, whole, run="run-3") == Adoption(new=0, kept=1, superseded=0, cut=1)
    changed = make_draft({"a": "20", "b": "100", "c": "90"}, verdict=Verdict.APPROVE)
    assert adopt(orders, changed, run="run-4") == Adoption(new=1, kept=0, superseded=1, cut=1)
    (now,) = orders.select(S.AWAITING_APPROVAL)
    assert (now.order.revision, [line.quantity for line in now.order.lines]) == (1, [Decimal(100), Decimal(90)])


def test_what_waits_goes_on_waiting_when_its_heir_is_refused(orders: SqlOrders) -> None:
    rejected = make_draft({"b": "100"}, verdict=Verdict.APPROVE)
    adopt(orders, rejected)
    orders.move(rejected.order.order_key, S.AWAITING_APPROVAL, S.REJECTED, actor=ANN, reason="too early")
    both = make_draft({"b": "100", "c": "100"}, verdict=Verdict.APPROVE)
    adopt(orders, both, run="run-2")
    assert adopt(orders, rejected, run="run-3") == Adoption(new=0, kept=0, superseded=0, refused=1)
    assert state(orders, both) is S.AWAITING_APPROVAL
    assert adopt(orders, run="run-4").superseded == 1


def test_what_a_person_rejected_is_not_asked_again_with_the_same_content(orders: SqlOrders) -> None:
    draft = make_draft({"a": "100"}, verdict=Verdict.APPROVE)
    adopt(orders, draft)
    orders.move(draft.order.order_key, S.AWAITING_APPROVAL, S.REJECTED, actor=ANN, reason="too early")
    assert adopt(orders, draft, run="run-2").refused == 1
    found = orders.rejections("s4").to_dict("records")
    assert len(found) == 1
    row = found[0]
    assert (row["item"], row["quantity"], row["actor"], row["reason"]) == ("a", 100.0, ANN, "too early")
    assert str(row["rejected_on"].date()) == "2026-03-02"
    other = make_draft({"a": "150"}, verdict=Verdict.APPROVE, revision=1)
    assert adopt(orders, other, run="run-3").new == 1


def amend(orders: SqlOrders, draft: DraftOrder, quantities: dict[int, Decimal]) -> DraftOrder:
    stored = orders.get(draft.order.order_key)
    assert stored is not None
    changed = amended(stored, quantities, "test")
    orders.amend(draft.order.order_key, changed, actor=ANN, reason="enough")
    return changed


def test_what_a_person_cut_off_an_order_counts_as_said_no_to(orders: SqlOrders) -> None:
    draft = make_draft({"a": "73", "b": "10", "c": "5", "d": "8"}, verdict=Verdict.APPROVE)
    adopt(orders, draft, make_draft(["x"], verdict=Verdict.APPROVE))
    less = amend(orders, draft, {1: Decimal(30), 2: Decimal(0), 3: Decimal(6)})
    adopt(orders, run="run-2")
    found = orders.rejections("s4")
    assert found[["item", "quantity"]].to_numpy().tolist() == [["a", 43.0], ["b", 10.0]]
    assert set(found["actor"]) == {ANN}
    assert set(found["reason"]) == {"enough"}
    walk(orders, less, S.HELD)
    amend(orders, less, {1: Decimal(20)})
    assert orders.rejections("s4").groupby("item")["quantity"].last().to_dict() == {"a": 53.0, "b": 10.0}


def test_old_content_under_a_new_key_only(orders: SqlOrders) -> None:
    adopt(orders, make_draft({"a": "100"}, verdict=Verdict.APPROVE))
    with pytest.raises(IllegalTransitionError, match="revision"):
        adopt(orders, make_draft({"a": "101"}, verdict=Verdict.APPROVE))


def test_a_changed_verdict_on_the_same_content_never_approves(orders: SqlOrders) -> None:
    asked = make_draft(["a"], verdict=Verdict.APPROVE)
    held = make_draft(["b"], verdict=Verdict.BLOCK)
    auto = make_draft(["c"])
    adopt(orders, asked, held, auto)
    changed = [
        replace(asked, verdict=Verdict.BLOCK),
        replace(held, verdict=Verdict.AUTO),
        replace(auto, verdict=Verdict.BLOCK),
    ]
    assert adopt(orders, *changed, run="run-2").kept == 3
    assert [state(orders, draft) for draft in (asked, held, auto)] == [S.HELD, S.AWAITING_APPROVAL, S.APPROVED]


def test_one_live_order_per_need_is_a_promise_of_the_database(orders: SqlOrders) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        adopt(orders, make_draft(["a"]), make_draft(["a", "b"]))
    assert orders.select() == []


def test_revisions_say_which_revision_is_free(orders: SqlOrders) -> None:
    live, gone = make_draft(["a"], verdict=Verdict.APPROVE), make_draft(["b"], verdict=Verdict.APPROVE)
    adopt(orders, live, gone)
    adopt(orders, live, run="run-2")
    digests = [keys.needs_digest(line.need_key for line in draft.order.lines) for draft in (live, gone)]
    assert orders.revisions("s4") == {digests[0]: (0, live.order.content_hash), digests[1]: (1, "")}
    assert orders.revisions("fusion") == {}


def test_supply_counts_from_approval_until_seen_line_by_line(orders: SqlOrders) -> None:
    waiting = make_draft(["w"], verdict=Verdict.APPROVE)
    two, unknown = make_draft({"a": "100", "b": "50.5"}), make_draft({"u": "7"})
    adopt(orders, waiting, two, unknown)
    walk(orders, two, S.SENDING, S.SENT, number="4711")
    walk(orders, unknown, S.SENDING, S.UNKNOWN)
    flight = orders.in_flight("s4").set_index("item")
    assert flight["quantity"].to_dict() == {"a": 100.0, "b": 50.5, "u": 7.0}
    assert flight.loc["a", "erp_number"] == "4711"
    assert str(flight["need_date"].dtype) == "datetime64[s]"
    assert orders.see("s4", [], ["4711"]) == 1
    assert list(orders.in_flight("s4")["item"]) == ["u"]
    assert orders.see("s4", [unknown.order.order_key], []) == 1
    empty = orders.in_flight("s4")
    assert empty.empty
    assert list(empty.columns) == ["item", "location", "quantity", "need_date", "order_key", "erp_number"]


def shown(*rows: tuple[str | None, str | None, str]) -> pd.DataFrame:
    """Lines of an extract: number, key, item."""
    return pd.DataFrame([(*row, "L1") for row in rows], columns=["order_ref", "order_key", "item", "location"])


def test_only_the_lines_that_an_extract_shows_stop_counting(orders: SqlOrders) -> None:
    first, second = make_draft(["a", "b"]), make_draft(["c", "d"])
    adopt(orders, first, second)
    for draft, number in ((first, "4711"), (second, "4712")):
        walk(orders, draft, S.SENDING, S.SENT, number=number)
    key = second.order.order_key
    assert orders.see("s4", [key], ["4711"], shown(("4711", None, "a"), (None, key, "c"), ("99", None, "b"))) == 0
    assert sorted(orders.in_flight("s4")["item"]) == ["b", "d"]
    assert orders.unseen("s4") == []
    assert orders.see("s4", [], ["4711"], shown(("4711", None, "b"))) == 1
    assert list(orders.in_flight("s4")["item"]) == ["d"]
    assert [stored.erp_number for stored in orders.unseen("s4")] == ["4712"]
    assert orders.see("s4", [key], ["4712"], shown(("4712", key, "d"))) == 1
    assert orders.in_flight("s4").empty
    assert orders.unseen("s4") == []


def test_an_order_missing_in_two_extracts_is_to_be_asked_for(orders: SqlOrders) -> None:
    draft, approved = make_draft(["a"]), make_draft(["b"])
    adopt(orders, draft, approved)
    walk(orders, draft, S.SENDING, S.SENT, number="4711")
    assert orders.see("s4", ["OTHER"], [""]) == 0
    assert orders.unseen("s4") == []
    orders.see("s4", [], [])
    assert [stored.erp_number for stored in orders.unseen("s4")] == ["4711"]
    assert len(orders.in_flight("s4")) == 2


def test_sequences_count_what_the_erp_holds(orders: SqlOrders) -> None:
    first, second, open_one = make_draft(["a"]), make_draft(["a"], sequence=1), make_draft(["b"])
    adopt(orders, first, open_one)
    walk(orders, first, S.SENDING, S.SENT, number="1")
    adopt(orders, second, run="run-2")
    walk(orders, second, S.SENDING, S.SENT, S.VERIFIED, number="2")
    rows = orders.sequences("s4").to_dict("records")
    assert rows == [{"item": "a", "location": "L1", "supplier": "acme", "bucket": "2026-W12", "sequence": 2}]


def test_an_order_cancelled_in_the_erp_keeps_its_place_in_the_sequence(orders: SqlOrders) -> None:
    first = make_draft(["a"])
    adopt(orders, first)
    walk(orders, first, S.SENDING, S.SENT, S.MISMATCH, number="1")
    walk(orders, first, S.CANCELLED)
    assert list(orders.sequences("s4")["sequence"]) == [1]


def test_a_step_from_another_state_is_refused(orders: SqlOrders) -> None:
    draft = make_draft(["a"], verdict=Verdict.APPROVE)
    adopt(orders, draft)
    key = draft.order.order_key
    orders.move(key, S.AWAITING_APPROVAL, S.REJECTED, actor=ANN, reason="no")
    with pytest.raises(StaleStateError, match="is rejected"):
        orders.move(key, S.AWAITING_APPROVAL, S.APPROVED, actor=ANN, reason="yes")
    with pytest.raises(StaleStateError, match="unknown here"):
        orders.move("NONE", S.AWAITING_APPROVAL, S.APPROVED, actor=ANN, reason="yes")


def test_tampering_with_history_is_noticed(orders: SqlOrders, engine: sa.Engine) -> None:
    adopt(orders, make_draft(["a"]), make_draft(["b"]))
    assert orders.verify_chain()
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE events SET actor = 'eve@example.com' WHERE sequence = 2")
    assert not orders.verify_chain()


def make_decision(draft: DraftOrder, number: int = 1, **changes: object) -> Decision:
    key, content = draft.order.order_key, draft.order.content_hash
    now = ManualClock().now() + timedelta(seconds=number)
    decision = Decision(f"d{number}", key, content, DecisionAction.CHANGE, ANN, "", now, {1: Decimal("120.5")})
    return replace(decision, **changes)  # type: ignore[arg-type]  # test helper


def test_decisions_are_kept_settled_once_and_a_second_click_is_the_first(orders: SqlOrders) -> None:
    draft = make_draft(["a"], verdict=Verdict.APPROVE)
    adopt(orders, draft)
    first = make_decision(draft)
    orders.record_decision(first)
    orders.record_decision(make_decision(draft, 2))
    orders.record_decision(make_decision(draft, 3, actor="bob@example.com"))
    assert [decision.decision_id for decision in orders.pending_decisions()] == ["d1", "d3"]
    assert orders.pending_decisions()[0] == first
    orders.settle_decision("d1", "refused: stale")
    orders.settle_decision("d1", "approved")
    orders.record_decision(make_decision(draft, 4))
    assert [(made.decision_id, outcome) for made, outcome in orders.decisions(draft.order.order_key)] == [
        ("d1", "refused: stale"),
        ("d3", ""),
        ("d4", ""),
    ]


def test_a_mail_that_fails_waits_longer_each_time_and_ends_after_a_day(orders: SqlOrders, clock: ManualClock) -> None:
    adopt(orders, make_draft(["a"], verdict=Verdict.APPROVE))
    row = orders.outbox()[0]
    orders.outbox_done(row.outbox_id, "no connection")
    assert orders.outbox() == []
    clock.advance(61)
    assert orders.outbox()[0].attempts == 1
    orders.outbox_done(row.outbox_id, "no connection")
    clock.advance(61)
    assert orders.outbox() == []
    clock.advance(61)
    assert orders.outbox()[0].attempts == 2
    clock.advance(86_400)
    orders.outbox_done(row.outbox_id, "no connection")
    clock.advance(86_400)
    assert orders.outbox() == []


def test_amending_makes_an_approved_revision(orders: SqlOrders) -> None:
    old = make_draft({"a": "100"}, verdict=Verdict.APPROVE)
    new = make_draft({"a": "120"}, verdict=Verdict.APPROVE, revision=1)
    adopt(orders, old)
    stored = orders.amend(old.order.order_key, new, actor=ANN, reason="more", details={"decision_id": "d1"})
    assert stored.state is S.APPROVED
    assert state(orders, old) is S.SUPERSEDED
    last = orders.events(new.order.order_key)[-1]
    assert (last.actor, last.details) == (ANN, {"decision_id": "d1", "predecessor": old.order.order_key})
    with pytest.raises(StaleStateError):
        orders.amend(old.order.order_key, new, actor=ANN, reason="again")
    with pytest.raises(StaleStateError):
        orders.amend(new.order.order_key, make_draft(["a"], revision=2), actor=ANN, reason="approved already")
