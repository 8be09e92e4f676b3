"""The snapshot: checked, immutable tables of one ERP on one day, with one category list per key.

It is built once per run and never changed; planning reads nothing else about the ERP.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from bot.errors import DataInvalid, Finding
from bot.snapshot import quarantine as aside
from bot.snapshot.checks import Grade, Health, judge
from bot.snapshot.clean import Cleaned, clean
from bot.snapshot.relations import relate
from bot.tables.erp import NEEDED_TO_PLAN, TABLES
from bot.tables.spec import verify

KEYS = ["item", "location"]
PLANNED_FROM = ("item_locations", "stock", "demand", "sourcing")
SHARED = {
    "item": ("item", "successor"),
    "location": ("location", "from_location", "to_location", "supplied_from"),
    "supplier": ("supplier",),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Typed tables by name (absent tables are empty frames), what was set aside, and the verdict on it.

    `received` counts rows as they came, per table. `snapshot_id` is SHA-256 over system, day, tables and
    quarantine, rows in the order in which they came: the same rows from CSV or Parquet have the same id,
    another order has another one, because sums of floats and ties may depend on it.
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
    cleaned = _clean_all(raw)
    dropped = {name: table.dropped for name, table in cleaned.items()}
    related, orphans = relate({name: table.rows for name, table in cleaned.items()}, currency, dropped)
    quarantine = aside.join([*(table.quarantine for table in cleaned.values()), orphans])
    received = {name: table.received for name, table in cleaned.items()}
    tables = _share(related, _named_aside(quarantine, related, received, PLANNED_FROM))
    for name, frame in tables.items():
        verify(TABLES[name], frame)
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
    snapshot_id = _digest(system, as_of, {**tables, "quarantine": quarantine})
    return Snapshot(system, as_of, tables, quarantine, received, health, snapshot_id)


def reopen(frames: Mapping[str, pd.DataFrame], meta: Mapping[str, Any]) -> Snapshot:
    """Make the snapshot again out of what was stored of it; ValueError when it is not the one that `meta` names.

    `frames` are its tables and `quarantine`, `meta` has system, as_of, received, grade, findings, snapshot_id.
    """
    quarantine = frames["quarantine"]
    received = {str(name): int(count) for name, count in meta["received"].items()}
    given = {name: frame for name, frame in frames.items() if name in received}
    tables = _share(given, _named_aside(quarantine, given, received, PLANNED_FROM))
    as_of = date.fromisoformat(str(meta["as_of"]))
    found = _digest(str(meta["system"]), as_of, {**tables, "quarantine": quarantine})
    if found != meta["snapshot_id"]:
        raise ValueError(f"snapshot {meta['snapshot_id']} came back as {found}")
    health = Health(Grade(meta["grade"]), tuple(meta["findings"]))
    return Snapshot(str(meta["system"]), as_of, tables, quarantine, received, health, found)


def _clean_all(raw: Mapping[str, pd.DataFrame]) -> dict[str, Cleaned]:
    """Every table cleaned; one DataInvalid with the findings of all tables when any cannot be used."""
    cleaned: dict[str, Cleaned] = {}
    findings: list[Finding] = []
    for name, frame in raw.items():
        try:
            cleaned[name] = clean(TABLES[name], frame)
        except DataInvalid as error:
            findings += error.findings
    if findings:
        raise DataInvalid(tuple(findings))
    return cleaned


def _share(tables: dict[str, pd.DataFrame], named: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give item, location and supplier columns one category list each, sorted, over all tables.

    `named` adds the item-locations that only set aside rows name. Other codes get sorted lists of their own.
    """
    dtypes = {key: _union(tables, columns, named.get(key)) for key, columns in SHARED.items()}
    by_column = {column: dtypes[key] for key, columns in SHARED.items() for column in columns}
    shared = {name: _recode(name, frame, by_column) for name, frame in tables.items()}
    return {name: shared.get(name, _empty(name, by_column)) for name in TABLES}


def _union(tables: dict[str, pd.DataFrame], columns: tuple[str, ...], more: pd.Series | None) -> pd.CategoricalDtype:
    words: set[str] = set() if more is None else set(more)
    for frame in tables.values():
        for column in columns:
            if column in frame and isinstance(frame[column].dtype, pd.CategoricalDtype):
                words.update(_used(frame[column]))
    return pd.CategoricalDtype(pd.Index(sorted(words), dtype="str"))


def _used(values: pd.Series) -> list[str]:
    """Categories that occur; counting codes is ten times faster on millions of rows than sorting them."""
    counts = np.bincount(values.cat.codes.to_numpy() + 1, minlength=len(values.cat.categories) + 1)
    used: list[str] = values.cat.categories[counts[1:] > 0].tolist()
    return used


def _recode(name: str, frame: pd.DataFrame, by_column: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    recoded = {}
    for column in frame.columns:
        values = frame[column]
        if column in by_column:
            recoded[column] = values.cat.set_categories(by_column[column].categories)
        elif isinstance(values.dtype, pd.CategoricalDtype) and not TABLES[name][column].choices:
            recoded[column] = values.cat.set_categories(pd.Index(sorted(_used(values)), dtype="str"))
    return frame.assign(**recoded).reset_index(drop=True)


def _empty(name: str, by_column: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    columns = {
        column.name: pd.Series(dtype=by_column.get(column.name, column.dtype)) for column in TABLES[name].columns
    }
    if name == "sourcing":  # what `relations` adds
        columns["currency_doubt"] = pd.Series(dtype="bool")
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
        digest.update("\x1f".join(values.cat.categories.tolist()).encode())
        digest.update(np.ascontiguousarray(values.cat.codes.to_numpy()).tobytes())
    elif values.dtype.kind in "fiubM":
        digest.update(np.ascontiguousarray(values.to_numpy()).tobytes())
    else:
        digest.update("\x1f".join(values.fillna("").tolist()).encode())


def planned(snapshot: Snapshot) -> pd.DataFrame:
    """The planned item-locations, sorted: rows of item_locations, else all in stock, demand or sourcing.

    Rows that were set aside count too, so that every item-location gets an answer, unless they name an item
    or a location that the ERP's own lists do not hold at all.
    """
    sources = PLANNED_FROM[:1] if snapshot.received.get("item_locations") else PLANNED_FROM[1:]
    pairs = [snapshot[name][KEYS].drop_duplicates() for name in sources]
    named = _named_aside(snapshot.quarantine, snapshot.tables, snapshot.received, sources)
    aside_too = pd.DataFrame(
        {key: pd.Categorical(named[key].tolist(), categories=snapshot["stock"][key].cat.categories) for key in KEYS}
    )
    found = pd.concat([*pairs, aside_too], ignore_index=True).drop_duplicates()
    return found.sort_values(KEYS).reset_index(drop=True)


def _named_aside(
    quarantine: pd.DataFrame, tables: Mapping[str, pd.DataFrame], received: Mapping[str, int], sources: tuple[str, ...]
) -> pd.DataFrame:
    """Item-locations that rows set aside in `sources` name, of items and locations whose own row came in."""
    pairs = quarantine.loc[quarantine["table"].isin(sources), KEYS].drop_duplicates()
    pairs = pairs[(pairs["item"] != "") & (pairs["location"] != "")]
    for key, home in (("item", "items"), ("location", "locations")):
        if received.get(home):
            bad_rows = quarantine.loc[quarantine["table"] == home, key]
            pairs = pairs[pairs[key].isin(tables[home][key].astype("str")) | pairs[key].isin(bad_rows)]
    return pairs
