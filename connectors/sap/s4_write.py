"""Creates, finds, reads back and cancels purchase orders in S/4HANA; every write is sent once.

Whether an order may go out is decided before; what came of a doubtful one is found by its key.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.errors import OutcomeUnknown, Refused, Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder
from connectors.sap.odata import Row, Service, key_path
from connectors.sap.repeatability import Repeatable
from connectors.sap.s4_base import S4
from connectors.sap.s4_orderbook import order_book, order_names
from connectors.sap.s4_orders import base_factor, price_base
from connectors.sap.s4_payload import older, payload
from connectors.sap.values import code, number, order_key_of

_IN_RELEASE, _REJECTED, _DELETED = "03", "08", "L"


class S4Writer:
    """Implements `bot.ports.ErpWriter` for one S/4HANA system."""

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._book = order_book(s4)
        self._repeatable = Repeatable(s4.odata, s4.clock, repeat_lost=s4.settings.repeat_lost_answers)

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._s4.settings.system

    @property
    def settle_seconds(self) -> float:
        """How long a doubtful order may take to become visible."""
        return self._s4.settings.settle_seconds

    def find(self, order_key: str) -> Sequence[Document]:
        """Every order with our key, in whichever reference field; held, deleted and cancelled ones included."""
        fields = self._s4.settings.reference_fields
        rows = list(self._book.referenced(fields, order_key))
        strangers = [row["PurchaseOrder"] for row in rows if order_key not in {row[field] for field in fields}]
        if strangers:
            remedy = f"Ask the administrator whether {' and '.join(fields)} can be searched."
            raise StopRun(f"the search by order key also returned {', '.join(strangers[:3])}", remedy)
        return [_document(row, order_key) for row in rows]

    def create(self, draft: DraftOrder) -> str:
        """Create the order and return its number; see `ErpWriter` for what is raised."""
        order, names = draft.order, order_names(self._s4.settings)
        body = payload(order, self._s4.settings)
        return self._create(names.service, names.entity_set, body, order.order_key, "PurchaseOrder")

    def _create(self, service: Service, entity_set: str, body: Mapping[str, object], key: str, number: str) -> str:
        """Send one new document and return what the answer calls its `number`; OutcomeUnknown when it names none."""
        old = service.version == 2
        if old:
            answer = self._repeatable.create(service, entity_set, older(body), key)
        else:
            answer = self._s4.odata.write(service, "POST", entity_set, body, key=key)
        try:
            content = answer.json()
            found = (content["d"] if old else content)[number]
        except (ValueError, KeyError, TypeError):
            found = ""
        if not isinstance(found, str) or not found.strip():
            raise OutcomeUnknown(key, f"{self.system}: the answer names no {number}")
        return code(found.strip())

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read orders back by number; numbers that do not exist are missing from the result."""
        rows = self._book.numbered(list(dict.fromkeys(numbers)))
        fields = self._s4.settings.reference_fields
        found = [_document(row, order_key_of([row[field] for field in fields])) for row in rows]
        wanted = set(numbers)
        return [document for document in found if document.number in wanted]

    def cancel(self, number: str) -> None:
        """Delete the order and read it back; Refused when it is still there afterwards."""
        names = order_names(self._s4.settings)
        path = key_path(names.entity_set, number)
        self._s4.odata.change(names.service, "DELETE", path, key=number, select="PurchaseOrder")
        if any(document.state is not DocumentState.CANCELLED for document in self.status([number])):
            raise Refused(f"{self.system} accepted the cancellation of {number}, but the order is not deleted")


def _document(header: Row, order_key: str) -> Document:
    """Build the document; Retryable when a figure cannot be read, since a half-read order proves nothing."""
    if not header["_PurchaseOrderItem"]:
        raise Retryable(f"order {header['PurchaseOrder']}: its items did not come with it")
    items = [item for item in header["_PurchaseOrderItem"] if not item["IsReturnsItem"]]  # goods that go back
    live = [item for item in items if item["PurchasingDocumentDeletionCode"] != _DELETED]
    state = _state(header, live)
    shown = items if state is DocumentState.CANCELLED else live
    return Document(
        number=code(header["PurchaseOrder"]),
        order_key=order_key,
        supplier=code(header["Supplier"]),
        currency=header["DocumentCurrency"],
        state=state,
        lines=tuple(_line(item) for item in shown),
    )


def _state(header: Row, live: list[Row]) -> DocumentState:
    if header["PurchaseOrderDeletionCode"] == _DELETED or not live:
        return DocumentState.CANCELLED
    if header["PurchasingProcessingStatus"] == _REJECTED:
        return DocumentState.REFUSED
    blocked = header["PurchaseOrderDeletionCode"] or any(item["PurchasingDocumentDeletionCode"] for item in live)
    if header["PurchasingCompletenessStatus"] or blocked:
        return DocumentState.HELD  # what is only blocked can deliver again
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
        ended=bool(item["IsCompletelyDelivered"] or item["PurchasingDocumentDeletionCode"] == _DELETED),
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
