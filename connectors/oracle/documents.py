"""Finds purchase documents by our key or by number, in drafts and in orders, and reads them back in base units.

It changes nothing; a draft moves to the orders when it is approved, so drafts are always read first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.errors import Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState
from connectors.oracle.client import FusionClient, take
from connectors.oracle.keys import key_of
from connectors.oracle.lookups import Lookups
from connectors.oracle.query import both, either, equal
from connectors.oracle.settings import FusionSettings
from connectors.oracle.source import SCHEDULE_FIELDS
from connectors.oracle.states import document_state, ended, order_state
from connectors.oracle.units import Units
from connectors.oracle.wire import Row, children, number, whole

DRAFTS, ORDERS = "draftPurchaseOrders", "purchaseOrders"
_CHUNK = 20
_KEY = ("POHeaderId",)
_REMEDY = "Report the answer to the administrator of the Fusion system."


@dataclass(frozen=True, slots=True)
class Found:
    """A header row with the resource that it was found in."""

    resource: str
    row: Row

    @property
    def is_draft(self) -> bool:
        """Whether it is still among the drafts."""
        return self.resource == DRAFTS

    @property
    def header_id(self) -> int:
        """Id that a document keeps when it turns from a draft into an order."""
        return _whole(self.row, "POHeaderId")

    @property
    def number(self) -> str:
        """Number that people see; empty before it has one."""
        return str(self.row.get("OrderNumber") or "")

    @property
    def state(self) -> DocumentState:
        """State by the status code, else by the status word."""
        return document_state(self.row.get("StatusCode") or self.row.get("Status"))


class Documents:
    """Reads documents of one system; raises Retryable, NeedsAdmin or StopRun."""

    def __init__(self, client: FusionClient, settings: FusionSettings, lookups: Lookups) -> None:
        self._client, self._settings, self._lookups = client, settings, lookups
        self._places: dict[str, str] | None = None
        self._foreign: set[str] = set()
        self.units = Units(client, settings)

    def by_key(self, order_key: str, supplier: str = "") -> list[Found]:
        """Documents whose description starts with the key, among the newest of our buyers (and the supplier).

        Reads `search_rows` documents and at least `search_days` back from the newest one: a busy day must not push
        a document out of sight whose absence would let it be ordered again.
        """
        only = equal("SupplierId", _whole(self._lookups.supplier(supplier), "SupplierId")) if supplier else ""

        def ours(row: Row) -> bool:
            return key_of(row.get("Description")) == order_key

        found = []
        for resource in (DRAFTS, ORDERS):
            for buyer in self._lookups.buyers():
                pages = self._client.pages(resource, _KEY, q=both(only, equal("BuyerId", buyer)), newest_first=True)
                rows = take(pages, self._settings.search_rows, ours, far_back(self._settings.search_days))
                found += [Found(resource, row) for row in rows]
        return _once_each(found)

    def by_numbers(self, numbers: Sequence[str]) -> list[Found]:
        """Documents of our business units with these numbers."""
        return self._matching([equal("OrderNumber", text) for text in dict.fromkeys(numbers)])

    def by_id(self, header_id: int) -> Found | None:
        """Return the document with this id, wherever it is now."""
        found = self._matching([equal("POHeaderId", header_id)])
        return found[0] if found else None

    def _matching(self, terms: list[str]) -> list[Found]:
        bus = {self._lookups.procurement_bu(name) for name in self._settings.procurement_bus()}
        found = []
        for resource in (DRAFTS, ORDERS):
            for i in range(0, len(terms), _CHUNK):
                rows = self._client.rows(resource, _KEY, either(*terms[i : i + _CHUNK]))
                found += [Found(resource, row) for row in rows if whole(row.get("ProcurementBUId")) in bus]
        return _once_each(found)

    def read(self, found: Found) -> Document:
        """Read a document whole, with one line per schedule."""
        row = self._expanded(found)
        lines = tuple(self._lines(found, row))
        coming = any(not line.ended and line.received < line.quantity for line in lines)
        return Document(
            number=found.number,
            order_key=key_of(row.get("Description")),
            supplier=self._lookups.supplier_code(_whole(row, "SupplierId"), str(row.get("Supplier") or "")),
            currency=str(row.get("CurrencyCode") or ""),
            state=order_state(row.get("StatusCode") or row.get("Status"), coming=coming),
            lines=lines,
        )

    def _expanded(self, found: Found) -> Row:
        q = equal("POHeaderId", found.header_id)
        rows = self._client.rows(found.resource, _KEY, q, expand="lines.schedules")
        return rows[0] if rows else found.row

    def _lines(self, found: Found, row: Row) -> Iterator[DocumentLine]:
        lines = children(row, "lines")
        if lines is None:
            lines = self._client.rows(f"{self._client.self_link(row)}/child/lines", ("POLineId",))
        self.units.prepare(str(line.get("Item") or "") for line in lines)
        flat: list[Row] | None = None
        for line in sorted(lines, key=lambda one: number(one.get("LineNumber")) or Decimal(0)):
            if line.get("CancelFlag") is True or document_state(line.get("StatusCode") or "OPEN") == "cancelled":
                continue
            schedules = children(line, "schedules")
            if schedules is None:
                flat = self._flat(found) if flat is None else flat
                schedules = [one for one in flat if whole(one["POLineId"]) == whole(line["POLineId"])]
            yield from (self._line(found.number, line, schedule) for schedule in schedules or [line])

    def _flat(self, found: Found) -> list[Row]:
        q = equal("POHeaderId", found.header_id)
        return self._client.rows("purchaseOrderSchedules", ("LineLocationId",), q, fields=SCHEDULE_FIELDS)

    def _line(self, order: str, line: Row, schedule: Row) -> DocumentLine:
        item = str(line.get("Item") or "")
        factor = self.factor(f"{order} line {line.get('LineNumber')}", item, str(line.get("UOMCode") or ""))
        received = number(schedule.get("ReceivedQuantity")) or Decimal(0)
        return DocumentLine(
            item=item,
            location=self._location(schedule),
            quantity=times(_number(schedule, "Quantity"), factor),
            price=_number(line, "Price"),
            price_unit=times(Decimal(1), factor),
            due_on=iso_day(schedule.get("RequestedDeliveryDate") or schedule.get("PromisedDeliveryDate")),
            received=times(received, factor),
            promised_on=_promise(schedule),
            ended=ended(schedule.get("ScheduleStatusCode") or line.get("StatusCode") or "OPEN"),
            line=str(line.get("LineNumber") or ""),
        )

    def factor(self, place: str, item: str, unit: str) -> Fraction:
        """Base units in one unit of a line; Retryable when nobody says so: a half-read document proves nothing."""
        known = self.units.factor(item, unit)
        if known is None:
            what = f"nobody says how many base units of item {item} one {unit} is"
            raise Retryable(f"{place}: {what}; name it in conversions, or in uom_codes if it is the base unit")
        return known

    def _location(self, schedule: Row) -> str:
        """Organisation code of a schedule; the raw address when it is none of ours."""
        code, place = schedule.get("ShipToOrganizationCode"), str(schedule.get("ShipToLocation") or "")
        if code:
            return str(code)
        if place not in self.places() and place not in self._foreign:
            self._foreign.add(place)
            self._places = None  # addresses are renamed while a worker runs for weeks
        return self.places().get(place, place)

    def places(self) -> dict[str, str]:
        """Organisation code by ship-to address of the configured organisations."""
        if self._places is None:
            fields = ("OrganizationId", "OrganizationCode", "LocationCode")
            rows = self._client.rows("inventoryOrganizations", ("OrganizationId",), fields=fields)
            wanted = self._settings.organizations
            own = {str(r["LocationCode"]): str(r["OrganizationCode"]) for r in rows if r["OrganizationCode"] in wanted}
            named = {o.ship_to_location: code for code, o in wanted.items() if o.ship_to_location}
            self._places = {**own, **named}
        return self._places


def far_back(days: int) -> Callable[[Row, Row], bool]:
    """Whether the days to search lie behind; documents that do not say when they were made never tell."""

    def enough(newest: Row, last: Row) -> bool:
        first, end = (iso_day(row.get("CreationDate")) for row in (newest, last))
        return first is not None and end is not None and (first - end).days > days

    return enough


def _once_each(found: list[Found]) -> list[Found]:
    """One entry per document; the order wins over its draft, which a change leaves behind."""
    return list({one.header_id: one for one in found}.values())


def times(value: Decimal, factor: Fraction) -> Decimal:
    """A quantity in another unit."""
    return value * factor.numerator / factor.denominator


def _promise(schedule: Row) -> date | None:
    """Day that was promised; schedules of orders show it only as a due day that differs from the one asked for."""
    told, due = iso_day(schedule.get("PromisedDeliveryDate")), iso_day(schedule.get("DueDate"))
    return told or (due if due != iso_day(schedule.get("RequestedDeliveryDate")) else None)


def _number(row: Row, name: str) -> Decimal:
    found = number(row.get(name))
    if found is None:
        raise StopRun(f"{name} of a purchase document is no number: {row.get(name)!r}", _REMEDY)
    return found


def _whole(row: Row, name: str) -> int:
    found = whole(row.get(name))
    if found is None:
        raise StopRun(f"{name} of a purchase document is no id: {row.get(name)!r}", _REMEDY)
    return found


def iso_day(value: Any) -> date | None:
    """Day part of a date or timestamp; None when it is neither."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
