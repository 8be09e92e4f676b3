"""Asks for material documents of S/4HANA, by the day they were posted or entered, or by number, as columns of text.

What a movement means is the business of `s4_movements`; nothing is judged here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

import pandas as pd

from connectors.mirrored import DOCUMENT, ENTERED, KEY, POSTED, form_of, joined
from connectors.sap.odata import Row, text
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_base import MOVEMENTS, S4
from connectors.sap.values import day

_VERSION = 1  # a change of what the columns hold
_HEADERS_AT_ONCE = 2000
_CHUNK = 20  # documents in one filter
_ITEMS = "to_MaterialDocumentItem"
_KEY = ("MaterialDocumentYear", "MaterialDocument", "MaterialDocumentItem")
_REVERSED = ("ReversedMaterialDocumentYear", "ReversedMaterialDocument", "ReversedMaterialDocumentItem")
_TEXTS = (
    "Material", "Plant", "GoodsMovementType", "PurchaseOrder", "PurchaseOrderItem", "QuantityInBaseUnit",
    "IssuingOrReceivingPlant",
)  # fmt: skip
_FIELDS = (*_KEY, *_TEXTS, "GoodsMovementIsCancelled", *_REVERSED)
REVERSES, CANCELLED = "reverses", "cancelled"
COLUMNS = (POSTED, ENTERED, KEY, DOCUMENT, REVERSES, CANCELLED, *_TEXTS, "DebitCreditCode")


def windows(start: date, end: date, days: int) -> Iterator[tuple[date, date | None]]:
    """Windows of `days` days from start; the last one is open, so that future postings come too."""
    while start + timedelta(days=days) <= end:
        yield start, start + timedelta(days=days)
        start += timedelta(days=days)
    yield start, None


class MaterialDocuments:
    """Implements `connectors.mirrored.Documents`: items of the configured plants; cancelling marks an older one."""

    name = "movements"

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._plants = frozenset(s4.settings.plants)

    def form(self) -> str:
        """Everything that a copy of these documents depends on."""
        settings = self._s4.settings
        place = (settings.base_url, settings.client, settings.system_id)
        return form_of(_VERSION, COLUMNS, place, sorted(self._plants), settings.debit_credit_code)

    def whole(self, start: date) -> pd.DataFrame:
        """Everything posted since `start`, window by window."""
        return self._windows("PostingDate", start)

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002 - the port's
        """What was entered since a day and posted since `start`; postings of the past are entered today."""
        return self._windows("CreationDate", since, f" and PostingDate ge {day_literal(start, 2)}")

    def doubtful(self, old: pd.DataFrame, fresh: pd.DataFrame) -> "pd.Series[bool]":
        """Old items that a fresh one cancels: only their mark can have changed."""
        return old[KEY].isin(set(fresh[REVERSES]) - {""})

    def again(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The documents of these rows as they stand now."""
        found: list[pd.DataFrame] = []
        documents = sorted(set(rows[DOCUMENT]))
        for first in range(0, len(documents), _CHUNK):
            pairs = (name.split("/", 1) for name in documents[first : first + _CHUNK])
            each = (f"(MaterialDocumentYear eq {text(y)} and MaterialDocument eq {text(n)})" for y, n in pairs)
            found += self._frames(" or ".join(each))
        return joined(found, COLUMNS)

    def _windows(self, field: str, since: date, also: str = "") -> pd.DataFrame:
        found: list[pd.DataFrame] = []
        for first, end in windows(since, self._s4.today(), self._s4.settings.window_days):
            where = f"{field} ge {day_literal(first, 2)}"
            if end is not None:
                where += f" and {field} lt {day_literal(end, 2)}"
            found += self._frames(where + also)
        return joined(found, COLUMNS)

    def _frames(self, where: str) -> Iterator[pd.DataFrame]:
        fields = (*_FIELDS, *(("DebitCreditCode",) if self._s4.settings.debit_credit_code else ()))
        items = ",".join(f"{_ITEMS}/{name}" for name in fields)
        select = f"MaterialDocument,MaterialDocumentYear,PostingDate,CreationDate,{items}"
        headers = self._s4.rows(MOVEMENTS, "A_MaterialDocumentHeader", select, where, _ITEMS, lasting=True)
        while part := list(islice(headers, _HEADERS_AT_ONCE)):
            yield self._frame(part)

    def _frame(self, headers: Sequence[Row]) -> pd.DataFrame:
        """Items as columns; every cell is text, empty where the wire has nothing."""
        pairs = [(header, item) for header in headers for item in header[_ITEMS]["results"]]
        kept = [(header, item) for header, item in pairs if item["Plant"] in self._plants]
        columns = {name: [_text(item[name]) for _, item in kept] for name in _TEXTS}
        columns |= {
            POSTED: [day(header["PostingDate"]) for header, _ in kept],
            ENTERED: [day(header["CreationDate"]) for header, _ in kept],
            KEY: ["/".join(item[name] for name in _KEY) for _, item in kept],
            DOCUMENT: ["/".join(item[name] for name in _KEY[:2]) for _, item in kept],
            REVERSES: ["/".join(item[n] for n in _REVERSED) if item[_REVERSED[1]] else "" for _, item in kept],
            CANCELLED: ["X" if item["GoodsMovementIsCancelled"] else "" for _, item in kept],
            "DebitCreditCode": [_text(item.get("DebitCreditCode")) for _, item in kept],
        }
        return pd.DataFrame({name: pd.Series(columns[name], dtype="str") for name in COLUMNS})


def _text(value: object) -> str:
    return "" if value is None else str(value)
