"""`FusionReader`: the canonical tables of one Fusion system, cells as text with every digit of the wire.

It maps and joins, it does not clean: values that are not what they should be are set aside by `snapshot`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from threading import Lock

import pandas as pd

from bot.errors import NeedsAdmin
from bot.ports import Clock
from bot.ports_reading import Mirror, Pages
from connectors.oracle import masterdata, movements, purchasing
from connectors.oracle.client import FusionClient
from connectors.oracle.reported import Reported
from connectors.oracle.requisitioned import order_keys, with_keys
from connectors.oracle.settings import FusionSettings, ReportedTable
from connectors.oracle.source import Listed, Source
from connectors.oracle.transfer_orders import open_transfers
from connectors.oracle.wire import Columns, frame, whole

LISTS: tuple[ReportedTable, ...] = ("items", "stock")
TABLES = frozenset(
    {"items", "locations", "item_locations", "stock", "open_orders", "demand", "receipts", "sourcing", "suppliers"}
)


class FusionReader:
    """Reads one system; implements `ErpReader`. Only the organisations of the settings are read."""

    def __init__(
        self, client: FusionClient, settings: FusionSettings, clock: Clock, reported: Reported | None = None
    ) -> None:
        self._settings = settings
        self._reported = reported or Reported(settings, clock)
        lists: dict[str, Listed] = {
            name: partial(self._reported.raw, name) for name in LISTS if name in settings.report_paths
        }
        self._source = Source(client, settings, clock, lists)
        self._pulled: set[str] = set()
        self._beginning = Lock()

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._settings.system

    @property
    def tables(self) -> frozenset[str]:
        """Tables that the system offers; `units` only where the settings name conversions of items."""
        return TABLES | {"units"} if any(c.item != "*" for c in self._settings.conversions) else TABLES

    @property
    def threads(self) -> int:
        """As many as the pod may be asked at once."""
        return self._settings.max_concurrent

    @property
    def lanes(self) -> Sequence[Sequence[str]]:
        """Lists that several tables need are read once, whoever comes first. Long ones begin.

        What changes by the minute comes last, as fresh as can be: after a kill it is never taken from kept pages.
        """
        first = ["demand", "receipts", "open_orders", "stock"]
        return [first, *([table] for table in sorted(self.tables - set(first)))]

    def resume(self, pages: Pages | None) -> None:
        """Keep pages that are read, and take from there what a run before this one has read; None ends it."""
        self._source.client.kept = pages
        self._pulled.clear()
        if self._reported.service:
            self._reported.service.kept = pages

    def mirror(self, mirror: Mirror | None) -> None:
        """Keep settled transactions between runs, and ask for newer ones only; None ends it."""
        self._source.mirror = mirror

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield the table as frames of text cells; histories start at `since`, else `history_days` ago.

        Lists that several tables need are read once per extract; pulling a table again begins a new extract.
        Raises Retryable, NeedsAdmin or StopRun.
        """
        if table not in self.tables:
            raise NeedsAdmin(f"there is no table {table}", f"system {self.system}", f"Use {', '.join(self.tables)}.")
        with self._beginning:
            if table in self._pulled or not self._pulled:
                self._pulled.clear()
                self._source.begin()
                self._reported.begin()
            if since is not None:
                self._source.window(since)
            self._pulled.add(table)
        keys = self._keys() if table in {"open_orders", "receipts"} else {}
        frames = self._frames(table)
        if table == "open_orders" and self._settings.transfer_orders:
            frames = iter([_joined([*frames, frame(open_transfers(self._source))])])
        for each in frames:
            yield with_keys(each, keys)

    def _frames(self, table: str) -> Iterator[pd.DataFrame]:
        if table in self._settings.report_paths and table not in LISTS:
            yield from self._by_report(table)
        else:
            yield frame(self._columns(table))

    def _keys(self) -> dict[tuple[str, str], str]:
        """Order keys of purchase orders that were made of requisitions."""
        if self._settings.write_route != "requisition":
            return {}
        source = self._source
        return source.once("requisitioned", lambda: order_keys(source.client, self._settings, source.lookups))

    def _by_report(self, table: str) -> Iterator[pd.DataFrame]:
        since = self._source.since
        if table == "demand":
            yield from self._reported.demand(since)
        else:
            yield self._reported.open_orders(since) if table == "open_orders" else self._reported.receipts(since)

    def _columns(self, table: str) -> Columns:
        source = self._source
        if table == "demand":
            return movements.demand(source.transactions(), self._settings, source.zone)
        if table == "units":
            return self._units()
        if table in {"open_orders", "receipts", "sourcing"}:
            return self._of_orders(table)
        if table == "suppliers":
            return masterdata.suppliers(source, self._with_orders())
        make = {
            "items": masterdata.items,
            "locations": masterdata.locations,
            "item_locations": masterdata.item_locations,
            "stock": masterdata.stock,
        }
        return make[table](source)

    def _of_orders(self, table: str) -> Columns:
        source = self._source
        if "open_orders" in self._settings.report_paths:
            return masterdata.sourcing(source, self._reported.newest_prices(source.since))
        schedules = source.once("canonical schedules", lambda: purchasing.schedules(source))
        if table == "open_orders":
            return purchasing.open_orders(schedules)
        if table == "receipts":
            return purchasing.receipts(source, schedules)
        return masterdata.sourcing(source, schedules)

    def _with_orders(self) -> frozenset[str]:
        """Numbers of the suppliers that have an order."""
        if "open_orders" in self._settings.report_paths:
            return self._reported.suppliers(self._source.since)
        codes = self._source.supplier_codes()
        used = {whole(header["SupplierId"]) for header in self._source.headers().values()}
        return frozenset(codes[key] for key in used if key in codes)

    def _units(self) -> Columns:
        own = [c for c in self._settings.conversions if c.item != "*"]
        factors = [c.base_units for c in own]
        return {"item": [c.item for c in own], "unit": [c.unit for c in own], "base_units": factors}


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame; what has no rows only blurs the types of the others."""
    filled = [each for each in frames if not each.empty]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]
