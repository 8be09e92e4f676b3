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


def naive(past: Floats, length: Ints, level: float) -> tuple[Floats, Floats]:
    """Quantiles of the interval's sum [n]: by the last value, and by the sum of the last L buckets."""
    n, periods = past.shape
    filled = np.nan_to_num(past)
    running = np.concatenate([np.zeros((n, 1)), np.cumsum(filled, axis=1)], axis=1)
    last, block = np.zeros(n), np.zeros(n)
    for span in np.unique(length):
        rows = np.flatnonzero(length == span)
        sums = running[rows, span:] - running[rows, :-span]  # column t: buckets t .. t + span - 1
        point = filled[rows, : periods - span] * span
        last[rows] = _floored(filled[rows, -1] * span, sums[:, 1:] - point, level)
        block[rows] = _floored(
            running[rows, -1] - running[rows, max(0, periods - span)], sums[:, span:] - sums[:, :-span], level
        )
    return last, block


def _floored(point: Floats, errors: Floats, level: float) -> Floats:
    """The point plus the smallest error that covers the level; without errors the point alone."""
    if not errors.shape[1]:
        return np.maximum(point, 0.0)
    return np.asarray(np.maximum(point + np.quantile(errors, level, axis=1, method="inverted_cdf"), 0.0))


NAIVES = ("naive: last value x L + its errors", "naive: sum of last L + its errors")


def naive_quantiles(name: str, level: float, *, quick: bool = False) -> tuple[Floats, Floats]:
    """Both naive answers for the cases of a set; unlike the others they see all of the past."""
    held = replay.design(name, quick=quick)
    pairs = []
    for origin in held.origins:
        rows = np.flatnonzero(held.counted(origin))
        pairs.append(naive(held.demand[rows, :origin], held.length[rows], level))
    last, block = zip(*pairs, strict=True)
    return np.concatenate(last), np.concatenate(block)
