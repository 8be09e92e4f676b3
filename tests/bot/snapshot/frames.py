"""Small raw tables for tests, and the snapshot made from them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from bot.snapshot.dataset import Snapshot, build
from bot.tables.erp import NEEDED_TO_PLAN

AS_OF = date(2026, 3, 2)


def frame(header: str, *rows: str) -> pd.DataFrame:
    """A raw frame of text cells: `frame("item unit", "007 EA")`; a dot stands for an empty cell."""
    names = header.split()
    cells = [[None if cell == "." else cell for cell in row.split()] for row in rows]
    return pd.DataFrame(cells, columns=names, dtype="object")


def company(**tables: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Two items at one location with a supplier; named tables replace or join the five needed ones."""
    return {
        "items": frame("item unit", "007 EA", "008 EA"),
        "locations": frame("location", "L1"),
        "stock": frame("item location on_hand", "007 L1 5", "008 L1 0"),
        "demand": frame("item location date quantity", "007 L1 2026-02-01 3", "008 L1 2026-02-01 1"),
        "sourcing": frame(
            "item location supplier price currency lead_time_days", "007 L1 S1 2.5 EUR 7", "008 L1 S1 1 EUR 7"
        ),
        **tables,
    }


def snapshot(raw: Mapping[str, pd.DataFrame] | None = None, **options: Any) -> Snapshot:
    """The snapshot of a company on AS_OF, in EUR."""
    asked = {"system": "files", "as_of": AS_OF, "currency": "EUR", "needed": NEEDED_TO_PLAN, **options}
    return build(company() if raw is None else raw, **asked)


def pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Item-locations as text, in order."""
    return list(zip(rows["item"].astype(str), rows["location"].astype(str), strict=True))


def aside(quarantine: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Chosen columns of the quarantine as tuples."""
    return list(quarantine[list(columns)].itertuples(index=False, name=None))
