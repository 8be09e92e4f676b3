"""The order book: the port `Orders` on a database, one transaction per method.

It decides nothing by itself: which step is legal stands in `bot.orders.machine`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from bot.orders import chain, machine
from bot.orders.model import Decision, DraftOrder, OrderEvent, OrderState, StoredOrder
from bot.orders.news import Sighting
from bot.ports import Clock
from bot.ports_orders import Adoption, OutboxRow, SpendLimits
from bot.store import codec, orders_adopt, orders_claim, orders_follow, orders_refusals, orders_supply, orders_talk
from bot.store.db import reading, writing
from bot.store.orders_steps import Change, Steps, load
from bot.store.runs import stop_reason
from bot.store.schema import EVENTS, ORDERS


class SqlOrders:
    """Orders in SQLite or PostgreSQL.

    `undo_minutes` is how long an approval can be taken back before the order may leave; `stop_file` is a
    path whose mere existence is the kill switch, besides the one in the database; `installation` is part of the
    keys of orders whose draft had to be cut.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        *,
        undo_minutes: float = 10,
        timezone: str = "UTC",
        installation: str = "",
        stop_file: Path | None = None,
    ) -> None:
        self._engine = engine
        self._steps = Steps(clock, timedelta(minutes=undo_minutes))
        self._timezone = timezone
        self._installation = installation
        self._stop_file = stop_file

    def adopt(self, drafts: Sequence[DraftOrder], *, system: str, run_id: str, plan_id: str) -> Adoption:
        """Take a plan over; see `bot.store.orders_adopt`."""
        with writing(self._engine) as connection:
            book = orders_adopt.Book(connection, system, self._installation)
            return orders_adopt.adopt(book, self._steps, drafts, run_id, plan_id)

    def in_flight(self, system: str) -> pd.DataFrame:
        """Own order lines that count as supply: item, location, quantity, need_date, order_key, erp_number."""
        with reading(self._engine) as connection:
            return orders_supply.in_flight(connection, system)

    def sequences(self, system: str) -> pd.DataFrame:
        """Orders per need bucket that the ERP holds: item, location, supplier, bucket, sequence."""
        with reading(self._engine) as connection:
            return orders_supply.sequences(connection, system)

    def rejections(self, system: str) -> pd.DataFrame:
        """What a person said no to, by line: item, location, supplier, quantity, rejected_on, actor, reason."""
        with reading(self._engine) as connection:
            return orders_refusals.rejections(connection, system)

    def revisions(self, system: str) -> Mapping[str, tuple[int, str]]:
        """Newest revision by needs digest (`bot.orders.keys.needs_digest`)."""
        with reading(self._engine) as connection:
            return orders_supply.revisions(connection, system)

    def get(self, order_key: str) -> StoredOrder | None:
        """Order by key."""
        with reading(self._engine) as connection:
            return load(connection, order_key)

    def select(self, *states: OrderState, system: str | None = None) -> list[StoredOrder]:
        """Orders in any of `states` (none given = all), oldest first."""
        query = sa.select(ORDERS).order_by(ORDERS.c.created_at, ORDERS.c.order_key)
        if states:
            query = query.where(ORDERS.c.state.in_([state.value for state in states]))
        if system is not None:
            query = query.where(ORDERS.c.system == system)
        with reading(self._engine) as connection:
            return [codec.stored(row) for row in connection.execute(query).mappings()]

    def events(self, order_key: str) -> list[OrderEvent]:
        """An order's history, oldest first."""
        return self._events(EVENTS.c.order_key == order_key)

    def verify_chain(self) -> bool:
        """Whether no event was changed, removed or slipped in."""
        return chain.broken_at(self._events()) is None

    def move(
        self,
        order_key: str,
        expected: OrderState,
        to: OrderState,
        *,
        actor: str,
        reason: str,
        erp_number: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> StoredOrder:
        """Take one step if the order is still `expected`; else raises StaleStateError."""
        with writing(self._engine) as connection:
            order = load(connection, order_key)
            if order is None or order.state is not expected:
                raise machine.StaleStateError(order_key, expected, order.state if order else None)
            return self._steps.take(connection, order, to, Change(actor, reason, erp_number, details))

    def advance(
        self,
        before: StoredOrder,
        to: OrderState,
        *,
        actor: str,
        reason: str,
        erp_number: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> StoredOrder:
        """Take one step if no other was taken since `before` was read; else raises StaleStateError.

        A state may come again: a process that slept through its lease must not move its successor's attempt.
        """
        with writing(self._engine) as connection:
            key = before.order.order_key
            order = load(connection, key)
            if order is None or order.version != before.version:
                raise machine.StaleStateError(key, before.state, order.state if order else None)
            return self._steps.take(connection, order, to, Change(actor, reason, erp_number, details))

    def follow(self, before: StoredOrder, sighting: Sighting, *, actor: str) -> StoredOrder:
        """Append news about the order's document and keep what is known; StaleStateError when the order moved on."""
        with writing(self._engine) as connection:
            return orders_follow.follow(connection, self._steps, before, sighting, actor)

    def promises(self, system: str) -> pd.DataFrame:
        """First promises of own lines: order_ref, order_key, item, location, first_promised_on, moves."""
        with reading(self._engine) as connection:
            return orders_follow.promises(connection, system)

    def claim(self, order_key: str, *, epoch: int, run_id: str, limits: SpendLimits) -> StoredOrder | None:
        """Order in state sending, its attempt committed, or None when it must not leave now."""
        day = self._steps.clock.today(self._timezone)
        with writing(self._engine) as connection:
            if stop_reason(connection, self._stop_file):
                return None
            return orders_claim.claim(
                connection, self._steps, order_key, orders_claim.Claim(epoch, run_id, limits, day)
            )

    def orphans(self, *, epoch: int) -> list[StoredOrder]:
        """Sending orders of an older lease epoch, now unknown."""
        with writing(self._engine) as connection:
            return orders_claim.orphans(connection, self._steps, epoch)

    def see(
        self, system: str, order_keys: Sequence[str], erp_numbers: Sequence[str], lines: pd.DataFrame | None = None
    ) -> int:
        """Tell what a full extract of `system` shows; returns how many orders are newly seen, with every line.

        `lines` [order_ref, order_key, item, location] closes line by line; None closes orders as a whole.
        """
        shown = orders_supply.Shown.of(order_keys, erp_numbers, lines)
        with writing(self._engine) as connection:
            return orders_supply.see(connection, self._steps, system, shown)

    def unseen(self, system: str, extracts: int = 2) -> list[StoredOrder]:
        """Orders in the ERP of which so many full extracts in a row did not show a line."""
        with reading(self._engine) as connection:
            return orders_supply.unseen(connection, system, extracts)

    def amend(
        self,
        order_key: str,
        draft: DraftOrder,
        *,
        actor: str,
        reason: str,
        details: Mapping[str, str] | None = None,
    ) -> StoredOrder:
        """Replace a waiting order by a new revision that `actor` approves in the same step."""
        with writing(self._engine) as connection:
            change = Change(actor, reason, details=details)
            return orders_adopt.amend(connection, self._steps, order_key, draft, change)

    def record_decision(self, decision: Decision) -> None:
        """Keep what a person decided; the same person's second click on the same page changes nothing."""
        with writing(self._engine) as connection:
            orders_talk.record_decision(connection, decision)

    def pending_decisions(self) -> list[Decision]:
        """Decisions that no job has looked at, oldest first."""
        with reading(self._engine) as connection:
            return orders_talk.pending_decisions(connection)

    def settle_decision(self, decision_id: str, outcome: str) -> None:
        """Write what became of a decision, once."""
        with writing(self._engine) as connection:
            orders_talk.settle_decision(connection, decision_id, outcome, self._steps.clock.now())

    def decisions(self, order_key: str) -> list[tuple[Decision, str]]:
        """Decisions on an order with their outcome (empty = pending), oldest first."""
        with reading(self._engine) as connection:
            return orders_talk.decisions(connection, order_key)

    def outbox(self, limit: int = 50) -> list[OutboxRow]:
        """Mails that are due, oldest first."""
        with reading(self._engine) as connection:
            return orders_talk.outbox(connection, limit, self._steps.clock.now())

    def outbox_done(self, outbox_id: int, error: str = "") -> None:
        """Without `error` the mail is out; with one it is tried again later, at most a day."""
        with writing(self._engine) as connection:
            orders_talk.outbox_done(connection, outbox_id, error, self._steps.clock.now())

    def _events(self, *where: sa.ColumnElement[bool]) -> list[OrderEvent]:
        query = sa.select(EVENTS).where(*where).order_by(EVENTS.c.sequence)
        with reading(self._engine) as connection:
            return [codec.event(row) for row in connection.execute(query).mappings()]
