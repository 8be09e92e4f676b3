"""The zip of an order: columns, quotes, lengths, sums, and the same bytes for the same order."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.oracle.fbdi import archive, batch, members
from connectors.oracle.fbdi_columns import DISTRIBUTIONS, HEADERS, LINES, MEMBERS, SCHEDULES
from connectors.oracle.lookups import ImportNames
from tests.connectors.oracle.fbdi_parts import loaded
from tests.connectors.oracle.fusion_parts import KEY, fusion_settings, purchase_order

NAMES = ImportNames("US1 Business Unit", "US1 Req", "Jones, Clare", "", "Purchase Order", "1252", "LEE MAIN", "Seattle")
CONVERSION = {"unit": "BX", "base_units": "12"}
SETTINGS = fusion_settings(uom_codes={"Each": "Ea", "Box": "BX"}, conversions=[CONVERSION])


def rows(order: PurchaseOrder, names: ImportNames = NAMES, **changes: Any) -> dict[str, list[dict[str, str]]]:
    settings = SETTINGS.model_copy(update=changes)
    return loaded(archive(members(order, names, settings)))


def two_lines() -> PurchaseOrder:
    order = purchase_order()
    second = replace(
        order.lines[0], number=2, item='Rod 5", "long"', quantity=Decimal(24), order_unit="BX",
        unit_factor=Fraction(12), price=Decimal("0.25"), price_unit=Decimal(1), need_key="n2",
    )  # fmt: skip
    return replace(order, lines=(second, order.lines[0]))


def test_an_order_is_one_header_with_its_rows_chained_by_keys() -> None:
    found = rows(two_lines())
    assert list(found) == list(MEMBERS)
    (header,) = found[HEADERS]
    assert header == {
        "INTERFACE_HEADER_KEY": KEY, "ACTION": "ORIGINAL", "BATCH_ID": batch(KEY), "INTERFACE_SOURCE_CODE": "RESTOCK",
        "APPROVAL_ACTION": "SUBMIT", "DOCUMENT_NUM": KEY, "DOCUMENT_TYPE_CODE": "STANDARD",
        "STYLE_DISPLAY_NAME": "Purchase Order", "PRC_BU_NAME": "US1 Business Unit", "REQ_BU_NAME": "US1 Req",
        "AGENT_NAME": "Jones, Clare", "CURRENCY_CODE": "USD", "COMMENTS": f"{KEY} Restock M1 1252",
        "VENDOR_NUM": "1252", "VENDOR_SITE_CODE": "LEE MAIN",
    }  # fmt: skip
    first, second = found[LINES]
    assert first == {
        "INTERFACE_LINE_KEY": f"{KEY}-1", "INTERFACE_HEADER_KEY": KEY, "LINE_NUM": "1", "LINE_TYPE": "Goods",
        "ITEM": "AS-1001", "QUANTITY": "20", "UNIT_OF_MEASURE": "Each", "UNIT_PRICE": "12.5",
    }  # fmt: skip
    assert (second["ITEM"], second["QUANTITY"], second["UNIT_OF_MEASURE"], second["UNIT_PRICE"]) == (
        'Rod 5", "long"', "2", "Box", "3",
    )  # fmt: skip
    assert found[SCHEDULES][0] == {
        "INTERFACE_LINE_LOCATION_KEY": f"{KEY}-1-1", "INTERFACE_LINE_KEY": f"{KEY}-1", "SHIPMENT_NUM": "1",
        "SHIP_TO_LOCATION": "Seattle", "SHIP_TO_ORGANIZATION_CODE": "M1", "QUANTITY": "20",
        "NEED_BY_DATE": "2026/10/01", "REQUESTED_DELIVERY_DATE": "2026/10/01", "DESTINATION_TYPE_CODE": "INVENTORY",
    }  # fmt: skip
    assert found[DISTRIBUTIONS][1] == {
        "INTERFACE_DISTRIBUTION_KEY": f"{KEY}-2-1-1", "INTERFACE_LINE_LOCATION_KEY": f"{KEY}-2-1",
        "DISTRIBUTION_NUM": "1", "DELIVER_TO_LOCATION": "Seattle", "QUANTITY_ORDERED": "2",
    }  # fmt: skip


def test_the_mail_address_names_the_buyer_where_there_is_one() -> None:
    (header,) = rows(purchase_order(), replace(NAMES, buyer_email="buyer@company.example"))[HEADERS]
    assert header["AGENT_EMAIL_ADDRESS"] == "buyer@company.example"
    assert "AGENT_NAME" not in header


def test_every_field_is_quoted_and_rows_end_with_a_line_feed_alone() -> None:
    content = archive(members(two_lines(), NAMES, SETTINGS))
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        for member, columns in MEMBERS.items():
            text = given.read(member).decode()
            assert text.endswith("\n")
            assert "\r" not in text
            fields = re.findall(r'"(?:[^"]|"")*"(?=[,\n])', text)
            assert len(fields) == len(columns) * text.count("\n")
        assert '"Rod 5"", ""long"""' in given.read(LINES).decode()


def test_the_same_order_gives_the_same_bytes() -> None:
    assert archive(members(two_lines(), NAMES, SETTINGS)) == archive(members(two_lines(), NAMES, SETTINGS))


@given(st.from_regex(r"\A[A-Z0-9]{12}\Z"))
def test_a_batch_is_a_number_that_the_loader_takes(key: str) -> None:
    assert re.fullmatch(r"\d{1,15}", batch(key))


def _endless(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest != 1


amounts = st.decimals(min_value="0.001", max_value=100_000, places=3)
prices = st.decimals(min_value="0.0001", max_value=10_000, places=4)


@given(st.lists(st.tuples(amounts, prices, st.sampled_from(["Ea", "BX"])), min_size=1, max_size=6))
def test_quantities_and_amounts_add_up_to_the_order_or_nothing_is_made(
    wanted: list[tuple[Decimal, Decimal, str]],
) -> None:
    lines = tuple(
        OrderLine(
            number, f"item {number}", "M1", quantity, "Ea", price, date(2026, 10, 1), f"n{number}", order_unit=unit,
            unit_factor=Fraction(12 if unit == "BX" else 1),
        )
        for number, (quantity, price, unit) in enumerate(wanted, 1)
    )  # fmt: skip
    order = replace(purchase_order(), lines=lines)
    if any(_endless(Fraction(quantity) / 12) for quantity, _, unit in wanted if unit == "BX"):
        with pytest.raises(Refused, match="no end as a decimal"):
            rows(order)
        return
    found = rows(order)
    written = [Fraction(row["QUANTITY"]) * Fraction(row["UNIT_PRICE"]) for row in found[LINES]]
    assert sum(written) == sum(Fraction(quantity) * Fraction(price) for quantity, price, _ in wanted)
    sums = [
        [Fraction(row[column]) for row in found[member]]
        for member, column in ((LINES, "QUANTITY"), (SCHEDULES, "QUANTITY"), (DISTRIBUTIONS, "QUANTITY_ORDERED"))
    ]
    assert sums[0] == sums[1] == sums[2]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_every_text_comes_back_letter_by_letter(item: str) -> None:
    assert rows(purchase_order(item=item))[LINES][0]["ITEM"] == item


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"item": "x" * 301}, "ITEM takes 300 characters, not 301"),
        ({"item": "bolt\n8"}, "control character"),
        ({"quantity": Decimal(1), "order_unit": "BX", "unit_factor": Fraction(12)}, "no end as a decimal"),
        ({"order_unit": "BX", "unit_factor": Fraction(10)}, "not what conversions"),
        ({"unit": "KG"}, "0 names of the unit KG"),
    ],
)
def test_what_cannot_be_written_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        rows(purchase_order(**change))


def test_a_unit_with_two_names_is_refused() -> None:
    with pytest.raises(Refused, match="2 names of the unit Ea"):
        rows(purchase_order(), uom_codes={"Each": "Ea", "Piece": "Ea"})


def test_a_unit_that_is_a_name_already_travels_as_it_is() -> None:
    assert rows(purchase_order(unit="Kilogram"))[LINES][0]["UNIT_OF_MEASURE"] == "Kilogram"


def test_a_wrong_column_never_shifts_the_others() -> None:
    made = members(purchase_order(), NAMES, SETTINGS)
    with pytest.raises(ValueError, match="there is no column QUANTIY"):
        archive({**made, LINES: [{"QUANTIY": "1"}]})


def test_a_comma_in_a_name_is_no_new_field() -> None:
    text = zipfile.ZipFile(io.BytesIO(archive(members(purchase_order(), NAMES, SETTINGS)))).read(HEADERS).decode()
    assert len(next(csv.reader([text]))) == len(MEMBERS[HEADERS])
