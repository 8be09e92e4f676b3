"""Copies of big lists between runs: whole or not there, never believed when damaged."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bot.ports_reading import Mirrored
from bot.store.files import ParquetFiles
from bot.store.mirror import FileMirror

ROWS = pd.DataFrame({"key": ["1", "2"], "quantity": ["5.000", ""]}, dtype="str")
KEPT = Mirrored(ROWS, date(2024, 1, 1), date(2026, 3, 2), date(2026, 2, 20))


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    FileMirror(tmp_path / "s4").save("movements", "form", KEPT)
    found = FileMirror(tmp_path / "s4").load("movements", "form")
    assert found is not None
    pd.testing.assert_frame_equal(found.rows, ROWS)
    assert (found.start, found.cursor, found.whole_on) == (KEPT.start, KEPT.cursor, KEPT.whole_on)
    assert (tmp_path / "s4").stat().st_mode & 0o077 == 0


def test_nothing_and_another_form_are_no_finding(tmp_path: Path) -> None:
    mirror = FileMirror(tmp_path / "s4")
    assert mirror.load("movements", "form") is None
    mirror.save("movements", "form", KEPT)
    assert mirror.load("movements", "other") is None
    assert mirror.load("orders", "form") is None
    assert mirror.findings == ()


def test_a_newer_copy_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    mirror = FileMirror(tmp_path / "s4")
    mirror.save("movements", "form", KEPT)
    mirror.save("movements", "form", Mirrored(ROWS.head(1), KEPT.start, KEPT.cursor, KEPT.whole_on))
    found = mirror.load("movements", "form")
    assert found is not None
    assert len(found.rows) == 1
    assert len(list((tmp_path / "s4").iterdir())) == 2


def test_saving_that_was_cut_off_leaves_the_copy_before(tmp_path: Path) -> None:
    mirror = FileMirror(tmp_path / "s4")
    mirror.save("movements", "form", KEPT)
    seal = (tmp_path / "s4" / "movements.json").read_bytes()
    (tmp_path / "s4" / "movements-0123456789abcdef.parquet").write_bytes(b"half")
    assert (tmp_path / "s4" / "movements.json").read_bytes() == seal
    assert mirror.load("movements", "form") is not None


@pytest.mark.parametrize("part", ["movements.json", "movements-*.parquet"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_a_damaged_copy_is_thrown_away_and_told(tmp_path: Path, part: str, harm: str) -> None:
    mirror = FileMirror(tmp_path / "s4")
    mirror.save("movements", "form", KEPT)
    (path,) = (tmp_path / "s4").glob(part)
    content = path.read_bytes()
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "flip":
        path.write_bytes(content.replace(b"2026", b"2027") if part.endswith("json") else content[:-1] + b"X")
    else:
        path.unlink()
    assert mirror.load("movements", "form") is None
    told = harm != "gone" or part.endswith("parquet")  # without its JSON file a copy does not exist
    assert bool(mirror.findings) is told
    if told:
        assert "damaged" in mirror.findings[0]
        assert list((tmp_path / "s4").iterdir()) == []


def test_every_system_has_copies_of_its_own_and_all_can_be_forgotten(tmp_path: Path) -> None:
    files = ParquetFiles(tmp_path)
    files.mirror("s4").save("movements", "form", KEPT)
    assert files.mirror("ecc").load("movements", "form") is None
    files.mirror("s4").forget()
    assert files.mirror("s4").load("movements", "form") is None


def test_a_place_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "s4").write_text("no folder", "utf-8")
    mirror = FileMirror(tmp_path / "s4")
    mirror.save("movements", "form", KEPT)
    assert "could not be written" in mirror.findings[0]
