"""The run list for everybody who may sign in, and a plan's report for those whose scope is everything.

It starts and stops nothing. The report is made from the stored plan and the orders as they stand now.
"""

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from bot.errors import NeedsAdmin
from bot.jobs.report import report_of
from bot.ports import RunRow
from bot.render.report import report_context
from bot.web.security import deps, message, page, person

runs = Blueprint("runs", __name__)
SHOWN = 30
LOOKED_AT = 300  # a day and more of the jobs that ring every few minutes and mostly find nothing to do
PLANS_KEPT = 400
PLAN = "plan"
_QUIET = frozenset({"exit_code", "message", "troubles", "interrupted", "stopped"})


@runs.get("/runs")
def run_list() -> Response:
    """The latest runs that did something: plans, and other jobs unless they found nothing to do."""
    plans = deps().runs.history(SHOWN, PLAN)
    others = [run for run in deps().runs.history(LOOKED_AT) if run.job != PLAN]
    busy = [run for run in others if not _idle(run)]
    latest = sorted([*plans, *busy], key=lambda run: run.started_at, reverse=True)[:SHOWN]
    rows = [_row(run, linked=not person().locations) for run in latest]
    return page("runs", runs=rows, stopped=deps().runs.stopped(), quiet=len(others) - len(busy))


@runs.get("/runs/<run_id>")
def run_page(run_id: str) -> Response:
    """What a plan led to; its drafts stay behind their own pages."""
    found = next((run for run in deps().runs.history(PLANS_KEPT, PLAN) if run.run_id == run_id), None)
    if found is None or not _has_report(found) or person().locations:
        abort(404)
    try:
        report = report_of(deps().orders, deps().files, deps().settings.url, found)
    except NeedsAdmin as error:
        text = f"The files of this plan cannot be read here ({error.what}). Tell your administrator."
        return message(503, "No report", text, ("/runs", "Back to the runs"))
    return page("report", 200, **report_context(report))


def _has_report(run: RunRow) -> bool:
    return run.job == PLAN and "as_of" in run.report and isinstance(run.report.get("systems"), dict)


def _idle(run: RunRow) -> bool:
    """A job that ended well and had nothing to do."""
    return run.state == "done" and not run.report.get("exit_code") and not any(_did(run).values())


def _did(run: RunRow) -> dict[str, int]:
    """Counts of what a run did, by name."""
    return {name: n for name, n in run.report.items() if name not in _QUIET and isinstance(n, int) and n}


def _told(run: RunRow) -> str:
    """One line about a run: what it did, or what went wrong."""
    if run.report.get("message") or run.report.get("error"):
        return str(run.report.get("message") or run.report.get("error"))
    systems = run.report.get("systems")
    if isinstance(systems, dict):
        return ", ".join(f"{name}: {_planned(report)}" for name, report in systems.items())
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in _did(run).items())


def _planned(report: dict[str, object]) -> str:
    orders = report.get("orders")
    if "error" in report or not isinstance(orders, dict):
        return "could not be planned"
    return f"{report.get('planned', 0)} planned, {orders.get('new', 0)} new orders and drafts"


def _row(run: RunRow, *, linked: bool) -> dict[str, object]:
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
    return {
        "run_id": run.run_id,
        "job": run.job,
        "business_date": run.business_date,
        "attempt": run.attempt,
        "state": run.state,
        "started_at": run.started_at,
        "took": "not done" if seconds is None else f"{seconds:.0f} s",
        "report": linked and _has_report(run),
        "told": _told(run),
    }
