"""What people said no to: whole orders that they rejected, and quantities that they cut from orders before approving.

It reads; whether a no still stands when the need changes is decided in the plan.
"""

import json
from decimal import Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bot.orders.machine import is_person
from bot.orders.model import OrderState
from bot.store.schema import EVENTS, ORDER_LINES, ORDERS

_TYPES = {
    "item": "str",
    "location": "str",
    "supplier": "str",
    "quantity": "float64",
    "rejected_on": "datetime64[s]",
    "actor": "str",
    "reason": "str",
}
_PLACE = (ORDER_LINES.c.item, ORDER_LINES.c.location, ORDER_LINES.c.supplier)
_NONE = Decimal(0)


def rejections(connection: sa.Connection, system: str) -> pd.DataFrame:
    """Lines and parts of lines that a person said no to, oldest first; `rejected_on` is the day in UTC."""
    said = sorted([*_rejected(connection, system), *_cut(connection, system)], key=lambda row: row[4])
    rows = [(*row[:4], row[4].date(), *row[5:]) for row in said]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def _rejected(connection: sa.Connection, system: str) -> list[tuple[Any, ...]]:
    query = (
        sa.select(*_PLACE, ORDER_LINES.c.quantity, EVENTS.c.at, EVENTS.c.actor, EVENTS.c.reason)
        .select_from(_lines_with_events())
        .where(
            ORDERS.c.system == system,
            ORDERS.c.state == OrderState.REJECTED.value,
            EVENTS.c.to_state == OrderState.REJECTED.value,
        )
        .order_by(EVENTS.c.sequence, ORDER_LINES.c.line)
    )
    return [tuple(row) for row in connection.execute(query).all()]


def _cut(connection: sa.Connection, system: str) -> list[tuple[Any, ...]]:
    """What people took off, line by line; cuts of the same need one after the other add up."""
    query = (
        sa.select(
            *_PLACE, ORDER_LINES.c.quantity, EVENTS.c.at, EVENTS.c.actor, EVENTS.c.reason,
            ORDERS.c.order_key, ORDER_LINES.c.need_key, EVENTS.c.details,
        )
        .select_from(_lines_with_events())
        .where(
            ORDERS.c.system == system,
            ORDERS.c.state == OrderState.SUPERSEDED.value,
            EVENTS.c.to_state == OrderState.SUPERSEDED.value,
        )
        .order_by(EVENTS.c.sequence, ORDER_LINES.c.line)
    )  # fmt: skip
    changed = [(row, json.loads(row.details).get("successor")) for row in connection.execute(query).all()]
    amended = [(row, heir) for row, heir in changed if heir and is_person(row.actor)]
    left = _quantities(connection, {heir for _, heir in amended})
    before: dict[tuple[str, str], Decimal] = {}
    found = []
    for row, heir in amended:
        cut = before.get((row.order_key, row.need_key), _NONE) + Decimal(row.quantity)
        cut -= left.get((heir, row.need_key), _NONE)
        before[heir, row.need_key] = cut
        if cut > 0:
            found.append((*row[:3], cut, *row[4:7]))
    return found


def _lines_with_events() -> sa.Join:
    lines = sa.join(ORDER_LINES, ORDERS, ORDER_LINES.c.order_key == ORDERS.c.order_key)
    return lines.join(EVENTS, EVENTS.c.order_key == ORDERS.c.order_key)


def _quantities(connection: sa.Connection, order_keys: set[str]) -> dict[tuple[str, str], Decimal]:
    query = sa.select(ORDER_LINES.c.order_key, ORDER_LINES.c.need_key, ORDER_LINES.c.quantity).where(
        ORDER_LINES.c.order_key.in_(order_keys)
    )
    return {(key, need): Decimal(quantity) for key, need, quantity in connection.execute(query).all()}
