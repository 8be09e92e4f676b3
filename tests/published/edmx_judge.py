"""Judges recorded OData requests by the published metadata: paths, options, filters, bodies, parts of batches.

It knows nothing of the connector or the sandbox.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.published.edmx_filter import judge as judge_filter
from tests.published.edmx_model import SERVICES, EntitySet, Metadata, Property, load

_OWN = frozenset({"sap-client", "sap-language"})
_OPTIONS = {
    2: frozenset("$filter $select $expand $orderby $top $skip $inlinecount $format $skiptoken".split()),
    4: frozenset("$filter $select $expand $orderby $top $skip $count $skiptoken".split()),
}
_SEGMENT = re.compile(r"([A-Za-z_$]\w*)(?:\((.*)\))?")
_CALL = re.compile(r"^GET (\S+) HTTP/1\.1", re.MULTILINE)
_MOMENT = re.compile(r"/Date\(-?\d+(\+0000)?\)/")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = re.compile(r"-?\d+(\.\d+)?")


def service_of(url: str) -> str:
    """Path of the service that a URL belongs to, as published; empty when none was published."""
    path = urlsplit(url).path
    return next((service for service in SERVICES if f"{path}/".startswith(f"{service}/")), "")


def violations(method: str, url: str, headers: Mapping[str, str], body: str) -> list[str]:
    """What the published metadata forbid in a request to a published service; empty = nothing."""
    service = service_of(url)
    parts = urlsplit(url)
    path = parts.path[len(service) :].strip("/")
    judge = _Judge(load(service), method)
    if path == "$batch":
        return [text for call in _CALL.findall(body) for text in _Judge(load(service), "GET").request(call, "")] or (
            [] if _CALL.search(body) else ["a batch without reads"]
        )
    if method != "GET" and headers.get("content-type", "") != "application/json" and body:
        return [f"a body of type {headers.get('content-type')}"]
    return list(judge.request(f"{path}?{parts.query}", body))


class _Judge:
    """One request to one service."""

    def __init__(self, service: Metadata, method: str) -> None:
        self._service, self._method, self._version = service, method, service.version

    def request(self, address: str, body: str) -> Iterator[str]:
        path, _, query = address.partition("?")
        options = dict(_options(query))
        unknown = options.keys() - _OPTIONS[self._version] - _OWN
        yield from (f"the option {name} is not offered" for name in sorted(unknown))
        if path in {"", "$metadata"}:
            return
        try:
            entity, single = self._place(path)
        except ValueError as error:
            yield str(error)
            return
        yield from self._shape(options.get("$select", ""), options.get("$expand", ""), entity)
        if "$filter" in options:
            yield from judge_filter(options["$filter"], entity, self._version)
        yield from self._order(options.get("$orderby", ""), entity)
        yield from self._numbers(options)
        if self._method == "POST":
            yield from self._body(entity, body, single=single)

    def _place(self, path: str) -> tuple[EntitySet, bool]:
        entity, single = None, False
        for segment in re.split(r"/(?=(?:[^']*'[^']*')*[^']*$)", unquote(path)):
            match = _SEGMENT.fullmatch(segment)
            if match is None:
                raise ValueError(f"the segment {segment} cannot be read")
            name, key = match.groups()
            if entity is None:
                entity = self._service.sets.get(name)
                if entity is None:
                    raise ValueError(f"there is no set {name} in {self._service.name}")
            elif name in entity.ways:
                entity = self._service.sets[entity.ways[name][0]]
            elif name != "$count":
                raise ValueError(f"there is no way {name} from {entity.name}")
            single = key is not None
            if key is not None:
                self._key(entity, key)
        if entity is None:
            raise ValueError("the path is empty")
        return entity, single

    def _key(self, entity: EntitySet, text: str) -> None:
        pairs = [pair.partition("=") for pair in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", text)]
        names = [name for name, equals, _ in pairs if equals]
        values = [value if equals else name for name, equals, value in pairs]
        if (names or list(entity.key)) != list(entity.key) or len(values) != len(entity.key):
            raise ValueError(f"({text}) is no key of {entity.name}")
        for name, value in zip(entity.key, values, strict=True):
            longest = entity.properties[name].length
            if not re.fullmatch(r"'(?:[^']|'')*'", value) or (longest and len(value) - 2 > longest):
                raise ValueError(f"{value} is no value of {entity.name}.{name}")

    def _shape(self, select: str, expand: str, entity: EntitySet) -> Iterator[str]:
        if self._version == 4:
            yield from self._shape_v4(select, expand, entity)
            return
        ways = [path.split("/") for path in expand.split(",") if path]
        for path in ways:
            yield from self._walk(path, entity)
        for path in (each.split("/") for each in select.split(",") if each):
            if len(path) > 1 and path[:-1] not in ways:
                yield f"{'/'.join(path)} is selected and not expanded"
            target = self._end(path[:-1], entity)
            if target and path[-1] not in target.properties and path[-1] not in target.ways:
                yield f"{target.name}.{path[-1]} does not exist"

    def _walk(self, path: Sequence[str], entity: EntitySet) -> Iterator[str]:
        if self._end(path, entity) is None:
            yield f"there is no way {'/'.join(path)} from {entity.name}"

    def _end(self, path: Sequence[str], entity: EntitySet) -> EntitySet | None:
        found: EntitySet | None = entity
        for name in path:
            if found is None or name not in found.ways:
                return None
            found = self._service.sets[found.ways[name][0]]
        return found

    def _shape_v4(self, select: str, expand: str, entity: EntitySet) -> Iterator[str]:
        for name in filter(None, select.split(",")):
            if name not in entity.properties:
                yield f"{entity.name}.{name} does not exist"
        for piece in _split(expand, ","):
            match = re.fullmatch(r"(\w+)(?:\((.*)\))?", piece)
            if match is None or match[1] not in entity.ways:
                yield f"there is no way {piece[:60]} from {entity.name}"
                continue
            inner = dict(part.split("=", 1) for part in _split(match[2] or "", ";") if "=" in part)
            yield from (f"{name} is not offered inside $expand" for name in inner.keys() - {"$select", "$expand"})
            target = self._service.sets[entity.ways[match[1]][0]]
            yield from self._shape_v4(inner.get("$select", ""), inner.get("$expand", ""), target)

    def _order(self, text: str, entity: EntitySet) -> Iterator[str]:
        for piece in filter(None, text.split(",")):
            name, _, direction = piece.strip().partition(" ")
            found = entity.properties.get(name)
            if found is None or direction not in {"", "asc", "desc"}:
                yield f"{entity.name} cannot be ordered by {piece}"
            elif not found.sortable:
                yield f"{entity.name}.{name} cannot be ordered by"

    def _numbers(self, options: Mapping[str, str]) -> Iterator[str]:
        for name in ("$top", "$skip"):
            if name in options and not options[name].isdigit():
                yield f"{name} is {options[name]}"
        allowed = {"$inlinecount": {"allpages", "none"}, "$count": {"true", "false"}, "$format": {"json"}}
        yield from (
            f"{name} is {options[name]}"
            for name, values in allowed.items()
            if options.get(name, "") not in {"", *values}
        )

    def _body(self, entity: EntitySet, text: str, *, single: bool) -> Iterator[str]:
        if single:
            yield "a POST to one entity"
        if not entity.creatable:
            yield f"{entity.name} cannot be created"
        try:
            body = json.loads(text, parse_float=Decimal)
        except ValueError:
            yield "a body that is no JSON"
            return
        yield from self._row(entity, body)

    def _row(self, entity: EntitySet, row: Any) -> Iterator[str]:
        if not isinstance(row, dict):
            yield f"{entity.name}: a row that is no object"
            return
        for name, value in row.items():
            if name in entity.ways:
                target, many = entity.ways[name]
                rows = value if many else [value]
                if not isinstance(rows, list):
                    yield f"{entity.name}.{name} must be a list"
                    continue
                for each in rows:
                    yield from self._row(self._service.sets[target], each)
            elif name not in entity.properties:
                yield f"{entity.name}.{name} does not exist"
            else:
                yield from self._value(entity, entity.properties[name], value)

    def _value(self, entity: EntitySet, found: Property, value: Any) -> Iterator[str]:
        place = f"{entity.name}.{found.name}"
        if not found.creatable:
            yield f"{place} cannot be set"
        if value is None:
            if not found.nullable:
                yield f"{place} may not be null"
            return
        if not _fits(found, value, self._version):
            yield f"{place}: {value!r} is no {found.kind}"
        elif found.kind == "String" and found.length and len(value) > found.length:
            yield f"{place}: {value!r} is longer than {found.length}"
        elif found.kind == "Decimal":
            yield from _digits(place, found, Decimal(str(value)))


def _digits(place: str, found: Property, value: Decimal) -> Iterator[str]:
    _, digits, exponent = value.normalize().as_tuple()
    places, whole = max(0, -int(exponent)), max(0, len(digits) + int(exponent))
    if found.scale is not None and places > found.scale:
        yield f"{place}: {value} has more than {found.scale} decimals"
    if found.precision and whole + (found.scale or 0) > found.precision:
        yield f"{place}: {value} has too many digits"


def _fits(found: Property, value: Any, version: int) -> bool:
    if found.kind == "Boolean":
        return isinstance(value, bool)
    if found.kind == "Decimal" and version == 4:
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    form = {"Decimal": _DIGITS, "DateTime": _MOMENT, "Date": _DAY}.get(found.kind)
    return isinstance(value, str) and (form is None or form.fullmatch(value) is not None)


def _options(query: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name in seen:
            yield f"{name} twice", ""
        if "+" in value:
            yield f"{name} with a plus for a blank", ""
        seen.add(name)
        yield unquote(name), unquote(value)


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
