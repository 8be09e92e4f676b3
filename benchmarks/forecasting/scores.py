"""Arithmetic of the figures: pinball loss, weighted quantile loss, coverage, fill.

Plain arrays in, numbers out; it knows neither sets nor forecasts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
SLACK = 1e-9


def pinball(actual: Floats, quantile: Floats, level: Floats | float) -> Floats:
    """Loss of a quantile, element by element."""
    miss = actual - quantile
    return np.asarray(np.maximum(level * miss, (np.asarray(level) - 1.0) * miss))


def wql(actual: Floats, quantiles: Floats, levels: Sequence[float]) -> float:
    """Mean weighted quantile loss: 2 * pinball / demand, averaged over the levels (last axis of `quantiles`).

    Cases whose outcome is unknown (NaN) do not count.
    """
    known = ~np.isnan(actual)
    loss = pinball(actual[known][:, None], quantiles[known], np.asarray(levels))
    return float((2.0 * loss.sum(axis=0) / actual[known].sum()).mean())


def coverage(actual: Floats, quantile: Floats) -> float:
    """Share of cases at or below the quantile."""
    return float((actual <= quantile + SLACK).mean()) if len(actual) else float("nan")


def fill(actual: Floats, quantile: Floats) -> float:
    """Share of the demand that stock of that quantile would have covered."""
    return float(np.minimum(actual, quantile).sum() / max(float(actual.sum()), SLACK))
