"""What the doctor asks is what the connector asks, and the published interface has no gap in its eyes."""

import os
from pathlib import Path
from typing import cast

import pytest

from connectors.looking import Looker
from connectors.sap.odata_metadata import parse
from connectors.sap.s4 import PULLS, TABLES
from connectors.sap.s4_asked import Asked, asked, written
from connectors.sap.s4_base import ORDERS
from connectors.sap.s4_examine import Exam, gaps, name_of
from tests.connectors.sap.stub import settings
from tests.fakes import ManualClock

ROOT = Path(__file__).parents[3]
EDMX = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts" / "sap" / "edmx"
FILES = {"api_purchaseorder_2": "CE_PURCHASEORDER_0001"}


@pytest.fixture
def questions() -> list[Asked]:
    return asked(settings(), ManualClock(), PULLS)


def test_every_table_and_the_orders_ask_something(questions: list[Asked]) -> None:
    assert {each.table for each in questions} == {*PULLS, "orders"} == {*TABLES - {"locations"}, "orders"}
    assert len({(each.query.entity_set, *field) for each in questions for field in each.fields()}) > 100


def test_fields_are_found_in_paths_expansions_and_filters(questions: list[Asked]) -> None:
    fields = {field for each in questions for field in each.fields()}
    assert ("A_MaterialDocumentHeader", "to_MaterialDocumentItem", "DebitCreditCode") in fields
    assert ("PurchaseOrder", "_PurchaseOrderScheduleLineTP", "OpenPurchaseOrderQuantity") in fields
    assert ("A_MatlStkInAcctMod", "", "InventorySpecialStockType") in fields
    assert ("PurchaseOrder", "", "CorrespncInternalReference") in fields


def test_what_an_order_sends_is_known() -> None:
    sent = {(place, name) for _, place, name in written(settings(), ManualClock())}
    assert {("PurchaseOrder", "CompanyCode"), ("_PurchaseOrderScheduleLineTP", "ScheduleLineDeliveryDate")} <= sent


@pytest.mark.reference
def test_the_published_interface_has_no_gap(questions: list[Asked]) -> None:
    if not EDMX.is_dir():
        pytest.skip(f"no reference material at {EDMX}")
    exam = Exam(settings(), ManualClock(), cast("Looker", None), questions)
    services = {each.service.path: each.service for each in questions}
    for path, service in services.items():
        name = name_of(service)
        exam.offered[path] = parse((EDMX / f"{FILES.get(name, name)}.edmx").read_bytes())
    assert len(services) == 6
    assert [found for service in services.values() for found in gaps(exam, service)] == []
    assert "PurchaseOrder" not in exam.offered[ORDERS.path].closed
    assert "PurchaseOrderItem" in exam.offered[ORDERS.path].closed
