"""`restock run`, `worker`, `stop` and `start`: the jobs on a real installation.

It builds the `App` and hands over to the runner or the scheduler; exit codes are the runner's.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.folder import IsoDay
from bot.settings import DEFAULT, Loaded, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.jobs.runner import Outcome
    from bot.ports import App

JOBS = ("plan", "submit", "approve", "follow_up", "learn", "housekeeping")
settings_option = click.option(
    "--settings", "settings_path", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT, show_default=True,
    envvar="RESTOCK_SETTINGS", help="Settings file.",
)  # fmt: skip


@click.command("run")
@click.argument("job", type=click.Choice(JOBS))
@settings_option
@click.option("--business-date", type=IsoDay(), default=None, help="Day to run for; today if left out.")
@click.option("--force", is_flag=True, help="Run again although the day's run is done.")
@click.option("--full", is_flag=True, help="Read everything anew: forget the local copies of settled documents.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def run_job(
    job: str, settings_path: Path, business_date: date | None, *, force: bool, full: bool, as_json: bool
) -> int:
    """Run one job once, with the same protection as the worker (for cron, systemd timers, Kubernetes)."""
    from bot.jobs.runner import run
    from bot.wiring.app import build_app
    from bot.wiring.progress import progress
    from bot.wiring.watch import Watch

    shown = progress()
    loaded = load(settings_path)
    app = build_app(loaded, shown)
    for system in app.readers if full else ():
        app.files.mirror(system).forget()
    watch = Watch(app, loaded.at(loaded.settings.paths.metrics))
    watch.begin(job)
    outcome = run(job, app, business_date, force=force)
    watch.measure(outcome)
    if hasattr(shown, "close"):
        shown.close()
    if as_json:
        fields = {"schema_version": 1, "job": job, "run_id": outcome.run_id, "state": outcome.state}
        click.echo(json.dumps({**fields, "exit_code": outcome.exit_code, "report": outcome.report}, default=str))
    else:
        click.echo(f"{job} for {outcome.business_date}: {outcome.state}")
    for text in _notes(outcome, app):
        print(f"restock: {text}", file=sys.stderr)
    return outcome.exit_code


def _notes(outcome: "Outcome", app: "App") -> list[str]:
    """What a person should know besides the state of the run."""
    notes = [outcome.message] if outcome.message else []
    if outcome.state == "skipped" and not outcome.exit_code:
        notes.append("nothing was done; --force runs it again")
    if outcome.job == "approve" and app.letters is None and app.orders.outbox(1):
        notes.append("mails wait: the settings have no [mail] section")
    notes += [str(text) for text in _listed(outcome.report, "news")]
    if outcome.job == "follow_up" and outcome.state == "done":
        notes.append(_followed(outcome.report))
    if outcome.job == "learn" and outcome.state == "done":
        notes += _learned(outcome.report)
    systems = outcome.report.get("systems")
    if isinstance(systems, dict) and outcome.job == "plan":
        notes += [_planned(name, report) for name, report in systems.items() if "error" not in report]
    return notes


def _listed(report: "Mapping[str, Any]", name: str) -> list[Any]:
    found = report.get(name)
    return found if isinstance(found, list) else []


def _followed(report: "Mapping[str, Any]") -> str:
    """One line: how many documents were looked at, and what was new."""
    counts = {name: count for name, count in report.items() if type(count) is int and name != "asked"}
    new = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
    return f"{report.get('asked', 0):,} documents looked at; {new or 'nothing new'}"


def _learned(report: "Mapping[str, Any]") -> list[str]:
    """One line per system that was learned from: on what it rests; and one when nothing is new."""
    systems = report.get("learned", {})
    lines = [
        f"{name}: learned from the extract of {found['as_of']}: {found['suppliers']:,} suppliers with order lines, "
        f"{found['item_locations']:,} item-locations with lead times of their own, champions: {found['champions']}"
        for name, found in systems.items()
    ]
    return [*lines, "nothing new"] if systems and not _listed(report, "news") else lines


def _planned(system: str, report: "Mapping[str, Any]") -> str:
    """One line per planned system: how many, and what came of it."""
    orders = report.get("orders", {})
    counts = f"{orders.get('new', 0)} new, {orders.get('kept', 0)} kept, {orders.get('superseded', 0)} replaced"
    grade = str(report.get("grade", "ok")).upper()
    told = "" if grade == "OK" else f" ({grade})"
    return (
        f"{system}{told}: {report.get('planned', 0):,} item-locations planned, orders and drafts: {counts}; "
        f"{report.get('quarantined_rows', 0)} rows set aside"
    )


@click.command()
@settings_option
def worker(settings_path: Path) -> int:
    """Run the jobs on their schedule until SIGTERM; opens no port."""
    import threading

    from bot.scheduler import serve, stop_on_signals
    from bot.telemetry import configure_logs
    from bot.wiring.app import build_app
    from bot.wiring.progress import progress
    from bot.wiring.watch import Watch

    loaded = load(settings_path)
    ended = threading.Event()
    stop_on_signals(ended)
    configure_logs()
    app = build_app(loaded, progress())
    return serve(app, ended, crons=crons(loaded), tell=Watch(app, loaded.at(loaded.settings.paths.metrics)))


def crons(loaded: Loaded) -> dict[str, str]:
    """Cron lines of the settings, where they differ from the jobs' own."""
    return {name: line for name, line in loaded.settings.schedule.model_dump().items() if line}


@click.command()
@click.argument("reason")
@settings_option
def stop(reason: str, settings_path: Path) -> None:
    """Kill switch: no send starts from now on; drafts are still computed. REASON is shown to everybody."""
    loaded = load(settings_path)
    path = loaded.at(loaded.settings.paths.stop_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reason + "\n", "utf-8")
    click.echo(f"stopped: {path} exists; `restock start` releases it")


@click.command()
@settings_option
def start(settings_path: Path) -> None:
    """Release the kill switch."""
    loaded = load(settings_path)
    loaded.at(loaded.settings.paths.stop_file).unlink(missing_ok=True)
    click.echo("released: orders may be sent again")
