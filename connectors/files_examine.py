"""Examines folders of tables: there, readable, the tables that planning needs, each parsed, how old.

It writes nothing, not even a probe file, and judges no cell; `snapshot` does that.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.diagnoses.found import fine, found
from bot.errors import DataInvalid, NeedsAdmin
from bot.ports import Clock, Diagnosis
from bot.tables.erp import TABLES
from connectors.files import FilesReader

_OLD = timedelta(days=3)
_MOVING = frozenset({"stock", "demand", "open_orders", "receipts", "rates"})


def folder_findings(folder: Path, setting: str, clock: Clock, needed: Sequence[str]) -> Iterator[Diagnosis]:
    """Yield what is to be said about a folder of canonical tables; `needed` must be there."""
    if not folder.is_dir():
        yield found("folder-missing", f"{folder} ({setting}) is not a folder", setting=setting)
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        yield found("folder-unreadable", f"{folder} ({setting}) cannot be read")
        return
    reader = FilesReader(folder)
    for table in TABLES:
        yield from _table(reader, table, clock, needed=table in needed)


def _table(reader: FilesReader, table: str, clock: Clock, *, needed: bool) -> Iterator[Diagnosis]:
    try:
        path = reader.path(table)
        if path is None:
            if needed:
                yield found("table-absent", f"there is no file for the table {table}", table=table)
            return
        rows = sum(len(frame) for frame in reader.pull(table))
    except DataInvalid as error:
        yield found("table-broken", f"{table}: {error.what}", how=error.remedy)
        return
    except NeedsAdmin as error:
        yield found("folder-unreadable", f"{error.where}: {error.what}")
        return
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if not rows and needed:
        yield found("table-empty", f"{table}: {path} has no rows")
    elif table in _MOVING and clock.now() - written > _OLD:
        yield found(
            "table-old", f"{table}: {path.name} was written on {written.date()}", how="see the job that sends it"
        )
    else:
        yield fine(f"{table}: {rows:,} rows, written {written:%Y-%m-%d %H:%M} UTC")


def orders_folder(folder: Path) -> Iterator[Diagnosis]:
    """Yield what is to be said about the folder that order files are put into; the first order makes it."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        yield found("orders-folder-readonly", f"{place} cannot be written", setting="orders_folder")
