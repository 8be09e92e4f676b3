"""Demand out of reports is what the REST list gives."""

from zoneinfo import ZoneInfo

from connectors.oracle.report_columns import parse
from connectors.oracle.report_moves import demand
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.report_parts import MOVE, report


def condensed(*rows: dict[str, str]) -> list[tuple[str, ...]]:
    numbered = [MOVE | row | {"TRANSACTION_ID": str(i)} for i, row in enumerate(rows)]
    parsed = parse(report("demand", *numbered), "demand")
    found = demand(parsed, fusion_settings(), ZoneInfo("America/Los_Angeles")).to_pylist()
    return sorted(tuple(row.values()) for row in found)


def test_issues_are_summed_per_day_and_kind_and_returns_are_told_apart() -> None:
    found = condensed({}, {"QUANTITY": "-0.1"}, {"QUANTITY": "1", "TRANSACTION_TYPE": "RMA Receipt"})
    assert found == [("0007", "M1", "2026-02-01", "return", "1"), ("0007", "M1", "2026-02-01", "sale", "3.1")]


def test_a_timestamp_counts_in_the_zone_of_the_company() -> None:
    assert condensed({"TRANSACTION_DATE": "2026-02-01T03:00:00+00:00"})[0][2] == "2026-01-31"


def test_counts_receipts_transfers_in_and_other_organizations_are_no_demand() -> None:
    nothing = ({"TRANSACTION_TYPE": "Cycle Count Adjustment"}, {"TRANSACTION_TYPE": "Purchase Order Receipt"},
               {"TRANSACTION_TYPE": "Transfer Order Receipt", "QUANTITY": "4"}, {"ORGANIZATION_CODE": "M9"},
               {"QUANTITY": "0"})  # fmt: skip
    assert condensed(*nothing) == []


def test_an_unknown_type_that_takes_stock_is_handed_on_with_its_word() -> None:
    assert condensed({"TRANSACTION_TYPE": "Kanban Pull"}) == [("0007", "M1", "2026-02-01", "Kanban Pull", "3")]
    assert condensed({"TRANSACTION_TYPE": "Kanban Pull", "QUANTITY": "3"}) == []


def test_what_is_no_number_keeps_a_row_of_its_own() -> None:
    assert condensed({"QUANTITY": "1,5"}, {}) == [
        ("0007", "M1", "2026-02-01", "sale", "1,5"),
        ("0007", "M1", "2026-02-01", "sale", "3"),
    ]
