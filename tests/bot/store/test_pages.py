"""Pages of a reading under way: kept over a process's end, forgotten when old or damaged."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.pages import LONGEST, FilePages

NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_what_a_killed_run_read_is_there_for_the_next(tmp_path: Path) -> None:
    FilePages(tmp_path / "s4", NOW).put("/orders?page=1", b"{}" * 1000)
    again = FilePages(tmp_path / "s4", NOW + LONGEST)
    assert again.get("/orders?page=1") == b"{}" * 1000
    assert again.get("/orders?page=2") is None


@pytest.mark.parametrize("later", [LONGEST + timedelta(seconds=1), timedelta(seconds=-1)])
def test_an_old_reading_is_forgotten_and_so_is_one_of_the_future(tmp_path: Path, later: timedelta) -> None:
    FilePages(tmp_path / "s4", NOW).put("a", b"x")
    assert FilePages(tmp_path / "s4", NOW + later).get("a") is None


def test_age_counts_from_the_begin_and_not_from_the_last_resumption(tmp_path: Path) -> None:
    FilePages(tmp_path / "s4", NOW).put("a", b"x")
    assert FilePages(tmp_path / "s4", NOW + LONGEST / 2).get("a") == b"x"
    assert FilePages(tmp_path / "s4", NOW + LONGEST * 1.1).get("a") is None


def test_a_damaged_page_is_read_again(tmp_path: Path) -> None:
    pages = FilePages(tmp_path / "s4", NOW)
    pages.put("a", b"x" * 100)
    (damaged,) = (path for path in (tmp_path / "s4").iterdir() if path.name != "begun")
    damaged.write_bytes(damaged.read_bytes()[:5])
    assert pages.get("a") is None


def test_clearing_forgets_everything_and_only_the_owner_may_look(tmp_path: Path) -> None:
    pages = FilePages(tmp_path / "s4", NOW)
    pages.put("a", b"x")
    assert (tmp_path / "s4").stat().st_mode & 0o077 == 0
    pages.clear()
    assert pages.get("a") is None
    pages.put("b", b"y")
    assert pages.get("b") == b"y"
