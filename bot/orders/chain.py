"""The audit chain: every event carries a digest over itself and the digest before it.

It computes and checks digests; where events are kept is the store's business.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from bot.orders.model import OrderEvent, OrderState

GENESIS = "0" * 64


def stamp(at: datetime) -> str:
    """Instant as UTC text with microseconds; the texts sort like the instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(content: Mapping[str, object]) -> str:
    """JSON with sorted keys and no insignificant space, as it enters digests."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 over the previous digest and the canonical content, as 64 hexadecimal digits."""
    return hashlib.sha256((previous + canonical(content)).encode()).hexdigest()


def link(
    previous: str,
    sequence: int,
    order_key: str,
    at: datetime,
    change: tuple[OrderState | None, OrderState],
    told: tuple[str, str, str, Mapping[str, str]],
) -> OrderEvent:
    """Make the event that follows `previous`; `told` = (actor, action, reason, details)."""
    actor, action, reason, details = told
    event = OrderEvent(
        sequence, order_key, at, actor, action, change[0], change[1], reason, dict(details), previous, ""
    )
    return OrderEvent(
        sequence,
        order_key,
        at,
        actor,
        action,
        change[0],
        change[1],
        reason,
        dict(details),
        previous,
        digest(previous, _content(event)),
    )


def broken_at(events: Iterable[OrderEvent]) -> int | None:
    """Sequence number of the first event that does not follow from the one before it; None = the chain holds."""
    previous, expected = GENESIS, 1
    for event in events:
        if event.sequence != expected or event.previous != previous:
            return event.sequence
        if event.digest != digest(previous, _content(event)):
            return event.sequence
        previous, expected = event.digest, expected + 1
    return None


def _content(event: OrderEvent) -> dict[str, object]:
    return {
        "form": "restock-event-1",
        "sequence": event.sequence,
        "order_key": event.order_key,
        "at": stamp(event.at),
        "actor": event.actor,
        "action": event.action,
        "from": event.from_state.value if event.from_state else None,
        "to": event.to_state.value,
        "reason": event.reason,
        "details": event.details,
    }
