"""Ledger, lease and kill switch."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

from bot.store.runs import SqlRuns
from tests.fakes import CountingIds, ManualClock
from tests.makers import database

DAY = date(2026, 3, 2)


def make_runs(engine: object, clock: ManualClock, **more: object) -> SqlRuns:
    return SqlRuns(engine, clock, CountingIds(), **more)  # type: ignore[arg-type]  # test helper


def test_a_daily_job_is_done_once_unless_forced(tmp_path: Path) -> None:
    clock = ManualClock()
    with database(tmp_path / "x.db") as engine:
        runs = make_runs(engine, clock)
        first = runs.open("plan", DAY)
        assert first is not None
        runs.close(first.run_id, "failed", {"why": "ERP away"})
        second = runs.open("plan", DAY)
        assert second is not None
        assert second.attempt == 2
        runs.close(second.run_id, "done", {"orders": 3, "day": DAY})
        assert runs.open("plan", DAY) is None
        forced = runs.open("plan", DAY, force=True)
        assert forced is not None
        assert forced.attempt == 3
        assert [row.state for row in runs.history()] == ["running", "done", "failed"]
        assert runs.history()[1].report == {"orders": 3, "day": "2026-03-02"}


def test_a_row_left_running_by_a_dead_process_is_closed(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        runs = make_runs(engine, ManualClock())
        assert runs.open("plan", DAY) is not None
        again = runs.open("plan", DAY)
        assert again is not None
        assert again.attempt == 2
        assert [row.state for row in runs.history()] == ["running", "failed"]


def test_a_lease_is_exclusive_and_every_taking_has_a_new_epoch(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    with database(tmp_path / "x.db") as engine:
        runs = make_runs(engine, clock)
        assert runs.take_lease("a", 60) == 1
        assert runs.take_lease("b", 60) is None
        assert runs.take_lease("a", 60) is None
        clock.advance(40)
        assert runs.renew_lease("a", 1, 60)
        clock.advance(40)
        assert runs.take_lease("b", 60) is None
        clock.advance(30)
        assert not runs.renew_lease("a", 1, 60)
        assert runs.take_lease("b", 60) == 2
        runs.release_lease("a", 1)
        assert runs.take_lease("c", 60) is None
        runs.release_lease("b", 2)
        assert runs.take_lease("c", 60) == 3


def test_of_many_takers_one_gets_the_lease(tmp_path: Path) -> None:
    clock = ManualClock()
    with database(tmp_path / "x.db") as engine:
        runs, got, start = make_runs(engine, clock), [], threading.Barrier(6)

        def take(name: str) -> None:
            start.wait()
            got.append(runs.take_lease(name, 60))

        threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got, key=str) == [1, None, None, None, None, None]


def test_the_kill_switch_has_a_row_and_a_file(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "STOP"
    with database(tmp_path / "x.db") as engine:
        runs = make_runs(engine, clock, stop_file=file)
        assert runs.stopped() == ""
        runs.stop("stock count is wrong", "ann@example.com")
        assert runs.stopped() == "stock count is wrong"
        runs.start("ann@example.com")
        assert runs.stopped() == ""
        file.touch()
        assert "STOP" in runs.stopped()
        runs.start("ann@example.com")
        assert runs.stopped()


def test_old_runs_are_forgotten(tmp_path: Path) -> None:
    with database(tmp_path / "x.db") as engine:
        runs = make_runs(engine, ManualClock())
        old = runs.open("plan", date(2025, 1, 1))
        assert old is not None
        runs.close(old.run_id, "done", {})
        new = runs.open("plan", DAY)
        assert new is not None
        runs.close(new.run_id, "done", {})
        assert runs.forget(date(2026, 1, 1)) == 1
        assert runs.done_on("plan", DAY)
        assert not runs.done_on("plan", date(2025, 1, 1))
