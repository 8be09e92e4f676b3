"""Demand distributions from mean and variance, on whole arrays: negative binomial for counts, gamma for amounts.

It estimates nothing. Every function takes arrays that broadcast; a mean of 0 is the point mass at 0.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]

_POISSON = 1e-6  # relative excess variance below which counts are Poisson
_TINY = 1e-8  # base units: means below it are no demand
_WILDEST = 1e15  # variance over mean of counts: beyond it the chance of zero rounds away and quantiles explode


def settle(mean: Floats, variance: Floats, integer: Bools) -> tuple[Floats, Floats]:
    """Return moments that a distribution can have: >= 0, counts at least as variable as Poisson, within reckoning."""
    mu = np.where(mean > _TINY, mean, 0.0)
    least = np.where(integer, mu, 1e-8 * mu * mu)
    most = np.where(integer, _WILDEST * mu, np.inf)
    return mu, np.where(mu > 0.0, np.clip(variance, least, most), 0.0)


def upper(x: Floats, mean: Floats, variance: Floats, integer: Bools, *, step: int = 0) -> Floats:
    """Return P(D > x), for counts continued smoothly between whole numbers.

    `step` = 1 gives the size-biased law (shape + 1), which the shortage needs: E[D; D > s] = mean * upper(s - 1)
    for counts, mean * upper(s) for amounts.
    """
    x, mean, variance, integer = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(mean), np.asarray(variance), np.asarray(integer)
    )
    out = np.where(x < 0.0, 1.0, 0.0)
    live = mean > 0.0
    counts = integer & live & (x > -1.0)
    excess = np.where(live, variance - mean, 0.0)
    poisson = counts & (excess <= _POISSON * mean)
    negbin = counts & ~poisson
    amounts = ~integer & live & (x >= 0.0)
    out = np.where(live & integer & (x <= -1.0), 1.0, out)
    if bool(poisson.any()):
        out[poisson] = special.gammainc(x[poisson] + 1.0, mean[poisson])
    if bool(negbin.any()):
        m, e = mean[negbin], excess[negbin]
        # the complement by symmetry: betaincc is ten times slower
        out[negbin] = special.betainc(x[negbin] + 1.0, m * m / e + step, e / (m + e))
    if bool(amounts.any()):
        m, v = mean[amounts], variance[amounts]
        out[amounts] = special.gammaincc(m * m / v + step, x[amounts] * m / v)
    return out


def shortage(level: Floats, mean: Floats, variance: Floats, integer: Bools) -> Floats:
    """Return E[(D - level)+], exact; a fractional level of counts is interpolated, which is exact too."""
    level = np.maximum(np.asarray(level, dtype=np.float64), 0.0)
    whole = np.where(integer, np.floor(level), level)
    biased = upper(whole - np.where(integer, 1.0, 0.0), mean, variance, integer, step=1)
    beyond = upper(whole, mean, variance, integer)
    return np.maximum(mean * biased - level * beyond, 0.0)


def gamma_guess(mean: Floats, variance: Floats, level: Floats) -> Floats:
    """Return the quantile of the gamma law with these moments: the start of the exact search."""
    safe = np.where(mean > 0.0, mean, 1.0)
    scale = np.maximum(variance, 1e-12) / safe
    return np.where(mean > 0.0, special.gammaincinv(np.clip(safe / scale, 1e-3, 1e9), level) * scale, 0.0)
