"""Whether a snapshot as a whole may be ordered on: OK, DEGRADED or UNUSABLE, with the findings.

Single bad rows are quarantined elsewhere; here the whole is judged, against itself and the last run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

JUDGED = ("items", "locations", "stock", "demand", "sourcing", "open_orders")
UNUSABLE_SHARE = 0.20
DEGRADED_SHARE = 0.02
FEWEST_ROWS = 20  # below it a share says nothing: one bad row of three is not a broken extract
SHRUNK_TO = 0.80  # facts/reliability: row count below 80 % of the last run stops the run
STALE_DAYS = 7


class Grade(StrEnum):
    """OK, DEGRADED (shown, ordering goes on) or UNUSABLE (nothing is ordered)."""

    OK = "ok"
    DEGRADED = "degraded"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Health:
    """The grade and the findings that led to it, worst first, in words for an operator."""

    grade: Grade
    findings: tuple[str, ...] = ()


def judge(
    rows: Mapping[str, int],
    received: Mapping[str, int],
    aside: Mapping[str, int],
    *,
    needed: tuple[str, ...],
    counted_on: pd.Series | None,
    as_of: date,
    before: Mapping[str, int] | None = None,
) -> Health:
    """Judge a snapshot by rows kept, received and set aside per table, stock age and the last run's counts."""
    found = [
        *_empty(rows, needed),
        *_quarantined(received, aside),
        *_shrunk(received, before or {}),
        *_stale(counted_on, as_of),
    ]
    worst = max((grade for grade, _ in found), key=list(Grade).index, default=Grade.OK)
    ranked = sorted(found, key=lambda finding: -list(Grade).index(finding[0]))
    return Health(worst, tuple(f"{grade}: {text}" for grade, text in ranked))


def _empty(rows: Mapping[str, int], needed: tuple[str, ...]) -> list[tuple[Grade, str]]:
    return [
        (Grade.UNUSABLE, f"table {name} has no usable row; look at the extract of that table")
        for name in needed
        if not rows.get(name, 0)
    ]


def _quarantined(received: Mapping[str, int], aside: Mapping[str, int]) -> list[tuple[Grade, str]]:
    found = []
    for name in JUDGED:
        total, bad = received.get(name, 0), aside.get(name, 0)
        share = bad / total if total else 0.0
        if bad >= FEWEST_ROWS and share > UNUSABLE_SHARE:
            found.append((Grade.UNUSABLE, f"{share:.0%} of {name} was set aside ({bad:,} of {total:,} rows)"))
        elif bad >= FEWEST_ROWS and share > DEGRADED_SHARE:
            found.append((Grade.DEGRADED, f"{share:.1%} of {name} was set aside ({bad:,} of {total:,} rows)"))
    return found


def _shrunk(received: Mapping[str, int], before: Mapping[str, int]) -> list[tuple[Grade, str]]:
    return [
        (Grade.UNUSABLE, f"{name} shrank from {before[name]:,} to {received.get(name, 0):,} rows since the last run")
        for name in JUDGED
        if before.get(name, 0) >= FEWEST_ROWS and received.get(name, 0) < SHRUNK_TO * before[name]
    ]


def _stale(counted_on: pd.Series | None, as_of: date) -> list[tuple[Grade, str]]:
    if counted_on is None or counted_on.isna().all():
        return []
    today = np.datetime64(as_of, "s")
    # a row that names no day holds today; the median forgives single old rows
    ages = today - counted_on.fillna(pd.Timestamp(today)).to_numpy().astype("datetime64[s]")
    age = int(np.median(ages.astype("int64"))) // 86_400
    if age > STALE_DAYS:
        return [(Grade.UNUSABLE, f"stock figures are {age} days old; pull them again before ordering")]
    return [(Grade.DEGRADED, f"stock figures are {age} days old")] if age > 1 else []
