"""Runs one job: lease, ledger row, the job itself, and what its errors mean for the process.

The table JOBS is the list of everything that runs by itself; scheduler, command line and tests all come through `run`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from bot.errors import NeedsAdmin, RestockError, Retryable, StopRun
from bot.jobs import approve, follow_up, submit
from bot.ports import App, RunRow

EXIT_OK, EXIT_UNEXPECTED, EXIT_PART, EXIT_LOCKED, EXIT_STOPPED, EXIT_UNKNOWN, EXIT_TERMINATED = 0, 1, 3, 6, 7, 11, 143
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a job is told besides `app`: its ledger row, its lease epoch, and whether it should come to an end.

    `should_stop` holds when the process is to end or the job's time is over, `told_to_end` only in the first case.
    """

    row: RunRow
    epoch: int
    should_stop: Callable[[], bool]
    told_to_end: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Job:
    """One job; a `daily` job is done once per business date, the others whenever they are called.

    `cron` is in the installation's time zone; after `limit_minutes` a job takes on no new order or mail;
    `retry_minutes` after Retryable it is tried again, `retries` times at most; None = at the next regular time.
    """

    name: str
    work: Callable[[App, RunContext], Mapping[str, object]]
    cron: str
    limit_minutes: int
    daily: bool = False
    retry_minutes: int | None = None
    retries: int = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `exit_code` is what the process ends with, `message` is for a person, empty = nothing to say."""

    job: str
    business_date: date
    exit_code: int
    state: str  # done | failed | stopped | skipped
    report: Mapping[str, object] = field(default_factory=dict)
    message: str = ""
    run_id: str = ""
    retryable: bool = False


def _plan(app: App, context: RunContext) -> Mapping[str, object]:
    work = import_module("bot.jobs.plan").plan_job  # late: it brings the forecasters along
    report: Mapping[str, object] = work(app, context.row.business_date, context.row.run_id, context.told_to_end)
    return report


def _submit(app: App, context: RunContext) -> Mapping[str, object]:
    return submit.submit_due(app, epoch=context.epoch, should_stop=context.should_stop).as_dict()


def _approve(app: App, _context: RunContext) -> Mapping[str, object]:
    return approve.advance(app).as_dict()


def _follow_up(app: App, context: RunContext) -> Mapping[str, object]:
    return follow_up.follow_up(app, epoch=context.epoch, should_stop=context.should_stop).as_dict()


def _learn(app: App, context: RunContext) -> Mapping[str, object]:
    work = import_module("bot.jobs.learn").learn_job  # late: it brings the forecasters along
    report: Mapping[str, object] = work(app, context.row.business_date, context.should_stop)
    return report


def _housekeeping(app: App, _context: RunContext) -> Mapping[str, object]:
    """Check the audit chain and look at orders that no extract shows."""
    if not app.orders.verify_chain():
        raise NeedsAdmin(
            "the audit chain is broken: an event was changed, removed or slipped in",
            "database, table events",
            "stop sending (`restock stop`), compare with the newest backup, find out who wrote there",
        )
    missing = [stored.erp_number for system in app.writers for stored in app.orders.unseen(system)]
    return {"chain": "ok", "unseen": missing}


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("plan", _plan, "0 5 * * 1-5", limit_minutes=120, daily=True, retry_minutes=10),
        Job("submit", _submit, "*/5 * * * *", limit_minutes=30),
        Job("approve", _approve, "*/10 * * * *", limit_minutes=10),
        Job("follow_up", _follow_up, "15 6-19 * * 1-6", limit_minutes=30),
        Job("learn", _learn, "30 6 * * *", limit_minutes=60, daily=True, retry_minutes=30),
        Job("housekeeping", _housekeeping, "30 4 * * *", limit_minutes=30, daily=True, retry_minutes=30),
    )
}


def run(
    name: str,
    app: App,
    business_date: date | None = None,
    *,
    force: bool = False,
    should_stop: Callable[[], bool] = submit.never,
    wait: bool = False,
) -> Outcome:
    """Run a job once, whatever calls it; returns an outcome for every error, never raises one.

    `force` repeats a daily job that is done. While another process has the lease the outcome is exit code 6;
    with `wait` it is waited for, for one lease's life: the time after which a dead process has lost it.
    KeyError when there is no such job.
    """
    job = JOBS[name]
    day = business_date or app.clock.today(app.planning.timezone)
    try:
        with _leased(app, wait=wait) as epoch:
            return _run_leased(job, app, day, epoch, force=force, should_stop=should_stop)
    except _LockedError as error:
        return Outcome(name, day, EXIT_LOCKED, "skipped", message=str(error))
    except Exception as error:  # noqa: BLE001 (the ledger itself cannot be written: still an outcome)
        return _failure(job, day, error, "")


class _LockedError(Exception):
    """Another process has the lease."""


def _run_leased(job: Job, app: App, day: date, epoch: int, *, force: bool, should_stop: Callable[[], bool]) -> Outcome:
    row = app.runs.open(job.name, day, force=force or not job.daily)
    if row is None:
        return Outcome(job.name, day, EXIT_OK, "skipped", message=f"{job.name} is already done for {day.isoformat()}")
    deadline = app.clock.monotonic() + job.limit_minutes * 60

    def enough() -> bool:
        return should_stop() or app.clock.monotonic() >= deadline

    try:
        report = job.work(app, RunContext(row, epoch, enough, should_stop))
    except Exception as error:  # noqa: BLE001 (the one place that turns any error into an outcome)
        outcome = _failure(job, day, error, row.run_id)
    else:
        code, state, message = judge(report)
        if report.get("interrupted") and not should_stop():
            code, state = EXIT_PART, "done"
            message = f"the limit of {job.limit_minutes} minutes is reached; the rest follows in the next run"
        outcome = Outcome(job.name, day, code, state, report, message, row.run_id)
    app.runs.close(
        row.run_id, outcome.state, {**outcome.report, "exit_code": outcome.exit_code, "message": outcome.message}
    )
    return outcome


def judge(report: Mapping[str, object]) -> tuple[int, str, str]:
    """Exit code, ledger state and message of a job that came to its end, by what it reports."""
    troubles = [str(text) for text in _list(report.get("troubles"))]
    if report.get("interrupted"):
        return EXIT_TERMINATED, "stopped", "stopped on request; safe to resume"
    if report.get("unknown"):
        return EXIT_UNKNOWN, "done", "the outcome of an order is unknown; it will be searched for"
    if report.get("stopped"):
        return EXIT_STOPPED, "done", f"nothing is sent: {report['stopped']}"
    if troubles:
        return EXIT_PART, "done", "; ".join(troubles)
    return EXIT_OK, "done", ""


def _failure(job: Job, day: date, error: Exception, run_id: str) -> Outcome:
    code = error.exit_code if isinstance(error, RestockError) else EXIT_UNEXPECTED
    state = "stopped" if isinstance(error, StopRun) else "failed"
    message = str(error) if isinstance(error, RestockError) else f"{type(error).__name__}: {error}"
    report = {"error": type(error).__name__}
    return Outcome(job.name, day, code, state, report, message, run_id, retryable=isinstance(error, Retryable))


@contextmanager
def _leased(app: App, *, wait: bool) -> Iterator[int]:
    """Hold the lease, renewed in the background; leaving gives it back."""
    seconds = app.planning.lease_seconds
    epoch = app.runs.take_lease(app.holder, seconds)
    waited = 0.0
    while epoch is None and wait and waited <= seconds:
        app.clock.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
        epoch = app.runs.take_lease(app.holder, seconds)
    if epoch is None:
        raise _LockedError("another process holds the lease; wait until it ends, a dead one loses it by itself")
    done = threading.Event()
    beat = threading.Thread(target=_renew, args=(app, epoch, done), name="lease", daemon=True)
    beat.start()
    try:
        yield epoch
    finally:
        done.set()
        beat.join()
        app.runs.release_lease(app.holder, epoch)


def _renew(app: App, epoch: int, done: threading.Event) -> None:
    """Prolong the lease until done; a lost lease is not taken again, its epoch then forbids every claim."""
    seconds = app.planning.lease_seconds
    while not done.wait(seconds / 3):
        try:
            if not app.runs.renew_lease(app.holder, epoch, seconds):
                return
        except Retryable:
            continue  # the database is busy; the next beat may reach it before the lease ends


def missed(app: App, name: str, due: date, oldest: timedelta = timedelta(days=1)) -> bool:
    """Whether a daily job that was due on `due` has not succeeded since, and is not too old to catch up."""
    if not JOBS[name].daily or app.clock.today(app.planning.timezone) - due > oldest:
        return False
    return not any(
        row.job == name and row.business_date >= due and row.state == "done" for row in app.runs.history(200)
    )


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
