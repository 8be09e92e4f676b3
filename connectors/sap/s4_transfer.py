"""Stock transfers on S/4HANA: a requisition with a supplying plant, found by our key and read back.

Neither order service creates stock transport orders; what becomes of the requisition is decided in the ERP.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from bot.errors import Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState, StockTransfer
from connectors.sap.odata import Query, Row, text
from connectors.sap.s4_base import REQUISITIONS, REQUISITIONS_V2
from connectors.sap.s4_order_names import of_numbers
from connectors.sap.s4_payload import transfer_payload
from connectors.sap.s4_write import S4Writer
from connectors.sap.values import code, day, number

_ITEM = (
    "PurchaseRequisition,PurchaseRequisitionItem,Material,Plant,SupplyingPlant,RequestedQuantity,OrderedQuantity,"
    "DeliveryDate,IsDeleted,IsClosed,ReleaseIsNotCompleted,PurchasingDocument,PurReqnExternalReference"
)


class S4Transfers(S4Writer):
    """Implements `bot.ports.TransferWriter` beside the writer of orders."""

    @property
    def _old(self) -> bool:
        return self._s4.settings.order_service == "v2"

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Every requisition with our key, deleted ones included."""
        rows = list(self._items(f"PurReqnExternalReference eq {text(order_key)}"))
        strangers = [row["PurchaseRequisition"] for row in rows if row["PurReqnExternalReference"] != order_key]
        if strangers:
            remedy = "Ask the administrator whether PurReqnExternalReference can be searched."
            raise StopRun(f"the search by order key also returned {', '.join(strangers[:3])}", remedy)
        return _documents(rows)

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Create the requisition and return its number; raises as `create` does."""
        body = transfer_payload(transfer, self._s4.settings)
        service, entity_set = (
            (REQUISITIONS_V2, "A_PurchaseRequisitionHeader") if self._old else (REQUISITIONS, "PurchaseReqn")
        )
        return self._create(service, entity_set, body, transfer.order_key, "PurchaseRequisition")

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requisitions back by number; numbers that do not exist are missing from the result."""
        wheres = of_numbers(list(dict.fromkeys(numbers)), "PurchaseRequisition")
        wanted = set(numbers)
        return [document for document in _documents(list(self._items(*wheres))) if document.number in wanted]

    def _items(self, *wheres: str) -> Iterator[Row]:
        service, entity_set = (
            (REQUISITIONS_V2, "A_PurchaseRequisitionItem") if self._old else (REQUISITIONS, "PurchaseReqnItem")
        )
        return self._s4.together(service, [Query(entity_set, tuple(_ITEM.split(",")), where) for where in wheres])


def _documents(rows: list[Row]) -> list[Document]:
    by_number: dict[str, list[Row]] = {}
    for row in rows:
        by_number.setdefault(row["PurchaseRequisition"], []).append(row)
    return [
        Document(
            number=code(found),
            order_key=items[0]["PurReqnExternalReference"],
            supplier="",
            currency="",
            state=_state(items),
            lines=tuple(_line(item) for item in items),
            from_location=items[0]["SupplyingPlant"],
        )
        for found, items in by_number.items()
    ]


def _state(items: list[Row]) -> DocumentState:
    live = [item for item in items if not _deleted(item)]
    if not live:
        return DocumentState.CANCELLED
    if all(item["IsClosed"] for item in live):
        return DocumentState.CLOSED
    if any(item["ReleaseIsNotCompleted"] for item in live):
        return DocumentState.PENDING
    return DocumentState.OPEN if all(item["PurchasingDocument"] for item in live) else DocumentState.PENDING


def _deleted(item: Row) -> bool:
    """A boolean in version 4, a mark in version 2."""
    return bool(item["IsDeleted"])


def _line(item: Row) -> DocumentLine:
    quantity = number(item["RequestedQuantity"])
    if quantity is None:
        raise Retryable(f"requisition {item['PurchaseRequisition']}: RequestedQuantity cannot be read")
    try:
        due: date | None = date.fromisoformat(day(item["DeliveryDate"]))
    except ValueError:
        due = None
    return DocumentLine(
        item=code(item["Material"]),
        location=item["Plant"],
        quantity=quantity,
        price=Decimal(0),
        price_unit=Decimal(1),
        due_on=due,
        ended=_deleted(item) or bool(item["IsClosed"]),
        line=code(item["PurchaseRequisitionItem"]),
    )
