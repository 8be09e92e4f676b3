"""Open orders, receipts and prices out of reports."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from connectors.oracle import report_orders
from connectors.oracle.report_columns import parse
from connectors.oracle.settings import FusionSettings
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.report_parts import RECEIPT, SCHEDULE, report

ZONE = ZoneInfo("America/Los_Angeles")


def found(*rows: dict[str, str], settings: FusionSettings | None = None) -> pa.Table:
    numbered = [SCHEDULE | {"LINE_LOCATION_ID": str(500 + i)} | row for i, row in enumerate(rows)]
    parsed = parse(report("open_orders", *numbered), "open_orders")
    return report_orders.schedules(parsed, settings or fusion_settings(), ZONE)


def one(table: pa.Table) -> dict[str, Any]:
    (row,) = table.to_pylist()
    return dict(row)


def test_an_open_schedule_is_what_is_still_to_come() -> None:
    row = one(report_orders.open_orders(found({})))
    assert row == {
        "order_ref": "5001", "line": "1", "schedule": "1", "item": "0007", "location": "M1", "supplier": "1001",
        "quantity_ordered": "100", "ordered_on": "2026-01-20", "requested_on": "2026-02-10",
        "promised_on": "2026-02-14", "first_promised_on": None, "order_key": "ABCDEFGHJK23", "currency": "USD",
        "price": "12.5", "quantity_open": "40",
    }  # fmt: skip


@pytest.mark.parametrize(
    "row", [{"RECEIVED_QUANTITY": "100"}, {"STATUS_CODE": "CANCELED"}, {"STATUS_CODE": "CLOSED FOR RECEIVING"},
            {"ORGANIZATION_CODE": "M9"}]
)  # fmt: skip
def test_what_is_received_ended_or_not_ours_is_not_open(row: dict[str, str]) -> None:
    assert report_orders.open_orders(found(row)).num_rows == 0


def test_an_unreadable_quantity_stays_to_be_set_aside() -> None:
    assert one(report_orders.open_orders(found({"QUANTITY": "many"})))["quantity_open"] == "many"


def test_without_a_promise_the_wish_counts() -> None:
    assert one(report_orders.open_orders(found({"PROMISED_DATE": ""})))["promised_on"] == "2026-02-10"


def test_order_units_become_base_units_and_unknown_ones_are_set_aside() -> None:
    settings = fusion_settings(conversions=[{"unit": "BX", "base_units": "12"}])
    rows = ({"UOM_CODE": "BX"}, {"UOM_CODE": "PAL"}, {})
    boxes, pallets, pieces = report_orders.open_orders(found(*rows, settings=settings)).to_pylist()
    assert (boxes["quantity_ordered"], boxes["quantity_open"]) == ("1200", "480")
    assert Decimal(boxes["price"]) == Decimal("12.5") / 12
    assert (pallets["quantity_open"], pallets["price"]) == ("100 PAL", None)
    assert pieces["quantity_open"] == "40"


def test_receipts_are_joined_with_their_schedules_on_the_day_of_the_company() -> None:
    rows = parse(report("receipts", RECEIPT, RECEIPT | {"LINE_LOCATION_ID": "999"}), "receipts")
    row = one(report_orders.receipts(found({}), rows, fusion_settings(), ZONE))
    assert (row["order_ref"], row["received_on"]) == ("5001", "2026-02-12")
    assert (row["quantity_received"], row["quantity_rejected"], row["closed_by"]) == ("60", "2", None)


def test_a_line_that_ended_without_goods_is_told() -> None:
    rows = parse(report("receipts"), "receipts")
    ended = found({"STATUS_CODE": "CANCELED", "RECEIVED_QUANTITY": ""}, {"STATUS_CODE": "CANCELED"})
    row = one(report_orders.receipts(ended, rows, fusion_settings(), ZONE))
    assert (row["quantity_received"], row["received_on"], row["closed_by"]) == ("0", None, "buyer")


def test_the_newest_price_counts_and_an_order_without_price_does_not() -> None:
    settings = fusion_settings(conversions=[{"unit": "BX", "base_units": "12"}])
    rows = ({"PRICE": "9", "ORDER_DATE": "2026-01-01"}, {"PRICE": "11", "UOM_CODE": "BX"},
            {"PRICE": "", "ORDER_DATE": "2026-03-01"})  # fmt: skip
    newest = report_orders.newest(found(*rows, settings=settings), settings)
    assert newest["price"] == [Decimal(11)]
    assert newest["factor"] == [Fraction(12)]
