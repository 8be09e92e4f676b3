"""What the next plan must know of earlier orders: supply in flight, sequences, revisions.

It reads, and marks lines that an extract has shown; it changes no order's state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from bot.orders import machine
from bot.orders.model import OrderState, StoredOrder
from bot.store import codec
from bot.store.orders_steps import Steps
from bot.store.schema import ORDER_LINES, ORDERS

_LINES = sa.join(ORDER_LINES, ORDERS, ORDER_LINES.c.order_key == ORDERS.c.order_key)
_KEYS = (ORDER_LINES.c.item, ORDER_LINES.c.location, ORDER_LINES.c.supplier)

# Own lines that stand for supply by themselves: what an extract shows counts there, and what is over counts no more.
_COUNTS = (
    ORDERS.c.state.in_(sorted(state.value for state in machine.SUPPLY)),
    ORDER_LINES.c.seen_at.is_(None),
    sa.func.coalesce(ORDER_LINES.c.coming, ORDER_LINES.c.quantity) != "0",
)


def _values(states: Iterable[OrderState]) -> list[str]:
    return sorted(state.value for state in states)


def _frame(rows: Sequence[Any], types: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(types))
    return frame.astype(types)


def in_flight(connection: sa.Connection, system: str) -> pd.DataFrame:
    """Lines that count as supply: approved or beyond, and in no extract yet; quantity in base units.

    What the newest look at the document showed to have come, or to come no more, is left out.
    """
    quantity = sa.func.coalesce(ORDER_LINES.c.coming, ORDER_LINES.c.quantity)
    columns = (ORDER_LINES.c.item, ORDER_LINES.c.location, quantity, ORDER_LINES.c.need_date)
    query = (
        sa.select(*columns, ORDERS.c.order_key, ORDERS.c.erp_number)
        .select_from(_LINES)
        .where(ORDERS.c.system == system, *_COUNTS)
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


@dataclass(frozen=True, slots=True)
class Shown:
    """What a full extract shows: order keys, ERP numbers, and (key or number, item, location) of lines.

    `lines` None means that only whole orders are known: then all lines of a shown order are.
    """

    orders: frozenset[str]
    lines: frozenset[tuple[str, str, str]] | None

    @staticmethod
    def of(order_keys: Sequence[str], erp_numbers: Sequence[str], lines: pd.DataFrame | None) -> "Shown":
        """From columns order_ref, order_key, item, location of any type; blanks name no order."""
        orders = frozenset({*order_keys, *erp_numbers} - {""})
        if lines is None:
            return Shown(orders, None)
        cells = [
            zip(*(lines[name].astype("str").tolist() for name in (ref, "item", "location")), strict=True)
            for ref in ("order_ref", "order_key")
        ]
        return Shown(orders, frozenset(cell for column in cells for cell in column if cell[0] in orders))

    def has(self, order: Sequence[str], item: str, location: str) -> bool:
        """Whether the extract shows a line of the order with these names (key, number)."""
        if self.lines is None:
            return any(name in self.orders for name in order)
        return any((name, item, location) in self.lines for name in order if name)


def see(connection: sa.Connection, steps: Steps, system: str, shown: Shown) -> int:
    """Close the lines that a full extract shows; returns how many orders have no open line any more.

    An order of which a line is still missing is counted as missed, if the ERP holds it.
    """
    newly = 0
    for row, lines in _open_orders(connection, system):
        key, number, state, missed = row
        left = [line for line, item, location in lines if not shown.has((key, number), item, location)]
        closed = [line for line, _, _ in lines if line not in left]
        own = ORDER_LINES.c.order_key == key
        now = steps.clock.now()
        connection.execute(sa.update(ORDER_LINES).where(own, ORDER_LINES.c.line.in_(closed)).values(seen_at=now))
        change = sa.update(ORDERS).where(ORDERS.c.order_key == key)
        if not left:
            connection.execute(change.values(seen_at=now, missed=0))
            newly += 1
        elif state in machine.IN_ERP:
            connection.execute(change.values(missed=missed + 1))
    return newly


def _open_orders(
    connection: sa.Connection, system: str
) -> list[tuple[tuple[str, str, str, int], list[tuple[int, str, str]]]]:
    """Orders that count as supply (key, number, state, missed), each with its open lines (line, item, location)."""
    names = (ORDERS.c.order_key, ORDERS.c.erp_number, ORDERS.c.state, ORDERS.c.missed)
    query = (
        sa.select(*names, ORDER_LINES.c.line, ORDER_LINES.c.item, ORDER_LINES.c.location)
        .select_from(_LINES)
        .where(ORDERS.c.system == system, *_COUNTS)
        .order_by(ORDERS.c.order_key, ORDER_LINES.c.line)
    )
    found: dict[tuple[str, str, str, int], list[tuple[int, str, str]]] = {}
    for row in connection.execute(query).all():
        found.setdefault((row[0], row[1], row[2], row[3]), []).append((row[4], row[5], row[6]))
    return list(found.items())


def unseen(connection: sa.Connection, system: str, extracts: int) -> list[StoredOrder]:
    """Orders that the ERP confirmed and of which a line was missing in `extracts` full extracts in a row or more."""
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
