"""Every dirty row is there, where the list says, and clean rows stay clean."""

from datetime import date

import pytest

from connectors.sandbox.company import Company, make_company

EXPECTED = {43, 44, 45, 46, 48, 49, 50, 52, 54, 56, 57}


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(date(2026, 3, 2))


def test_every_fault_of_the_list_is_present(company: Company) -> None:
    assert {dirt.fault for dirt in company.dirt} == EXPECTED
    assert {dirt.route for dirt in company.dirt} == {"wire", "files"}
    assert {dirt.expected for dirt in company.dirt} == {
        "quarantine",
        "not_plannable",
        "hold",
        "counted_once",
        "harmless",
    }


def test_wire_dirt_points_to_rows_of_its_table(company: Company) -> None:
    for dirt in company.dirt:
        if dirt.route == "wire":
            frame = company.tables[dirt.table]
            for name, value in dirt.key.items():
                frame = frame[frame[name].astype(str).str.slice(0, len(value)) == value]
            assert len(frame), dirt


def test_file_dirt_stands_in_the_raw_rows(company: Company) -> None:
    for dirt in company.dirt:
        if dirt.route == "files":
            copies = company.files[dirt.table].count(dirt.key)
            assert copies == (2 if dirt.expected == "counted_once" else 1), dirt


def test_no_item_location_is_soiled_twice_on_the_wire(company: Company) -> None:
    hard = [
        (dirt.key["item"], dirt.key["location"])
        for dirt in company.dirt
        if dirt.route == "wire" and dirt.expected in {"hold", "not_plannable"}
    ]
    assert len(hard) == len(set(hard))


def test_about_one_master_row_in_a_hundred_is_dirty(company: Company) -> None:
    master = sum(len(company.tables[name]) for name in ("items", "item_locations", "stock", "sourcing", "open_orders"))
    assert 0.005 < len(company.dirt) / master < 0.03


def test_only_the_listed_stock_rows_are_negative(company: Company) -> None:
    listed = {(d.key["item"], d.key["location"]) for d in company.dirt if d.fault == 43 and d.table == "stock"}
    stock = company.tables["stock"]
    negative = stock[stock["on_hand"] < 0]
    assert set(zip(negative["item"], negative["location"], strict=True)) == listed
