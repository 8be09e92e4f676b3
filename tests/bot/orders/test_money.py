"""Exact money in the minor units of each currency."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.orders import money

CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3}


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.005", "EUR", "1.01"),
        ("1.004999", "EUR", "1.00"),
        ("0.5", "JPY", "1"),
        ("1234.4", "JPY", "1234"),
        ("1.0005", "KWD", "1.001"),
        ("-1.005", "EUR", "-1.01"),
    ],
)
def test_amounts_round_half_up_to_minor_units(amount: str, currency: str, expected: str) -> None:
    found = money.rounded(Decimal(amount), currency)
    assert str(found) == expected
    assert money.to_minor(Decimal(amount), currency) == int(Decimal(expected).scaleb(CURRENCIES[currency]))


@settings(deadline=None, max_examples=50)
@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(CURRENCIES)))
def test_minor_units_go_there_and_back(minor: int, currency: str) -> None:
    amount = money.from_minor(minor, currency)
    assert money.to_minor(amount, currency) == minor
    assert -int(amount.as_tuple().exponent) == CURRENCIES[currency]


@pytest.mark.parametrize(
    ("quantity", "price", "unit", "currency", "expected"),
    [
        ("3", "0.335", "1", "EUR", "1.01"),
        ("250", "12.50", "1000", "EUR", "3.13"),
        ("3", "33.5", "1", "JPY", "101"),
        ("0.1", "0.3", "1", "KWD", "0.030"),
        ("1000", "10", "3", "EUR", "3333.33"),
    ],
)
def test_line_amounts(quantity: str, price: str, unit: str, currency: str, expected: str) -> None:
    assert str(money.line_amount(Decimal(quantity), Decimal(price), Decimal(unit), currency)) == expected
