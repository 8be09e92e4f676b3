import pandas as pd
import pytest

from bot.snapshot.clean import clean
from bot.snapshot.relations import is_in, relate
from bot.tables.erp import TABLES
from tests.bot.snapshot.frames import aside, company, frame

TERMS = "item location supplier price currency lead_time_days order_unit unit_factor"


def related(**tables: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    return relate({name: clean(TABLES[name], raw).rows for name, raw in company(**tables).items()}, "CHF")


def test_clean_company_loses_nothing() -> None:
    tables, quarantine = related()
    assert quarantine.empty
    assert {name: len(rows) for name, rows in tables.items()} == {
        "items": 2,
        "locations": 1,
        "stock": 2,
        "demand": 2,
        "sourcing": 2,
    }


def test_unknown_codes_are_set_aside_and_leading_zeros_make_another_item() -> None:
    tables, quarantine = related(
        demand=frame("item location date quantity", "7 L1 2026-02-01 3", "007 L9 2026-02-01 3", "9 L9 2026-02-01 3")
    )
    assert tables["demand"].empty
    assert aside(quarantine, "row", "column", "reason", "value") == [
        (1, "item", "item is not in items", "7"),
        (3, "item", "item is not in items", "9"),
        (2, "location", "location is not in locations", "L9"),
        (3, "location", "location is not in locations", "L9"),
    ]


def test_row_of_an_item_that_was_set_aside_goes_with_it() -> None:
    tables, quarantine = related(items=frame("item unit", "007 .", "008 EA"))
    assert tables["stock"]["item"].tolist() == ["008"]
    assert set(quarantine["reason"]) == {"item is not in items"}


def test_suppliers_are_checked_where_terms_name_them() -> None:
    tables, quarantine = related(
        suppliers=frame("supplier", "S2"),
        price_breaks=frame("item location supplier min_quantity price", "007 L1 S1 10 2", "007 L1 S2 10 2"),
        open_orders=frame(
            "order_ref line item location quantity_open promised_on supplier", "1 1 007 L1 5 2026-03-09 OLD"
        ),
    )
    assert tables["sourcing"].empty
    assert tables["price_breaks"]["supplier"].tolist() == ["S2"]
    assert len(tables["open_orders"]) == 1
    assert quarantine["reason"].tolist() == ["supplier is not in suppliers"] * 3


def test_empty_item_means_all_items_in_lanes_and_signals() -> None:
    tables, quarantine = related(
        lanes=frame("from_location to_location lead_time_days item", "L1 L2 1 .", "L1 L2 1 007", "L1 L2 1 9"),
        signals=frame(
            "name date value available_on item location",
            "heat 2026-03-01 1 2026-02-01 . .",
            "heat 2026-03-01 1 2026-02-01 9 L1",
        ),
    )
    assert tables["lanes"]["item"].astype("object").fillna("all").tolist() == ["all", "007"]
    assert len(tables["signals"]) == 1
    assert aside(quarantine, "table", "value") == [("lanes", "9"), ("signals", "9")]


def test_nothing_is_checked_against_a_table_that_was_not_served() -> None:
    demand = clean(TABLES["demand"], frame("item location date quantity", "x y 2026-02-01 1")).rows
    tables, quarantine = relate({"demand": demand}, "EUR")
    assert len(tables["demand"]) == 1
    assert quarantine.empty


def test_currency_is_the_rows_else_the_suppliers_else_the_installations() -> None:
    tables, _ = related(
        sourcing=frame(
            TERMS,
            "007 L1 S1 1 USD 7 . .",
            "008 L1 S1 1 . 7 . .",
            "007 L1 S2 1 . 7 . .",
            "008 L1 S3 1 EUR 7 . .",
            "007 L1 S3 1 USD 7 . .",
        ),
        suppliers=frame("supplier currency", "S1 USD", "S2 .", "S3 EUR"),
        receipts=frame(
            "order_ref line item location supplier quantity_ordered quantity_received ordered_on promised_on"
            " received_on price",
            "1 1 007 L1 S1 1 1 2026-01-01 . . 1",
            "2 1 007 L1 X 1 1 2026-01-01 . . 1",
        ),
        open_orders=frame("order_ref line item location quantity_open promised_on", "1 1 007 L1 5 2026-03-09"),
    )
    terms = tables["sourcing"]
    assert terms["currency"].tolist() == ["USD", "USD", "CHF", "EUR", "USD"]
    assert terms["currency_doubt"].tolist() == [False, False, False, False, True]
    assert tables["receipts"]["currency"].tolist() == ["USD", "CHF"]
    assert tables["open_orders"]["currency"].tolist() == ["CHF"]


def test_without_suppliers_the_installation_names_the_currency() -> None:
    tables, _ = related(sourcing=frame(TERMS, "007 L1 S1 1 . 7 . ."))
    assert tables["sourcing"]["currency"].tolist() == ["CHF"]
    assert tables["sourcing"]["currency_doubt"].tolist() == [False]


@pytest.mark.parametrize(
    ("row", "factor"),
    [
        ("007 L1 S1 1 EUR 7 . .", "1"),
        ("007 L1 S1 1 EUR 7 EA .", "1"),
        ("007 L1 S1 1 EUR 7 BOX .", "12"),
        ("007 L1 S1 1 EUR 7 BOX 1000/3", "1000/3"),
        ("007 L1 S1 1 EUR 7 . 5", "5"),
    ],
)
def test_unit_factor_is_given_or_follows_from_units(row: str, factor: str) -> None:
    tables, quarantine = related(
        sourcing=frame(TERMS, row), units=frame("item unit base_units", "007 BOX 12", "008 PAL 100")
    )
    assert tables["sourcing"]["unit_factor"].tolist() == [factor]
    assert quarantine.empty


def test_terms_in_a_unit_without_conversion_are_set_aside() -> None:
    rows = ("007 L1 S1 1 EUR 7 PAL .", "008 L1 S1 1 EUR 7 PAL .")
    tables, quarantine = related(
        sourcing=frame(TERMS, *rows), units=frame("item unit base_units", "007 PAL .", "008 PAL 100")
    )
    assert tables["sourcing"]["item"].tolist() == ["008"]
    assert aside(quarantine, "column", "value", "reason", "item") == [
        ("order_unit", "PAL", "no conversion from the order unit", "007")
    ]
    none_at_all, _ = related(sourcing=frame(TERMS, *rows))
    assert none_at_all["sourcing"].empty


def test_units_without_items_cannot_be_plain() -> None:
    sourcing = clean(TABLES["sourcing"], frame(TERMS, "007 L1 S1 1 EUR 7 EA .")).rows
    tables, _ = relate({"sourcing": sourcing}, "EUR")
    assert tables["sourcing"].empty


def test_is_in_knows_missing_cells() -> None:
    values = pd.Series(["a", None, "b"], dtype="category")
    assert is_in(values, pd.Series(["b"], dtype="category")).tolist() == [False, False, True]
