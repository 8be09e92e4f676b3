"""What was said about every series as a table, so that the words of one day hold on to those of the days before.

It classifies nothing; words about another bucket length, from the future, or grown old, are never taken up.
"""

from datetime import date

import numpy as np
import pandas as pd

from bot.patterns.hysteresis import places

OLDEST_DAYS = 35  # as for champions: after a month without learning the cuts alone decide
_SAID = {"pattern": "str", "abc": "str", "xyz": "str", "lifecycle": "str", "shifted": "bool"}
_SHIFT = {"shifted_on": "datetime64[s]", "shift_ratio": "float64", "memory_days": "float64"}
_TYPES = {
    "item": "str", "location": "str", "freq": "str", "seen_on": "datetime64[s]", **_SAID, **_SHIFT,
    "since": "datetime64[s]", "shift_told_on": "datetime64[s]",
}  # fmt: skip
HELD = ("item", "location", "freq", "seen_on", *_SAID, *_SHIFT)  # what the next plan needs of it


def as_frame(patterns: pd.DataFrame, freq: str, seen_on: date) -> pd.DataFrame:
    """One row per series: the words of `classify`, the bucket length and the day they were said.

    `since` is the first bucket of the pattern and `shift_told_on` the newest shift that people know of, both NaT here.
    """
    known = patterns[["item", "location", *_SAID, *_SHIFT]].reset_index(drop=True)
    never = np.full(len(known), np.datetime64("NaT"), dtype="datetime64[s]")
    dated = known.assign(freq=freq, seen_on=pd.Timestamp(seen_on), since=never, shift_told_on=never)
    return dated[list(_TYPES)].astype(_TYPES)


def blank() -> pd.DataFrame:
    """The table without a row."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _TYPES.items()})


def usable(frame: pd.DataFrame, freq: str, as_of: date, oldest_days: int = OLDEST_DAYS) -> pd.DataFrame:
    """The rows about buckets of `freq` that were said on `as_of` or at most `oldest_days` before."""
    if frame.empty:
        return blank()
    age = (pd.Timestamp(as_of) - frame["seen_on"]).dt.days
    kept: pd.DataFrame = frame[(frame["freq"] == freq) & (age >= 0) & (age <= oldest_days)]
    return kept


def as_said_today(patterns: pd.DataFrame, frame: pd.DataFrame, freq: str, as_of: date) -> pd.DataFrame:
    """The frame of `classify` with what was said on `as_of` already: said twice on a day, words must not drift."""
    today = usable(frame, freq, as_of, 0)
    if today.empty:
        return patterns
    old = beside(today, patterns)
    known = old["item"].notna().to_numpy()
    out = patterns.copy()
    for name in (*_SAID, *_SHIFT):
        mixed = np.where(known, old[name].to_numpy(dtype=object), patterns[name].to_numpy(dtype=object))
        out[name] = pd.Series(mixed, index=out.index).astype(patterns[name].dtype)
    return out


def beside(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The rows of `before` in the order of the item-locations of `now`; missing where nothing was said."""
    place = places(before, now)
    return before.reset_index(drop=True).reindex(np.where(place >= 0, place, -1)).reset_index(drop=True)
