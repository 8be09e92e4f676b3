"""Every set, field and navigation that the connector names stands in the published metadata."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest

from bot.orders.document import StockTransfer, TransferLine
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.sap import s4_base
from connectors.sap.odata import ODataSession, Query, Row, Service
from connectors.sap.s4 import TABLES, S4Reader
from connectors.sap.s4_base import S4
from connectors.sap.s4_payload import older, payload, transfer_payload
from connectors.sap.s4_transfer import S4Transfers
from tests.connectors.sap.stub import StubOData, settings
from tests.fakes import ManualClock

ROOT = Path(__file__).parents[3]
EDMX = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts" / "sap" / "edmx"
FILES = {
    **{
        service.path: service.path.rpartition("/")[2]
        for service in (
            s4_base.PRODUCT, s4_base.STOCK, s4_base.MOVEMENTS, s4_base.INFO_RECORDS, s4_base.PARTNERS,
            s4_base.ORDERS_V2, s4_base.REQUISITIONS_V2,
        )
    },
    s4_base.ORDERS.path: "CE_PURCHASEORDER_0001",
    s4_base.REQUISITIONS.path: "CE_PURCHASEREQUISITION_0001",
}  # fmt: skip
TEXT = re.compile(r"'[^']*'")
pytestmark = pytest.mark.reference


@dataclass
class Published:
    """One service: its entity types by name, the type of each set, the type and length behind each name of a type."""

    sets: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    ways: dict[tuple[str, str], str] = field(default_factory=dict)  # (type, navigation) -> type

    def behind(self, entity_set: str, way: str) -> str:
        kind = self.sets[entity_set]
        for navigation in filter(None, way.split("/")):
            kind = self.ways[kind, navigation]
        return kind


def last(name: str | None) -> str:
    return str(name).removesuffix(")").rpartition(".")[2]


def parse(path: Path) -> Published:
    found, ends = Published(), {}
    elements = list(ET.parse(path).iter())  # noqa: S314 - published files, read from disk
    for e in elements:
        if e.tag.endswith("}Association"):
            ends |= {(last(e.get("Name")), c.get("Role")): last(c.get("Type")) for c in e if c.tag.endswith("}End")}
    for e in elements:
        if e.tag.endswith("}EntitySet"):
            found.sets[str(e.get("Name"))] = last(e.get("EntityType"))
        if not e.tag.endswith("}EntityType"):
            continue
        kind, properties = str(e.get("Name")), found.fields.setdefault(str(e.get("Name")), {})
        for c in e:
            if c.tag.endswith("}Property"):
                properties[str(c.get("Name"))] = (str(c.get("Type")), int(c.get("MaxLength") or 0))
            elif c.tag.endswith("}NavigationProperty"):
                there = last(c.get("Type")) if c.get("Type") else ends[last(c.get("Relationship")), c.get("ToRole")]
                found.ways[kind, str(c.get("Name"))] = there
    return found


@pytest.fixture(scope="module")
def published() -> dict[str, Published]:
    """Service path -> what was published about it."""
    if not EDMX.is_dir():
        pytest.skip(f"no reference material at {EDMX}")
    return {path: parse(EDMX / f"{name}.edmx") for path, name in FILES.items()}


class Remembering(StubOData):
    """Also remembers where each query went, and every change."""

    def __init__(self) -> None:
        super().__init__({})
        self.queries: list[tuple[Service, Query]] = []

    def rows(self, service: Service, query: Query) -> Iterator[Row]:
        self.queries.append((service, query))
        return super().rows(service, query)


def named(query: Query) -> Iterator[tuple[str, str]]:
    """(navigations from the set on, field) for everything that a query names."""
    for each in query.select:
        way, _, name = each.rpartition("/")
        yield way, name
    yield from _expanded(query.expand, "")
    for word in re.findall(r"(\w+) (?:eq|ge|le|lt) ", TEXT.sub("", query.where)):
        yield "", word


def _expanded(expand: str, above: str) -> Iterator[tuple[str, str]]:
    """Names inside an $expand of version 4; plain ways of version 2 name nothing by themselves."""
    for way, select, deeper in re.findall(r"(\w+)\(\$select=([\w,]+)(?:;\$expand=(.*\)))?\)", expand):
        yield from ((f"{above}/{way}".strip("/"), name) for name in select.split(","))
        yield from _expanded(deeper, f"{above}/{way}".strip("/"))


def unknown(published: dict[str, Published], service: Service, entity_set: str, way: str, name: str) -> bool:
    found = published[service.path]
    return name not in found.fields[found.behind(entity_set, way)]


@pytest.mark.parametrize("service", ["v4", "v2"])
def test_everything_that_is_read_is_published(published: dict[str, Published], service: str) -> None:
    log = Remembering()
    s4 = S4(settings(order_service=service), ManualClock(), cast("ODataSession", log))
    reader, writer = S4Reader(s4), S4Transfers(s4)
    for table in sorted(TABLES):
        list(reader.pull(table))
    writer.find("K")
    writer.status(["4500000001"])
    writer.find_transfer("K")
    writer.transfer_status(["10000001"])
    asked = {(where, query.entity_set, *pair) for where, query in log.queries for pair in named(query)}
    assert len(asked) > 150
    assert len({where.path for where, *_ in asked}) == 7
    assert {each for each in asked if unknown(published, *each)} == set()


ORDER = payload(
    PurchaseOrder("7K3Q9X2MBDHC", 1, "s4", "1", "1010", "EUR", date(2026, 3, 2), (
        OrderLine(1, "42", "1010", Decimal(1), "EA", Decimal(1), date(2026, 3, 2), "need"),)),
    settings(),
)  # fmt: skip
TRANSFER = transfer_payload(
    StockTransfer("7K3Q9X2MBDHC", "s4", "1020", "1010", (TransferLine(1, "42", Decimal(1), "EA", date(2026, 3, 2)),)),
    settings(),
)
WRITTEN = [
    (s4_base.ORDERS, "PurchaseOrder", ORDER),
    (s4_base.ORDERS_V2, "A_PurchaseOrder", older(ORDER)),
    (s4_base.REQUISITIONS, "PurchaseReqn", TRANSFER),
    (s4_base.REQUISITIONS_V2, "A_PurchaseRequisitionHeader", older(TRANSFER)),
]


def leaves(body: dict[str, Any], way: str = "") -> Iterator[tuple[str, str, Any]]:
    for name, value in body.items():
        if isinstance(value, list):
            for each in value:
                yield from leaves(each, f"{way}/{name}".strip("/"))
        else:
            yield way, name, value


@pytest.mark.parametrize(("service", "entity_set", "body"), WRITTEN, ids=lambda part: getattr(part, "path", ""))
def test_everything_that_is_written_is_published_and_fits(
    published: dict[str, Published], service: Service, entity_set: str, body: dict[str, Any]
) -> None:
    found = published[service.path]
    for way, name, value in leaves(body):
        kind, length = found.fields[found.behind(entity_set, way)][name]
        if kind == "Edm.String":
            assert isinstance(value, str)
            assert not length or len(value) <= length
        else:
            assert not isinstance(value, str) or service.version == 2 or kind == "Edm.Date"


def test_the_order_key_fits_the_reference_fields(published: dict[str, Published]) -> None:
    for service, entity_set, name in (
        (s4_base.ORDERS, "PurchaseOrder", "CorrespncInternalReference"),
        (s4_base.ORDERS, "PurchaseOrder", "CorrespncExternalReference"),
        (s4_base.ORDERS_V2, "A_PurchaseOrder", "CorrespncInternalReference"),
        (s4_base.REQUISITIONS, "PurchaseReqnItem", "PurReqnExternalReference"),
        (s4_base.REQUISITIONS_V2, "A_PurchaseRequisitionItem", "PurReqnExternalReference"),
    ):
        found = published[service.path]
        assert found.fields[found.sets[entity_set]][name][1] >= 12
