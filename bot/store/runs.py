"""The run ledger, the lease and the kill switch: the port `Runs` on a database.

It runs nothing; the scheduler's truth about what ran on which business date stands here.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.ports import Clock, Ids, RunRow
from bot.store.db import one_row, reading, writing
from bot.store.schema import LEASE, RUNS, SWITCHES

KILL = "kill"
RUNNING = "running"
DONE = "done"
FAILED = "failed"


class SqlRuns:
    """Ledger, lease and kill switch; `stop_file` is a path whose mere existence stops all sending."""

    def __init__(self, engine: sa.Engine, clock: Clock, ids: Ids, *, stop_file: Path | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._stop_file = stop_file

    def open(self, job: str, business_date: date, *, force: bool = False) -> RunRow | None:
        """Begin an attempt; None when the job is done for that date, unless forced.

        The caller holds the lease, so a row still `running` belongs to a process that ended: it is closed as failed.
        """
        now = self._clock.now()
        with writing(self._engine) as connection:
            _bury(connection, job, now)
            row = one_row(
                connection,
                sa.select(
                    sa.func.max(RUNS.c.attempt).label("last"),
                    sa.func.count().filter(RUNS.c.state == DONE).label("done"),
                ).where(RUNS.c.job == job, RUNS.c.business_date == business_date),
            )
            if row is not None and row["done"] and not force:
                return None
            attempt = (row["last"] or 0) + 1 if row is not None else 1
            new = RunRow(self._ids.new(), job, business_date, attempt, RUNNING, now, None)
            connection.execute(
                sa.insert(RUNS).values(
                    run_id=new.run_id,
                    job=job,
                    business_date=business_date,
                    attempt=attempt,
                    state=RUNNING,
                    started_at=now,
                )
            )
        return new

    def close(self, run_id: str, state: str, report: Mapping[str, object]) -> None:
        """End an attempt with its report (JSON values; others are written as text)."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(RUNS)
                .where(RUNS.c.run_id == run_id)
                .values(state=state, ended_at=self._clock.now(), report=json.dumps(dict(report), default=str))
            )

    def latest(self, job: str) -> RunRow | None:
        """Newest attempt at a job."""
        query = sa.select(RUNS).where(RUNS.c.job == job).order_by(RUNS.c.started_at.desc(), RUNS.c.attempt.desc())
        with reading(self._engine) as connection:
            row = one_row(connection, query.limit(1))
        return _run(row) if row else None

    def done_on(self, job: str, business_date: date) -> bool:
        """Whether the job succeeded for that date."""
        query = sa.select(RUNS.c.run_id).where(
            RUNS.c.job == job, RUNS.c.business_date == business_date, RUNS.c.state == DONE
        )
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def history(self, limit: int = 50, job: str | None = None) -> list[RunRow]:
        """Newest attempts at all jobs, or at one, newest first."""
        query = sa.select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.attempt.desc()).limit(limit)
        query = query if job is None else query.where(RUNS.c.job == job)
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(query).mappings()]

    def forget(self, before: date) -> int:
        """Delete ended attempts of business dates before a day; returns how many."""
        query = sa.delete(RUNS).where(RUNS.c.business_date < before, RUNS.c.state != RUNNING)
        with writing(self._engine) as connection:
            return connection.execute(query).rowcount

    def take_lease(self, holder: str, seconds: float) -> int | None:
        """Take the lease for `seconds` under a new epoch; None while anybody's lease is alive."""
        now = self._clock.now()
        until = now + timedelta(seconds=seconds)
        with writing(self._engine) as connection:
            row = one_row(connection, sa.select(LEASE).with_for_update())
            if row is None:
                connection.execute(sa.insert(LEASE).values(lease_id=1, epoch=1, holder=holder, until=until))
                return 1
            if row["holder"] and row["until"] > now:
                return None
            epoch: int = row["epoch"] + 1
            connection.execute(sa.update(LEASE).values(epoch=epoch, holder=holder, until=until))
        return epoch

    def renew_lease(self, holder: str, epoch: int, seconds: float) -> bool:
        """Prolong a lease that still runs; False when it ran out or went to another."""
        now = self._clock.now()
        mine = (LEASE.c.holder == holder) & (LEASE.c.epoch == epoch) & (LEASE.c.until > now)
        with writing(self._engine) as connection:
            change = sa.update(LEASE).where(mine).values(until=now + timedelta(seconds=seconds))
            return bool(connection.execute(change).rowcount)

    def release_lease(self, holder: str, epoch: int) -> None:
        """Give the lease back; a lease that is another's stays."""
        mine = (LEASE.c.holder == holder) & (LEASE.c.epoch == epoch)
        with writing(self._engine) as connection:
            connection.execute(sa.update(LEASE).where(mine).values(holder="", until=self._clock.now()))

    def stopped(self) -> str:
        """Why nothing may be sent; empty when the switch is off."""
        with reading(self._engine) as connection:
            return stop_reason(connection, self._stop_file)

    def stop(self, reason: str, actor: str) -> None:
        """Set the kill switch; it holds until `start`."""
        self._switch(reason or "no reason given", actor)

    def start(self, actor: str) -> None:
        """Take the kill switch in the database back; a stop file has to be removed by hand."""
        self._switch("", actor)

    def _switch(self, reason: str, actor: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(sa.insert(SWITCHES).values(name=KILL, reason=reason, actor=actor, at=self._clock.now()))


def stop_reason(connection: sa.Connection, stop_file: Path | None) -> str:
    """Reason of the kill switch in force: the file first, then the newest row; empty = off."""
    if stop_file is not None and stop_file.exists():
        return f"the file {stop_file} exists"
    query = sa.select(SWITCHES.c.reason).where(SWITCHES.c.name == KILL).order_by(SWITCHES.c.switch_id.desc())
    reason: str | None = connection.execute(query.limit(1)).scalar()
    return reason or ""


def _bury(connection: sa.Connection, job: str, now: object) -> None:
    connection.execute(
        sa.update(RUNS)
        .where(RUNS.c.job == job, RUNS.c.state == RUNNING)
        .values(state=FAILED, ended_at=now, report=json.dumps({"error": "the process ended before the job did"}))
    )


def _run(row: sa.RowMapping) -> RunRow:
    return RunRow(
        run_id=row["run_id"],
        job=row["job"],
        business_date=row["business_date"],
        attempt=row["attempt"],
        state=row["state"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        report=json.loads(row["report"]),
    )
