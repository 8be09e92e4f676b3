"""Order schedules joined with their orders: open orders, what arrived and when, newest prices.

Not offered by the interface and therefore absent: first promised day (needs the change history), who closed a
line and when. The promised day is DueDate, which Fusion derives from the promised, else the requested date.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from connectors.oracle.addresses import leave_out
from connectors.oracle.keys import key_of
from connectors.oracle.movements import arrivals
from connectors.oracle.source import Source
from connectors.oracle.states import delivers, ended
from connectors.oracle.wire import Columns, Row, day, number, whole

_LOG = logging.getLogger(__name__)
_NAMES = (
    "order_ref", "line", "schedule", "item", "location", "supplier", "quantity_ordered", "received", "ordered_on",
    "requested_on", "promised_on", "order_key", "currency", "status", "header", "line_location", "factor", "price",
    "unit",
)  # fmt: skip
_RECEIPT_FIELDS = ("ReceiptId", "ReceiptDate", "LineLocationId", "ReceivedQuantity", "ReturnedQuantity")


def schedules(source: Source) -> Columns:
    """Schedules of our locations, quantities in base units; those shipped to foreign addresses are left out.

    StopRun when an address is neither ours nor known to be foreign.
    """
    rows, foreign = [], list[Row]()
    joined = _Joined(source)
    raw = source.schedules()
    for values in zip(*raw.values(), strict=True):
        row = dict(zip(raw, values, strict=True))
        location = joined.location(row)
        if location is None:
            foreign.append(row)
        else:
            rows.append(joined.schedule(row, location))
    leave_out(source, foreign)
    return {name: [row[i] for row in rows] for i, name in enumerate(_NAMES)}


class _Joined:
    """Looks up what a schedule row does not carry itself."""

    def __init__(self, source: Source) -> None:
        self._source, self._places = source, source.places()
        self._suppliers, self._units = source.supplier_codes(), source.base_units()
        self._headers, self._lines = source.headers(), source.lines()

    def location(self, row: Row) -> str | None:
        """Organisation that a schedule ships to: by address, else the only one of its business unit."""
        if row["ShipToLocation"]:
            return self._places.get(row["ShipToLocation"])
        own = [c for c, o in self._source.settings.organizations.items() if o.procurement_bu == row["ProcurementBU"]]
        return own[0] if len(own) == 1 else None

    def schedule(self, row: Row, location: str) -> tuple[Any, ...]:
        """Values of one schedule in the order of `_NAMES`."""
        header = self._headers.get(whole(row["POHeaderId"]) or 0, {})
        line = self._lines.get(whole(row["POLineId"]) or 0, {})
        item, unit = str(row["ItemNumber"]), str(line.get("UOMCode") or "")
        factor = self._source.settings.factor(item, unit, self._units.get(item, unit))
        supplier = self._suppliers.get(whole(header.get("SupplierId"))) or self._suppliers.get(row["Supplier"])
        zone = self._source.zone
        ordered = day(header.get("OrderDate"), zone) or day(header.get("CreationDate"), zone)
        requested = row["RequestedDeliveryDate"]
        return (
            row["OrderNumber"], row["LineNumber"], row["ScheduleNumber"], row["ItemNumber"], location,
            supplier or row["Supplier"], _in_base(row["Quantity"], factor, unit),
            _in_base(row["ReceivedQuantity"] or 0, factor, unit), ordered, _day_text(requested),
            _day_text(row["DueDate"] or requested), key_of(header.get("Description")), header.get("CurrencyCode"),
            row["ScheduleStatusCode"] or row["ScheduleStatus"], whole(row["POHeaderId"]), whole(row["LineLocationId"]),
            factor, _price(line, row), unit,
        )  # fmt: skip


def _price(line: Row, row: Row) -> Decimal | None:
    """Price of the line per its unit, else what the schedule's amount comes to."""
    price, quantity, amount = number(line.get("Price")), number(row["Quantity"]), number(row["Amount"])
    if price is None and quantity and amount is not None:
        return (amount / quantity).quantize(Decimal("0.000001"))
    return price


def _in_base(raw: Any, factor: Fraction | None, unit: str) -> Any:
    """Quantity in base units; what cannot be converted keeps its unit and will be set aside."""
    value = number(raw)
    if value is None:
        return raw
    return f"{raw} {unit}" if factor is None else value * factor.numerator / factor.denominator


def _day_text(value: Any) -> Any:
    """Day part of a date or timestamp without zone meaning; anything else as it is."""
    return value[:10] if isinstance(value, str) and value[10:11] == "T" else value


def _select(columns: Columns, keep: list[int], names: dict[str, str]) -> Columns:
    return {canonical: [columns[name][i] for i in keep] for canonical, name in names.items()}


_COMMON = {
    name: name
    for name in (
        "order_ref", "line", "schedule", "item", "location", "supplier", "quantity_ordered", "ordered_on",
        "requested_on", "promised_on", "order_key", "currency",
    )
}  # fmt: skip


def open_orders(columns: Columns) -> Columns:
    """Schedules from which something is still to come; an unreadable quantity stays, to be set aside aloud."""
    rest = [_rest(q, r) for q, r in zip(columns["quantity_ordered"], columns["received"], strict=True)]
    keep = [
        i
        for i, (left, status) in enumerate(zip(rest, columns["status"], strict=True))
        if delivers(status) and (not isinstance(left, Decimal) or left > 0)
    ]
    found = {**_select(columns, keep, _COMMON), "quantity_open": [rest[i] for i in keep]}
    return {**found, "price": [_per_base_unit(columns, i) for i in keep]}


def _per_base_unit(columns: Columns, row: int) -> Decimal | None:
    """Price of one base unit; None where the price or the conversion is unknown."""
    price, factor = columns["price"][row], columns["factor"][row]
    return None if price is None or not factor else price * factor.denominator / factor.numerator


def _rest(ordered: Any, received: Any) -> Any:
    return ordered - received if isinstance(ordered, Decimal) and isinstance(received, Decimal) else ordered


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods of one schedule on one day, in base units; no day when the line ended without goods."""

    row: int
    day: date | None
    quantity: Decimal
    rejected: Decimal | None = None


def receipts(source: Source, columns: Columns) -> Columns:
    """What arrived per schedule and day, and lines that ended without goods."""
    found = list(_arrivals(source, columns))
    keep = [arrival.row for arrival in found]
    closed = [None if a.day else "buyer" for a in found]
    return {
        **_select(columns, keep, _COMMON),
        "quantity_received": [arrival.quantity for arrival in found],
        "received_on": [arrival.day for arrival in found],
        "quantity_rejected": [arrival.rejected for arrival in found],
        "closed_by": closed,
        "price": [_per_base_unit(columns, arrival.row) for arrival in found],
    }


def _arrivals(source: Source, columns: Columns) -> Iterator[Arrival]:
    booked = arrivals(source.transactions(), source.settings, source.zone)
    groups: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i, key in enumerate(zip(columns["header"], columns["item"], columns["location"], strict=True)):
        groups[key].append(i)
    doubtful: defaultdict[int, list[int]] = defaultdict(list)
    for (header, item, location), rows in groups.items():
        per_day = booked.get((header, item, location)) or booked.get(
            (columns["order_ref"][rows[0]], item, location), {}
        )
        yield from (Arrival(i, None, Decimal(0)) for i in rows if _without_goods(columns, i))
        if sum(per_day.values()) == sum(_received(columns, i) for i in rows):
            yield from _spread(columns, rows, per_day)
        else:
            doubtful[header] += rows
    yield from _detailed(source, columns, doubtful)


def _received(columns: Columns, i: int) -> Decimal:
    value = columns["received"][i]
    return value if isinstance(value, Decimal) else Decimal(0)


def _without_goods(columns: Columns, i: int) -> bool:
    return ended(columns["status"][i]) and columns["received"][i] == 0


def _spread(columns: Columns, rows: list[int], per_day: dict[date, Decimal]) -> Iterator[Arrival]:
    """Give the days' net quantities to the schedules, the earliest due first."""
    wanted = {i: _received(columns, i) for i in sorted(rows, key=lambda i: str(columns["promised_on"][i]))}
    for moment, quantity in _net(per_day):
        left = quantity
        for i, open_quantity in wanted.items():
            part = min(left, open_quantity)
            if part > 0:
                yield Arrival(i, moment, part)
                wanted[i], left = open_quantity - part, left - part


def _net(per_day: dict[date, Decimal]) -> list[tuple[date, Decimal]]:
    """Take returns off the arrivals before them, the latest first."""
    kept: list[tuple[date, Decimal]] = []
    for moment in sorted(per_day):
        quantity = per_day[moment]
        while quantity < 0 and kept:
            before, amount = kept.pop()
            quantity += amount
            if quantity > 0:
                kept.append((before, quantity))
                quantity = Decimal(0)
        if quantity > 0:
            kept.append((moment, quantity))
    return kept


def _detailed(source: Source, columns: Columns, doubtful: dict[int, list[int]]) -> Iterator[Arrival]:
    """Read receipts order by order, the newest first, where transactions do not explain what was received."""
    newest = sorted(doubtful, reverse=True)
    for header in newest[: source.settings.receipt_calls]:
        by_schedule = {columns["line_location"][i]: i for i in doubtful[header]}
        resource = f"purchaseOrderLifeCycleDetails/{header}/child/receipts"
        fields = (
            "ReceiptId",
            "ReceiptDate",
            "LineLocationId",
            "ReceivedQuantity",
            "DeliveredQuantity",
            "ReturnedQuantity",
        )
        for row in source.client.rows(resource, ("ReceiptId", "LineLocationId"), fields=fields):
            i, moment = by_schedule.get(whole(row["LineLocationId"])), day(row["ReceiptDate"], source.zone)
            quantity, rejected = number(row["ReceivedQuantity"]), number(row["ReturnedQuantity"])
            factor = columns["factor"][i] if i is not None else None
            if i is None or moment is None or not quantity or factor is None:
                continue
            times = Decimal(factor.numerator) / factor.denominator
            yield Arrival(i, moment, quantity * times, rejected * times if rejected is not None else None)
    if len(newest) > source.settings.receipt_calls:
        left = len(newest) - source.settings.receipt_calls
        _LOG.warning("receipts of %s older orders are not explained by transactions and were left out", left)
