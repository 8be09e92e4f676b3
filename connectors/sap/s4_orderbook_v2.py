"""Asks for purchase orders over the older service (version 2) and gives its rows the form of version 4.

What that service does not tell, base units and what has come, is read elsewhere; it judges nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from connectors.sap.arrivals import pour
from connectors.sap.odata import Query, Row, Service, one_of
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_base import INFO_RECORDS, MOVEMENTS, ORDERS_V2, PRODUCT, S4
from connectors.sap.s4_order_names import CHUNK, HEADER, ITEM, SCHEDULE, any_equal, below, of_numbers
from connectors.sap.values import day, number, plain, ratio

_ONLY_V4 = {"OrderItemQtyToBaseQtyNmrtr", "OrderItemQtyToBaseQtyDnmntr", "OpenPurchaseOrderQuantity"}
# goods received for an order, reversed, returned to the supplier, return reversed
_MOVED = {"101": 1, "105": 1, "102": -1, "106": -1, "122": -1, "161": -1, "123": 1, "162": 1}


class BookV2:
    """Implements `OrderBook` on API_PURCHASEORDER_PROCESS_SRV.

    That service has neither base units nor received quantities: factors come from the units of the product, what was
    received from its goods movements.
    """

    service = ORDERS_V2

    def __init__(self, s4: S4) -> None:
        self._s4 = s4

    def open_items(self) -> Iterator[Row]:
        """See `OrderBook`."""
        where = f"{self._s4.of_plants()} and IsCompletelyDelivered eq false and PurchasingDocumentDeletionCode eq ''"
        select = ",".join([*_item_names(), *below("to_PurchaseOrder", _header_names()), *below(_LINES, _line_names())])
        items = self._s4.rows(ORDERS_V2, "A_PurchaseOrderItem", select, where, f"to_PurchaseOrder,{_LINES}")
        for chunk in _chunks(items):
            missing = self._missing(chunk)
            for item in chunk:
                yield {**_item(item, *missing), "_PurchaseOrder": _header(item["to_PurchaseOrder"])}

    def ordered_since(self, day: date) -> Iterator[Row]:
        """See `OrderBook`."""
        return self._orders(f"PurchaseOrderDate ge {day_literal(day, 2)}", lasting=True)

    def numbered(self, numbers: Sequence[str]) -> Iterator[Row]:
        """See `OrderBook`."""
        return self._orders(*of_numbers(numbers))

    def referenced(self, fields: Sequence[str], key: str) -> Iterator[Row]:
        """See `OrderBook`."""
        return self._orders(any_equal(fields, key))

    def _orders(self, *wheres: str, lasting: bool = False) -> Iterator[Row]:
        items = "to_PurchaseOrderItem"
        own = (*_header_names(), *below(items, _item_names()), *below(f"{items}/{_LINES}", _line_names()))
        queries = [Query("A_PurchaseOrder", own, where, f"{items},{items}/{_LINES}", lasting) for where in wheres]
        for chunk in _chunks(self._s4.together(ORDERS_V2, queries)):
            inner = [item for row in chunk for item in row[items]["results"]]
            missing = self._missing(inner)
            for row in chunk:
                yield {
                    **_header(row),
                    "_PurchaseOrderItem": [_item(item, *missing) for item in row[items]["results"]],
                }

    def _missing(self, items: list[Row]) -> tuple[dict[tuple[str, str], Fraction], dict[tuple[str, str], Fraction]]:
        """Factors by product and unit, and base units received by order and item."""
        return self._factors(items), self._received(items)

    def _factors(self, items: list[Row]) -> dict[tuple[str, str], Fraction]:
        """Factors by (info record or product, unit): an order takes them from its info record, else from the item."""
        found: dict[tuple[str, str], Fraction] = {}
        records = sorted({item["PurchasingInfoRecord"] for item in items if item["PurchasingInfoRecord"]})
        for row in self._of_each(INFO_RECORDS, "A_PurchasingInfoRecord", _RECORD, "PurchasingInfoRecord", records):
            factor = ratio(row["OrderItemQtyToBaseQtyNmrtr"], row["OrderItemQtyToBaseQtyDnmntr"])
            if factor is not None:
                found[_record(row["PurchasingInfoRecord"]), row["PurgDocOrderQuantityUnit"]] = factor
        products = sorted({item["Material"] for item in items if item["Material"] and _factor(item, found) is None})
        for row in self._of_each(PRODUCT, "A_ProductUnitsOfMeasure", _UNIT, "Product", products):
            factor = ratio(row["QuantityNumerator"], row["QuantityDenominator"])
            if factor is not None:
                found[row["Product"], row["AlternativeUnit"]] = factor
        return found

    def _of_each(
        self, service: Service, entity_set: str, select: str, field: str, values: Sequence[str]
    ) -> Iterator[Row]:
        wheres = [one_of(field, list(values[n : n + CHUNK])) for n in range(0, len(values), CHUNK)]
        return self._s4.together(service, [Query(entity_set, tuple(select.split(",")), where) for where in wheres])

    def _received(self, items: list[Row]) -> dict[tuple[str, str], Fraction]:
        found: dict[tuple[str, str], Fraction] = {}
        orders = sorted({item["PurchaseOrder"] for item in items})
        select = (
            "MaterialDocument,MaterialDocumentYear,MaterialDocumentItem,PurchaseOrder,PurchaseOrderItem,"
            "GoodsMovementType,QuantityInBaseUnit"
        )
        for row in self._of_each(MOVEMENTS, "A_MaterialDocumentItem", select, "PurchaseOrder", orders):
            sign, quantity = _MOVED.get(row["GoodsMovementType"], 0), number(row["QuantityInBaseUnit"])
            if sign and quantity is not None:
                key = (row["PurchaseOrder"], row["PurchaseOrderItem"].lstrip("0"))
                found[key] = found.get(key, Fraction(0)) + sign * Fraction(quantity)
        return found


_LINES = "to_ScheduleLine"
_UNIT = "Product,AlternativeUnit,QuantityNumerator,QuantityDenominator"
_RECORD = "PurchasingInfoRecord,PurgDocOrderQuantityUnit,OrderItemQtyToBaseQtyNmrtr,OrderItemQtyToBaseQtyDnmntr"


def _item_names() -> list[str]:
    return [*_names(ITEM), "PurchasingInfoRecord"]


def _names(select: str) -> list[str]:
    return [name for name in select.split(",") if name not in _ONLY_V4]


def _header_names() -> list[str]:
    renamed = {"PurchaseOrderDeletionCode": "PurchasingDocumentDeletionCode"}
    return [renamed.get(name, name) for name in HEADER.split(",")]


def _line_names() -> list[str]:
    renamed = {"PurchaseOrder": "PurchasingDocument", "PurchaseOrderItem": "PurchasingDocumentItem"}
    return [renamed.get(name, name) for name in _names(SCHEDULE)]


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == 500:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _header(row: Row) -> Row:
    return {
        **row,
        "PurchaseOrderDeletionCode": row["PurchasingDocumentDeletionCode"],
        "PurchaseOrderDate": day(row["PurchaseOrderDate"]) or None,
    }


def _record(number: str) -> str:
    """Name of an info record among those of products, which can look the same."""
    return f"info record {number}"


def _factor(item: Row, factors: Mapping[tuple[str, str], Fraction]) -> Fraction | None:
    unit = item["PurchaseOrderQuantityUnit"]
    return factors.get((_record(item["PurchasingInfoRecord"]), unit)) or factors.get((item["Material"], unit))


def _item(row: Row, factors: Mapping[tuple[str, str], Fraction], received: Mapping[tuple[str, str], Fraction]) -> Row:
    factor = _factor(row, factors)
    came = received.get((row["PurchaseOrder"], row["PurchaseOrderItem"].lstrip("0")), Fraction(0))
    return {
        **row,
        "OrderItemQtyToBaseQtyNmrtr": factor.numerator if factor else None,
        "OrderItemQtyToBaseQtyDnmntr": factor.denominator if factor else None,
        "_PurchaseOrderScheduleLineTP": _lines(row, came / factor if factor else None),
    }


def _lines(item: Row, came: Fraction | None) -> list[Row]:
    """Schedule lines with what is still open: what came fills them from the earliest on."""
    rows = sorted(item[_LINES]["results"], key=lambda line: day(line["ScheduleLineDeliveryDate"]) or "9")
    ordered = [Fraction(number(line["ScheduleLineOrderQuantity"]) or 0) for line in rows]
    filled = [Fraction(0) for _ in rows]
    if rows and came is not None:
        for position, _, quantity in pour(ordered, [came]):
            filled[position] += quantity
    return [
        {
            **line,
            "PurchaseOrder": item["PurchaseOrder"],
            "PurchaseOrderItem": item["PurchaseOrderItem"],
            "ScheduleLineDeliveryDate": day(line["ScheduleLineDeliveryDate"]) or None,
            "SchedLineStscDeliveryDate": day(line["SchedLineStscDeliveryDate"]) or None,
            "OpenPurchaseOrderQuantity": _open(line, wanted, got, known=came is not None),
        }
        for line, wanted, got in zip(rows, ordered, filled, strict=True)
    ]


def _open(line: Row, wanted: Fraction, got: Fraction, *, known: bool) -> Any:
    """Open quantity as an exact decimal; what cannot be worked out stays the ordered quantity, as it came."""
    if not known or number(line["ScheduleLineOrderQuantity"]) is None:
        return line["ScheduleLineOrderQuantity"]
    rest = max(wanted - got, Fraction(0))
    return number(plain(rest))
