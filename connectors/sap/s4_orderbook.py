"""Asks for purchase orders over the current service (version 4), or over the one that the settings name.

The order book itself is described in `s4_order_names`; nothing is written or judged here.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from connectors.sap.odata import Query, Row
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_base import ORDERS, S4
from connectors.sap.s4_order_names import CHUNK, HEADER, ITEM, SCHEDULE, OrderBook, any_equal, of_numbers, order_names
from connectors.sap.s4_orderbook_v2 import BookV2

__all__ = ["CHUNK", "BookV4", "order_book", "order_names"]


def order_book(s4: S4) -> OrderBook:
    """The order book of the service that the settings name."""
    return BookV2(s4) if s4.settings.order_service == "v2" else BookV4(s4)


class BookV4:
    """Implements `OrderBook` on API_PURCHASEORDER_2."""

    service = ORDERS

    def __init__(self, s4: S4) -> None:
        self._s4 = s4

    def open_items(self) -> Iterator[Row]:
        """See `OrderBook`."""
        where = f"{self._s4.of_plants()} and IsCompletelyDelivered eq false and PurchasingDocumentDeletionCode eq ''"
        expand = f"_PurchaseOrder($select={HEADER}),_PurchaseOrderScheduleLineTP($select={SCHEDULE})"
        return self._s4.rows(ORDERS, "PurchaseOrderItem", ITEM, where, expand)

    def ordered_since(self, day: date) -> Iterator[Row]:
        """See `OrderBook`."""
        query = _orders(f"PurchaseOrderDate ge {day_literal(day, 4)}", lasting=True)
        return self._s4.together(ORDERS, [query])

    def numbered(self, numbers: Sequence[str]) -> Iterator[Row]:
        """See `OrderBook`."""
        return self._s4.together(ORDERS, [_orders(where) for where in of_numbers(numbers)])

    def referenced(self, fields: Sequence[str], key: str) -> Iterator[Row]:
        """See `OrderBook`."""
        return self._s4.together(ORDERS, [_orders(any_equal(fields, key))])


def _orders(where: str, *, lasting: bool = False) -> Query:
    expand = f"_PurchaseOrderItem($select={ITEM};$expand=_PurchaseOrderScheduleLineTP($select={SCHEDULE}))"
    return Query("PurchaseOrder", tuple(HEADER.split(",")), where, expand, lasting)
