"""Typed canonical frames from a few words, as a snapshot holds them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.tables.erp import TABLES

AS_OF = pd.Timestamp("2026-03-02")  # a Monday
ITEM = pd.CategoricalDtype(pd.Index(["bolt", "gear", "nut", *(f"i{n}" for n in range(40))], dtype="str"))
LOCATION = pd.CategoricalDtype(pd.Index(["L1", "L2"], dtype="str"))
SUPPLIER = pd.CategoricalDtype(pd.Index(["acme", "best", "core"], dtype="str"))
SHARED = {"item": ITEM, "location": LOCATION, "from_location": LOCATION, "supplier": SUPPLIER}
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared") / "contracts" / "inventory_examples.json"
needs_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason=f"no numeric examples at {EXAMPLES} (RESTOCK_REFERENCE)"
)


def example(name: str) -> dict[str, Any]:
    """One numeric anchor of the reference material."""
    examples: list[dict[str, Any]] = json.loads(EXAMPLES.read_text())["examples"]
    return next(each for each in examples if each["id"] == name)


def typed(table: str, *rows: Mapping[str, object]) -> pd.DataFrame:
    """A canonical table with all its columns; what a row does not name is the column's default, else missing."""
    columns = {}
    for column in TABLES[table].columns:
        blank = {"true": True, "false": False}.get(column.default, column.default or None)
        values = [row.get(column.name, blank) for row in rows]
        columns[column.name] = pd.Series(values, dtype="object").astype(_dtype(column.name, column.dtype))
    return pd.DataFrame(columns)


def _dtype(name: str, plain: object) -> Any:
    return SHARED.get(name, plain)


def pairs(*names: str) -> pd.DataFrame:
    """Planned item-locations from `bolt@L1` …"""
    split = [name.split("@") for name in names]
    return pd.DataFrame(
        {
            "item": pd.Series([item for item, _ in split]).astype(ITEM),
            "location": pd.Series([location for _, location in split]).astype(LOCATION),
        }
    )


def receipt(ref: str, ordered: str, promised: str | None, received: str | None, **more: object) -> dict[str, object]:
    """One receipt of 100 ordered and 100 received from acme, unless told otherwise."""
    row: dict[str, object] = {
        "order_ref": ref, "line": "10", "item": "bolt", "location": "L1", "supplier": "acme", "ordered_on": ordered,
        "promised_on": promised, "received_on": received, "quantity_ordered": 100.0, "quantity_received": 100.0,
    }  # fmt: skip
    return row | more


def open_line(ref: str, ordered: str | None, promised: str | None, **more: object) -> dict[str, object]:
    """One open purchase line of 100 from acme with all of it to come, unless told otherwise."""
    row: dict[str, object] = {
        "order_ref": ref, "line": "10", "item": "bolt", "location": "L1", "supplier": "acme", "ordered_on": ordered,
        "promised_on": promised, "quantity_ordered": 100.0, "quantity_open": 100.0,
    }  # fmt: skip
    return row | more
