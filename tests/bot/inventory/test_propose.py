"""What is proposed, and the one reason that every row gets."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inventory.position import Due, project
from bot.inventory.propose import Doubts, propose
from bot.orders.plan import Memory
from bot.tables.plan import ORDERED, REASONS
from tests.bot.suppliers.frames import pairs, typed

NAN = float("nan")
SURE = Doubts(*[np.zeros(1, dtype=bool)] * 6)
YES = np.ones(1, dtype=bool)
POSITION = {"inventory_position": 0.0, "in_flight": 0.0, "firm": 0.0, "added": 0.0, "stock_known": True}
TARGET = {"reorder_point": 10.0, "reorder_uncapped": 10.0, "order_up_to": 30.0, "cap": float("inf")}
OFFER = {
    "supplier": "acme", "lapsed": False, "supplier_blocked": False, "unit_price": 1.0, "moq": 0.0,
    "order_multiple": 1.0, "max_quantity": NAN,
}  # fmt: skip


def proposed(doubts: Doubts = SURE, **given: object) -> pd.Series:
    tables = [
        pd.DataFrame([{**base, **{k: v for k, v in given.items() if k in base}}]) for base in (POSITION, TARGET, OFFER)
    ]
    assert set(given) <= {*POSITION, *TARGET, *OFFER}
    row: pd.Series = propose(*tables, doubts).iloc[0]
    return row


def answer(doubts: Doubts = SURE, **given: object) -> tuple[float, str]:
    row = proposed(doubts, **given)
    return float(row["quantity"]), str(row["reason"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (30.0, "below_reorder_point")),
        ({"inventory_position": 9.9, "moq": 50.0}, (50.0, "below_reorder_point")),
        ({"inventory_position": 10.0}, (0.0, "covered")),
        ({"inventory_position": 12.0, "in_flight": 5.0}, (0.0, "covered_by_own_orders")),
        ({"inventory_position": 16.0, "in_flight": 5.0}, (0.0, "covered")),
        ({"inventory_position": 5.0, "in_flight": 3.0}, (25.0, "below_reorder_point")),
        ({"inventory_position": -4.0, "reorder_point": 0.0, "order_up_to": 0.0}, (4.0, "below_reorder_point")),
        ({"reorder_point": 0.0, "reorder_uncapped": 0.0, "order_up_to": 0.0}, (0.0, "no_demand")),
        ({"reorder_point": 4.0, "order_up_to": 4.0, "inventory_position": 6.0}, (0.0, "cover_cap")),
        ({"reorder_point": 0.0, "order_up_to": 0.0}, (0.0, "cover_cap")),
        ({"reorder_point": 4.0, "order_up_to": 4.0, "inventory_position": 3.0}, (1.0, "below_reorder_point")),
        ({"max_quantity": 20.0, "moq": 25.0}, (0.0, "lots_impossible")),
        ({"stock_known": False}, (0.0, "stock_unknown")),
        ({"supplier": None, "lapsed": True}, (0.0, "terms_not_valid")),
        ({"supplier": None}, (0.0, "no_supplier")),
        ({"supplier_blocked": True}, (0.0, "supplier_blocked")),
        ({"supplier": None, "supplier_blocked": None}, (0.0, "no_supplier")),
    ],
)
def test_every_situation_has_its_answer(given: dict[str, object], expected: tuple[float, str]) -> None:
    assert answer(**given) == expected


@pytest.mark.parametrize(
    ("doubt", "reason"),
    [
        ("inactive", "item_inactive"),
        ("item_set_aside", "item_in_quarantine"),
        ("orders_set_aside", "open_orders_in_doubt"),
        ("no_history", "no_history"),
        ("forecast_failed", "forecast_failed"),
    ],
)
def test_doubt_never_orders(doubt: str, reason: str) -> None:
    assert answer(replace(SURE, **{doubt: YES})) == (0.0, reason)


def test_terms_that_were_set_aside_matter_only_without_others() -> None:
    aside = replace(SURE, sourcing_set_aside=YES)
    assert answer(aside, supplier=None) == (0.0, "sourcing_in_quarantine")
    assert answer(aside)[1] == "below_reorder_point"


@pytest.mark.parametrize("name", ["inventory_position", "reorder_point", "order_up_to"])
@pytest.mark.parametrize("value", [NAN, float("inf"), float("-inf")])
def test_figures_that_are_no_numbers_are_an_exception_not_an_order(name: str, value: float) -> None:
    assert answer(**{name: value}) == (0.0, "forecast_failed")


def test_known_needs_on_top_of_the_forecast_lift_both_levels() -> None:
    assert answer(inventory_position=105.0, added=100.0) == (25.0, "below_reorder_point")
    assert answer(inventory_position=110.0, added=100.0) == (0.0, "covered")
    assert answer(inventory_position=110.0, in_flight=5.0, added=100.0) == (0.0, "covered_by_own_orders")


def test_firm_needs_replace_the_forecast_as_far_as_they_exceed_it() -> None:
    assert answer(inventory_position=15.0, firm=20.0) == (15.0, "below_reorder_point")
    assert answer(inventory_position=15.0, firm=50.0) == (35.0, "below_reorder_point")
    assert answer(inventory_position=15.0, firm=9.0) == (0.0, "covered")
    assert answer(inventory_position=15.0, firm=50.0, reorder_point=0.0, order_up_to=0.0)[0] == 35.0


@pytest.mark.parametrize(
    ("given", "expected", "over"),
    [
        ({"cap": 30.0}, (30.0, "below_reorder_point"), False),
        ({"cap": 29.5, "order_up_to": 29.5}, (30.0, "below_reorder_point"), False),  # a whole unit is no excess
        ({"cap": 30.0, "moq": 31.0}, (31.0, "below_reorder_point"), True),
        ({"cap": 30.0, "order_multiple": 90.0}, (90.0, "below_reorder_point"), True),
        ({"cap": 30.0, "order_multiple": 91.0}, (0.0, "cover_cap"), False),
        ({"cap": 30.0, "moq": 91.0}, (0.0, "cover_cap"), False),
        ({"cap": 30.0, "moq": 91.0, "added": 1.0}, (91.0, "below_reorder_point"), True),
        ({"cap": 30.0, "moq": 91.0, "inventory_position": -1.0}, (91.0, "below_reorder_point"), True),
        ({"cap": 30.0, "moq": 91.0, "inventory_position": 15.0}, (0.0, "covered"), False),
        ({"cap": 0.0, "order_up_to": 0.0, "reorder_point": 0.0, "inventory_position": -4.0},
         (4.0, "below_reorder_point"), False),
    ],
)  # fmt: skip
def test_lots_above_the_cap_ask_and_far_above_it_order_nothing(
    given: dict[str, object], expected: tuple[float, str], *, over: bool
) -> None:
    assert answer(**given) == expected
    assert proposed(**given)["lots_over_cap"] == over


@pytest.mark.parametrize("kind", ["firm", "added"])
def test_what_is_asked_for_by_name_needs_no_history(kind: str) -> None:
    new, nothing = replace(SURE, no_history=YES), dict.fromkeys(["reorder_point", "reorder_uncapped", "order_up_to"], 0)
    assert answer(new, **nothing) == (0.0, "no_history")
    assert answer(new, **nothing, **{kind: 25.0}) == (25.0, "below_reorder_point")
    assert answer(new, **nothing, **{kind: 25.0}, inventory_position=25.0) == (0.0, "covered")


NUMBER = st.floats(-50, 200)
LEVELS = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)).map(sorted)


@settings(deadline=None, max_examples=50)
@given(NUMBER, LEVELS, st.floats(0, 40), st.sampled_from([0.5, 1.0, 6.0]), st.none() | st.floats(1, 80))
def test_quantities_are_none_or_allowed_and_every_reason_is_known(
    position: float, levels: list[float], moq: float, multiple: float, most: float | None
) -> None:
    _, reorder, up_to = levels
    largest = NAN if most is None else most
    row = proposed(
        inventory_position=position, reorder_point=reorder, reorder_uncapped=reorder, order_up_to=up_to, moq=moq,
        order_multiple=multiple, max_quantity=largest,
    )  # fmt: skip
    quantity = row["quantity"]
    assert (quantity > 0) == (REASONS[row["reason"]].part == ORDERED)
    if quantity > 0:
        assert quantity >= moq * (1 - 1e-9)
        assert quantity / multiple == pytest.approx(round(quantity / multiple))
        assert not quantity > largest * (1 + 1e-9)
        assert quantity >= min(up_to - position, largest - multiple) - 1e-6 or most is not None


@settings(deadline=None, max_examples=50)
@given(NUMBER, NUMBER, LEVELS)
def test_more_stock_never_orders_more(one: float, other: float, levels: list[float]) -> None:
    _, reorder, up_to = levels
    few, many = sorted((one, other))
    terms = {"reorder_point": reorder, "reorder_uncapped": reorder, "order_up_to": up_to, "moq": 10.0}
    assert answer(inventory_position=few, **terms)[0] >= answer(inventory_position=many, **terms)[0]


ROWS = pairs("bolt@L1")
END = np.array(["2026-03-20"], dtype="datetime64[D]")
UNTIL = Due(END, END, END, END - 1000)


def with_order(quantity: float, *, day: str = "2026-03-10", flying: float = 0.0) -> float:
    """Proposal for 5 on hand, an open order and own orders in flight; lots of one."""
    row = {"order_ref": "1", "line": "1", "item": "bolt", "location": "L1", "promised_on": day}
    own = pd.DataFrame({"item": ["bolt"], "location": ["L1"], "quantity": [flying]})
    tables = {
        "stock": typed("stock", {"item": "bolt", "location": "L1", "on_hand": 5.0}),
        "open_orders": typed("open_orders", row | {"quantity_open": quantity}),
        "requirements": typed("requirements"),
    }
    positions = project(ROWS, tables, own if flying else Memory.blank().in_flight, UNTIL)
    targets = pd.DataFrame([TARGET | {"reorder_point": 30.0, "reorder_uncapped": 30.0}])
    return float(propose(positions, targets, pd.DataFrame([OFFER]), SURE)["quantity"].iloc[0])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 60))
def test_an_open_order_lowers_the_proposal_by_itself_until_nothing_is_left(quantity: int) -> None:
    expected = max(25.0 - quantity, 0.0)
    assert with_order(float(quantity)) == expected
    assert with_order(0.0, flying=float(quantity)) == expected
    assert with_order(float(quantity), day="2026-03-21") == 25.0


def test_planning_again_after_ordering_proposes_nothing() -> None:
    assert with_order(0.0, flying=with_order(0.0)) == 0.0
