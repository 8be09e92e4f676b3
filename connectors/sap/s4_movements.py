"""Reads material documents of S/4HANA window by window and condenses them: demand per day, receipts per order item.

Which movement means what stands in one table; scrap and count differences are in none of its rows, so they are
no demand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from connectors.sap.odata import Row
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_base import MOVEMENTS, S4
from connectors.sap.values import cell, code, day, frame, number, plain

# movement type -> kind of demand; a minus takes back what its partner posted
MOVEMENT_KINDS: dict[str, str] = {
    **dict.fromkeys(("231", "251", "601"), "sale"),
    **dict.fromkeys(("232", "252", "602"), "-sale"),
    **dict.fromkeys(("201", "221", "261", "281", "291"), "issue"),
    **dict.fromkeys(("202", "222", "262", "282", "292"), "-issue"),
    **dict.fromkeys(("651", "653"), "return"),
    **dict.fromkeys(("652", "654"), "-return"),
    **dict.fromkeys(("301", "303", "351", "641", "643", "645", "647"), "transfer"),
    **dict.fromkeys(("302", "304", "352", "642", "644", "646", "648"), "-transfer"),
}
# receipts for purchase orders: usable now, and sent back to the supplier
_RECEIVED = {"101": 1, "105": 1, "102": -1, "106": -1}
_REJECTED = {"122": 1, "161": 1, "123": -1, "162": -1}
_COLUMNS = ("item", "location", "date", "quantity", "kind")
_OPPOSITE = {"issue": "return", "sale": "return", "transfer": "return", "return": "issue"}


@dataclass(frozen=True, slots=True)
class Posting:
    """One receipt (or its reversal, below zero) of an order item; `quantity` in base units, raw where unreadable."""

    on: str
    quantity: Decimal | None
    raw: str
    rejected: bool


@dataclass(slots=True)
class Movements:
    """Everything condensed from the material documents since a day."""

    demand: list[pd.DataFrame] = field(default_factory=list)
    postings: dict[tuple[str, str], list[Posting]] = field(default_factory=dict)


def windows(start: date, end: date, days: int) -> Iterator[tuple[date, date | None]]:
    """Windows of `days` days from start; the last one is open, so that future postings come too."""
    while start + timedelta(days=days) <= end:
        yield start, start + timedelta(days=days)
        start += timedelta(days=days)
    yield start, None


class MovementReader:
    """Reads the documents once for both tables that are made of them; what both have taken is forgotten."""

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._kinds = {**MOVEMENT_KINDS, **s4.settings.movement_types}
        self._plants = frozenset(s4.settings.plants)
        self._kept: tuple[date, float, str, Movements] | None = None

    def read(self, start: date, wanted_by: str) -> Movements:
        """Movements since `start`; the result of the last ten minutes is shared with the other table once."""
        kept, self._kept = self._kept, None
        now = self._s4.clock.monotonic()
        if kept is not None and kept[0] == start and now - kept[1] <= 600 and kept[2] != wanted_by:
            return kept[3]
        movements = Movements()
        cancelled: set[tuple[str, str, str]] = set()
        for first, end in windows(start, self._s4.today(), self._s4.settings.window_days):
            movements.demand.append(self._window(first, end, movements, cancelled))
        self._kept = (start, now, wanted_by, movements)
        return movements

    def _window(
        self, start: date, end: date | None, movements: Movements, cancelled: set[tuple[str, str, str]]
    ) -> pd.DataFrame:
        sums: dict[tuple[str, str, str, str], Decimal] = {}
        odd: list[tuple[str, str, str, str, str]] = []
        for header in self._headers(start, end):
            on = day(header["PostingDate"])
            for item in header["to_MaterialDocumentItem"]["results"]:
                if item["Plant"] not in self._plants or _taken_back(item, cancelled):
                    continue
                movement = item["GoodsMovementType"]
                kind = self._kinds.get(movement)
                if kind is not None and kind != "ignore":
                    _add_demand(sums, odd, item, on, kind)
                elif item["PurchaseOrder"] and (movement in _RECEIVED or movement in _REJECTED):
                    key = (code(item["PurchaseOrder"]), code(item["PurchaseOrderItem"]))
                    movements.postings.setdefault(key, []).append(_posting(item, on))
        return _demand_frame(sums, odd)

    def _headers(self, start: date, end: date | None) -> Iterator[Row]:
        where = f"PostingDate ge {day_literal(start, 2)}"
        if end is not None:
            where += f" and PostingDate lt {day_literal(end, 2)}"
        fields = _ITEM_FIELDS + (("DebitCreditCode",) if self._s4.settings.debit_credit_code else ())
        items = ",".join(f"to_MaterialDocumentItem/{name}" for name in fields)
        select = f"MaterialDocument,MaterialDocumentYear,PostingDate,{items}"
        expand = "to_MaterialDocumentItem"
        return self._s4.rows(MOVEMENTS, "A_MaterialDocumentHeader", select, where, expand, lasting=True)


_ITEM_FIELDS = (
    "MaterialDocumentYear", "MaterialDocument", "MaterialDocumentItem", "Material", "Plant", "GoodsMovementType",
    "PurchaseOrder", "PurchaseOrderItem", "QuantityInBaseUnit", "IssuingOrReceivingPlant", "GoodsMovementIsCancelled",
    "ReversedMaterialDocumentYear", "ReversedMaterialDocument", "ReversedMaterialDocumentItem",
)  # fmt: skip


def _taken_back(item: Row, cancelled: set[tuple[str, str, str]]) -> bool:
    """Whether the item never happened: it was cancelled later, or it cancels one that was left out."""
    if item["ReversedMaterialDocument"]:
        original = (
            item["ReversedMaterialDocumentYear"],
            item["ReversedMaterialDocument"],
            item["ReversedMaterialDocumentItem"],
        )
        return original in cancelled
    if item["GoodsMovementIsCancelled"]:
        cancelled.add((item["MaterialDocumentYear"], item["MaterialDocument"], item["MaterialDocumentItem"]))
        return True
    return False


def _add_demand(
    sums: dict[tuple[str, str, str, str], Decimal],
    odd: list[tuple[str, str, str, str, str]],
    item: Row,
    on: str,
    kind: str,
) -> None:
    name = kind.removeprefix("-")
    if name == "transfer" and not _leaves(item, reversal=kind != name):
        return
    quantity = number(item["QuantityInBaseUnit"])
    if quantity is None or quantity < 0:  # quantities are unsigned on the wire
        raw = cell(item["QuantityInBaseUnit"]) or ""
        odd.append((code(item["Material"]), item["Plant"], on, raw, name))
        return
    key = (code(item["Material"]), item["Plant"], on, name)
    sums[key] = sums.get(key, _ZERO) + (quantity if kind == name else -quantity)


_ZERO = Decimal(0)


def _leaves(item: Row, *, reversal: bool) -> bool:
    """Whether a line of a transfer is that of the giving plant; a move inside one plant is none."""
    receiving = "H" if reversal else "S"
    return bool(item["IssuingOrReceivingPlant"] != item["Plant"] and item.get("DebitCreditCode", "") != receiving)


def _demand_frame(
    sums: dict[tuple[str, str, str, str], Decimal], odd: list[tuple[str, str, str, str, str]]
) -> pd.DataFrame:
    """Sums per day; more taken back than issued on a day counts as a return on that day."""
    rows = [
        (item, plant, on, plain(quantity), kind)
        if quantity > 0
        else (item, plant, on, plain(-quantity), _OPPOSITE[kind])
        for (item, plant, on, kind), quantity in sums.items()
        if quantity
    ]
    return frame(_COLUMNS, [*rows, *odd])


def _posting(item: Row, on: str) -> Posting:
    movement, quantity = item["GoodsMovementType"], number(item["QuantityInBaseUnit"])
    sign = _RECEIVED.get(movement) or _REJECTED.get(movement, 1)
    raw = cell(item["QuantityInBaseUnit"]) or ""
    readable = quantity is not None and quantity >= 0
    return Posting(on, quantity * sign if quantity is not None and readable else None, raw, movement in _REJECTED)
