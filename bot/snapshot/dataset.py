"""The snapshot: checked, immutable tables of one ERP on one day, with one category list per key.

It is built once per run and never changed; planning reads nothing else about the ERP.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bot.snapshot import quarantine as aside
from bot.snapshot.checks import Health, judge
from bot.snapshot.clean import clean
from bot.snapshot.relations import relate
from bot.tables.erp import NEEDED_TO_PLAN, TABLES

SHARED = {
    "item": ("item", "successor"),
    "location": ("location", "from_location", "to_location", "supplied_from"),
    "supplier": ("supplier",),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Typed tables by name (absent tables are empty frames), what was set aside, and the verdict on it.

    `received` counts rows as they came, per table; `snapshot_id` is SHA-256 over the content.
    """

    system: str
    as_of: date
    tables: Mapping[str, pd.DataFrame]
    quarantine: pd.DataFrame
    received: Mapping[str, int]
    health: Health
    snapshot_id: str

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return the table; an empty typed frame when the ERP did not serve it."""
        return self.tables[table]

    def has(self, table: str) -> bool:
        """Whether the ERP served the table with at least one usable row."""
        return len(self.tables[table]) > 0


def build(
    raw: Mapping[str, pd.DataFrame],
    *,
    system: str,
    as_of: date,
    currency: str,
    needed: tuple[str, ...] = NEEDED_TO_PLAN,
    before: Mapping[str, int] | None = None,
) -> Snapshot:
    """Check raw frames by table name and freeze them; DataInvalid when a table cannot be used at all.

    `currency` is the installation's, `before` the row counts of the last snapshot of this system.
    """
    cleaned = {name: clean(TABLES[name], frame) for name, frame in raw.items()}
    related, orphans = relate({name: table.rows for name, table in cleaned.items()}, currency)
    quarantine = aside.join([*(table.quarantine for table in cleaned.values()), orphans])
    received = {name: table.received for name, table in cleaned.items()}
    tables = _share(related)
    set_aside = {str(name): int(rows) for name, rows in quarantine.groupby("table")["row"].nunique().items()}
    health = judge(
        {name: len(frame) for name, frame in tables.items()},
        received,
        set_aside,
        needed=needed,
        counted_on=tables["stock"]["counted_on"] if len(tables["stock"]) else None,
        as_of=as_of,
        before=before,
    )
    return Snapshot(system, as_of, tables, quarantine, received, health, _digest(system, as_of, tables))


def _share(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give item, location and supplier columns one category list each, sorted, over all tables."""
    dtypes = {key: _union(tables, columns) for key, columns in SHARED.items()}
    by_column = {column: dtypes[key] for key, columns in SHARED.items() for column in columns}
    shared = {name: _recode(frame, by_column) for name, frame in tables.items()}
    return {name: shared.get(name, _empty(name, by_column)) for name in TABLES}


def _union(tables: dict[str, pd.DataFrame], columns: tuple[str, ...]) -> pd.CategoricalDtype:
    words: set[str] = set()
    for frame in tables.values():
        for column in columns:
            if column in frame and isinstance(frame[column].dtype, pd.CategoricalDtype):
                words.update(frame[column].cat.remove_unused_categories().cat.categories)
    return pd.CategoricalDtype(pd.Index(sorted(words), dtype="str"))


def _recode(frame: pd.DataFrame, by_column: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    recoded = {
        column: frame[column].cat.set_categories(dtype.categories)
        for column, dtype in by_column.items()
        if column in frame and isinstance(frame[column].dtype, pd.CategoricalDtype)
    }
    return frame.assign(**recoded).reset_index(drop=True)


def _empty(name: str, by_column: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    columns = {
        column.name: pd.Series(dtype=by_column.get(column.name, column.dtype)) for column in TABLES[name].columns
    }
    return pd.DataFrame(columns)


def _digest(system: str, as_of: date, tables: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256(json.dumps(["restock-snapshot-1", system, as_of.isoformat()]).encode())
    for name in sorted(tables):
        for column in tables[name].columns:
            digest.update(f"{name}.{column}".encode())
            _feed(digest, tables[name][column])
    return digest.hexdigest()


def _feed(digest: "hashlib._Hash", values: pd.Series) -> None:
    if isinstance(values.dtype, pd.CategoricalDtype):
        digest.update("\x1f".join(map(str, values.cat.categories)).encode())
        digest.update(np.ascontiguousarray(values.cat.codes.to_numpy()).tobytes())
    elif values.dtype.kind in "fiubM":
        digest.update(np.ascontiguousarray(values.to_numpy()).tobytes())
    else:
        digest.update("\x1f".join("" if pd.isna(value) else str(value) for value in values).encode())


def planned(snapshot: Snapshot) -> pd.DataFrame:
    """The planned item-locations, sorted: rows of item_locations, else all in stock, demand or sourcing.

    Rows that were set aside count too, so that every item-location gets an answer.
    """
    sources = ("item_locations",) if snapshot.received.get("item_locations") else ("stock", "demand", "sourcing")
    pairs = [snapshot[name][["item", "location"]].drop_duplicates() for name in sources]
    found = pd.concat([*pairs, _set_aside(snapshot, sources)], ignore_index=True).drop_duplicates()
    return found.sort_values(["item", "location"]).reset_index(drop=True)


def _set_aside(snapshot: Snapshot, sources: tuple[str, ...]) -> pd.DataFrame:
    """Item-locations that only a quarantined row names; codes outside the snapshot's lists are dropped."""
    rows = snapshot.quarantine[snapshot.quarantine["table"].isin(sources)]
    stock = snapshot["stock"]
    pairs = pd.DataFrame(
        {
            "item": pd.Categorical(rows["item"], dtype=stock["item"].dtype),
            "location": pd.Categorical(rows["location"], dtype=stock["location"].dtype),
        }
    ).dropna()
    if snapshot.has("items"):
        pairs = pairs[pairs["item"].isin(snapshot["items"]["item"])]
    return pairs
