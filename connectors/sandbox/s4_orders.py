"""Purchase orders of the S/4-like server: business checks, defaults, creation, change, deletion.

Field types are checked before (`s4_payload`); HTTP lives in `s4`.
"""

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.odata_errors import ODataError, missing
from connectors.sandbox.odata_model import EntitySet, Service, statement
from connectors.sandbox.odata_shape import etag_of
from connectors.sandbox.s4_payload import only, split_entity
from connectors.sandbox.s4_services import SETS
from connectors.sandbox.s4_state import fact, insert_row, next_number

_CHANGEABLE = {
    "PurchaseOrder": frozenset(
        {"PurchaseOrderDeletionCode", "CorrespncExternalReference", "PaymentTerms", "PurchasingGroup"}
    ),
    "PurchaseOrderItem": frozenset(
        {
            "PurchasingDocumentDeletionCode",
            "OrderQuantity",
            "NetPriceAmount",
            "IsCompletelyDelivered",
            "RequirementTracking",
        }
    ),
    "PurchaseOrderScheduleLine": frozenset({"ScheduleLineDeliveryDate", "ScheduleLineOrderQuantity"}),
    "PurchaseReqnItem": frozenset({"RequestedQuantity", "DeliveryDate", "SupplyingPlant", "IsDeleted", "IsClosed"}),
}


def refuse(code: str, message: str, target: str = "") -> ODataError:
    """A business error."""
    return ODataError(400, code, message, target)


def create_order(connection: sqlite3.Connection, body: Mapping[str, Any], service: Service) -> str:
    """Check and store an order with its items and schedule lines; returns its number or raises ODataError 400."""
    head, nested = split_entity(body, SETS["PurchaseOrder"], service)
    today = fact(connection, "as_of")
    currency = _check_head(connection, head)
    items = nested.get("_PurchaseOrderItem", [])
    if not items:
        raise refuse("ME/083", "Purchase order has no items", "_PurchaseOrderItem")
    parsed = [split_entity(item, SETS["PurchaseOrderItem"], service) for item in items]
    ready = [_Item(connection, head, row, position * 10, today) for position, (row, _) in enumerate(parsed, 1)]
    schedules = [
        item.schedule([split_entity(line, SETS["PurchaseOrderScheduleLine"], service)[0] for line in lines])
        for item, lines in zip(ready, (deep.get("_PurchaseOrderScheduleLineTP", []) for _, deep in parsed), strict=True)
    ]
    number = next_number(connection, "order")
    computed = {
        "PurchaseOrder": number, "DocumentCurrency": currency, "CreationDate": today, "CreatedByUser": "RESTOCK",
        "PurchasingProcessingStatus": "05", "PurchasingCompletenessStatus": 0, "PurchaseOrderDeletionCode": "",
    }  # fmt: skip
    insert_row(connection, "PurchaseOrder", {"PurchaseOrderDate": today, "Language": "EN"} | head | computed)
    for item, lines in zip(ready, schedules, strict=True):
        item.store(number, currency, lines)
    return number


def _check_head(connection: sqlite3.Connection, head: dict[str, Any]) -> str:
    """Check the header; returns the currency of the document."""
    for name in ("PurchaseOrderType", "Supplier", "CompanyCode", "PurchasingOrganization", "PurchasingGroup"):
        if not head.get(name):
            raise refuse("ME/083", f"Enter {name}", name)
    if head["PurchaseOrderType"] != "NB":
        raise refuse("ME/013", f"Document type {head['PurchaseOrderType']} not allowed", "PurchaseOrderType")
    if head["CompanyCode"] != "1000" or head["PurchasingOrganization"] != "1000":
        raise refuse("06/002", "Company code or purchasing organization not defined", "CompanyCode")
    row = connection.execute(
        'SELECT s."PurchasingIsBlocked", o."PurchasingIsBlockedForSupplier", o."PurchaseOrderCurrency"'
        ' FROM "A_Supplier" s'
        ' JOIN "A_SupplierPurchasingOrg" o ON o."Supplier" = s."Supplier" WHERE s."Supplier" = ?',
        (head["Supplier"],),
    ).fetchone()
    if row is None:
        raise refuse(
            "ME/027", f"Supplier {head['Supplier']} not yet created by purchasing organization 1000", "Supplier"
        )
    if row[0] or row[1]:
        raise refuse("ME/006", f"Supplier {head['Supplier']} blocked for purchasing", "Supplier")
    return str(head.get("DocumentCurrency") or row[2])


class _Item:
    """One item on its way into an order: checks itself, fills defaults from the info record."""

    def __init__(
        self, connection: sqlite3.Connection, head: Mapping[str, Any], row: dict[str, Any], position: int, today: str
    ) -> None:
        self._connection, self._row, self._today = connection, row, date.fromisoformat(today)
        self._number = str(int(row.get("PurchaseOrderItem") or position))
        self._material()
        self._terms(str(head["Supplier"]))
        self._unit()
        self._price(str(head.get("DocumentCurrency") or ""))

    def _material(self) -> None:
        row = self._row
        for name in ("Plant", "Material"):
            if not row.get(name):
                raise refuse("ME/083", f"Enter {name}", name)
        found = self._connection.execute(
            'SELECT p."BaseUnit", p."IsMarkedForDeletion", m."IsMarkedForDeletion", m."CrossPlantStatus"'
            ' FROM "A_ProductPlant" p'
            ' JOIN "A_Product" m ON m."Product" = p."Product" WHERE p."Product" = ? AND p."Plant" = ?',
            (row["Material"], row["Plant"]),
        ).fetchone()
        if found is None:
            raise refuse("06/305", f"Material {row['Material']} does not exist in plant {row['Plant']}", "Material")
        if found[1] or found[2] or found[3]:
            raise refuse("ME/052", f"Material {row['Material']} is blocked or flagged for deletion", "Material")
        if row.get("OrderQuantity", 0.0) <= 0:
            raise refuse("ME/083", "Enter quantity", "OrderQuantity")
        self._base = str(found[0])

    def _terms(self, supplier: str) -> None:
        self._record = self._connection.execute(
            'SELECT r."PurchasingInfoRecord", r."PurgDocOrderQuantityUnit", r."OrderItemQtyToBaseQtyNmrtr",'
            ' r."OrderItemQtyToBaseQtyDnmntr", d."NetPriceAmount", d."MaterialPriceUnitQty",'
            ' d."PurchaseOrderPriceUnit",'
            ' d."Currency", d."MaterialPlannedDeliveryDurn" FROM "A_PurchasingInfoRecord" r'
            ' JOIN "A_PurgInfoRecdOrgPlantData" d ON d."PurchasingInfoRecord" = r."PurchasingInfoRecord"'
            ' WHERE r."Supplier" = ? AND r."Material" = ? AND d."Plant" IN (?, \'\') ORDER BY d."Plant" DESC',
            (supplier, self._row["Material"], self._row["Plant"]),
        ).fetchone()

    def _unit(self) -> None:
        row, record = self._row, self._record
        unit = row.get("PurchaseOrderQuantityUnit") or (record[1] if record else self._base)
        if record and unit == record[1]:
            factor = (record[2], record[3])
        else:
            factor = self._connection.execute(
                'SELECT "QuantityNumerator", "QuantityDenominator" FROM "A_ProductUnitsOfMeasure"'
                ' WHERE "Product" = ? AND "AlternativeUnit" = ?',
                (row["Material"], unit),
            ).fetchone()
        if factor is None:
            raise refuse(
                "06/086", f"Conversion of unit {unit} into {self._base} not defined", "PurchaseOrderQuantityUnit"
            )
        given = (row.get("OrderItemQtyToBaseQtyNmrtr"), row.get("OrderItemQtyToBaseQtyDnmntr"))
        if all(given):
            factor = given
        row |= {
            "PurchaseOrderQuantityUnit": unit, "BaseUnit": self._base, "OrderItemQtyToBaseQtyNmrtr": factor[0],
            "OrderItemQtyToBaseQtyDnmntr": factor[1],
        }  # fmt: skip

    def _price(self, currency: str) -> None:
        row, record = self._row, self._record
        if not row.get("NetPriceAmount"):
            if record is None or (currency and record[7] != currency):
                raise refuse("ME/083", "Enter net price", "NetPriceAmount")
            row |= {"NetPriceAmount": record[4], "NetPriceQuantity": record[5], "OrderPriceUnit": record[6]}
        if row["NetPriceAmount"] < 0:
            raise refuse("06/251", "Net price must not be negative", "NetPriceAmount")
        row.setdefault("NetPriceQuantity", 1.0)
        price_unit = row.setdefault("OrderPriceUnit", row["PurchaseOrderQuantityUnit"])
        if price_unit == row["PurchaseOrderQuantityUnit"]:
            ratio = (1.0, 1.0)
        elif price_unit == self._base:
            ratio = (row["OrderItemQtyToBaseQtyNmrtr"], row["OrderItemQtyToBaseQtyDnmntr"])
        else:
            raise refuse("06/086", f"Conversion of price unit {price_unit} not defined", "OrderPriceUnit")
        row |= {"OrderPriceUnitToOrderUnitNmrtr": ratio[0], "OrdPriceUnitToOrderUnitDnmntr": ratio[1]}
        net = row["OrderQuantity"] * ratio[0] / ratio[1] * row["NetPriceAmount"] / row["NetPriceQuantity"]
        row |= {"NetAmount": round(net, 2), "GrossAmount": round(net, 2)}

    def schedule(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Schedule lines with defaults; refused when in the past or when they do not add up to the item."""
        days = int(self._record[8]) if self._record else 1
        due = (self._today + timedelta(days=days)).isoformat()
        lines = lines or [{}]
        if len(lines) == 1:
            lines[0].setdefault("ScheduleLineOrderQuantity", self._row["OrderQuantity"])
        for number, line in enumerate(lines, 1):
            line["ScheduleLine"] = str(int(line.get("ScheduleLine") or number))
            if not line.get("ScheduleLineDeliveryDate"):
                line["ScheduleLineDeliveryDate"] = due
            if line["ScheduleLineDeliveryDate"] < self._today.isoformat():
                raise refuse("ME/040", "Delivery date is in the past", "ScheduleLineDeliveryDate")
        if abs(sum(line.get("ScheduleLineOrderQuantity", 0.0) for line in lines) - self._row["OrderQuantity"]) > 1e-9:
            raise refuse("06/054", "Scheduled quantity differs from item quantity", "ScheduleLineOrderQuantity")
        return lines

    def store(self, order: str, currency: str, lines: list[dict[str, Any]]) -> None:
        """Write the item and its schedule lines."""
        key = {"PurchaseOrder": order, "PurchaseOrderItem": self._number}
        fixed = {
            "DocumentCurrency": currency, "CompanyCode": "1000", "PurchaseOrderCategory": "F",
            "GoodsReceiptIsExpected": 1,
            "PurchasingDocumentDeletionCode": "", "IsCompletelyDelivered": 0,
            "PurchasingInfoRecord": self._record[0] if self._record else "",
        }  # fmt: skip
        insert_row(self._connection, "PurchaseOrderItem", self._row | key | fixed)
        for line in lines:
            computed = {
                "SchedLineStscDeliveryDate": line["ScheduleLineDeliveryDate"], "Currency": currency,
                "OpenPurchaseOrderQuantity": line["ScheduleLineOrderQuantity"],
                "PurchaseOrderQuantityUnit": self._row["PurchaseOrderQuantityUnit"],
                "ScheduleLineOrderDate": self._today.isoformat(),
            }  # fmt: skip
            insert_row(self._connection, "PurchaseOrderScheduleLine", line | key | computed)


def current(connection: sqlite3.Connection, entity: EntitySet, where: str, values: tuple[Any, ...], etag: str) -> None:
    """Refuse a change without the ETag of the entity (428), or with that of an older state (412)."""
    if not entity.version:
        return
    if not etag:
        raise ODataError(428, "/IWBEP/CM_V4_RUN/020", "The request needs the header If-Match")
    query = statement("SELECT", etag_of(entity, "t0"), f'FROM "{entity.name}" t0', "WHERE", where)
    found = connection.execute(query, values).fetchone()
    if found is None:
        raise missing(f"{entity.name} with the given key")
    if etag not in {"*", found[0]}:
        raise ODataError(412, "/IWBEP/CM_V4_RUN/021", "The entity was changed meanwhile")


def change(
    connection: sqlite3.Connection,
    name: str,
    where: str,
    values: tuple[Any, ...],
    body: Mapping[str, Any],
    service: Service,
) -> None:
    """PATCH of an order, an item or a schedule line."""
    row, _ = split_entity(body, SETS[name], service)
    only(row, _CHANGEABLE.get(name, frozenset()), SETS[name])
    if not row:
        return
    changes = ", ".join(f'"{column}" = ?' for column in row)
    if version := SETS[name].version:
        changes += f', "{version}" = coalesce("{version}", 0) + 1000'
    done = connection.execute(statement(f'UPDATE "{name}" SET', changes, "WHERE", where), (*row.values(), *values))
    if not done.rowcount:
        raise missing(f"{name} with the given key")


def delete(connection: sqlite3.Connection, name: str, where: str, values: tuple[Any, ...]) -> None:
    """DELETE of an order or item: sets the deletion code; the documents stay."""
    column = {"PurchaseOrder": "PurchaseOrderDeletionCode", "PurchaseOrderItem": "PurchasingDocumentDeletionCode"}.get(
        name
    )
    if column is None:
        raise ODataError(405, "/IWBEP/CM_MGW_RT/021", f"Deletion of {name} is not allowed")
    done = connection.execute(statement(f'UPDATE "{name}" SET', f"\"{column}\" = 'L' WHERE", where), values)
    if not done.rowcount:
        raise missing(f"{name} with the given key")
    if name == "PurchaseOrder":
        flag = 'UPDATE "PurchaseOrderItem" SET "PurchasingDocumentDeletionCode" = ?'
        connection.execute(statement(flag, "WHERE", where), ("L", *values))
