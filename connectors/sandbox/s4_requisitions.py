"""Purchase requisitions of the S/4-like server: checks and creation.

Nothing turns them into orders here.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.sandbox.odata_model import Service
from connectors.sandbox.s4_orders import refuse
from connectors.sandbox.s4_payload import split_entity
from connectors.sandbox.s4_services import SETS
from connectors.sandbox.s4_state import fact, insert_row, next_number

_TRANSFER = "7"  # item category of a stock transfer, internal form
_TYPES = frozenset({"NB", "UB"})


def create_requisition(connection: sqlite3.Connection, body: Mapping[str, Any], service: Service) -> str:
    """Check and store a requisition with its items; returns its number, empty for a validation only."""
    head, nested = split_entity(body, SETS["PurchaseReqn"], service)
    if not head.get("PurchaseRequisitionType"):
        raise refuse("ME/083", "Enter PurchaseRequisitionType", "PurchaseRequisitionType")
    if head["PurchaseRequisitionType"] not in _TYPES:
        what = f"Document type {head['PurchaseRequisitionType']} not allowed"
        raise refuse("ME/013", what, "PurchaseRequisitionType")
    items = [
        split_entity(item, SETS["PurchaseReqnItem"], service)[0] for item in nested.get("_PurchaseRequisitionItem", [])
    ]
    if not items:
        raise refuse("ME/083", "Purchase requisition has no items", "_PurchaseRequisitionItem")
    bases = [_check(connection, item) for item in items]
    if head.get("PurReqnDoOnlyValidation"):
        return ""
    number, today = next_number(connection, "requisition"), fact(connection, "as_of")
    insert_row(connection, "PurchaseReqn", head | {"PurchaseRequisition": number})
    for position, (item, base) in enumerate(zip(items, bases, strict=True), 1):
        key = {
            "PurchaseRequisition": number,
            "PurchaseRequisitionItem": str(item.get("PurchaseRequisitionItem") or position * 10),
        }
        computed = {
            "PurReqCreationDate": today, "CreatedByUser": "RESTOCK", "ProcessingStatus": "N", "BaseUnit": base,
            "LastChangeDateTime": int(datetime.fromisoformat(f"{today}T00:00:00+00:00").timestamp()) * 1000,
        }  # fmt: skip
        insert_row(connection, "PurchaseReqnItem", item | key | computed)
    return number


def _check(connection: sqlite3.Connection, item: Mapping[str, Any]) -> str:
    """Check one item; returns the base unit."""
    found = _kept(connection, item.get("Material", ""), item.get("Plant", ""))
    if not found:
        raise refuse(
            "06/305", f"Material {item.get('Material', '')} does not exist in plant {item.get('Plant', '')}", "Material"
        )
    giving = item.get("SupplyingPlant", "")
    if item.get("PurchasingDocumentItemCategory") == _TRANSFER and not giving:
        raise refuse("ME/083", "Enter SupplyingPlant", "SupplyingPlant")
    if giving and giving == item["Plant"]:
        raise refuse("ME/514", "Supplying plant and plant are the same", "SupplyingPlant")
    if giving and not _kept(connection, item["Material"], giving):
        raise refuse("06/305", f"Material {item['Material']} does not exist in plant {giving}", "SupplyingPlant")
    if item.get("RequestedQuantity", 0.0) <= 0:
        raise refuse("ME/083", "Enter quantity", "RequestedQuantity")
    if not item.get("DeliveryDate"):
        raise refuse("ME/083", "Enter DeliveryDate", "DeliveryDate")
    return found


def _kept(connection: sqlite3.Connection, material: str, plant: str) -> str:
    """Base unit of a material that a plant keeps, else empty."""
    query = 'SELECT "BaseUnit" FROM "A_ProductPlant" WHERE "Product" = ? AND "Plant" = ?'
    found = connection.execute(query, (material, plant)).fetchone()
    return str(found[0]) if found else ""
