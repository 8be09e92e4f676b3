import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.forecast.naming import LONGEST, Fault, Named, parsed


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("TSB", "TSB", {}),
        (" AutoETS( auto=True, sp=52 ) ", "AutoETS", {"auto": True, "sp": 52}),
        ("Naive(strategy='last', window=None)", "Naive", {"strategy": "last", "window": None}),
        ("A(x=[1, -2.5, 'c'], y={'k': (1, 2)})", "A", {"x": [1, -2.5, "c"], "y": {"k": (1, 2)}}),
    ],
)
def test_name_and_plain_values_are_read(text: str, name: str, arguments: dict[str, object]) -> None:
    assert parsed(text) == Named(name, arguments)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is no forecaster"), ("A(", "is no forecaster"), ("a.b", "is no forecaster"),
        ("a.b()", "is no forecaster"), ("A; B", "is no forecaster"),
        ("A()()", "is no forecaster"), ("3", "is no forecaster"),
        ("A('mean')", "an argument of A has no name"), ("A(**{'x': 1})", "an argument of A has no name"),
        ("A(x=b)", "x of A is no plain value: b"), ("A(x=open('f'))", "x of A is no plain value: open('f')"),
        ("A(x=9**9**9)", "x of A is no plain value: 9 ** 9 ** 9"), ("A(x={[]: 1})", "x of A is no plain value"),
        ("A(x='" + "y" * LONGEST + "')", "more than 300 characters"),
    ],
)  # fmt: skip
def test_anything_else_is_a_fault_that_says_what_to_write(text: str, what: str) -> None:
    found = parsed(text)
    assert isinstance(found, Fault)
    assert what in found.what
    assert found.remedy


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=LONGEST + 5))
@example("(" * 299)
@example("A(x=" + "[" * 290)
@example("A(x=" + "-" * 280 + "1)")
@example("\0")
def test_no_text_makes_it_crash(text: str) -> None:
    assert isinstance(parsed(text), (Named, Fault))
