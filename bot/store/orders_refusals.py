"""What people said no to: orders that they rejected, quantities that they cut before approving, and both in the ERP.

It reads; whether a no still stands when the need changes is decided in the plan.
"""

import json
from decimal import Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bot.orders.machine import is_person
from bot.orders.model import OrderState
from bot.orders.news import IN_ERP, KIND, NewsKind
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
    """Lines and parts of lines that a person said no to, oldest first; `rejected_on` is the day in UTC.

    What somebody did in the ERP has the actor IN_ERP.
    """
    said = [*_rejected(connection, system), *_cut(connection, system), *_in_erp(connection, system)]
    said.sort(key=lambda row: row[4])
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


def _in_erp(connection: sa.Connection, system: str) -> list[tuple[Any, ...]]:
    """What people cancelled, rejected, took out or cut in the ERP itself, as follow-up saw it."""
    told = [_event(KIND, kind) for kind in (NewsKind.CANCELLED, NewsKind.REJECTED, NewsKind.LINE_CANCELLED)]
    told.append(sa.and_(_event(KIND, NewsKind.CHANGED), _event("what", "quantity")))
    query = (
        sa.select(
            *_PLACE, ORDER_LINES.c.quantity, EVENTS.c.at, EVENTS.c.reason, ORDER_LINES.c.line, EVENTS.c.details,
        )
        .select_from(_lines_with_events())
        .where(ORDERS.c.system == system, sa.or_(*told))
        .order_by(EVENTS.c.sequence, ORDER_LINES.c.line)
    )  # fmt: skip
    found = []
    for row in connection.execute(query).all():
        details = json.loads(row.details)
        quantity = _refused_quantity(details, row)
        if quantity > 0:
            found.append((*row[:3], quantity, row.at, IN_ERP, row.reason))
    return found


def _event(name: str, value: str) -> sa.ColumnElement[bool]:
    """Whether an event has this detail; details are JSON with one form of writing."""
    return EVENTS.c.details.contains(json.dumps({name: str(value)})[1:-1], autoescape=True)


def _refused_quantity(details: dict[str, str], row: Any) -> Decimal:
    """Base units of the event's line that are not wanted; 0 for lines that the event does not speak of."""
    if details.get("line") not in {None, str(row.line)}:
        return _NONE
    if details[KIND] != NewsKind.CHANGED:
        return Decimal(row.quantity)
    return Decimal(details["old"]) - Decimal(details["new"])


def _lines_with_events() -> sa.Join:
    lines = sa.join(ORDER_LINES, ORDERS, ORDER_LINES.c.order_key == ORDERS.c.order_key)
    return lines.join(EVENTS, EVENTS.c.order_key == ORDERS.c.order_key)


def _quantities(connection: sa.Connection, order_keys: set[str]) -> dict[tuple[str, str], Decimal]:
    query = sa.select(ORDER_LINES.c.order_key, ORDER_LINES.c.need_key, ORDER_LINES.c.quantity).where(
        ORDER_LINES.c.order_key.in_(order_keys)
    )
    return {(key, need): Decimal(quantity) for key, need, quantity in connection.execute(query).all()}
