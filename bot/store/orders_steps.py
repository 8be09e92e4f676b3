"""Inserting an order and taking one step of its life, inside the caller's transaction.

State, event, outbox, needs, attempt and spend change together or not at all; when a step is due is
decided elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.orders import chain, keys, machine
from bot.orders.model import DraftOrder, OrderState, StoredOrder
from bot.ports import Clock
from bot.store import codec
from bot.store.db import one_row
from bot.store.schema import ATTEMPTS, CHAIN, EVENTS, NEEDS, ORDER_LINES, ORDERS, OUTBOX, SPEND

BACK_OFF_SECONDS = 30.0
BACK_OFF_MOST = 900.0

_OVER = frozenset({OrderState.SUPERSEDED, OrderState.REJECTED, OrderState.EXPIRED, OrderState.CANCELLED})
_IN_DOUBT = frozenset({OrderState.SENDING, OrderState.UNKNOWN})
_SPEND_AFTER = {
    OrderState.SENT: "committed",
    OrderState.APPROVED: "released",
    OrderState.REFUSED: "released",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Who takes a step and why; `details` go into the event, `retry_after` [s] among them delays the next claim."""

    actor: str
    reason: str = ""
    erp_number: str | None = None
    details: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """The clock and the undo window that steps need; holds no connection."""

    clock: Clock
    undo: timedelta

    def insert(
        self, connection: sa.Connection, draft: DraftOrder, run_id: str, plan_id: str, actor: str
    ) -> StoredOrder:
        """Store a new proposal with its lines and needs; IntegrityError when one of its needs is taken."""
        now, order = self.clock.now(), draft.order
        new = StoredOrder(
            draft, OrderState.PROPOSED, 1, run_id, plan_id, "", order.content_hash, created_at=now, changed_at=now
        )
        connection.execute(
            sa.insert(ORDERS).values(
                order_key=order.order_key,
                needs_digest=keys.needs_digest(line.need_key for line in order.lines),
                system=order.system,
                supplier=order.supplier,
                location=order.location,
                revision=order.revision,
                state=new.state.value,
                version=1,
                run_id=run_id,
                plan_id=plan_id,
                content_hash=order.content_hash,
                draft=codec.dump_draft(draft),
                created_at=now,
                changed_at=now,
                not_before=now,
            )
        )
        connection.execute(sa.insert(ORDER_LINES), [_line_row(draft, index) for index in range(len(order.lines))])
        connection.execute(
            sa.insert(NEEDS), [{"need_key": line.need_key, "order_key": order.order_key} for line in order.lines]
        )
        self._record(connection, order.order_key, (None, new.state), Change(actor, f"revision {order.revision}"))
        return new

    def take(self, connection: sa.Connection, before: StoredOrder, to: OrderState, change: Change) -> StoredOrder:
        """Take one step; raises StaleStateError when the row moved on, IllegalTransitionError when not allowed."""
        now = self.clock.now()
        taken = machine.step(before, to, actor=change.actor, at=now, reason=change.reason, erp_number=change.erp_number)
        self._write(connection, taken, self._not_before(now, taken, change))
        key = before.order.order_key
        self._record(connection, key, (before.state, to), change)
        for topic in taken.topics:
            self._announce(connection, key, topic, now)
        _keep_books(connection, taken, now)
        return taken.order

    def note(self, connection: sa.Connection, order: StoredOrder, change: Change) -> None:
        """Append an event that leaves the order where it is."""
        self._record(connection, order.order.order_key, (order.state, order.state), change, "noted")

    def announce(self, connection: sa.Connection, order_key: str, topic: str) -> None:
        """Put a mail about an order into the outbox."""
        self._announce(connection, order_key, topic, self.clock.now())

    def _write(self, connection: sa.Connection, taken: machine.Step, not_before: datetime | None) -> None:
        after, before = taken.order, taken.before
        values: dict[str, object] = {
            "state": after.state.value,
            "version": after.version,
            "erp_number": after.erp_number,
            "changed_at": after.changed_at,
            "attempts": after.attempts,
            "note": after.note,
        }
        if not_before is not None:
            values["not_before"] = not_before
        key = after.order.order_key
        changed = connection.execute(
            sa.update(ORDERS)
            .where(ORDERS.c.order_key == key, ORDERS.c.state == before.value, ORDERS.c.version == after.version - 1)
            .values(**values)
        )
        if not changed.rowcount:
            found = load(connection, key)
            raise machine.StaleStateError(key, before, found.state if found else None)

    def _not_before(self, now: datetime, taken: machine.Step, change: Change) -> datetime | None:
        if taken.order.state is not OrderState.APPROVED:
            return None
        if taken.before not in _IN_DOUBT:
            return now + self.undo
        named = float((change.details or {}).get("retry_after", "0"))
        grown = BACK_OFF_SECONDS * float(2 ** max(0, min(taken.order.attempts, 10) - 1))
        return now + timedelta(seconds=min(max(named, grown), BACK_OFF_MOST))

    def _record(
        self,
        connection: sa.Connection,
        order_key: str,
        states: tuple[OrderState | None, OrderState],
        change: Change,
        action: str = "",
    ) -> None:
        head = one_row(connection, sa.select(CHAIN).with_for_update())
        sequence, previous = (head["sequence"], head["digest"]) if head else (0, chain.GENESIS)
        told = (change.actor, action or states[1].value, change.reason, change.details or {})
        linked = chain.link(previous, sequence + 1, order_key, self.clock.now(), states, told)
        connection.execute(
            sa.insert(EVENTS).values(
                sequence=linked.sequence,
                order_key=order_key,
                at=linked.at,
                actor=linked.actor,
                action=linked.action,
                from_state=linked.from_state.value if linked.from_state else None,
                to_state=linked.to_state.value,
                reason=linked.reason,
                details=json.dumps(linked.details),
                previous=linked.previous,
                digest=linked.digest,
            )
        )
        values = {"sequence": linked.sequence, "digest": linked.digest}
        connection.execute(sa.update(CHAIN).values(**values) if head else sa.insert(CHAIN).values(chain_id=1, **values))

    def _announce(self, connection: sa.Connection, order_key: str, topic: str, now: datetime) -> None:
        if topic == machine.REQUEST:
            connection.execute(sa.update(ORDERS).where(ORDERS.c.order_key == order_key).values(asked=1))
        if topic == machine.WITHDRAWN and _never_mailed(connection, order_key, now):
            return
        connection.execute(sa.insert(OUTBOX).values(order_key=order_key, topic=topic, created_at=now, not_before=now))


def load(connection: sa.Connection, order_key: str) -> StoredOrder | None:
    """Order by key, locked for the transaction where the database locks rows."""
    row = one_row(connection, sa.select(ORDERS).where(ORDERS.c.order_key == order_key).with_for_update())
    return codec.stored(row) if row else None


def _line_row(draft: DraftOrder, index: int) -> dict[str, object]:
    line = draft.order.lines[index]
    return {
        "order_key": draft.order.order_key,
        "line": line.number,
        "item": line.item,
        "location": line.location,
        "supplier": draft.order.supplier,
        "quantity": str(line.quantity),
        "need_date": line.need_date,
        "bucket": keys.bucket(line.need_date),
        "need_key": line.need_key,
    }


def _never_mailed(connection: sa.Connection, order_key: str, now: datetime) -> bool:
    """Take back a request that has not left yet: then there is nothing to withdraw by mail."""
    taken_back = connection.execute(
        sa.update(OUTBOX)
        .where(
            OUTBOX.c.order_key == order_key,
            OUTBOX.c.topic == machine.REQUEST,
            OUTBOX.c.done_at.is_(None),
            OUTBOX.c.attempts == 0,
        )
        .values(done_at=now, error="withdrawn before it was sent")
    )
    return bool(taken_back.rowcount)


def _keep_books(connection: sa.Connection, taken: machine.Step, now: datetime) -> None:
    """Free the needs of an order that is over; end the attempt and settle the money of one that was sent."""
    order_key, to = taken.order.order.order_key, taken.order.state
    if to in _OVER:
        connection.execute(sa.delete(NEEDS).where(NEEDS.c.order_key == order_key))
    if taken.before not in _IN_DOUBT:
        return
    this = taken.order.attempts
    connection.execute(
        sa.update(ATTEMPTS)
        .where(ATTEMPTS.c.order_key == order_key, ATTEMPTS.c.attempt == this)
        .values(ended_at=now, outcome=to.value)
    )
    if to in _SPEND_AFTER:
        connection.execute(
            sa.update(SPEND)
            .where(SPEND.c.order_key == order_key, SPEND.c.attempt == this)
            .values(state=_SPEND_AFTER[to])
        )
