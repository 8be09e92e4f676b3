"""`restock demo`: the whole job on a made-up company, from HTTP extracts to orders read back in both ERPs.

It runs the same jobs as `restock run`; only the companies' servers and the mail server are its own.
"""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.folder import IsoDay

if TYPE_CHECKING:
    from bot.jobs.runner import Outcome
    from bot.ports import App
    from bot.settings import Loaded

FOLDER = Path("var/demo")
CONSOLE = "http://127.0.0.1:8484"
JOBS = ("plan", "approve", "submit", "approve")


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
@click.option("--as-of", type=IsoDay(), default=None, help="Planning day; today if left out.")
@click.option("--serve", is_flag=True, help="Open the console on the last demo and keep the jobs running.")
@click.option("--console", "console_url", default=CONSOLE, show_default=True, help="Address of the console.")
def demo(folder: Path, as_of: date | None, console_url: str, *, serve: bool) -> int:
    """Plan, order and ask on a made-up company with an S/4HANA-like and a Fusion-like server."""
    if serve:
        from bot.cli.demo_serve import serve_demo

        return serve_demo(folder, console_url)
    return _once(folder, as_of, console_url)


def _once(folder: Path, as_of: date | None, console_url: str) -> int:
    from bot.cli.demo_world import add_people, servers, write_settings
    from bot.wiring.progress import progress
    from bot.wiring.world import DatedClock, SystemClock

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    clock = DatedClock(as_of) if as_of else SystemClock()
    day = as_of or clock.today("Europe/Berlin")
    shown = progress()
    shown.step("starting the demo company's servers")
    with servers(folder, day) as running:
        loaded = write_settings(folder, running, console_url, _policies())
        add_people(loaded, clock)
        outcome = run_jobs(loaded, shown, clock)
        if hasattr(shown, "close"):
            shown.close()
        report = write_report(loaded, clock)
    (folder / "demo.json").write_text(json.dumps({"as_of": day.isoformat()}), "utf-8")
    click.echo(_told(report, folder))
    return outcome


def _policies() -> Path:
    import bot

    package = Path(bot.__file__).parent
    found = [folder for folder in (package.parent / "policies", package / "_data" / "policies") if folder.is_dir()]
    return found[0] / "demo"


def run_jobs(loaded: "Loaded", shown: Any, clock: Any) -> int:
    """The day's jobs in order; the worst exit code."""
    from bot.jobs.runner import run
    from bot.wiring.app import build_app

    app = build_app(loaded, shown, clock)
    worst = 0
    for job in JOBS:
        shown.step(f"job {job}")
        outcome = run(job, app, wait=True)
        worst = max(worst, _code(outcome))
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
    if last is None:
        raise RuntimeError("the plan job left no row in the ledger")
    report = build_report(app, last)
    report["orders"] = [{**row, "read_back": _read_back(app, row)} for row in report["orders"]]
    (loaded.root / "report.html").write_text(run_report(report), "utf-8")
    (loaded.root / "report.json").write_text(json.dumps(report, default=str, indent=1), "utf-8")
    return report


def _read_back(app: "App", row: dict[str, Any]) -> str:
    """State of the document as a fresh read of the ERP gives it."""
    found = app.writers[row["system"]].status([row["erp_number"]])
    return found[0].state.value if found else "missing"


def _told(report: dict[str, Any], folder: Path) -> str:
    from bot.render.report import run_report_text

    mails = len(list((folder / "mails").glob("*.eml")))
    return "\n".join(
        [
            run_report_text(report),
            "",
            f"Left in {folder}: report.html, report.json, mails/ ({mails} as .eml and .html), files/ (snapshot, plan)",
            "Open the console on it:  .venv/bin/restock demo --serve",
        ]
    )
