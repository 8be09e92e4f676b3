"""Orders: totals and the content hash that binds an approval to what was shown."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.orders.model import Money, OrderState, PurchaseOrder, StoredOrder
from tests.makers import make_draft

DRAFT = make_draft(("bolt", "nut"))
ORDER = DRAFT.order


def changed(**more: object) -> PurchaseOrder:
    return replace(ORDER, lines=(replace(ORDER.lines[0], **more), *ORDER.lines[1:]))


@pytest.mark.parametrize("text", ["5", "5.0", "5.00", "0.5E+1", "05"])
def test_equal_numbers_hash_alike(text: str) -> None:
    plain = changed(quantity=Decimal(5), price=Decimal(5), price_unit=Decimal(5)).content_hash
    number = Decimal(text)
    assert changed(quantity=number, price=number, price_unit=number).content_hash == plain


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": Decimal(101)},
        {"quantity": Decimal(1000)},
        {"quantity": Decimal("100.000001")},
        {"price": Decimal("0.51")},
        {"price_unit": Decimal(10)},
        {"item": "gear"},
        {"location": "L2"},
        {"unit": "KG"},
        {"order_unit": "BOX"},
        {"unit_factor": Fraction(1000, 3)},
        {"need_date": date(2026, 3, 21)},
    ],
)
def test_any_visible_change_of_a_line_changes_the_hash(change: dict[str, object]) -> None:
    assert changed(**change).content_hash != ORDER.content_hash


@pytest.mark.parametrize("change", [{"system": "x"}, {"supplier": "best"}, {"location": "L2"}, {"currency": "USD"}])
def test_any_visible_change_of_the_head_changes_the_hash(change: dict[str, str]) -> None:
    assert replace(ORDER, **change).content_hash != ORDER.content_hash


def test_lines_count_but_not_how_they_were_collected() -> None:
    assert replace(ORDER, lines=ORDER.lines[:1]).content_hash != ORDER.content_hash
    assert replace(ORDER, lines=ORDER.lines[::-1]).content_hash == ORDER.content_hash


def test_keys_revision_and_order_day_are_not_content() -> None:
    other = replace(ORDER, order_key="X", revision=9, order_date=date(2026, 3, 3))
    assert other.content_hash == ORDER.content_hash


@settings(deadline=None, max_examples=50)
@given(st.decimals(0, 10**9, places=6), st.decimals(0, 10**9, places=6))
def test_hashes_are_equal_exactly_when_quantities_are(one: Decimal, other: Decimal) -> None:
    same = changed(quantity=one).content_hash == changed(quantity=other).content_hash
    assert same == (one == other)


def test_totals_add_lines_that_are_rounded_each() -> None:
    lines = tuple(replace(line, quantity=Decimal(1), price=Decimal("0.005")) for line in ORDER.lines)
    total = replace(ORDER, lines=lines).total
    assert total == Money(Decimal("0.02"), "EUR")
    assert str(total) == "0.02 EUR"
    assert replace(ORDER, lines=()).total.amount == 0


def test_order_quantities_are_exact_fractions() -> None:
    line = replace(ORDER.lines[0], quantity=Decimal(1000), unit_factor=Fraction(1000, 3))
    assert line.order_quantity == 3


def test_a_stored_order_shows_its_order() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    stored = StoredOrder(DRAFT, OrderState.PROPOSED, 1, "r", "p", "", ORDER.content_hash, now, now)
    assert stored.order is ORDER
