"""`restock delivery`: sealing a folder and saying what it holds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.delivery import delivery
from bot.errors import DataInvalid

TABLES = {
    "items": "item,unit\nA,EA\n",
    "locations": "location\nW\n",
    "stock": "item,location,on_hand,shelf\nA,W,1,2\nA,X,oops,1\n",
    "demand": "item,location,date,quantity\nA,W,2026-01-05,1\n",
    "sourcing": "item,location,supplier,price,currency,lead_time_days\nA,W,S,2,EUR,7\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(delivery, arguments, catch_exceptions=False)


def test_a_sealed_folder_is_described_with_what_is_wrong(folder: Path) -> None:
    sealed = run("seal", str(folder), "--system", "north", "--as-of", "2026-11-27")
    assert sealed.exit_code == 0
    assert "5 tables, 6 rows" in sealed.output
    checked = run("check", str(folder))
    assert checked.exit_code == 0
    assert "sealed: north, 2026-11-27" in checked.output
    for words in ("stock: 2 rows, 1 set aside", "columns that nobody reads: shelf", "1 × on_hand: not a number",
                  "units: EA 1", "currencies: EUR 1", "date: 2026-01-05 to 2026-01-05"):  # fmt: skip
        assert words in checked.output


def test_a_table_changed_after_sealing_is_no_delivery(folder: Path) -> None:
    run("seal", str(folder), "--system", "north", "--as-of", "2026-11-27")
    (folder / "stock.csv").write_text("item,location,on_hand\nA,W,999\n", "utf-8")
    with pytest.raises(DataInvalid, match="E324"):
        run("check", str(folder))


def test_a_missing_table_or_column_ends_with_4_and_is_named(folder: Path) -> None:
    (folder / "sourcing.csv").unlink()
    (folder / "stock.csv").write_text("item,location\nA,W\n", "utf-8")
    checked = run("check", str(folder))
    assert checked.exit_code == 4
    assert "needed to plan and not there: sourcing" in checked.output
    assert "no manifest" in checked.output
    assert "CANNOT BE USED" in checked.output


def test_the_machine_readable_form_holds_the_same(folder: Path) -> None:
    content = json.loads(run("check", str(folder), "--format", "json").output)
    assert content["schema_version"] == 1
    assert content["tables"]["stock"]["aside"] == [{"column": "on_hand", "reason": "not a number", "rows": 1}]
    assert content["missing"] == []


def test_an_empty_folder_cannot_be_sealed(tmp_path: Path) -> None:
    result = CliRunner().invoke(delivery, ["seal", str(tmp_path), "--system", "n", "--as-of", "2026-11-27"])
    assert result.exit_code == 2
    assert "holds no table" in result.output
