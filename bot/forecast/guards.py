"""Catches forecasts that cannot be true and puts the recent mean in their place, with the reason.

It judges the fitted state and foreign paths; holding the order is up to the guardrail `forecast_jump`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments

CAP = 5.0  # times the largest capped value of the history that a bucket's mean may reach
NOT_FINITE = "not finite"
NEGATIVE = "negative"
EXPLODING = f"above {CAP:g} times the largest value of the history"
SPIKE = "a value beyond all others was capped"


def guard(state: State, values: Floats, floor: Moments) -> tuple[State, npt.NDArray[Any]]:
    """Return a state that is finite, >= 0 and bounded, and per series the reason of a change ('' = none).

    `values` [n, T] is the capped history, `floor` the moments that replace what is refused.
    """
    moments, path = state.moments, state.path
    top = np.nan_to_num(values, nan=0.0).max(axis=1, initial=0.0)
    figures = np.stack([moments.level, moments.spread, state.slope, moments.strength], axis=1)
    if path is not None:
        figures = np.concatenate([figures, path], axis=1)
    means = moments.level[:, None] if path is None else path
    finite = np.isfinite(figures).all(axis=1)
    low = np.nan_to_num(means).min(axis=1) < -1e-9
    high = (np.nan_to_num(means).max(axis=1) > CAP * top + 1e-9) & finite
    reason = np.select([~finite, low, high], [NOT_FINITE, NEGATIVE, EXPLODING], default="").astype(object)
    bad = reason != ""
    if not bool(bad.any()):
        return state, reason
    mended = Moments(
        level=np.where(bad, floor.level, moments.level),
        spread=np.where(bad, floor.spread, moments.spread),
        strength=np.where(bad, floor.strength, moments.strength),
        age=moments.age,
        known=moments.known,
    )
    straight = None if path is None else np.where(bad[:, None], floor.level[:, None], path)
    return replace(state, moments=mended, slope=np.where(bad, 0.0, state.slope), path=straight), reason
