"""Puts the company's stock movements into the state of the Fusion-like server: issues, returns, receipts.

Every figure stands in the canonical demand and receipts, but for a few counts and moves between subinventories.
"""

import sqlite3
from collections.abc import Iterable

import pandas as pd

from connectors.sandbox.fusion_state import identifier
from connectors.sandbox.fusion_world import World, stamp, uom_name


def load_transactions(connection: sqlite3.Connection, world: World, headers: dict[str, int]) -> None:
    """Write stock movements in the order of their days: issues negative, receipts and returns positive."""
    frame = pd.concat([_issues(world), _arrivals(world, headers)], ignore_index=True)
    if frame.empty:
        return
    frame = frame.sort_values("day", kind="stable").reset_index(drop=True)
    days = frame["day"].map({day: stamp(day) for day in frame["day"].unique()})
    items, places = frame["item"], frame["location"]
    units = items.map(world.units)
    quantities = frame["quantity"].astype(object).where(frame["quantity"].notna(), None)
    ids = [identifier(20, index + 1) for index in range(len(frame))]
    columns: dict[str, Iterable[object]] = {
        "TransactionId": ids, "OrganizationId": places.map(world.organizations), "Organization": places,
        "InventoryItemId": items.map(world.items), "Item": items, "ItemDescription": items.map(world.descriptions),
        "SubinventoryCode": ["Stores"] * len(frame), "TransactionDate": days, "TransactionType": frame["type"],
        "TransactionSourceType": frame["source"], "SourceReference": frame["reference"],
        "TransactionQuantity": quantities, "Quantity": quantities,
        "TransactionUOM": units.map(uom_name, na_action="ignore"),
        "TransactionUOMCode": units, "PrimaryUOMCode": units, "PurchaseOrderHeaderId": frame["header"],
        "key_": map(str, ids),
    }  # fmt: skip
    names = list(columns)
    marks = ", ".join("?" * len(names))
    sql = f'INSERT INTO "inventoryCompletedTransactions" ({", ".join(names)}) VALUES ({marks})'  # noqa: S608 - fixed names
    lists = [[None if cell is pd.NA or cell != cell else cell for cell in column] for column in columns.values()]  # noqa: PLR0124 - NaN
    connection.executemany(sql, zip(*lists, strict=True))


_KINDS = {
    "sale": ("Sales Order Issue", "Sales order", -1.0),
    "issue": ("Miscellaneous issue", "Account", -1.0),
    "transfer": ("Transfer Order Issue", "Transfer order", -1.0),
    "one_off": ("Account Alias Issue", "Account alias", -1.0),
    "return": ("RMA Receipt", "RMA", 1.0),
}
_COLUMNS = ("item", "location", "day", "quantity", "type", "source", "reference", "header")


def _issues(world: World) -> pd.DataFrame:
    frame = world.frames["demand"]
    if frame.empty:
        return pd.DataFrame(columns=list(_COLUMNS))
    frame = frame[frame["quantity"] != 0].copy()
    kind = frame["kind"].astype(object).fillna("sale") if "kind" in frame else pd.Series("sale", frame.index)
    frame["type"] = kind.map({name: words[0] for name, words in _KINDS.items()})
    frame["source"] = kind.map({name: words[1] for name, words in _KINDS.items()})
    frame["quantity"] = frame["quantity"] * kind.map({name: words[2] for name, words in _KINDS.items()})
    frame["day"], frame["reference"], frame["header"] = frame["date"], None, None
    own = frame[list(_COLUMNS)]
    return pd.concat([own, *_housekeeping(own)], ignore_index=True)


def _housekeeping(issues: pd.DataFrame) -> list[pd.DataFrame]:
    """A few counts and moves between subinventories: movements that are not demand."""
    some = issues.iloc[::1500]
    counted = some.assign(quantity=-1.0, type="Cycle Count Adjustment", source="Cycle count")
    out = some.assign(quantity=-2.0, type="Subinventory Transfer", source="Inventory")
    return [counted, out, out.assign(quantity=2.0)]


def _arrivals(world: World, headers: dict[str, int]) -> pd.DataFrame:
    frame = world.frames["receipts"]
    if frame.empty:
        return pd.DataFrame(columns=list(_COLUMNS))
    frame = frame[frame["received_on"].notna()]
    came = pd.DataFrame(
        {
            "item": frame["item"], "location": frame["location"], "day": frame["received_on"],
            "quantity": frame["quantity_received"], "type": "Purchase Order Receipt", "source": "Purchase order",
            "reference": frame["order_ref"], "header": frame["order_ref"].map(headers),
        }
    )  # fmt: skip
    if "quantity_rejected" not in frame:
        return came
    rejected = frame["quantity_rejected"].fillna(0.0)
    back = came[rejected > 0].assign(quantity=-rejected[rejected > 0], type="Return to Supplier")
    return pd.concat([came, back], ignore_index=True)
