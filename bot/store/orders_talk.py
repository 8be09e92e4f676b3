"""What people said and what is to be said to them: decisions in, mails out.

It judges no decision and sends no mail; it keeps the rows.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.orders.model import Decision, OrderState
from bot.ports_orders import OutboxRow
from bot.store import codec
from bot.store.db import one_row
from bot.store.schema import DECISIONS, ORDERS, OUTBOX

WAITING = (OrderState.AWAITING_APPROVAL, OrderState.HELD)
RETRY = timedelta(minutes=1)
GIVE_UP = timedelta(days=1)
REFUSED = "refused"  # outcomes of decisions that changed nothing begin with this word


def record_decision(connection: sa.Connection, decision: Decision) -> None:
    """Insert unless it is a second click: the same person on the same content, pending or already carried out.

    Content that waits once more, held again before sending, may be decided once more.
    """
    earlier = (
        sa.select(DECISIONS.c.decision_id)
        .join(ORDERS)
        .where(
            DECISIONS.c.order_key == decision.order_key,
            DECISIONS.c.content_hash == decision.content_hash,
            DECISIONS.c.actor == decision.actor,
            ~DECISIONS.c.outcome.startswith(REFUSED),
            sa.or_(DECISIONS.c.settled_at.is_(None), ORDERS.c.state.not_in([state.value for state in WAITING])),
        )
    )
    known = sa.select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id == decision.decision_id)
    if connection.execute(earlier).first() or connection.execute(known).first():
        return
    connection.execute(
        sa.insert(DECISIONS).values(
            decision_id=decision.decision_id,
            order_key=decision.order_key,
            content_hash=decision.content_hash,
            action=decision.action.value,
            actor=decision.actor,
            reason=decision.reason,
            decided_at=decision.decided_at,
            quantities=codec.dump_quantities(decision.quantities),
        )
    )


def pending_decisions(connection: sa.Connection) -> list[Decision]:
    """Decisions without outcome, oldest first."""
    query = (
        sa.select(DECISIONS)
        .where(DECISIONS.c.settled_at.is_(None))
        .order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
    )
    return [codec.decision(row) for row in connection.execute(query).mappings()]


def decisions(connection: sa.Connection, order_key: str) -> list[tuple[Decision, str]]:
    """Decisions on one order, with outcome."""
    query = (
        sa.select(DECISIONS)
        .where(DECISIONS.c.order_key == order_key)
        .order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)
    )
    return [(codec.decision(row), row["outcome"]) for row in connection.execute(query).mappings()]


def settle_decision(connection: sa.Connection, decision_id: str, outcome: str, now: datetime) -> None:
    """Set the outcome of a decision that has none."""
    connection.execute(
        sa.update(DECISIONS)
        .where(DECISIONS.c.decision_id == decision_id, DECISIONS.c.settled_at.is_(None))
        .values(outcome=outcome, settled_at=now)
    )


def outbox(connection: sa.Connection, limit: int, now: datetime) -> list[OutboxRow]:
    """Rows that are neither done nor waiting for their next attempt."""
    query = (
        sa.select(OUTBOX)
        .where(OUTBOX.c.done_at.is_(None), OUTBOX.c.not_before <= now)
        .order_by(OUTBOX.c.outbox_id)
        .limit(limit)
    )
    return [
        OutboxRow(row["outbox_id"], row["order_key"], row["topic"], row["created_at"], row["attempts"])
        for row in connection.execute(query).mappings()
    ]


def outbox_done(connection: sa.Connection, outbox_id: int, error: str, now: datetime) -> None:
    """Close a row, or note the error and wait twice as long as before; after a day it is closed with its error."""
    row = one_row(connection, sa.select(OUTBOX).where(OUTBOX.c.outbox_id == outbox_id))
    if row is None:
        return
    attempts = row["attempts"] + 1
    over = not error or now - row["created_at"] >= GIVE_UP
    connection.execute(
        sa.update(OUTBOX)
        .where(OUTBOX.c.outbox_id == outbox_id)
        .values(
            attempts=attempts,
            error=error,
            done_at=now if over else None,
            not_before=now + RETRY * min(2 ** (attempts - 1), 60),
        )
    )
