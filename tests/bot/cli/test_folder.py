from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli.folder import folder_options, read_folder, whole
from bot.errors import DataInvalid


@click.command()
@folder_options
def command(folder: Path, as_of: date, freq: str | None) -> None:
    click.echo(f"{folder.name} {as_of!r} {freq}")


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.output


def test_options_are_typed(tmp_path: Path) -> None:
    code, text = ran("--from", str(tmp_path), "--as-of", "2026-03-02", "--freq", "W")
    assert (code, text) == (0, f"{tmp_path.name} datetime.date(2026, 3, 2) W\n")
    assert ran("--from", str(tmp_path), "--as-of", "2026-03-02")[1].endswith("None\n")


@pytest.mark.parametrize("day", ["02.03.2026", "2026-02-30", "20260302", "03/04/05", "2026-W10-1", ""])
def test_other_days_are_refused_with_the_form_that_is_expected(tmp_path: Path, day: str) -> None:
    code, text = ran("--from", str(tmp_path), "--as-of", day)
    assert code == 2
    assert "is not a day such as 2026-03-02" in text


def test_folder_must_be_there(tmp_path: Path) -> None:
    code, text = ran("--from", str(tmp_path / "none"), "--as-of", "2026-03-02")
    assert code == 2
    assert "does not exist" in text


def test_missing_tables_are_named_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("item,location,on_hand\n", "utf-8")
    with pytest.raises(DataInvalid) as raised:
        read_folder(tmp_path, ("stock", "demand", "items"))
    found = raised.value.findings[0]
    assert (found.path, found.code) == (str(tmp_path), "E300")
    assert "lacks the tables demand, items" in found.message
    assert "demand.csv or demand.parquet" in found.remedy


def test_all_tables_or_only_those_wanted_are_read(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("item,location,on_hand\n007,L,1\n", "utf-8")
    (tmp_path / "items.csv").write_text("item,unit\n007,EA\n", "utf-8")
    assert list(read_folder(tmp_path, ("stock",))) == ["items", "stock"]
    wanted = read_folder(tmp_path, ("stock",), ("stock", "demand"))
    assert list(wanted) == ["stock"]
    assert wanted["stock"].attrs["path"] == str(tmp_path / "stock.csv")


def test_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "orders.csv"
    with whole(path) as draft:
        draft.write_text("done", "utf-8")
        assert not path.exists()
    assert [file.name for file in path.parent.iterdir()] == ["orders.csv"]
    with pytest.raises(ZeroDivisionError), whole(path) as draft:
        draft.write_text("half" * (1 // 0), "utf-8")
    assert path.read_text("utf-8") == "done"
    assert [file.name for file in path.parent.iterdir()] == ["orders.csv"]


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(click.UsageError, match="name a file where you may write"), whole(tmp_path / "file" / "x.csv"):
        pass
