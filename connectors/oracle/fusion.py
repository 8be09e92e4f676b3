"""The Oracle Fusion connector as the catalog sees it.

It only puts the parts together; settings come checked, the clock is a port.
"""

from bot.ports import Clock
from connectors.catalog_types import Connector
from connectors.oracle.capabilities import ROUTES
from connectors.oracle.client import FusionClient
from connectors.oracle.orders import FusionWriter
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import TABLES, FusionReader


def reader(settings: FusionSettings, clock: Clock) -> FusionReader:
    """Make the reader of one system; opens no connection yet."""
    return FusionReader(FusionClient(settings, clock), settings, clock)


def writer(settings: FusionSettings, clock: Clock) -> FusionWriter:
    """Make the writer of one system; opens no connection yet."""
    return FusionWriter(FusionClient(settings, clock), settings, clock)


CONNECTOR = Connector(
    id="oracle-fusion",
    settings=FusionSettings,
    reader=reader,
    writer=writer,
    tables=TABLES,
    notes="Orders are draft purchase orders that are submitted into Fusion's own approval; the key is in Description.",
    routes=ROUTES,
)
