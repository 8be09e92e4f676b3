"""What the S/4-like server offers agrees with the published metadata: sets, keys, properties, types, lengths."""

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connectors.sandbox.odata_model import EDM, Service
from connectors.sandbox.s4_services import SERVICES

ROOT = Path(__file__).parents[3]
EDMX = Path(os.environ.get("RESTOCK_REFERENCE", ROOT.parent / "shared")) / "contracts" / "sap" / "edmx"
FILES = {"api_purchaseorder_2": "CE_PURCHASEORDER_0001", "api_purchaserequisition_2": "CE_PURCHASEREQUISITION_0001"}

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not EDMX.is_dir(), reason=f"published metadata not found at {EDMX}; set RESTOCK_REFERENCE"),
]


def _local(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _published(service: Service) -> tuple[dict[str, str], dict[str, ET.Element], set[str]]:
    root = ET.parse(EDMX / f"{FILES.get(service.name, service.name)}.edmx").getroot()  # noqa: S314 - our own file
    sets = {
        e.get("Name", ""): e.get("EntityType", "").rsplit(".", 1)[-1] for e in root.iter() if _local(e) == "EntitySet"
    }
    types = {e.get("Name", ""): e for e in root.iter() if _local(e) == "EntityType"}
    namespaces = {e.get("Namespace", "") for e in root.iter() if _local(e) == "Schema"}
    return sets, types, namespaces


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_sets_types_and_keys_are_published(service: Service) -> None:
    sets, types, namespaces = _published(service)
    assert service.namespace in namespaces
    for name, entity in service.sets.items():
        assert sets[name] == entity.type_name
        key = [ref.get("Name", "") for child in types[entity.type_name] if _local(child) == "Key" for ref in child]
        assert list(entity.key) == key


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_properties_have_the_published_type_and_length(service: Service) -> None:
    _, types, _ = _published(service)
    for entity in service.sets.values():
        published = {e.get("Name", ""): e for e in types[entity.type_name] if _local(e) == "Property"}
        for prop in entity.properties.values():
            theirs = published[prop.name]
            assert theirs.get("Type", "") == EDM[prop.kind], prop.name
            if prop.kind == "s":
                assert prop.length == int(theirs.get("MaxLength", "")), prop.name
            if prop.kind == "d":
                scale = "variable" if prop.scale is None else str(prop.scale)
                assert (str(prop.length), scale) == (theirs.get("Precision", ""), theirs.get("Scale", "0")), prop.name


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_navigations_are_published(service: Service) -> None:
    _, types, _ = _published(service)
    for entity in service.sets.values():
        published = {e.get("Name", ""): e for e in types[entity.type_name] if _local(e) == "NavigationProperty"}
        for navigation in entity.navigations.values():
            assert navigation.name in published
            if service.version == 4:
                many = published[navigation.name].get("Type", "").startswith("Collection(")
                assert many is navigation.many
                assert service.sets[navigation.target].type_name in published[navigation.name].get("Type", "")
