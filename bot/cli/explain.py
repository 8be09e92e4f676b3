"""`restock explain ITEM@LOCATION`: why the last plan ordered it, or why not, with a picture if wanted.

It reads the stored plan; a picture that the plan did not keep is made again from the plan's own extract.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.run import settings_option
from bot.settings import Loaded, load

if TYPE_CHECKING:
    import pandas as pd

    from bot.store.files import ParquetFiles


@click.command()
@click.argument("pair", metavar="ITEM@LOCATION")
@settings_option
@click.option(
    "--chart",
    "picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also draw it: .svg or .png.",
)
def explain(pair: str, settings_path: Path, picture: Path | None) -> None:
    """Say why ITEM@LOCATION was ordered in the last plan, or why not."""
    from bot.cli.plan import why
    from bot.errors import NeedsAdmin
    from bot.store.files import ParquetFiles
    from bot.wiring.app import open_store
    from bot.wiring.world import SystemClock

    if picture is not None and picture.suffix.lower() not in {".svg", ".png"}:
        raise click.UsageError(f"{picture} must end in .svg or .png")
    loaded = load(settings_path)
    attempts = open_store(loaded, SystemClock()).runs.history(50, "plan")
    last = next((row for row in attempts if row.state == "done"), None)
    if last is None:
        raise NeedsAdmin("no plan has run yet", str(settings_path), "run one: `restock run plan`")
    files = ParquetFiles(loaded.at(loaded.settings.paths.files))
    systems = last.report.get("systems", {})
    for report in systems.values() if isinstance(systems, dict) else ():
        if "plan_frames" in report:
            frames = files.frames("plan", report["plan_frames"])
            row = _found(frames["decisions"], pair)
            if row is not None:
                click.echo(why(frames["decisions"], pair))
                if picture is not None:
                    text = str(row.get("chart") or "")
                    _draw(picture, pair, row, text or _made_again(loaded, files, report, frames, row))
                return
    raise click.UsageError(f"{pair!r} is not a planned item-location of the last plan; the form is ITEM@LOCATION")


def _found(decisions: "pd.DataFrame", pair: str) -> dict[str, Any] | None:
    mine = decisions[(decisions["item"].astype("str") + "@" + decisions["location"].astype("str")) == pair]
    return None if mine.empty else {str(name): value for name, value in mine.iloc[0].items()}


def _made_again(
    loaded: Loaded,
    files: "ParquetFiles",
    report: dict[str, Any],
    frames: "dict[str, pd.DataFrame]",
    row: dict[str, Any],
) -> str:
    """The chart's text where the plan drew none: from the plan's extract and memory, by today's policies."""
    from bot.jobs.item_chart import item_chart, memory_of
    from bot.jobs.plan import EXTRACT
    from bot.jobs.pull import SNAPSHOT
    from bot.policy.bundle import KnownCodes
    from bot.policy.parse import parse_policies
    from bot.snapshot import views
    from bot.snapshot.dataset import reopen
    from bot.store.policy_files import PolicyFolder
    from bot.wiring.apart import Apart
    from bot.wiring.app import planning_of

    extract = str(report[EXTRACT])
    snapshot = reopen(files.frames(SNAPSHOT, extract), files.meta(SNAPSHOT, extract))
    texts = PolicyFolder(loaded.at(loaded.settings.paths.policies)).texts()
    policies = parse_policies(texts, KnownCodes(**views.known_codes(snapshot)))
    pair = str(row["item"]), str(row["location"])
    return item_chart(snapshot, policies, memory_of(frames), planning_of(loaded), pair, Apart())


def _draw(picture: Path, pair: str, row: dict[str, Any], text: str) -> None:
    """Write the picture; says so where nothing is known that could be drawn."""
    from bot.cells import word
    from bot.cli.folder import whole
    from bot.render.chart import chart_from, chart_png
    from bot.render.svg import alone

    chart, unit = chart_from(text), word(row, "unit")
    if chart is None:
        click.echo(f"No chart: nothing is known about the demand of {pair}.")
        return
    with whole(picture) as draft:
        if picture.suffix.lower() == ".png":
            draft.write_bytes(chart_png(chart, unit))
        else:
            draft.write_text(
                alone(chart, " ".join(filter(None, (pair, word(row, "description"), unit))), unit), "utf-8"
            )
    click.echo(f"Written: {picture}")
