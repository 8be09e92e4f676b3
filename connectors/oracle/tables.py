"""`FusionReader`: the canonical tables of one Fusion system, cells as text with every digit of the wire.

It maps and joins, it does not clean: values that are not what they should be are set aside by `snapshot`.
"""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from bot.errors import NeedsAdmin
from bot.ports import Clock, Pages
from connectors.oracle import masterdata, movements, purchasing
from connectors.oracle.client import FusionClient
from connectors.oracle.settings import FusionSettings
from connectors.oracle.source import Source
from connectors.oracle.wire import Columns, frame

TABLES = frozenset(
    {"items", "locations", "item_locations", "stock", "open_orders", "demand", "receipts", "sourcing", "suppliers"}
)


class FusionReader:
    """Reads one system; implements `ErpReader`. Only the organisations of the settings are read."""

    def __init__(self, client: FusionClient, settings: FusionSettings, clock: Clock) -> None:
        self._settings = settings
        self._source = Source(client, settings, clock)
        self._pulled: set[str] = set()

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._settings.system

    @property
    def tables(self) -> frozenset[str]:
        """Tables that the system offers; `units` only where the settings name conversions of items."""
        return TABLES | {"units"} if any(c.item != "*" for c in self._settings.conversions) else TABLES

    def resume(self, pages: Pages | None) -> None:
        """Keep pages that are read, and take from there what a run before this one has read; None ends it."""
        self._source.client.kept = pages

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield the table as one frame of text cells; histories start at `since`, else `history_days` ago.

        Lists that several tables need are read once per extract; pulling a table again begins a new extract.
        Raises Retryable, NeedsAdmin or StopRun.
        """
        if table not in self.tables:
            raise NeedsAdmin(f"there is no table {table}", f"system {self.system}", f"Use {', '.join(self.tables)}.")
        if table in self._pulled or not self._pulled:
            self._pulled.clear()
            self._source.begin()
        if since is not None:
            self._source.window(since)
        self._pulled.add(table)
        yield frame(self._columns(table))

    def _columns(self, table: str) -> Columns:
        source = self._source
        if table == "demand":
            return movements.demand(source.transactions(), self._settings, source.zone)
        if table == "units":
            return self._units()
        if table in {"open_orders", "receipts", "sourcing"}:
            schedules = source.once("canonical schedules", lambda: purchasing.schedules(source))
            if table == "open_orders":
                return purchasing.open_orders(schedules)
            if table == "receipts":
                return purchasing.receipts(source, schedules)
            return masterdata.sourcing(source, schedules)
        make = {
            "items": masterdata.items,
            "locations": masterdata.locations,
            "item_locations": masterdata.item_locations,
            "stock": masterdata.stock,
            "suppliers": masterdata.suppliers,
        }
        return make[table](source)

    def _units(self) -> Columns:
        own = [c for c in self._settings.conversions if c.item != "*"]
        factors = [c.base_units for c in own]
        return {"item": [c.item for c in own], "unit": [c.unit for c in own], "base_units": factors}
