"""Calendar buckets: days, weeks and months as arrays of first days, and where a day lies in them.

It knows nothing about demand; a bucket is always named by its first day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

Freq = Literal["D", "W", "M"]
Days = npt.NDArray[np.datetime64]
DAYS_PER: dict[str, float] = {"D": 1.0, "W": 7.0, "M": 365.25 / 12.0}
_MONDAY = np.datetime64("1970-01-05", "D")


def infer_freq(dates: Days) -> Freq:
    """Tell the bucket from the distinct first days: all on day 1 → M, all one weekday → W, else D."""
    days = np.unique(dates.astype("datetime64[D]"))
    if len(days) < 2:
        return "D"
    if bool(np.all(days == days.astype("datetime64[M]").astype("datetime64[D]"))):
        return "M"
    gaps = np.diff(days).astype(np.int64)
    return "W" if bool(np.all(gaps % 7 == 0)) else "D"


def week_anchor(dates: Days) -> np.datetime64:
    """A day on which weeks start: the history's weekday when it has only one, else Monday."""
    days = np.unique(dates.astype("datetime64[D]"))
    if len(days) >= 2 and bool(np.all(np.diff(days).astype(np.int64) % 7 == 0)):
        return np.datetime64(days[0], "D")
    return _MONDAY


def ordinal(dates: Days, freq: str, anchor: np.datetime64 = _MONDAY) -> npt.NDArray[np.int64]:
    """Number of the bucket that holds each day, counted from a fixed origin."""
    days = dates.astype("datetime64[D]")
    if freq == "M":
        return days.astype("datetime64[M]").astype(np.int64)
    shift = (days - anchor).astype(np.int64)
    return shift // 7 if freq == "W" else shift


def first_days(ordinals: npt.NDArray[np.int64], freq: str, anchor: np.datetime64 = _MONDAY) -> Days:
    """First day of each bucket number; the inverse of `ordinal`."""
    if freq == "M":
        return ordinals.astype("datetime64[M]").astype("datetime64[D]")
    step = 7 if freq == "W" else 1
    return anchor + ordinals * step


def bucket_range(start: np.datetime64, periods: int, freq: str) -> Days:
    """First days of `periods` buckets, the first one starting on `start`."""
    steps = np.arange(periods, dtype=np.int64)
    if freq == "M":
        return np.asarray(start.astype("datetime64[M]") + steps).astype("datetime64[D]")
    return np.asarray(start.astype("datetime64[D]") + steps * (7 if freq == "W" else 1))


def season_phase(starts: Days, freq: str) -> npt.NDArray[np.int64]:
    """Place in the year of each bucket: month 0..11 for M, else week 0..52 counted from 1 January."""
    days = starts.astype("datetime64[D]")
    if freq == "M":
        return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)
    middle = days + (3 if freq == "W" else 0)
    since = (middle - middle.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return np.asarray(np.minimum(since // 7, 52))


def weekday(starts: Days) -> npt.NDArray[np.int64]:
    """ISO weekday minus one (Monday = 0) of each day."""
    return np.asarray((starts.astype("datetime64[D]") - _MONDAY).astype(np.int64) % 7)


def as_day(day: date | np.datetime64) -> np.datetime64:
    """Turn a date into a numpy day."""
    return np.datetime64(
        np.datetime_as_string(day, unit="D") if isinstance(day, np.datetime64) else day.isoformat()[:10]
    )


def positions(
    days: npt.NDArray[np.float64], start: np.datetime64, as_of: np.datetime64, freq: str
) -> npt.NDArray[np.float64]:
    """Where `as_of` + `days` lies, in buckets after `start` (fractions = uniform inside a bucket)."""
    offset = float((as_of - start).astype(np.int64))
    ahead = np.asarray(days, dtype=np.float64) + offset
    if freq != "M":
        return ahead / DAYS_PER[freq]
    edges = (bucket_range(start, int(np.max(ahead, initial=0.0) // 28) + 3, "M") - start).astype(np.float64)
    return np.interp(ahead, edges, np.arange(len(edges), dtype=np.float64))


__all__: Sequence[str] = [
    "DAYS_PER",
    "Days",
    "Freq",
    "as_day",
    "bucket_range",
    "first_days",
    "infer_freq",
    "ordinal",
    "positions",
    "season_phase",
    "week_anchor",
    "weekday",
]
