"""Replays a set at its origins through the forecast's public door; each origin sees only its past.

One replay serves accuracy and calibration alike; it judges nothing.
"""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.patterns.classify import classify

from . import data, door

Floats = npt.NDArray[np.floating[Any]]
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
SETS = {data.MANUFACTURING: data.manufacturing, data.RETAIL: data.retail}


@dataclass(frozen=True, slots=True)
class Cases:
    """One entry per counted item and origin; `quantile` and `promise` [m, level] of LEVELS.

    `promise` is what the law itself puts at or below its quantile: for counts that is more than the level.
    """

    item: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]
    pattern: npt.NDArray[Any]
    actual: Floats
    quantile: Floats
    promise: Floats
    seconds: float
    notes: dict[str, Any]


def design(name: str, *, quick: bool) -> data.Design:
    """A set by its name."""
    full = SETS[name]()
    return full.quick() if quick else full


@cache
def cases(name: str, *, quick: bool = False) -> Cases:
    """All cases of a set; champions are chosen anew at every origin, as an unattended run would."""
    held, begun = design(name, quick=quick), time.perf_counter()
    parts, notes = [], {}
    for origin in held.origins:
        part, notes = _at(held, origin)
        parts.append(part)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Cases(*columns, time.perf_counter() - begun, notes)


def _at(held: data.Design, origin: int) -> tuple[tuple[npt.NDArray[Any], ...], dict[str, Any]]:
    panel = door.panel_of(held.demand[:, :origin], held.freq, held.start)
    forecast = door.forecast(panel, held.days)
    rows = np.flatnonzero(held.counted(origin))
    law = forecast.interval(held.days[:, None]).take(rows)
    quantile = np.stack([law.quantile(level) for level in LEVELS], axis=1)
    promise = np.stack([law.cdf(quantile[:, k]) for k in range(len(LEVELS))], axis=1)
    pattern = classify(panel)["pattern"].astype(str).to_numpy(dtype=object)[rows]
    when = np.full(len(rows), origin)
    return (rows, when, pattern, held.outcome(origin)[rows], quantile, promise), forecast.notes
