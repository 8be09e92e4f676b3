"""Flows: which tables add up, and what may be unknown in them."""

import pytest

from bot.tables import flows


def test_demand_requirements_and_receipts_add_up_and_stock_does_not() -> None:
    tables = (flows.STOCK, flows.OPEN_ORDERS, flows.REQUIREMENTS, flows.DEMAND, flows.RECEIPTS)
    assert [table.name for table in tables if table.additive] == ["requirements", "demand", "receipts"]


@pytest.mark.parametrize(("column", "blank"), [("quantity", True), ("date", False)])
def test_an_unknown_demand_is_an_empty_quantity(column: str, blank: bool) -> None:  # noqa: FBT001 - parametrised
    assert flows.DEMAND[column].blank is blank


def test_a_line_closed_without_goods_has_no_receipt_day() -> None:
    assert flows.RECEIPTS["received_on"].blank
    assert flows.RECEIPTS["quantity_received"].minimum == 0.0
