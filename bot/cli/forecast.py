"""`restock forecast`: quantiles of demand per item, location and period from a folder with a demand table.

It writes a Parquet file; the forecasters are bot.forecast's.
"""

from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from bot.cli.folder import folder_options, read_folder, whole
from bot.errors import StopRun
from bot.forecast.broadcast import by_name
from bot.forecast.demand import forecast_demand
from bot.forecast.named import NOT_USED
from bot.forecast.naming import AUTO
from bot.forecast.result import Forecast
from bot.jobs.outside import known_outside
from bot.patterns.classify import classify
from bot.patterns.demand import regularise
from bot.snapshot import views
from bot.snapshot.checks import Grade
from bot.snapshot.dataset import Snapshot, build
from bot.tables.erp import NEEDED_TO_FORECAST
from bot.wiring.apart import Apart

SEED = 20260101
BESIDES = ("signals", "items", "locations", "calendars")  # what a named forecaster may see


class Levels(click.ParamType[tuple[float, ...]]):
    """Quantile levels written as 0.05,0.5,0.95."""

    name = "LEVELS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Return the levels in rising order or fail with the form that is expected."""
        try:
            levels = tuple(sorted(float(part) for part in str(value).split(",")))
        except ValueError:
            self.fail(f"{value!r} is not a list such as 0.05,0.5,0.95", param, ctx)
        if not all(0.0 < level < 1.0 for level in levels):
            self.fail("every level lies between 0 and 1", param, ctx)
        return levels


@click.command()
@folder_options
@click.option(
    "--horizon", type=click.IntRange(1, 1000), required=True, help="Number of periods; the first contains --as-of."
)
@click.option("--total", is_flag=True, help="One row for the sum of the periods instead of one per period.")
@click.option("--quantiles", type=Levels(), default="0.05,0.25,0.5,0.75,0.95", show_default=True, help="Levels.")
@click.option("--forecaster", metavar="NAME", default="", help="As in a policy, for all: PanelTrees, AutoETS(sp=52).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Parquet file to write.")
def forecast(
    folder: Path,
    as_of: date,
    freq: str | None,
    horizon: int,
    quantiles: tuple[float, ...],
    forecaster: str,
    out: Path,
    *,
    total: bool,
) -> None:
    """Forecast the demand of every item-location in a folder and write means and quantiles to a Parquet file.

    With --forecaster the tables signals, items, locations and calendars are read too, where the folder has them.
    """
    snapshot = _snapshot(folder, as_of, forecaster)
    panel = regularise(views.demand_history(snapshot), as_of, freq=freq)
    made = forecast_demand(
        panel,
        classify(panel),
        horizon_days=horizon * panel.bucket_days,
        seed=SEED,
        forecaster=forecaster,
        broadcast=Apart(),
        outside=known_outside(snapshot, panel.keys),
    )
    table = total_table(made, horizon, quantiles) if total else period_table(made, horizon, quantiles)
    with whole(out) as draft:
        table.to_parquet(draft, index=False)
    set_aside = len(snapshot.quarantine.drop_duplicates(["table", "row"]))
    for reason in sorted({each for each in made.fallback if NOT_USED in each}):
        click.echo(f"{(made.fallback == reason).sum():,} item-locations: {reason}", err=True)
    click.echo(
        f"{made.n:,} item-locations, {horizon} periods ({panel.freq}), {set_aside:,} rows set aside. Written: {out}"
    )


def _snapshot(folder: Path, as_of: date, forecaster: str) -> Snapshot:
    """The checked tables; NeedsAdmin when the forecaster cannot be used here, StopRun when the history cannot."""
    wanted = (*NEEDED_TO_FORECAST, *BESIDES) if forecaster else NEEDED_TO_FORECAST
    if forecaster not in {"", AUTO}:
        by_name(forecaster)
    raw = read_folder(folder, NEEDED_TO_FORECAST, wanted)
    snapshot = build(raw, system="files", as_of=as_of, currency="EUR", needed=NEEDED_TO_FORECAST)
    if snapshot.health.grade is Grade.UNUSABLE:
        raise StopRun("; ".join(snapshot.health.findings), "mend the demand table and run again")
    return snapshot


def period_table(made: Forecast, horizon: int, levels: tuple[float, ...]) -> pd.DataFrame:
    """One row per item, location and period: item, location, period_start, mean, then a column per level."""
    quantiles = made.quantiles(levels, horizon)
    starts = np.tile(made.period_starts(horizon), made.n)
    keys = made.keys.loc[made.keys.index.repeat(horizon)].reset_index(drop=True)
    columns = {f"q{level:g}": quantiles[:, :, place].ravel() for place, level in enumerate(levels)}
    return _table(keys, starts, made.mean(horizon).ravel(), columns)


def total_table(made: Forecast, horizon: int, levels: tuple[float, ...]) -> pd.DataFrame:
    """One row per item and location for the sum of the periods, with the same columns."""
    law = made.total(horizon)
    starts = np.tile(made.period_starts(1), made.n)
    return _table(made.keys, starts, law.mean, {f"q{level:g}": law.quantile(level) for level in levels})


def _table(keys: pd.DataFrame, starts: np.ndarray, mean: np.ndarray, quantiles: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": keys["item"].astype("str"), "location": keys["location"].astype("str"),
            "period_start": starts.astype("datetime64[s]"), "mean": mean, **quantiles,
        }
    )  # fmt: skip
