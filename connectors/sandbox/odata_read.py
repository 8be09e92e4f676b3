"""Answers OData reads from SQLite: lists with server-side pages, single entities, navigations, counts.

It writes nothing and knows no business rule, except that fresh orders can be hidden from plain lists.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from connectors.sandbox.odata_errors import bad, missing
from connectors.sandbox.odata_filter import Filter, Token, Value, find, literal, order_by, tokens
from connectors.sandbox.odata_model import EntitySet, Service, statement
from connectors.sandbox.odata_shape import Writer, shape_of

OPTIONS = frozenset(
    {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$count", "$format"}
)
_SEGMENT = re.compile(r"^(?P<name>[A-Za-z_$]\w*)(?:\((?P<key>.*)\))?$")


@dataclass(frozen=True, slots=True)
class Place:
    """What a path points to: a set, narrowed by SQL, one entity or many; `count` asks for the bare number."""

    entity: EntitySet
    where: str = "1"
    values: tuple[Value, ...] = ()
    single: bool = False
    count: bool = False


def resolve(path: str, service: Service) -> Place:
    """Find the set, key, navigation and `$count` in the part of the path behind the service root."""
    segments = [unquote(part) for part in _split_path(path)]
    counted = segments[-1] == "$count"
    first, *rest = segments[:-1] if counted else segments
    place = _start(first, service)
    for name in rest:
        place = _follow(place, name, service)
    return Place(place.entity, place.where, place.values, place.single, counted)


def _split_path(path: str) -> list[str]:
    """Cut at slashes outside quotes."""
    return [part for part in re.split(r"/(?=(?:[^']*'[^']*')*[^']*$)", path) if part]


def _start(segment: str, service: Service) -> Place:
    match = _SEGMENT.match(segment)
    if not match or match["name"] not in service.sets:
        raise missing(f"segment '{segment}'")
    entity = service.sets[match["name"]]
    if match["key"] is None:
        return Place(entity)
    pairs = _key(match["key"], entity, service.version)
    where = " AND ".join(f'"{name}"=?' for name in pairs)
    return Place(entity, where, tuple(pairs.values()), single=True)


def _key(text: str, entity: EntitySet, version: int) -> dict[str, Value]:
    found: dict[str, Token] = {}
    pieces = [piece for piece in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", text) if piece]
    if len(pieces) == 1 and "=" not in re.sub(r"'[^']*'", "", pieces[0]):
        found[entity.key[0]] = tokens(pieces[0])[0]
    else:
        for piece in pieces:
            name, _, value = piece.partition("=")
            found[name.strip()] = tokens(value)[0]
    if found.keys() != set(entity.key):
        raise bad(f"Invalid key predicate for {entity.type_name}")
    return {name: literal(found[name], find(entity, name), version) for name in entity.key}


def _follow(place: Place, name: str, service: Service) -> Place:
    navigation = place.entity.navigations.get(name)
    if navigation is None or not place.single:
        raise missing(f"segment '{name}'")
    target = service.sets[navigation.target]
    here = ", ".join(f'"{own}"' for own, _ in navigation.on)
    there = ", ".join(f'"{other}"' for _, other in navigation.on)
    inner = statement("SELECT", here, f'FROM "{place.entity.name}"', "WHERE", place.where)
    where = f"({there}) IN ({inner})"
    return Place(target, where, place.values, single=not navigation.many)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one request; `base` is the absolute address of the service root, `here` that of the request."""

    service: Service
    database: sqlite3.Connection
    base: str
    here: str
    page_size: int
    hide_new: bool = False

    def answer(self, place: Place, options: Mapping[str, str]) -> str:
        """The body of the answer; ODataError 400 or 404 where the request asks for what is not there."""
        if unknown := {name for name in options if name.startswith("$")} - OPTIONS:
            raise bad(f"Invalid query option '{min(unknown)}'")
        if place.single:
            return self._single(place, options)
        return self._many(place, options)

    def _single(self, place: Place, options: Mapping[str, str]) -> str:
        shape = shape_of(options, place.entity, self.service)
        sql = Writer(self.service, self.base).entity(place.entity, shape)
        query = statement("SELECT", sql, f'FROM "{place.entity.name}" t0', "WHERE", place.where)
        row = self.database.execute(query, place.values).fetchone()
        if row is None:
            raise missing(f"{place.entity.name} with the given key")
        if self.service.version == 2:
            return f'{{"d":{row[0]}}}'
        return f'{{"@odata.context":"$metadata#{place.entity.name}/$entity",{row[0][1:]}'

    def _many(self, place: Place, options: Mapping[str, str]) -> str:
        where, values = place.where, list(place.values)
        if "$filter" in options:
            found = Filter(options["$filter"], place.entity, self.service.version, "t0")
            where, values = f"({where}) AND {found.sql}", values + found.values
            hidden = self.hide_new and not found.names & {"CorrespncInternalReference", "PurchaseOrder"}
        else:
            hidden = self.hide_new and place.where == "1"
        if hidden and place.entity.name.removeprefix("A_").startswith("PurchaseOrder"):
            where = f"({where}) AND t0._new = 0"
        total = self._total(place, where, values, options)
        if place.count:
            return str(total)
        rows, link = self._page(place, where, values, options)
        return self._collection(place, rows, link, total)

    def _total(self, place: Place, where: str, values: list[Value], options: Mapping[str, str]) -> int | None:
        if not (place.count or options.get("$inlinecount") == "allpages" or options.get("$count") == "true"):
            return None
        sql = statement("SELECT count(*)", f'FROM "{place.entity.name}" t0', "WHERE", where)
        return int(self.database.execute(sql, values).fetchone()[0])

    def _page(
        self, place: Place, where: str, values: list[Value], options: Mapping[str, str]
    ) -> tuple[list[str], str | None]:
        skip = _number(options, "$skip", 0)
        start = _number(options, "$skiptoken", skip)
        wanted = _number(options, "$top", 1 << 60) - (start - skip)
        size = min(self.page_size, wanted)
        shape = shape_of(options, place.entity, self.service)
        sql = Writer(self.service, self.base).entity(place.entity, shape)
        ordered = order_by(options.get("$orderby", ""), place.entity, "t0")
        source = statement(f'FROM "{place.entity.name}" t0', "WHERE", where)
        chosen, page = source, statement("ORDER BY", ordered, "LIMIT ? OFFSET ?")
        if self._is_table(place.entity.name):  # the rows before the page must not be rendered
            rowids = statement("(SELECT t0.rowid AS page_", source, page, ")")
            chosen = statement("FROM", rowids, f'JOIN "{place.entity.name}" t0 ON t0.rowid = page_')
            page = statement("ORDER BY", ordered)
        cursor = self.database.execute(statement("SELECT", sql, chosen, page), [*values, size, start])
        rows = [row[0] for row in cursor]
        more = statement("SELECT 1", source, "LIMIT 1 OFFSET ?")
        if len(rows) < size or size == wanted or not self.database.execute(more, [*values, start + size]).fetchone():
            return rows, None
        return rows, self._link({**options, "$skiptoken": str(start + size)})

    def _is_table(self, name: str) -> bool:
        found = self.database.execute("SELECT type FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        return bool(found[0] == "table")

    def _link(self, options: Mapping[str, str]) -> str:
        query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.items())
        address = f"{self.here}?{query}"
        return address if self.service.version == 2 else address.removeprefix(f"{self.base}/")

    def _collection(self, place: Place, rows: list[str], link: str | None, total: int | None) -> str:
        body = ",".join(rows)
        if self.service.version == 2:
            count = f',"__count":"{total}"' if total is not None else ""
            following = f',"__next":{json.dumps(link)}' if link else ""
            return f'{{"d":{{"results":[{body}]{count}{following}}}}}'
        count = f'"@odata.count":{total},' if total is not None else ""
        following = f',"@odata.nextLink":{json.dumps(link)}' if link else ""
        return f'{{"@odata.context":"$metadata#{place.entity.name}",{count}"value":[{body}]{following}}}'


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise bad(f"Invalid value '{text}' for {name}")
    return int(text)
