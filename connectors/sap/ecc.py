"""The ECC connector: reads canonical tables and writes purchase orders and requisitions over remote function calls.

What each table is made of stands in the `ecc_*` modules; nothing is checked or planned here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import pandas as pd

from bot.errors import NeedsAdmin
from bot.ports import Clock
from bot.ports_reading import Mirror
from connectors.catalog_types import Connector
from connectors.sap import ecc_master, ecc_movements, ecc_orders, ecc_sourcing
from connectors.sap.ecc_base import Ecc, connect
from connectors.sap.ecc_capabilities import ROUTES
from connectors.sap.ecc_examine import examine
from connectors.sap.ecc_settings import EccSettings
from connectors.sap.ecc_transfer import EccTransfers

_WHOLE: dict[str, Callable[[Ecc], Iterator[pd.DataFrame]]] = {
    "items": ecc_master.items,
    "item_locations": ecc_master.item_locations,
    "locations": ecc_master.locations,
    "stock": ecc_master.stock,
    "requirements": ecc_master.requirements,
    "units": ecc_master.units,
    "suppliers": ecc_master.suppliers,
    "sourcing": ecc_sourcing.sourcing,
    "open_orders": ecc_orders.open_orders,
}
_SINCE: dict[str, Callable[[Ecc, date, Mirror | None], Iterator[pd.DataFrame]]] = {
    "demand": ecc_movements.demand,
    "receipts": ecc_orders.receipts,
}
TABLES = frozenset({*_WHOLE, *_SINCE})


class EccReader:
    """Implements `bot.ports.ErpReader` for one system."""

    def __init__(self, ecc: Ecc) -> None:
        self._ecc = ecc
        self._mirror: Mirror | None = None

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._ecc.settings.system

    @property
    def tables(self) -> frozenset[str]:
        """Canonical tables that ECC serves; the others come from a side folder."""
        return TABLES

    @property
    def threads(self) -> int:
        """As many as there are connections."""
        return self._ecc.settings.connections

    @property
    def lanes(self) -> Sequence[Sequence[str]]:
        """Every table for itself; the long ones begin."""
        return [[table] for table in (*_SINCE, *sorted(_WHOLE))]

    def mirror(self, mirror: Mirror | None) -> None:
        """Keep settled documents between runs, and ask for newer ones only; None ends it."""
        self._mirror = mirror

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        """Yield frames of text with canonical columns; `since` bounds demand and receipts, default `history_days`."""
        if table in _WHOLE:
            frames = _WHOLE[table](self._ecc)
        elif table in _SINCE:
            start = since or self._ecc.today() - timedelta(days=self._ecc.settings.history_days)
            frames = _SINCE[table](self._ecc, start, self._mirror if since is None else None)
        else:
            what = f"there is no table {table!r} in ECC"
            raise NeedsAdmin(what, f"system {self.system}", f"Read one of: {', '.join(sorted(TABLES))}.")
        return (frame for frame in frames if len(frame))


def reader(settings: EccSettings, clock: Clock) -> EccReader:
    """Make the reader; nothing is opened before the first pull."""
    return EccReader(connect(settings, clock))


def writer(settings: EccSettings, clock: Clock) -> EccTransfers:
    """Make the writer, with connections of its own."""
    return EccTransfers(connect(settings, clock))


CONNECTOR = Connector(
    id="sap-ecc",
    settings=EccSettings,
    reader=reader,
    writer=writer,
    tables=TABLES,
    notes="ECC, or S/4HANA on premise, over remote function calls; proven against a strict imitation only",
    examine=examine,
    routes=ROUTES,
)
