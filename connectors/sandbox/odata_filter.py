"""Reads OData `$filter` and `$orderby` and writes them as SQL with parameters.

Comparisons, and/or/not, parentheses and the text functions are known; everything else is refused with 400.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from connectors.sandbox.odata_errors import bad
from connectors.sandbox.odata_model import EntitySet, Property

_TOKEN = re.compile(
    r"\s*(?:(?P<stamp>datetimeoffset|datetime|time)'(?P<when>[^']*)'|(?P<text>'(?:[^']|'')*')"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}(?:T[0-9:.]+Z)?)|(?P<number>-?\d+(?:\.\d+)?)[mMdDfFlL]?"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_/]*)|(?P<mark>[(),]))"
)
_COMPARE = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LIKE = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}", "substringof": "%{}%"}
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a filter: kind is stamp, text, iso, number, word or mark."""

    kind: str
    value: str


def tokens(text: str) -> list[Token]:
    """Cut a filter into tokens; 400 where a character fits nowhere (a plus sign for a blank, say)."""
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if not match:
            raise bad(f"Invalid token detected at position {place} of '{text}'")
        place = match.end()
        kind = next(name for name in ("stamp", "text", "iso", "number", "word", "mark") if match[name] is not None)
        value = match["when"] if kind == "stamp" else match[kind]
        found.append(Token(kind, value[1:-1].replace("''", "'") if kind == "text" else value))
    return found


class Filter:
    """One parsed filter: `sql` with `?` marks and `values`; `names` are the properties it mentions."""

    def __init__(self, text: str, entity: EntitySet, version: int, alias: str) -> None:
        self._tokens = tokens(text)
        self._place = 0
        self._entity = entity
        self._version = version
        self._alias = alias
        self.values: list[Value] = []
        self.names: set[str] = set()
        self.sql = self._or()
        if self._place != len(self._tokens):
            raise bad(f"Unexpected '{self._tokens[self._place].value}' in filter")

    def _peek(self) -> Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else Token("end", "")

    def _take(self, value: str = "") -> Token:
        token = self._peek()
        if token.kind == "end" or (value and token.value != value):
            raise bad(f"Expected '{value or 'a value'}' but found '{token.value}' in filter")
        self._place += 1
        return token

    def _or(self) -> str:
        parts = [self._and()]
        while self._peek() == Token("word", "or"):
            self._take()
            parts.append(self._and())
        return "(" + " OR ".join(parts) + ")"

    def _and(self) -> str:
        parts = [self._one()]
        while self._peek() == Token("word", "and"):
            self._take()
            parts.append(self._one())
        return " AND ".join(parts)

    def _one(self) -> str:
        token = self._peek()
        if token == Token("mark", "("):
            self._take()
            inner = self._or()
            self._take(")")
            return inner
        if token == Token("word", "not"):
            self._take()
            return f"NOT ({self._one()})"
        if token.kind == "word" and token.value in _LIKE:
            return self._function()
        prop = self._property()
        operator = self._take().value
        if operator not in _COMPARE:
            raise bad(f"Invalid operator '{operator}' in filter")
        return self._comparison(prop, operator)

    def _comparison(self, prop: Property, operator: str) -> str:
        value = literal(self._take(), prop, self._version)
        column = f'{self._alias}."{prop.name}"'
        if value is None:
            return f"{column} IS {'NOT ' if operator == 'ne' else ''}NULL"
        self.values.append(value)
        return f"{column} {_COMPARE[operator]} ?"

    def _function(self) -> str:
        name = self._take().value
        if (name == "substringof") is (self._version == 4) and name in ("substringof", "contains"):
            raise bad(f"Function '{name}' is not supported")
        self._take("(")
        if name == "substringof":
            text = self._take()
            self._take(",")
            prop = self._property()
        else:
            prop = self._property()
            self._take(",")
            text = self._take()
        self._take(")")
        if self._peek() == Token("word", "eq"):
            self._take()
            self._take("true")
        if prop.kind != "s" or text.kind != "text":
            raise bad(f"Function '{name}' needs text", prop.name)
        escaped = re.sub(r"([%_\\])", r"\\\1", text.value)
        self.values.append(_LIKE[name].format(escaped))
        return f"{self._alias}.\"{prop.name}\" LIKE ? ESCAPE '\\'"

    def _property(self) -> Property:
        prop = find(self._entity, self._take().value)
        self.names.add(prop.name)
        return prop


def find(entity: EntitySet, name: str) -> Property:
    """The property of that name, or 400."""
    if name not in entity.properties:
        raise bad(f"Property {name} not found in type {entity.type_name}", name)
    return entity.properties[name]


def literal(token: Token, prop: Property, version: int) -> Value:
    """Turn a literal into the stored value; 400 when its form does not fit the property's type."""
    stored: Value
    if token == Token("word", "null"):
        return None
    if prop.kind == "s" and token.kind == "text":
        stored = token.value
    elif prop.kind == "b" and token.value in ("true", "false"):
        stored = int(token.value == "true")
    elif prop.kind == "d" and token.kind == "number":
        stored = float(Decimal(token.value))
    elif (prop.kind in "tz" and version == 2 and token.kind == "stamp") or (prop.kind == "z" and token.kind == "iso"):
        stored = milliseconds(token.value, prop.name)
    elif prop.kind == "D" and token.kind == "iso":
        stored = token.value
    else:
        raise bad(f"Invalid literal '{token.value}' for property '{prop.name}'", prop.name)
    return stored


def milliseconds(text: str, target: str) -> int:
    """Milliseconds since 1970 of an ISO time; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad(f"Invalid date literal '{text}'", target) from None
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def order_by(text: str, entity: EntitySet, alias: str) -> str:
    """SQL of `$orderby`, completed by the key so that pages never overlap."""
    parts = []
    for piece in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = piece.partition(" ")
        if direction not in ("", "asc", "desc"):
            raise bad(f"Invalid order '{direction}'")
        parts.append(f'{alias}."{find(entity, name).name}" {direction or "asc"}')
    parts += [f'{alias}."{name}"' for name in entity.key]
    return ", ".join(parts)
