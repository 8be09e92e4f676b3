"""Verdicts: every guard is decisive once, modes, groups, routes, doubt, monotonicity, the claim."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guards.table import GUARDS, guard_names
from bot.policy.bundle import PolicySet
from bot.policy.decide import decide
from bot.policy.facts import RunFacts
from bot.policy.hits import hits_of
from bot.policy.parse import parse_policies
from bot.policy.resolve import Resolved, resolve

POLICY = """version: 1
currency: EUR
defaults: { mode: MODE }
limits:
  auto_order_value_max: 1000 EUR
  order_value_max: 5000 EUR
  auto_spend_per_day_max: 2500 EUR
  auto_spend_per_week_max: 4000 EUR
  auto_orders_per_run_max: 3
  cover_max_days: 100
  supplier_score_min_pct: 70
approvals:
  routes:
    - { id: small, up_to: 1500 EUR, need: [1 buyer] }
    - { id: large, up_to: 5000 EUR, need: [1 buyer, 1 finance] }
rules:
  - { id: cheap, match: { item: cheap }, limits: { auto_order_value_max: 10 EUR } }
  - { id: quiet, match: { item: quiet }, set: { mode: shadow } }
freeze:
  - { id: ice, match: { location: cold }, from: 2026-01-01, until: 2027-01-01 }
  - { id: slush, match: { location: cool }, from: 2026-01-01, until: 2027-01-01, action: approve_all }
breakers:
  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }
  - { watch: forecast_total_change_pct, above: 40, then: approve_all }
"""
CALM = RunFacts(0, 0, 0, {"stock_rows_drop_pct": 0.0, "forecast_total_change_pct": 0.0})
ON = date(2026, 6, 1)
GOOD: dict[str, Any] = {
    "item": "i", "location": "l", "supplier": "s", "order_group": 1, "amount_minor": 50_000, "quantity": 100.0,
    "usual_quantity": 90.0, "price": 5.0, "last_price": 5.0, "contract_price": 5.0, "cover_days_after": 40.0,
    "supplier_score_pct": 90.0, "interval_mean": 50.0, "recent_mean": 45.0, "stock_age_hours": 3.0,
    "supplier_blocked": False, "supplier_auto_order": True, "item_auto_order": True, "data_doubt": False,
    "new_item": False, "new_supplier": False, "stockout_risk": 0.5, "open_drafts_minor": 0,
}  # fmt: skip


@cache
def parsed(policy: str) -> PolicySet:
    return parse_policies({"policy.yaml": policy})


def made(*changes: dict[str, Any], mode: str = "assist", policy: str = POLICY) -> tuple[pd.DataFrame, Resolved]:
    lines = pd.DataFrame([{**GOOD, "order_group": number, **change} for number, change in enumerate(changes)])
    policies = parsed(policy.replace("MODE", mode))
    return lines, resolve(policies, lines[["item", "location", "supplier"]], ON)


def decided(*changes: dict[str, Any], run: RunFacts = CALM, mode: str = "assist", policy: str = POLICY) -> pd.DataFrame:
    lines, resolved = made(*changes, mode=mode, policy=policy)
    return decide(lines, resolved, run=run)


def named(frame: pd.DataFrame, row: int = 0) -> tuple[str, ...]:
    return guard_names(int(frame["guards"].iloc[row]))


def test_a_good_line_goes_out_alone() -> None:
    frame = decided({})
    assert named(frame) == ()
    assert frame["verdict"].tolist() == ["auto"]
    assert frame["route"].tolist() == ["small"]


@pytest.mark.parametrize(
    ("change", "guards", "verdict"),
    [
        ({"amount_minor": 100_001}, ("auto_order_value_max",), "approve"),
        ({"open_drafts_minor": 50_001}, ("auto_order_value_max",), "approve"),
        ({"open_drafts_minor": None}, ("auto_order_value_max",), "approve"),
        ({"item": "cheap"}, ("auto_order_value_max",), "approve"),
        ({"amount_minor": 500_001}, ("auto_order_value_max", "order_value_max"), "block"),
        ({"amount_minor": -1}, ("auto_order_value_max", "order_value_max"), "approve"),
        ({"quantity": 271.0}, ("qty_vs_usual_max_ratio",), "approve"),
        ({"quantity": 900.0}, ("qty_vs_usual_max_ratio", "unit_slip"), "block"),
        ({"quantity": 9.0}, ("unit_slip",), "block"),
        ({"usual_quantity": np.nan}, ("qty_vs_usual_max_ratio", "unit_slip"), "approve"),
        ({"price": 5.3}, ("price_rise_max_pct",), "approve"),
        ({"price": 6.1}, ("price_rise_max_pct", "price_collar"), "block"),
        ({"price": 3.9}, ("price_collar",), "block"),
        ({"last_price": np.nan, "contract_price": np.nan}, ("price_rise_max_pct", "price_collar"), "approve"),
        ({"cover_days_after": 100.1}, ("cover_max_days",), "approve"),
        ({"cover_days_after": np.inf}, ("cover_max_days",), "approve"),
        ({"supplier_score_pct": 69.0}, ("supplier_score_min_pct",), "approve"),
        ({"stock_age_hours": 27.0}, ("stock_data_age_max_hours",), "approve"),
        ({"interval_mean": 451.0}, ("forecast_jump",), "block"),
        ({"recent_mean": np.nan}, ("forecast_jump",), "approve"),
        ({"supplier_blocked": True}, ("supplier_blocked",), "block"),
        ({"supplier_blocked": None}, ("supplier_blocked",), "approve"),
        ({"supplier_auto_order": False}, ("erp_veto",), "approve"),
        ({"item_auto_order": False}, ("erp_veto",), "approve"),
        ({"data_doubt": True}, ("data_doubt",), "approve"),
        ({"new_item": True}, ("new_item",), "approve"),
        ({"new_supplier": True}, ("new_supplier",), "approve"),
        ({"location": "cold"}, ("freeze_hold",), "block"),
        ({"location": "cool"}, ("freeze_approve",), "approve"),
    ],
)
def test_every_guard_decides_alone(change: dict[str, Any], guards: tuple[str, ...], verdict: str) -> None:
    frame = decided(change)
    assert named(frame) == guards
    assert frame["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("run", "guard", "verdict"),
    [
        (RunFacts(200_001, 0, 0, CALM.watched), "auto_spend_per_day_max", "approve"),
        (RunFacts(0, 350_001, 0, CALM.watched), "auto_spend_per_week_max", "approve"),
        (RunFacts(0, 0, 3, CALM.watched), "auto_orders_per_run_max", "approve"),
        (RunFacts(None, 0, 0, CALM.watched), "auto_spend_per_day_max", "approve"),
        (RunFacts(0, 0, None, CALM.watched), "auto_orders_per_run_max", "approve"),
        (RunFacts(0, 0, 0, {**CALM.watched, "stock_rows_drop_pct": 20.5}), "breaker_hold", "block"),
        (RunFacts(0, 0, 0, {**CALM.watched, "forecast_total_change_pct": 41}), "breaker_approve", "approve"),
        (RunFacts(0, 0, 0, {"forecast_total_change_pct": 0}), "breaker_approve", "approve"),
    ],
)
def test_the_run_itself_can_stop_autonomy(run: RunFacts, guard: str, verdict: str) -> None:
    frame = decided({}, run=run)
    assert named(frame) == (guard,)
    assert frame["verdict"].tolist() == [verdict]


def test_columns_that_are_absent_count_as_exceeded() -> None:
    lines, resolved = made({})
    frame = decide(lines[["order_group"]], resolved, run=CALM)
    assert frame["verdict"].tolist() == ["approve"]
    expected = {name for name, guard in GUARDS.items() if guard.check and not name.startswith(("freeze", "breaker"))}
    assert set(named(frame)) == expected


@pytest.mark.parametrize(
    ("mode", "verdicts"),
    [
        ("observe", ["none", "none", "none"]),
        ("shadow", ["none", "none", "none"]),
        ("suggest", ["approve", "approve", "block"]),
        ("assist", ["auto", "approve", "block"]),
        ("autonomous", ["auto", "approve", "block"]),
    ],
)
def test_modes(mode: str, verdicts: list[str]) -> None:
    frame = decided({}, {"data_doubt": True}, {"supplier_blocked": True}, mode=mode)
    assert frame["verdict"].tolist() == verdicts
    assert frame["mode"].tolist() == [mode] * 3
    assert named(frame, 1) == ("data_doubt",)


def test_a_rule_sets_the_mode_of_its_rows_and_is_named() -> None:
    frame = decided({"item": "quiet"}, {})
    assert frame["verdict"].tolist() == ["none", "auto"]
    assert frame["rules"].tolist() == ["quiet", ""]


def test_value_guards_act_on_the_whole_order_and_the_others_on_their_line() -> None:
    frame = decided(
        {"order_group": 1, "amount_minor": 60_000}, {"order_group": 1, "amount_minor": 50_000, "data_doubt": True},
        {"order_group": 2},
    )  # fmt: skip
    assert [named(frame, row) for row in range(3)] == [
        ("auto_order_value_max",), ("auto_order_value_max", "data_doubt"), (),
    ]  # fmt: skip
    assert frame["order_minor"].tolist() == [110_000, 110_000, 50_000]


def test_caps_go_to_the_orders_most_at_risk() -> None:
    changes = [{"stockout_risk": risk, "amount_minor": 90_000} for risk in (0.1, 0.9, 0.5)]
    assert decided(*changes)["verdict"].tolist() == ["approve", "auto", "auto"]
    four = decided(*({"stockout_risk": risk, "amount_minor": 100} for risk in (0.4, 0.1, 0.3, 0.2)))
    assert four["verdict"].tolist() == ["auto", "approve", "auto", "auto"]


def test_routes_follow_the_value_of_the_order() -> None:
    frame = decided(*({"amount_minor": amount} for amount in (150_000, 150_001, 500_001, -1)))
    assert frame["route"].tolist() == ["small", "large", "", "large"]
    assert decided({}, policy="version: 1\n")["route"].tolist() == [""]


def test_without_a_value_limit_nothing_goes_out_alone() -> None:
    frame = decided({}, policy="version: 1\ndefaults: { mode: autonomous }\n")
    assert named(frame) == ("auto_order_value_max",)


def test_new_items_can_be_left_to_the_other_guards() -> None:
    policy = POLICY.replace("approvals:\n", "approvals:\n  always_for: [new_supplier]\n")
    assert decided({"new_item": True}, policy=policy)["verdict"].tolist() == ["auto"]
    assert decided({"new_supplier": True}, policy=policy)["verdict"].tolist() == ["approve"]


def test_rows_and_lines_must_belong_together() -> None:
    lines, resolved = made({}, {})
    with pytest.raises(ValueError, match="1 lines, but policies were resolved for 2 rows"):
        decide(lines.iloc[:1], resolved, run=CALM)


def test_hits_say_what_was_found_what_the_limit_is_and_where_it_stands() -> None:
    lines, resolved = made(
        {"item": "cheap", "price": 5.5, "last_price": np.nan, "usual_quantity": np.nan}, {}, {"location": "cold"}
    )
    hits = hits_of(decide(lines, resolved, run=CALM), resolved, CALM)
    first = {hit.guard: hit for hit in hits[0]}
    assert first["auto_order_value_max"][1:] == ("500.00 EUR", "10.00 EUR", "policy.yaml:17:74")
    assert first["price_rise_max_pct"][1:] == ("10 %", "5 %", "built in")
    assert first["unit_slip"][1:] == ("unknown", "", "")
    assert hits[1] == ()
    assert hits[2][0][:3] == ("freeze_hold", "ice", "until 2027-01-01")
    run = RunFacts(300_000, 0, 0, {"stock_rows_drop_pct": 33.3})
    (over,) = hits_of(decide(lines.iloc[[1]], *_one(resolved, 1), run=run), _one(resolved, 1)[0], run)
    found = {hit.guard: hit for hit in over}
    assert found["breaker_hold"][1:3] == ("stock_rows_drop_pct 33.3", "above 20")
    assert "breaker_approve" not in found


def _one(resolved: Resolved, row: int) -> tuple[Resolved]:
    return (resolve(resolved.policies, resolved.attributes.iloc[[row]], resolved.on),)


def test_a_cap_over_many_orders_is_named_with_its_place() -> None:
    run = RunFacts(300_000, 0, 0, CALM.watched)
    lines, resolved = made({})
    (hits,) = hits_of(decide(lines, resolved, run=run), resolved, run)
    assert hits == (("auto_spend_per_day_max", "500.00 EUR", "2,500.00 EUR", "policy.yaml:7:27"),)


SOME = st.one_of(st.none(), st.floats(0, 2000))


@given(
    lines=st.lists(
        st.fixed_dictionaries(
            {"order_group": st.integers(0, 2), "amount_minor": st.integers(-1, 600_000), "usual_quantity": SOME,
             "stockout_risk": st.floats(0, 1), "data_doubt": st.booleans()}
        ), min_size=1, max_size=6,
    ),
    which=st.integers(0, 5),
    more=st.integers(0, 600_000),
    spent=st.integers(0, 300_000),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_a_dearer_line_is_never_judged_more_freely(
    lines: list[dict[str, Any]], which: int, more: int, spent: int
) -> None:
    strictness = {"auto": 0, "approve": 1, "block": 2}
    run = RunFacts(spent, spent, 0, CALM.watched)
    before = decided(*lines, run=run)["verdict"].map(strictness)
    row = which % len(lines)
    amount = lines[row]["amount_minor"]
    dearer = [*lines[:row], {**lines[row], "amount_minor": amount + more if amount >= 0 else -1}, *lines[row + 1 :]]
    after = decided(*dearer, run=run)["verdict"].map(strictness)
    assert after.iloc[row] >= before.iloc[row]
