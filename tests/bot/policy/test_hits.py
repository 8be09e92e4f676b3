"""Hits in words: amounts as people read them, one computation per guard however many lines there are."""

import time
from datetime import date

import numpy as np
import pandas as pd
import pytest

from bot.guards.table import BITS
from bot.policy.facts import RunFacts
from bot.policy.hits import Hit, hits_of
from bot.policy.parse import parse_policies
from bot.policy.resolve import Resolved, resolve
from bot.policy.values import amount_text

POLICY = """version: 1
currency: EUR
limits: { auto_order_value_max: 2500 EUR, auto_spend_per_day_max: 12000.5 EUR, auto_orders_per_run_max: 3,
          cover_max_days: 90, supplier_score_min_pct: 70 }
breakers:
  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }
  - { watch: erp_errors_in_a_row, above: 4, then: approve_all }
freeze:
  - { id: frost, match: { item: a }, until: 2027-01-01, reason: x, action: approve_all }
  - { id: ice, match: { item: b }, until: 2027-02-01, reason: x }
"""
MANY = 80_000
FIVE = (
    "auto_order_value_max",
    "qty_vs_usual_max_ratio",
    "price_rise_max_pct",
    "cover_max_days",
    "supplier_score_min_pct",
)


def prepared(frame: pd.DataFrame, *guards: str) -> tuple[pd.DataFrame, Resolved]:
    mask = sum(1 << BITS[name] for name in guards)
    policies = parse_policies({"policy.yaml": POLICY})
    frame = frame.assign(guards=np.int64(mask), order_group=np.arange(len(frame)))
    return frame, resolve(policies, frame[["item"]], date(2026, 6, 1))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (250_000, "EUR", "2,500.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (1_234_567, "JPY", "1,234,567 JPY"),
        (1_234_567, "KWD", "1,234.567 KWD"),
        (2**53 + 1, "USD", "90,071,992,547,409.93 USD"),
    ],
)
def test_amounts_carry_thousands_separators_and_stay_exact(minor: int, currency: str, text: str) -> None:
    assert amount_text(minor, currency) == text


def test_found_and_limit_of_amounts() -> None:
    frame = pd.DataFrame({"item": ["i", "i"], "amount_minor": [1_250_075, -1]})
    names = ("auto_order_value_max", "order_value_max", "auto_spend_per_day_max", "auto_orders_per_run_max")
    known, unknown = hits_of(*prepared(frame, *names), RunFacts())
    assert known == (
        Hit("auto_order_value_max", "12,500.75 EUR", "2,500.00 EUR", "policy.yaml:3:33"),
        Hit("order_value_max", "12,500.75 EUR", "not set", "built in"),
        Hit("auto_spend_per_day_max", "12,500.75 EUR", "12,000.50 EUR", "policy.yaml:3:67"),
        Hit("auto_orders_per_run_max", "", "3", "policy.yaml:3:105"),
    )
    assert unknown[0].found == "unknown"


@pytest.mark.parametrize(
    ("cover", "text"),
    [
        (np.inf, "endless days"), (np.nan, "unknown"), (1234.5, "1,234 days"), (113.44, "113.4 days"),
        (0.0, "0 days"), (0.00004, "0.000040 days"), (0.0015, "0.0015 days"),
    ],
)  # fmt: skip
def test_figures_have_no_exponent(cover: float, text: str) -> None:
    frame = pd.DataFrame({"item": ["i"], "cover_days_after": [cover]})
    assert hits_of(*prepared(frame, "cover_max_days"), RunFacts())[0][0][1:3] == (text, "90 days")


def test_flags_say_yes_no_or_unknown_in_the_line_they_belong_to() -> None:
    frame = pd.DataFrame({"item": ["i"] * 3, "supplier_blocked": [True, None, False]})
    hits = hits_of(*prepared(frame, "supplier_blocked", "data_doubt"), RunFacts())
    assert [[hit.found for hit in each] for each in hits] == [["yes", ""], ["unknown", ""], ["no", ""]]


def test_each_freeze_and_breaker_is_named_with_its_own_place() -> None:
    frame, resolved = prepared(pd.DataFrame({"item": ["b", "a"]}))
    frame["guards"] = [1 << BITS["freeze_hold"], 1 << BITS["freeze_approve"] | 1 << BITS["breaker_approve"]]
    ice, frost = hits_of(frame, resolved, RunFacts(watched={"stock_rows_drop_pct": 0.0}))
    assert ice == (Hit("freeze_hold", "ice", "until 2027-02-01", "policy.yaml:10:5"),)
    assert frost == (
        Hit("freeze_approve", "frost", "until 2027-01-01", "policy.yaml:9:5"),
        Hit("breaker_approve", "erp_errors_in_a_row unknown", "above 4", "policy.yaml:7:5"),
    )


def test_lines_without_a_hit_are_empty_and_keep_their_place() -> None:
    frame, resolved = prepared(pd.DataFrame({"item": ["i"] * 3, "cover_days_after": [1.0, 200.0, 2.0]}))
    frame["guards"] = [0, 1 << BITS["cover_max_days"], 0]
    hits = hits_of(frame, resolved, RunFacts())
    assert (hits[0], hits[2]) == ((), ())
    assert hits[1][0].found == "200 days"


def test_eighty_thousand_lines_with_five_hits_each_take_seconds() -> None:
    random = np.random.default_rng(7)
    figures = {
        "amount_minor": random.integers(250_001, 900_000, MANY), "quantity": random.uniform(300, 400, MANY),
        "usual_quantity": random.uniform(10, 20, MANY), "price": random.uniform(6, 7, MANY),
        "last_price": np.full(MANY, 5.0), "cover_days_after": random.uniform(100, 400, MANY),
        "supplier_score_pct": random.uniform(0, 60, MANY),
    }  # fmt: skip
    frame, resolved = prepared(pd.DataFrame({"item": "i", **figures}), *FIVE)
    begin = time.process_time()
    hits = hits_of(frame, resolved, RunFacts())
    took = time.process_time() - begin
    assert sum(map(len, hits)) == 5 * MANY
    assert took < 8.0  # measured about 1 s; linear work, where one figure per hit took minutes
