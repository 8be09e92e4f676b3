"""Condenses material documents of S/4HANA: demand per day, receipts per order item.

Which movement means what stands in one table; scrap and count differences are in none of its rows, so they are
no demand. The documents are asked for by `s4_documents`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd

from bot.ports_reading import Mirror
from connectors.mirrored import KEY, POSTED, Terms, read
from connectors.sap.moved import kinds_of, leaving, per_day
from connectors.sap.s4_base import S4
from connectors.sap.s4_documents import CANCELLED, REVERSES, MaterialDocuments
from connectors.sap.values import code, number

# receipts for purchase orders: usable now, and sent back to the supplier
_RECEIVED = {"101": 1, "105": 1, "102": -1, "106": -1}
_REJECTED = {"122": 1, "161": 1, "123": -1, "162": -1}
_SHARED_SECONDS = 600


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


class MovementReader:
    """Reads the documents once for both tables that are made of them; what both have taken is forgotten."""

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._documents = MaterialDocuments(s4)
        self._kinds = kinds_of(s4.settings.movement_types)
        self._kept: tuple[date, float, str, Movements] | None = None
        self.mirror: Mirror | None = None  # where settled documents are kept between runs

    def read(self, start: date, wanted_by: str, *, mirrored: bool = True) -> Movements:
        """Movements since `start`; the result of the last ten minutes is shared with the other table once."""
        kept, self._kept = self._kept, None
        now = self._s4.clock.monotonic()
        if kept is not None and kept[0] == start and now - kept[1] <= _SHARED_SECONDS and kept[2] != wanted_by:
            return kept[3]
        settings = self._s4.settings
        terms = Terms(settings.overlap_days, settings.full_read_days, self._documents.form())
        mirror = self.mirror if mirrored else None
        movements = condense(read(self._documents, mirror, terms, start, self._s4.today()), self._kinds)
        self._kept = (start, now, wanted_by, movements)
        return movements


def condense(rows: pd.DataFrame, kinds: Mapping[str, str]) -> Movements:
    """Demand and receipts of items as `s4_documents` gives them."""
    rows = rows[~_taken_back(rows)]
    return Movements([_demand(rows, kinds)], _postings(rows[~rows["GoodsMovementType"].isin(list(kinds))]))


def _taken_back(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether an item never happened: it was cancelled later, or it cancels one that was left out."""
    cancelled = (rows[CANCELLED] == "X") & (rows[REVERSES] == "")
    return cancelled | rows[REVERSES].isin(set(rows.loc[cancelled, KEY]))


def _demand(rows: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    rows = rows[rows["GoodsMovementType"].isin(list(kinds))]
    kind = rows["GoodsMovementType"].map(dict(kinds)).astype("str")
    keep = leaving(kind, rows["DebitCreditCode"], inside=rows["IssuingOrReceivingPlant"] == rows["Plant"])
    rows, kind = rows[keep], kind[keep]
    codes = {each: code(each) for each in rows["Material"].unique()}
    cells = {"item": rows["Material"].map(codes).astype("str"), "location": rows["Plant"], "date": rows[POSTED],
             "quantity": rows["QuantityInBaseUnit"], "kind": kind}  # fmt: skip
    found = per_day(pd.DataFrame(cells))
    return found.mask(found == "")


def _postings(rows: pd.DataFrame) -> dict[tuple[str, str], list[Posting]]:
    """Receipts by order and item; movement types that the settings made demand of are none."""
    rows = rows[(rows["PurchaseOrder"] != "") & rows["GoodsMovementType"].isin([*_RECEIVED, *_REJECTED])]
    found: dict[tuple[str, str], list[Posting]] = {}
    columns = ("PurchaseOrder", "PurchaseOrderItem", POSTED, "GoodsMovementType", "QuantityInBaseUnit")
    for order, item, on, movement, raw in zip(*(rows[name] for name in columns), strict=True):
        found.setdefault((code(order), code(item)), []).append(_posting(on, movement, raw))
    return found


def _posting(on: str, movement: str, raw: str) -> Posting:
    quantity = number(raw)
    sign = _RECEIVED.get(movement) or _REJECTED.get(movement, 1)
    readable = quantity is not None and quantity >= 0
    return Posting(on, quantity * sign if quantity is not None and readable else None, raw, movement in _REJECTED)
