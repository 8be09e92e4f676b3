"""Speed of the default tier on one core, and the ratio to the libraries that forecast series by series.

Every measurement is a fresh process pinned to one core; champions are chosen before and timed apart.
"""

from functools import cache
from typing import Any

from . import generator
from .table import Figure, Part, Table
from .worker import PEERS, load, measure

SERIES, QUICK = 100_000, 5_000
MOST_SECONDS, MOST_GIB = 15.0, 3.0
STAGES = {
    "choose": "re-selection of champions (apart)",
    "classify": "classify (also inside the fit)",
    "fit": "classify and fit with recorded champions",
    "predict": f"{generator.STEPS} steps x {len(generator.LEVELS)} quantiles",
    "interval": "interval of 9 lead times, quantile 0.95",
}
PEER_SIZES = {  # series each is run on: the slow ones on few, and the time per series is what counts
    "statsforecast-croston": (20_000, "statsforecast 2.0.3 CrostonSBA, 13 steps, no quantiles"),
    "statsforecast-ets": (2_000, "statsforecast 2.0.3 AutoETS, 13 steps, 5 quantiles"),
    "sktime-croston": (500, "sktime broadcast Croston, 13 steps, no quantiles"),
    "sktime-ets": (200, "sktime StatsForecastAutoETS, 13 steps, 5 quantiles"),
}


@cache
def own(n: int) -> dict[str, Any]:
    """The default tier on n generated series."""
    return measure("own_speed", "fit", n)


@cache
def from_table(n: int) -> dict[str, Any]:
    """What comes before: a demand table becomes a panel."""
    return measure("own_speed", "table", n)


def both(found: dict[str, Any]) -> tuple[float, float]:
    """Seconds of fit and predict by the clock and of the processor."""
    clock, used = (float(found["fit"][kind] + found["predict"][kind]) for kind in ("clock", "cpu"))
    return clock, used


def run(*, quick: bool) -> Part:
    """100,000 series of 104 weeks."""
    n = QUICK if quick else SERIES
    found, table = own(n), from_table(n)
    if "error" in found:
        return Part("speed", [Figure.must("speed", "default tier", "runs", measured=found["error"], held=False)])
    seconds, used = both(found)
    rows: list[tuple[Any, ...]] = [(STAGES[stage], *found[stage].values()) for stage in STAGES]
    if "error" not in table:
        rows.insert(0, (f"table of {table['rows']:,} rows to a panel", *table["regularise"].values()))
    figures = [
        Figure.of("speed", f"{n:,} series, fit and predict, s", seconds, high=MOST_SECONDS, text="{:.2f}"),
        Figure.of("speed", f"{n:,} series, fit and predict, s of the processor", used, text="{:.2f}"),
        Figure.of("speed", "peak memory of the process, GiB", found["peak_gib"], high=MOST_GIB, text="{:.2f}"),
        Figure.of("speed", "re-selection apart, s", found["choose"]["clock"], text="{:.2f}"),
    ]
    return Part(
        "speed",
        figures,
        [Table(f"{n:,} series x 104 weeks, one core", ("stage", "seconds", "of the processor"), rows)],
        [load()],
    )


def peers(*, quick: bool) -> Part:
    """The same series through the libraries, milliseconds per series and how many times ours."""
    n = QUICK if quick else SERIES
    found = own(n)
    if "error" in found:
        return Part("peers", [Figure.skipped("peers", "ratios", found["error"])])
    if not PEERS.exists():
        return Part("peers", [Figure.skipped("peers", "ratios", "no .venv-benchmark: run `make benchmark-env`")])
    mine = 1000.0 * both(found)[1] / n
    rows: list[tuple[Any, ...]] = [("Restock default tier, 13 steps, 5 quantiles", n, mine, mine * 100.0, 1.0)]
    table = from_table(n)
    if "error" not in table:
        whole = mine + 1000.0 * table["regularise"]["cpu"] / n
        rows.append(("Restock, from a demand table", n, whole, whole * 100.0, whole / mine))
    figures = []
    for name, (size, label) in PEER_SIZES.items():
        took = measure("peer_speed", name, max(50, size // 10) if quick else size, python=PEERS)
        if "error" in took:
            figures.append(Figure.skipped("peers", label, took["error"]))
            continue
        each = 1000.0 * took["cpu"] / took["n"]
        rows.append((label, took["n"], each, each * 100.0, each / mine))
        figures.append(Figure.of("peers", f"times as long: {label}", each / mine, text="{:.1f}"))
    columns = ("program", "series", "ms per series", "s per 100,000", "times ours")
    note = (
        "seconds of the processor for fit and predict, in the second call (the first compiles); slow ones on few series"
    )
    return Part("peers", figures, [Table("one core, the same generated demand", columns, rows)], [note, load()])
