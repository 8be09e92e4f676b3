"""Which sets and fields of S/4HANA each table and each order needs, found by reading from a system without rows.

So it is always what the readers and the writer really ask for; nothing is sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import cast

from bot.orders.model import OrderLine, PurchaseOrder
from bot.ports import Clock
from connectors.sap.odata import ODataSession, Query, Row, Service
from connectors.sap.s4_base import S4
from connectors.sap.s4_orderbook import order_names
from connectors.sap.s4_payload import older, payload
from connectors.sap.s4_write import S4Writer
from connectors.sap.settings import S4Settings

Pull = Callable[[S4], Iterable[object]]
_NESTED = re.compile(r"(\w+)\(\$select=([\w,]+)")
_COMPARED = re.compile(r"(\w+) (?:eq|ge|gt|le|lt) ")
_SOME_KEY = "ZZZZZZZZZZZZ"


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, the service it goes to and what it is for: a table, or `orders`."""

    table: str
    service: Service
    query: Query

    def fields(self) -> Iterator[tuple[str, str, str]]:
        """(set, navigation or empty, field) for everything that the query names."""
        name = self.query.entity_set
        for each in self.query.select:
            navigation, _, leaf = each.rpartition("/")
            yield name, navigation, leaf
        for navigation, select in _NESTED.findall(self.query.expand):
            yield from ((name, navigation, leaf) for leaf in select.split(","))
        for leaf in _COMPARED.findall(self.query.where):
            yield name, "", leaf


@dataclass(slots=True)
class _NoRows:
    """Stands in for a session: remembers what is asked, answers nothing."""

    asked: list[tuple[Service, Query]] = field(default_factory=list)

    def rows(self, service: Service, query: Query) -> Iterator[Row]:
        """Remember the query."""
        self.asked.append((service, query))
        return iter(())


def asked(settings: S4Settings, clock: Clock, pulls: Mapping[str, Pull]) -> list[Asked]:
    """Every query of every table and of the order writer, in the order in which they would be sent.

    `pulls` reads each table whole from the system that it is given.
    """
    found: list[Asked] = []
    settings = settings.model_copy(update={"history_days": 1})  # one window of movements is like the other
    for table, pull in sorted(pulls.items()):
        s4, log = _system(settings, clock)
        for _ in pull(s4):
            pass
        found += [Asked(table, service, query) for service, query in log.asked]
    s4, log = _system(settings, clock)
    writer = S4Writer(s4)
    writer.find(_SOME_KEY)
    writer.status(["1"])
    return found + [Asked("orders", service, query) for service, query in log.asked]


def written(settings: S4Settings, clock: Clock) -> list[tuple[Service, str, str]]:
    """(service, navigation or the set itself, field) of everything that an order sends."""
    plant, today = min(settings.plants), clock.today(settings.timezone)
    body, names = payload(_some_order(plant, today), settings), order_names(settings)
    sent = older(body) if names.service.version == 2 else body
    return [(names.service, place, name) for place, name in _names(names.entity_set, sent)]


def _system(settings: S4Settings, clock: Clock) -> tuple[S4, _NoRows]:
    log = _NoRows()
    return S4(settings, clock, cast("ODataSession", log)), log


def _some_order(plant: str, today: date) -> PurchaseOrder:
    line = OrderLine(1, "1", plant, Decimal(1), "EA", Decimal(1), today, "need")
    return PurchaseOrder(_SOME_KEY, 1, "s4", "1", plant, "EUR", today, (line,))


def _names(place: str, body: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if isinstance(value, list):
            for each in value:
                yield from _names(name, each)
        else:
            yield place, name
