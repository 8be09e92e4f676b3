"""Forecasts many generated series chunk by chunk on some processes; run by `worker.measure`, prints JSON.

Memory must not grow with the number of series: a chunk is made, forecast, reduced to a sum and forgotten.
"""

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from . import door, generator
from .worker import peak, tell, timed

CHUNK = 50_000
_CHOSEN_ON = 10_000


def chunk(number: int, size: int, learned: Any) -> dict[str, float]:
    """Forecast one chunk of `size` series and say how long each half took."""
    values, making = timed(lambda: generator.demand(size, seed=generator.SEED + number))
    panel = door.panel_of(values, "W", generator.START, number * CHUNK)
    days = generator.spans(size, seed=generator.SEED + number)
    begun = time.process_time()
    forecast = door.by_rows(panel, days, learned)
    total = float(forecast.quantiles(list(generator.LEVELS), generator.STEPS).sum())
    total += float(forecast.interval(days[:, None]).quantile(0.95).sum())
    return {"make": making["cpu"], "forecast": time.process_time() - begun, "sum": total, "peak": peak()}


def run(n: int, processes: int) -> dict[str, Any]:
    """All chunks; what is learned is learned once from a part, apart from the time."""
    some = min(n, _CHOSEN_ON)
    panel = door.panel_of(generator.demand(some), "W", generator.START)
    learned = door.learn(panel, generator.spans(some))
    size = min(CHUNK, -(-n // processes))
    sizes = [min(size, n - k) for k in range(0, n, size)]
    begun = time.perf_counter()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("forkserver")) as pool:
        parts = list(pool.map(chunk, range(len(sizes)), sizes, [learned] * len(sizes)))
    seconds = time.perf_counter() - begun
    inside = {name: sum(part[name] for part in parts) for name in ("make", "forecast")}
    highest = max(part["peak"] for part in parts)
    return {"n": n, "seconds": seconds, **inside, "process_peak_gib": highest, "processes": processes}


if __name__ == "__main__":
    tell(run(int(sys.argv[1]), int(sys.argv[2])))
