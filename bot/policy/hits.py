"""The guards that hit one line, in words: what was found, what the limit is, where the limit is written.

It explains what `decide` found and decides nothing again.
"""

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bot.guards.measures import NO_LIMIT, UNKNOWN
from bot.guards.table import GUARDS, Guard, guard_names
from bot.policy.bundle import COMPANY
from bot.policy.facts import Columns, RunFacts, columns_of
from bot.policy.keys import LIMIT_KEYS
from bot.policy.resolve import APPROVE_ALL, HOLD, Resolved
from bot.tables.currency import minor_digits


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
    return [tuple(_hit(GUARDS[name], row, columns, resolved, run) for name in guard_names(int(mask)))
            for row, mask in enumerate(masks)]  # fmt: skip


def _hit(guard: Guard, row: int, columns: Columns, resolved: Resolved, run: RunFacts) -> Hit:
    if guard.name.startswith("freeze"):
        freeze = resolved.policies.freezes[int(resolved.freeze_by[row])]
        return Hit(guard.name, freeze.id, f"until {freeze.until}", _source(resolved, freeze.id))
    if guard.name.startswith("breaker"):
        return _breaker_hit(guard.name, resolved, run)
    currency = resolved.policies.currency
    found = _text(guard.figure(columns)[row], guard.unit, currency) if guard.figure else ""
    if guard.limit in columns:
        place = resolved.place(row, guard.limit)
        return Hit(guard.name, found, _text(columns[guard.limit][row], guard.unit, currency), str(place or "built in"))
    if guard.limit in LIMIT_KEYS:
        cap = getattr(resolved.policies.company.limits, guard.limit)
        return Hit(guard.name, found, str(cap), _source(resolved, COMPANY, f"limits.{guard.limit}"))
    return Hit(guard.name, found, "", "")


def _breaker_hit(name: str, resolved: Resolved, run: RunFacts) -> Hit:
    wanted = HOLD if name.endswith("hold") else APPROVE_ALL
    breaker = next(each for each in resolved.policies.company.breakers if run.strength(each) == wanted)
    value = run.watched.get(str(breaker.watch))
    found = f"{breaker.watch} {'unknown' if value is None else _plain(value)}"
    return Hit(name, found, f"above {breaker.above}", _source(resolved, COMPANY, "breakers"))


def _source(resolved: Resolved, owner: str, pointer: str = "") -> str:
    return str(resolved.policies.place(owner, pointer) or "")


def _text(value: Any, unit: str, currency: str) -> str:
    if unit == "money":
        if value == NO_LIMIT:
            return "not set"
        return "unknown" if value == UNKNOWN else f"{Decimal(int(value)).scaleb(-minor_digits(currency))} {currency}"
    if np.isnan(value):
        return "unknown"
    return f"{_plain(float(value))} {unit}".strip() if unit else ("yes" if value else "no")


def _plain(value: float) -> str:
    """At most four significant figures, never with an exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
