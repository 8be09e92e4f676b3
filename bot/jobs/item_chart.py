"""The chart of one item-location that a plan did not draw, made again from what the plan was made from.

It decides nothing and stores nothing; only the one row's figures leave it.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from bot.forecast.broadcast import Broadcast
from bot.jobs.basis import basis
from bot.jobs.charts import chart_texts
from bot.jobs.forecasting import forecast_of
from bot.orders.plan import Memory
from bot.policy.bundle import PolicySet
from bot.ports import Planning
from bot.snapshot.dataset import Snapshot

_USED = ("champions", "items", "promises", "patterns")


def memory_of(frames: Mapping[str, pd.DataFrame]) -> Memory:
    """What a stored plan knew of learning and follow-up; orders of our own play no part in a forecast."""
    none = pd.DataFrame()
    champions, items, promises, patterns = (frames.get(name, none) for name in _USED)
    return replace(Memory.blank(), champions=champions, items=items, promises=promises, patterns=patterns)


def item_chart(
    snapshot: Snapshot,
    policies: PolicySet,
    memory: Memory,
    planning: Planning,
    pair: tuple[str, str],
    broadcast: Broadcast | None = None,
) -> str:
    """The chart's JSON text for item and location, empty where they are not planned."""
    policies = replace(policies, currency=policies.currency or planning.currency)
    base = basis(snapshot, policies, memory, planning)
    keys = base.rows[["item", "location"]].astype("str")
    rows = np.flatnonzero((keys["item"] == pair[0]) & (keys["location"] == pair[1]))
    if not len(rows):
        return ""
    forecast = forecast_of(base, memory, snapshot.as_of, planning.seed, broadcast)
    return str(chart_texts(base.panel, base.patterns, forecast, base.interval.mean, rows[:1])[0])
