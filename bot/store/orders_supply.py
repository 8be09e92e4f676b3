"""What the next plan must know of earlier orders: supply in flight, sequences, revisions, rejections.

It reads, and marks orders that an extract has shown; it changes no order's state.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bot.orders import machine
from bot.orders.model import OrderState, StoredOrder
from bot.store import codec
from bot.store.orders_steps import Steps
from bot.store.schema import EVENTS, ORDER_LINES, ORDERS

_LINES = sa.join(ORDER_LINES, ORDERS, ORDER_LINES.c.order_key == ORDERS.c.order_key)
_KEYS = (ORDER_LINES.c.item, ORDER_LINES.c.location, ORDER_LINES.c.supplier)


def _values(states: Iterable[OrderState]) -> list[str]:
    return sorted(state.value for state in states)


def _frame(rows: Sequence[Any], types: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(types))
    return frame.astype(types)


def in_flight(connection: sa.Connection, system: str) -> pd.DataFrame:
    """Lines that count as supply: approved or beyond, and in no extract yet; quantity in base units."""
    columns = (ORDER_LINES.c.item, ORDER_LINES.c.location, ORDER_LINES.c.quantity, ORDER_LINES.c.need_date)
    query = (
        sa.select(*columns, ORDERS.c.order_key, ORDERS.c.erp_number)
        .select_from(_LINES)
        .where(ORDERS.c.system == system, ORDERS.c.state.in_(_values(machine.SUPPLY)), ORDERS.c.seen_at.is_(None))
        .order_by(ORDERS.c.order_key, ORDER_LINES.c.line)
    )
    types = {
        "item": "str",
        "location": "str",
        "quantity": "float64",
        "need_date": "datetime64[s]",
        "order_key": "str",
        "erp_number": "str",
    }
    return _frame(connection.execute(query).all(), types)


def sequences(connection: sa.Connection, system: str) -> pd.DataFrame:
    """How many orders of a need's bucket the ERP holds or held; absent means 0.

    One that was cancelled there keeps its place: counting it out would give its successor's key away again.
    """
    query = (
        sa.select(*_KEYS, ORDER_LINES.c.bucket, sa.func.count(sa.distinct(ORDERS.c.order_key)))
        .select_from(_LINES)
        .where(
            ORDERS.c.system == system,
            sa.or_(ORDERS.c.state.in_(_values(machine.IN_ERP)), sa.func.coalesce(ORDERS.c.erp_number, "") != ""),
        )
        .group_by(*_KEYS, ORDER_LINES.c.bucket)
        .order_by(*_KEYS, ORDER_LINES.c.bucket)
    )
    types = {"item": "str", "location": "str", "supplier": "str", "bucket": "str", "sequence": "int64"}
    return _frame(connection.execute(query).all(), types)


def rejections(connection: sa.Connection, system: str) -> pd.DataFrame:
    """Lines that a person said no to: who, when, why; `rejected_on` is the day in UTC."""
    last = (
        sa.select(EVENTS.c.order_key, EVENTS.c.actor, EVENTS.c.reason, EVENTS.c.at)
        .where(EVENTS.c.to_state == OrderState.REJECTED.value)
        .subquery()
    )
    query = (
        sa.select(*_KEYS, ORDER_LINES.c.quantity, last.c.at, last.c.actor, last.c.reason)
        .select_from(_LINES.join(last, last.c.order_key == ORDERS.c.order_key))
        .where(ORDERS.c.system == system, ORDERS.c.state == OrderState.REJECTED.value)
        .order_by(last.c.at, ORDERS.c.order_key, ORDER_LINES.c.line)
    )
    rows = [(*row[:4], row[4].date(), *row[5:]) for row in connection.execute(query).all()]
    types = {
        "item": "str",
        "location": "str",
        "supplier": "str",
        "quantity": "float64",
        "rejected_on": "datetime64[s]",
        "actor": "str",
        "reason": "str",
    }
    return _frame(rows, types)


def revisions(connection: sa.Connection, system: str) -> dict[str, tuple[int, str]]:
    """Newest revision and its content hash by needs digest.

    An empty hash says that the revision beside it is free: what was there before is over, its key is not used again.
    """
    query = (
        sa.select(ORDERS.c.needs_digest, ORDERS.c.revision, ORDERS.c.content_hash, ORDERS.c.state)
        .where(ORDERS.c.system == system)
        .order_by(ORDERS.c.revision)
    )
    ended = _values(machine.ENDED)
    return {
        digest: (revision + 1, "") if state in ended else (revision, content_hash)
        for digest, revision, content_hash, state in connection.execute(query).all()
    }


def see(
    connection: sa.Connection, steps: Steps, system: str, order_keys: Sequence[str], erp_numbers: Sequence[str]
) -> int:
    """Mark orders that a full extract shows, count the absence of the others; returns how many are newly seen."""
    keys, numbers, newly = set(order_keys), set(erp_numbers) - {""}, 0
    query = sa.select(ORDERS.c.order_key, ORDERS.c.erp_number, ORDERS.c.state, ORDERS.c.missed).where(
        ORDERS.c.system == system, ORDERS.c.state.in_(_values(machine.SUPPLY)), ORDERS.c.seen_at.is_(None)
    )
    held = _values(machine.IN_ERP)
    for key, number, state, missed in connection.execute(query).all():
        change = sa.update(ORDERS).where(ORDERS.c.order_key == key)
        if key in keys or number in numbers:
            connection.execute(change.values(seen_at=steps.clock.now(), missed=0))
            newly += 1
        elif state in held:
            connection.execute(change.values(missed=missed + 1))
    return newly


def unseen(connection: sa.Connection, system: str, extracts: int) -> list[StoredOrder]:
    """Orders that the ERP confirmed and that at least `extracts` full extracts in a row did not show."""
    query = (
        sa.select(ORDERS)
        .where(
            ORDERS.c.system == system,
            ORDERS.c.state.in_(_values(machine.IN_ERP)),
            ORDERS.c.seen_at.is_(None),
            ORDERS.c.missed >= extracts,
        )
        .order_by(ORDERS.c.order_key)
    )
    return [codec.stored(row) for row in connection.execute(query).mappings()]
