"""Raw lists out of parsed reports: names of the wire, kinds of values, refusal of strange flags."""

from decimal import Decimal
from typing import Any

import pytest

from bot.errors import NeedsAdmin, StopRun
from connectors.oracle.report_columns import REPORTS, check_organization, parse
from connectors.oracle.report_lists import ITEMS, STOCK, raw
from connectors.oracle.source import ITEM_FIELDS, ONHAND_FIELDS
from tests.connectors.oracle.report_parts import report

ITEM = {
    "ORGANIZATION_CODE": "M1", "ITEM_NUMBER": "0007", "DESCRIPTION": 'Bolt, 3"', "STATUS": "Active",
    "PRIMARY_UOM_CODE": "EA", "STOCK_ENABLED": "Y", "PURCHASING": "n", "PURCHASABLE": "TRUE", "MAKE_OR_BUY": "Buy",
    "MIN_QUANTITY": "1.50", "LIST_PRICE": "x", "POSTPROCESSING_DAYS": "0",
}  # fmt: skip
STOCKED = {
    "ORGANIZATION_CODE": "M1", "ITEM_NUMBER": "0007", "SUBINVENTORY_CODE": "Stores", "ONHAND_QUANTITY": "12",
}  # fmt: skip


def items(**changes: Any) -> dict[str, list[Any]]:
    return raw(parse(report("items", ITEM | changes), "items"), "items")


def test_values_are_of_the_kinds_that_rest_gives() -> None:
    found = {name: column[0] for name, column in items().items()}
    assert (found["ItemNumber"], found["location"], found["ItemDescription"]) == ("0007", "M1", 'Bolt, 3"')
    assert (found["StockEnabledFlag"], found["PurchasingFlag"], found["PurchasableFlag"]) == (True, False, True)
    assert (found["MinimumMinmaxQuantity"], found["PostprocessingDays"]) == (Decimal("1.5"), Decimal(0))
    assert found["ListPrice"] == "x", "what is no number stays, to be set aside aloud"
    assert found["MaximumOrderQuantity"] is None


def test_the_names_are_those_of_the_lists_and_of_the_reports() -> None:
    assert set(ITEMS) - {"location"} <= set(ITEM_FIELDS)
    assert set(STOCK) - {"location"} <= set(ONHAND_FIELDS)
    assert (set(ITEMS.values()), set(STOCK.values())) == (set(REPORTS["items"].needed), set(REPORTS["stock"].needed))


def test_a_flag_that_is_neither_yes_nor_no_is_refused_with_its_place() -> None:
    with pytest.raises(NeedsAdmin, match=r"report_paths\.items, column PURCHASING: 'maybe' is neither"):
        items(PURCHASING="maybe")


def test_an_item_that_comes_twice_or_of_another_organization_stops_the_run() -> None:
    with pytest.raises(StopRun, match="1 rows repeat"):
        parse(report("stock", STOCKED, STOCKED), "stock")
    rows = parse(report("stock", STOCKED, STOCKED | {"ORGANIZATION_CODE": "M2"}), "stock")
    with pytest.raises(StopRun, match="other organizations than M1"):
        check_organization(rows, "stock", "M1")


def test_a_report_without_rows_gives_empty_columns() -> None:
    assert raw(parse(report("stock"), "stock"), "stock") == {name: [] for name in STOCK}
