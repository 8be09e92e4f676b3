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
_SLACK = 1e-9


def guard(state: State, values: Floats, floor: Moments) -> tuple[State, npt.NDArray[Any]]:
    """Return a state that is finite, >= 0 and bounded, and per series the reason of a change ('' = none).

    `values` [n, T] is the capped history, `floor` the moments that replace what is refused.
    """
    moments = state.moments
    top = highest(values)
    figures = np.stack([moments.level, moments.spread, state.slope, moments.strength], axis=1)
    reason = refused(moments.level[:, None], top)
    reason = np.where(np.isfinite(figures).all(axis=1), reason, NOT_FINITE)
    if state.path is not None:
        place = np.arange(len(top)) if state.place is None else state.place
        rows = np.flatnonzero((place >= 0) & (reason == ""))
        reason[rows] = refused(state.path[place[rows]], top[rows])
    bad = reason != ""
    if not bool(bad.any()):
        return state, reason
    return _mended(state, bad, floor), reason


def highest(values: Floats) -> Floats:
    """The largest known value of each history, [n]; 0 where nothing is known."""
    return np.asarray(np.nan_to_num(values, nan=0.0).max(axis=1, initial=0.0), dtype=np.float64)


def refused(means: Floats, top: Floats) -> npt.NDArray[Any]:
    """Why means per bucket [n, P] cannot be true of histories that reach `top` [n]; '' where they can."""
    finite = np.isfinite(means).all(axis=1)
    known = np.where(np.isfinite(means), means, 0.0)
    low = known.min(axis=1, initial=0.0) < -_SLACK
    high = known.max(axis=1, initial=0.0) > CAP * top + _SLACK
    return np.select([~finite, low, high], [NOT_FINITE, NEGATIVE, EXPLODING], default="").astype(object)


def joined(*reasons: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Reasons [n] of several kinds as one text per series, those that are there joined by a semicolon."""
    whole = reasons[0].astype(object)
    for more in reasons[1:]:
        whole = whole + np.where((whole != "") & (more != ""), "; ", "").astype(object) + more.astype(object)
    return np.asarray(whole)


def _mended(state: State, bad: npt.NDArray[np.bool_], floor: Moments) -> State:
    """The state with the recent mean in place of what is bad."""
    moments = state.moments
    mended = Moments(
        level=np.where(bad, np.maximum(floor.level, 0.0), moments.level),
        spread=np.where(bad, floor.spread, moments.spread),
        strength=np.where(bad, floor.strength, moments.strength),
        age=moments.age,
        known=moments.known,
    )
    slope = np.where(bad, 0.0, state.slope)
    if state.path is None:
        return replace(state, moments=mended, slope=slope)
    place = np.arange(len(bad)) if state.place is None else state.place
    return replace(state, moments=mended, slope=slope, place=np.where(bad, -1, place))
