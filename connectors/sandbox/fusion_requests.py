"""Requisitions, supply requests and transfer orders of the Fusion-like server.

Requisitions stay requisitions: no rule here turns them into purchase orders.
"""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_load import opaque
from connectors.sandbox.fusion_state import Row, identifier, insert, next_number, select, update

Body = Mapping[str, Any]


def create_requisition(connection: sqlite3.Connection, body: Body, now: str) -> Row:
    """Create an incomplete requisition; unit, preparer, items and suppliers must exist."""
    unit = _found(connection, "procurementBusinessUnitsLOV", body, RequisitioningBUId="ProcurementBUId",
                  RequisitioningBU="ProcurementBU")  # fmt: skip
    agent = _found(connection, "procurementAgents", body, PreparerId="AgentId", PreparerEmail="AgentEmail")
    number = next_number(connection, "requisition")
    known = identifier(17, number)
    row: Row = {
        "RequisitionHeaderId": known, "Requisition": f"R{200000 + number}", "Description": body.get("Description"),
        "DocumentStatus": "Incomplete", "DocumentStatusCode": "INCOMPLETE", "PreparerId": agent["AgentId"],
        "Preparer": agent["Agent"], "PreparerEmail": agent["AgentEmail"],
        "RequisitioningBUId": unit["ProcurementBUId"], "RequisitioningBU": unit["ProcurementBU"],
        "Justification": body.get("Justification"), "FunctionalCurrencyCode": "USD", "CreationDate": now,
        "LastUpdateDate": now, "key_": str(known), "fresh_": 1,
    }  # fmt: skip
    lines = [_requisition_line(connection, row, line) for line in body.get("lines", [])]
    insert(connection, "purchaseRequisitions", [row])
    insert(connection, "requisitionLines", lines)
    return row


def _requisition_line(connection: sqlite3.Connection, header: Row, line: Body) -> Row:
    item = _found(connection, "itemsV2", line, ItemId="ItemId", Item="ItemNumber")
    supplier = _found(connection, "suppliers", line, SupplierId="SupplierId", Supplier="Supplier")
    _found(connection, "supplierSites", line, SupplierSiteId="SupplierSiteId", SupplierSite="SupplierSite")
    place = _found(connection, "inventoryOrganizations", line, DestinationOrganizationId="OrganizationId")
    if (
        place
        and item
        and not select(connection, "itemsV2", ItemId=item["ItemId"], OrganizationId=place["OrganizationId"])
    ):
        text = f"The item {item['ItemNumber']} isn't assigned to the organization {place['OrganizationCode']}."
        raise FusionError(400, text, path="/lines/Item")
    quantity = line.get("Quantity")
    if quantity is not None and quantity <= 0:
        raise FusionError(400, "The quantity must be greater than zero.", path="/lines/Quantity")
    known = identifier(18, next_number(connection, "requisition_line"))
    price = line.get("UnitPrice", item.get("ListPrice"))
    return {
        "RequisitionLineId": known, "RequisitionHeaderId": header["RequisitionHeaderId"],
        "LineNumber": float(str(line["LineNumber"])), "ItemId": item.get("ItemId"), "Item": item.get("ItemNumber"),
        "ItemDescription": line.get("ItemDescription") or item.get("ItemDescription"),
        "Quantity": None if quantity is None else float(str(quantity)),
        "UOM": line.get("UOM"), "UOMCode": line.get("UOMCode"),
        "UnitPrice": None if price is None else float(str(price)),
        "CurrencyCode": line.get("CurrencyCode") or header["FunctionalCurrencyCode"],
        "RequestedDeliveryDate": line.get("RequestedDeliveryDate"),
        "DestinationTypeCode": line.get("DestinationTypeCode"),
        "DestinationOrganizationId": place.get("OrganizationId"),
        "DestinationOrganizationCode": place.get("OrganizationCode"), "RequesterId": line.get("RequesterId"),
        "SupplierId": supplier.get("SupplierId"), "Supplier": supplier.get("Supplier"),
        "SupplierSiteId": line.get("SupplierSiteId"), "LineStatusCode": "INCOMPLETE", "key_": str(known),
    }  # fmt: skip


def _found(connection: sqlite3.Connection, table: str, body: Body, **names: str) -> Row:
    """The row that the given members name; FusionError 400 when one names nothing; {} when none is given."""
    found: Row = {}
    for given, column in names.items():
        if body.get(given) is not None:
            found = next(iter(select(connection, table, **{column: body[given]})), {})
            if not found:
                raise FusionError(400, f"The value of {given} isn't valid: {body[given]}.", path=f"/{given}")
    return found


def submit_requisition(connection: sqlite3.Connection, row: Row, forced: str, limit: Decimal | None, now: str) -> str:
    """Submit a requisition: it is approved at once unless another word is forced or its amount is above the limit."""
    if row["DocumentStatusCode"] not in ("INCOMPLETE", "WITHDRAWN"):
        raise FusionError(400, f"The requisition {row['Requisition']} was already submitted.")
    if forced:
        return forced
    lines = select(connection, "requisitionLines", RequisitionHeaderId=row["RequisitionHeaderId"])
    gaps = [line for line in lines if line["Quantity"] is None or line["RequestedDeliveryDate"] is None]
    if gaps or not lines:
        raise FusionError(400, "Every requisition line needs a quantity and a requested delivery date.")
    amount = sum(Decimal(str(line["Quantity"])) * Decimal(str(line["UnitPrice"] or 0)) for line in lines)
    waits = limit is not None and amount > limit
    word, code = ("Pending approval", "PENDING APPROVAL") if waits else ("Approved", "APPROVED")
    changes: Row = {"DocumentStatus": word, "DocumentStatusCode": code, "SubmissionDate": now}
    changes |= {"ApprovedDate": None if waits else now, "LastUpdateDate": now}
    _set_requisition(connection, row, changes)
    return "SUCCESS"


def withdraw_requisition(connection: sqlite3.Connection, row: Row, now: str) -> None:
    """Take a requisition back that waits for approval or was approved and is on no order."""
    lines = select(connection, "requisitionLines", RequisitionHeaderId=row["RequisitionHeaderId"])
    if row["DocumentStatusCode"] not in ("PENDING APPROVAL", "APPROVED") or any(
        line["PurchaseOrder"] for line in lines
    ):
        raise FusionError(400, f"The requisition {row['Requisition']} can't be withdrawn.")
    changes: Row = {"DocumentStatus": "Withdrawn", "DocumentStatusCode": "WITHDRAWN", "LastUpdateDate": now}
    _set_requisition(connection, row, changes)


def _set_requisition(connection: sqlite3.Connection, row: Row, changes: Row) -> None:
    key = row["RequisitionHeaderId"]
    update(connection, "purchaseRequisitions", changes, RequisitionHeaderId=key)
    update(connection, "requisitionLines", {"LineStatusCode": changes["DocumentStatusCode"]}, RequisitionHeaderId=key)


def create_supply_request(connection: sqlite3.Connection, body: Body, now: str) -> Row:
    """Create a supply request; lines of type TRANSFER become a transfer order between organizations."""
    number = next_number(connection, "supply")
    lines: list[Body] = list(body["supplyRequestLines"])
    items = [_supply_item(connection, line) for line in lines]
    names = (
        "InterfaceBatchNumber", "InterfaceSourceCode", "SupplyOrderReferenceId", "SupplyOrderReferenceNumber",
        "SupplyOrderSource", "SupplyRequestDate", "SupplyRequestStatus", "AllowPartialRequestFlag",
        "ProcessRequestFlag", "TrustedSource",
    )  # fmt: skip
    row: Row = {name: body.get(name) for name in names} | {
        "SupplyOrderNumber": f"SO{300000 + number}", "SupplyOrderStatus": "Submitted",
        "key_": opaque("supply", number), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "supplyRequests", [row])
    insert(connection, "supplyOrderLines", [_supply_line(connection, row, line) for line in lines])
    moves = [(line, item) for line, item in zip(lines, items, strict=True) if line["SupplyType"] == "TRANSFER"]
    if moves:
        _transfer(connection, str(row["SupplyOrderNumber"]), moves, now)
    return row


def _supply_line(connection: sqlite3.Connection, header: Row, line: Body) -> Row:
    known = identifier(19, next_number(connection, "supply_line"))
    names = (
        "SupplyOrderReferenceLineNumber", "SupplyType", "ItemNumber", "UOMCode", "NeedByDate",
        "SourceOrganizationCode", "DestinationOrganizationCode",
    )  # fmt: skip
    return {name: line.get(name) for name in names} | {
        "SupplyOrderLineId": known, "SupplyOrderNumber": header["SupplyOrderNumber"],
        "SupplyLineStatus": "Open", "Quantity": float(str(line["Quantity"])), "key_": str(known),
    }  # fmt: skip


def _supply_item(connection: sqlite3.Connection, line: Body) -> Row:
    if line["SupplyType"] not in ("TRANSFER", "BUY"):
        raise FusionError(400, f"The supply type {line['SupplyType']} isn't valid.", path="/SupplyType")
    for end in ("Source", "Destination"):
        _found(connection, "inventoryOrganizations", line, **{f"{end}OrganizationCode": "OrganizationCode"})
    item = _found(connection, "itemsV2", line, ItemId="ItemId", ItemNumber="ItemNumber")
    if not item:
        raise FusionError(400, "A supply request line needs an item.", path="/ItemNumber")
    return item


def _transfer(connection: sqlite3.Connection, reference: str, moves: list[tuple[Body, Row]], now: str) -> None:
    header = identifier(14, 5000 + next_number(connection, "transfer"))
    head: Row = {
        "HeaderId": header, "HeaderNumber": str(header % 1000000), "Description": reference, "Status": "Open",
        "SourceTypeLookup": "EXT", "SourceOfTransferOrder": reference, "OrderedDate": now, "LastUpdateDate": now,
        "key_": str(header), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "transferOrders", [head])
    rows: list[Row] = []
    for index, (line, item) in enumerate(moves, 1):
        known = identifier(15, (header % 1000000) * 100 + index)
        rows.append(
            {
                "HeaderId": header, "HeaderNumber": head["HeaderNumber"], "LineId": known, "LineNumber": index,
                "ItemNumber": item["ItemNumber"], "ItemDescription": item["ItemDescription"],
                "InventoryItemId": item["ItemId"], "TransferOrderLineStatus": "Open", "StatusLookup": "OPEN",
                "RequestedQuantity": float(str(line["Quantity"])), "ShippedQuantity": 0, "ReceivedQuantity": 0,
                "DeliveredQuantity": 0, "UnshippedQuantity": float(str(line["Quantity"])),
                "QuantityUOMCode": line["UOMCode"], "NeedByDate": line.get("NeedByDate"),
                "SourceOrganizationCode": line.get("SourceOrganizationCode"),
                "SourceSubinventoryCode": line.get("SourceSubinventoryCode"),
                "DestinationOrganizationCode": line.get("DestinationOrganizationCode"),
                "DestinationSubinventoryCode": line.get("DestinationSubinventoryCode"), "key_": str(known), "fresh_": 1,
            }
        )  # fmt: skip
    insert(connection, "transferOrderLines", rows)
