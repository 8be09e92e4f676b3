"""Puts the company's orders and receipts into the state of the Fusion-like server.

It derives nothing new: every figure stands in the canonical open_orders and receipts.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.sandbox.fusion_state import identifier, insert
from connectors.sandbox.fusion_world import (
    BUSINESS_UNIT,
    BUSINESS_UNIT_ID,
    LINE_TYPE_ID,
    STYLE_ID,
    World,
    day_text,
    number,
    stamp,
    value,
)

Row = dict[str, object]


@dataclass(slots=True)
class _Header:
    """One order while its rows are gathered; lines by line number, schedules in order."""

    header_id: int
    first: Row
    lines: dict[str, list[Row]] = field(default_factory=dict)


def load_orders(connection: sqlite3.Connection, world: World) -> dict[str, int]:
    """Write orders, lines, schedules, receipts and transfer orders; returns header ids by order number."""
    purchases = [row for row in world.rows("open_orders") if value(row.get("supplier"))]
    history = world.rows("receipts")
    headers = _headers(purchases, history)
    tables: dict[str, list[Row]] = {
        "purchaseOrders": [], "purchaseOrderLines": [], "purchaseOrderSchedules": [], "purchaseOrderReceipts": [],
        "purchaseOrderLifeCycleDetails": [],
    }  # fmt: skip
    for order_ref, header in headers.items():
        _order(world, order_ref, header, tables)
    for table, rows in tables.items():
        insert(connection, table, rows)
    _transfers(connection, world, [row for row in world.rows("open_orders") if value(row.get("from_location"))])
    highest = max((int(ref) for ref in headers if ref.isdigit()), default=100000)
    connection.execute("INSERT INTO counters VALUES ('order_number', ?)", [highest])
    connection.execute("INSERT INTO counters VALUES ('header', ?)", [len(headers)])
    connection.execute("INSERT INTO counters VALUES ('line', ?)", [len(tables["purchaseOrderLines"])])
    connection.execute("INSERT INTO counters VALUES ('schedule', ?)", [len(tables["purchaseOrderSchedules"])])
    return {order_ref: header.header_id for order_ref, header in headers.items()}


def _headers(purchases: list[Row], history: list[Row]) -> dict[str, _Header]:
    """Orders by number, oldest first, so that ids rise with time."""
    rows = [row | {"open_": True} for row in purchases] + [row | {"open_": False} for row in history]
    rows.sort(key=lambda row: (day_text(row.get("ordered_on")) or "", str(row["order_ref"]), str(row["line"])))
    headers: dict[str, _Header] = {}
    for row in rows:
        order_ref = str(row["order_ref"])
        if order_ref not in headers:
            headers[order_ref] = _Header(identifier(10, len(headers) + 1), row)
        headers[order_ref].lines.setdefault(str(row["line"]), []).append(row)
    return headers


def _order(world: World, order_ref: str, header: _Header, tables: dict[str, list[Row]]) -> None:
    first = header.first
    supplier, location = str(first["supplier"]), str(first["location"])
    buyer_id, buyer = world.buyer_of(location)
    site_id, site = world.site(supplier)
    base = {"POHeaderId": header.header_id, "OrderNumber": order_ref, "CurrencyCode": value(first.get("currency"))}
    mine = len(tables["purchaseOrderSchedules"])
    for line, rows in header.lines.items():
        _line(world, base, line, rows, tables)
    schedules = tables["purchaseOrderSchedules"][mine:]
    total = sum(float(str(row["Amount"] or 0)) for row in schedules)
    codes = {str(row["ScheduleStatusCode"]) for row in schedules}
    status = "OPEN" if "OPEN" in codes else "CANCELED" if codes == {"CANCELED"} else "CLOSED"
    key = value(first.get("order_key"))
    ordered = stamp(first.get("ordered_on"), 8)
    tables["purchaseOrders"].append(
        base
        | {
            "Description": f"{key} replenishment" if key else f"Replenishment {location}", "Status": status.title(),
            "StatusCode": status, "BuyerId": buyer_id, "Buyer": buyer, "ProcurementBUId": BUSINESS_UNIT_ID,
            "ProcurementBU": BUSINESS_UNIT, "RequisitioningBUId": BUSINESS_UNIT_ID,
            "SupplierId": world.suppliers[supplier], "Supplier": world.supplier_names[supplier],
            "SupplierSiteId": site_id, "SupplierSite": site, "DocumentStyleId": STYLE_ID, "Ordered": round(total, 2),
            "Total": round(total, 2), "Revision": 0, "FrozenFlag": False, "FundsStatus": "Not applicable",
            "OrderDate": ordered, "CreationDate": ordered, "LastUpdateDate": ordered, "key_": str(header.header_id),
        }
    )  # fmt: skip
    delivered = sum(float(str(row["ReceivedQuantity"])) * _unit_price(row) for row in schedules)
    tables["purchaseOrderLifeCycleDetails"].append(
        base
        | {
            "OrderedAmount": round(total, 2), "DeliveredAmount": round(delivered, 2), "InReceivingAmount": 0,
            "InTransitAmount": 0, "PaidAmount": 0, "PartiallyPaidAmount": 0, "UnpaidAmount": round(total, 2),
            "key_": str(header.header_id),
        }
    )  # fmt: skip


def _unit_price(schedule: Row) -> float:
    quantity = float(str(schedule["Quantity"] or 0))
    return float(str(schedule["Amount"] or 0)) / quantity if quantity else 0.0


def _line(world: World, base: Row, line: str, rows: list[Row], tables: dict[str, list[Row]]) -> None:
    first = rows[0]
    item = str(first["item"])
    line_id = identifier(11, len(tables["purchaseOrderLines"]) + 1)
    ids = base | {"POLineId": line_id, "LineNumber": _whole(line)}
    price = number(first.get("price"))
    plans: dict[str, list[Row]] = {}
    for row in rows:
        plans.setdefault(str(value(row.get("schedule")) or "1"), []).append(row)
    mine = len(tables["purchaseOrderSchedules"])
    for schedule, parts in plans.items():
        for rest in _per_open_row(parts):
            _schedule(world, ids, schedule, rest, price, tables)
    made = tables["purchaseOrderSchedules"][mine:]
    quantity = sum(float(str(row["Quantity"] or 0)) for row in made)
    codes = {str(row["ScheduleStatusCode"]) for row in made}
    status = "OPEN" if "OPEN" in codes else "CANCELED" if codes == {"CANCELED"} else "CLOSED"
    changed = max(filter(None, (day_text(row.get("closed_on")) for row in rows)), default=None)
    amount = round(quantity * (price or 0), 2)
    tables["purchaseOrderLines"].append(
        {
            "POLineId": line_id, "POHeaderId": base["POHeaderId"], "LineNumber": ids["LineNumber"],
            "LineTypeId": LINE_TYPE_ID, "LineType": "Goods", "ItemId": world.items.get(item), "Item": item,
            "Description": world.descriptions.get(item), "Quantity": quantity, "Price": price, "Ordered": amount,
            "Total": amount, "CurrencyCode": value(first.get("currency")), "UOMCode": world.units.get(item),
            "Status": status.title(), "StatusCode": status,
            "LastUpdateDate": f"{changed}T12:00:00+00:00" if changed else stamp(first.get("ordered_on"), 8),
            "key_": str(line_id),
        }
    )  # fmt: skip


def _per_open_row(parts: list[Row]) -> Iterable[list[Row]]:
    """Arrivals join the first open row; further open rows with the same numbers stay rows of their own."""
    opened = [row for row in parts if row["open_"]]
    yield [row for row in parts if not row["open_"]] + opened[:1]
    for row in opened[1:]:
        yield [row]


def _schedule(
    world: World, ids: Row, schedule: str, parts: list[Row], price: float | None, tables: dict[str, list[Row]]
) -> None:
    first = parts[-1]
    item, location = str(first["item"]), str(first["location"])
    schedule_id = identifier(12, len(tables["purchaseOrderSchedules"]) + 1)
    came = sum(number(row.get("quantity_received")) or 0.0 for row in parts)
    waiting = number(first["quantity_open"]) if first["open_"] else None
    ordered = number(first.get("quantity_ordered"))
    if ordered is None and waiting is not None:
        ordered = waiting + came
    received = came if waiting is None or ordered is None else ordered - waiting
    code = "OPEN" if first["open_"] else "CLOSED FOR RECEIVING" if came else "CANCELED"
    requested = first.get("requested_on") or first.get("first_promised_on")
    supplier = str(first["supplier"])
    tables["purchaseOrderSchedules"].append(
        {
            "LineLocationId": schedule_id, "POHeaderId": ids["POHeaderId"], "POLineId": ids["POLineId"],
            "OrderNumber": ids["OrderNumber"], "LineNumber": ids["LineNumber"], "ScheduleNumber": _whole(schedule),
            "LineNumberScheduleNumber": f"{ids['LineNumber']}-{schedule}",
            "DueDate": day_text(first.get("promised_on")),
            "RequestedDeliveryDate": day_text(requested), "ScheduleStatus": code.capitalize(),
            "ScheduleStatusCode": code, "Supplier": world.supplier_names.get(supplier, supplier),
            "SupplierSite": world.site(supplier)[1], "ItemNumber": item,
            "ItemDescription": world.descriptions.get(item),
            "ItemOrScheduleDescription": world.descriptions.get(item), "Quantity": ordered,
            "ReceivedQuantity": received, "Amount": round((ordered or 0) * (price or 0), 2),
            "ShipToLocation": world.places[location], "RequisitioningBU": BUSINESS_UNIT,
            "ProcurementBU": BUSINESS_UNIT, "key_": str(schedule_id),
        }
    )  # fmt: skip
    for row in parts:
        if not row["open_"] and day_text(row.get("received_on")):
            tables["purchaseOrderReceipts"].append(
                _receipt(world, ids, schedule, schedule_id, row, len(tables["purchaseOrderReceipts"]))
            )


def _receipt(world: World, ids: Row, schedule: str, schedule_id: int, row: Row, index: int) -> Row:
    came, back = number(row["quantity_received"]) or 0.0, number(row.get("quantity_rejected")) or 0.0
    price = number(row.get("price")) or 0.0
    return {
        "ReceiptId": identifier(13, index + 1), "Receipt": str(700001 + index),
        "ReceiptDate": stamp(row["received_on"]),
        "POHeaderId": ids["POHeaderId"], "POLineId": ids["POLineId"], "LineLocationId": schedule_id,
        "LineNumber": ids["LineNumber"], "ScheduleNumber": _whole(schedule),
        "ItemOrScheduleDescription": world.descriptions.get(str(row["item"])), "ReceivedBy": "Receiving clerk",
        "ReceivedQuantity": came, "DeliveredQuantity": came - back, "ReturnedQuantity": back,
        "ReceivedAmount": round(came * price, 2), "DeliveredAmount": round((came - back) * price, 2),
        "CurrencyCode": ids["CurrencyCode"], "UOMCode": world.units.get(str(row["item"])),
        "key_": str(identifier(13, index + 1)),
    }  # fmt: skip


def _whole(text: str) -> object:
    return int(text) if text.isdigit() else None


def _transfers(connection: sqlite3.Connection, world: World, rows: list[Row]) -> None:
    by_order: dict[str, list[Row]] = {}
    for row in rows:
        by_order.setdefault(str(row["order_ref"]), []).append(row)
    for index, (order_ref, lines) in enumerate(by_order.items()):
        header = identifier(14, index + 1)
        head = {"HeaderId": header, "HeaderNumber": order_ref, "Status": "Open", "SourceTypeLookup": "INV"}
        head |= {"OrderedDate": stamp(lines[0].get("ordered_on"), 8), "BusinessUnitName": BUSINESS_UNIT}
        insert(connection, "transferOrders", [head | {"key_": str(header)}])
        insert(connection, "transferOrderLines", (_transfer_line(world, head, row, at) for at, row in enumerate(lines)))


def _transfer_line(world: World, head: Row, row: Row, at: int) -> Row:
    item, source, target = str(row["item"]), str(row["from_location"]), str(row["location"])
    waiting = number(row["quantity_open"]) or 0.0
    ordered = number(row.get("quantity_ordered")) or waiting
    line_id = identifier(15, int(str(head["HeaderId"])) % 1000000 * 100 + at + 1)
    return {
        "HeaderId": head["HeaderId"], "HeaderNumber": head["HeaderNumber"], "LineId": line_id,
        "LineNumber": _whole(str(row["line"])), "ItemNumber": item, "InventoryItemId": world.items[item],
        "ItemDescription": world.descriptions.get(item), "TransferOrderLineStatus": "Open", "StatusLookup": "OPEN",
        "RequestedQuantity": ordered, "ShippedQuantity": ordered, "ReceivedQuantity": ordered - waiting,
        "DeliveredQuantity": ordered - waiting, "UnshippedQuantity": 0, "QuantityUOMCode": world.units.get(item),
        "NeedByDate": stamp(row.get("promised_on")), "ScheduledShipDate": stamp(row.get("ordered_on")),
        "SourceOrganizationId": world.organizations.get(source), "SourceOrganizationCode": source,
        "DestinationOrganizationId": world.organizations[target], "DestinationOrganizationCode": target,
        "key_": str(line_id),
    }  # fmt: skip
