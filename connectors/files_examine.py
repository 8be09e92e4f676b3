"""Examines folders of tables: there, readable, the tables that planning needs, each parsed, how old.

It writes nothing, not even a probe file, and judges no cell; `snapshot` does that.
"""

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pandas as pd

from bot.diagnoses.found import fine, found
from bot.errors import DataInvalid, NeedsAdmin, RestockError, StopRun
from bot.ports import Clock, Diagnosis
from bot.tables.erp import TABLES

_OLD = timedelta(days=3)
_MOVING = frozenset({"stock", "demand", "open_orders", "receipts", "rates"})


class Tables(Protocol):
    """What is needed of a reader of a folder."""

    @property
    def tables(self) -> frozenset[str]:
        """Names of the tables that are there."""

    def path(self, table: str) -> Path | None:
        """File of a table."""

    def pull(self, table: str) -> Iterator[pd.DataFrame]:
        """Rows of a table."""


def folder_findings(
    reader: Tables, folder: Path, setting: str, clock: Clock, needed: Collection[str] = ()
) -> Iterator[Diagnosis]:
    """Yield what is to be said about a folder of canonical tables; `needed` must be there."""
    if not folder.is_dir():
        yield found("folder-missing", f"{folder} ({setting}) is not a folder", setting=setting)
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        yield found("folder-unreadable", f"{folder} ({setting}) cannot be read")
        return
    try:
        there = reader.tables
    except DataInvalid as error:
        for mistake in error.findings:
            code = "table-broken" if mistake.code.startswith("E31") else "delivery-refused"
            yield found(code, f"{mistake.path}: {mistake.message}", how=mistake.remedy)
        return
    except StopRun as error:
        yield found("delivery-refused", error.reason, how=error.remedy)
        return
    for table in TABLES:
        if table in there:
            yield from _table(reader, table, clock, needed=table in needed)
        elif table in needed:
            yield found("table-absent", f"there is no file for the table {table} in {folder}", table=table)


def _table(reader: Tables, table: str, clock: Clock, *, needed: bool) -> Iterator[Diagnosis]:
    try:
        rows = sum(len(frame) for frame in reader.pull(table))
        path = reader.path(table)
    except DataInvalid as error:
        yield found("table-broken", f"{table}: {error.what}", how=error.remedy)
        return
    except NeedsAdmin as error:
        yield found("folder-unreadable", f"{error.where}: {error.what}")
        return
    except RestockError as error:
        yield found("delivery-refused", str(error), how="wait until the delivery is whole, then run again")
        return
    written = datetime.fromtimestamp(path.stat().st_mtime if path else 0.0, UTC)
    if not rows and needed:
        yield found("table-empty", f"{table}: {path} has no rows")
    elif table in _MOVING and clock.now() - written > _OLD:
        yield found("table-old", f"{table}: {path} was written on {written.date()}", how="see the job that sends it")
    else:
        yield fine(f"{table}: {rows:,} rows in {path and path.name}, written {written:%Y-%m-%d %H:%M} UTC")


def orders_folder(folder: Path, setting: str = "orders_folder") -> Iterator[Diagnosis]:
    """Yield what is to be said about the folder that order files, or their journal, are put into; it may not exist."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        yield found("orders-folder-readonly", f"{place} cannot be written", setting=setting)
