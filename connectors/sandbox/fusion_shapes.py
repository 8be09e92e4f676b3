"""How resources of the Fusion-like server are declared: attributes, kinds, keys, children.

It declares none itself; `fusion_schema` and `fusion_schema_documents` do.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `kind` is id, number, text, flag, date or datetime."""

    name: str
    kind: str
    required: bool = False
    queryable: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource or child; rows live in `table`, children are tied by the attribute `on`."""

    name: str
    table: str
    key: str
    attributes: tuple[Attribute, ...]
    on: str = ""
    listed: bool = True
    children: tuple["Resource", ...] = ()
    actions: tuple[str, ...] = ()
    by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index attributes by name once."""
        self.by_name.update({attribute.name: attribute for attribute in self.attributes})

    def child(self, name: str) -> "Resource | None":
        """Return the child called `name`, if there is one."""
        return next((child for child in self.children if child.name == name), None)


def attributes_of(text: str) -> tuple[Attribute, ...]:
    """Parse `Name:kind` words; `!` marks mandatory, `-` not usable in q."""
    parsed = []
    for word in text.split():
        name, kind = word.rstrip("!-").split(":")
        parsed.append(Attribute(name, kind, required=word.endswith("!"), queryable=not word.endswith("-")))
    return tuple(parsed)


def words(kind: str, names: str) -> str:
    """Give every name the same kind."""
    return " ".join(f"{name}:{kind}" for name in names.split())
