"""Which connectors exist, by the id that settings use; each is imported only when it is asked for.

It holds no settings and opens no connection.
"""

from importlib import import_module

from bot.errors import NeedsAdmin
from connectors.catalog_types import Connector

_MODULES = {
    "files": "connectors.files",
    "oracle-fusion": "connectors.oracle.fusion",
    "sap-ecc": "connectors.sap.ecc",
    "sap-s4": "connectors.sap.s4",
}


def ids() -> list[str]:
    """Every id that `connector` accepts."""
    return sorted(_MODULES)


def connector(connector_id: str) -> Connector:
    """Return the connector with this id; NeedsAdmin names the ids that exist."""
    if connector_id not in _MODULES:
        what = f"there is no connector {connector_id!r}"
        raise NeedsAdmin(what, "restock.toml", f"Use one of: {', '.join(ids())}.")
    found: Connector = import_module(_MODULES[connector_id]).CONNECTOR
    return found
