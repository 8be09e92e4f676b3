import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.tables import as_markdown, tables
from bot.tables.erp import TABLES

ROOT = Path(__file__).parents[3]


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(tables, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_every_table_and_column_is_printed() -> None:
    text = printed()
    for table in TABLES.values():
        assert f"{table.name} - {table.meaning}" in text
        for column in table.columns:
            assert column.meaning in text
    assert "(rows add up)" in text


def test_only_the_tables_that_were_asked_for() -> None:
    text = printed("units", "rates")
    assert text.startswith("units - conversions to the base unit\n  key: item, unit\n")
    assert "\n\nrates - " in text
    assert "stock - " not in text


def test_optional_columns_stand_in_brackets_and_needed_ones_do_not() -> None:
    text = printed("stock")
    assert "  on_hand  " in text
    assert "  [reserved]  " in text


def test_unknown_table_is_named_with_those_there_are() -> None:
    result = CliRunner().invoke(tables, ["stocks"])
    assert result.exit_code == 2
    assert "there is no table stocks; tables are items, locations," in result.output


def test_json_has_every_column_once() -> None:
    content = json.loads(printed("--format", "json"))
    assert content["schema_version"] == 1
    for name, table in TABLES.items():
        assert [column["name"] for column in content["tables"][name]["columns"]] == table.names()
        assert content["tables"][name]["key"] == list(table.key)
    assert content["tables"]["sourcing"]["columns"][3] == {
        "name": "price",
        "kind": "number",
        "dtype": "float64",
        "unit": "currency",
        "meaning": "price per price_unit base units",
        "required": True,
        "check": ">= 0",
        "default": "",
    }


def test_page_in_docs_is_what_the_command_prints() -> None:
    page = (ROOT / "docs" / "tables.md").read_text("utf-8")
    assert page.strip() == as_markdown(list(TABLES.values())).strip()


@pytest.mark.parametrize("name", TABLES)
def test_markdown_rows_have_six_cells(name: str) -> None:
    rows = [line for line in printed(name, "--format", "markdown").splitlines() if line.startswith("|")]
    assert len(rows) == len(TABLES[name].columns) + 2
    assert {line.count("|") for line in rows} == {7}
