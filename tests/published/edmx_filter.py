"""Judges `$filter` of either OData version against the properties of a set."""

import re
from collections.abc import Iterator

from tests.published.edmx_model import EntitySet, Property

_TOKEN = re.compile(
    r"\s*(?:(?P<text>datetime(?:offset)?'[^']*'|time'[^']*'|guid'[^']*'|'(?:[^']|'')*')|(?P<mark>[(),])"
    r"|(?P<word>[A-Za-z_][\w/]*)|(?P<number>-?\d[\dA-Za-z.:+-]*))"
)
_COMPARE = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS = {
    2: frozenset({"substringof", "startswith", "endswith"}),
    4: frozenset({"contains", "startswith", "endswith"}),
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_FORMS: dict[int, dict[str, re.Pattern[str]]] = {
    2: {
        "String": re.compile(r"'(?:[^']|'')*'"), "Decimal": re.compile(r"-?\d+(\.\d+)?[mM]"),
        "DateTime": re.compile(r"datetime'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'"),
        "DateTimeOffset": re.compile(r"datetimeoffset'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'"),
        "Boolean": re.compile(r"true|false"), "Int32": re.compile(r"-?\d+"),
    },
    4: {
        "String": re.compile(r"'(?:[^']|'')*'"), "Decimal": re.compile(r"-?\d+(\.\d+)?"), "Date": _DAY,
        "DateTimeOffset": _MOMENT, "Boolean": re.compile(r"true|false"), "Int32": re.compile(r"-?\d+"),
    },
}  # fmt: skip


def judge(text: str, entity: EntitySet, version: int) -> list[str]:
    """What is wrong with a filter; empty = nothing."""
    try:
        return list(_Filter(_tokens(text), entity, version).whole())
    except ValueError as error:
        return [f"$filter cannot be read: {error}"]


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(text[place : place + 30])
        found.append(match.group(0).strip())
        place = match.end()
    return found


class _Filter:
    """Reads a filter from left to right: terms joined by `and` and `or`, brackets, `not`."""

    def __init__(self, tokens: list[str], entity: EntitySet, version: int) -> None:
        self._left, self._entity, self._version = list(reversed(tokens)), entity, version

    def whole(self) -> Iterator[str]:
        yield from self._either()
        if self._left:
            raise ValueError(f"{self._left[-1]} is left over")

    def _take(self, wanted: str = "") -> str:
        if not self._left:
            raise ValueError("it ends too early")
        found = self._left.pop()
        if wanted and found != wanted:
            raise ValueError(f"{found} where {wanted} should stand")
        return found

    def _either(self) -> Iterator[str]:
        yield from self._term()
        while self._left and self._left[-1] in {"and", "or"}:
            self._take()
            yield from self._term()

    def _term(self) -> Iterator[str]:
        first = self._take()
        if first == "(":
            yield from self._either()
            self._take(")")
        elif first == "not":
            yield from self._term()
        elif self._left and self._left[-1] == "(":
            yield from self._function(first)
        else:
            yield from self._comparison(first)

    def _comparison(self, name: str) -> Iterator[str]:
        operator, value = self._take(), self._take()
        if operator not in _COMPARE:
            yield f"{operator} is no comparison"
        yield from self._field(name, value)

    def _function(self, name: str) -> Iterator[str]:
        if name not in _FUNCTIONS[self._version]:
            yield f"the function {name} is not offered"
        self._take("(")
        arguments = [self._take()]
        while self._take() == ",":
            arguments.append(self._take())
        for each in arguments:
            if not each.startswith("'"):
                yield from self._field(each, "''")
        if self._left and self._left[-1] in _COMPARE:
            self._take()
            if self._take() not in {"true", "false"}:
                yield f"{name} is compared with something else than true or false"

    def _field(self, name: str, value: str) -> Iterator[str]:
        found = self._entity.properties.get(name)
        if found is None:
            yield f"{self._entity.name}.{name} does not exist"
            return
        if not found.filterable:
            yield f"{self._entity.name}.{name} cannot be filtered"
        yield from self._value(found, value)

    def _value(self, found: Property, value: str) -> Iterator[str]:
        form = _FORMS[self._version].get(found.kind)
        if form is None or not form.fullmatch(value):
            yield f"{found.name}: {value} is no literal of {found.kind}"
        elif found.kind == "String" and found.length and len(value[1:-1].replace("''", "'")) > found.length:
            yield f"{found.name}: {value} is longer than {found.length}"
