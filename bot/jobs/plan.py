"""The plan job: for every system pull, plan, store the plan and adopt its orders.

`plan_cycle` (in `cycle`) is the product; this is the shell that feeds it and keeps what comes out. It
sends nothing.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial

import pandas as pd

from bot.errors import RestockError, Retryable, StopRun
from bot.forecast.broadcast import Here
from bot.jobs import pull
from bot.jobs.cycle import plan_cycle
from bot.jobs.earlier import FRAMES, NO_EARLIER, Earlier, earlier_plan
from bot.jobs.figures import forecasters_not_used
from bot.jobs.gate import WATCHED, last_plan
from bot.jobs.memory import remember
from bot.orders.plan import Memory, Plan
from bot.policy.bundle import KnownCodes
from bot.policy.parse import parse_policies
from bot.ports import App
from bot.ports_orders import Adoption
from bot.snapshot import quarantine, views
from bot.snapshot.dataset import Snapshot

ROW_COUNTS, TOTALS, EXTRACT = "received", "totals", "snapshot_frames"
LOOK_BACK_DAYS = 7  # an older plan is no yardstick any more


def plan_job(
    app: App, business_date: date, run_id: str, told_to_end: Callable[[], bool] = lambda: False
) -> dict[str, object]:
    """Plan every system; one that cannot be planned does not stop the others. Returns the run's report.

    The errors of single systems are its `troubles`; when no system could be planned, the job ends with the error.
    """
    systems: dict[str, dict[str, object]] = {}
    errors: dict[str, RestockError] = {}
    timings: dict[str, float] = {}
    news: list[str] = []
    for name in app.readers:
        try:
            systems[name] = _plan_system(app, name, business_date, run_id, timings, news, told_to_end)
        except RestockError as error:
            errors[name] = error
            systems[name] = {"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}
    if errors and len(errors) == len(systems):
        raise _common(errors)
    troubles = [f"{name}: {error}" for name, error in errors.items()]
    day = business_date.isoformat()
    return {"as_of": day, "systems": systems, "news": news, "troubles": troubles, "timings": timings}


def _common(errors: Mapping[str, RestockError]) -> RestockError:
    """One error for all systems: the one they share, a wait where all of them are to be waited for, else a stop."""
    if len({str(error) for error in errors.values()}) == 1:
        return next(iter(errors.values()))
    told = "; ".join(f"{name}: {error}" for name, error in errors.items())
    waits = [error.retry_after or 0.0 for error in errors.values() if isinstance(error, Retryable)]
    return Retryable(told, max(waits) or None) if len(waits) == len(errors) else StopRun(told)


def _plan_system(
    app: App,
    system: str,
    as_of: date,
    run_id: str,
    timings: dict[str, float],
    news: list[str],
    told_to_end: Callable[[], bool],
) -> dict[str, object]:
    began = app.clock.monotonic()
    last = last_plan(app.runs, system, as_of - timedelta(days=LOOK_BACK_DAYS))
    snapshot, extract = pull.take(app, system, as_of, last.get(ROW_COUNTS), told_to_end)
    timings[f"{system}: read and check"] = round(app.clock.monotonic() - began, 2)
    app.progress.step(f"{system}: planning")
    began = app.clock.monotonic()
    memory = remember(app, system)
    before = earlier_plan(app, system, as_of)
    plan = plan_snapshot(app, snapshot, memory, last.get(TOTALS), told_to_end, before)
    news += [f"{system}: {text}" for text in forecasters_not_used(plan.decisions)]
    stored = app.files.put_frames("plan", _frames(plan, memory), _meta(plan, run_id))
    app.failpoints.reach("plan.before_adopt")
    adoption = app.orders.adopt(plan.orders, system=system, run_id=run_id, plan_id=plan.plan_id)
    timings[f"{system}: plan"] = round(app.clock.monotonic() - began, 2)
    return {**_report(snapshot, plan, adoption), FRAMES: stored, EXTRACT: extract}


def plan_snapshot(
    app: App,
    snapshot: Snapshot,
    memory: Memory,
    before: Mapping[str, float] | None = None,
    told_to_end: Callable[[], bool] = lambda: False,
    earlier: Earlier = NO_EARLIER,
) -> Plan:
    """Plan one snapshot with today's policies and what is remembered; `before`, `earlier`: see `plan_cycle`."""
    policies = parse_policies(app.policies.texts(), KnownCodes(**views.known_codes(snapshot)))
    broadcast = partial(app.broadcast or Here(), told_to_end=told_to_end)
    return plan_cycle(snapshot, policies, memory, app.planning, before=before, earlier=earlier, broadcast=broadcast)


def _frames(plan: Plan, memory: Memory) -> dict[str, pd.DataFrame]:
    """The decisions, and what was used of learning and follow-up: to make the plan again they must be known."""
    return {
        "decisions": plan.decisions.drop(columns=["guard_hits"]),
        "champions": memory.champions,
        "items": memory.items,
        "promises": memory.promises,
        "patterns": memory.patterns,
    }


def _meta(plan: Plan, run_id: str) -> dict[str, object]:
    return {
        "run_id": run_id,
        "system": plan.system,
        "as_of": plan.as_of.isoformat(),
        "plan_id": plan.plan_id,
        "snapshot_id": plan.snapshot_id,
        "policy_id": plan.policy_id,
        "seed": plan.seed,
        "notes": dict(plan.notes),
    }


def _report(snapshot: Snapshot, plan: Plan, adoption: Adoption) -> dict[str, object]:
    counts = quarantine.counts(snapshot.quarantine)
    reasons: pd.Series = plan.decisions["reason"].value_counts()
    return {
        "planned": len(plan.decisions),
        "reasons": {str(name): int(count) for name, count in reasons.items()},
        "orders": {
            "new": adoption.new,
            "kept": adoption.kept,
            "superseded": adoption.superseded,
            "refused": adoption.refused,
            "cut_lines": adoption.cut,
        },
        ROW_COUNTS: dict(snapshot.received),
        TOTALS: plan.notes[TOTALS],
        WATCHED: plan.notes[WATCHED],
        "learned": plan.notes["learned"],
        "quarantine": counts.to_dict("records"),
        "quarantined_rows": int(snapshot.quarantine.drop_duplicates(["table", "row"]).shape[0]),
        "grade": snapshot.health.grade.value,
        "findings": list(snapshot.health.findings),
        "plan_id": plan.plan_id,
        "snapshot_id": plan.snapshot_id,
        "policy_id": plan.policy_id,
    }
