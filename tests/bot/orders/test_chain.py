"""The chain notices every change, removal and insertion."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.orders import chain
from bot.orders.model import OrderEvent, OrderState

T0 = datetime(2026, 3, 2, 5, tzinfo=UTC)


def make_chain(count: int = 4) -> list[OrderEvent]:
    events: list[OrderEvent] = []
    for number in range(1, count + 1):
        previous = events[-1].digest if events else chain.GENESIS
        told = ("ann@example.com", "approved", "fine", {"n": str(number)})
        change = (OrderState.AWAITING_APPROVAL, OrderState.APPROVED)
        events.append(chain.link(previous, number, f"KEY{number}", T0 + timedelta(seconds=number), change, told))
    return events


def test_an_untouched_chain_holds() -> None:
    assert chain.broken_at(make_chain()) is None
    assert chain.broken_at([]) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda e: replace(e, actor="eve@example.com"),
        lambda e: replace(e, reason="other"),
        lambda e: replace(e, to_state=OrderState.REJECTED),
        lambda e: replace(e, from_state=None),
        lambda e: replace(e, order_key="OTHER"),
        lambda e: replace(e, details={}),
        lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
        lambda e: replace(e, digest="0" * 64),
    ],
)
def test_a_changed_event_breaks_it(change: Callable[[OrderEvent], OrderEvent]) -> None:
    events = make_chain()
    events[1] = change(events[1])
    assert chain.broken_at(events) in {2, 3}


def test_a_removed_or_repeated_event_breaks_it() -> None:
    events = make_chain()
    assert chain.broken_at(events[:1] + events[2:]) == 3
    assert chain.broken_at([*events[:2], events[1], *events[2:]]) == 2
    assert chain.broken_at(events[1:]) == 2


def test_instants_are_stamped_in_utc_and_sort_as_text() -> None:
    berlin = timezone(timedelta(hours=1))
    assert chain.stamp(datetime(2026, 3, 2, 6, tzinfo=berlin)) == "2026-03-02T05:00:00.000000Z"
    assert chain.stamp(T0) < chain.stamp(T0 + timedelta(microseconds=1)) < chain.stamp(T0 + timedelta(days=300))
