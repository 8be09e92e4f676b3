"""`restock explain`: it reads the last good plan and says so when there is none."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.cli.root import run
from tests.bot.cli.installation import newcomer, restock


def test_without_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "restock.toml"
    path.write_text('[installation]\nname = "x"\n', "utf-8")
    assert run(["explain", "bolt@L1", "--settings", str(path)]) == 5
    said = capsys.readouterr().err
    assert "no plan has run yet" in said
    assert "`restock run plan`" in said


def test_the_last_good_plan_answers_even_after_one_that_failed(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    assert restock(folder, "run", "plan").returncode == 0
    (folder / "data" / "stock.csv").unlink()
    assert restock(folder, "run", "plan", "--force").returncode == 9
    found = restock(folder, "explain", "nut@L1")
    assert "nut@L1: no order, because stock and open orders cover" in found.stdout
    unknown = restock(folder, "explain", "nut@L9")
    assert unknown.returncode == 2
    assert "'nut@L9' is not a planned item-location" in unknown.stderr


def test_a_chart_of_any_planned_item(tmp_path: Path) -> None:
    folder = newcomer(tmp_path)
    assert restock(folder, "run", "plan").returncode == 0
    for name in ("nut.svg", "nut.png"):  # nut is not ordered: the plan drew no picture of it
        found = restock(folder, "explain", "nut@L1", "--chart", name)
        assert f"Written: {name}" in found.stdout, found.stderr
    root = ET.fromstring((folder / "nut.svg").read_text("utf-8"))  # noqa: S314 - our own output
    assert "nut@L1 Lock nut EA" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert (folder / "nut.png").read_bytes().startswith(b"\x89PNG")
    wrong = restock(folder, "explain", "nut@L1", "--chart", "nut.pdf")
    assert wrong.returncode == 2
    assert "must end in .svg or .png" in wrong.stderr
