"""A plan: what one planning cycle decided for one ERP, as data that is stored, explained and carried out.

It is frozen and knows no database; `plan_id` follows from its content alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from bot.orders.model import DraftOrder, PurchaseOrder


@dataclass(frozen=True, slots=True)
class Memory:
    """What the database remembers and the plan needs; frames as `bot.ports.Orders` gives them.

    `waiting` are drafts that a person has not decided yet, by the digest of their needs; `promises` the first ones
    that follow-up saw; `champions` and `items` the forecasts that learning chose for classes and for single series
    (`bot.forecast.champions`), empty = choose now; `patterns` the words that learning kept (`bot.patterns.kept`),
    which hold on while figures stay near a cut.
    """

    in_flight: pd.DataFrame
    sequences: pd.DataFrame
    rejections: pd.DataFrame
    revisions: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    waiting: Mapping[str, PurchaseOrder] = field(default_factory=dict)
    promises: pd.DataFrame = field(default_factory=pd.DataFrame)
    champions: pd.DataFrame = field(default_factory=pd.DataFrame)
    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    patterns: pd.DataFrame = field(default_factory=pd.DataFrame)

    @staticmethod
    def blank() -> "Memory":
        """A memory without orders, for planning on a folder."""

        def frame(*names: str) -> pd.DataFrame:
            return pd.DataFrame({name: pd.Series(dtype="object") for name in names}).astype(
                {name: "float64" for name in names if name in {"quantity", "sequence"}}
            )

        return Memory(
            frame("item", "location", "quantity", "need_date", "order_key", "erp_number"),
            frame("item", "location", "supplier", "bucket", "sequence"),
            frame("item", "location", "supplier", "quantity", "rejected_on", "actor", "reason"),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions (one row per planned item-location) and the orders drafted from them."""

    system: str
    as_of: date
    snapshot_id: str
    policy_id: str
    currency: str
    seed: int
    decisions: pd.DataFrame
    orders: tuple[DraftOrder, ...]
    notes: Mapping[str, object]

    @property
    def plan_id(self) -> str:
        """SHA-256 over snapshot, policy, seed and the content of every order."""
        content = {
            "form": "restock-plan-1",
            "snapshot": self.snapshot_id,
            "policy": self.policy_id,
            "seed": self.seed,
            "orders": [[draft.order.order_key, draft.order.content_hash, draft.verdict] for draft in self.orders],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
