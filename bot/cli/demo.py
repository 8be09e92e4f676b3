"""`restock demo`: the whole job on a made-up company, from HTTP extracts to orders read back in both ERPs.

It runs the same jobs as `restock run`; only the companies' servers and the mail server are its own.
"""

import json
import shutil
import signal
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.demo_folder import CONSOLE, FOLDER, NOTE, TERMINATED, check_installed, leave_note, option, policies
from bot.cli.folder import IsoDay
from bot.errors import NeedsAdmin

if TYPE_CHECKING:
    from bot.jobs.runner import Outcome
    from bot.ports import App
    from bot.settings import Loaded

JOBS = ("plan", "approve", "submit", "approve")
MOST_MAIL_RUNS = 20


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
@click.option("--as-of", type=IsoDay(), default=None, help="Planning day; today if left out.")
@click.option("--scale", type=click.FloatRange(0.02, 5), default=1.0, show_default=True, help="Size of the company.")
@click.option("--serve", is_flag=True, help="Open the console on the last demo and keep the jobs running.")
@click.option("--console", "console_url", default=None, help=f"Address of the console.  [default: {CONSOLE}]")
def demo(folder: Path, as_of: date | None, scale: float, console_url: str | None, *, serve: bool) -> int:
    """Plan, order and ask on a made-up company with an S/4HANA-like and a Fusion-like server."""
    check_installed()
    if serve:
        from bot.cli.demo_serve import serve_demo

        return serve_demo(folder, console_url)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))
    return _once(folder, as_of, console_url or CONSOLE, scale)


def _once(folder: Path, as_of: date | None, console_url: str, scale: float) -> int:
    from bot.cli.demo_world import add_people, servers, write_settings
    from bot.wiring.progress import progress
    from bot.wiring.world import DatedClock, SystemClock

    _clear(folder)
    clock = DatedClock(as_of) if as_of else SystemClock()
    day = as_of or clock.today("Europe/Berlin")
    shown = progress()
    shown.step("starting the demo company's servers")
    with servers(folder, day, scale) as running:
        loaded = write_settings(folder, running, console_url, policies())
        add_people(loaded, clock)
        worst = run_jobs(loaded, shown, clock)
        if hasattr(shown, "close"):
            shown.close()
        report = write_report(loaded, clock)
    leave_note(folder, day.isoformat(), console_url)
    click.echo(_told(report, folder))
    return worst


def _clear(folder: Path) -> None:
    """Empty the folder of an earlier demo; anything else in it is left alone and refused."""
    if folder.exists() and any(folder.iterdir()) and not any((folder / name).exists() for name in (NOTE, "erp")):
        raise click.UsageError(f"{folder} holds something else than a demo; name an empty or a new folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def run_jobs(loaded: "Loaded", shown: Any, clock: Any) -> int:
    """The day's jobs in order, then mail until none is due; the worst exit code."""
    from bot.jobs.runner import run
    from bot.wiring.app import build_app

    app = build_app(loaded, shown, clock)
    worst = 0
    for job in JOBS:
        shown.step(f"job {job}")
        worst = max(worst, _code(run(job, app, wait=True)))
    for _ in range(MOST_MAIL_RUNS):
        if worst or not app.orders.outbox(1):
            break
        worst = max(worst, _code(run("approve", app, wait=True)))
    return worst


def _code(outcome: "Outcome") -> int:
    if outcome.message:
        click.echo(f"restock: {outcome.job}: {outcome.message}", err=True)
    return outcome.exit_code


def write_report(loaded: "Loaded", clock: Any) -> dict[str, Any]:
    """Build the report of the last plan, check every order in its ERP by an independent GET, write it as HTML."""
    from bot.jobs.report import build_report
    from bot.render.report import run_report
    from bot.wiring.app import build_app
    from bot.wiring.progress import Silent

    app = build_app(loaded, Silent(), clock)
    last = app.runs.latest("plan")
    if last is None or "systems" not in last.report:
        remedy = "read its message above; `restock demo` starts afresh"
        raise NeedsAdmin("the plan job failed, there is nothing to report", str(loaded.root), remedy)
    report = build_report(app, last)
    report["orders"] = [{**row, "read_back": _read_back(app, row)} for row in report["orders"]]
    (loaded.root / "report.html").write_text(run_report(report), "utf-8")
    (loaded.root / "report.json").write_text(json.dumps(report, default=str, indent=1), "utf-8")
    return report


def _read_back(app: "App", row: dict[str, Any]) -> str:
    """State of the document as a fresh read of the ERP gives it."""
    from bot.render.report import MISSING

    found = app.writers[row["system"]].status([row["erp_number"]])
    return found[0].state.value if found else MISSING


def _told(report: dict[str, Any], folder: Path) -> str:
    from bot.render.report_text import run_report_text

    mails = len(list((folder / "mails").glob("*.eml")))
    return "\n".join(
        [
            run_report_text(report),
            "",
            f"Left in {folder}: report.html, report.json, mails/ ({mails} as .eml and .html), files/ (snapshot, plan)",
            f"Open the console on it:  .venv/bin/restock demo --serve{option(folder)}",
        ]
    )
