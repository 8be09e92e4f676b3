"""Growth from 1,000 to 1,000,000 series: time, time per series and memory, by chunks on two processes.

The series are generated inside the processes; that time is in the total and also told apart.
"""

from typing import Any

from .table import Figure, Part, Table
from .worker import load, measure

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)
PROCESSES = 2
MOST_SECONDS = 300.0
COLUMNS = (
    "series",
    "seconds",
    "generating, s of a core",
    "forecasting, s of a core",
    "ms per series",
    "peak GiB, each",
)


def run(*, quick: bool) -> Part:
    """All sizes, each in fresh processes."""
    rows: list[tuple[Any, ...]] = []
    for n in QUICK if quick else SIZES:
        found = measure("own_scale", n, PROCESSES, cores=PROCESSES)
        if "error" in found:
            return Part(
                "scaling", [Figure.must("scaling", f"{n:,} series", "runs", measured=found["error"], held=False)]
            )
        each = 1000.0 * found["forecast"] / n
        rows.append((n, found["seconds"], found["make"], found["forecast"], each, found["process_peak_gib"]))
    last, ten = rows[-1], rows[-2]
    figures = [
        Figure.of("scaling", f"{last[0]:,} series on 2 cores, s", last[1], high=MOST_SECONDS, text="{:.0f}"),
        Figure.of("scaling", f"time per series, {last[0]:,} against {ten[0]:,}", last[4] / ten[4], high=1.2),
        Figure.of("scaling", f"peak of a process, {last[0]:,} against {ten[0]:,}", last[5] / ten[5], high=1.2),
        Figure.of("scaling", "peak of both processes, GiB", PROCESSES * last[5], text="{:.2f}"),
    ]
    title = (
        f"104 weeks, 13 steps x 5 quantiles and the interval's 0.95, {PROCESSES} processes, chunks of at most 50,000"
    )
    return Part("scaling", figures, [Table(title, COLUMNS, rows)], [load()])
