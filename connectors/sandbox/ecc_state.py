"""The SQLite file behind the ECC-like library: tables, number ranges, faults on demand.

It holds no business rule; every process and every check from outside may open the same file.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from connectors.sandbox.ecc_interfaces import TABLES

_FIRST = {"order": 4500900001, "requisition": 10000001}
_EXTRA = (
    "CREATE TABLE number_ranges (name TEXT PRIMARY KEY, next INTEGER NOT NULL)",
    "CREATE TABLE faults (id INTEGER PRIMARY KEY, function TEXT NOT NULL, mode TEXT NOT NULL, times INTEGER NOT NULL)",
    "CREATE TABLE calls (id INTEGER PRIMARY KEY, function TEXT NOT NULL)",
    "CREATE TABLE late (id INTEGER PRIMARY KEY, after INTEGER NOT NULL, sql TEXT NOT NULL, cells TEXT NOT NULL)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on the file; rolled back when the block raises."""
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def make(path: Path) -> None:
    """Make an empty system."""
    path.unlink(missing_ok=True)
    with opened(path) as connection:
        for name, (keys, fields) in TABLES.items():
            columns = ", ".join(f"{field} TEXT NOT NULL DEFAULT ''" for field in fields)
            key = ", ".join(list(fields)[:keys])
            connection.execute(
                f"CREATE TABLE {name} ({columns}, fresh INTEGER NOT NULL DEFAULT 0, PRIMARY KEY ({key}))"
            )
        for text in _EXTRA:
            connection.execute(text)
        connection.executemany("INSERT INTO number_ranges VALUES (?, ?)", _FIRST.items())
        for text in ("EKKO (BEDAT)", "EKKO (UNSEZ)", "EKBE (BUDAT)", "MKPF (BUDAT)", "EBAN (AFNAM)"):
            name = text.replace(" (", "_").rstrip(")")
            connection.execute(f"CREATE INDEX {name} ON {text}")


def insert(connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows given in the order of `names`; other columns stay initial."""
    marks = ", ".join("?" for _ in names)
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)  # noqa: S608 - own names


def put(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert one row as a document made after the load."""
    names = [*row, "fresh"]
    insert(connection, table, names, [[*(str(value) for value in row.values()), 1]])


def next_number(connection: sqlite3.Connection, name: str) -> str:
    """Take the next number of a range; a number that is drawn and not used leaves a gap."""
    connection.execute("UPDATE number_ranges SET next = next + 1 WHERE name = ?", (name,))
    found = connection.execute("SELECT next - 1 FROM number_ranges WHERE name = ?", (name,)).fetchone()[0]
    return f"{found:010d}"


class Faults:
    """Faults on demand, shared by all processes through the file.

    Modes: `drop_before` and `drop_after` (connection lost, work not done or done), `timeout`, `dump`, `logon`,
    `locked` and `refused` (messages of class E), `warning` (a message of class W), `late` (the commit answers as
    lost and takes effect some calls later).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def queue(self, function: str, mode: str, times: int = 1) -> None:
        """Let the next calls of the function, or of every one for `*`, fail so."""
        with opened(self._path) as connection:
            connection.execute("INSERT INTO faults (function, mode, times) VALUES (?, ?, ?)", (function, mode, times))

    def clear(self) -> None:
        """Take all faults back."""
        with opened(self._path) as connection:
            connection.execute("DELETE FROM faults")

    def take(self, connection: sqlite3.Connection, function: str) -> str:
        """Mode of the fault that this call meets; empty for none."""
        row = connection.execute(
            "SELECT id, mode, times FROM faults WHERE function IN (?, '*') ORDER BY id LIMIT 1", (function,)
        ).fetchone()
        if row is None:
            return ""
        if row["times"] > 1:
            connection.execute("UPDATE faults SET times = times - 1 WHERE id = ?", (row["id"],))
        else:
            connection.execute("DELETE FROM faults WHERE id = ?", (row["id"],))
        return str(row["mode"])
