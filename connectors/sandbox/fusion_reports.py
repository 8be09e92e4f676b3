"""BI Publisher of the Fusion-like server: runs installed reports over SOAP and hands their CSV out in parts.

It renders no layouts and knows no other format; a report shows what the company's data model would select.
"""

import base64
import csv
import io
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

PATH = "/xmlpserver/services/v2/ReportService"
_V2 = "http://xmlns.oracle.com/oxp/service/v2"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_KEPT = 6  # files that can still be fetched
_REQUEST = frozenset(
    {
        "attributeFormat", "attributeLocale", "byPassCache", "parameterNameValues", "reportAbsolutePath",
        "sizeOfDataChunkDownload",
    }
)  # fmt: skip

_PLACES = "instr(',' || :P_ORGANIZATIONS || ',', ',' || {code} || ',') > 0"
_TRANSACTIONS = f"""
SELECT TransactionId TRANSACTION_ID, Organization ORGANIZATION_CODE, Item ITEM_NUMBER,
       substr(TransactionDate, 1, 10) TRANSACTION_DATE, TransactionType TRANSACTION_TYPE, TransactionQuantity QUANTITY
FROM inventoryCompletedTransactions
WHERE TransactionDate >= :P_FROM AND TransactionDate < :P_TO
      AND {_PLACES.format(code="Organization")}
"""  # noqa: S608 - fixed text
_SCHEDULES = f"""
WITH units AS MATERIALIZED (
    SELECT ItemNumber, min(PrimaryUOMCode) code FROM onhandQuantityDetails GROUP BY ItemNumber
)
SELECT s.LineLocationId LINE_LOCATION_ID, s.OrderNumber ORDER_NUMBER, s.LineNumber LINE_NUMBER,
       s.ScheduleNumber SCHEDULE_NUMBER, p.OrganizationCode ORGANIZATION_CODE, s.ItemNumber ITEM_NUMBER,
       v.SupplierNumber SUPPLIER_NUMBER, s.Quantity QUANTITY, s.ReceivedQuantity RECEIVED_QUANTITY,
       l.UOMCode UOM_CODE, coalesce(u.code, l.UOMCode) PRIMARY_UOM_CODE, l.Price PRICE, h.CurrencyCode CURRENCY_CODE,
       s.ScheduleStatusCode STATUS_CODE, substr(coalesce(h.OrderDate, h.CreationDate), 1, 10) ORDER_DATE,
       s.RequestedDeliveryDate NEED_BY_DATE, s.DueDate PROMISED_DATE, h.Description DESCRIPTION
FROM purchaseOrderSchedules s
     JOIN purchaseOrders h ON h.POHeaderId = s.POHeaderId
     JOIN purchaseOrderLines l ON l.POLineId = s.POLineId
     JOIN inventoryOrganizations p ON p.LocationCode = s.ShipToLocation
     LEFT JOIN suppliers v ON v.SupplierId = h.SupplierId
     LEFT JOIN units u ON u.ItemNumber = s.ItemNumber
WHERE s.RequestedDeliveryDate >= :P_FROM AND s.RequestedDeliveryDate < :P_TO
      AND (s.RequestedDeliveryDate >= :P_SINCE OR s.ScheduleStatusCode = 'OPEN')
      AND {_PLACES.format(code="p.OrganizationCode")}
"""  # noqa: S608 - fixed text
_RECEIPTS = f"""
SELECT r.ReceiptId RECEIPT_ID, r.LineLocationId LINE_LOCATION_ID, r.ReceiptDate RECEIPT_DATE,
       r.ReceivedQuantity RECEIVED_QUANTITY, r.ReturnedQuantity RETURNED_QUANTITY
FROM purchaseOrderReceipts r
     JOIN purchaseOrderSchedules s ON s.LineLocationId = r.LineLocationId
     JOIN inventoryOrganizations p ON p.LocationCode = s.ShipToLocation
WHERE r.ReceiptDate >= :P_FROM AND r.ReceiptDate < :P_TO
      AND {_PLACES.format(code="p.OrganizationCode")}
"""  # noqa: S608 - fixed text
_ITEMS = """
WITH units AS MATERIALIZED (
    SELECT ItemNumber, min(PrimaryUOMCode) code FROM onhandQuantityDetails GROUP BY ItemNumber
)
SELECT i.OrganizationCode ORGANIZATION_CODE, i.ItemNumber ITEM_NUMBER, i.ItemDescription DESCRIPTION,
       i.ItemClass ITEM_CLASS, i.ItemStatusValue STATUS, coalesce(u.code, i.PrimaryUOMValue) PRIMARY_UOM_CODE,
       iif(i.StockEnabledFlag, 'Y', 'N') STOCK_ENABLED, iif(i.PurchasingFlag, 'Y', 'N') PURCHASING,
       iif(i.PurchasableFlag, 'Y', 'N') PURCHASABLE, i.PlanningMakeBuyValue MAKE_OR_BUY,
       i.InventoryPlanningMethodValue INVENTORY_PLANNING_METHOD, i.MinimumMinmaxQuantity MIN_QUANTITY,
       i.MaximumMinmaxQuantity MAX_QUANTITY, i.MinimumOrderQuantity MINIMUM_ORDER_QUANTITY,
       i.MaximumOrderQuantity MAXIMUM_ORDER_QUANTITY, i.FixedLotSizeMultiplier LOT_MULTIPLE,
       i.PreprocessingDays PREPROCESSING_DAYS, i.ProcessingDays PROCESSING_DAYS,
       i.PostprocessingDays POSTPROCESSING_DAYS, i.ListPrice LIST_PRICE, i.DefaultBuyerValue BUYER,
       i.BuyerEmailAddress BUYER_EMAIL, i.ShelfLifeDays SHELF_LIFE_DAYS
FROM itemsV2 i LEFT JOIN units u ON u.ItemNumber = i.ItemNumber
WHERE i.OrganizationCode = :P_ORGANIZATIONS
"""
_STOCK = """
SELECT OrganizationCode ORGANIZATION_CODE, ItemNumber ITEM_NUMBER, SubinventoryCode SUBINVENTORY_CODE,
       min(PrimaryUOMCode) PRIMARY_UOM_CODE, sum(OnhandQuantity) ONHAND_QUANTITY,
       sum(ReservedQuantity) RESERVED_QUANTITY, sum(ReceivingQuantity) RECEIVING_QUANTITY
FROM onhandQuantityDetails
WHERE OrganizationCode = :P_ORGANIZATIONS
GROUP BY OrganizationCode, ItemNumber, SubinventoryCode
"""
_DAYS = ("P_FROM", "P_TO", "P_ORGANIZATIONS")
CATALOG: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "/Custom/Restock/Transactions.xdo": (_TRANSACTIONS, _DAYS),
    "/Custom/Restock/Schedules.xdo": (_SCHEDULES, (*_DAYS, "P_SINCE")),
    "/Custom/Restock/Receipts.xdo": (_RECEIPTS, _DAYS),
    "/Custom/Restock/Items.xdo": (_ITEMS, ("P_ORGANIZATIONS",)),
    "/Custom/Restock/Stock.xdo": (_STOCK, ("P_ORGANIZATIONS",)),
}


class ReportError(Exception):
    """A SOAP fault of the service."""


@dataclass(slots=True)
class Publisher:
    """The service; `admits` says whether a user and a password may run reports."""

    admits: Callable[[str, str], bool]
    _files: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, connection: sqlite3.Connection, media_type: str, action: str, body: bytes) -> tuple[int, str]:
        """Status and XML of the answer to one request."""
        if media_type != "text/xml":
            return 415, ""
        try:
            name, operation = _operation(body, action.strip('"'))
            fields = {_plain(child.tag): child for child in operation}
            self._sign_on(fields)
            if name == "runReport":
                return 200, self._run(connection, fields)
            return 200, self._part(fields)
        except ReportError as error:
            text = f"<faultcode>soapenv:Server.userException</faultcode><faultstring>{escape(str(error))}</faultstring>"
            return 500, _wrapped(f"<soapenv:Fault>{text}</soapenv:Fault>")

    def _sign_on(self, fields: Mapping[str, ET.Element]) -> None:
        user, password = (_text(fields, name) for name in ("userID", "password"))
        if not self.admits(user, password):
            what = "Security violation: Failed to log into BI Publisher: invalid username or password."
            raise ReportError(f"oracle.xdo.webservice.exception.AccessDeniedException: {what}")

    def _run(self, connection: sqlite3.Connection, fields: Mapping[str, ET.Element]) -> str:
        request = {_plain(child.tag): child for child in fields.get("reportRequest", ())}
        unknown = sorted(set(request) - _REQUEST)
        if unknown:
            raise ReportError(f"Unexpected element {', '.join(unknown)}")
        if _text(request, "attributeFormat") != "csv":
            raise _invalid("the format of the report")
        path = _text(request, "reportAbsolutePath")
        if path not in CATALOG:
            raise _invalid(f"Report {path} was not found")
        content = _csv(connection, path, _parameters(request.get("parameterNameValues")))
        chunk = _number(request, "sizeOfDataChunkDownload")
        if chunk < 0:
            return _answered("runReport", reportBytes=_encoded(content), reportContentType="text/csv")
        name = self._kept(content)
        return _answered(
            "runReport", reportBytes=_encoded(content[:chunk]), reportContentType="text/csv", reportFileID=name
        )

    def _kept(self, content: bytes) -> str:
        name = f"xdo{secrets.token_hex(8)}.csv"
        with self._lock:
            self._files[name] = content
            for old in list(self._files)[:-_KEPT]:
                del self._files[old]
        return name

    def _part(self, fields: Mapping[str, ET.Element]) -> str:
        name, begin, size = _text(fields, "fileID"), _number(fields, "beginIdx"), _number(fields, "size")
        with self._lock:
            content = self._files.get(name)
        if content is None or begin < 0 or size <= 0:
            raise _invalid(f"file {name}")
        part = content[begin : begin + size]
        after = begin + len(part)
        return _answered(
            "downloadReportDataChunk",
            reportDataChunk=_encoded(part),
            reportDataFileID=name,
            reportDataOffset=str(after if after < len(content) else -1),
        )


def _operation(body: bytes, action: str) -> tuple[str, ET.Element]:
    try:
        root = ET.fromstring(body)  # noqa: S314 - a loopback server of the demo
    except ET.ParseError as error:
        raise ReportError(f"The request is not XML: {error}") from None
    for name in ("runReport", "downloadReportDataChunk"):
        found = root.find(f"./{{{_SOAP}}}Body/{{{_V2}}}{name}")
        if found is not None and action in {"", name}:
            return name, found
    raise ReportError("The operation is not known")


def _parameters(element: ET.Element | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in element.iter(f"{{{_V2}}}item") if element is not None else ():
        name = item.find(f"{{{_V2}}}name")
        if name is not None:
            found[name.text or ""] = item.findtext(f"{{{_V2}}}values/{{{_V2}}}item") or ""
    return found


def _csv(connection: sqlite3.Connection, path: str, given: Mapping[str, str]) -> bytes:
    sql, names = CATALOG[path]
    if set(given) != set(names):
        raise _invalid(f"parameters {', '.join(sorted(given))} instead of {', '.join(names)}")
    rows = connection.execute(sql, dict(given))
    columns = [column[0] for column in rows.description]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["RECORD", "ROWS_TOTAL", *columns])
    count = 0
    for row in rows:
        writer.writerow(["ROW", "", *row])
        count += 1
    writer.writerow(["END", count, *([""] * len(columns))])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _invalid(what: str) -> ReportError:
    return ReportError(f"oracle.xdo.webservice.exception.InvalidParametersException: {what}")


def _text(fields: Mapping[str, ET.Element], name: str) -> str:
    return (fields[name].text or "") if name in fields else ""


def _number(fields: Mapping[str, ET.Element], name: str) -> int:
    try:
        return int(_text(fields, name))
    except ValueError:
        raise _invalid(f"{name} is no number") from None


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _answered(operation: str, **fields: str) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    answer = f"<{operation}Return>{inner}</{operation}Return>"
    return _wrapped(f'<{operation}Response xmlns="{_V2}">{answer}</{operation}Response>')


def _wrapped(inner: str) -> str:
    body = f"<soapenv:Body>{inner}</soapenv:Body>"
    return f'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="{_SOAP}">{body}</soapenv:Envelope>'
