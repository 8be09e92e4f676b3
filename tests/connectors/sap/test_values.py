from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sap import values


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ("000000000000004711", "4711"),
        ("0000", "0"),
        ("00A1", "00A1"),
        ("TG11", "TG11"),
        ("", ""),
        (None, ""),
        ("4711", "4711"),
    ],
)
def test_codes_are_shown_as_users_see_them(wire: str | None, shown: str) -> None:
    assert values.code(wire) == shown


@pytest.mark.parametrize(
    ("wire", "iso"),
    [
        ("/Date(1798675200000)/", "2026-12-31"),
        ("/Date(1798718400000)/", "2026-12-31"),  # noon of that day
        ("/Date(-86400000)/", "1969-12-31"),
        ("/Date(1798675200000+0000)/", "2026-12-31"),
        ("/Date(x)/", "/Date(x)/"),
        ("/Date(999999999999999999)/", "/Date(999999999999999999)/"),
        ("2026-12-31", "2026-12-31"),
        ("20261231", "20261231"),
        (None, ""),
    ],
)
def test_days(wire: str | None, iso: str) -> None:
    assert values.day(wire) == iso


@pytest.mark.parametrize("wire", ["", "12,5", "abc", None, True, "NaN", "Infinity"])
def test_what_is_no_number_is_none(wire: object) -> None:
    assert values.number(wire) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_plain_keeps_every_number_exactly(number: Decimal) -> None:
    assert Decimal(values.plain(number)) == number
    assert "E" not in values.plain(number)


def test_plain_of_what_has_no_end() -> None:
    assert values.plain(Fraction(1000, 3)) == "333.333333333333"
    assert values.plain(Fraction(1, 3 * 10**9)) == "0.000000000333333333333333"


def test_scaled_keeps_what_it_cannot_read() -> None:
    assert values.scaled("2.500", Fraction(12)) == "30"
    assert values.scaled("many", Fraction(12)) == "many"
    assert values.scaled("2", None, "CAR") == "2 CAR"
    assert values.scaled(None, Fraction(1)) == ""


@pytest.mark.parametrize(
    ("rounding", "factor", "multiple"),
    [
        ("0", Fraction(1), ""),
        ("10.000", Fraction(1), "10"),
        ("0", Fraction(12), "12"),  # whole cartons
        ("30", Fraction(12), "30"),  # 2.5 cartons can be written
        ("10", Fraction(12), "60"),  # 0.8333 cartons cannot
        ("0", Fraction(1000, 3), ""),  # one base unit is 0.003 order units
        ("0", Fraction(3, 7), "3"),
        ("1", Fraction(1), ""),
        ("much", Fraction(1), "much"),
        (None, Fraction(1), ""),
    ],
)
def test_order_multiple(rounding: str | None, factor: Fraction, multiple: str) -> None:
    assert values.least_multiple(rounding, factor) == multiple


@given(st.integers(0, 5000), st.integers(1, 999), st.integers(1, 99), st.integers(1, 50))
def test_every_order_multiple_can_be_written_with_three_decimals(
    rounding: int, numerator: int, denominator: int, times: int
) -> None:
    factor = Fraction(numerator, denominator)
    multiple = Fraction(values.least_multiple(str(rounding), factor) or 1)
    assert (multiple * times / factor * 1000).denominator == 1
    assert rounding == 0 or (multiple / rounding).denominator == 1


def test_frame_is_text_with_empty_cells() -> None:
    made = values.frame(("a", "b", "c"), [(Decimal("1.50"), True, None), ("x", False, "")])
    assert made["a"].tolist() == ["1.50", "x"]
    assert made["b"].tolist() == ["true", "false"]
    assert made["c"].isna().all()
    assert {str(kind) for kind in made.dtypes} == {"str"}
    assert list(values.frame(("a",), []).columns) == ["a"]
    assert isinstance(made, pd.DataFrame)


def test_zero_thresholds_are_empty() -> None:
    assert [values.positive(each) for each in ("0.000", "5.000", None, "odd")] == ["", "5.000", "", "odd"]


@pytest.mark.parametrize("pair", [("0", "1"), ("1", "0"), (None, "1"), ("-1", "1"), ("x", "1")])
def test_factor_needs_two_positive_numbers(pair: tuple[str | None, str]) -> None:
    assert values.ratio(*pair) is None


@pytest.mark.parametrize(
    ("references", "key"),
    [
        (["7K3Q9X2MBDHC", ""], "7K3Q9X2MBDHC"),
        (["", "7K3Q9X2MBDHC"], "7K3Q9X2MBDHC"),
        (["Quote 4711", "7K3Q9X2MBDHC"], "7K3Q9X2MBDHC"),
        (["Quote 4711", ""], "Quote 4711"),
        (["", "Quote 4711"], ""),
        (["7K3Q9X2MBDHC", "ABCDEFGHJK23"], "7K3Q9X2MBDHC"),
    ],
)
def test_the_order_key_is_whichever_reference_has_its_form(references: list[str], key: str) -> None:
    assert values.order_key_of(references) == key
