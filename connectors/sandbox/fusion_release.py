"""What becomes of documents once submitted: drafts turn into purchase orders, orders are cancelled, closed, held.

It approves by amount alone; a real installation has rules of its own.
"""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal

from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_load import opaque
from connectors.sandbox.fusion_orders import messages, remove
from connectors.sandbox.fusion_state import Row, insert, next_number, select, update
from connectors.sandbox.fusion_world import BUSINESS_UNIT

Words = Mapping[str, str]


def submit(connection: sqlite3.Connection, draft: Row, forced: str, moment: float, limit: Decimal | None) -> str:
    """Submit a draft; the word of the answer is SUCCESS, or another one although the call itself worked."""
    if draft["StatusCode"] != "INCOMPLETE":
        raise FusionError(400, f"The purchase order {draft['OrderNumber']} was already submitted.")
    if forced or messages(connection, draft):
        return forced or "ERROR"
    total = Decimal(str(draft["OrderedAmountBeforeAdjustments"] or 0))
    waits = limit is not None and total > limit
    status = {"Status": "Pending Approval", "StatusCode": "PENDING APPROVAL"}
    status = status if waits else {"Status": "Open", "StatusCode": "OPEN"}
    changes: Row = {**status, "submitted_": moment, "version_": int(str(draft["version_"])) + 1}
    update(connection, "draftPurchaseOrders", changes, POHeaderId=draft["POHeaderId"])
    return "SUCCESS"


def publish(connection: sqlite3.Connection, moment: float, vanish_s: float, now: str) -> None:
    """Move drafts submitted at least `vanish_s` seconds ago to the purchase orders."""
    due = "SELECT * FROM draftPurchaseOrders WHERE submitted_ <= ?"
    for draft in [dict(row) for row in connection.execute(due, [moment - vanish_s])]:
        _publish(connection, draft, now)


def _publish(connection: sqlite3.Connection, draft: Row, now: str) -> None:
    header_id, total = draft["POHeaderId"], draft["OrderedAmountBeforeAdjustments"]
    kept = (
        "POHeaderId", "OrderNumber", "Description", "Status", "StatusCode", "BuyerId", "Buyer", "ProcurementBUId",
        "ProcurementBU", "RequisitioningBUId", "SupplierId", "Supplier", "SupplierSiteId", "SupplierSite",
        "DocumentStyleId", "CurrencyCode", "FundsStatus", "CreationDate",
    )  # fmt: skip
    order: Row = {name: draft[name] for name in kept} | {
        "Ordered": total, "Total": total, "Revision": 0, "FrozenFlag": 0, "OrderDate": now, "LastUpdateDate": now,
        "key_": str(header_id), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "purchaseOrders", [order])
    life: Row = {
        "POHeaderId": header_id, "OrderNumber": draft["OrderNumber"], "CurrencyCode": draft["CurrencyCode"],
        "OrderedAmount": total, "DeliveredAmount": 0, "InReceivingAmount": 0, "InTransitAmount": 0, "PaidAmount": 0,
        "PartiallyPaidAmount": 0, "UnpaidAmount": total, "key_": str(header_id), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "purchaseOrderLifeCycleDetails", [life])
    for line in select(connection, "draftLines", POHeaderId=header_id):
        _publish_line(connection, draft, line)
    remove(connection, header_id)


def _publish_line(connection: sqlite3.Connection, draft: Row, line: Row) -> None:
    kept = (
        "POLineId", "POHeaderId", "LineNumber", "LineTypeId", "LineType", "ItemId", "Item", "Description", "Quantity",
        "Price", "CurrencyCode", "UOMCode", "SupplierItem", "LastUpdateDate",
    )  # fmt: skip
    row: Row = {name: line[name] for name in kept} | {
        "Ordered": line["Amount"], "Total": line["Amount"], "Status": draft["Status"],
        "StatusCode": draft["StatusCode"], "key_": str(line["POLineId"]), "fresh_": 1,
    }  # fmt: skip
    insert(connection, "purchaseOrderLines", [row])
    insert(
        connection,
        "purchaseOrderSchedules",
        (
            {
                "LineLocationId": part["LineLocationId"], "POHeaderId": line["POHeaderId"],
                "POLineId": line["POLineId"], "OrderNumber": draft["OrderNumber"], "LineNumber": line["LineNumber"],
                "ScheduleNumber": part["ScheduleNumber"],
                "LineNumberScheduleNumber": f"{line['LineNumber']}-{part['ScheduleNumber']}",
                "DueDate": part["PromisedDeliveryDate"] or part["RequestedDeliveryDate"],
                "RequestedDeliveryDate": part["RequestedDeliveryDate"], "ScheduleStatus": draft["Status"],
                "ScheduleStatusCode": draft["StatusCode"], "Supplier": draft["Supplier"],
                "SupplierSite": draft["SupplierSite"], "ItemNumber": line["Item"],
                "ItemDescription": line["Description"], "ItemOrScheduleDescription": line["Description"],
                "Quantity": part["Quantity"], "ReceivedQuantity": 0,
                "Amount": round(float(str(part["Quantity"] or 0)) * float(str(line["Price"] or 0)), 2),
                "ShipToLocation": part["ShipToLocation"], "RequisitioningBU": BUSINESS_UNIT,
                "ProcurementBU": BUSINESS_UNIT, "key_": str(part["LineLocationId"]), "fresh_": 1,
            }
            for part in select(connection, "draftSchedules", POLineId=line["POLineId"])
        ),
    )  # fmt: skip


_AFTER = {"cancel": "CANCELED", "close": "CLOSED", "hold": "ON HOLD", "removeHold": "OPEN"}


def act_on_order(connection: sqlite3.Connection, order: Row, action: str, now: str) -> str:
    """Cancel, close, hold or release a purchase order; FusionError 400 when it is already final."""
    if order["StatusCode"] in ("CANCELED", "CLOSED", "FINALLY CLOSED"):
        raise FusionError(400, f"The action isn't possible: the purchase order is {order['Status']}.")
    set_status(connection, order["POHeaderId"], _AFTER[action], now)
    return "SUCCESS"


def set_status(connection: sqlite3.Connection, header_id: object, code: str, now: str) -> None:
    """Give an order, its lines and its open schedules a status."""
    words: Row = {"Status": code.title(), "StatusCode": code}
    changed = words | {"LastUpdateDate": now}
    update(connection, "purchaseOrders", changed, POHeaderId=header_id)
    update(connection, "purchaseOrderLines", changed, POHeaderId=header_id)
    for part in select(connection, "purchaseOrderSchedules", POHeaderId=header_id):
        if part["ScheduleStatusCode"] not in ("CANCELED", "CLOSED FOR RECEIVING", "CLOSED"):
            new: Row = {"ScheduleStatus": code.capitalize(), "ScheduleStatusCode": code}
            update(connection, "purchaseOrderSchedules", new, LineLocationId=part["LineLocationId"])


def account(connection: sqlite3.Connection, draft: Row) -> str:
    """Give every schedule without a distribution one for its whole quantity."""
    for part in select(connection, "draftSchedules", POHeaderId=draft["POHeaderId"]):
        if not select(connection, "draftDistributions", LineLocationId=part["LineLocationId"]):
            known = int(str(part["LineLocationId"])) + 500000
            row: Row = {
                "PODistributionId": known, "LineLocationId": part["LineLocationId"], "DistributionNumber": 1,
                "Quantity": part["Quantity"], "key_": opaque("distribution", known, next_number(connection, "made")),
            }  # fmt: skip
            insert(connection, "draftDistributions", [row])
    update(connection, "draftPurchaseOrders", {"accounted_": 1}, POHeaderId=draft["POHeaderId"])
    return "SUCCESS"
