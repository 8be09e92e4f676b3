"""The S/4HANA connector: reads canonical tables and writes purchase orders over OData.

What each table is made of stands in the `s4_*` modules; nothing is checked or planned here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

import pandas as pd

from bot.errors import NeedsAdmin
from bot.ports import Clock, Diagnosis
from bot.ports_reading import Mirror, Pages
from connectors.catalog_types import Connector
from connectors.sap import s4_examine, s4_examine_data, s4_master, s4_orders, s4_sourcing
from connectors.sap.s4_asked import Pull
from connectors.sap.s4_base import S4, connect
from connectors.sap.s4_capabilities import ROUTES
from connectors.sap.s4_movements import MovementReader
from connectors.sap.s4_transfer import S4Transfers
from connectors.sap.settings import S4Settings

_SIMPLE: dict[str, Callable[[S4], Iterator[pd.DataFrame]]] = {
    "locations": s4_master.locations,
    "items": s4_master.items,
    "item_locations": s4_master.item_locations,
    "stock": s4_master.stock,
    "units": s4_master.units,
    "suppliers": s4_master.suppliers,
    "sourcing": s4_sourcing.sourcing,
    "price_breaks": s4_sourcing.price_breaks,
    "open_orders": s4_orders.open_orders,
}
TABLES = frozenset({*_SIMPLE, "demand", "receipts"})


class S4Reader:
    """Implements `bot.ports.ErpReader` for one S/4HANA system."""

    def __init__(self, s4: S4) -> None:
        self._s4 = s4
        self._movements = MovementReader(s4)

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._s4.settings.system

    @property
    def tables(self) -> frozenset[str]:
        """Canonical tables that S/4HANA serves; the others come from a side folder."""
        return TABLES

    @property
    def threads(self) -> int:
        """As many as the system may be asked at once."""
        return self._s4.settings.max_concurrent

    @property
    def lanes(self) -> Sequence[Sequence[str]]:
        """Demand and receipts are made of the same documents; the longest lane begins.

        What changes by the minute comes last in it, as fresh as can be: after a kill it is never taken from kept pages.
        """
        last = ("open_orders", "stock")
        return [["demand", "receipts", *last], *([table] for table in sorted(_SIMPLE) if table not in last)]

    def resume(self, pages: Pages | None) -> None:
        """Keep pages that are read, and take from there what a run before this one has read; None ends it."""
        self._s4.odata.kept = pages

    def mirror(self, mirror: Mirror | None) -> None:
        """Keep settled material documents between runs, and ask for newer ones only; None ends it."""
        self._movements.mirror = mirror

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield frames of text with canonical columns; `since` bounds demand and receipts, default `history_days`."""
        if table in _SIMPLE:
            return self._sifted(_SIMPLE[table](self._s4))
        if table not in TABLES:
            what = f"there is no table {table!r} in S/4HANA"
            raise NeedsAdmin(what, f"system {self.system}", f"Read one of: {', '.join(sorted(TABLES))}.")
        start = since or self._s4.today() - timedelta(days=self._s4.settings.history_days)
        return self._sifted(self._moved(table, start, mirrored=since is None))

    def _moved(self, table: str, start: date, *, mirrored: bool) -> Iterator[pd.DataFrame]:
        movements = self._movements.read(start, table, mirrored=mirrored)
        if table == "demand":
            yield from movements.demand
        else:
            yield from s4_orders.receipts(self._s4, start, movements.postings)

    @staticmethod
    def _sifted(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        return (frame for frame in frames if len(frame))


def reader(settings: S4Settings, clock: Clock) -> S4Reader:
    """Make the reader; nothing is sent before the first pull."""
    return S4Reader(connect(settings, clock))


def writer(settings: S4Settings, clock: Clock) -> S4Transfers:
    """Make the writer, with a session of its own."""
    return S4Transfers(connect(settings, clock))


def _pull(s4: S4, table: str) -> Iterator[pd.DataFrame]:
    return S4Reader(s4).pull(table)


PULLS: dict[str, Pull] = {name: partial(_pull, table=name) for name in TABLES - {"locations"}}  # what asks the system


def examine(settings: S4Settings, clock: Clock) -> Iterator[Diagnosis]:
    """Look at the system without changing it."""
    exam = yield from s4_examine.begin(settings, clock, PULLS)
    if exam is None:
        return
    data = s4_examine_data
    for part in (s4_examine.services, data.tables, data.places, data.orders, s4_examine.create_offered, data.powers):
        yield from part(exam)


CONNECTOR = Connector(
    id="sap-s4",
    settings=S4Settings,
    reader=reader,
    writer=writer,
    tables=TABLES,
    notes="S/4HANA on premise and cloud over OData; standard purchase orders (NB), no stock transport orders",
    examine=examine,
    routes=ROUTES,
)
