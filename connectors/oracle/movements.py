"""Completed inventory transactions: demand per day and kind, and goods received against orders.

Types are told apart by one table that settings extend, direction by sign; counts, scrap and moves between
subinventories are no demand. A type that nobody has named and that takes stock out is handed on with its own
word as kind, so that it is set aside with a reason instead of being lost.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.oracle.settings import FusionSettings, TransactionKind
from connectors.oracle.wire import Columns, day, number, whole

_ISSUES: tuple[str, ...] = (
    "Account Alias Issue", "Account Issue", "Miscellaneous Issue", "Move Order Issue",
    "Work in Process Material Issue", "WIP Issue", "WIP Component Issue", "Project Miscellaneous Issue",
)  # fmt: skip
_TRANSFERS: tuple[str, ...] = (
    "Direct Organization Transfer", "In-Transit Receipt", "In-Transit Shipment", "Inter-Organization Transfer",
    "Interorganization Transfer", "Intransit Receipt", "Intransit Shipment",
    "Transfer Order Interorganization Shipment",
    "Transfer Order Interorganization Transfer", "Transfer Order Issue", "Transfer Order Receipt",
    "Transfer Order Shipment",
)  # fmt: skip
_RETURNS: tuple[str, ...] = (
    "RMA Receipt", "Sales Order Return", "Return Material Authorization Receipt", "Work in Process Material Return",
    "WIP Return",
)  # fmt: skip
_RECEIPTS: tuple[str, ...] = (
    "Purchase Order Receipt", "PO Receipt", "Purchase Order Delivery Adjustment", "Purchase Order Return",
    "Return to Supplier",
)  # fmt: skip
_IGNORED: tuple[str, ...] = (
    "Account Alias Receipt", "Account Receipt", "Cycle Count Adjustment", "Cycle Count Transfer", "Inspection Transfer",
    "Miscellaneous Receipt", "Move Order Transfer", "Physical Inventory Adjustment", "Planning Transfer",
    "Sales Order Pick", "Sales Order Staging Transfer", "Scrap", "Scrap Issue", "Subinventory Transfer",
    "WIP Completion", "Work in Process Completion", "Work in Process Product Completion",
)  # fmt: skip

_BUILT_IN: tuple[tuple[tuple[str, ...], TransactionKind], ...] = (
    (("Sales Order Issue", "Sales order shipment"), "sale"),
    (_ISSUES, "issue"),
    (_TRANSFERS, "transfer"),
    (_RETURNS, "return"),
    (_RECEIPTS, "receipt"),
    (_IGNORED, "ignore"),
)


def kinds(settings: FusionSettings) -> Mapping[str, TransactionKind]:
    """Return the kind by transaction type in lower case; settings win over the built-in table."""
    own = {name.strip().lower(): kind for name, kind in settings.transaction_types.items()}
    return {name.lower(): kind for names, kind in _BUILT_IN for name in names} | own


def _base_quantities(columns: Columns, settings: FusionSettings) -> Iterator[Any]:
    """Signed quantities in base units: Decimal, or what the wire gave when it is no number or of an unknown unit."""
    rows = zip(
        columns["TransactionQuantity"],
        columns["Quantity"],
        columns["TransactionUOMCode"],
        columns["PrimaryUOMCode"],
        columns["Item"],
        strict=True,
    )
    for given, other, unit, base, item in rows:
        raw = other if given is None else given
        value = number(raw)
        if value is None or not unit or not base or unit == base:
            yield raw if value is None else value
            continue
        factor = settings.factor(str(item), unit, base)
        yield f"{raw} {unit}" if factor is None else value * factor.numerator / factor.denominator


def demand(columns: Columns, settings: FusionSettings, zone: ZoneInfo) -> Columns:
    """Demand summed per item, location, day and kind; quantities that cannot be read keep rows of their own."""
    table, days = kinds(settings), Days(zone)
    sums: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    odd: list[tuple[Any, ...]] = []
    rows = zip(
        columns["Item"],
        columns["location"],
        columns["TransactionDate"],
        columns["TransactionType"],
        _base_quantities(columns, settings),
        strict=True,
    )
    for item, location, when, name, quantity in rows:
        kind = table.get(str(name).strip().lower())
        if kind in ("ignore", "receipt"):
            continue
        if not isinstance(quantity, Decimal):
            odd.append((item, location, days[when], kind or name, quantity))
            continue
        shown = counted(kind, str(name), outgoing=quantity < 0)
        if shown and quantity:
            sums[item, location, days[when], shown] += abs(quantity)
    found = [*((*key, quantity) for key, quantity in sums.items()), *((*row[:4], row[4]) for row in odd)]
    names = ("item", "location", "date", "kind", "quantity")
    return {name: [row[i] for row in found] for i, name in enumerate(names)}


def counted(kind: TransactionKind | None, name: str, *, outgoing: bool) -> str:
    """Kind under which a movement counts; empty when it is no demand."""
    if kind is None or kind == "transfer":
        return (kind or name) if outgoing else ""
    if kind == "return":
        return "sale" if outgoing else "return"
    return kind if outgoing else "return"


def arrivals(columns: Columns, settings: FusionSettings, zone: ZoneInfo) -> dict[tuple[Any, ...], dict[date, Decimal]]:
    """Net quantity received per day by (order id or order number, item, location), returns to suppliers taken off."""
    table = kinds(settings)
    found: defaultdict[tuple[Any, ...], defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = zip(
        columns["TransactionType"],
        columns["PurchaseOrderHeaderId"],
        columns["SourceReference"],
        columns["Item"],
        columns["location"],
        columns["TransactionDate"],
        _base_quantities(columns, settings),
        strict=True,
    )
    for name, header, reference, item, location, when, quantity in rows:
        if table.get(str(name).strip().lower()) != "receipt" or not isinstance(quantity, Decimal):
            continue
        moment, order = day(when, zone), whole(header) or reference
        if moment is not None and order:
            found[order, item, location][moment] += quantity
    return {key: dict(per_day) for key, per_day in found.items()}


class Days(dict[Any, Any]):
    """Days by timestamp text, each worked out once; what is no timestamp stays as it is."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, text: Any) -> Any:
        found = day(text, self._zone)
        self[text] = text if found is None else found.isoformat()
        return self[text]
