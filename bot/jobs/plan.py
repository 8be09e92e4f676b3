"""The plan job: for every system pull, plan, store the plan and adopt its orders.

`plan_cycle` (in `cycle`) is the product; this is the shell that feeds it and keeps what comes out. It
sends nothing.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from bot.errors import RestockError
from bot.jobs import pull
from bot.jobs.cycle import plan_cycle
from bot.orders.plan import Memory, Plan
from bot.policy.bundle import KnownCodes
from bot.policy.parse import parse_policies
from bot.ports import Adoption, App
from bot.snapshot import quarantine, views
from bot.snapshot.dataset import Snapshot

ROW_COUNTS = "received"


def plan_job(app: App, business_date: date, run_id: str) -> dict[str, object]:
    """Plan every system; one that cannot be planned does not stop the others. Returns the run's report."""
    systems = {name: _plan_system(app, name, business_date, run_id) for name in app.readers}
    return {"as_of": business_date.isoformat(), "systems": systems}


def _plan_system(app: App, system: str, as_of: date, run_id: str) -> dict[str, object]:
    try:
        snapshot = pull.take(app, system, as_of, _rows_before(app, system))
        app.progress.step(f"{system}: planning")
        plan = plan_snapshot(app, snapshot)
    except RestockError as error:
        return {"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}
    frames = {"decisions": plan.decisions.drop(columns=["guard_hits"])}
    stored = app.files.put_frames("plan", frames, _meta(plan, run_id))
    app.failpoints.reach("plan.before_adopt")
    adoption = app.orders.adopt(plan.orders, system=system, run_id=run_id, plan_id=plan.plan_id)
    return {**_report(snapshot, plan, adoption), "plan_frames": stored}


def plan_snapshot(app: App, snapshot: Snapshot) -> Plan:
    """Plan one snapshot with today's policies and what the database remembers."""
    policies = parse_policies(app.policies.texts(), KnownCodes(**views.known_codes(snapshot)))
    return plan_cycle(snapshot, policies, remember(app, snapshot.system), app.planning)


def remember(app: App, system: str) -> Memory:
    """What the database knows and the plan needs."""
    orders = app.orders
    return Memory(
        orders.in_flight(system), orders.sequences(system), orders.rejections(system), orders.revisions(system)
    )


def _rows_before(app: App, system: str) -> Mapping[str, int] | None:
    last = app.runs.latest("plan")
    systems = last.report.get("systems") if last else None
    report = systems.get(system) if isinstance(systems, dict) else None
    counts = report.get(ROW_COUNTS) if isinstance(report, dict) else None
    return counts if isinstance(counts, dict) else None


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
        "orders": {"new": adoption.new, "kept": adoption.kept, "superseded": adoption.superseded},
        ROW_COUNTS: dict(snapshot.received),
        "quarantine": counts.to_dict("records"),
        "quarantined_rows": int(snapshot.quarantine.drop_duplicates(["table", "row"]).shape[0]),
        "grade": snapshot.health.grade.value,
        "findings": list(snapshot.health.findings),
        "plan_id": plan.plan_id,
        "snapshot_id": plan.snapshot_id,
        "policy_id": plan.policy_id,
    }
