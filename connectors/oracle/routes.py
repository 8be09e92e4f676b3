"""Which writer a system uses, by the setting `write_route`.

It opens no connection.
"""

from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.orders import FusionWriter
from connectors.oracle.requisitions import RequisitionWriter
from connectors.oracle.settings import FusionSettings


def writer_of(client: FusionClient, settings: FusionSettings, clock: Clock) -> FusionWriter | RequisitionWriter:
    """Make the writer of one system."""
    make = RequisitionWriter if settings.write_route == "requisition" else FusionWriter
    return make(client, settings, clock)
