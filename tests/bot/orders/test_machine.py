"""The transition table is DESIGN's, and no sequence of steps gets around it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.orders import machine
from bot.orders.model import OrderState, StoredOrder
from tests.makers import make_draft

T0 = datetime(2026, 3, 2, tzinfo=UTC)
S = OrderState

TABLE = """
proposed: held awaiting_approval approved superseded
held: awaiting_approval approved rejected expired superseded
awaiting_approval: approved rejected held expired superseded
approved: sending held superseded cancelled
sending: sent refused approved unknown
unknown: sent approved duplicate manual
sent: verified mismatch
verified: released refused cancelled
released: confirmed part_received received cancelled
confirmed: confirmed part_received received cancelled
part_received: confirmed part_received received cancelled
refused: sent verified superseded cancelled
mismatch: sent verified superseded cancelled
duplicate: sent verified superseded cancelled
manual: sent verified superseded cancelled
"""


def make_order(state: OrderState, number: str = "") -> StoredOrder:
    draft = make_draft()
    return StoredOrder(draft, state, 1, "run", "plan", number, draft.order.content_hash, T0, T0)


def test_the_table_is_the_one_of_the_design() -> None:
    written = {}
    for row in TABLE.strip().splitlines():
        state, _, following = row.partition(": ")
        written[S(state)] = frozenset(S(word) for word in following.split())
    ended = {S.RECEIVED, S.REJECTED, S.EXPIRED, S.SUPERSEDED, S.CANCELLED}
    assert written | dict.fromkeys(ended, frozenset()) == machine.TRANSITIONS


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("to", list(S))
def test_only_listed_steps_are_possible(before: OrderState, to: OrderState) -> None:
    order = make_order(before)
    if to in machine.TRANSITIONS[before]:
        taken = machine.step(order, to, actor="ann@example.com", at=T0, erp_number="4711")
        assert (taken.order.state, taken.order.version) == (to, 2)
    else:
        with pytest.raises(machine.IllegalTransitionError):
            machine.step(order, to, actor="ann@example.com", at=T0, erp_number="4711")


@pytest.mark.parametrize(
    ("before", "to"),
    [
        (S.AWAITING_APPROVAL, S.APPROVED),
        (S.AWAITING_APPROVAL, S.REJECTED),
        (S.HELD, S.APPROVED),
        (S.APPROVED, S.CANCELLED),
        (S.MANUAL, S.SENT),
        (S.DUPLICATE, S.CANCELLED),
        (S.MISMATCH, S.VERIFIED),
    ],
)
def test_the_program_cannot_decide_for_a_person(before: OrderState, to: OrderState) -> None:
    with pytest.raises(machine.IllegalTransitionError, match="only a person"):
        machine.step(make_order(before, "1"), to, actor="submit", at=T0)


def test_the_next_plan_replaces_a_refused_order_without_a_person() -> None:
    assert machine.step(make_order(S.REFUSED), S.SUPERSEDED, actor="plan", at=T0).order.state is S.SUPERSEDED


def test_sent_needs_the_number_of_a_document() -> None:
    with pytest.raises(machine.IllegalTransitionError, match="number"):
        machine.step(make_order(S.SENDING), S.SENT, actor="submit", at=T0)


@pytest.mark.parametrize(
    ("before", "to", "topics"),
    [
        (S.PROPOSED, S.AWAITING_APPROVAL, ("approval_request",)),
        (S.HELD, S.AWAITING_APPROVAL, ("approval_request",)),
        (S.AWAITING_APPROVAL, S.SUPERSEDED, ("withdrawn",)),
        (S.AWAITING_APPROVAL, S.REJECTED, ("withdrawn",)),
        (S.PROPOSED, S.APPROVED, ()),
        (S.HELD, S.SUPERSEDED, ()),
        (S.SENDING, S.REFUSED, ("alarm",)),
        (S.SENDING, S.UNKNOWN, ("alarm",)),
        (S.UNKNOWN, S.MANUAL, ("alarm",)),
        (S.UNKNOWN, S.DUPLICATE, ("alarm",)),
        (S.SENT, S.MISMATCH, ("alarm",)),
        (S.SENT, S.VERIFIED, ("confirmation",)),
        (S.MISMATCH, S.VERIFIED, ()),
    ],
)
def test_what_a_step_sets_off(before: OrderState, to: OrderState, topics: tuple[str, ...]) -> None:
    assert machine.topics(before, to) == topics


def test_supply_begins_with_approval_and_includes_every_doubt() -> None:
    doubts = {S.UNKNOWN, S.MISMATCH, S.DUPLICATE, S.MANUAL}
    assert doubts | {S.APPROVED, S.SENDING, S.SENT} <= machine.SUPPLY
    assert not machine.SUPPLY & {S.PROPOSED, S.HELD, S.AWAITING_APPROVAL, S.REFUSED, S.REJECTED}
    assert not machine.SUPPLY & machine.REPLACEABLE


class OrderLife(RuleBasedStateMachine):
    """Throws random steps at one order, from persons and from the program."""

    def __init__(self) -> None:
        super().__init__()
        self.order = make_order(S.PROPOSED)
        self.at = T0
        self.history: list[tuple[OrderState, OrderState, str]] = []

    @rule(
        to=st.sampled_from(list(S)),
        actor=st.sampled_from(["ann@example.com", "submit", "plan"]),
        number=st.sampled_from([None, "", "4711"]),
    )
    def try_a_step(self, to: OrderState, actor: str, number: str | None) -> None:
        self.at += timedelta(seconds=1)
        before = self.order
        try:
            taken = machine.step(before, to, actor=actor, at=self.at, erp_number=number)
        except machine.IllegalTransitionError:
            assert self.order is before
            return
        self.history.append((before.state, to, actor))
        self.order = taken.order

    @invariant()
    def nothing_was_sent_without_approval(self) -> None:
        states = [to for _, to, _ in self.history]
        if S.SENDING in states:
            assert S.APPROVED in states[: states.index(S.SENDING)]

    @invariant()
    def a_step_out_of_approval_was_a_persons(self) -> None:
        for before, to, actor in self.history:
            if before is S.AWAITING_APPROVAL and to in {S.APPROVED, S.REJECTED}:
                assert "@" in actor

    @invariant()
    def every_attempt_is_counted_and_every_step_versioned(self) -> None:
        assert self.order.attempts == sum(to is S.SENDING for _, to, _ in self.history)
        assert self.order.version == 1 + len(self.history)

    @invariant()
    def doubt_was_resolved_by_search_or_person_only(self) -> None:
        for before, to, _ in self.history:
            assert not (before is S.UNKNOWN and to is S.SENDING)


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
