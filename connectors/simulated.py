"""An ERP in memory, over canonical frames and a clock that stands still until it is moved: for simulation and tests.

It keeps documents, shows them when their time has come and fails on demand; it plans nothing and has no far side.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import pandas as pd

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document, DocumentLine, DocumentState, StockTransfer
from bot.orders.model import DraftOrder, PurchaseOrder
from bot.ports import Clock

_FIRST = 1_000_001
_BOUNDED = {"demand": "date", "receipts": "ordered_on"}  # the day that `since` is compared with
_ALIVE = frozenset({DocumentState.OPEN, DocumentState.PENDING})


class Fault(StrEnum):
    """What the next call does instead of working; `LATE`, `REPLY_LOST` and `TWICE` leave documents behind."""

    BUSY = "busy"  # Retryable, nothing was done
    LOGON = "logon"  # NeedsAdmin, nothing was done
    REFUSED = "refused"
    LOST = "lost"  # no document and no answer
    REPLY_LOST = "reply_lost"  # a document, no answer
    LATE = "late"  # a document that shows itself `late_seconds` later, no answer
    TWICE = "twice"  # two documents, no answer
    NO_NUMBER = "no_number"  # a document, and an answer that does not name it


@dataclass(frozen=True, slots=True)
class _Held:
    document: Document
    visible_at: datetime
    ordered_on: date
    is_transfer: bool


class SimulatedErp:
    """Implements `ErpReader`, `ErpWriter` and `TransferWriter` on frames; equal calls give equal documents.

    `frames` have canonical tables and columns. `write_faults` and `read_faults` are used up one per call, by creates
    and requests, or by pulls, searches and read-backs.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        clock: Clock,
        *,
        system: str = "simulated",
        settle_seconds: float = 900.0,
        late_seconds: float = 600.0,
    ) -> None:
        self.system = system
        self.settle_seconds = settle_seconds
        self.late_seconds = late_seconds
        self.write_faults: deque[Fault | None] = deque()
        self.read_faults: deque[Fault | None] = deque()
        self._frames = {name: frame.copy() for name, frame in frames.items()}
        self._clock = clock
        self._held: dict[str, _Held] = {}

    @property
    def tables(self) -> frozenset[str]:
        """Names of the frames, and the open orders that come of our own documents."""
        return frozenset(self._frames) | {"open_orders"}

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield one frame, rows since a day only of demand and receipts; nothing for a table that is not there."""
        self._strike(self.read_faults, "")
        frame = self._open_orders() if table == "open_orders" else self._frames.get(table)
        if frame is None or frame.empty:
            return
        if since is not None and table in _BOUNDED:
            frame = frame[pd.to_datetime(frame[_BOUNDED[table]]) >= pd.Timestamp(since)]
        yield frame.reset_index(drop=True)

    def show(self, table: str, frame: pd.DataFrame) -> None:
        """Replace a table: the world has moved on."""
        self._frames[table] = frame.copy()

    def find(self, order_key: str) -> Sequence[Document]:
        """Purchase documents with this key that can be seen by now, cancelled ones included."""
        return self._seen(order_key, transfers=False)

    def create(self, draft: DraftOrder) -> str:
        """Keep an order; Refused for a supplier, an item or a location that the frames do not let order."""
        order = draft.order
        lines = tuple(
            DocumentLine(
                line.item, line.location, line.quantity, line.price, line.price_unit, line.need_date,
                line=str(line.number),
            )
            for line in order.lines
        )  # fmt: skip
        fault = self._strike(self.write_faults, order.order_key)
        self._check(order)
        document = Document("", order.order_key, order.supplier, order.currency, DocumentState.OPEN, lines)
        return self._keep(document, fault, order.order_date, is_transfer=False)

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Documents with these numbers that can be seen by now."""
        return self._numbered(numbers, transfers=False)

    def cancel(self, number: str) -> None:
        """Cancel a document; Refused when there is none or when goods have come."""
        held = self._held.get(number)
        if held is None or any(line.received for line in held.document.lines):
            raise Refused(f"{number} cannot be cancelled", "cancel")
        self._held[number] = replace(held, document=replace(held.document, state=DocumentState.CANCELLED))

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Stock transfers with this key that can be seen by now."""
        return self._seen(order_key, transfers=True)

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Keep a request to move stock between two of the locations."""
        fault = self._strike(self.write_faults, transfer.order_key)
        for line in transfer.lines:
            self._check_place(line.item, transfer.location)
            self._check_place(line.item, transfer.from_location)
        lines = tuple(
            DocumentLine(
                line.item, transfer.location, line.quantity, Decimal(0), Decimal(1), line.need_date,
                line=str(line.number),
            )
            for line in transfer.lines
        )  # fmt: skip
        document = Document(
            "", transfer.order_key, "", "", DocumentState.OPEN, lines, from_location=transfer.from_location
        )
        return self._keep(document, fault, self._clock.now().date(), is_transfer=True)

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Stock transfers with these numbers that can be seen by now."""
        return self._numbered(numbers, transfers=True)

    def receive(self, number: str, line: str, quantity: Decimal, *, final: bool = False) -> None:
        """Book goods on a line [base units]; the document closes when every line is complete or `final`."""
        held = self._held[number]
        lines = tuple(
            replace(
                one,
                received=one.received + quantity,
                ended=final or one.received + quantity >= one.quantity,
            )
            if one.line == line
            else one
            for one in held.document.lines
        )
        state = DocumentState.CLOSED if all(one.ended for one in lines) else held.document.state
        self._held[number] = replace(held, document=replace(held.document, lines=lines, state=state))

    def documents(self) -> tuple[Document, ...]:
        """Everything that was ever kept, whether it can be seen yet or not."""
        return tuple(held.document for held in self._held.values())

    def _check(self, order: PurchaseOrder) -> None:
        suppliers = self._frames.get("suppliers")
        if suppliers is not None:
            known = suppliers[suppliers["supplier"].astype("str") == order.supplier]
            if known.empty:
                raise Refused(f"supplier {order.supplier} does not exist", "supplier")
            if "blocked" in known and bool(known["blocked"].iloc[0]):
                raise Refused(f"supplier {order.supplier} is blocked for purchasing", "supplier")
        for line in order.lines:
            self._check_place(line.item, line.location)

    def _check_place(self, item: str, location: str) -> None:
        places = self._frames.get("item_locations")
        if places is None:
            return
        here = (places["item"].astype("str") == item) & (places["location"].astype("str") == location)
        if not here.any():
            raise Refused(f"item {item} does not exist at {location}", "item")

    def _keep(self, document: Document, fault: Fault | None, ordered_on: date, *, is_transfer: bool) -> str:
        late = self.late_seconds if fault is Fault.LATE else 0.0
        visible_at = self._clock.now() + timedelta(seconds=late)
        number = ""
        for _ in range(2 if fault is Fault.TWICE else 1):
            number = str(_FIRST + len(self._held))
            self._held[number] = _Held(replace(document, number=number), visible_at, ordered_on, is_transfer)
        if fault in {Fault.REPLY_LOST, Fault.LATE, Fault.TWICE}:
            raise OutcomeUnknown(document.order_key, f"{self.system} did not answer")
        return "" if fault is Fault.NO_NUMBER else number

    def _strike(self, faults: deque[Fault | None], key: str) -> Fault | None:
        """Use up a fault; those that leave nothing behind are raised here, the others are the caller's.

        `key` is the order that is written, empty for reads.
        """
        fault = faults.popleft() if faults else None
        if fault is Fault.BUSY:
            raise Retryable(f"{self.system} is busy")
        if fault is Fault.LOGON:
            raise NeedsAdmin("logon refused", f"system {self.system}", "renew the password")
        if fault is Fault.REFUSED:
            raise Refused("refused on demand", "demand")
        if fault is Fault.LOST:
            raise OutcomeUnknown(key, f"{self.system} did not answer") if key else Retryable("no answer")
        return fault

    def _seen(self, order_key: str, *, transfers: bool) -> list[Document]:
        self._strike(self.read_faults, "")
        return [one.document for one in self._visible(transfers=transfers) if one.document.order_key == order_key]

    def _numbered(self, numbers: Sequence[str], *, transfers: bool) -> list[Document]:
        self._strike(self.read_faults, "")
        found = {one.document.number: one.document for one in self._visible(transfers=transfers)}
        return [found[number] for number in numbers if number in found]

    def _visible(self, *, transfers: bool) -> list[_Held]:
        now = self._clock.now()
        return [one for one in self._held.values() if one.is_transfer is transfers and one.visible_at <= now]

    def _open_orders(self) -> pd.DataFrame:
        """Open orders of the frames, and what is missing on our own documents."""
        own = pd.DataFrame(
            [
                _open_row(held, line)
                for held in (*self._visible(transfers=False), *self._visible(transfers=True))
                for line in held.document.lines
                if held.document.state in _ALIVE and not line.ended
            ]
        )
        given = self._frames.get("open_orders", pd.DataFrame())
        return pd.concat([given, own], ignore_index=True) if len(own) else given


def _open_row(held: _Held, line: DocumentLine) -> dict[str, object]:
    document = held.document
    return {
        "order_ref": document.number, "line": line.line, "item": line.item, "location": line.location,
        "quantity_open": float(line.quantity - line.received), "quantity_ordered": float(line.quantity),
        "promised_on": _stamp(line.promised_on or line.due_on), "requested_on": _stamp(line.due_on),
        "supplier": document.supplier, "from_location": document.from_location,
        "ordered_on": pd.Timestamp(held.ordered_on), "order_key": document.order_key,
        "price": float(line.price / line.price_unit), "currency": document.currency, "schedule": "1",
    }  # fmt: skip


def _stamp(day: date | None) -> object:
    return pd.NaT if day is None else pd.Timestamp(day)
