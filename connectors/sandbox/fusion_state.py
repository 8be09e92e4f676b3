"""SQLite state of the Fusion-like server: tables made from the declarations, ids, JSON rendering in SQL.

It knows no business rule; a connection is opened per request so that threads share nothing.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from connectors.sandbox.fusion_schema import HIDDEN, INDEXES, ROOT, Attribute, Resource, all_resources

Row = dict[str, object]

_TYPES = {"id": "INTEGER", "number": "NUMERIC", "flag": "INTEGER"}
_PAGE_IN_EXPAND = 25
# Clients in JavaScript hold whole numbers up to 2^53 only; a judge written in it asks for short ids.
_FIRST_ID, _KIND = (300000000000000, 10**9) if os.environ.get("RESTOCK_SANDBOX_SHORT_IDS") else (3001 * 10**14, 10**12)

# Display values that the server translates when another language than English is asked for.
_GERMAN = {
    "Open": "Offen",
    "Incomplete": "Unvollständig",
    "Pending Approval": "Genehmigung ausstehend",
    "Closed": "Geschlossen",
    "Sales Order Issue": "Kundenauftragsausgabe",
    "Purchase Order Receipt": "Bestellungseingang",
}
_TRANSLATED = frozenset({"Status", "ScheduleStatus", "TransactionType"})


def identifier(kind: int, number: int) -> int:
    """An id, unique per kind of row: 18 digits, which floats cannot hold, or the 15 of most pods."""
    return _FIRST_ID + kind * _KIND + number


def create_tables(connection: sqlite3.Connection) -> None:
    """Create one table per declared storage, with indexes; existing state is an error."""
    columns: dict[str, dict[str, str]] = {}
    for resource in all_resources():
        table = columns.setdefault(resource.table, {})
        for attribute in resource.attributes:
            primary = " PRIMARY KEY" if attribute.name == resource.key and attribute.kind == "id" else ""
            table.setdefault(attribute.name, f"{_TYPES.get(attribute.kind, 'TEXT')}{primary}")
    for name, cells in columns.items():
        _create_table(connection, name, cells)
    connection.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER)")
    connection.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT)")


def _create_table(connection: sqlite3.Connection, table: str, cells: Mapping[str, str]) -> None:
    spec = [f'"{name}" {kind}' for name, kind in cells.items()]
    spec += [*HIDDEN.get(table, ()), "key_ TEXT UNIQUE", "fresh_ INTEGER DEFAULT 0", "version_ INTEGER DEFAULT 1"]
    connection.execute(f'CREATE TABLE "{table}" ({", ".join(spec)})')
    for number, index in enumerate(INDEXES.get(table, ())):
        connection.execute(f'CREATE INDEX "{table}_{number}" ON "{table}" ({index})')


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows that all carry the same columns as the first one."""
    listed = list(rows)
    if not listed:
        return
    names = list(listed[0])
    marks = ", ".join("?" * len(names))
    sql = f'INSERT INTO "{table}" ({", ".join(_quoted(names))}) VALUES ({marks})'  # noqa: S608 - declared names only
    connection.executemany(sql, [[row[name] for name in names] for row in listed])


def update(connection: sqlite3.Connection, table: str, values: Mapping[str, object], **where: object) -> None:
    """Set columns of the rows whose columns equal `where`."""
    sets = ", ".join(f'"{name}"=?' for name in values)
    terms = " AND ".join(f'"{name}"=?' for name in where)
    sql = f'UPDATE "{table}" SET {sets} WHERE {terms}'  # noqa: S608 - declared names only
    connection.execute(sql, [*values.values(), *where.values()])


def select(connection: sqlite3.Connection, table: str, **where: object) -> list[Row]:
    """All rows of a table whose columns equal `where`, in the order they were made."""
    terms = " AND ".join(f'"{name}"=?' for name in where) or "1"
    sql = f'SELECT * FROM "{table}" WHERE {terms} ORDER BY rowid'  # noqa: S608 - declared names only
    return [dict(row) for row in connection.execute(sql, list(where.values()))]


def delete(connection: sqlite3.Connection, table: str, **where: object) -> None:
    """Delete the rows whose columns equal `where`."""
    terms = " AND ".join(f'"{name}"=?' for name in where)
    connection.execute(f'DELETE FROM "{table}" WHERE {terms}', list(where.values()))  # noqa: S608 - declared names only


def next_number(connection: sqlite3.Connection, name: str) -> int:
    """Next value of a counter, from 1."""
    sql = "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
    return int(connection.execute(sql, [name]).fetchone()[0])


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one request; rows are mappings, nothing is committed by itself."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back when anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class Rendering:
    """Turns rows into JSON inside SQLite, so that a page costs no Python per row."""

    def __init__(self, host: str, framework: int, language: str, links: str) -> None:
        self.framework = framework
        self._base = f"{host}{ROOT}".replace("'", "")
        self._german = language.lower().startswith("de")
        self._links = links  # all, self or none

    def expression(
        self,
        resource: Resource,
        alias: str,
        parent_url: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        expand: Mapping[str, object] | None = None,
    ) -> str:
        """SQL expression that renders one row of `alias` as JSON text.

        `fields` maps child name ('' = the row itself) to attributes; `expand` is a tree of child names.
        """
        url = self.url(resource, alias, parent_url)
        chosen = resource.attributes
        if fields is not None:
            chosen = tuple(resource.by_name[name] for name in fields.get("", ()))
        parts = [f"'{attribute.name}', {self._cell(attribute, alias)}" for attribute in chosen]
        wanted = {name: {} for name in fields if name} if fields is not None else dict(expand or {})
        parts += [
            f"'{child.name}', {self._child(child, alias, url, fields, wanted[child.name])}"
            for child in resource.children
            if child.name in wanted
        ]
        if self._links != "none":
            parts.append(f"'links', {self._link_list(resource, alias, url)}")
        return f"json_object({', '.join(parts)})"

    def url(self, resource: Resource, alias: str, parent_url: str | None) -> str:
        """SQL expression of the row's address."""
        base = f"'{self._base}/{resource.name}/'" if parent_url is None else f"{parent_url}||'/child/{resource.name}/'"
        return f"{base}||{alias}.key_"

    def _cell(self, attribute: Attribute, alias: str) -> str:
        cell = f'{alias}."{attribute.name}"'
        if attribute.kind == "flag":
            return f"json(CASE {cell} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"
        if attribute.kind in ("id", "number") and self.framework >= 9:
            return f"CAST({cell} AS TEXT)"
        if self._german and attribute.name in _TRANSLATED:
            cases = " ".join(f"WHEN '{english}' THEN '{german}'" for english, german in _GERMAN.items())
            return f"CASE {cell} {cases} ELSE {cell} END"
        return cell

    def _child(
        self, child: Resource, alias: str, url: str, fields: Mapping[str, Sequence[str]] | None, deeper: object
    ) -> str:
        inner = f"{alias}c"
        own = {"": fields[child.name]} if fields is not None else None
        tree = deeper if isinstance(deeper, Mapping) else {}
        row = self.expression(child, inner, url, own, tree)
        where = f'FROM "{child.table}" {inner} WHERE {inner}."{child.on}"={alias}."{child.on}"'
        most = -1 if self.framework < 3 else _PAGE_IN_EXPAND
        rows = f"SELECT {row} AS j {where} ORDER BY {inner}.rowid LIMIT {most}"
        items = f"(SELECT json_group_array(json(j)) FROM ({rows}))"  # noqa: S608 - declared names only
        if self.framework < 3:
            return items
        count = f"(SELECT count(*) {where})"
        return (
            f"json_object('items', {items}, 'count', min({count}, {_PAGE_IN_EXPAND}), 'hasMore', "
            f"json(CASE WHEN {count} > {_PAGE_IN_EXPAND} THEN 'true' ELSE 'false' END), "
            f"'limit', {_PAGE_IN_EXPAND}, 'offset', 0)"
        )

    def _link_list(self, resource: Resource, alias: str, url: str) -> str:
        change = f"'properties', json_object('changeIndicator', printf('%05d', {alias}.version_))"
        links = [f"json_object('rel', 'self', 'href', {url}, 'name', '{resource.name}', 'kind', 'item', {change})"]
        if self._links == "all":
            links += [
                f"json_object('rel', 'child', 'href', {url}||'/child/{child.name}', "
                f"'name', '{child.name}', 'kind', 'collection')"
                for child in resource.children
            ]
        return f"json_array({', '.join(links)})"
