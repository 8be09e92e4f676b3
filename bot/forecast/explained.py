"""The parts of a forecast as a table: who made it and how well it did, what its mean consists of, how it is calibrated.

It changes no forecast and words nothing; sentences are `bot.explain_forecast`'s.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.choose import Choice
from bot.forecast.items import COVERAGE
from bot.forecast.moments import Floats
from bot.forecast.parts import NAMES, Parts
from bot.forecast.result import Forecast
from bot.forecast.tree_effects import Effects
from bot.patterns import buckets

FACTORS = (*(f"{name}_factor" for name in NAMES), "group_factor", "season_factor", "trend_factor")
_SAME = 1e-9  # relative difference of two levels that are one


def explained(forecast: Forecast, days: Floats, service: Floats, weights: Floats | None = None) -> pd.DataFrame:
    """One row per series of `forecast`: the evidence, the parts of the interval's mean, and the calibration.

    `days`, `weights` [n, K] as for `Forecast.interval`, `service` [n] (0 to 1) the level that is ordered at. The mean
    of the interval is level_per_day * expected days * the product of FACTORS. ValueError without kept parts.
    """
    if forecast.parts is None:
        raise ValueError("this forecast kept no parts")
    own = _own(forecast.keys, forecast.parts)
    return pd.DataFrame(
        {
            **_evidence(forecast.parts, own),
            **_level(forecast, forecast.parts),
            **_course(forecast, days, weights),
            **_calibration(forecast, forecast.parts, own, service),
        }
    )


def _own(keys: pd.DataFrame, parts: Parts) -> pd.DataFrame:
    """What is known of every series by itself, empty where it has no champion or one that does not compete now."""
    names = ["item", "location"]
    champion = _column(parts.choices, lambda choice: choice.spec.name, parts.which)
    wanted = ("champion", "runner_up", "score", "runner_up_score", "naive_score", "covered", "judged")
    items = parts.items if set(wanted) <= set(parts.items) else pd.DataFrame(columns=[*names, *wanted])
    place = pd.MultiIndex.from_frame(items[names].astype("str")).get_indexer(
        pd.MultiIndex.from_frame(keys[names].astype("str"))
    )
    found: pd.DataFrame = items[list(wanted)].reset_index(drop=True).reindex(place).reset_index(drop=True)
    return found.where(pd.Series(found["champion"].to_numpy(dtype=object) == champion), axis=0)


def _evidence(parts: Parts, own: pd.DataFrame) -> dict[str, Any]:
    """Champion and runner-up with their losses, the series' own where it has some, else the class's."""
    rivals = tuple(rival or Choice() for rival in parts.rivals)
    alone = _column(parts.rivals, lambda rival: rival is None, parts.which).astype(bool)
    by_item = own["champion"].notna().to_numpy(dtype=bool)
    runner_up = np.where(alone, "", _column(rivals, lambda choice: choice.spec.name, parts.which))
    score, naive = (_figures(parts.choices, name, parts.which) for name in ("loss", "naive_loss"))
    second = np.where(alone, np.nan, _figures(rivals, "loss", parts.which))
    score, second, naive = (
        np.where(by_item, own[name].to_numpy(dtype=np.float64, na_value=np.nan), of_class)
        for name, of_class in (("score", score), ("runner_up_score", second), ("naive_score", naive))
    )
    return {
        "champion": _column(parts.choices, lambda choice: choice.spec.name, parts.which),
        "runner_up": np.where(by_item, own["runner_up"].fillna("").to_numpy(dtype=object), runner_up),
        "score": score,
        "runner_up_score": second,
        "naive_score": naive,
        "value_added": 1.0 - np.divide(score, naive, out=np.full(len(score), np.nan), where=naive > 0.0),
        "by_item": by_item,
    }


def _level(forecast: Forecast, parts: Parts) -> dict[str, Any]:
    """Level per day of the own history, and by what it is multiplied: the panel's experience, the group's."""
    final = forecast.state.moments.level
    corrected = parts.base * np.exp(parts.logs.sum(axis=1))
    sound = np.isfinite(corrected) & (corrected > 0.0) & (final > 0.0)
    ratio = np.divide(final, corrected, out=np.ones_like(final), where=sound)
    same = np.abs(ratio - 1.0) <= _SAME
    # a mended or a named forecast has another mean altogether: nothing of the own level is in it
    other = ~sound | (~same & (_foreign(forecast) | (forecast.fallback != "")))
    logs = np.where(other[:, None], 0.0, parts.logs)
    level = np.where(other, final, np.where(same, final / np.exp(logs.sum(axis=1)), parts.base))
    factors = {name: np.exp(logs[:, place]) for place, name in enumerate(FACTORS[: len(NAMES)])}
    group = np.where(other | same, 1.0, ratio)
    return {"level_per_day": level / buckets.DAYS_PER[forecast.state.freq], **factors, "group_factor": group}


def _foreign(forecast: Forecast) -> npt.NDArray[np.bool_]:
    """Which series have the means of a named forecaster."""
    state = forecast.state
    if state.path is None:
        return np.zeros(forecast.n, dtype=np.bool_)
    return np.ones(forecast.n, dtype=np.bool_) if state.place is None else state.place >= 0


def _course(forecast: Forecast, days: Floats, weights: Floats | None) -> dict[str, Any]:
    """By how much the interval is above or below as many average days: the season, and the trend on top of it."""
    span = np.asarray(days, dtype=np.float64)
    span = span[:, None] if span.ndim == 1 else span
    state = forecast.state
    share = np.ones(span.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    share = share / share.sum(axis=1, keepdims=True)
    flat, damped = state.course(*forecast.bounds(span))
    grown = np.maximum(flat + state.slope[:, None] * damped, 0.0)
    average, season, whole = (
        (share * each).sum(axis=1) for each in (span / buckets.DAYS_PER[state.freq], np.maximum(flat, 0.0), grown)
    )
    per_week = state.slope * 7.0 / buckets.DAYS_PER[state.freq]
    return {
        "season_factor": np.divide(season, average, out=np.ones_like(season), where=average > 0.0),
        "trend_factor": np.divide(whole, season, out=np.ones_like(season), where=season > 0.0),
        "trend_per_week": np.where(_foreign(forecast), 0.0, per_week),
    }


def _calibration(forecast: Forecast, parts: Parts, own: pd.DataFrame, service: Floats) -> dict[str, Any]:
    """At which stated level the wanted one is read, and how often COVERAGE held: for the class, for the series."""
    wanted = np.asarray(service, dtype=np.float64)
    levels = forecast.state.levels
    return {
        "stated_level": wanted if levels is None else levels.stated(wanted),
        "class_coverage": _figures(parts.choices, "coverage", parts.which),
        "class_cases": _figures(parts.choices, "cases", parts.which).astype(np.int64),
        "own_covered": own["covered"].fillna(0).to_numpy(dtype=np.int64),
        "own_cases": own["judged"].fillna(0).to_numpy(dtype=np.int64),
    }


def _column(choices: tuple[Any, ...], read: Any, which: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """What `read` finds in the choice of every row; empty text where there is no choice at all."""
    return np.asarray([read(choice) for choice in choices] or [""], dtype=object)[which]


def _figures(choices: tuple[Choice, ...], name: str, which: npt.NDArray[np.int64]) -> Floats:
    return np.asarray([getattr(choice, name) for choice in choices] or [0.0], dtype=np.float64)[which]


@dataclass(frozen=True, slots=True)
class Drivers:
    """What each driver brings to the mean of the interval, base units [n, D]; a row adds up to that mean."""

    names: tuple[str, ...]
    values: Floats


def by_driver(forecast: Forecast, effects: Effects, days: Floats, weights: Floats | None = None) -> Drivers:
    """Effects of trees on the interval of every row, where the means of `forecast` are the trees'.

    `effects` are those of the same rows (`bot.forecast.tree_effects.contributions`), for at least the longest interval.
    """
    span = np.asarray(days, dtype=np.float64)
    span = span[:, None] if span.ndim == 1 else span
    share = np.ones(span.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    share = share / share.sum(axis=1, keepdims=True)
    ends, begins = forecast.bounds(span)
    each = effects.values  # noqa: PD011 - an array, not a frame
    running = np.concatenate([np.zeros_like(each[:, :1]), np.cumsum(each, axis=1)], axis=1)
    sums = np.zeros((len(span), len(effects.drivers)))
    for length in range(span.shape[1]):
        sums += share[:, length, None] * (_at(running, ends[:, length]) - _at(running, begins[:, length]))
    return Drivers(effects.drivers, sums)


def _at(running: Floats, place: Floats) -> Floats:
    """Running sums [n, D] at fractional bucket positions [n]."""
    last = running.shape[1] - 1
    whole = np.clip(place.astype(np.int64), 0, last - 1)
    rows = np.arange(len(place))
    low, high = running[rows, whole], running[rows, whole + 1]
    return np.asarray(low + (place - whole)[:, None] * (high - low))


__all__ = ["COVERAGE", "FACTORS", "Drivers", "by_driver", "explained"]
