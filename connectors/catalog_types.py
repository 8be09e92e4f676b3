"""What every connector exports as `CONNECTOR`: its id, its settings model, how to make its reader and writer.

It imports no connector; `connectors.catalog` finds them by id.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bot.ports import Clock, Diagnosis, ErpReader, ErpWriter


def no_examination(_settings: Any, _clock: Clock) -> Iterator[Diagnosis]:
    """Find nothing, for connectors without a far side."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Connector:
    """One kind of ERP; `reader`, `writer` and `examine` take the checked settings model and the clock.

    `examine` looks at the far side without changing it and yields what it finds, good things too.
    """

    id: str
    settings: type[BaseModel]
    reader: Callable[[Any, Clock], ErpReader]
    writer: Callable[[Any, Clock], ErpWriter]
    tables: frozenset[str]
    notes: str = ""
    examine: Callable[[Any, Clock], Iterator[Diagnosis]] = no_examination
