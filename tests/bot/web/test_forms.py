"""What may be typed: reject reasons and quantities."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.orders.model import OrderState, StoredOrder
from bot.render.view import OrderView, view_of
from bot.web.forms import changed_quantities, reject_reason, with_quantities
from tests.bot.web.console import NOW, draft


def view() -> OrderView:
    made = draft()
    state = OrderState.AWAITING_APPROVAL
    return view_of(StoredOrder(made, state, 1, "run", "plan", "", made.order.content_hash, NOW, NOW))


def test_a_reason_is_a_code_with_words() -> None:
    assert reject_reason("budget", " no \n money ") == ("budget: no money", {})
    assert reject_reason("budget", "") == ("budget", {})
    assert "reason_code" in reject_reason("", "x")[1]
    assert "reason_code" in reject_reason("invented", "x")[1]
    assert "reason_text" in reject_reason("other", " ")[1]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("50", "minimum is 100 PC"),
        ("1210", "steps of 50 PC"),
        ("-100", "Type a number"),
        ("1e3", "Type a number"),
        ("1,200", "Type a number"),
        ("1.2.3", "Type a number"),
        ("", "Type a number"),
        ("9" * 21, "Type a number"),
        ("1000", "No quantity differs"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: str, problem: str) -> None:
    read = changed_quantities(view(), {"quantity_1": typed})
    assert problem in read.errors["quantity_1"]
    assert read.quantities == {}


def test_a_line_may_be_dropped_but_not_all() -> None:
    assert changed_quantities(view(), {"quantity_2": "0"}).quantities == {2: Decimal(0)}
    everything = changed_quantities(view(), {f"quantity_{n}": "0" for n in range(1, 6)})
    assert "reject the order instead" in everything.errors["quantity_1"]


def test_the_total_follows() -> None:
    assert with_quantities(draft().order, {1: Decimal(1200)}).total.amount == Decimal("4000.00")


@given(st.dictionaries(st.sampled_from([f"quantity_{n}" for n in range(1, 8)]), st.text(max_size=25), max_size=5))
def test_accepted_quantities_always_respect_minimum_and_multiple(typed: dict[str, str]) -> None:
    read = changed_quantities(view(), typed)
    for quantity in read.quantities.values():
        assert quantity == 0 or (quantity >= 100 and quantity % 50 == 0)
