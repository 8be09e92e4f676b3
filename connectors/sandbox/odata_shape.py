"""Writes entities as JSON inside SQLite: one expression per request, no Python work per row.

It knows `$select` and `$expand` and the number and date forms of both OData versions; it runs no query.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from connectors.sandbox.odata_errors import bad
from connectors.sandbox.odata_filter import find
from connectors.sandbox.odata_model import EntitySet, Navigation, Property, Service, statement


@dataclass(frozen=True, slots=True)
class Shape:
    """What to show of an entity: properties (empty = all) and expanded navigations with their own shape."""

    select: tuple[str, ...] = ()
    expand: Mapping[str, "Shape"] = field(default_factory=dict)


def shape_of(options: Mapping[str, str], entity: EntitySet, service: Service) -> Shape:
    """Read `$select` and `$expand` in the form of the service's version."""
    if service.version == 2:
        selects = [path.strip().split("/") for path in options.get("$select", "").split(",") if path.strip()]
        expands = [path.strip().split("/") for path in options.get("$expand", "").split(",") if path.strip()]
        return _shape_v2(selects, expands, entity, service)
    return _shape_v4(options.get("$select", ""), options.get("$expand", ""), entity, service)


def _navigation(entity: EntitySet, name: str) -> Navigation:
    if name not in entity.navigations:
        raise bad(f"Invalid navigation property '{name}' of type {entity.type_name}", name)
    return entity.navigations[name]


def _shape_v2(selects: list[list[str]], expands: list[list[str]], entity: EntitySet, service: Service) -> Shape:
    own = tuple(path[0] for path in selects if len(path) == 1 and path[0] not in entity.navigations and path[0] != "*")
    names = {path[0] for path in expands if path}
    for path in selects:
        if len(path) > 1 and path[0] not in names:
            raise bad(f"Navigation '{path[0]}' in $select is not expanded", path[0])
    inner = {}
    for name in sorted(names):
        target = service.sets[_navigation(entity, name).target]
        below = [path[1:] for path in selects if path[0] == name and len(path) > 1]
        inner[name] = _shape_v2(below, [path[1:] for path in expands if path and path[0] == name], target, service)
    return Shape(tuple(find(entity, name).name for name in own), inner)


def split(text: str, mark: str) -> list[str]:
    """Split at a mark outside parentheses."""
    parts, depth, current = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and not depth:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [part.strip() for part in (*parts, current) if part.strip()]


def _shape_v4(select: str, expand: str, entity: EntitySet, service: Service) -> Shape:
    inner = {}
    for piece in split(expand, ","):
        match = re.fullmatch(r"(\w+)(?:\((.*)\))?", piece)
        if not match:
            raise bad(f"Invalid $expand '{piece}'")
        options = dict(part.split("=", 1) for part in split(match[2] or "", ";") if "=" in part)
        if unknown := options.keys() - {"$select", "$expand"}:
            raise bad(f"Option '{min(unknown)}' is not supported inside $expand")
        target = service.sets[_navigation(entity, match[1]).target]
        inner[match[1]] = _shape_v4(options.get("$select", ""), options.get("$expand", ""), target, service)
    return Shape(tuple(find(entity, name).name for name in split(select, ",") if name != "*"), inner)


def etag_of(entity: EntitySet, alias: str) -> str:
    """SQL text expression of the ETag of one entity."""
    return f"'W/\"'||coalesce({alias}.\"{entity.version}\",0)||'\"'"


class Writer:
    """Makes the SQL expression that gives one entity as JSON text; `base` is the service's absolute address."""

    def __init__(self, service: Service, base: str) -> None:
        self._service = service
        self._base = base
        self._alias = (f"t{number}" for number in count(1))

    def entity(self, entity: EntitySet, shape: Shape, alias: str = "t0") -> str:
        """SQL text expression over the table `entity.name` known as `alias`."""
        names = shape.select or tuple(entity.properties)
        parts = [self._metadata(entity, alias)] if self._service.version == 2 else []
        parts += [f"'\"@odata.etag\":'||json_quote({etag_of(entity, alias)})"] if entity.version else []
        parts += [f"'\"{name}\":'||{self._value(entity.properties[name], alias)}" for name in names]
        for nav in entity.navigations.values():
            if nav.name in shape.expand:
                parts.append(f"'\"{nav.name}\":'||{self._expanded(nav, shape.expand[nav.name], alias)}")
            elif self._service.version == 2 and (not shape.select):
                parts.append(
                    f'\'"{nav.name}":{{"__deferred":{{"uri":"\'||{self._uri(entity, alias)}||\'/{nav.name}"}}}}\''
                )
        return "'{'||" + "||','||".join(parts) + "||'}'"

    def _uri(self, entity: EntitySet, alias: str) -> str:
        if len(entity.key) == 1:
            inner = f"'''' || {alias}.\"{entity.key[0]}\" || ''''"
        else:
            inner = " || ',' || ".join(
                f"'{name}=''' || {alias}.\"{name}\" || ''''"
                for name in entity.key
                if entity.properties[name].kind == "s"
            )
        return f"'{self._base}/{entity.name}(' || {inner} || ')'"

    def _metadata(self, entity: EntitySet, alias: str) -> str:
        kind, uri = f"{self._service.namespace}.{entity.type_name}", f"json_quote({self._uri(entity, alias)})"
        return f"""'"__metadata":{{"id":'||{uri}||',"uri":'||{uri}||',"type":"{kind}"}}'"""

    def _value(self, prop: Property, alias: str) -> str:
        column = f'{alias}."{prop.name}"'
        if prop.kind == "b":
            return f"iif({column},'true','false')"
        if prop.kind == "d":
            return self._decimal(prop, column)
        if prop.kind in "tz":
            return self._moment(prop, column)
        return f"json_quote({column})"

    def _decimal(self, prop: Property, column: str) -> str:
        if self._service.version == 4:
            return (
                f"iif({column}={column}+0.0 AND {column}=CAST({column} AS INTEGER),CAST({column} AS INTEGER),{column})"
            )
        return f"'\"'||printf('%.{3 if prop.scale is None else prop.scale}f',{column})||'\"'"

    def _moment(self, prop: Property, column: str) -> str:
        if self._service.version == 4:
            return f"json_quote(strftime('%Y-%m-%dT%H:%M:%SZ',{column}/1000,'unixepoch'))"
        zone = "+0000" if prop.kind == "z" else ""
        return f"coalesce('\"/Date('||{column}||'{zone})/\"','null')"

    def _expanded(self, nav: Navigation, shape: Shape, outer: str) -> str:
        target, alias = self._service.sets[nav.target], next(self._alias)
        where = " AND ".join(f'{alias}."{there}"={outer}."{here}"' for here, there in nav.on)
        inner = self.entity(target, shape, alias)
        source = statement(f'FROM "{target.name}" {alias}', "WHERE", where)
        if not nav.many:
            return statement("coalesce((SELECT", inner, source, "LIMIT 1),'null')")
        rows = statement("'['||coalesce((SELECT", f"group_concat({inner})", source, "),'')||']'")
        return f"'{{\"results\":'||{rows}||'}}'" if self._service.version == 2 else rows
