"""What a unit on a document is in base units: set, learned, read, or unknown, and never guessed."""

from fractions import Fraction
from typing import Any

import pytest

from connectors.oracle.client import FusionClient
from connectors.oracle.units import Units
from tests.connectors.oracle.fusion_parts import Pod, fusion_settings, page
from tests.fakes import ManualClock

BOXES = [{"unit": "BX", "base_units": "12", "item": "A"}]


def item(number: str = "A", unit: str | None = "Each", code: str = "M1", place: int = 1) -> dict[str, Any]:
    return {"ItemId": ord(number[0]), "OrganizationId": place, "OrganizationCode": code, "ItemNumber": number,
            "PrimaryUOMValue": unit}  # fmt: skip


def stock(number: str, code: str | None, row: int = 1) -> dict[str, Any]:
    return {"InventoryItemId": row, "ItemNumber": number, "PrimaryUOMCode": code}


def units(**changes: Any) -> Units:
    settings = fusion_settings(**changes)
    return Units(FusionClient(settings, ManualClock()), settings)


def asked(pod: Pod, resource: str) -> int:
    return sum(path.startswith(resource) for path, _ in pod.sent("GET"))


@pytest.mark.parametrize(("of", "unit"), [("", "Ea"), ("A", ""), ("", "")])
def test_without_an_item_or_a_unit_there_is_nothing_to_convert(pod: Pod, of: str, unit: str) -> None:
    assert units().factor(of, unit) == 1
    assert not pod.mock.calls


def test_a_conversion_of_the_settings_is_believed_without_asking(pod: Pod) -> None:
    assert units(conversions=BOXES).factor("A", "BX") == 12
    assert not pod.mock.calls


@pytest.mark.parametrize(
    ("unit", "codes", "rows", "factor"),
    [
        ("Each", {}, [], 1),  # by its name
        ("Ea", {"Each": "Ea"}, [], 1),  # set
        ("Ea", {}, [stock("A", "Ea")], 1),  # learned from the stock of the item
        ("Ea", {}, [stock("B", "Ea")], 1),  # learned from an item that is counted alike
        ("Ea", {}, [], None),  # nobody says what it is
        ("Ea", {}, [stock("C", "Ea")], None),  # its name is another
        ("BX", {"Each": "Ea"}, [], None),
        ("BX", {}, [stock("A", "Ea")], None),
        ("BX", {}, [stock("C", "BX"), stock("B", "Ea", 2)], None),  # a base unit elsewhere
    ],
)
def test_a_unit_is_the_base_unit_or_unknown(
    pod: Pod, unit: str, codes: dict[str, str], rows: list[dict[str, Any]], factor: int | None
) -> None:
    pod.gives("itemsV2", page(item("A"), item("B"), item("C", "Box")))
    pod.gives("onhandQuantityDetails", page(*rows))
    found = units(uom_codes=codes).factor("A", unit)
    assert found == (None if factor is None else Fraction(factor))


def test_an_item_that_is_not_there_or_counted_in_two_ways_is_unknown(pod: Pod) -> None:
    pod.gives(
        "itemsV2", page(item("A"), item("A", "Box", "M2", 2), item("C", None), item("D"), item("D", "Box", "X", 3))
    )
    pod.gives("onhandQuantityDetails", page())
    known = units(uom_codes={"Each": "Ea"})
    assert [known.factor(name, "Ea") for name in "ABCD"] == [None, None, None, 1]


def test_what_was_read_is_not_read_again(pod: Pod) -> None:
    pod.gives("itemsV2", page(item("A"), item("B")))
    pod.gives("onhandQuantityDetails", page(stock("A", "Ea")))
    known = units()
    known.prepare(["A", "B", "", "A"])
    for _ in range(3):
        assert [known.factor(name, "Ea") for name in "AB"] == [1, 1]
    assert (asked(pod, "itemsV2"), asked(pod, "onhand")) == (1, 1)


def test_many_items_are_asked_for_in_chunks(pod: Pod) -> None:
    pod.gives("itemsV2", page())
    units().prepare(f"I{n}" for n in range(41))
    assert asked(pod, "itemsV2") == 3
