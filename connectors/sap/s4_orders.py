"""Reads purchase orders of S/4HANA: what is still to come, and what came when against which promise.

Receipts are posted per order item; they fill its schedule lines from the earliest on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from connectors.sap.odata import Row
from connectors.sap.s4_base import S4
from connectors.sap.s4_movements import Posting
from connectors.sap.s4_orderbook import CHUNK, order_book
from connectors.sap.values import code, frame, number, order_key_of, plain, ratio, scaled

_REJECTED_BY_RELEASE = "08"
_ORDERED_BEFORE = timedelta(days=180)  # orders that old may have had their receipts inside the window
_OPEN_COLUMNS = (
    "order_ref", "line", "schedule", "item", "location", "quantity_open", "promised_on", "supplier", "from_location",
    "ordered_on", "first_promised_on", "quantity_ordered", "order_key", "price", "currency",
)  # fmt: skip
_RECEIPT_COLUMNS = (
    "order_ref", "line", "schedule", "item", "location", "supplier", "quantity_ordered", "quantity_received",
    "ordered_on", "promised_on", "received_on", "first_promised_on", "quantity_rejected", "price", "currency",
    "order_key",
)  # fmt: skip


def base_factor(item: Row) -> Fraction | None:
    """Base units per order unit of an order item."""
    return ratio(item["OrderItemQtyToBaseQtyNmrtr"], item["OrderItemQtyToBaseQtyDnmntr"])


def price_base(item: Row) -> Fraction | None:
    """Base units that the item's net price is for."""
    return base_per_price(base_factor(item), item["NetPriceQuantity"], item)


def base_per_price(factor: Fraction | None, per: Any, row: Row) -> Fraction | None:
    """Base units of `per` price units; numerator and denominator say how many price units an order unit has."""
    count = number(per)
    in_order_unit = ratio(row["OrderPriceUnitToOrderUnitNmrtr"], row["OrdPriceUnitToOrderUnitDnmntr"])
    return None if factor is None or not count or count < 0 else Fraction(count) * factor / (in_order_unit or 1)


def _price(item: Row) -> str:
    amount, base = number(item["NetPriceAmount"]), price_base(item)
    return "" if amount is None or base is None else plain(Fraction(amount) / base)


def open_orders(s4: S4) -> Iterator[pd.DataFrame]:
    """Schedule lines of which something is still to come, in base units."""
    # the service allows only equality on open quantities, so the lines are sifted here
    rows: list[tuple[Any, ...]] = []
    for item in order_book(s4).open_items():
        header = item["_PurchaseOrder"]
        gone = header["PurchaseOrderDeletionCode"] or header["PurchasingProcessingStatus"] == _REJECTED_BY_RELEASE
        if not gone and not item["IsReturnsItem"]:
            rows.extend(_open_rows(s4, header, item))
    yield frame(_OPEN_COLUMNS, rows)


def _open_rows(s4: S4, header: Row, item: Row) -> Iterator[tuple[Any, ...]]:
    factor, unit = base_factor(item), item["PurchaseOrderQuantityUnit"]
    for line in item["_PurchaseOrderScheduleLineTP"]:
        still_open = number(line["OpenPurchaseOrderQuantity"])
        if still_open is not None and still_open <= 0:
            continue
        yield (
            code(header["PurchaseOrder"]),
            code(item["PurchaseOrderItem"]),
            code(line["ScheduleLine"]),
            code(item["Material"]),
            item["Plant"],
            scaled(line["OpenPurchaseOrderQuantity"], factor, unit),
            line["ScheduleLineDeliveryDate"],
            code(header["Supplier"]),
            header["SupplyingPlant"],
            header["PurchaseOrderDate"],
            line["SchedLineStscDeliveryDate"],
            scaled(line["ScheduleLineOrderQuantity"], factor, unit),
            order_key_of([header[field] for field in s4.settings.reference_fields]),
            _price(item),
            item["DocumentCurrency"],
        )


@dataclass(slots=True)
class _Arrival:
    """Goods of one order item that came on one day and stayed."""

    on: str
    quantity: Fraction


def receipts(s4: S4, start: Any, postings: dict[tuple[str, str], list[Posting]]) -> Iterator[pd.DataFrame]:
    """Receipts since `start` on the schedule lines of their orders; closed lines without goods are rows of zero."""
    seen: set[str] = set()
    book = order_book(s4)
    yield _receipt_frame(s4, book.ordered_since(start - _ORDERED_BEFORE), postings, seen)
    missing = sorted({order for order, _ in postings} - seen)
    for first in range(0, len(missing), CHUNK):
        yield _receipt_frame(s4, book.numbered(missing[first : first + CHUNK]), postings, seen)
    unmatched = [key for key in postings if key[0] not in seen]
    yield frame(("order_ref", "line", "received_on", "quantity_received"), _orphans(unmatched, postings))


def _orphans(
    keys: Sequence[tuple[str, str]], postings: dict[tuple[str, str], list[Posting]]
) -> Iterator[tuple[Any, ...]]:
    """Receipts whose order cannot be read: shown as they are, the snapshot sets them aside."""
    for key in keys:
        for posting in postings[key]:
            yield (*key, posting.on, posting.raw)


def _receipt_frame(
    s4: S4, orders: Iterator[Row], postings: dict[tuple[str, str], list[Posting]], seen: set[str]
) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for header in orders:
        order = code(header["PurchaseOrder"])
        if order in seen:
            continue
        seen.add(order)
        for item in header["_PurchaseOrderItem"]:
            if item["Plant"] in s4.settings.plants and not item["IsReturnsItem"] and not header["SupplyingPlant"]:
                found = postings.get((order, code(item["PurchaseOrderItem"])), [])
                rows.extend(_item_rows(s4, header, item, found))
    return frame(_RECEIPT_COLUMNS, rows)


def _item_rows(s4: S4, header: Row, item: Row, postings: list[Posting]) -> Iterator[tuple[Any, ...]]:
    lines = sorted(item["_PurchaseOrderScheduleLineTP"], key=lambda line: str(line["ScheduleLineDeliveryDate"] or "9"))
    arrivals = net_arrivals(postings)
    filled = list(_fill(lines, base_factor(item), arrivals)) if lines else []
    rejected = _rejections(postings, [arrival.on for _, arrival in filled])
    for position, (line, arrival) in enumerate(filled):
        yield _receipt_row(
            s4, header, item, line, plain(arrival.quantity), arrival.on, plain(rejected.get(position, Decimal(0)))
        )
    for posting in postings:
        if posting.quantity is None and lines:
            yield _receipt_row(s4, header, item, lines[0], posting.raw, posting.on, "")
    if not arrivals and item["IsCompletelyDelivered"] and not item["PurchasingDocumentDeletionCode"]:
        for line in lines:
            yield _receipt_row(s4, header, item, line, "0", "", "0")


def _rejections(postings: list[Posting], days: list[str]) -> dict[int, Decimal]:
    """Quantities sent back, by position of the last arrival on or before that day (else the first)."""
    found: dict[int, Decimal] = {}
    for posting in postings:
        if posting.rejected and posting.quantity is not None and days:
            before = [position for position, on in enumerate(days) if on <= posting.on]
            place = before[-1] if before else 0
            found[place] = found.get(place, Decimal(0)) + posting.quantity
    return {place: max(quantity, Decimal(0)) for place, quantity in found.items()}


def net_arrivals(postings: list[Posting]) -> list[_Arrival]:
    """Receipts of one order item by day, reversals taken from the latest receipt before them."""
    arrivals: list[_Arrival] = []
    readable = [p for p in postings if p.quantity is not None and not p.rejected]
    for posting in sorted(readable, key=lambda p: p.on):
        amount = Fraction(posting.quantity or 0)
        while amount < 0 and arrivals:
            taken = min(-amount, arrivals[-1].quantity)
            arrivals[-1].quantity -= taken
            amount += taken
            if not arrivals[-1].quantity:
                arrivals.pop()
        if amount > 0:
            arrivals.append(_Arrival(posting.on, amount))
    return arrivals


def _fill(lines: list[Row], factor: Fraction | None, arrivals: list[_Arrival]) -> Iterator[tuple[Row, _Arrival]]:
    """Pour the arrivals into the schedule lines, earliest first; what is more than ordered goes to the last line."""
    ordered = [Fraction(number(line["ScheduleLineOrderQuantity"]) or 0) * (factor or 1) for line in lines]
    position, room = 0, ordered[0]
    for arrival in arrivals:
        left = arrival.quantity
        while left > 0:
            last = position == len(lines) - 1
            part = left if last else min(left, room)
            if part > 0:
                yield lines[position], _Arrival(arrival.on, part)
            left, room = left - part, room - part
            if room <= 0 and not last:
                position += 1
                room = ordered[position]


def _receipt_row(s4: S4, header: Row, item: Row, line: Row, received: str, on: str, rejected: str) -> tuple[Any, ...]:
    return (
        code(header["PurchaseOrder"]),
        code(item["PurchaseOrderItem"]),
        code(line["ScheduleLine"]),
        code(item["Material"]),
        item["Plant"],
        code(header["Supplier"]),
        scaled(line["ScheduleLineOrderQuantity"], base_factor(item), item["PurchaseOrderQuantityUnit"]),
        received,
        header["PurchaseOrderDate"],
        line["ScheduleLineDeliveryDate"],
        on,
        line["SchedLineStscDeliveryDate"],
        rejected,
        _price(item),
        item["DocumentCurrency"],
        order_key_of([header[field] for field in s4.settings.reference_fields]),
    )
