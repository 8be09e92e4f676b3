"""What an order book is, and what orders, items and schedule lines are called in either order service.

Rows of both come out in the form of version 4, so that what is made of them is written once; it asks for nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from connectors.sap.odata import Query, Row, Service, one_of, text
from connectors.sap.s4_base import ORDERS, ORDERS_V2
from connectors.sap.settings import S4Settings

CHUNK = 30
_NUMBER_LENGTH = 10
HEADER = (
    "PurchaseOrder,Supplier,SupplyingPlant,PurchaseOrderDate,DocumentCurrency,CorrespncInternalReference,"
    "CorrespncExternalReference,PurchaseOrderDeletionCode,PurchasingCompletenessStatus,PurchasingProcessingStatus,"
    "ReleaseIsNotCompleted"
)
ITEM = (
    "PurchaseOrder,PurchaseOrderItem,Material,Plant,OrderQuantity,PurchasingDocumentDeletionCode,IsCompletelyDelivered,"
    "IsReturnsItem,PurchaseOrderQuantityUnit,OrderItemQtyToBaseQtyNmrtr,OrderItemQtyToBaseQtyDnmntr,NetPriceAmount,"
    "NetPriceQuantity,OrderPriceUnitToOrderUnitNmrtr,OrdPriceUnitToOrderUnitDnmntr,DocumentCurrency"
)
SCHEDULE = (
    "PurchaseOrder,PurchaseOrderItem,ScheduleLine,ScheduleLineDeliveryDate,SchedLineStscDeliveryDate,"
    "ScheduleLineOrderQuantity,OpenPurchaseOrderQuantity"
)


class OrderBook(Protocol):
    """Asks for orders; every row has the names and forms of version 4.

    Headers carry `_PurchaseOrderItem`, items `_PurchaseOrderScheduleLineTP`, items on their own `_PurchaseOrder`.
    """

    @property
    def service(self) -> Service:
        """The service that orders are written to."""

    def open_items(self) -> Iterator[Row]:
        """Items of the configured plants that are neither deleted nor delivered."""

    def ordered_since(self, day: date) -> Iterator[Row]:
        """Orders of that day and later."""

    def numbered(self, numbers: Sequence[str]) -> Iterator[Row]:
        """Orders with these numbers."""

    def referenced(self, fields: Sequence[str], key: str) -> Iterator[Row]:
        """Orders of which one of the reference fields has the key."""


@dataclass(frozen=True, slots=True)
class OrderNames:
    """What orders are called in the service that the settings name."""

    service: Service
    entity_set: str
    items: str

    def query(self, fields: Sequence[str], item_fields: Sequence[str] = (), where: str = "") -> Query:
        """A query for some fields of orders, and of their items where such are named."""
        if not item_fields:
            return Query(self.entity_set, tuple(fields), where)
        if self.service.version == 2:
            return Query(self.entity_set, (*fields, *below(self.items, item_fields)), where, self.items)
        return Query(self.entity_set, tuple(fields), where, f"{self.items}($select={','.join(item_fields)})")

    def items_of(self, row: Row) -> list[Row]:
        """Items that came with an order."""
        found = row.get(self.items) or []
        return list(found["results"] if isinstance(found, dict) else found)


def order_names(settings: S4Settings) -> OrderNames:
    """The names of the order service in use."""
    if settings.order_service == "v2":
        return OrderNames(ORDERS_V2, "A_PurchaseOrder", "to_PurchaseOrderItem")
    return OrderNames(ORDERS, "PurchaseOrder", "_PurchaseOrderItem")


def of_numbers(numbers: Sequence[str], field: str = "PurchaseOrder") -> list[str]:
    """Filters in pieces; numbers longer than the field cannot exist, and asking for one spoils the whole piece."""
    possible = [number for number in numbers if 0 < len(number) <= _NUMBER_LENGTH]
    return [one_of(field, possible[n : n + CHUNK]) for n in range(0, len(possible), CHUNK)]


def any_equal(fields: Sequence[str], value: str) -> str:
    """Filter that holds when one of the fields has the value."""
    return " or ".join(f"{field} eq {text(value)}" for field in fields)


def below(navigation: str, names: Sequence[str]) -> list[str]:
    """Names of fields behind a navigation."""
    return [f"{navigation}/{name}" for name in names]
