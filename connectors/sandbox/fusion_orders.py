"""Draft purchase orders of the Fusion-like server: creation with its business rules, change, deletion, validation.

What happens after submit is in `fusion_release`; the form of bodies is checked before these functions see them.
"""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_load import opaque
from connectors.sandbox.fusion_state import Row, delete, identifier, insert, next_number, select, update
from connectors.sandbox.fusion_world import BUSINESS_UNIT, LINE_TYPE_ID

Body = Mapping[str, Any]
SITE_MESSAGE = (
    "The supplier site isn't valid. The site must have a purchasing purpose, must be active, must not be on hold, "
    "and must belong to the procurement business unit of the document."
)


def create_draft(connection: sqlite3.Connection, body: Body, now: str) -> Row:
    """Create a draft with its lines; returns the header row; FusionError 400 when a rule is broken."""
    site = _check_header(connection, body)
    supplier = _one(connection, "suppliers", SupplierId=body.get("SupplierId"))
    buyer = _one(connection, "procurementPersonsLOV", PersonId=body["BuyerId"])
    header_id = identifier(10, next_number(connection, "header"))
    header: Row = {
        "POHeaderId": header_id, "VersionId": header_id + 1, "OrderNumber": _order_number(connection, body),
        "Description": body.get("Description"), "Status": "Incomplete", "StatusCode": "INCOMPLETE",
        "BuyerId": body["BuyerId"], "Buyer": buyer.get("DisplayName"), "ProcurementBUId": body["ProcurementBUId"],
        "ProcurementBU": BUSINESS_UNIT, "RequisitioningBUId": body.get("RequisitioningBUId", body["ProcurementBUId"]),
        "SupplierId": body.get("SupplierId"), "Supplier": supplier.get("Supplier"),
        "SupplierSiteId": body.get("SupplierSiteId"), "SupplierSite": site.get("SupplierSite"),
        "DocumentStyleId": body["DocumentStyleId"], "DocumentStyle": "Purchase Order",
        "CurrencyCode": body.get("CurrencyCode") or "USD", "FundsStatus": "Not applicable", "CreationDate": now,
        "LastUpdateDate": now, "key_": opaque("draft", header_id), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "draftPurchaseOrders", [header])
    for line in body.get("lines", []):
        add_line(connection, header, line, now)
    _sum_up(connection, header_id)
    return _one(connection, "draftPurchaseOrders", POHeaderId=header_id)


def _order_number(connection: sqlite3.Connection, body: Body) -> str:
    own = body.get("OrderNumber")
    if own is None:
        return str(next_number(connection, "order_number"))
    for table in ("draftPurchaseOrders", "purchaseOrders"):
        if select(connection, table, OrderNumber=own):
            raise FusionError(400, f"The order number {own} is already used.", path="/OrderNumber")
    return str(own)


def _check_header(connection: sqlite3.Connection, body: Body) -> Row:
    agents = select(connection, "procurementAgents", AgentId=body["BuyerId"], ProcurementBUId=body["ProcurementBUId"])
    if not any(agent["StatusCode"] == "ACTIVE" and agent["ManageOrdersAllowedFlag"] for agent in agents):
        raise FusionError(400, "The buyer isn't an active procurement agent of the business unit.", path="/BuyerId")
    if not select(connection, "purchasingDocumentStylesLOV", StyleId=body["DocumentStyleId"]):
        raise FusionError(400, "The document style isn't valid.", path="/DocumentStyleId")
    if body.get("SupplierId") is None and body.get("SupplierSiteId") is None:
        return {}
    if not select(connection, "suppliers", SupplierId=body.get("SupplierId"), Status="ACTIVE"):
        raise FusionError(400, "The supplier isn't valid or isn't active.", path="/SupplierId")
    return _site(connection, body.get("SupplierSiteId"), body.get("SupplierId"), body["ProcurementBUId"])


def _site(connection: sqlite3.Connection, site_id: object, supplier_id: object, unit_id: object) -> Row:
    site = _one(connection, "supplierSites", SupplierSiteId=site_id, SupplierId=supplier_id)
    fits = (
        site.get("SitePurposePurchasingFlag") == 1
        and site["Status"] == "ACTIVE"
        and site["HoldAllNewPurchasingDocumentsFlag"] == 0
        and site["ProcurementBUId"] == unit_id
    )
    if not fits:
        raise FusionError(400, SITE_MESSAGE, path="/SupplierSiteId")
    return site


def add_line(connection: sqlite3.Connection, header: Row, line: Body, now: str) -> Row:
    """Add one line with its schedules and distributions to a draft; returns the line's row."""
    number = line["LineNumber"]
    if select(connection, "draftLines", POHeaderId=header["POHeaderId"], LineNumber=_number(number)):
        raise FusionError(400, f"Line number {number} is used twice.", path="/lines/LineNumber")
    item = _item(connection, line)
    quantity, price = line.get("Quantity"), line.get("Price")
    if quantity is not None and quantity <= 0:
        raise FusionError(400, f"The quantity of line {number} must be greater than zero.", path="/lines/Quantity")
    if price is not None and price < 0:
        raise FusionError(400, f"The price of line {number} must not be negative.", path="/lines/Price")
    line_id = identifier(11, next_number(connection, "line"))
    if price is None:
        price = item.get("ListPrice")
    row: Row = {
        "POLineId": line_id, "POHeaderId": header["POHeaderId"], "LineNumber": _number(number),
        "LineTypeId": line.get("LineTypeId", LINE_TYPE_ID), "LineType": line.get("LineType", "Goods"),
        "ItemId": item.get("ItemId"), "Item": item.get("ItemNumber"),
        "Description": line.get("Description") or item.get("ItemDescription"), "Quantity": _number(quantity),
        "Price": _number(price), "Amount": _amount(quantity, price), "CurrencyCode": header["CurrencyCode"],
        "UOMCode": line.get("UOMCode"), "SupplierItem": line.get("SupplierItem"),
        "CategoryId": line.get("CategoryId"), "Category": line.get("Category"), "CancelFlag": 0,
        "LastUpdateDate": now, "key_": opaque("line", line_id),
    }  # fmt: skip
    insert(connection, "draftLines", [row])
    for schedule in line.get("schedules", []):
        _add_schedule(connection, row, schedule)
    _sum_up(connection, header["POHeaderId"])
    return row


def _item(connection: sqlite3.Connection, line: Body) -> Row:
    """The item in any organization; a line without an item must describe what is bought."""
    if line.get("ItemId") is None and line.get("Item") is None:
        if not line.get("Description"):
            raise FusionError(400, "A line needs an item or a description.", path="/lines/Item")
        return {}
    named = {"ItemId": line["ItemId"]} if line.get("ItemId") is not None else {"ItemNumber": line["Item"]}
    found = _one(connection, "itemsV2", **named)
    if not found:
        raise FusionError(400, f"The item {next(iter(named.values()))} isn't valid.", path="/lines/Item")
    return found


def _add_schedule(connection: sqlite3.Connection, line: Row, schedule: Body) -> None:
    organization, place = _ship_to(connection, line, schedule)
    schedule_id = identifier(12, next_number(connection, "schedule"))
    row: Row = {
        "LineLocationId": schedule_id, "POHeaderId": line["POHeaderId"], "POLineId": line["POLineId"],
        "ScheduleNumber": schedule["ScheduleNumber"], "ShipToOrganizationId": organization,
        "ShipToOrganizationCode": place.get("OrganizationCode"), "ShipToLocationId": place.get("LocationId"),
        "ShipToLocation": place.get("LocationCode"), "Quantity": _number(schedule.get("Quantity", line["Quantity"])),
        "Price": _number(schedule.get("Price", line["Price"])),
        "RequestedDeliveryDate": schedule.get("RequestedDeliveryDate"),
        "PromisedDeliveryDate": schedule.get("PromisedDeliveryDate"),
        "DestinationTypeCode": schedule.get("DestinationTypeCode") or "INVENTORY",
        "key_": opaque("schedule", schedule_id),
    }  # fmt: skip
    insert(connection, "draftSchedules", [row])
    rows: list[Row] = []
    for part in schedule.get("distributions", []):
        known = identifier(16, next_number(connection, "distribution"))
        rows.append(
            {
                "PODistributionId": known, "LineLocationId": schedule_id,
                "DistributionNumber": part["DistributionNumber"], "Quantity": _number(part["Quantity"]),
                "DeliverToLocation": part.get("DeliverToLocation"), "key_": opaque("distribution", known),
            }
        )  # fmt: skip
    insert(connection, "draftDistributions", rows)


def _ship_to(connection: sqlite3.Connection, line: Row, schedule: Body) -> tuple[object, Row]:
    place: Row = {}
    names = (
        ("ShipToOrganizationId", "OrganizationId"),
        ("ShipToOrganizationCode", "OrganizationCode"),
        ("ShipToLocationId", "LocationId"),
        ("ShipToLocation", "LocationCode"),
    )
    for given, column in names:
        if schedule.get(given) is None:
            continue
        found = _one(connection, "inventoryOrganizations", **{column: schedule[given]})
        if not found or (place and found["OrganizationId"] != place["OrganizationId"]):
            raise FusionError(400, f"The value of {given} isn't valid: {schedule[given]}.", path=f"/schedules/{given}")
        place = found
    organization = place.get("OrganizationId")
    known = select(connection, "itemsV2", ItemId=line["ItemId"], OrganizationId=organization)
    if organization is not None and line["ItemId"] is not None and not known:
        text = f"The item {line['Item']} isn't assigned to the ship-to organization {place['OrganizationCode']}."
        raise FusionError(400, text, path="/lines/Item")
    return organization, place


def change_draft(connection: sqlite3.Connection, draft: Row, body: Body, now: str) -> None:
    """Change header attributes of a draft that is still incomplete."""
    _must_be_incomplete(draft)
    changes: Row = {name: body[name] for name in ("BuyerId", "SupplierSiteId", "Description") if name in body}
    merged = draft | changes
    site = _check_header(connection, merged)
    changes |= {"SupplierSite": site.get("SupplierSite"), "LastUpdateDate": now}
    changes["version_"] = int(str(draft["version_"])) + 1
    update(connection, "draftPurchaseOrders", changes, POHeaderId=draft["POHeaderId"])


def delete_draft(connection: sqlite3.Connection, draft: Row) -> None:
    """Delete a draft with everything below it."""
    _must_be_incomplete(draft)
    remove(connection, draft["POHeaderId"])


def remove(connection: sqlite3.Connection, header_id: object) -> None:
    """Remove the rows of a draft, whatever its state."""
    for schedule in select(connection, "draftSchedules", POHeaderId=header_id):
        delete(connection, "draftDistributions", LineLocationId=schedule["LineLocationId"])
    for table in ("draftSchedules", "draftLines", "draftPurchaseOrders"):
        delete(connection, table, POHeaderId=header_id)


def _must_be_incomplete(draft: Row) -> None:
    if draft["StatusCode"] != "INCOMPLETE":
        raise FusionError(400, f"The purchase order {draft['OrderNumber']} was submitted and can't be changed.")


def messages(connection: sqlite3.Connection, draft: Row) -> list[str]:
    """What stands between a draft and its submission; empty when clean."""
    found = [] if draft["SupplierSiteId"] else ["You must enter a supplier and a supplier site."]
    lines = select(connection, "draftLines", POHeaderId=draft["POHeaderId"])
    found += [] if lines else ["You must enter at least one line."]
    for line in lines:
        found += _line_messages(connection, line, accounted=draft["accounted_"] == 1)
    return found


def _line_messages(connection: sqlite3.Connection, line: Row, *, accounted: bool) -> list[str]:
    name = f"Line {line['LineNumber']}"
    found = [f"{name}: {what} is missing." for what in ("Quantity", "Price", "UOMCode") if line[what] is None]
    schedules = select(connection, "draftSchedules", POLineId=line["POLineId"])
    if not schedules:
        return [*found, f"{name}: you must enter at least one schedule."]
    if sum(_decimal(row["Quantity"]) for row in schedules) != _decimal(line["Quantity"]):
        found.append(f"{name}: the quantities of the schedules don't add up to the line quantity.")
    for schedule in schedules:
        if schedule["ShipToOrganizationId"] is None:
            found.append(f"{name}: the ship-to organization is missing.")
        if schedule["RequestedDeliveryDate"] is None and schedule["PromisedDeliveryDate"] is None:
            found.append(f"{name}: the requested delivery date is missing.")
        found += _distribution_messages(connection, name, schedule, accounted=accounted)
    item = select(connection, "itemsV2", ItemId=line["ItemId"], OrganizationId=schedules[0]["ShipToOrganizationId"])
    if item and item[0]["PurchasableFlag"] == 0:
        found.append(f"{name}: the item {line['Item']} isn't purchasable.")
    return found


def _distribution_messages(connection: sqlite3.Connection, name: str, schedule: Row, *, accounted: bool) -> list[str]:
    parts = select(connection, "draftDistributions", LineLocationId=schedule["LineLocationId"])
    if not parts:
        return [] if accounted else [f"{name}: you must enter at least one distribution."]
    if sum(_decimal(part["Quantity"]) for part in parts) != _decimal(schedule["Quantity"]):
        return [f"{name}: the quantities of the distributions don't add up to the schedule quantity."]
    return []


def _sum_up(connection: sqlite3.Connection, header_id: object) -> None:
    lines = select(connection, "draftLines", POHeaderId=header_id)
    total = sum((_decimal(line["Amount"]) for line in lines), Decimal(0))
    update(connection, "draftPurchaseOrders", {"OrderedAmountBeforeAdjustments": _number(total)}, POHeaderId=header_id)


def _one(connection: sqlite3.Connection, table: str, **where: object) -> Row:
    return next(iter(select(connection, table, **where)), {})


def _decimal(cell: object) -> Decimal:
    return Decimal(0) if cell is None else Decimal(str(cell))


def _number(cell: object) -> float | int | None:
    """A number as SQLite keeps it."""
    if cell is None or isinstance(cell, int):
        return cell
    return float(str(cell))


def _amount(quantity: object, price: object) -> float | None:
    if quantity is None or price is None:
        return None
    return float(round(_decimal(quantity) * _decimal(price), 2))
