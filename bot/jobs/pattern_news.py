"""What is new about demand patterns since the last learning, in words that buyers can read.

It compares two tables of `bot.patterns.kept` and decides nothing about orders or forecasts.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bot.patterns import kept
from bot.patterns.demand import DemandPanel

TOLD_MOST = 50  # sentences about item-locations; the frame has all of them
APART = pd.Timedelta(days=28)  # a shift dated later than this is another one, not the same one dated anew
FRESH = pd.Timedelta(days=182)  # an older shift that is found today is no news, and shortens no usual memory
_LIVING = ("active", "fading")  # stages in which the pattern means something
_STAGES = ("fading", "dead")  # stages that are news when they begin or end


@dataclass(frozen=True, slots=True)
class PatternNews:
    """`frame` to keep, `counts` for the ledger, `sentences` for people, the most valuable item-locations first."""

    frame: pd.DataFrame
    counts: dict[str, int]
    sentences: tuple[str, ...]


def pattern_news(
    panel: DemandPanel, patterns: pd.DataFrame, worth: np.ndarray, as_of: date, before: pd.DataFrame
) -> PatternNews:
    """Compare what `classify` says on `as_of` with what was kept; the value at `worth` per base unit ranks."""
    now = kept.as_frame(patterns, panel.freq, as_of)
    old = kept.beside(kept.usable(before, panel.freq, as_of), now)
    known = old["item"].notna().to_numpy()
    changed = known & (now["pattern"] != old["pattern"]).to_numpy() & now["lifecycle"].isin(_LIVING).to_numpy()
    staged = known & (now["lifecycle"] != old["lifecycle"]).to_numpy()
    staged &= (now["lifecycle"].isin(_STAGES) | old["lifecycle"].isin(_STAGES)).to_numpy()
    shifted, told = _shifts(now, old, known)
    begun = pd.Timestamp(panel.starts[-1]) if panel.periods else pd.Timestamp(as_of)
    same = (now["pattern"] == old["pattern"]).to_numpy()
    frame = now.assign(since=old["since"].where(same | ~known, begun), shift_told_on=told)
    moved = known & ((now["abc"] != old["abc"]) | (now["xyz"] != old["xyz"])).to_numpy()
    counts = {
        "patterns_changed": int(changed.sum()), "levels_shifted": int(shifted.sum()),
        "lifecycles_changed": int(staged.sum()), "importance_changed": int(moved.sum()),
    }  # fmt: skip
    worthy = np.nan_to_num(worth) if bool((np.nan_to_num(worth) > 0.0).any()) else np.ones(len(now))
    value = worthy * patterns["volume"].to_numpy()
    rows = np.flatnonzero(changed | shifted | staged)
    rows = rows[np.argsort(-value[rows], kind="stable")]
    sentences = _sentences(frame, old, rows[:TOLD_MOST], changed, shifted, staged)
    if len(rows) > TOLD_MOST:
        sentences.append(f"{len(rows) - TOLD_MOST:,} more item-locations changed their pattern")
    return PatternNews(frame, counts, tuple(sentences))


def _shifts(now: pd.DataFrame, old: pd.DataFrame, known: np.ndarray) -> tuple[np.ndarray, pd.Series]:
    """Which rows have a shift that nobody was told of, and the newest one that people know of."""
    told = old["shift_told_on"]
    later = now["shifted"] & (told.isna() | (now["shifted_on"] > told + APART))
    fresh = now["shifted_on"] >= now["seen_on"] - FRESH
    return (later & fresh).to_numpy() & known, told.where(~later, now["shifted_on"]).astype("datetime64[s]")


def _sentences(
    now: pd.DataFrame,
    old: pd.DataFrame,
    rows: np.ndarray,
    changed: np.ndarray,
    shifted: np.ndarray,
    staged: np.ndarray,
) -> list[str]:
    """One sentence per row; there are at most TOLD_MOST."""
    sentences = []
    for row in rows:
        new, past = now.iloc[row], old.iloc[row]
        parts = []
        if changed[row]:
            parts.append(f"demand was {past['pattern']}, is {new['pattern']} since the week of {new['since']:%Y-%m-%d}")
        if shifted[row]:
            parts.append(_moved(float(new["shift_ratio"]), new["shifted_on"]))
        if staged[row]:
            parts.append(f"{past['lifecycle']} -> {new['lifecycle']}")
        sentences.append(f"item {new['item']}@{new['location']}: " + "; ".join(parts))
    return sentences


def _moved(ratio: float, day: pd.Timestamp) -> str:
    if not np.isfinite(ratio):
        return f"level rose from nothing since {day:%Y-%m-%d}: memory shortened"
    return f"level {'rose' if ratio > 1.0 else 'fell'} to {ratio:.0%} since {day:%Y-%m-%d}: memory shortened"
