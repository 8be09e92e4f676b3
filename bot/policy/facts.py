"""What `decide` needs to know besides policies: the figures of the lines and of the run, in one form.

It turns frames into plain arrays in which missing is NaN (or -1 for exact money); it judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.guards.measures import UNKNOWN, Minor, group_total
from bot.policy.model import Breaker
from bot.policy.resolve import APPROVE_ALL, FREE, HOLD, Resolved
from bot.policy.words import BreakerAction

FIGURES = (
    "quantity", "usual_quantity", "price", "last_price", "contract_price", "cover_days_after",
    "supplier_score_pct", "interval_mean", "recent_mean", "stock_age_hours", "stockout_risk",
)  # fmt: skip
FLAGS = ("supplier_blocked", "supplier_auto_order", "item_auto_order", "data_doubt", "new_item", "new_supplier")
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Figures of the run; money in minor units of the policy's currency, None = unknown (counts as exceeded).

    `spent_today_minor` and `spent_week_minor` are what the bot ordered alone today and in the last seven days
    (reserved included); `orders_sent` what this run sent alone so far. `watched` holds the figures that
    breakers watch, by name; one that is not there counts as exceeded, so a first run passes 0 for
    comparisons with the run before.
    """

    spent_today_minor: int | None = None
    spent_week_minor: int | None = None
    orders_sent: int | None = 0
    watched: Mapping[str, float] = field(default_factory=dict)

    def strength(self, breaker: Breaker) -> int:
        """What a breaker does now: 0 nothing, 1 a person approves (also when its figure is missing), 2 hold."""
        value = self.watched.get(str(breaker.watch))
        if value is None or np.isnan(value):
            return APPROVE_ALL
        if value <= float(breaker.above):
            return FREE
        return HOLD if breaker.then is BreakerAction.HOLD_ALL else APPROVE_ALL


def columns_of(lines: pd.DataFrame, resolved: Resolved, run: RunFacts) -> Columns:
    """All arrays that guards read, by name; a column that `lines` lacks is missing on every line."""
    if len(lines) != len(resolved.frame):
        raise ValueError(f"{len(lines)} lines, but policies were resolved for {len(resolved.frame)} rows")
    found: Columns = {name: _figure(lines, name) for name in (*FIGURES, *FLAGS)}
    found["amount_minor"] = _minor(lines, "amount_minor", UNKNOWN)
    found["order_group"] = lines["order_group"].to_numpy(dtype=np.int64)
    drafts = _minor(lines, "open_drafts_minor", np.int64(0))
    found["order_minor"] = group_total(found["amount_minor"], found["order_group"])
    found["order_with_drafts_minor"] = group_total(found["amount_minor"], found["order_group"], drafts)
    for name, column in resolved.frame.items():
        if not isinstance(column.dtype, pd.CategoricalDtype):
            found[str(name)] = column.to_numpy()
    found["freeze"] = resolved.freeze
    strengths = [run.strength(breaker) for breaker in resolved.policies.company.breakers]
    found["breaker"] = np.full(len(lines), max(strengths, default=FREE), dtype=np.int8)
    return found


def _figure(lines: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    if name not in lines:
        return np.full(len(lines), np.nan)
    return np.asarray(lines[name].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _minor(lines: pd.DataFrame, name: str, absent: np.int64) -> Minor:
    if name not in lines:
        return np.full(len(lines), absent, dtype=np.int64)
    return np.asarray(lines[name].astype("Int64").fillna(int(UNKNOWN)).to_numpy(dtype=np.int64), dtype=np.int64)
