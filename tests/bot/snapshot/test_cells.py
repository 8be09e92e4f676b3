import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.snapshot.cells import LARGEST, LONGEST_CODE, AmbiguousNumber, parse
from bot.tables.spec import Column, Kind


def column(kind: Kind, **options: Any) -> Column:
    return Column("x", kind, "a column", **options)


def one(kind: Kind, cell: Any, **options: Any) -> tuple[Any, list[str]]:
    """Value and reasons of a single cell."""
    parsed = parse(column(kind, **options), pd.Series([cell], dtype="object"))
    value = parsed.cells.iloc[0]
    return (None if pd.isna(value) else value), list(parsed.faults)


@pytest.mark.parametrize("cell", ["007", "0", "00", "A-1/2", "1.0", "1e5", "é", "10 20", "=cmd", "مواد"])
def test_codes_stay_as_they_are_written(cell: str) -> None:
    assert one(Kind.CODE, cell) == (cell, [])


@pytest.mark.parametrize(
    ("cell", "text"), [(7, "7"), (7.0, "7"), (1e20, "1" + "0" * 20), (1.5, "1.5"), (b"007", "007")]
)
def test_typed_codes_read_as_they_would_stand_in_csv(cell: object, text: str) -> None:
    assert one(Kind.CODE, cell) == (text, [])


def test_float_code_column_with_gaps_has_no_decimal_point() -> None:
    parsed = parse(column(Kind.CODE), pd.Series([10.0, np.nan, 20.0]))
    assert parsed.cells.astype("object").tolist()[::2] == ["10", "20"]
    assert parsed.cells.isna().tolist() == [False, True, False]
    assert not parsed.faults


@pytest.mark.parametrize("cell", ["a\x00b", "a\x1fb", "a\x1f", "a\u200fb", "a\u200bb", "a\u2028b", "a\tb", b"a\xff"])
def test_control_characters_in_codes_are_refused(cell: object) -> None:
    assert one(Kind.CODE, cell) == (None, ["control character in a code"])


def test_code_longer_than_any_erp_knows_is_refused() -> None:
    assert one(Kind.CODE, "x" * LONGEST_CODE) == ("x" * LONGEST_CODE, [])
    assert one(Kind.CODE, "x" * (LONGEST_CODE + 1)) == (None, ["code is too long"])


def test_composed_and_decomposed_letters_are_one_code() -> None:
    parsed = parse(column(Kind.CODE), pd.Series(["Caf\u00e9", "Cafe\u0301", " Caf\u00e9 "]))
    assert parsed.cells.cat.categories.tolist() == ["Caf\u00e9"]
    assert parsed.cells.cat.codes.tolist() == [0, 0, 0]


@settings(deadline=None)
@given(st.lists(st.none() | st.text(max_size=12), max_size=30))
def test_code_is_nfc_or_missing_or_bad(cells: list[str | None]) -> None:
    parsed = parse(column(Kind.CODE), pd.Series(cells, dtype="object"))
    bad = np.zeros(len(cells), dtype=bool)
    for mask in parsed.faults.values():
        bad |= mask
    for cell, value, is_bad in zip(cells, parsed.cells.astype("object"), bad, strict=True):
        if is_bad or cell is None or not cell.strip(" \t\r\n\u00a0"):
            assert pd.isna(value)
        else:
            assert value == unicodedata.normalize("NFC", cell.strip(" \t\r\n\u00a0"))


def test_free_text_loses_control_characters_only() -> None:
    assert one(Kind.TEXT, "a\x00b\u200fc") == ("a b c", [])
    assert one(Kind.TEXT, "Bolt 🔩 =cmd|x") == ("Bolt 🔩 =cmd|x", [])
    assert one(Kind.TEXT, "\x07") == (None, [])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1.0),
        (" 1.50 ", 1.5),
        ("-3", -3.0),
        ("+2", 2.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("", None),
        ("  ", None),
        (None, None),
        (Decimal("1E+2"), 100.0),
        (3, 3.0),
        ("1E-2", 0.01),
    ],
)
def test_numbers(cell: object, value: float | None) -> None:
    assert one(Kind.NUMBER, cell) == (value, [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("nan", "not finite"),
        ("NaN", "not finite"),
        ("inf", "not finite"),
        ("-Infinity", "not finite"),
        ("1e308", "implausibly large"),
        ("1e999", "implausibly large"),
        ("1e13", "implausibly large"),
        ("abc", "not a number"),
        ("0x1F", "not a number"),
        ("1.2.3", "not a number"),
        ("12 EUR", "not a number"),
        ("1_000", "not a number"),
        ("\u0661", "not a number"),
        ("1'000", "not a number"),
        (",", "not a number"),
        ("--1", "not a number"),
        (True, "not a number"),
    ],
)
def test_what_is_no_number_is_set_aside(cell: object, reason: str) -> None:
    assert one(Kind.NUMBER, cell) == (None, [reason])


@pytest.mark.parametrize(
    "cell",
    ["1,5", "1.000,5", "1,000", "1,000.50", "-1,5", ",5", "1,", "1 000,5", "1\u00a0000,5", "1.000.000", "1'000,5"],
)
def test_commas_and_thousands_stop_the_table(cell: str) -> None:
    with pytest.raises(AmbiguousNumber) as raised:
        parse(column(Kind.NUMBER), pd.Series(["1", "2", cell]))
    assert (raised.value.text, raised.value.position) == (cell, 2)


@settings(deadline=None)
@given(st.floats(-LARGEST, LARGEST))
def test_numbers_survive_text_and_types(value: float) -> None:
    assert one(Kind.NUMBER, repr(value)) == (value, [])
    assert parse(column(Kind.NUMBER), pd.Series([value])).cells.tolist() == [value]


@pytest.mark.parametrize("raw", [pd.Series([-0.0]), pd.Series(["-0.0"]), pd.Series(["-0"])])
def test_minus_zero_is_zero(raw: pd.Series) -> None:
    assert not np.signbit(parse(column(Kind.NUMBER), raw).cells.iloc[0])


def test_typed_numbers_are_judged_like_text() -> None:
    typed = parse(column(Kind.NUMBER), pd.Series([1.0, np.nan, np.inf, 1e308, -np.inf]))
    assert {name: mask.tolist() for name, mask in typed.faults.items()} == {
        "not finite": [False, False, True, False, True],
        "implausibly large": [False, False, False, True, False],
    }
    assert typed.cells.isna().tolist() == [False, True, True, True, True]
    nullable = parse(column(Kind.NUMBER), pd.Series([1, None], dtype="Int64"))
    assert nullable.cells.dtype == "float64"


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-02",
        "2026-03-02T00:00:00",
        "2026-03-02 00:00:00.000",
        "2026-03-02T00:00:00Z",
        date(2026, 3, 2),
        pd.Timestamp("2026-03-02"),
        datetime(2026, 3, 2, tzinfo=UTC),
    ],
)
def test_days(cell: object) -> None:
    assert one(Kind.DATE, cell) == (pd.Timestamp("2026-03-02"), [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("03/04/05", "not an ISO day"),
        ("3.4.2026", "not an ISO day"),
        ("20260302", "not an ISO day"),
        ("2026-3-2", "not an ISO day"),
        ("2026-03-02T23:00:00", "not an ISO day"),
        ("2026-03-02T23:00:00+02:00", "not an ISO day"),
        ("2026-02-30", "no such day"),
        ("2026-13-01", "no such day"),
        ("0202-03-04", "year is implausible"),
        ("1989-12-31", "year is implausible"),
        ("2101-01-01", "year is implausible"),
        ("00000000", "date placeholder"),
        ("0000-00-00", "date placeholder"),
        ("9999-12-31", "date placeholder"),
        ("99991231", "date placeholder"),
        ("9999-12-31T00:00:00", "date placeholder"),
        ("46083", "not an ISO day"),
    ],
)
def test_what_is_no_day_is_set_aside(cell: str, reason: str) -> None:
    assert one(Kind.DATE, cell) == (None, [reason])


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_survives_text_and_types(day: date) -> None:
    wanted = pd.Timestamp(day)
    assert one(Kind.DATE, day.isoformat()) == (wanted, [])
    typed = parse(column(Kind.DATE), pd.Series([wanted]).astype("datetime64[us]"))
    assert typed.cells.tolist() == [wanted]
    assert not typed.faults


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_typed_days_with_a_time_are_set_aside(unit: str) -> None:
    texts = ["2026-03-02", "2026-03-02T22:00:00", None, "1850-01-01"]
    parsed = parse(column(Kind.DATE), pd.Series(np.array(texts, dtype=f"datetime64[{unit}]")))
    assert {name: mask.tolist() for name, mask in parsed.faults.items()} == {
        "has a time of day": [False, True, False, False],
        "year is implausible": [False, False, False, True],
    }


def test_typed_day_with_a_fraction_of_a_second_is_set_aside() -> None:
    raw = pd.Series(np.array(["2026-03-02T00:00:00.001"], dtype="datetime64[ms]"))
    assert list(parse(column(Kind.DATE), raw).faults) == ["has a time of day"]


def test_typed_open_end_is_a_placeholder() -> None:
    parsed = parse(column(Kind.DATE), pd.Series(np.array(["9999-12-31", "2026-03-02"], dtype="datetime64[s]")))
    assert list(parsed.faults) == ["date placeholder"]
    assert parsed.cells.isna().tolist() == [True, False]


@pytest.mark.parametrize("hours", [-11, 0, 2, 13])
def test_midnight_in_any_zone_is_that_day(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    raw = pd.Series([datetime(2026, 3, 2, tzinfo=zone)])
    assert parse(column(Kind.DATE), raw).cells.tolist() == [pd.Timestamp("2026-03-02")]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("true", True), ("FALSE", False), ("1", True), ("0", False), (True, True), ("", None), (1.0, True)],
)
def test_flags(cell: object, value: object) -> None:
    assert one(Kind.FLAG, cell) == (value, [])


def test_typed_flags_may_be_missing() -> None:
    parsed = parse(column(Kind.FLAG), pd.Series([True, None, False], dtype="boolean"))
    assert parsed.cells.tolist() == [True, None, False]


@pytest.mark.parametrize("cell", ["yes", "X", "2", "wahr"])
def test_other_words_are_no_flags(cell: str) -> None:
    assert one(Kind.FLAG, cell) == (None, ["not true or false"])


def test_choices_currencies_and_weekdays() -> None:
    assert one(Kind.CHOICE, "sale", choices=("sale", "return")) == ("sale", [])
    assert one(Kind.CHOICE, "Sale", choices=("sale", "return")) == (None, ["unknown word"])
    assert one(Kind.CHOICE, "", choices=("sale",)) == (None, [])
    assert one(Kind.CURRENCY, "KWD") == ("KWD", [])
    assert one(Kind.CURRENCY, "eur") == (None, ["not a currency code"])
    assert one(Kind.CURRENCY, "€") == (None, ["not a currency code"])
    assert one(Kind.CURRENCY, "") == (None, [])
    assert one(Kind.WEEKDAYS, "1,4") == ("1,4", [])
    assert one(Kind.WEEKDAYS, "0,8") == (None, ["not ISO weekdays such as 1,4"])


@pytest.mark.parametrize("cell", ["12", "0.5", "1000/3", "1.5/2"])
def test_fractions_stay_text(cell: str) -> None:
    assert one(Kind.FRACTION, cell) == (cell, [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0", "not a positive fraction"),
        ("1/0", "not a positive fraction"),
        ("1/", "not a number or fraction"),
        ("-1", "not a number or fraction"),
        ("box", "not a number or fraction"),
    ],
)
def test_bad_fractions_are_set_aside(cell: str, reason: str) -> None:
    assert one(Kind.FRACTION, cell) == (None, [reason])


def test_fractions_may_be_typed_or_empty_but_not_ambiguous() -> None:
    assert one(Kind.FRACTION, 0.00001) == ("0.00001", [])
    assert one(Kind.FRACTION, "") == (None, [])
    with pytest.raises(AmbiguousNumber):
        one(Kind.FRACTION, "1,000/3")


@pytest.mark.parametrize("cells", [["true", "False", None], pd.Series([True, False, None], dtype="boolean")])
def test_a_share_may_be_written_as_all_or_nothing(cells: Any) -> None:
    share = parse(column(Kind.NUMBER, minimum=0.0, maximum=1.0), pd.Series(cells))
    assert share.cells.fillna(-1.0).tolist() == [1.0, 0.0, -1.0]
    assert not share.faults
    assert list(parse(column(Kind.NUMBER), pd.Series(cells)).faults) == ["not a number"]
