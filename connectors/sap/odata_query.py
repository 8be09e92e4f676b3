"""What is asked of an OData service and how it is spelled: services, queries, literals, keys, JSON bodies.

It sends nothing and knows no entity.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from bot.errors import Refused


@dataclass(frozen=True, slots=True)
class Service:
    """One OData service: its path below the host, and whether it speaks version 2 or 4."""

    path: str
    version: int = 2

    @property
    def root(self) -> str:
        """Path of the service root, with the trailing slash that a token needs."""
        return f"{self.path}/"


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of an entity set; `select` is never empty, so that a release that adds fields changes nothing.

    Its first field leads the key, as text that few rows share: by it the set is paged. `lasting` sets, histories and
    master data, may be taken from pages that a killed run has kept.
    """

    entity_set: str
    select: Sequence[str]
    where: str = ""
    expand: str = ""
    lasting: bool = False

    @property
    def lead(self) -> str:
        """Field that the set is ordered and paged by."""
        return self.select[0]

    def but(self, condition: str) -> "Query":
        """The same with one more condition."""
        return replace(self, where=f"{_bracketed(self.where)} and {condition}" if self.where else condition)


def _bracketed(where: str) -> str:
    """A condition that may hold an `or` outside brackets, safe to be joined by `and`."""
    return f"({where})" if " or " in where and not where.startswith("(") else where


@dataclass(frozen=True, slots=True)
class Change:
    """One request that a token must accompany; `key` names what it is for where its outcome is not known."""

    service: Service
    method: str
    path: str
    key: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def guarded(self) -> bool:
        """Whether it is carried out only on what was read: with an ETag, on an entity that exists."""
        return "If-Match" in self.headers


def text(value: str) -> str:
    """Literal of a string in a filter, its quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


def day(value: date, version: int) -> str:
    """Literal of a day in a filter of that OData version."""
    return f"datetime'{value.isoformat()}T00:00:00'" if version == 2 else value.isoformat()


def one_of(field: str, values: Sequence[str]) -> str:
    """Filter that holds when the field has one of the values (no `in`: version 2 has none)."""
    return "(" + " or ".join(f"{field} eq {text(value)}" for value in values) + ")"


def key_path(entity_set: str, key: str) -> str:
    """Path of one entity with a text key; quotes doubled, everything else percent-encoded."""
    return f"{entity_set}({quote(text(key), safe=chr(39))})"


def encode(payload: object) -> bytes:
    """JSON of a version 4 payload; decimals become numbers, Refused when one has more than 15 digits."""
    return json.dumps(payload, default=_number, separators=(",", ":")).encode()


def _number(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    number = float(value)
    if Decimal(repr(number)) != value or len(value.normalize().as_tuple().digits) > 15:
        raise Refused(f"the number {value} is too long for the interface")
    return number
