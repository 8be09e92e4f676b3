"""Reads the `$metadata` of an OData service, version 2 or 4: sets, kinds of fields, navigations, what is closed.

It fetches nothing and judges nothing.
"""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

_KINDS = {
    "Edm.String": "text", "Edm.Guid": "text", "Edm.Boolean": "flag", "Edm.Decimal": "number", "Edm.Double": "number",
    "Edm.Int16": "number", "Edm.Int32": "number", "Edm.Int64": "number", "Edm.Byte": "number", "Edm.Date": "day",
    "Edm.DateTime": "day", "Edm.DateTimeOffset": "moment", "Edm.Time": "time", "Edm.TimeOfDay": "time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """Kinds of fields by set; the set behind each navigation; sets that say that nothing can be created in them."""

    sets: dict[str, dict[str, str]]
    ways: dict[str, str]
    closed: frozenset[str]

    def target(self, entity_set: str, navigation: str) -> str:
        """The set that a navigation leads to; version 2 names it after the set."""
        return (self.ways.get(navigation) or f"A_{navigation.removeprefix('to_')}") if navigation else entity_set


def parse(body: bytes) -> Metadata:
    """Read the document; ValueError when it is none."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat stops entity bombs, the session limits the size
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from None
    kinds: dict[str, dict[str, str]] = {}
    leads: dict[str, str] = {}
    for entity in _all(root, "EntityType"):
        kinds[entity.get("Name", "")] = {
            each.get("Name", ""): _KINDS.get(each.get("Type", ""), each.get("Type", ""))
            for each in _all(entity, "Property")
        }
        for way in _all(entity, "NavigationProperty"):
            leads.setdefault(way.get("Name", ""), _leaf(way.get("Type", "")))
    types = {each.get("Name", ""): _leaf(each.get("EntityType", "")) for each in _all(root, "EntitySet")}
    if not types:
        raise ValueError("it names no sets")
    by_type = {kind: name for name, kind in types.items()}
    return Metadata(
        sets={name: kinds.get(kind, {}) for name, kind in types.items()},
        ways={way: by_type[kind] for way, kind in leads.items() if kind in by_type},
        closed=frozenset({*_closed_v2(root), *_closed_v4(root)}),
    )


def _all(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if each.tag.rpartition("}")[2] == name]


def _leaf(name: str) -> str:
    return name.removeprefix("Collection(").removesuffix(")").rpartition(".")[2]


def _closed_v2(root: ET.Element) -> list[str]:
    sets = _all(root, "EntitySet")
    return [s.get("Name", "") for s in sets if any(k.endswith("}creatable") and v == "false" for k, v in s.items())]


def _closed_v4(root: ET.Element) -> list[str]:
    found = []
    for notes in _all(root, "Annotations"):
        for note in notes:
            if note.get("Term", "").endswith("Capabilities.InsertRestrictions") or (
                note.get("Term", "").endswith("capabilities.InsertRestrictions")
            ):
                values = [v for record in note for v in record if v.get("Property") == "Insertable"]
                if any(value.get("Bool") == "false" for value in values):
                    found.append(notes.get("Target", "").rpartition("/")[2])
    return found
