"""Bit-identical answers: on repeat, in another process, in another row order, in other chunks, on more processes.

The bytes of means, quantiles and interval quantiles are hashed; close is not enough.
"""

import hashlib
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from bot.patterns.demand import DemandPanel

from . import door, generator
from .table import Figure, Part, Table
from .worker import measure, tell

SERIES = 1_000
CHUNKS = (1000, 333, 100)
_DAYS, _SPLIT = 28.0, 500


def panel() -> DemandPanel:
    """Generated demand with ragged starts, unknown buckets and items that never moved."""
    values = generator.demand(SERIES)
    rng = np.random.default_rng(generator.SEED)
    start = rng.integers(0, 90, SERIES) * (rng.random(SERIES) < 0.2)
    values[np.arange(values.shape[1])[None, :] < start[:, None]] = np.nan
    values[rng.random(values.shape) < 0.01] = np.nan
    values[::50] = 0.0
    return door.panel_of(values, "W", generator.START)


def days(n: int) -> door.Floats:
    """Interval lengths that differ from item to item but not with its place."""
    return np.full(n, _DAYS)


def answers(forecast: Any) -> door.Floats:
    """Everything that a plan reads off a forecast, one row per series."""
    quantiles = forecast.quantiles(list(generator.LEVELS), generator.STEPS).reshape(forecast.n, -1)
    law = forecast.interval(np.full((forecast.n, 1), _DAYS + 7.0))
    ends = [law.quantile(0.5)[:, None], law.quantile(0.95)[:, None], law.mean[:, None]]
    return np.concatenate([forecast.mean(generator.STEPS), quantiles, *ends], axis=1)


def digest(parts: Sequence[door.Floats]) -> str:
    """Hash of the rows in order."""
    whole = np.ascontiguousarray(np.concatenate(parts), dtype=np.float64)
    return hashlib.sha256(whole.tobytes()).hexdigest()[:16]


def alone(*, champions: door.Champions | None = None) -> str:
    """Hash of the plain run; with its own choice unless champions are given."""
    whole = panel()
    return digest([answers(door.forecast(whole, days(whole.n), champions))])


def shuffled(champions: door.Champions | None) -> str:
    """Hash of the run on rows in another order, put back."""
    whole = panel()
    order = np.random.default_rng(3).permutation(whole.n)
    found = answers(door.forecast(whole.take(order), days(whole.n), champions))
    return digest([found[np.argsort(order)]])


def in_chunks(champions: door.Champions, size: int) -> str:
    """Hash of the run in pieces."""
    whole = panel()
    return digest([answers(part) for part in door.chunked(whole, days(whole.n), champions, size)])


def piece(rows: np.ndarray, learned: Any) -> door.Floats:
    """What one process answers for its rows."""
    part = panel().take(rows)
    return answers(door.by_rows(part, days(part.n), learned))


def on_processes(champions: door.Champions, count: int) -> str:
    """Hash of the run spread over processes."""
    whole = panel()
    learned = door.learn(whole, days(whole.n), champions)
    rows = [np.arange(k, k + _SPLIT) for k in range(0, SERIES, _SPLIT)]
    with ProcessPoolExecutor(count, multiprocessing.get_context("fork")) as pool:
        return digest(list(pool.map(piece, rows, [learned] * len(rows))))


def run(*, quick: bool) -> Part:  # noqa: ARG001 - the size is small as it is
    """Every way of running against the plain one."""
    champions = door.choose(panel(), _DAYS)
    chosen, fixed = alone(), alone(champions=champions)
    ways = [
        ("repeat, with the choice", chosen, alone()),
        ("a fresh process, with the choice", chosen, measure("determinism").get("hash", "failed")),
        ("row order, with the choice", chosen, shuffled(None)),
        ("recorded champions instead of choosing", chosen, fixed),
        ("row order, champions fixed", fixed, shuffled(champions)),
        *((f"chunks of {size:,}, champions fixed", fixed, in_chunks(champions, size)) for size in CHUNKS),
        *((f"{count} processes, champions fixed", fixed, on_processes(champions, count)) for count in (1, 2)),
    ]
    figures = [
        Figure.must("determinism", way, "same bits", measured="same" if a == b else "differs", held=a == b)
        for way, a, b in ways
    ]
    title = f"{SERIES:,} series, ragged and with gaps: hashes of all answers"
    return Part("determinism", figures, [Table(title, ("way", "plain run", "this run"), list(ways))])


if __name__ == "__main__":
    sys.exit(tell({"hash": alone()}))
