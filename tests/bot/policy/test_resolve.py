"""Settings and limits of rows: layers, merge rules, limits that only tighten, places, conflicts, speed."""

import time
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InputInvalid
from bot.policy.columns import NO_CAP
from bot.policy.parse import parse_policies
from bot.policy.resolve import Resolved, resolve
from bot.policy.words import Layer

ON = date(2026, 11, 23)
EXAMPLE = """version: 1
defaults:
  mode: suggest
  service_level_pct: 95
  review_period_days: 1
  lead_time_buffer_days: 2
limits:
  auto_order_value_max: 2000 EUR
  supplier_score_min_pct: 70
  cover_max_days: 100
rules:
  - id: fasteners
    match: { category: "fasteners/**" }
    set: { mode: assist, service_level_pct: 98 }
    limits: { auto_order_value_max: 1500 EUR }
  - id: slow-movers
    match: { abc: [C], xyz: [Y, Z], category: { not: "fasteners/**" } }
    set: { service_level_pct: 90, review_period_days: 7 }
  - id: acme
    match: { supplier: "104711" }
    set: { lead_time_buffer_days: 5, service_level_pct: 97 }
    limits: { auto_order_value_max: 0 EUR, supplier_score_min_pct: 80 }
  - id: chips
    match: { supplier: "104711", category: "electronics/ics/**" }
    set: { lead_time_buffer_days: 21, service_level_pct: 99 }
    priority: 10
    from: 2026-10-01
    until: 2027-04-01
    reason: allocation
  - id: south
    match: { location: [DE02, AT01] }
    set: { review_period_days: 3, lead_time_buffer_days: 4 }
  - id: bearing
    match: { item: "304711", location: DE01 }
    set: { service_level_pct: 99.9 }
freeze:
  - { id: stocktake, match: { location: DE02 }, from: 2026-12-28, until: 2027-01-03, action: hold }
  - { id: audit, match: { location: [DE01, DE02] }, from: 2026-12-28, until: 2027-01-03, action: approve_all }
"""
ROWS = pd.DataFrame(
    [
        ("900100", "DE02", "104711", "electronics/ics/mcu", "A", "X", 5.0),
        ("f1", "DE01", "200100", "fasteners/screws", "C", "Z", 0.1),
        ("s1", "DE01", "200100", "tools/hand", "C", "Z", 9.0),
        ("304711", "DE01", "104711", None, "A", "X", 80.0),
        ("304711", "DE03", None, None, None, None, np.nan),
    ],
    columns=["item", "location", "supplier", "category", "abc", "xyz", "unit_price"],
)


def resolved(text: str = EXAMPLE, rows: pd.DataFrame = ROWS, on: date = ON, **files: str) -> Resolved:
    return resolve(parse_policies({"policy.yaml": text, **files}), rows, on)


def company(rules: str, head: str = "") -> str:
    return f"version: 1\n{head}rules:\n{rules}"


def test_layers_override_and_merge_rules_keep_the_careful_value() -> None:
    frame = resolved().frame
    assert frame["mode"].tolist() == ["suggest", "assist", "suggest", "suggest", "suggest"]
    assert frame["service_level_pct"].tolist() == [99, 98, 90, 99.9, 95]
    assert frame["review_period_days"].tolist() == [3, 1, 7, 1, 1]
    assert frame["lead_time_buffer_days"].tolist() == [21, 2, 2, 5, 2]


def test_forecasters_go_by_layer_and_auto_is_the_champion_again() -> None:
    rules = (
        "  - { id: a, match: { supplier: '104711' }, set: { forecaster: TSB } }\n"
        "  - { id: b, match: { item: '304711' }, set: { forecaster: auto } }\n"
    )
    bulk = 'item,forecaster\ns1,"AutoETS(auto=True, sp=52)"\n'
    assert resolved("version: 1\n").frame["forecaster"].tolist() == [""] * 5
    found = resolved(company(rules, "defaults: { forecaster: Croston }\n"), **{"items/a.csv": bulk})
    named = ["TSB", "Croston", "AutoETS(auto=True, sp=52)", "", ""]
    assert found.frame["forecaster"].astype(object).tolist() == named
    assert str(found.place(2, "forecaster")) == "items/a.csv:2:4"
    assert str(found.place(1, "forecaster")) == "policy.yaml:2:25"


def test_limits_only_tighten_and_are_exact() -> None:
    frame = resolved().frame
    assert frame["auto_order_value_max"].dtype == np.int64
    assert frame["auto_order_value_max"].tolist() == [0, 150_000, 200_000, 0, 200_000]
    assert frame["supplier_score_min_pct"].tolist() == [80, 70, 70, 80, 70]
    assert frame["order_value_max"].tolist() == [NO_CAP] * 5


def test_without_anything_the_built_in_values_stand() -> None:
    frame = resolved("version: 1\n").frame
    row = frame.iloc[0]
    assert row["mode"] == "suggest"
    assert row["objective"] == "cycle_service"
    assert row["service_level_pct"] == 95
    assert row["price_collar_max_pct"] == 20
    assert row["auto_order_value_max"] == NO_CAP
    assert np.isnan(row["cover_max_days"])
    assert np.isnan(row["review_period_days"])


def test_a_built_in_limit_is_loosened_by_the_company_alone() -> None:
    rule = "  - { id: r, match: { abc: A }, limits: { price_rise_max_pct: 9, qty_vs_usual_max_ratio: 2 } }\n"
    assert resolved(company(rule)).frame["price_rise_max_pct"].tolist() == [5] * 5
    assert resolved(company(rule)).frame["qty_vs_usual_max_ratio"].tolist() == [2, 3, 3, 2, 3]
    wide = resolved(company(rule, "limits: { price_rise_max_pct: 12 }\n"))
    assert wide.frame["price_rise_max_pct"].tolist() == [9, 12, 12, 9, 12]


def test_the_objective_follows_the_shortage_cost() -> None:
    rules = """  - { id: cost, match: { abc: A }, set: { shortage_cost: 4.005 EUR } }
  - { id: told, match: { location: DE02 }, set: { objective: fill_rate } }
  - { id: vain, match: { item: s1 }, set: { objective: cost } }
"""
    frame = resolved(company(rules)).frame
    assert frame["objective"].tolist() == ["fill_rate", "cycle_service", "cycle_service", "cost", "cycle_service"]
    assert frame["shortage_cost"].iloc[0] == 4.005


def test_rules_apply_only_on_their_days() -> None:
    assert resolved(on=date(2026, 9, 30)).frame["service_level_pct"].iloc[0] == 97
    assert resolved(on=date(2026, 10, 1)).frame["service_level_pct"].iloc[0] == 99
    assert resolved(on=date(2027, 4, 1)).frame["service_level_pct"].iloc[0] == 97


def test_freezes_hold_the_stronger_way() -> None:
    during = resolved(on=date(2026, 12, 28))
    assert during.freeze.tolist() == [2, 1, 1, 1, 0]
    assert during.policies.freezes[during.freeze_by[0]].id == "stocktake"
    assert resolved(on=date(2027, 1, 3)).freeze.tolist() == [0] * 5


@pytest.mark.parametrize(
    ("match", "rows"),
    [
        ("{ category: { not: 'fasteners/**' } }", [0, 2]),
        ("{ category: { not: tools/hand } }", [0, 1]),
        ("{ category: 'electronics/**' }", [0]),
        ("{ category: electronics }", []),
        ("{ category: 'fast/**' }", []),
        ("{ supplier: { not: '200100' } }", [0, 3]),
        ("{ tags: { not: x } }", []),
        ("{ unit_price: { gte: 5, lte: 9 } }", [0, 2]),
        ("{ unit_price: { gt: 5, lt: 9 } }", []),
        ("{ unit_price: { gt: 5 } }", [2, 3]),
        ("{ item: ['304711', s1, nobody], location: DE01 }", [2, 3]),
        ("{ item: nobody }", []),
        ("{ item: { not: s1 } }", [0, 1, 3, 4]),
        ("{ lifecycle: new }", []),
    ],
)
@pytest.mark.parametrize("categorical", [False, True])
def test_matching(match: str, rows: list[int], *, categorical: bool) -> None:
    table = ROWS.astype(dict.fromkeys(ROWS.columns[:6], "category")) if categorical else ROWS
    frame = resolved(company(f"  - {{ id: r, match: {match}, set: {{ service_level_pct: 50 }} }}\n"), table).frame
    assert np.flatnonzero(frame["service_level_pct"] == 50).tolist() == rows


def test_tags_are_a_set() -> None:
    table = pd.DataFrame({"tags": ["critical, cold", "cold", None, "colder"]})
    for match, rows in (("cold", [0, 1]), ("{ not: critical }", [1, 3]), ("[critical, colder]", [0, 3])):
        text = company(f"  - {{ id: r, match: {{ tags: {match} }}, set: {{ service_level_pct: 50 }} }}\n")
        assert np.flatnonzero(resolved(text, table).frame["service_level_pct"] == 50).tolist() == rows


def test_a_door_loosens_the_company_limit_for_its_rows_and_rules_tighten_it_again() -> None:
    doors = "widen:\n  - { limit: cover_max_days, match: { abc: A }, up_to: 300 }\n"
    rule = "  - { id: r, match: { item: '304711' }, limits: { cover_max_days: 250 } }\n"
    found = resolved(company(rule, "limits: { cover_max_days: 100 }\n" + doors))
    assert found.frame["cover_max_days"].tolist() == [300, 100, 100, 250, 100]


CLASH = """  - { id: a, match: { abc: A }, set: { service_level_pct: 91 } }
  - { id: x, match: { xyz: X }, set: { service_level_pct: 92 } }
"""


def test_a_conflict_on_rows_is_an_error_that_names_rules_places_and_an_example() -> None:
    with pytest.raises(InputInvalid) as caught:
        resolved(company(CLASH))
    text = str(caught.value)
    assert text.startswith('policy.yaml:4:59: E210 "service_level_pct" is 92 here and 91 at policy.yaml:3:59')
    assert "both rules (x, a) are in layer category with priority 0 and match 2 rows, e.g. 900100@DE02" in text


def test_a_conflict_that_a_higher_layer_settles_or_that_no_row_shows_is_none() -> None:
    above = "  - { id: s, match: { location: [DE01, DE02] }, set: { service_level_pct: 93 } }\n"
    assert resolved(company(CLASH + above)).frame["service_level_pct"].tolist()[0] == 93
    apart = pd.DataFrame({"abc": ["A", "B"], "xyz": ["Y", "X"]})
    assert resolved(company(CLASH), apart).frame["service_level_pct"].tolist() == [91, 92]


def test_every_value_knows_its_rule_and_place() -> None:
    found = resolved()
    assert found.source(4, "lead_time_buffer_days").layer is Layer.DEFAULTS  # type: ignore[union-attr]
    assert str(found.place(4, "mode")) == "policy.yaml:3:9"
    assert str(found.place(0, "lead_time_buffer_days")) == "policy.yaml:25:35"
    assert found.place(0, "unmet_demand") is None
    codes, ids = found.rule_ids
    assert [ids[code] for code in codes] == [
        ("acme", "chips", "south"), ("fasteners",), ("slow-movers",), ("acme", "bearing"), (),
    ]  # fmt: skip


@given(order=st.permutations(range(6)), limits=st.lists(st.integers(0, 500), min_size=6, max_size=6))
@settings(max_examples=50, deadline=None)
def test_order_of_rules_means_nothing_and_no_limit_is_ever_looser(order: list[int], limits: list[int]) -> None:
    matches = [
        "{ abc: A }",
        "{ supplier: '104711' }",
        "{ location: DE01 }",
        "{ item: '304711' }",
        "{ xyz: X }",
        "{ abc: C }",
    ]
    rules = [
        f"  - {{ id: r{i}, priority: {i}, match: {match}, set: {{ service_level_pct: {50 + i} }}, "
        f"limits: {{ auto_order_value_max: {limits[i]} EUR, supplier_score_min_pct: {i + 2} }} }}\n"
        for i, match in enumerate(matches)
    ]
    head = "limits: { auto_order_value_max: 250 EUR }\n"
    one = resolved(company("".join(rules), head)).frame
    two = resolved(company("".join(rules[i] for i in order), head)).frame
    pd.testing.assert_frame_equal(one, two)
    for count in range(6):
        fewer = resolved(company("".join(rules[: count + 1]), head)).frame
        assert (one["auto_order_value_max"] <= fewer["auto_order_value_max"]).all()
        score, before = one["supplier_score_min_pct"], fewer["supplier_score_min_pct"]
        assert (before.isna() | (score >= before)).all()


def test_a_hundred_thousand_rows_and_twenty_rules_take_well_under_two_seconds() -> None:
    count = 100_000
    rules = "".join(
        f"  - {{ id: r{i}, priority: {i}, match: {{ category: 'c/g{i % 7}/**', abc: [A, B] }}, "
        f"set: {{ service_level_pct: {70 + i} }}, limits: {{ auto_order_value_max: {900 - i} EUR }} }}\n"
        for i in range(20)
    )
    numbers = np.arange(count)
    rows = pd.DataFrame(
        {
            "item": [f"I{i // 5}" for i in numbers],
            "location": np.array(["L1", "L2", "L3"])[numbers % 3],
            "category": np.array([f"c/g{i}/x" for i in range(11)])[numbers % 11],
            "abc": np.array(["A", "B", "C"])[numbers // 7 % 3],
        }
    )
    policies = parse_policies({"policy.yaml": company(rules)})
    start = time.perf_counter()
    frame = resolve(policies, rows, ON).frame
    assert time.perf_counter() - start < 2.0
    assert frame["service_level_pct"].iloc[0] == 84  # g0 and A: rules 0, 7 and 14
