"""Filters become SQL with parameters, or are refused with 400."""

import pytest

from connectors.sandbox.odata_errors import ODataError
from connectors.sandbox.odata_filter import Filter, Value, order_by
from connectors.sandbox.odata_model import make_set

ENTITY = make_set("A_Thing", ("A_ThingType", "Code", "Code:s10 Day:t Amount:d13.3 Open:b Due:D Changed:z"))


def _sql(text: str, version: int = 2) -> tuple[str, list[Value]]:
    found = Filter(text, ENTITY, version, "t0")
    return found.sql, found.values


def test_comparison_with_text_and_doubled_quote() -> None:
    assert _sql("Code eq 'O''Hara'") == ('(t0."Code" = ?)', ["O'Hara"])


def test_and_binds_tighter_than_or() -> None:
    sql, values = _sql("Code eq 'a' or Code eq 'b' and Open eq true")
    assert sql == '(t0."Code" = ? OR t0."Code" = ? AND t0."Open" = ?)'
    assert values == ["a", "b", 1]


def test_dates_of_version_two_become_milliseconds() -> None:
    assert _sql("Day ge datetime'2026-03-02T00:00:00'")[1] == [1772409600000]


def test_dates_of_version_four_stay_days() -> None:
    assert _sql("Due ge 2026-03-02", 4)[1] == ["2026-03-02"]
    assert _sql("Changed gt 2026-03-02T00:00:00Z", 4)[1] == [1772409600000]


def test_text_functions_by_version() -> None:
    assert _sql("startswith(Code,'AB')") == ("(t0.\"Code\" LIKE ? ESCAPE '\\')", ["AB%"])
    assert _sql("substringof('5%',Code) eq true")[1] == ["%5\\%%"]
    assert _sql("contains(Code,'x')", 4)[1] == ["%x%"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Nothing eq 'a'", 2),
        ("Code+eq+'a'", 2),
        ("Code eq 5", 2),
        ("Amount eq 'a'", 2),
        ("Day ge 2026-03-02", 2),
        ("Due ge datetime'2026-03-02T00:00:00'", 4),
        ("contains(Code,'x')", 2),
        ("substringof('x',Code)", 4),
        ("Code like 'a'", 2),
        ("(Code eq 'a'", 2),
        ("Code eq 'a' Code", 2),
        ("Code eq 'a'; DROP TABLE x", 2),
        ("Day ge datetime'yesterday'", 2),
    ],
)
def test_what_does_not_fit_is_refused(text: str, version: int) -> None:
    with pytest.raises(ODataError) as caught:
        _sql(text, version)
    assert caught.value.status == 400


def test_order_is_completed_by_the_key() -> None:
    assert order_by("Amount desc", ENTITY, "t0") == 't0."Amount" desc, t0."Code"'
    with pytest.raises(ODataError):
        order_by("Amount down", ENTITY, "t0")
