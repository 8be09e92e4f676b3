"""Interval demand from a few words."""

import numpy as np

from bot.forecast.interval import IntervalDemand


def demand(
    mean: object, variance: object = None, *, weights: object = 1.0, integer: bool = True, rows: int = 1
) -> IntervalDemand:
    """One row (or `rows` equal ones) of K components; without a variance it is Poisson."""
    means = np.atleast_2d(np.asarray(mean, dtype=float)).repeat(rows, axis=0)
    variances = means if variance is None else np.broadcast_to(np.asarray(variance, dtype=float), means.shape)
    spread = np.broadcast_to(np.asarray(weights, dtype=float), means.shape)
    return IntervalDemand.of(means, variances, spread, np.full(len(means), integer))
