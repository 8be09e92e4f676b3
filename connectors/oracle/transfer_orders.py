"""Open transfer orders between our organisations, as rows of `open_orders` with a giving location.

It only reads; transfers are asked for by supply requests, in `transfers`.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.orders.document import DocumentState
from connectors.oracle.keys import key_of
from connectors.oracle.query import term
from connectors.oracle.source import Source
from connectors.oracle.states import supply_state
from connectors.oracle.wire import Columns, Row, children, day, number

_LONGEST = timedelta(days=400)  # nothing is under way longer
_LINE_FIELDS = (
    "LineId,LineNumber,ItemNumber,TransferOrderLineStatus,StatusLookup,RequestedQuantity,ReceivedQuantity,"
    "QuantityUOMCode,NeedByDate,SourceOrganizationCode,DestinationOrganizationCode"
)
_FIELDS = f"HeaderId,HeaderNumber,Description,OrderedDate;transferOrderLines:{_LINE_FIELDS}"
_NAMES = (
    "order_ref", "line", "schedule", "item", "location", "from_location", "quantity_ordered", "quantity_open",
    "ordered_on", "requested_on", "promised_on", "order_key",
)  # fmt: skip
_OVER = frozenset({DocumentState.CLOSED, DocumentState.CANCELLED, DocumentState.REFUSED})


def open_transfers(source: Source) -> Columns:
    """Lines that have not arrived in full; `schedule` keeps them apart from purchase orders of the same number."""
    rows = list(_rows(source))
    return {name: [row[i] for row in rows] for i, name in enumerate(_NAMES)}


def _rows(source: Source) -> Iterator[tuple[Any, ...]]:
    start = min(source.since, source.clock.today(source.settings.timezone) - _LONGEST)
    headers = source.client.rows("transferOrders", ("HeaderId",), term("OrderedDate", ">=", start), fields=(_FIELDS,))
    for header in headers:
        for line in _lines(source, header):
            over = supply_state(line.get("StatusLookup") or line.get("TransferOrderLineStatus")) in _OVER
            if not over and line.get("DestinationOrganizationCode") in source.settings.organizations:
                yield from _row(source, header, line)


def _lines(source: Source, header: Row) -> list[Row]:
    there = children(header, "transferOrderLines")
    if there is None:
        path = f"transferOrders/{header['HeaderId']}/child/transferOrderLines"
        return source.client.rows(path, ("LineId",), fields=(_LINE_FIELDS,))
    return there


def _row(source: Source, header: Row, line: Row) -> Iterator[tuple[Any, ...]]:
    """One row, or none when everything has arrived; an unreadable quantity stays, to be set aside aloud."""
    item, unit = str(line.get("ItemNumber") or ""), str(line.get("QuantityUOMCode") or "")
    factor = source.settings.factor(item, unit, source.base_units().get(item, unit))
    asked, came = number(line.get("RequestedQuantity")), number(line.get("ReceivedQuantity")) or Decimal(0)
    ordered: Any = f"{line.get('RequestedQuantity')} {unit}"
    left = ordered
    if asked is not None and factor is not None:
        ordered = asked * factor.numerator / factor.denominator
        left = (asked - came) * factor.numerator / factor.denominator
        if left <= 0:
            return
    need = day(line.get("NeedByDate"), source.zone)
    yield (
        header.get("HeaderNumber"), line.get("LineNumber"), "transfer", item, line["DestinationOrganizationCode"],
        line.get("SourceOrganizationCode"), ordered, left, day(header.get("OrderedDate"), source.zone), need, need,
        key_of(header.get("Description")),
    )  # fmt: skip
