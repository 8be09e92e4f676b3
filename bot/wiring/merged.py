"""One reader out of two: the ERP, and a side folder for what the ERP does not serve.

For what an ERP does not serve well (places, calendars, rates, lanes, signals) the side folder stands alone
where it has the table; of all other tables the rows of both are read. Nothing is checked here.
"""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from bot.ports import ErpReader

SIDE_ONLY = frozenset(("locations", "calendars", "rates", "lanes", "signals"))


class MergedReader:
    """Implements `ErpReader` over an ERP and its side folder."""

    def __init__(self, erp: ErpReader, side: ErpReader) -> None:
        self._erp = erp
        self._side = side

    @property
    def system(self) -> str:
        """Name of the ERP."""
        return self._erp.system

    @property
    def tables(self) -> frozenset[str]:
        """Tables that either of the two serves."""
        return self._erp.tables | self._side.tables

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield the ERP's frames, then the side folder's."""
        alone = table in SIDE_ONLY and table in self._side.tables
        for reader in (self._side,) if alone else (self._erp, self._side):
            if table in reader.tables:
                yield from reader.pull(table, since)
