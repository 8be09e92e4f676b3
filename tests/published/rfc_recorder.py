"""The sandbox's library once more, but every call is kept for the judge."""

from collections.abc import Mapping
from typing import Any

from connectors.sandbox import ecc

CALLS: list[tuple[str, dict[str, Any]]] = []


class Connection(ecc.Connection):
    """Keeps what it is asked, then does it."""

    def call(self, name: str, options: Mapping[str, Any] | None = None, **values: Any) -> dict[str, Any]:
        CALLS.append((name, values))
        return super().call(name, options, **values)
