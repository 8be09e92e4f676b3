"""Caps over many orders: risk first, no order beyond the cap, unknown means stop."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guards.budget import over_count, over_spend

GROUP = np.array([1, 1, 2, 3])
AMOUNT = np.array([60, 40, 50, 30], dtype=np.int64)
RISK = np.array([0.1, 0.2, 0.9, 0.5])
ALL = np.ones(4, dtype=bool)


def test_the_riskiest_orders_are_served_first() -> None:
    assert over_spend(AMOUNT, GROUP, RISK, ALL, 0, 80).tolist() == [True, True, False, False]
    assert over_spend(AMOUNT, GROUP, RISK, ALL, 0, 79).tolist() == [True, True, False, True]
    assert over_spend(AMOUNT, GROUP, RISK, ALL, 30, 80).tolist() == [True, True, False, True]
    assert over_count(GROUP, RISK, ALL, 0, 1).tolist() == [True, True, False, True]
    assert over_count(GROUP, RISK, ALL, 1, 3).tolist() == [True, True, False, False]


def test_no_cap_means_no_hit_and_unknown_spending_means_all() -> None:
    assert not over_spend(AMOUNT, GROUP, RISK, ALL, 0, None).any()
    assert not over_count(GROUP, RISK, ALL, 0, None).any()
    assert over_spend(AMOUNT, GROUP, RISK, ALL, None, 10_000).all()
    assert over_count(GROUP, RISK, ALL, None, 10_000).all()
    assert over_spend(np.array([-1, 1, 1, 1]), GROUP, RISK, ALL, 0, 10_000).tolist() == [True, False, False, False]


def test_what_would_not_go_out_alone_uses_nothing_up() -> None:
    counted = np.array([True, True, False, True])
    assert over_spend(AMOUNT, GROUP, RISK, counted, 0, 130).tolist() == [False] * 4
    assert over_count(GROUP, RISK, counted, 0, 2).tolist() == [False] * 4


def test_unknown_risk_comes_last_and_nothing_at_all_is_fine() -> None:
    risk = np.array([np.nan, np.nan, 0.1, 0.0])
    assert over_count(GROUP, risk, ALL, 0, 2).tolist() == [True, True, False, False]
    nothing = np.array([], dtype=np.int64)
    assert over_spend(nothing, nothing, nothing.astype(float), nothing.astype(bool), 0, 5).size == 0
    assert over_count(nothing, nothing.astype(float), nothing.astype(bool), 0, 5).size == 0


@given(
    lines=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100), st.floats(0, 1), st.booleans()), min_size=1),
    spent=st.integers(0, 200),
    cap=st.integers(0, 500),
    sent=st.integers(0, 3),
    orders=st.integers(0, 5),
)
@settings(max_examples=200, deadline=None)
def test_what_passes_never_exceeds_the_cap(
    lines: list[tuple[int, int, float, bool]], spent: int, cap: int, sent: int, orders: int
) -> None:
    group, amount, risk, counted = (np.array(column) for column in zip(*lines, strict=True))
    passed = counted & ~over_spend(amount, group, risk, counted, spent, cap)
    assert not passed.any() or spent + amount[passed].sum() <= cap
    passed = counted & ~over_count(group, risk, counted, sent, orders)
    assert not passed.any() or sent + len(set(group[passed].tolist())) <= orders
