"""Judges replayed cases: how a class's law is calibrated, what it loses, what it covers.

It fits nothing and chooses nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from bot.forecast import distributions
from bot.forecast.backtest import Cases
from bot.forecast.levels import KNOTS, STATED, observed, shrunk
from bot.forecast.moments import Floats

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98)
Map = tuple[float, ...]


def calibration(cases: Cases, classes: int) -> list[Map]:
    """One map per class, pulled to that of all classes, and that to "as stated"."""
    came = np.where(cases.integer, np.rint(cases.actual), cases.actual)
    before = np.where(cases.integer, came - 1.0, np.where(came > 0.0, came, -1.0))
    low, high = (1.0 - distributions.upper(x, cases.mean, cases.variance, cases.integer) for x in (before, came))
    everyone = shrunk(observed(low, high), len(low), STATED)
    return [shrunk(observed(low[m], high[m]), int(m.sum()), everyone) for m in _members(cases, classes)]


def losses(cases: Cases, mapping: Map, levels: Sequence[float] = LEVELS) -> float:
    """Mean weighted pinball loss of one class over the levels."""
    total = sum(float((cases.weight * pinball(cases, mapping, level)).sum()) for level in levels)
    return total / max(float(cases.weight.sum()) * len(levels), 1e-12)


def pinball(cases: Cases, mapping: Map, level: float) -> Floats:
    """Pinball loss of every case at one level."""
    miss = cases.actual - covering(cases, mapping, level)
    return np.asarray(np.maximum(level * miss, (level - 1.0) * miss))


def coverage(cases: Cases, mapping: Map, level: float) -> float:
    """Share of cases in which the quantile covered what came."""
    return float((cases.actual <= covering(cases, mapping, level) + 1e-9).mean()) if len(cases.actual) else 1.0


def covering(cases: Cases, mapping: Map, level: float) -> Floats:
    """Calibrated quantile of every case, roughly."""
    stated = float(np.interp(level, mapping, KNOTS))
    return rough_quantile(cases.mean, cases.variance, cases.integer, stated)


def rough_quantile(mean: Floats, variance: Floats, integer: npt.NDArray[Any], level: float) -> Floats:
    """Quantile from the gamma law with the same moments, by table; counts rounded as the negative binomial falls.

    Within a unit of the exact answer for counts; good enough to choose with, never used to order.
    """
    safe = np.maximum(mean, 1e-12)
    grid, table = _gamma_table(round(min(max(level, 1e-6), 1.0 - 1e-6), 6))
    amount = safe * np.exp(np.interp(np.log(safe * safe / np.maximum(variance, 1e-12)), grid, table))
    return np.where(mean > 0.0, np.where(integer, np.maximum(np.ceil(amount - 0.5), 0.0), amount), 0.0)


def _members(cases: Cases, classes: int) -> list[npt.NDArray[np.bool_]]:
    return [cases.label == k for k in range(classes)]


@lru_cache(maxsize=256)
def _gamma_table(level: float) -> tuple[Floats, Floats]:
    """Logarithm of the quantile over the mean by logarithm of the gamma shape."""
    grid = np.linspace(np.log(1e-3), np.log(1e7), 400)
    shape = np.exp(grid)
    return grid, np.log(np.maximum(special.gammaincinv(shape, level), 1e-300) / shape)
