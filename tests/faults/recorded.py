"""Wraps the order book and the writer of a campaign so that every step, call and outcome is a line of the history.

It changes nothing: what is called and what is raised passes through.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document
from bot.orders.model import DraftOrder, OrderState, StoredOrder
from bot.ports import ErpWriter
from bot.ports_orders import Orders
from tests.faults.history import History

_CLASSES = ((Retryable, "not_sent"), (Refused, "refused"), (NeedsAdmin, "denied"), (OutcomeUnknown, "unknown"))


class RecordedOrders:
    """An order book whose steps are written down after they were committed."""

    def __init__(self, orders: Orders, history: History) -> None:
        self._orders, self._history = orders, history

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)

    def adopt(self, drafts: Sequence[DraftOrder], **named: Any) -> Any:
        adopted = self._orders.adopt(drafts, **named)
        for stored in self._orders.select():
            order = stored.order
            lines = [[line.item, line.location, str(line.quantity)] for line in order.lines]
            self._history.write(
                "order", key=order.order_key, state=stored.state.value, supplier=order.supplier, lines=lines
            )
        return adopted

    def move(self, order_key: str, expected: OrderState, to: OrderState, **named: Any) -> StoredOrder:
        moved = self._orders.move(order_key, expected, to, **named)
        self._step(moved, expected, named["reason"])
        return moved

    def advance(self, before: StoredOrder, to: OrderState, **named: Any) -> StoredOrder:
        moved = self._orders.advance(before, to, **named)
        self._step(moved, before.state, named["reason"])
        return moved

    def claim(self, order_key: str, **named: Any) -> StoredOrder | None:
        claimed = self._orders.claim(order_key, **named)
        if claimed is not None:
            self._step(claimed, OrderState.APPROVED, claimed.note)
        return claimed

    def orphans(self, **named: Any) -> list[StoredOrder]:
        found = self._orders.orphans(**named)
        for stored in found:
            self._step(stored, OrderState.SENDING, stored.note)
        return found

    def _step(self, stored: StoredOrder, before: OrderState, reason: str) -> None:
        self._history.write(
            "state", key=stored.order.order_key, before=before.value, to=stored.state.value, reason=reason,
            number=stored.erp_number,
        )  # fmt: skip


class Disturber:
    """Faults of routes without a wire: `around` puts one in place for one call; here none."""

    def around(self, key: str) -> AbstractContextManager[None]:
        return nullcontext()


class RecordedWriter:
    """A writer whose writing calls and their outcomes are written down, each outcome with its class."""

    def __init__(self, writer: ErpWriter, history: History, disturber: Disturber | None = None) -> None:
        self._writer, self._history = writer, history
        self._disturber = disturber or Disturber()
        self._attempts: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._writer, name)  # AttributeError where the writer has no such step
        return self._complete if name == "complete" else found

    @property
    def system(self) -> str:
        return self._writer.system

    @property
    def settle_seconds(self) -> float:
        return self._writer.settle_seconds

    def find(self, order_key: str) -> Sequence[Document]:
        found = self._writer.find(order_key)
        self._history.write("found", key=order_key, numbers=[document.number for document in found])
        return found

    def create(self, draft: DraftOrder) -> str:
        key = draft.order.order_key
        self._attempts[key] = self._attempts.get(key, 0) + 1
        return self._called("create", key, self._attempts[key], lambda: self._writer.create(draft))

    def _complete(self, number: str) -> None:
        self._called("complete", "", 0, lambda: self._writer.complete(number), number)  # type: ignore[attr-defined]

    def _called(self, call: str, key: str, attempt: int, work: Any, number: str = "") -> Any:
        self._history.write("call", call=call, key=key, attempt=attempt, number=number)
        try:
            with self._disturber.around(key):
                made = work()
        except Exception as error:
            kind = next((name for family, name in _CLASSES if isinstance(error, family)), "unclassed")
            self._history.write(
                "outcome", call=call, key=key, attempt=attempt, outcome=kind, number="",
                what=f"{type(error).__name__}: {error}"[:300],
            )  # fmt: skip
            raise
        outcome = "unknown" if call == "create" and not made else "done"
        self._history.write(
            "outcome", call=call, key=key, attempt=attempt, outcome=outcome, number=made or number, what=""
        )
        return made
