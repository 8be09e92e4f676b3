"""The Oracle Fusion connector as the catalog sees it.

It only puts the parts together; settings come checked, the clock is a port.
"""

from collections.abc import Iterator

from bot.ports import Clock, Diagnosis
from connectors.catalog_types import Connector
from connectors.files_examine import orders_folder
from connectors.oracle.capabilities import ROUTES
from connectors.oracle.client import FusionClient
from connectors.oracle.examine import begin, names, organizations
from connectors.oracle.examine_data import lists, powers
from connectors.oracle.examine_reports import reports
from connectors.oracle.routes import Routes, writer_of
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import TABLES, FusionReader


def reader(settings: FusionSettings, clock: Clock) -> FusionReader:
    """Make the reader of one system; opens no connection yet."""
    return FusionReader(FusionClient(settings, clock), settings, clock)


def writer(settings: FusionSettings, clock: Clock) -> Routes:
    """Make the writer of one system; opens no connection yet."""
    return writer_of(FusionClient(settings, clock), settings, clock)


def examine(settings: FusionSettings, clock: Clock) -> Iterator[Diagnosis]:
    """Look at the pod without changing it."""
    exam = yield from begin(settings, clock)
    if exam is None:
        return
    for part in (organizations, names, lists, reports, powers):
        yield from part(exam)
    if settings.import_folder:
        yield from orders_folder(settings.import_folder, "import_folder")


CONNECTOR = Connector(
    id="oracle-fusion",
    settings=FusionSettings,
    reader=reader,
    writer=writer,
    tables=TABLES,
    examine=examine,
    notes="Orders are draft purchase orders or requisitions, submitted into Fusion's own approval; key in Description. "
    "Or files for its import, which somebody else uploads.",
    routes=ROUTES,
)
