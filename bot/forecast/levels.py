"""Calibration of probabilities: what a law called `u` and what really happened that often, per class of series.

It moves no mean and fits no law; the maps come from replayed intervals (facts/forecasting 2.4, split-conformal in
spirit) and are pulled to "as stated" where cases are few.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.moments import Floats

Ints = npt.NDArray[np.int64]
KNOTS = np.array(
    [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 1.0]
)
PRIOR = 300.0  # cases that the pooled map, and for it "as stated", is worth
STATED = tuple(float(u) for u in KNOTS)


def observed(low: Floats, high: Floats) -> Floats:
    """Share of outcomes at or below each of KNOTS, [len(KNOTS)].

    `low` = P(D < outcome), `high` = P(D <= outcome) under the law: between them an outcome counts in proportion
    (non-randomised PIT of Czado, Gneiting and Held 2009), so that counts are judged as fairly as amounts.
    """
    width = np.maximum(high - low, 1e-9)
    return np.asarray([np.clip((u - low) / width, 0.0, 1.0).mean() if len(low) else u for u in KNOTS])


def shrunk(found: Floats, cases: float, towards: Floats | tuple[float, ...]) -> tuple[float, ...]:
    """The observed map pulled to another one; strictly rising, from 0 to 1."""
    mixed = (cases * found + PRIOR * np.asarray(towards)) / (cases + PRIOR)
    mixed[0], mixed[-1] = 0.0, 1.0
    return tuple(float(u) for u in mixed)


@dataclass(frozen=True, slots=True)
class Levels:
    """Calibrated probabilities at KNOTS, `table` [G, len(KNOTS)]; `row` [n] picks each series' line."""

    table: Floats
    row: Ints

    def take(self, rows: npt.NDArray[Any]) -> "Levels":
        """The calibration of the given rows."""
        return Levels(self.table, self.row[rows])

    def calibrated(self, stated: Floats) -> Floats:
        """What a stated probability [n] is worth."""
        return self._each(stated, forward=True)

    def stated(self, wanted: Floats) -> Floats:
        """Stated probability [n] that is worth `wanted`: the inverse of `calibrated`."""
        return self._each(wanted, forward=False)

    def lines(self) -> tuple[Floats, Floats]:
        """Calibrated = a + b * stated between neighbouring knots: a, b [n, len(KNOTS) - 1]."""
        rise = np.diff(self.table, axis=1) / np.diff(KNOTS)
        return (self.table[:, :-1] - rise * KNOTS[:-1])[self.row], rise[self.row]

    def _each(self, at: Floats, *, forward: bool) -> Floats:
        out = np.array(at, dtype=np.float64)
        for group in np.unique(self.row):
            mine = self.row == group
            x, y = (KNOTS, self.table[group]) if forward else (self.table[group], KNOTS)
            out[mine] = np.interp(out[mine], x, y)
        return out
