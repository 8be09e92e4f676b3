"""The door to the store of orders: their life, what people decided of them, the mails that are due.

Nothing is implemented here; the adapter lives in store, the fake in tests/fakes.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from bot.orders.model import Decision, DraftOrder, OrderEvent, OrderState, StoredOrder
from bot.orders.news import Sighting


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect to carry out at least once: the mail about an order (`topic` = approval_request, withdrawn ...)."""

    outbox_id: int
    order_key: str
    topic: str
    created_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a plan changed: counts of orders by what happened to them.

    `refused` counts drafts that were left out: all their needs are under way, or a person said no to the same content.
    `cut` counts lines that were left out of other drafts because their need is under way.
    """

    new: int
    kept: int
    superseded: int
    refused: int = 0
    cut: int = 0


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """Caps that are reserved atomically at claim; amounts in minor units of `currency`, None = no cap."""

    currency: str
    per_day: int | None = None
    per_week: int | None = None
    orders_per_run: int | None = None


class Orders(Protocol):
    """The orders' life; every method is one transaction, every change appends a chained event."""

    def adopt(self, drafts: Sequence[DraftOrder], *, system: str, run_id: str, plan_id: str) -> Adoption: ...
    # item, location, quantity, need_date, order_key, erp_number
    def in_flight(self, system: str) -> pd.DataFrame: ...
    # item, location, supplier, bucket, sequence
    def sequences(self, system: str) -> pd.DataFrame: ...
    # item, location, supplier, quantity, rejected_on, actor, reason
    def rejections(self, system: str) -> pd.DataFrame: ...
    # needs digest -> (revision, content hash)
    def revisions(self, system: str) -> Mapping[str, tuple[int, str]]: ...
    def get(self, order_key: str) -> StoredOrder | None: ...
    def select(self, *states: OrderState, system: str | None = None) -> list[StoredOrder]: ...
    def events(self, order_key: str) -> list[OrderEvent]: ...
    def verify_chain(self) -> bool: ...
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
    ) -> StoredOrder: ...
    def advance(  # as move, and the order must not have changed at all since `before` was read
        self,
        before: StoredOrder,
        to: OrderState,
        *,
        actor: str,
        reason: str,
        erp_number: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> StoredOrder: ...
    def follow(self, before: StoredOrder, sighting: Sighting, *, actor: str) -> StoredOrder: ...
    # order_ref, order_key, item, location, first_promised_on, moves
    def promises(self, system: str) -> pd.DataFrame: ...
    def claim(self, order_key: str, *, epoch: int, run_id: str, limits: SpendLimits) -> StoredOrder | None: ...
    def orphans(self, *, epoch: int) -> list[StoredOrder]: ...  # sending rows of an older epoch, now unknown
    # lines: order_ref, order_key, item, location; None = orders as a whole
    def see(
        self, system: str, order_keys: Sequence[str], erp_numbers: Sequence[str], lines: pd.DataFrame | None = None
    ) -> int: ...
    def record_decision(self, decision: Decision) -> None: ...
    def pending_decisions(self) -> list[Decision]: ...
    def settle_decision(self, decision_id: str, outcome: str) -> None: ...
    def amend(
        self,
        order_key: str,
        draft: DraftOrder,
        *,
        actor: str,
        reason: str,
        details: Mapping[str, str] | None = None,
    ) -> StoredOrder: ...
    def decisions(self, order_key: str) -> list[tuple[Decision, str]]: ...  # with outcome, empty while pending
    def unseen(self, system: str, extracts: int = 2) -> list[StoredOrder]: ...  # missing in that many extracts
    def outbox(self, limit: int = 50) -> list[OutboxRow]: ...
    def outbox_done(self, outbox_id: int, error: str = "") -> None: ...
