"""Completed inventory transactions through a local copy: settled ones from there, newer ones by their number.

Lists tell no day of entry, but numbers rise as transactions are entered; what they mean is told by `movements`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from bot.ports import Clock
from bot.ports_reading import Mirror
from connectors.mirrored import DOCUMENT, ENTERED, KEY, POSTED, Terms, form_of, read
from connectors.oracle.client import FusionClient
from connectors.oracle.query import both, equal, term
from connectors.oracle.settings import FusionSettings
from connectors.oracle.wire import Columns, Row, whole

_VERSION = 1  # a change of what the columns hold
_CELLS = "cells"
_RESOURCE = "inventoryCompletedTransactions"
FIELDS = (
    "TransactionId", "Item", "TransactionDate", "TransactionType", "TransactionQuantity", "Quantity",
    "TransactionUOMCode", "PrimaryUOMCode", "SourceReference", "PurchaseOrderHeaderId",
)  # fmt: skip
_NAMES = (*FIELDS, "location")


def transactions(
    client: FusionClient,
    settings: FusionSettings,
    clock: Clock,
    organizations: Callable[[], Mapping[str, Row]],
    mirror: Mirror | None,
    since: date,
) -> Columns:
    """Transactions dated since a day of the configured organisations, with a column `location`."""
    form = form_of(_VERSION, _NAMES, settings.base_url, sorted(settings.organizations))
    terms = Terms(settings.overlap_days, settings.full_read_days, form)
    today = clock.today(settings.timezone)
    rows = read(Transactions(client, organizations, today), mirror, terms, since, today)
    cells = [json.loads(text, parse_float=Decimal) for text in rows[_CELLS]]
    return {name: [row[place] for row in cells] for place, name in enumerate(_NAMES)}


class Transactions:
    """Implements `connectors.mirrored.Documents`; `entered_on` is the newest date among numbers up to a row's own."""

    name = "transactions"

    def __init__(self, client: FusionClient, organizations: Callable[[], Mapping[str, Row]], today: date) -> None:
        self._client, self._organizations, self._today = client, organizations, today

    def whole(self, start: date) -> pd.DataFrame:
        """Everything dated since `start`."""
        return self._frame(term("TransactionDate", ">=", start), start)

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:
        """From the number on that was the first to be entered on or after `since`."""
        late = known.loc[known[ENTERED] >= since.isoformat(), KEY]
        first = int(late.min()) if len(late) else int(known[KEY].max()) + 1 if len(known) else 0
        return self._frame(both(term("TransactionId", ">=", first), term("TransactionDate", ">=", start)), since)

    def doubtful(self, old: pd.DataFrame, fresh: pd.DataFrame) -> "pd.Series[bool]":  # noqa: ARG002 - the port's
        """None: a transaction is taken back by another one."""
        return pd.Series(False, index=old.index)

    def again(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Never asked."""
        return rows

    def _frame(self, q: str, earliest: date) -> pd.DataFrame:
        cells: list[tuple[Any, ...]] = []
        for code, row in self._organizations().items():
            where = both(equal("OrganizationId", whole(row["OrganizationId"]) or 0), q)
            columns = self._client.columns(_RESOURCE, ("TransactionId",), FIELDS, where, lasting=True)
            cells += [(*row_cells, code) for row_cells in zip(*(columns[name] for name in FIELDS), strict=True)]
        cells.sort(key=lambda row: whole(row[0]) or 0)
        keys = [f"{whole(row[0]) or 0:020d}" for row in cells]
        days = [str(row[2] or "")[:10] for row in cells]
        columns_of = {POSTED: days, ENTERED: self._entered(days, earliest), KEY: keys, DOCUMENT: keys,
                      _CELLS: [_json(row) for row in cells]}  # fmt: skip
        return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns_of.items()})

    def _entered(self, days: list[str], earliest: date) -> list[str]:
        """Newest day so far, between `earliest` and today."""
        moments = pd.to_datetime(pd.Series(days, dtype="str"), format="%Y-%m-%d", errors="coerce").cummax().ffill()
        low, high = earliest.isoformat(), self._today.isoformat()
        texts = moments.dt.strftime("%Y-%m-%d").fillna(low)
        return list(texts.mask(texts < low, low).mask(texts > high, high))


def _json(row: Iterable[Any]) -> str:
    """Cells as JSON that reads back as the same values, fractions with every digit."""
    return "[" + ",".join(str(cell) if isinstance(cell, Decimal) else json.dumps(cell) for cell in row) + "]"
