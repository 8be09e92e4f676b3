"""Every set, field and navigation that the connector names stands in the published metadata."""

import os
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.orders.model import OrderLine, PurchaseOrder
from connectors.sap.odata import Query
from connectors.sap.s4 import TABLES, S4Reader
from connectors.sap.s4_payload import payload
from connectors.sap.s4_write import S4Writer
from tests.connectors.sap.stub import StubOData, settings, system

ROOT = Path(__file__).parents[3]
EDMX = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts" / "sap" / "edmx"
FILES = ("API_PRODUCT_SRV", "API_MATERIAL_STOCK_SRV", "API_MATERIAL_DOCUMENT_SRV", "API_INFORECORD_PROCESS_SRV",
         "API_BUSINESS_PARTNER", "CE_PURCHASEORDER_0001")  # fmt: skip
TARGETS = {
    "to_MaterialDocumentItem": "A_MaterialDocumentItem",
    "_PurchaseOrder": "PurchaseOrder",
    "_PurchaseOrderItem": "PurchaseOrderItem",
    "_PurchaseOrderScheduleLineTP": "PurchaseOrderScheduleLine",
}
pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def published() -> dict[str, set[str]]:
    """Entity set -> its properties and navigations."""
    if not EDMX.is_dir():
        pytest.skip(f"no reference material at {EDMX}")
    found: dict[str, set[str]] = {}
    for name in FILES:
        elements = list(ET.parse(EDMX / f"{name}.edmx").iter())  # noqa: S314 - published files, read from disk
        kinds = {
            e.get("Name"): {str(child.get("Name")) for child in e} for e in elements if e.tag.endswith("}EntityType")
        }
        for e in elements:
            if e.tag.endswith("}EntitySet"):
                found[str(e.get("Name"))] = kinds[str(e.get("EntityType")).rpartition(".")[2]]
    return found


def named(query: Query) -> Iterator[tuple[str, str]]:
    """(set, field) for everything that a query names."""
    for field in query.select:
        navigation, slash, name = field.rpartition("/")
        yield (TARGETS[navigation], name) if slash else (query.entity_set, name)
    for navigation, select in re.findall(r"(\w+)\(\$select=([\w,]+)", query.expand):
        yield from ((TARGETS[navigation], field) for field in select.split(","))
    for word in re.findall(r"(\w+) (?:eq|ge|le|lt) ", query.where):
        yield query.entity_set, word


def test_everything_that_is_read_is_published(published: dict[str, set[str]]) -> None:
    s4 = system({})
    reader, writer = S4Reader(s4), S4Writer(s4)
    for table in sorted(TABLES):
        list(reader.pull(table))
    writer.find("K")
    writer.status(["4500000001"])
    assert isinstance(s4.odata, StubOData)
    asked = {pair for query in s4.odata.asked for pair in named(query)}
    assert len(asked) > 100
    assert {(each, field) for each, field in asked if field not in published[each]} == set()


def test_everything_that_is_written_is_published(published: dict[str, set[str]]) -> None:
    line = OrderLine(1, "42", "1010", Decimal(1), "EA", Decimal(1), date(2026, 3, 2), "need")
    body = payload(PurchaseOrder("K", 1, "s4", "1", "1010", "EUR", date(2026, 3, 2), (line,)), settings())
    todo = [("PurchaseOrder", body)]
    while todo:
        entity_set, fields = todo.pop()
        assert set(fields) <= published[entity_set]
        for name, value in fields.items():
            if isinstance(value, list):
                todo.extend((TARGETS[name], each) for each in value)
