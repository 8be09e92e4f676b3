"""What every connector exports as `CONNECTOR`: its id, its settings model, how to make its reader and writer.

It imports no connector; `connectors.catalog` finds them by id.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from bot.ports import Clock, Diagnosis, ErpReader, ErpWriter


def no_examination(_settings: Any, _clock: Clock) -> Iterator[Diagnosis]:
    """Find nothing, for connectors without a far side."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Capability:
    """How one table is read, or one kind of document written, on one route.

    `via` names what is called there; `incremental` says by what a later extract reads only what changed, empty =
    always whole; `judged_by` names who has judged these calls besides us, empty = nobody; `doubt` is what is
    UNVERIFIED.
    """

    via: str
    incremental: str = ""
    judged_by: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One way in and out of a system: tables by canonical name, documents by what people call them.

    `absent` says of tables that are not served where they come from instead, or why there are none.
    """

    name: str
    reads: Mapping[str, Capability]
    writes: Mapping[str, Capability] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


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
    routes: tuple[Route, ...] = ()
