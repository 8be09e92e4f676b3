"""One reader out of several: the ERP, and beside it a side folder and signals for what the ERP does not serve.

For what an ERP does not serve well (places, calendars, rates, lanes, signals) the sides stand alone where one
has the table; of all other tables the rows of all are read. Nothing is checked here.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from bot.ports import ErpReader
from bot.ports_reading import Mirror, Mirroring, Pages, Parallel, Resumable

SIDE_ONLY = frozenset(("locations", "calendars", "rates", "lanes", "signals"))


class MergedReader:
    """Implements `ErpReader` over an ERP and what stands beside it: its side folder, sources of signals."""

    def __init__(self, erp: ErpReader, *sides: ErpReader) -> None:
        self._erp = erp
        self._sides = sides

    @property
    def system(self) -> str:
        """Name of the ERP."""
        return self._erp.system

    @property
    def tables(self) -> frozenset[str]:
        """Tables that any of them serves."""
        return self._erp.tables.union(*(side.tables for side in self._sides))

    def resume(self, pages: Pages | None) -> None:
        """Hand on to the ERP's reader, if it can: files and signals are read anew."""
        if isinstance(self._erp, Resumable):
            self._erp.resume(pages)

    def mirror(self, mirror: Mirror | None) -> None:
        """Hand on to the ERP's reader, if it can."""
        if isinstance(self._erp, Mirroring):
            self._erp.mirror(mirror)

    @property
    def threads(self) -> int:
        """As many as the ERP's reader allows."""
        return self._erp.threads if isinstance(self._erp, Parallel) else 1

    @property
    def lanes(self) -> Sequence[Sequence[str]]:
        """The ERP's lanes, and one for what only its sides have."""
        lanes = self._erp.lanes if isinstance(self._erp, Parallel) else [sorted(self._erp.tables)]
        rest = sorted(self.tables - {table for lane in lanes for table in lane})
        return [*lanes, rest] if rest else lanes

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield the ERP's frames, then those of its sides in their order."""
        sides = [side for side in self._sides if table in side.tables]
        alone = table in SIDE_ONLY and sides
        if not alone and table in self._erp.tables:
            yield from self._erp.pull(table, since)
        for side in sides:
            yield from side.pull(table, since)
