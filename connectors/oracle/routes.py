"""Which writer a system uses, by the setting `write_route`.

It opens no connection.
"""

from collections.abc import Callable, Mapping

from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.import_files import ImportWriter
from connectors.oracle.orders import FusionWriter
from connectors.oracle.requisitions import RequisitionWriter
from connectors.oracle.settings import FusionSettings

AnyWriter = FusionWriter | RequisitionWriter | ImportWriter
_MAKERS: Mapping[str, Callable[[FusionClient, FusionSettings, Clock], AnyWriter]] = {
    "draft_order": FusionWriter,
    "requisition": RequisitionWriter,
    "import_file": ImportWriter,
}


def writer_of(client: FusionClient, settings: FusionSettings, clock: Clock) -> AnyWriter:
    """Make the writer of one system."""
    return _MAKERS[settings.write_route](client, settings, clock)
