"""Which lists and attributes of Fusion each table and each search needs, found by reading without rows.

So it is always what the readers and the writer really ask for. Names are looked up in the pod, because lists are
asked for by the ids behind them; lists themselves are not read.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa

from bot.errors import RestockError
from bot.ports import Clock
from connectors.answers import Limits
from connectors.oracle.client import FusionClient
from connectors.oracle.report_columns import empty
from connectors.oracle.reported import Reported
from connectors.oracle.routes import writer_of
from connectors.oracle.settings import FusionSettings, ReportedTable
from connectors.oracle.tables import FusionReader
from connectors.oracle.wire import Row

LOOKUPS = frozenset(
    {
        "inventoryOrganizations",
        "procurementBusinessUnitsLOV",
        "purchasingDocumentStylesLOV",
        "procurementAgents",
        "procurementPersonsLOV",
    }
)
NO_KEY = "000000000000"  # no order key holds zeros
_COMPARED = re.compile(r"(\w+)(?:=|<>|>=|<=|>|<)")
_TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True)
class Asked:
    """One list, what it is asked for, and for which table (or `orders`)."""

    table: str
    resource: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    q: str

    def attributes(self) -> frozenset[str]:
        """Attributes that are asked for."""
        first = (name for field in self.fields for name in field.partition(";")[0].split(","))
        return frozenset(name for name in first if ":" not in name)

    def compared(self) -> frozenset[str]:
        """Attributes that rows are searched by."""
        return frozenset(_COMPARED.findall(_TEXT.sub("''", self.q)))


class _NoRows(FusionClient):
    """A client that looks names up and answers every other list with nothing."""

    def __init__(self, settings: FusionSettings, clock: Clock, limits: Limits) -> None:
        super().__init__(settings, clock, limits)
        self.table, self.asked = "", list[Asked]()
        self._looked_up: dict[tuple[str, str, tuple[str, ...]], list[list[Row]]] = {}

    def pages(
        self,
        resource: str,
        key: Sequence[str],
        *,
        fields: Sequence[str] = (),
        q: str = "",
        expand: str = "",
        newest_first: bool = False,  # noqa: ARG002 - the signature of the client
        lasting: bool = False,  # noqa: ARG002 - the same
    ) -> Iterator[list[Row]]:
        """Remember the question."""
        self.asked.append(Asked(self.table, resource, tuple(key), tuple(fields), q))
        if resource in LOOKUPS:
            name = (resource, q, tuple(fields))
            if name not in self._looked_up:
                self._looked_up[name] = list(super().pages(resource, key, fields=fields, q=q, expand=expand))
            yield from self._looked_up[name]


class _NoReports(Reported):
    """Reports without rows: what stands in report_paths is not asked of any list."""

    def run(self, name: ReportedTable, parameters: dict[str, str]) -> pa.Table:  # noqa: ARG002 - as in the base class
        """Run nothing."""
        return empty(name)


def asked(settings: FusionSettings, clock: Clock, limits: Limits) -> list[Asked]:
    """Every list of every table and of the search for an order key; a name that does not exist leaves some out."""
    client = _NoRows(settings, clock, limits)
    for table in sorted(FusionReader(client, settings, clock).tables):
        client.table = table
        with suppress(RestockError):
            for _ in FusionReader(client, settings, clock, _NoReports(settings, clock)).pull(table):
                pass
    client.table = "orders"
    with suppress(RestockError):
        writer_of(client, settings, clock).find("A" * 12)
    return client.asked
