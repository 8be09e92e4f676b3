"""Creates, finds, reads back and cancels purchase orders in S/4HANA; every write is sent once.

Whether an order may go out is decided before; what came of a doubtful one is found by its key.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.errors import OutcomeUnknown, Refused, Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder
from connectors.sap.odata import Row, key_path
from connectors.sap.s4_base import S4
from connectors.sap.s4_orderbook import order_book
from connectors.sap.s4_orders import base_factor, price_base
from connectors.sap.s4_payload import older, payload, repeatability
from connectors.sap.values import code, number

_IN_RELEASE, _REJECTED = "03", "08"


class S4Writer:
    """Implements `bot.ports.ErpWriter` for one S/4HANA system."""

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._book = order_book(s4)

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._s4.settings.system

    @property
    def settle_seconds(self) -> float:
        """How long a doubtful order may take to become visible."""
        return self._s4.settings.settle_seconds

    def find(self, order_key: str) -> Sequence[Document]:
        """Every order with our key, held, deleted and cancelled ones included."""
        field = self._s4.settings.reference_field
        rows = list(self._book.referenced(field, order_key))
        strangers = [row["PurchaseOrder"] for row in rows if row[field] != order_key]
        if strangers:
            remedy = f"Ask the administrator whether {field} can be searched; see docs/settings.md for other fields."
            raise StopRun(f"the search by order key also returned {', '.join(strangers[:3])}", remedy)
        return [_document(row, field) for row in rows]

    def create(self, draft: DraftOrder) -> str:
        """Create the order and return its number; see `ErpWriter` for what is raised."""
        order = draft.order
        body = payload(order, self._s4.settings)
        old = self._book.service.version == 2
        path, sent = ("A_PurchaseOrder", older(body)) if old else ("PurchaseOrder", body)
        headers = repeatability(order.order_key, self._s4.clock.now()) if old else {}
        answer = self._s4.odata.write(self._book.service, "POST", path, sent, key=order.order_key, headers=headers)
        try:
            content = answer.json()
            found = (content["d"] if old else content)["PurchaseOrder"]
        except (ValueError, KeyError, TypeError):
            found = ""
        if not isinstance(found, str) or not found.strip():
            raise OutcomeUnknown(order.order_key, f"{self.system}: the answer to the order names no number")
        return code(found.strip())

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read orders back by number; numbers that do not exist are missing from the result."""
        rows = self._book.numbered(list(dict.fromkeys(numbers)))
        found = [_document(row, self._s4.settings.reference_field) for row in rows]
        wanted = set(numbers)
        return [document for document in found if document.number in wanted]

    def cancel(self, number: str) -> None:
        """Delete the order and read it back; Refused when it is still there afterwards."""
        name = "A_PurchaseOrder" if self._book.service.version == 2 else "PurchaseOrder"
        self._s4.odata.write(self._book.service, "DELETE", key_path(name, number), key=number)
        if any(document.state is not DocumentState.CANCELLED for document in self.status([number])):
            raise Refused(f"{self.system} accepted the cancellation of {number}, but the order is not deleted")


def _document(header: Row, reference_field: str) -> Document:
    """Build the document; Retryable when a figure cannot be read, since a half-read order proves nothing."""
    items = header["_PurchaseOrderItem"]
    live = [item for item in items if not item["PurchasingDocumentDeletionCode"]]
    state = _state(header, live)
    shown = items if state is DocumentState.CANCELLED else live
    return Document(
        number=code(header["PurchaseOrder"]),
        order_key=header[reference_field],
        supplier=code(header["Supplier"]),
        currency=header["DocumentCurrency"],
        state=state,
        lines=tuple(_line(item) for item in shown),
    )


def _state(header: Row, live: list[Row]) -> DocumentState:
    if header["PurchaseOrderDeletionCode"] or not live:
        return DocumentState.CANCELLED
    if header["PurchasingProcessingStatus"] == _REJECTED:
        return DocumentState.REFUSED
    if header["PurchasingCompletenessStatus"]:
        return DocumentState.HELD
    if header["ReleaseIsNotCompleted"] or header["PurchasingProcessingStatus"] == _IN_RELEASE:
        return DocumentState.PENDING
    closed = all(item["IsCompletelyDelivered"] or _still_open(item) <= 0 for item in live)
    return DocumentState.CLOSED if closed else DocumentState.OPEN


def _line(item: Row) -> DocumentLine:
    factor, base = base_factor(item), price_base(item)
    if factor is None or base is None:
        place = f"order {item['PurchaseOrder']} item {item['PurchaseOrderItem']}"
        raise Retryable(f"{place}: the unit conversion cannot be read")
    lines = item["_PurchaseOrderScheduleLineTP"]
    scheduled = sum((_figure(line, "ScheduleLineOrderQuantity") for line in lines), Fraction(0))
    ordered = _figure(item, "OrderQuantity")
    return DocumentLine(
        item=code(item["Material"]),
        location=item["Plant"],
        quantity=_decimal(ordered * factor),
        price=_decimal(_figure(item, "NetPriceAmount")),
        price_unit=_decimal(base),
        due_on=min((day for line in lines if (day := _day(line)) is not None), default=None),
        received=_decimal(max(scheduled - _still_open(item), Fraction(0)) * factor),
        ended=bool(item["IsCompletelyDelivered"] or item["PurchasingDocumentDeletionCode"]),
        line=code(item["PurchaseOrderItem"]),
    )


def _still_open(item: Row) -> Fraction:
    lines = item["_PurchaseOrderScheduleLineTP"]
    return sum((_figure(line, "OpenPurchaseOrderQuantity") for line in lines), Fraction(0))


def _figure(row: Row, field: str) -> Fraction:
    value: Any = number(row[field])
    if value is None:
        raise Retryable(f"order {row['PurchaseOrder']} item {row['PurchaseOrderItem']}: {field} cannot be read")
    return Fraction(value)


def _day(line: Row) -> date | None:
    """Delivery date of a schedule line; None when none that can be read is given."""
    try:
        return date.fromisoformat(line["ScheduleLineDeliveryDate"])
    except (TypeError, ValueError):
        return None


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
