"""Published OData metadata as sets, properties and ways between them; it judges nothing."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
EDMX = (ROOT / os.environ.get("RESTOCK_REFERENCE", "../shared")).resolve() / "contracts" / "sap" / "edmx"
_V2, _V4 = "/sap/opu/odata/sap", "/sap/opu/odata4/sap"
SERVICES = {
    **{
        f"{_V2}/{name}": name
        for name in (
            "API_BUSINESS_PARTNER", "API_INFORECORD_PROCESS_SRV", "API_MATERIAL_DOCUMENT_SRV", "API_MATERIAL_STOCK_SRV",
            "API_PRODUCT_SRV", "API_PURCHASEORDER_PROCESS_SRV", "API_PURCHASEREQ_PROCESS_SRV",
        )
    },
    f"{_V4}/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001": "CE_PURCHASEORDER_0001",
    f"{_V4}/api_purchaserequisition_2/srvd_a2x/sap/purchaserequisition/0001": "CE_PURCHASEREQUISITION_0001",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Property:
    """One property: EDM type without prefix, longest text, precision, scale (None = any), what it allows."""

    name: str
    kind: str
    length: int | None
    precision: int | None
    scale: int | None
    nullable: bool
    filterable: bool = True
    sortable: bool = True
    creatable: bool = True


@dataclass(slots=True)
class EntitySet:
    """One set: its key, properties, and the sets that its navigations lead to (name, many)."""

    name: str
    key: tuple[str, ...]
    properties: dict[str, Property]
    ways: dict[str, tuple[str, bool]] = field(default_factory=dict)
    creatable: bool = True


@dataclass(slots=True)
class Metadata:
    """One service."""

    name: str
    version: int
    sets: dict[str, EntitySet]
    functions: frozenset[str]


def _leaf(text: str) -> str:
    return text.removeprefix("Collection(").removesuffix(")").rpartition(".")[2]


def _all(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in root.iter() if each.tag.endswith(f"}}{name}"))


def _sap(element: ET.Element, name: str) -> str:
    return next(
        (value for key, value in element.attrib.items() if key.endswith(f"}}{name}") or key == f"sap:{name}"), ""
    )


@cache
def load(path: str) -> Metadata:
    """Metadata of the service at a path; KeyError when none was published."""
    name = SERVICES[path]
    root = ET.parse(EDMX / f"{name}.edmx").getroot()  # noqa: S314 - published files, read from disk
    version = 2 if path.startswith(f"{_V2}/") else 4
    types = {each.get("Name", ""): each for each in _all(root, "EntityType")}
    sets = {each.get("Name", ""): _leaf(each.get("EntityType", "")) for each in _all(root, "EntitySet")}
    by_type = {kind: found for found, kind in sets.items()}
    ends = _ends(root)
    closed = _closed_v4(root)
    made = {}
    for each in _all(root, "EntitySet"):
        found = each.get("Name", "")
        kind = types[sets[found]]
        made[found] = EntitySet(
            found,
            tuple(ref.get("Name", "") for key in _all(kind, "Key") for ref in _all(key, "PropertyRef")),
            {p.get("Name", ""): _property(p, closed.get(found, {})) for p in _all(kind, "Property")},
            _ways(kind, ends, by_type, version),
            creatable=_sap(each, "creatable") != "false",
        )
    names = [*_all(root, "FunctionImport"), *_all(root, "Action"), *_all(root, "Function")]
    return Metadata(name, version, made, frozenset(each.get("Name", "") for each in names))


def _property(each: ET.Element, closed: dict[str, set[str]]) -> Property:
    name, scale = each.get("Name", ""), each.get("Scale")
    longest, precision = each.get("MaxLength"), each.get("Precision")
    return Property(
        name,
        each.get("Type", "").removeprefix("Edm."),
        int(longest) if longest and longest.isdigit() else None,
        int(precision) if precision else None,
        int(scale) if scale and scale.isdigit() else (None if scale else 0),
        each.get("Nullable", "true") != "false",
        filterable=_sap(each, "filterable") != "false" and name not in closed.get("filter", set()),
        sortable=_sap(each, "sortable") != "false" and name not in closed.get("sort", set()),
        creatable=_sap(each, "creatable") != "false",
    )


def _ends(root: ET.Element) -> dict[tuple[str, str], tuple[str, bool]]:
    """Entity type and multiplicity by association and role (version 2)."""
    return {
        (association.get("Name", ""), end.get("Role", "")): (_leaf(end.get("Type", "")), end.get("Multiplicity") == "*")
        for association in _all(root, "Association")
        for end in _all(association, "End")
    }


def _ways(
    kind: ET.Element, ends: dict[tuple[str, str], tuple[str, bool]], by_type: dict[str, str], version: int
) -> dict[str, tuple[str, bool]]:
    found = {}
    for way in _all(kind, "NavigationProperty"):
        if version == 2:
            target, many = ends[_leaf(way.get("Relationship", "")), way.get("ToRole", "")]
        else:
            text = way.get("Type", "")
            target, many = _leaf(text), text.startswith("Collection(")
        if target in by_type:
            found[way.get("Name", "")] = (by_type[target], many)
    return found


def _closed_v4(root: ET.Element) -> dict[str, dict[str, set[str]]]:
    """Properties that annotations close for filters and sorting, by set."""
    found: dict[str, dict[str, set[str]]] = {}
    for block in _all(root, "Annotations"):
        entity_set = block.get("Target", "").rpartition("/")[2]
        for annotation in _all(block, "Annotation"):
            term = annotation.get("Term", "").rpartition(".")[2]
            for value in _all(annotation, "PropertyValue"):
                if value.get("Property") in {"NonFilterableProperties", "NonSortableProperties"}:
                    names = {(path.text or "") for path in _all(value, "PropertyPath")}
                    key = "filter" if term.startswith("Filter") else "sort"
                    found.setdefault(entity_set, {}).setdefault(key, set()).update(names)
    return found
