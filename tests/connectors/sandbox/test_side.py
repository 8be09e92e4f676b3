"""The side folder holds what an ERP cannot serve, for its own locations only."""

import csv
from datetime import date
from pathlib import Path

import pytest

from connectors.sandbox.company import Company, make_company, write_side_folder


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(date(2026, 3, 2), scale=0.15)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_system_gets_its_own_locations(company: Company, tmp_path: Path) -> None:
    for system, places in (("s4", {"1010", "1020", "1030"}), ("fusion", {"M1", "M2"})):
        write_side_folder(company, system, tmp_path / system)
        assert {row["location"] for row in _rows(tmp_path / system / "locations.csv")} == places
        assert {row["location"] for row in _rows(tmp_path / system / "demand.csv")} <= places


def test_days_without_stock_come_as_rows_of_zero_with_a_share(company: Company, tmp_path: Path) -> None:
    write_side_folder(company, "s4", tmp_path, dirty=False)
    rows = _rows(tmp_path / "demand.csv")
    assert rows
    assert all(row["quantity"] == "0" and 0 <= float(row["in_stock"]) < 1 for row in rows)


def test_raw_rows_are_written_unchanged_only_when_asked_for(company: Company, tmp_path: Path) -> None:
    write_side_folder(company, "s4", tmp_path / "dirty")
    write_side_folder(company, "s4", tmp_path / "clean", dirty=False)
    assert "03/04/05" in {row["date"] for row in _rows(tmp_path / "dirty" / "demand.csv")}
    assert "03/04/05" not in {row["date"] for row in _rows(tmp_path / "clean" / "demand.csv")}
    assert not (tmp_path / "clean" / "open_orders.csv").exists()


def test_prices_and_promotions_are_signals_known_before_their_day(company: Company, tmp_path: Path) -> None:
    write_side_folder(company, "fusion", tmp_path)
    rows = _rows(tmp_path / "signals.csv")
    assert {row["name"] for row in rows} == {"price", "promotion"}
    assert all(row["available_on"] < row["date"] for row in rows)
    assert max(row["date"] for row in rows) > "2026-04-01"


def test_rates_hold_on_the_planning_day(company: Company, tmp_path: Path) -> None:
    write_side_folder(company, "s4", tmp_path)
    assert {row["from_currency"] for row in _rows(tmp_path / "rates.csv") if row["date"] == "2026-03-02"} == {
        "EUR",
        "USD",
    }
