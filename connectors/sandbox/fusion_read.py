"""Answers GET of the Fusion-like server: pages, rows, children; the JSON is made inside SQLite.

It changes nothing and checks no credentials.
"""

import json
import re
import sqlite3
from collections.abc import Mapping

from connectors.sandbox.fusion_errors import FusionError
from connectors.sandbox.fusion_query import Condition, condition, expansion, fields_of, ordering
from connectors.sandbox.fusion_schema import RESOURCES, ROOT, Resource
from connectors.sandbox.fusion_state import Rendering, Row

_MOST = 500
_FINDER = re.compile(r"PrimaryKey;(\w+)=(\w+)")


class Read:
    """One GET: the connection, the parameters and how rows are rendered."""

    def __init__(
        self, connection: sqlite3.Connection, args: Mapping[str, str], host: str, framework: int, language: str
    ) -> None:
        self._connection = connection
        self._args = args
        self._framework = framework
        self._host = host.replace("'", "")
        links = "none" if args.get("onlyData") == "true" else "all"
        self._rendering = Rendering(host, framework, language, "self" if args.get("links") == "self" else links)

    def row(self, resource: Resource, key: str, on: Row | None = None) -> Row:
        """The stored row behind a key; 404 when there is none (below the given parent)."""
        tie, values = _tie(resource, on, "t")
        sql = f'SELECT * FROM "{resource.table}" t WHERE t.key_=? AND {tie}'  # noqa: S608 - declared names only
        found = self._connection.execute(sql, [key, *values]).fetchone()
        if found is None:
            raise FusionError(404, f"The resource {resource.name}/{key} was not found.")
        return dict(found)

    def one(self, resource: Resource, key: str, parent_url: str | None) -> str:
        """One row as JSON text."""
        base = None if parent_url is None else f"'{parent_url}'"
        expression = self._expression(resource, base)
        sql = f'SELECT {expression} FROM "{resource.table}" t WHERE t.key_=?'  # noqa: S608 - declared names only
        return str(self._connection.execute(sql, [key]).fetchone()[0])

    def page(self, resource: Resource, parent_url: str | None, on: Row | None, cap: int, *, hide: bool) -> str:
        """One page as JSON text, in the envelope of a collection."""
        limit, offset = min(self._whole("limit", 25, 1, _MOST), cap), self._whole("offset", 0, 0, None)
        where = self._condition(resource)
        tie, tied = _tie(resource, on, "t")
        sql_where = f"{tie} AND {where.sql}"
        searched = {"SupplierId", "BuyerId"} <= where.names or where.names & {"OrderNumber", "POHeaderId"}
        if hide and not searched and resource.name in ("purchaseOrders", "purchaseOrderSchedules"):
            sql_where += " AND t.fresh_=0"
        values = [*tied, *where.values]
        base = None if parent_url is None else f"'{parent_url}'"
        order = ordering(self._args.get("orderBy", ""), resource, "t")
        sql = (
            f'SELECT {self._expression(resource, base)} FROM "{resource.table}" t '  # noqa: S608 - declared names only
            f"WHERE {sql_where} ORDER BY {order} LIMIT ? OFFSET ?"
        )
        rows = [row[0] for row in self._connection.execute(sql, [*values, limit + 1, offset])]
        shown = rows[:limit]
        total = ""
        if self._args.get("totalResults") == "true":
            count = f'SELECT count(*) FROM "{resource.table}" t WHERE {sql_where}'  # noqa: S608 - declared names only
            total = f'"totalResults":{self._connection.execute(count, values).fetchone()[0]},'
        address = f"{self._host}{ROOT}/{resource.name}" if parent_url is None else f"{parent_url}/child/{resource.name}"
        links = json.dumps([{"rel": "self", "href": address, "name": resource.name, "kind": "collection"}])
        more = "true" if len(rows) > limit else "false"
        return (
            f'{{"items":[{",".join(shown)}],{total}"count":{len(shown)},"hasMore":{more},'
            f'"limit":{limit},"offset":{offset},"links":{links}}}'
        )

    def _expression(self, resource: Resource, base: str | None) -> str:
        fields = fields_of(self._args["fields"], resource) if "fields" in self._args else None
        return self._rendering.expression(
            resource, "t", base, fields, expansion(self._args.get("expand", ""), resource) if fields is None else None
        )

    def _condition(self, resource: Resource) -> Condition:
        text, finder = self._args.get("q"), self._args.get("finder")
        if text is not None and finder is not None:
            raise FusionError(400, "The parameters q and finder can't be used together.")
        if finder is not None:
            match = _FINDER.fullmatch(finder)
            if match is None:
                raise FusionError(400, f"The finder {finder} isn't valid for {resource.name}.")
            text = f"{match[1]}='{match[2]}'"
        return condition(text, resource, "t", self._framework) if text is not None else Condition()

    def _whole(self, name: str, default: int, least: int, most: int | None) -> int:
        text = self._args.get(name, str(default))
        number = int(text) if re.fullmatch(r"\d{1,9}", text) else -1
        if number < least or (most is not None and number > most):
            raise FusionError(400, f"The value of the query parameter {name} is not valid: {text}")
        return number


def _tie(resource: Resource, on: Row | None, alias: str) -> tuple[str, list[object]]:
    if on is None:
        return "1", []
    return f'{alias}."{resource.on}"=?', [on[resource.on]]


def catalog() -> dict[str, object]:
    """All resources by name, without attributes."""
    return {"Resources": {name: {"discrColumnType": False} for name in RESOURCES}}


def versions(host: str) -> dict[str, object]:
    """The answer of the context root: which versions of paths and framework there are."""
    allowed = [str(version) for version in range(1, 10)]
    return {
        "items": [
            {
                "version": ROOT.rsplit("/", 1)[1],
                "isLatest": True,
                "adf:extension": {"defaultFrameworkVersion": "1", "allowedFrameworkVersions": allowed},
                "links": [{"rel": "self", "href": f"{host}{ROOT}", "name": "self", "kind": "item"}],
            }
        ]
    }
