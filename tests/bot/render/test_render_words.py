"""Amounts, quantities, dates and foreign texts as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.orders.model import Money
from bot.render import words


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("3750", "EUR", "3,750.00 EUR"),
        ("1234567.5", "JPY", "1,234,568 JPY"),
        ("0.0005", "KWD", "0.001 KWD"),
        ("-12.345", "USD", "-12.35 USD"),
    ],
)
def test_money_follows_its_currency(amount: str, currency: str, text: str) -> None:
    assert words.money(Money(Decimal(amount), currency)) == text


def test_money_that_is_not_known_says_so() -> None:
    assert words.money(None) == "not known"


@pytest.mark.parametrize(
    ("price", "unit", "text"),
    [
        ("1.25", "1", "1.25 EUR"),
        ("0.0375", "1", "0.0375 EUR"),
        ("37.5", "1000", "37.50 EUR per 1,000"),
        ("12", "1", "12.00 EUR"),
    ],
)
def test_prices_lose_no_decimals(price: str, unit: str, text: str) -> None:
    assert words.price(Decimal(price), "EUR", Decimal(unit)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("1250", "1,250 PC"), ("12.50", "12.5 PC"), ("0.0001", "0 PC"), ("-3", "-3 PC"), ("1E+3", "1,000 PC")],
)
def test_quantities(value: str, text: str) -> None:
    assert words.quantity(Decimal(value), "PC") == text


def test_a_form_field_carries_the_exact_quantity() -> None:
    assert [words.plain(Decimal(value)) for value in ("1000.00", "0.125", "1E+3")] == ["1000", "0.125", "1000"]


def test_certainty_is_never_rounded_up() -> None:
    assert [words.percent(share) for share in (0, 0.001, 0.974, 0.999, 1)] == [
        "0 %",
        "< 1 %",
        "97 %",
        "> 99 %",
        "100 %",
    ]


def test_dates_do_not_depend_on_the_machine() -> None:
    assert words.day(date(2026, 11, 24)) == "Tue 24 Nov 2026"
    assert words.instant(datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "Europe/Berlin") == "Tue 24 Nov 2026 16:00"


@pytest.mark.parametrize(("minutes", "text"), [(0, "just now"), (59, "59 min"), (60, "1 h"), (2880, "2 days")])
def test_age(minutes: int, text: str) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert words.age(now - timedelta(minutes=minutes), now) == text


def test_control_and_bidi_characters_are_replaced() -> None:
    assert words.clean("a\u202eb\x1b[31m\u200bc\nd") == "a\ufffdb\ufffd[31m\ufffdc\nd"


@given(st.text(max_size=400))
def test_names_are_one_clean_line_of_bounded_length(text: str) -> None:
    name = words.name(text)
    assert len(name) <= 120
    assert words.clean(name) == name
    assert "\n" not in name
