"""One job, one row, one exit code, whatever happens inside."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from bot.errors import NeedsAdmin, OutcomeUnknown, Retryable, StopRun
from bot.jobs import runner
from bot.jobs.runner import JOBS, Job, RunContext, judge, missed, run
from bot.ports import App
from bot.store.db import writing
from tests.fakes import FakeErpWriter, ManualClock
from tests.makers import database, make_app, make_draft

DAY = date(2026, 3, 2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    yield app
    cast("FakeErpWriter", app.writers["s4"]).close()


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Register a job called `test`."""

    def register(work: Callable[[App, RunContext], Mapping[str, object]], **more: object) -> None:
        fields: dict[str, object] = {"cron": "0 5 * * *", "limit_minutes": 10, "daily": True} | more
        monkeypatch.setitem(JOBS, "test", Job("test", work, **fields))  # type: ignore[arg-type]  # test helper

    return register


def test_a_daily_job_runs_once_a_day_unless_forced(app: App, job: Callable[..., None]) -> None:
    done: list[int] = []
    job(lambda _app, _context: done.append(1) or {"rows": 1})
    first = run("test", app)
    assert (first.exit_code, first.state, first.business_date, first.report) == (0, "done", DAY, {"rows": 1})
    assert run("test", app).state == "skipped"
    assert run("test", app, DAY + timedelta(days=1)).state == "done"
    assert run("test", app, force=True).state == "done"
    assert len(done) == 3
    assert app.runs.history()[0].report == {"rows": 1, "exit_code": 0, "message": ""}


def test_a_job_that_is_not_daily_runs_whenever_called(app: App, job: Callable[..., None]) -> None:
    job(lambda _app, _context: {}, daily=False)
    assert [run("test", app).state for _ in range(3)] == ["done"] * 3


@pytest.mark.parametrize(
    ("error", "code", "state", "again"),
    [
        (Retryable("ERP away"), 8, "failed", True),
        (StopRun("stock is stale", "pull again"), 9, "stopped", False),
        (NeedsAdmin("logon refused", "s4", "renew"), 5, "failed", False),
        (OutcomeUnknown("K", "timed out"), 11, "failed", False),
        (KeyError("x"), 1, "failed", False),
    ],
)
def test_what_errors_mean(
    app: App, job: Callable[..., None], error: Exception, code: int, state: str, *, again: bool
) -> None:
    def work(_app: App, _context: RunContext) -> Mapping[str, object]:
        raise error

    job(work)
    outcome = run("test", app)
    assert (outcome.exit_code, outcome.state, outcome.retryable) == (code, state, again)
    assert str(error) in outcome.message
    row = app.runs.latest("test")
    assert row is not None
    assert (row.state, row.report["exit_code"]) == (state, code)
    assert app.runs.take_lease("next", 1) is not None


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({}, 0),
        ({"troubles": []}, 0),
        ({"troubles": ["a"]}, 3),
        ({"troubles": ["a"], "stopped": "audit"}, 7),
        ({"unknown": 1, "troubles": ["a"]}, 11),
        ({"interrupted": True, "unknown": 1}, 143),
    ],
)
def test_what_reports_mean(report: dict[str, object], code: int) -> None:
    assert judge(report)[0] == code


def test_while_another_process_has_the_lease_nothing_runs(app: App, job: Callable[..., None]) -> None:
    job(lambda _app, _context: {})
    app.runs.take_lease("other", 1000)
    outcome = run("test", app)
    assert (outcome.exit_code, outcome.state) == (6, "skipped")
    assert app.runs.history() == []


def test_a_dead_holder_is_waited_out_and_a_living_one_is_not(app: App, job: Callable[..., None]) -> None:
    job(lambda _app, _context: {}, daily=False)
    app.runs.take_lease("dead", 59)
    assert run("test", app, wait=True).exit_code == 0
    app.runs.take_lease("alive", 1000)
    assert run("test", app, wait=True).exit_code == 6


def test_the_lease_is_renewed_while_a_job_works(app: App, job: Callable[..., None]) -> None:
    renewed = threading.Event()

    class Runs:
        def __getattr__(self, name: str) -> object:
            return getattr(app.runs, name)

        def renew_lease(self, holder: str, epoch: int, seconds: float) -> bool:
            renewed.set()
            return app.runs.renew_lease(holder, epoch, seconds)

    job(lambda _app, _context: {"renewed": renewed.wait(10)})
    quick = replace(app, runs=Runs(), planning=replace(app.planning, lease_seconds=0.05))  # type: ignore[arg-type]
    assert run("test", quick).report == {"renewed": True}


def test_the_time_limit_ends_a_job_softly(app: App, job: Callable[..., None]) -> None:
    def work(app: App, context: RunContext) -> Mapping[str, object]:
        assert not context.should_stop()
        cast("ManualClock", app.clock).advance(601)
        return {"interrupted": context.should_stop()}

    job(work)
    outcome = run("test", app)
    assert (outcome.exit_code, outcome.state) == (3, "done")
    assert "10 minutes" in outcome.message


def test_a_stop_request_ends_with_143_and_the_job_is_not_done(app: App, job: Callable[..., None]) -> None:
    job(lambda _app, context: {"interrupted": context.should_stop()})
    assert run("test", app, should_stop=lambda: True).exit_code == 143
    assert run("test", app).state == "done"


def test_an_unwritable_ledger_is_an_outcome_too(app: App, engine: sa.Engine, job: Callable[..., None]) -> None:
    job(lambda _app, _context: {})
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP TABLE runs")
    outcome = run("test", app)
    assert outcome.exit_code == Retryable.exit_code
    assert outcome.state == "failed"


def test_an_unknown_job_is_a_mistake_of_the_caller(app: App) -> None:
    with pytest.raises(KeyError):
        run("nonsense", app)


def test_submit_and_approve_run_through_the_table(app: App) -> None:
    draft = make_draft(["a"])
    app.orders.adopt([draft], system="s4", run_id="r", plan_id="p")
    outcome = run("submit", app)
    assert (outcome.exit_code, outcome.report["released"]) == (0, 1)
    assert run("approve", app).exit_code == 0
    assert run("housekeeping", app).report == {"chain": "ok", "unseen": []}


def test_an_unknown_order_is_exit_code_11(app: App) -> None:
    app.orders.adopt([make_draft(["a"])], system="s4", run_id="r", plan_id="p")
    cast("FakeErpWriter", app.writers["s4"]).faults = ["late"]
    assert run("submit", app).exit_code == 11


def test_a_broken_audit_chain_is_told(app: App, engine: sa.Engine) -> None:
    app.orders.adopt([make_draft(["a"])], system="s4", run_id="r", plan_id="p")
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE sequence = 1")
    outcome = run("housekeeping", app)
    assert outcome.exit_code == 5
    assert "audit chain is broken" in outcome.message


def test_missed_days_come_from_the_ledger(app: App, job: Callable[..., None]) -> None:
    job(lambda _app, _context: {})
    assert missed(app, "test", DAY)
    assert not missed(app, "test", DAY - timedelta(days=2))
    assert not missed(app, "submit", DAY)
    run("test", app)
    assert not missed(app, "test", DAY)


def test_every_job_has_a_description_for_the_docs() -> None:
    assert set(runner.JOBS) >= {"plan", "submit", "approve", "housekeeping"}
    assert all(len(job.cron.split()) == 5 and job.limit_minutes > 0 for job in runner.JOBS.values())
