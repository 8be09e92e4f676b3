"""`restock explain ITEM@LOCATION`: why the last plan ordered it, or why not.

It reads the stored plan; it plans nothing anew.
"""

from pathlib import Path

import click

from bot.cli.run import settings_option
from bot.settings import load


@click.command()
@click.argument("pair", metavar="ITEM@LOCATION")
@settings_option
def explain(pair: str, settings_path: Path) -> None:
    """Say why ITEM@LOCATION was ordered in the last plan, or why not."""
    from bot.cli.plan import why
    from bot.errors import NeedsAdmin
    from bot.store.files import ParquetFiles
    from bot.wiring.app import open_store
    from bot.wiring.world import SystemClock

    loaded = load(settings_path)
    attempts = open_store(loaded, SystemClock()).runs.history(50, "plan")
    last = next((row for row in attempts if row.state == "done"), None)
    if last is None:
        raise NeedsAdmin("no plan has run yet", str(settings_path), "run one: `restock run plan`")
    files = ParquetFiles(loaded.at(loaded.settings.paths.files))
    systems = last.report.get("systems", {})
    for report in systems.values() if isinstance(systems, dict) else ():
        if "plan_frames" in report:
            decisions = files.frames("plan", report["plan_frames"])["decisions"]
            if ((decisions["item"].astype("str") + "@" + decisions["location"].astype("str")) == pair).any():
                click.echo(why(decisions, pair))
                return
    raise click.UsageError(f"{pair!r} is not a planned item-location of the last plan; the form is ITEM@LOCATION")
