"""Exponential smoothing of a whole panel, simple or with a damped trend, gains chosen per series from a grid.

The season is the group's profile, given as factors; nothing seasonal is smoothed per series here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import Fit
from bot.forecast.model import DAMPING
from bot.forecast.moments import Floats, Moments
from bot.forecast.scan import SPREAD_GAIN, TINY, Columns, columns, gathered

ALPHAS = (0.03, 0.06, 0.12, 0.25, 0.5)  # gains of the level
TREND_ALPHAS = (0.03, 0.1, 0.3)  # fewer: every gain is tried with every gain of the trend
BETAS = (0.0, 0.05, 0.2)  # gains of the trend, relative to the level's
_PRICE = 2.0  # errors' worth of improvement that a trend must bring, as Akaike's criterion asks for one parameter
_STEEPEST = 0.5  # most that a damped trend may add to or take from the level in the long run


def simple(
    values: Floats,
    factors: Floats | None = None,
    rows: npt.NDArray[Any] | None = None,
    *,
    alphas: Sequence[float] = ALPHAS,
) -> Fit:
    """Fit a smoothed level to `values` [n, T] (NaN = unknown); a single gain is taken as it is.

    The level is the exponentially weighted sum of demand over that of the season factors: a plain mean at first, later
    level += alpha (y - f level) / f weighted by f. Spread and strength as in `damped`.
    """
    return _fit(values, factors, rows, (alphas, (0.0,)), DAMPING)


def damped(
    values: Floats,
    factors: Floats | None = None,
    rows: npt.NDArray[Any] | None = None,
    *,
    alphas: Sequence[float] = TREND_ALPHAS,
    betas: Sequence[float] = BETAS,
    damping: float = DAMPING,
) -> Fit:
    """Fit level and damped trend to `values` [n, T]; `damping` is per bucket and must be the State's.

    One-step forecast f (l + d b); error e; l and b move in error-correction form (Gardner and McKenzie 1985), l as in
    `simple`, b by alpha beta e. Gains minimise the squared one-step errors over f, the first ones left out; a trend
    must earn its parameter. Spread: slowly smoothed squared errors over f, each divided by what the level's own error
    added to it, 1 + f / strength. Strength: effective number of buckets, (2 - alpha) / alpha once the memory is full.
    """
    return _fit(values, factors, rows, (alphas, betas), damping)


def _fit(
    values: Floats,
    factors: Floats | None,
    rows: npt.NDArray[Any] | None,
    grid: tuple[Sequence[float], Sequence[float]],
    damping: float,
) -> Fit:
    alphas = np.repeat(np.asarray(grid[0], dtype=np.float64), len(grid[1]))
    betas = np.tile(np.asarray(grid[1], dtype=np.float64), len(grid[0]))
    return gathered([_block(block, alphas, betas, damping) for block in columns(values, factors, rows)])


def _block(block: Columns, alphas: Floats, betas: Floats, damping: float) -> tuple[Moments, Floats]:
    best = np.zeros(len(block.known), dtype=np.int64)
    if len(alphas) > 1:
        errors = _errors(block, alphas[:, None], betas[:, None], damping)
        tries = np.maximum((block.score > 0.0).sum(axis=0), 1)
        best = np.argmin(errors * np.where(betas[:, None] > 0.0, 1.0 + _PRICE / tries, 1.0), axis=0)
    return _final(block, alphas[best], betas[best], damping)


def _errors(block: Columns, alpha: Floats, beta: Floats, damping: float) -> Floats:
    """Sums of squared one-step errors [grid, m]."""
    shape = (len(alpha), len(block.known))
    level, mass, errors = np.zeros((3, *shape))
    trend, pull = np.zeros(shape), alpha * beta
    trending = bool(pull.any())
    miss, scored = np.empty(shape), np.empty(shape)
    for y, f, score in zip(block.y, block.f, block.score, strict=True):
        if trending:
            trend *= damping
            level += trend
        np.multiply(level, f, out=miss)
        np.subtract(y, miss, out=miss)
        np.multiply(miss, miss, out=scored)
        scored *= score
        errors += scored
        if trending:
            trend += np.multiply(pull * (mass > 0.0), miss, out=scored)
        mass *= 1.0 - alpha
        mass += f
        miss /= mass + TINY
        level += miss
    return errors


def _final(block: Columns, alpha: Floats, beta: Floats, damping: float) -> tuple[Moments, Floats]:
    """Moments and relative slope with the chosen gains [m]."""
    m = len(block.known)
    level, trend, mass, weight, weight2, aged, scatter, scattered = np.zeros((8, m))
    keep = 1.0 - alpha
    for y, f in zip(block.y, block.f, strict=True):
        trend = trend * damping
        level = level + trend
        miss = y - f * level
        seen = (mass > 0.0).astype(np.float64)
        fade = 1.0 - SPREAD_GAIN * seen
        doubt = f * (1.0 + f * weight2 / (weight * weight + TINY)) + TINY
        scatter = scatter * fade + seen * (miss * miss / doubt)
        scattered = scattered * fade + seen
        trend = trend + alpha * beta * miss * seen
        mass = mass * keep + f
        level = level + miss / (mass + TINY)
        known = (f > 0.0).astype(np.float64)
        aged = (aged + weight) * keep
        weight = weight * keep + known
        weight2 = weight2 * keep * keep + known
    level = np.maximum(level, 0.0)
    strength = np.minimum(weight * weight / (weight2 + TINY), block.known)
    moments = Moments(level, scatter / (scattered + TINY), strength, aged / (weight + TINY), block.known.copy())
    return moments, _relative(trend, level, damping)


def _relative(trend: Floats, level: Floats, damping: float) -> Floats:
    """Trend per bucket relative to the level, bounded in what it adds up to."""
    most = _STEEPEST * (1.0 - damping) / damping
    slope = np.divide(trend, level, out=np.zeros_like(trend), where=level > 0.0)
    return np.asarray(np.clip(slope, -most, most))
