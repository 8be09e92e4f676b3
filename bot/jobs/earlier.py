"""The plan before this one, and what came in since: the columns by which people are told what changed.

It compares and explains nothing away; without an earlier plan the columns are empty.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from bot.errors import NeedsAdmin
from bot.jobs.gate import last_plan
from bot.patterns.demand import DemandPanel
from bot.ports import App

OLDEST_DAYS = 7  # what an older plan expected is no news any more
FREQ = "freq"  # key of a plan's notes: the length of the buckets that its history had
FRAMES = "plan_frames"  # key of a plan's report: its stored frames
_FIGURES = {"mean_before": "interval_mean", "days_before": "interval_days", "service_before": "service_level"}
_WORDS = {"forecaster_before": "forecaster", "pattern_before": "pattern", "lifecycle_before": "lifecycle"}
_KEYS = ["item", "location"]
_NEEDED = {*_KEYS, *_FIGURES.values(), *_WORDS.values(), "bucket_mean"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """Decisions of an earlier plan as stored under `ref`, its day, and the length of its buckets; '' and empty = none.

    They are an input of the plan: `ref` stands in its notes.
    """

    ref: str = ""
    as_of: date = date.min
    freq: str = ""
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)


NO_EARLIER = Earlier()


def earlier_plan(app: App, system: str, as_of: date) -> Earlier:
    """The newest good plan of a day before `as_of`; none where its files are lost or an earlier version's."""
    report = last_plan(app.runs, system, as_of - timedelta(days=OLDEST_DAYS), as_of - timedelta(days=1))
    ref = str(report.get(FRAMES, ""))
    if not ref:
        return NO_EARLIER
    try:
        decisions, meta = app.files.frames("plan", ref)["decisions"], app.files.meta("plan", ref)
    except NeedsAdmin:
        return NO_EARLIER
    notes = meta.get("notes")
    freq = str(notes.get(FREQ, "")) if isinstance(notes, dict) else ""
    if not set(decisions.columns) >= _NEEDED or not freq:
        return NO_EARLIER
    return Earlier(ref, date.fromisoformat(str(meta["as_of"])), freq, decisions[sorted(_NEEDED)])


def since(earlier: Earlier, panel: DemandPanel) -> dict[str, Any]:
    """Columns of `bot.tables.plan.EXPLANATION` from `before_on` on, in the row order of `panel`."""
    found = _beside(earlier.decisions, panel.keys)
    known = found["interval_mean"].notna().to_numpy(dtype=bool)
    day = np.datetime64(earlier.as_of, "s") if earlier.ref else np.datetime64("NaT", "s")
    return {
        "before_on": np.where(known, day, np.datetime64("NaT", "s")),
        **{name: found[column].to_numpy(dtype=np.float64, na_value=np.nan) for name, column in _FIGURES.items()},
        **{name: found[column].fillna("").astype("str").to_numpy(dtype=object) for name, column in _WORDS.items()},
        **_news(earlier, panel, found),
    }


def _beside(decisions: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The earlier decisions in the row order of `keys`, missing where there was none."""
    if decisions.empty:
        return pd.DataFrame({name: np.full(len(keys), np.nan) for name in _NEEDED})
    place = pd.MultiIndex.from_frame(decisions[_KEYS].astype("str")).get_indexer(
        pd.MultiIndex.from_frame(keys[_KEYS].astype("str"))
    )
    found: pd.DataFrame = decisions.reset_index(drop=True).reindex(place).reset_index(drop=True)
    return found


def _news(earlier: Earlier, panel: DemandPanel, found: pd.DataFrame) -> dict[str, Any]:
    """The buckets that ended since: what they brought against what was expected of them."""
    began = _first_new(earlier, panel)
    new = panel.values[:, began:].astype(np.float64)  # noqa: PD011 - a matrix, not a frame
    known = ~np.isnan(new)
    came = found["interval_mean"].notna().to_numpy(dtype=bool) & known.any(axis=1)
    quantity = np.where(came, np.where(known, new, 0.0).sum(axis=1), np.nan)
    one = found["bucket_mean"].to_numpy(dtype=np.float64, na_value=np.nan)
    days = np.maximum(found["interval_days"].to_numpy(dtype=np.float64, na_value=np.nan), 1e-9)
    rate = found["interval_mean"].to_numpy(dtype=np.float64, na_value=np.nan) / days * panel.bucket_days
    count = known.sum(axis=1)
    expected = np.where(count == 1, one, rate * count) if new.shape[1] == 1 else rate * count
    first = panel.starts[began].astype("datetime64[s]") if new.shape[1] else np.datetime64("NaT", "s")
    return {
        "last_bucket": np.where(came, first, np.datetime64("NaT", "s")),
        "last_buckets": np.where(came, count, 0).astype(np.int64),
        "last_quantity": quantity,
        "last_expected": np.where(came, expected, np.nan),
        "last_peak": np.where(came & (count == 1), _peak(panel), 0).astype(np.int64),
    }


def _first_new(earlier: Earlier, panel: DemandPanel) -> int:
    """Index of the bucket that the earlier plan's day lies in; T where nothing ended since or buckets differ."""
    if earlier.freq != panel.freq or not panel.periods:
        return panel.periods
    day = np.datetime64(earlier.as_of, "D")
    place = int(np.searchsorted(panel.starts.astype("datetime64[D]"), day, side="right")) - 1
    inside = place < panel.periods - 1 or day < panel.next_start.astype("datetime64[D]")
    return max(place, 0) if inside else panel.periods


def _peak(panel: DemandPanel) -> np.ndarray:
    """How many known buckets right before the last one were all smaller, [n]; 0 where the last is unknown or zero."""
    values = panel.values  # noqa: PD011 - a matrix, not a frame
    if panel.periods < 2:
        return np.zeros(panel.n, dtype=np.int64)
    last, past = values[:, -1:], values[:, :-1]
    reached = past >= last  # an unknown bucket is neither
    since_then = np.where(reached.any(axis=1), np.argmax(reached[:, ::-1], axis=1), past.shape[1])
    inside = np.arange(past.shape[1]) >= past.shape[1] - since_then[:, None]
    count = (inside & ~np.isnan(past)).sum(axis=1)
    return np.where(last[:, 0] > 0.0, count, 0)
