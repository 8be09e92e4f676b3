"""Reports in the form that BI Publisher gives them, for tests; no tests in here."""

import base64
import csv
import io
from typing import Any

from connectors.oracle.report_columns import REPORTS
from tests.connectors.scripted import Step

PATHS = {
    "demand": "/Custom/Restock/Transactions.xdo",
    "open_orders": "/Custom/Restock/Schedules.xdo",
    "receipts": "/Custom/Restock/Receipts.xdo",
    "items": "/Custom/Restock/Items.xdo",
    "stock": "/Custom/Restock/Stock.xdo",
}
MOVE = {
    "TRANSACTION_ID": "1", "ORGANIZATION_CODE": "M1", "ITEM_NUMBER": "0007", "TRANSACTION_DATE": "2026-02-01",
    "TRANSACTION_TYPE": "Sales Order Issue", "QUANTITY": "-3",
}  # fmt: skip
SCHEDULE = {
    "LINE_LOCATION_ID": "500", "ORDER_NUMBER": "5001", "LINE_NUMBER": "1", "SCHEDULE_NUMBER": "1",
    "ORGANIZATION_CODE": "M1", "ITEM_NUMBER": "0007", "SUPPLIER_NUMBER": "1001", "QUANTITY": "100",
    "RECEIVED_QUANTITY": "60", "UOM_CODE": "Ea", "PRIMARY_UOM_CODE": "Ea", "PRICE": "12.5", "CURRENCY_CODE": "USD",
    "STATUS_CODE": "OPEN", "ORDER_DATE": "2026-01-20", "NEED_BY_DATE": "2026-02-10", "PROMISED_DATE": "2026-02-14",
    "DESCRIPTION": "ABCDEFGHJK23 Restock M1",
}  # fmt: skip
RECEIPT = {
    "RECEIPT_ID": "9", "LINE_LOCATION_ID": "500", "RECEIPT_DATE": "2026-02-12T23:30:00-08:00",
    "RECEIVED_QUANTITY": "60", "RETURNED_QUANTITY": "2",
}  # fmt: skip


def report(name: str, *rows: dict[str, Any], total: int | None = None, end: bool = True) -> bytes:
    """CSV of a report with these rows and its END row."""
    given = list(REPORTS[name].needed)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, ["RECORD", "ROWS_TOTAL", *given], restval="")
    writer.writeheader()
    writer.writerows({"RECORD": "ROW"} | row for row in rows)
    if end:
        writer.writerow({"RECORD": "END", "ROWS_TOTAL": len(rows) if total is None else total})
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def soap(operation: str, **fields: str) -> Step:
    """An answer of the service."""
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    answer = f'<{operation}Response xmlns="http://xmlns.oracle.com/oxp/service/v2">'
    answer += f"<{operation}Return>{inner}</{operation}Return></{operation}Response>"
    return envelope(answer)


def envelope(inner: str, status: int = 200) -> Step:
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    text = f'<s:Envelope xmlns:s="{space}"><s:Body>{inner}</s:Body></s:Envelope>'
    return Step(status, text.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def fault(text: str) -> Step:
    return envelope(f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>", 500)


def whole(content: bytes) -> Step:
    """A report in one piece."""
    return soap("runReport", reportBytes=base64.b64encode(content).decode(), reportContentType="text/csv")


def first(content: bytes, file_id: str = "xdo1") -> Step:
    """The first part of a report that comes in parts."""
    return soap("runReport", reportBytes=base64.b64encode(content).decode(), reportFileID=file_id)


def part(content: bytes, offset: int, file_id: str = "xdo1") -> Step:
    """A further part; `offset` is where to go on, -1 = nowhere."""
    encoded = base64.b64encode(content).decode()
    return soap(
        "downloadReportDataChunk", reportDataChunk=encoded, reportDataFileID=file_id, reportDataOffset=str(offset)
    )
