"""The run list for everybody who may sign in, and one run's report for those whose scope is everything.

It starts and stops nothing.
"""

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from bot.ports import RunRow
from bot.render.report import report_context
from bot.web.security import deps, page, person

runs = Blueprint("runs", __name__)
SHOWN = 30


@runs.get("/runs")
def run_list() -> Response:
    """The latest runs."""
    rows = [_row(run, linked=not person().locations) for run in deps().runs.history(SHOWN)]
    return page("runs", runs=rows, stopped=deps().runs.stopped())


@runs.get("/runs/<run_id>")
def run_page(run_id: str) -> Response:
    """The report of one of the latest runs; its drafts stay behind their own pages."""
    found = next((run for run in deps().runs.history(SHOWN) if run.run_id == run_id), None)
    if found is None or not _has_report(found) or person().locations:
        abort(404)
    return page("report", 200, **report_context(found.report))


def _has_report(run: RunRow) -> bool:
    return "as_of" in run.report and isinstance(run.report.get("systems"), list)


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
    }
