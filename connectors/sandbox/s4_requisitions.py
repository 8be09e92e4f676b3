"""Purchase requisitions of the S/4-like server: checks and creation.

Nothing turns them into orders here.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from connectors.sandbox.odata_model import Service
from connectors.sandbox.s4_orders import refuse
from connectors.sandbox.s4_payload import split_entity
from connectors.sandbox.s4_services import SETS
from connectors.sandbox.s4_state import fact, insert_row, next_number


def create_requisition(connection: sqlite3.Connection, body: Mapping[str, Any], service: Service) -> str:
    """Check and store a requisition with its items; returns its number, empty for a validation only."""
    head, nested = split_entity(body, SETS["PurchaseReqn"], service)
    if not head.get("PurchaseRequisitionType"):
        raise refuse("ME/083", "Enter PurchaseRequisitionType", "PurchaseRequisitionType")
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
        computed = {"PurReqCreationDate": today, "CreatedByUser": "RESTOCK", "ProcessingStatus": "N", "BaseUnit": base}
        insert_row(connection, "PurchaseReqnItem", item | key | computed)
    return number


def _check(connection: sqlite3.Connection, item: Mapping[str, Any]) -> str:
    """Check one item; returns the base unit."""
    found = connection.execute(
        'SELECT "BaseUnit" FROM "A_ProductPlant" WHERE "Product" = ? AND "Plant" = ?',
        (item.get("Material", ""), item.get("Plant", "")),
    ).fetchone()
    if found is None:
        raise refuse(
            "06/305", f"Material {item.get('Material', '')} does not exist in plant {item.get('Plant', '')}", "Material"
        )
    if item.get("RequestedQuantity", 0.0) <= 0:
        raise refuse("ME/083", "Enter quantity", "RequestedQuantity")
    if not item.get("DeliveryDate"):
        raise refuse("ME/083", "Enter DeliveryDate", "DeliveryDate")
    return str(found[0])
