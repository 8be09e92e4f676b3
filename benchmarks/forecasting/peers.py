"""The classical answers to the same question, a few lines each: demand over the interval from a recent window.

They are what textbooks and planning systems use; none of them is part of the product.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from . import replay

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
Law = Callable[[Floats, Ints, float], Floats]
_MEMORY, _SMOOTHING = 0.97, 0.1


def normal(window: Floats, length: Ints, level: float) -> Floats:
    """L * mean + z * sd * sqrt(L)."""
    mean, spread = window.mean(axis=1), window.std(axis=1, ddof=1)
    return np.asarray(length * mean + stats.norm.ppf(level) * spread * np.sqrt(length))


def poisson(window: Floats, length: Ints, level: float) -> Floats:
    """Poisson with the window's mean."""
    return np.asarray(stats.poisson.ppf(level, np.maximum(length * window.mean(axis=1), 1e-12)))


def negbin(window: Floats, length: Ints, level: float) -> Floats:
    """Negative binomial with the window's moments."""
    return matched(length * window.mean(axis=1), length * window.var(axis=1, ddof=1), level)


def negbin_weighted(window: Floats, length: Ints, level: float) -> Floats:
    """Negative binomial with moments weighted by 0.97 ** age."""
    weights = _MEMORY ** np.arange(window.shape[1] - 1, -1, -1.0)
    weights /= weights.sum()
    mean = (window * weights).sum(axis=1)
    variance = ((window - mean[:, None]) ** 2 * weights).sum(axis=1)
    return matched(length * mean, length * variance, level)


def negbin_smoothed(window: Floats, length: Ints, level: float) -> Floats:
    """Negative binomial around simple exponential smoothing; the window's variance."""
    state = window[:, 0]
    for k in range(1, window.shape[1]):
        state = state + _SMOOTHING * (window[:, k] - state)
    return matched(length * state, length * window.var(axis=1, ddof=1), level)


def matched(mean: Floats, variance: Floats, level: float) -> Floats:
    """Quantile of the negative binomial with these moments; Poisson where the variance is not larger."""
    mean = np.maximum(mean, 1e-9)
    wide = variance > mean * (1.0 + 1e-9)
    excess = np.where(wide, variance - mean, 1.0)
    shape = mean * mean / excess
    high = stats.nbinom.ppf(level, shape, shape / (shape + mean))
    return np.asarray(np.where(wide, high, stats.poisson.ppf(level, mean)))


LAWS: dict[str, Law] = {
    "normal": normal,
    "Poisson": poisson,
    "negative binomial, matched": negbin,
    "negative binomial, 0.97^age": negbin_weighted,
    "negative binomial around SES(0.1)": negbin_smoothed,
}


def quantiles(name: str, level: float, *, law: Law, quick: bool = False) -> Floats:
    """A peer's quantiles for the cases of a set, in the order of `replay.cases`."""
    held = replay.design(name, quick=quick)
    parts = []
    for origin in held.origins:
        rows = np.flatnonzero(held.counted(origin))
        window = held.demand[rows, max(0, origin - held.window) : origin]
        parts.append(law(window, held.length[rows], level))
    return np.concatenate(parts)
