"""Orders over version 2 are told as version 4 tells them, although that service says less."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.orders.document import DocumentState
from connectors.sap.s4_orderbook import order_book
from connectors.sap.s4_orderbook_v2 import BookV2
from connectors.sap.s4_orders import open_orders
from connectors.sap.s4_write import S4Writer
from tests.connectors.sap.stub import StubOData, records, system

ORDER = "4500000001"
DAY = "/Date(1798070400000)/"  # 2026-12-24


def line(number: str = "1", quantity: str = "2.000", day: str | None = DAY) -> dict[str, Any]:
    return {
        "PurchasingDocument": ORDER, "PurchasingDocumentItem": "10", "ScheduleLine": number,
        "ScheduleLineDeliveryDate": day, "SchedLineStscDeliveryDate": day, "ScheduleLineOrderQuantity": quantity,
    }  # fmt: skip


def header(**values: Any) -> dict[str, Any]:
    return {
        "PurchaseOrder": ORDER, "Supplier": "0017300001", "SupplyingPlant": "", "PurchaseOrderDate": DAY,
        "DocumentCurrency": "EUR", "CorrespncInternalReference": "7K3Q9X2MBDHC", "CorrespncExternalReference": "",
        "PurchasingDocumentDeletionCode": "", "PurchasingCompletenessStatus": False,
        "PurchasingProcessingStatus": "05", "ReleaseIsNotCompleted": False, **values,
    }  # fmt: skip


def item(*lines: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "PurchaseOrder": ORDER, "PurchaseOrderItem": "10", "Material": "42", "Plant": "1010",
        "OrderQuantity": "2.000", "PurchasingDocumentDeletionCode": "", "IsCompletelyDelivered": False,
        "IsReturnsItem": False, "PurchaseOrderQuantityUnit": "CAR", "NetPriceAmount": "24.000",
        "NetPriceQuantity": "1", "OrderPriceUnitToOrderUnitNmrtr": "1", "OrdPriceUnitToOrderUnitDnmntr": "1",
        "DocumentCurrency": "EUR", "PurchasingInfoRecord": "5300000001",
        "to_ScheduleLine": {"results": list(lines) or [line()]}, **values,
    }  # fmt: skip


def movement(kind: str, quantity: str) -> dict[str, Any]:
    return {
        "MaterialDocumentYear": "2026", "MaterialDocument": "1", "MaterialDocumentItem": "1", "PurchaseOrder": ORDER,
        "PurchaseOrderItem": "00010", "GoodsMovementType": kind, "QuantityInBaseUnit": quantity,
    }  # fmt: skip


RECORD = {
    "PurchasingInfoRecord": "5300000001", "PurgDocOrderQuantityUnit": "CAR", "OrderItemQtyToBaseQtyNmrtr": "12",
    "OrderItemQtyToBaseQtyDnmntr": "1",
}  # fmt: skip
UNIT = {"Product": "42", "AlternativeUnit": "CAR", "QuantityNumerator": "10", "QuantityDenominator": "1"}


def sets(made: dict[str, Any], *movements: dict[str, Any], **more: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "A_PurchaseOrderItem": [{**made, "to_PurchaseOrder": header()}],
        "A_PurchaseOrder": [{**header(), "to_PurchaseOrderItem": {"results": [made]}}],
        "A_PurchasingInfoRecord": [RECORD],
        "A_ProductUnitsOfMeasure": [UNIT],
        "A_MaterialDocumentItem": list(movements),
        **more,
    }


def open_lines(*args: Any, **more: Any) -> list[tuple[str, str]]:
    made = system(sets(*args, **more), order_service="v2")
    assert isinstance(order_book(made), BookV2)
    return [(row["schedule"], row["quantity_open"]) for row in records(open_orders(made))]


def test_an_open_line_in_the_form_of_version_4() -> None:
    (row,) = records(open_orders(system(sets(item()), order_service="v2")))
    assert row == {
        "order_ref": ORDER, "line": "10", "schedule": "1", "item": "42", "location": "1010", "quantity_open": "24",
        "promised_on": "2026-12-24", "supplier": "17300001", "ordered_on": "2026-12-24",
        "first_promised_on": "2026-12-24", "quantity_ordered": "24", "order_key": "7K3Q9X2MBDHC", "price": "2",
        "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("movements", "rest"),
    [
        ([("101", "6")], "18"),
        ([("101", "6"), ("102", "6")], "24"),
        ([("101", "24"), ("122", "12")], "12"),
        ([("101", "30")], None),
        ([("103", "6")], "24"),  # into blocked stock: not yet received
        ([("103", "6"), ("105", "6")], "18"),
        ([("101", "many")], "24"),
    ],
)
def test_what_came_is_taken_off(movements: list[tuple[str, str]], rest: str | None) -> None:
    found = open_lines(item(), *[movement(kind, quantity) for kind, quantity in movements])
    assert found == ([("1", rest)] if rest else [])


def test_what_came_fills_the_earliest_line_first() -> None:
    later = line("1", "1.000", "/Date(1800000000000)/")
    assert open_lines(item(later, line("2", "1.000")), movement("101", "15")) == [("1", "9")]


def test_conversions_come_from_the_info_record_else_from_the_item() -> None:
    assert open_lines(item()) == [("1", "24")]
    assert open_lines(item(PurchasingInfoRecord="")) == [("1", "20")]
    assert open_lines(item(PurchaseOrderQuantityUnit="PAL")) == [("1", "2.000 PAL")]
    other = {**RECORD, "PurgDocOrderQuantityUnit": "PAL"}
    assert open_lines(item(), A_PurchasingInfoRecord=[other]) == [("1", "20")]


def test_a_line_without_a_conversion_is_shown_as_it_came() -> None:
    assert open_lines(item(), movement("101", "6"), A_PurchasingInfoRecord=[], A_ProductUnitsOfMeasure=[]) == [
        ("1", "2.000 CAR")
    ]


def test_a_document_that_is_read_back() -> None:
    made = system(sets(item(), movement("101", "24")), order_service="v2")
    (document,) = S4Writer(made).status([ORDER])
    assert document.state is DocumentState.CLOSED
    (read,) = document.lines
    assert (read.quantity, read.price, read.price_unit) == (Decimal(24), Decimal(24), Decimal(12))
    assert (read.received, read.due_on, read.line) == (Decimal(24), date(2026, 12, 24), "10")


def test_only_names_of_version_2_are_asked_for() -> None:
    made = system(sets(item()), order_service="v2")
    records(open_orders(made))
    assert isinstance(made.odata, StubOData)
    first = made.odata.asked[0]
    assert first.entity_set == "A_PurchaseOrderItem"
    assert "to_ScheduleLine/PurchasingDocument" in first.select
    assert not {"OrderItemQtyToBaseQtyNmrtr", "to_ScheduleLine/OpenPurchaseOrderQuantity"} & set(first.select)
