"""Reads a big list of documents through a local copy: settled documents from there, the newer ones from the ERP.

It knows no vendor and keeps no files; every doubt about the copy ends in a whole reading, never in a guess.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import pandas as pd

from bot.errors import StopRun
from bot.ports_reading import Mirror, Mirrored

POSTED, ENTERED, KEY, DOCUMENT = "posted_on", "entered_on", "key", "document"
_DAY = r"\d{4}-\d{2}-\d{2}"


class Documents(Protocol):
    """A list whose documents are not changed once they are entered, as text columns.

    Every frame has the columns `key` (unique per row), `document` (rows that come and go together), `posted_on` and
    `entered_on` (ISO days) and others of its own.
    """

    @property
    def name(self) -> str:
        """Word for the list, also in findings."""

    def whole(self, start: date) -> pd.DataFrame:
        """Rows posted since `start`."""

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:
        """Rows entered since a day and posted since `start`; `known` are those of the copy."""

    def doubtful(self, old: pd.DataFrame, fresh: pd.DataFrame) -> "pd.Series[bool]":
        """Mark old rows that a fresh one may have changed all the same."""

    def again(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Read the documents of these rows once more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How far a copy is trusted: days read again before its cursor, days between whole readings (0 = no copy)."""

    overlap_days: int
    full_read_days: int
    form: str


def form_of(*parts: object) -> str:
    """Short name of everything that a copy depends on; another value makes the copy useless."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def read(documents: Documents, mirror: Mirror | None, terms: Terms, start: date, today: date) -> pd.DataFrame:
    """Rows posted since `start`, sorted by day and key: the same as a whole reading would give.

    Raises StopRun when a row comes twice.
    """
    usable = mirror if terms.full_read_days else None
    kept = usable.load(documents.name, terms.form) if usable else None
    rows = _renewed(documents, usable, terms, kept, start, today) if usable and kept else None
    whole_on = kept.whole_on if kept and rows is not None else today
    if rows is None:
        rows = _sorted(documents.whole(start))
        if rows[KEY].duplicated().any():
            twice = rows.loc[rows[KEY].duplicated(), KEY].iloc[0]
            raise StopRun(f"reading {documents.name}: document {twice} came twice", "run again")
    if usable:
        _save(usable, documents.name, terms.form, Mirrored(rows, start, today, whole_on))
    return rows


def _renewed(
    documents: Documents, mirror: Mirror, terms: Terms, kept: Mirrored, start: date, today: date
) -> pd.DataFrame | None:
    """Old rows and what was entered since the overlap began; None when only a whole reading is safe."""
    due = today - kept.whole_on >= timedelta(days=terms.full_read_days)
    if due or kept.start > start or not kept.whole_on <= kept.cursor <= today:
        return None
    edge = kept.cursor - timedelta(days=terms.overlap_days)
    known = kept.rows[~_before(kept.rows[POSTED], start)]
    old = known[known[ENTERED] < edge.isoformat()]
    fresh = documents.entered(edge, start, known)
    reason = _contradiction(known, fresh, edge, min(edge + timedelta(days=-(-terms.overlap_days // 2)), kept.cursor))
    if reason:
        mirror.tell(f"the local copy of {documents.name} does not fit any more ({reason}): the list is read whole")
        return None
    doubtful = documents.doubtful(old, fresh)
    if doubtful.any():
        again = documents.again(old[doubtful])
        again = again[~_before(again[POSTED], start)]
        old = old[~old[DOCUMENT].isin(set(old.loc[doubtful, DOCUMENT]))]
        fresh = pd.concat([again, fresh], ignore_index=True)
    rows = _sorted(pd.concat([old, fresh], ignore_index=True))
    if rows[KEY].duplicated().any():
        mirror.tell(
            f"the local copy of {documents.name} holds documents that were entered anew: the list is read whole"
        )
        return None
    return rows


def _contradiction(known: pd.DataFrame, fresh: pd.DataFrame, edge: date, settled: date) -> str:
    """What shows that the past of the ERP is another than when the copy was made; empty when nothing does.

    The first days of the overlap are long over: they must hold as many rows as the copy has of them.
    """
    if (fresh[ENTERED] < edge.isoformat()).any():
        return "older documents came than were asked for"
    counts = [_per_day(rows, edge, settled) for rows in (known, fresh)]
    for day in sorted({*counts[0].index, *counts[1].index}):
        before, now = (int(count.get(day, 0)) for count in counts)
        if before != now:
            return f"{now} rows were entered on {day}, the copy has {before}"
    return ""


def _per_day(rows: pd.DataFrame, first: date, end: date) -> "pd.Series[int]":
    days = rows[ENTERED]
    return days[(days >= first.isoformat()) & (days < end.isoformat())].value_counts()


def _before(days: "pd.Series[str]", start: date) -> "pd.Series[bool]":
    """Whether a day is known to lie before `start`; what is no day stays, so that it can be set aside."""
    return (days < start.isoformat()) & days.str.fullmatch(_DAY)


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values([POSTED, KEY], kind="stable", ignore_index=True)


def _save(mirror: Mirror, name: str, form: str, kept: Mirrored) -> None:
    """Keep the rows, unless a row has no readable day of entry: it could never be found again by one."""
    if kept.rows[ENTERED].str.fullmatch(_DAY).all():
        mirror.save(name, form, kept)
    else:
        mirror.tell(f"{name}: rows without a readable day of entry came, so the list is read whole every time")


def joined(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """One frame of text columns out of parts."""
    parts = [frame for frame in frames if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns}, dtype="str")
