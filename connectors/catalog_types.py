"""What every connector exports as `CONNECTOR`: its id, its settings model, and how to make its reader and writer.

It imports no connector; `connectors.catalog` finds them by id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.ports import Clock, ErpReader, ErpWriter


@dataclass(frozen=True, slots=True)
class Connector:
    """One kind of ERP; `reader` and `writer` take the checked settings model and the clock."""

    id: str
    settings: type[BaseModel]
    reader: Callable[[Any, Clock], ErpReader]
    writer: Callable[[Any, Clock], ErpWriter]
    tables: frozenset[str]
    notes: str = ""
