"""The SQLite file behind the S/4-like server: tables, number ranges, connections.

It holds no business rule and speaks no HTTP.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from connectors.sandbox.odata_model import EntitySet, statement
from connectors.sandbox.s4_older import views
from connectors.sandbox.s4_services import INDEXES, SETS

Row = Mapping[str, str | int | float | None]
_EXTRA = (
    'CREATE TABLE "number_ranges" (name TEXT PRIMARY KEY, next INTEGER NOT NULL)',
    'CREATE TABLE "repeated" (id TEXT PRIMARY KEY, status INTEGER NOT NULL, body TEXT NOT NULL)',
    'CREATE TABLE "facts" (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
)


class State:
    """Connections to one file, one per thread; writers wait for each other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    @property
    def connection(self) -> sqlite3.Connection:
        """The thread's connection, opened at first use."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._path, timeout=30.0, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = found
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; rolled back when the block raises."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the calling thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None


def create_tables(connection: sqlite3.Connection) -> None:
    """Create every table of the served sets."""
    for text in (*(entity.ddl for entity in SETS.values()), *views(), *_EXTRA):
        connection.execute(text)


def create_indexes(connection: sqlite3.Connection) -> None:
    """Create the indexes that lists and searches need; after loading, because that is faster."""
    for text in INDEXES:
        connection.execute(text)
    connection.execute("ANALYZE")


def insert(
    connection: sqlite3.Connection, entity: EntitySet, names: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Insert rows given as values in the order of `names`; other properties stay initial."""
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" for _ in names)
    connection.executemany(statement(f'INSERT INTO "{entity.name}"', f"({columns}) VALUES ({marks})"), rows)


def insert_row(connection: sqlite3.Connection, name: str, row: Row) -> None:
    """Insert one row of the set `name` as a document made after the load."""
    full = {**row, "_new": 1}
    columns = ", ".join(f'"{column}"' for column in full)
    marks = ", ".join("?" for _ in full)
    connection.execute(statement(f'INSERT INTO "{name}"', f"({columns}) VALUES ({marks})"), tuple(full.values()))


def next_number(connection: sqlite3.Connection, name: str) -> str:
    """Take the next number of a range."""
    connection.execute("UPDATE number_ranges SET next = next + 1 WHERE name = ?", (name,))
    return str(connection.execute("SELECT next - 1 FROM number_ranges WHERE name = ?", (name,)).fetchone()[0])


def fact(connection: sqlite3.Connection, name: str) -> str:
    """A value noted at load time, such as the planning day."""
    return str(connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0])
