"""Values at the border: padded codes, days, signs behind numbers, lengths checked before a call."""

from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from connectors.sap.rfc_values import (
    Field,
    amount,
    flags,
    iso,
    iso_column,
    material,
    packed,
    padded,
    row,
    shown,
    shown_column,
    signed,
)

FIELDS = {"CODE": Field("C", 4), "TEXT": Field("C", 4, lower=True), "ITEM": Field("N", 5), "DAY": Field("D", 8),
          "QTY": Field("P", 13, 3)}  # fmt: skip


@given(st.from_regex(r"[1-9][0-9]{0,17}|[A-Z][A-Z0-9-]{0,17}", fullmatch=True))
def test_codes_come_back_as_they_went(code: str) -> None:
    assert shown(material(code)) == code
    assert len(material(code)) in {18, len(code)}


def test_codes_with_letters_are_upper_case_and_leading_zeros_may_count() -> None:
    assert padded("abc-1", 10) == "ABC-1"
    assert padded("17300001", 10) == "0017300001"
    assert material("0012", lexicographic=True) == "0012"
    assert shown("0000000000") == "0"
    assert shown_column(pd.Series(["0012", "A0", ""], dtype="str")).tolist() == ["12", "A0", ""]


def test_no_day_has_many_forms() -> None:
    texts = ["20250304", "00000000", "", "        ", "99991231", "2025030", "0304.2025"]
    assert [iso(text) for text in texts] == ["2025-03-04", "", "", "", "", "2025030", "0304.2025"]
    assert iso_column(pd.Series(texts[:2], dtype="str")).tolist() == ["2025-03-04", ""]


def test_the_minus_stands_behind_numbers_of_tables() -> None:
    assert [signed(text) for text in ("  12.000-", "3.5 ", "***", "")] == ["-12.000", "3.5", "***", ""]


@pytest.mark.parametrize(
    ("text", "decimals", "value"), [("125.00", 0, "12500"), ("1.25", 2, "1.25"), ("12.50", 3, "1.25"), ("x", 2, "x")]
)
def test_amounts_of_tables_have_two_decimals_whatever_the_currency(text: str, decimals: int, value: str) -> None:
    assert amount(text, decimals) == value


def test_numbers_are_exact_or_refused() -> None:
    assert packed(Fraction(5, 8), 3, "q") == Decimal("0.625")
    with pytest.raises(Refused, match="more than 3 decimals"):
        packed(Fraction(1, 3), 3, "q")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"CODE": "ABCDE"}, "longer than 4"),
        ({"ITEM": "1a"}, "must be digits"),
        ({"DAY": "2025030"}, "eight digits"),
        ({"QTY": 5}, "finite decimal"),
        ({"QTY": 5.0}, "finite decimal"),
        ({"QTY": Decimal("NaN")}, "finite decimal"),
        ({"QTY": Decimal(10) ** 10}, "10 digits before"),
        ({"CODE": 7}, "must be text"),
    ],
)
def test_what_does_not_fit_its_field_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        row(FIELDS, values)


def test_a_row_is_upper_case_filled_with_zeros_and_without_empty_fields() -> None:
    assert row(FIELDS, {"CODE": "ab", "TEXT": "ab", "ITEM": "10", "QTY": Decimal(0), "DAY": ""}) == {
        "CODE": "AB", "TEXT": "ab", "ITEM": "00010", "QTY": Decimal(0),
    }  # fmt: skip


def test_flags_are_made_for_exactly_the_filled_fields() -> None:
    made = flags({"PO_ITEM": "00010", "PLANT": "1010"}, keys=("PO_ITEM",))
    assert made == {"PLANT": "X", "PO_ITEM": "00010", "PO_ITEMX": "X"}
