"""The guards that hit each line, in words: what was found, what the limit is, where the limit is written.

It explains what `decide` found and decides nothing again.
"""

import math
from collections.abc import Iterable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.guards.measures import NO_LIMIT, UNKNOWN
from bot.guards.table import BITS, GUARDS, Guard
from bot.policy.bundle import COMPANY
from bot.policy.facts import Columns, RunFacts, columns_of
from bot.policy.keys import LIMIT_KEYS
from bot.policy.resolve import APPROVE_ALL, HOLD, Resolved
from bot.policy.rows import Places
from bot.policy.values import MoneyLimit, amount_text


class Hit(NamedTuple):
    """One guard on one line."""

    guard: str
    found: str
    limit: str
    source: str


def hits_of(decided: pd.DataFrame, resolved: Resolved, run: RunFacts) -> list[tuple[Hit, ...]]:
    """For each line of a frame made by `decide`, the guards that hit it; empty for lines without."""
    columns = columns_of(decided, resolved, run)
    masks = decided["guards"].to_numpy(dtype=np.int64)
    found: list[list[Hit]] = [[] for _ in range(len(masks))]
    for name, guard in GUARDS.items():
        rows = np.flatnonzero(masks >> BITS[name] & 1)
        for row, hit in zip(rows.tolist(), _hits(guard, rows, columns, resolved, run), strict=True):
            found[row].append(hit)
    return [tuple(hits) for hits in found]


def _hits(guard: Guard, rows: Places, columns: Columns, resolved: Resolved, run: RunFacts) -> Iterable[Hit]:
    """One guard on the rows that it hit; figures are computed once and each distinct one is worded once."""
    if not len(rows):
        return ()
    if guard.name.startswith("freeze"):
        return _frozen(guard.name, rows, resolved)
    if guard.name.startswith("breaker"):
        return [_breaker_hit(guard.name, resolved, run)] * len(rows)
    currency, blank = resolved.policies.currency, [""] * len(rows)
    found = _texts(guard.figure(columns)[rows], guard.unit, currency) if guard.figure else blank
    limits, sources = blank, blank
    if guard.limit in columns:
        limits = _texts(columns[guard.limit][rows], guard.unit, currency)
        sources = _places(guard.limit, rows, resolved)
    elif guard.limit in LIMIT_KEYS:
        cap = getattr(resolved.policies.company.limits, guard.limit)
        limits = [amount_text(cap.minor, cap.currency) if isinstance(cap, MoneyLimit) else str(cap)] * len(rows)
        sources = [_source(resolved, COMPANY, f"limits.{guard.limit}")] * len(rows)
    return map(Hit, repeat(guard.name), found, limits, sources)


def _frozen(name: str, rows: Places, resolved: Resolved) -> list[Hit]:
    known = [
        Hit(name, freeze.id, f"until {freeze.until}", _source(resolved, freeze.id))
        for freeze in resolved.policies.freezes
    ]
    return [known[position] for position in resolved.freeze_by[rows].tolist()]


def _breaker_hit(name: str, resolved: Resolved, run: RunFacts) -> Hit:
    wanted = HOLD if name.endswith("hold") else APPROVE_ALL
    breakers = resolved.policies.company.breakers
    position = next(number for number, each in enumerate(breakers) if run.strength(each) == wanted)
    breaker = breakers[position]
    value = run.watched.get(str(breaker.watch))
    found = f"{breaker.watch} {'unknown' if value is None else _plain(value)}"
    return Hit(name, found, f"above {breaker.above}", _source(resolved, COMPANY, f"breakers.{position}"))


def _places(key: str, rows: Places, resolved: Resolved) -> list[str]:
    """Where the limit of each row is written; rows whose limit has the same source share the answer."""
    _, first, codes = np.unique(resolved.winners[key][rows], return_index=True, return_inverse=True)
    known = [str(resolved.place(int(rows[row]), key) or "built in") for row in first]
    return [known[code] for code in codes.tolist()]


def _source(resolved: Resolved, owner: str, pointer: str = "") -> str:
    return str(resolved.policies.place(owner, pointer) or "")


def _texts(values: npt.NDArray[Any], unit: str, currency: str) -> list[str]:
    distinct, codes = np.unique(values, return_inverse=True)
    words = [_text(value, unit, currency) for value in distinct.tolist()]
    return [words[code] for code in codes.tolist()]


def _text(value: float, unit: str, currency: str) -> str:
    if unit == "money":
        if value == NO_LIMIT:
            return "not set"
        return "unknown" if value == UNKNOWN else amount_text(int(value), currency)
    if math.isnan(value):
        return "unknown"
    return f"{_plain(value)} {unit}" if unit else ("yes" if value else "no")


def _plain(value: float) -> str:
    """At most four significant figures, never with an exponent."""
    if math.isinf(value):
        return "endless"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 0.001 or not value else f"{value:.6f}"
