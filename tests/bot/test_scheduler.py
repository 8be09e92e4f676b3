"""The alarm clock rings late rather than never, warns of the clock change, and ends when told."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import scheduler
from bot.jobs import runner
from bot.jobs.runner import JOBS, Job, Outcome
from bot.ports import App
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import database, make_app

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setitem(JOBS, "plan", Job("plan", lambda _a, _c: {"planned": 1}, "0 5 * * 1-5", 10, daily=True))
    app = make_app(engine, tmp_path, clock=ManualClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)))
    yield app
    cast("FakeErpWriter", app.writers["s4"]).close()


def serve_until(app: App, wanted: set[str]) -> list[Outcome]:
    """Serve until all wanted jobs ended, return what was told."""
    stop, told = threading.Event(), []

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        if {found.job for found in told} >= wanted:
            stop.set()

    guard = threading.Timer(30, stop.set)
    guard.start()
    assert scheduler.serve(app, stop, tell=tell) == 143
    guard.cancel()
    return told


def test_start_catches_up_on_missed_days_and_recovers(app: App) -> None:
    told = serve_until(app, {"plan", "learn", "housekeeping", "submit"})
    assert [(outcome.job, outcome.exit_code) for outcome in told] == [
        ("plan", 0),
        ("learn", 0),
        ("housekeeping", 0),
        ("submit", 0),
    ]
    again = serve_until(app, {"submit"})
    assert {outcome.job for outcome in again} == {"submit"}


def test_a_job_that_was_done_in_time_is_not_caught_up(app: App) -> None:
    runner.run("plan", app)
    runner.run("learn", app)
    runner.run("housekeeping", app)
    assert [outcome.job for outcome in serve_until(app, {"submit"})] == ["submit"]


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 5 * * 1-5", datetime(2026, 3, 2, 9, tzinfo=BERLIN), datetime(2026, 3, 2, 5, tzinfo=BERLIN)),
        ("0 5 * * 1-5", datetime(2026, 3, 2, 4, tzinfo=BERLIN), datetime(2026, 2, 27, 5, tzinfo=BERLIN)),
        ("0 5 * * 0", datetime(2026, 3, 4, 4, tzinfo=BERLIN), datetime(2026, 3, 1, 5, tzinfo=BERLIN)),
        ("0 5 1 1 *", datetime(2026, 3, 4, 4, tzinfo=BERLIN), None),
    ],
)
def test_the_last_due_time_counts_weekdays_as_cron_does(cron: str, now: datetime, due: datetime | None) -> None:
    assert scheduler.last_due(cron, BERLIN, now) == due


@pytest.mark.parametrize(
    ("cron", "warned"), [("30 2 * * *", True), ("0 1-3 * * *", True), ("0 * * * *", True), ("30 4 * * *", False)]
)
def test_daily_times_in_the_hours_of_the_clock_change_are_warned_of(cron: str, *, warned: bool) -> None:
    assert bool(scheduler.night_warnings({"plan": cron}, BERLIN)) is warned
    assert scheduler.night_warnings({"submit": "*/5 * * * *"}, BERLIN) == []


def test_the_clock_itself_forgets_nothing_and_never_overlaps() -> None:
    clock = scheduler._clock({"plan": "0 5 * * 1-5"}, BERLIN, lambda _name: None)
    clock.start(paused=True)
    (job,) = clock.get_jobs()
    assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
    clock.shutdown()


def test_a_missed_ring_is_made_up_for_as_often_as_the_table_says(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scheduler._missed(app, {name: job.cron for name, job in JOBS.items()}, ZoneInfo("UTC")) == [
        "plan",
        "learn",
        "housekeeping",
    ]
    late = make_late(app)
    assert scheduler._missed(late, dict.fromkeys(JOBS, "0 5 1 * *"), ZoneInfo("UTC")) == []


def make_late(app: App) -> App:
    """The same app, where the last due day is too old to catch up."""
    cast("ManualClock", app.clock).advance(3 * 86_400)
    return app


PROGRAM = """
import sys, threading
from pathlib import Path
from bot import scheduler
from tests.makers import database, make_app
folder = Path(sys.argv[1])
stop = threading.Event()
scheduler.stop_on_signals(stop)
with database(folder / "restock.db") as engine:
    app = make_app(engine, folder)
    def tell(outcome):
        print(outcome.job, outcome.exit_code, flush=True)
    sys.exit(scheduler.serve(app, stop, crons={"plan": "0 5 1 1 *"}, tell=tell))
"""


def test_sigterm_ends_a_real_process_with_143(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert program.stdout is not None
    lines = [program.stdout.readline().strip() for _ in range(3)]
    assert lines[-1] == "submit 0"
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 143
    program.stdout.close()
