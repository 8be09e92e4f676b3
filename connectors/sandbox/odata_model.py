"""What an OData service offers: entity sets, properties with types, navigations.

It is a description for the sandbox servers; it reads and writes nothing.
"""

from dataclasses import dataclass, field

_SQL = {"s": "TEXT NOT NULL DEFAULT ''", "d": "REAL NOT NULL DEFAULT 0", "b": "INTEGER NOT NULL DEFAULT 0"}
EDM = {
    "s": "Edm.String",
    "d": "Edm.Decimal",
    "b": "Edm.Boolean",
    "t": "Edm.DateTime",
    "z": "Edm.DateTimeOffset",
    "D": "Edm.Date",
    "T": "Edm.Time",
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property: kind is s, d, b, t, z, D or T; `length` is the longest text or the precision; None scale = any."""

    name: str
    kind: str
    length: int = 0
    scale: int | None = 0

    @classmethod
    def parse(cls, text: str) -> "Property":
        """Read `Name:d13.3` and the like."""
        name, spec = text.split(":")
        if spec[0] == "d":
            precision, scale = spec[1:].split(".")
            return cls(name, "d", int(precision), None if scale == "v" else int(scale))
        return cls(name, spec[0], int(spec[1:] or 0))

    @property
    def column(self) -> str:
        """SQL declaration of the property's column; dates may be null, nothing else may."""
        kind = "INTEGER" if self.kind in "tz" else "TEXT"
        return f'"{self.name}" {_SQL.get(self.kind, kind)}'


@dataclass(frozen=True, slots=True)
class Navigation:
    """A way from one set to another: pairs of (own property, property over there)."""

    name: str
    target: str
    on: tuple[tuple[str, str], ...]
    many: bool = True


@dataclass(frozen=True, slots=True)
class EntitySet:
    """One entity set; its SQL table has the same name and columns.

    `version` names the property that tells one state of an entity from the next; where there is one, changes need it.
    """

    name: str
    type_name: str
    key: tuple[str, ...]
    properties: dict[str, Property]
    navigations: dict[str, Navigation] = field(default_factory=dict)
    version: str = ""

    @property
    def ddl(self) -> str:
        """CREATE TABLE with one column per property and a mark for documents made after the load."""
        columns = ", ".join(prop.column for prop in self.properties.values())
        key = ", ".join(f'"{name}"' for name in self.key)
        return f'CREATE TABLE "{self.name}" ({columns}, "_new" INTEGER NOT NULL DEFAULT 0, PRIMARY KEY ({key}))'


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its path on the server, OData version (2 or 4), namespace and entity sets."""

    name: str
    path: str
    version: int
    namespace: str
    sets: dict[str, EntitySet]


def make_set(
    name: str, spec: tuple[str, str, str], navigations: tuple[Navigation, ...] = (), version: str = ""
) -> EntitySet:
    """Build a set from its compact description."""
    type_name, key, properties = spec
    parsed = [Property.parse(text) for text in properties.split()]
    return EntitySet(
        name,
        type_name,
        tuple(key.split()),
        {prop.name: prop for prop in parsed},
        {nav.name: nav for nav in navigations},
        version,
    )


def statement(*parts: str) -> str:
    """Join pieces of SQL; names in them come from this description only, values go in as parameters."""
    return " ".join(parts)


def same(*names: str) -> tuple[tuple[str, str], ...]:
    """Pairs for a navigation whose properties have equal names on both sides."""
    return tuple((name, name) for name in names)
