"""Costs and caps: policy first, then data, unknown stays unknown."""

import numpy as np
import pandas as pd
import pytest

from bot.inventory.economics import caps, economics, number, unit_costs
from bot.inventory.targets import DEFAULT_HOLDING_RATE, WEEK, YEAR, Economics
from tests.bot.suppliers.frames import AS_OF, pairs, typed

NAN = float("nan")
ROWS = pairs("bolt@L1")


def costs(
    settings: dict[str, object], *, unit_cost: float = 100.0, order_cost: float = NAN, rate: float = 1.0
) -> Economics:
    frame = pd.DataFrame([{"shortage_cost_per": "unit", "shortage_cost": NAN} | settings])
    offers = pd.DataFrame({"unit_price": [40.0], "order_cost": [order_cost], "rate": [rate]})
    return economics(frame, offers, np.array([unit_cost]))


def test_a_named_holding_cost_wins_then_a_rate_then_the_default() -> None:
    assert costs({"holding_cost_per_week": 3.0, "holding_rate_pct_per_year": 50.0}).holding_per_week[0] == 3.0
    named = costs({"holding_rate_pct_per_year": 50.0}).holding_per_week[0]
    assert named == pytest.approx(100.0 * 0.5 * WEEK / YEAR)
    assert costs({}).holding_per_week[0] == pytest.approx(100.0 * DEFAULT_HOLDING_RATE * WEEK / YEAR)


def test_without_a_value_the_price_stands_in() -> None:
    assert costs({}, unit_cost=NAN).holding_per_week[0] == pytest.approx(40.0 * DEFAULT_HOLDING_RATE * WEEK / YEAR)


def test_order_cost_of_the_policy_wins_over_the_suppliers_in_home_currency() -> None:
    assert costs({}, order_cost=20.0, rate=0.5).order_cost[0] == 10.0
    assert costs({"order_cost": 7.0}, order_cost=20.0).order_cost[0] == 7.0
    assert np.isnan(costs({}).order_cost[0])


def test_shortage_costs_carry_their_unit() -> None:
    week = costs({"shortage_cost": 5.0, "shortage_cost_per": "unit_week"})
    assert (week.shortage[0], week.per_unit_week[0]) == (5.0, True)
    assert not costs({"shortage_cost": 5.0}).per_unit_week[0]


def test_a_silent_policy_is_not_a_number() -> None:
    assert np.isnan(number(pd.DataFrame({"other": [1]}), "order_cost")).tolist() == [True]
    assert number(pd.DataFrame({"order_cost": ["2", None]}, dtype="object"), "order_cost")[0] == 2.0


@pytest.mark.parametrize(
    ("here", "general", "expected"),
    [
        ({"unit_cost": 4.0, "currency": "EUR"}, {"unit_cost": 9.0, "currency": "EUR"}, 4.0),
        ({}, {"unit_cost": 9.0, "currency": "USD"}, 4.5),
        ({}, {"unit_cost": 9.0}, 9.0),
        ({}, {"unit_cost": 9.0, "currency": "JPY"}, NAN),
        ({}, {}, NAN),
    ],
)
def test_the_value_here_wins_over_the_items(
    here: dict[str, object], general: dict[str, object], expected: float
) -> None:
    item_locations = typed("item_locations", {"item": "bolt", "location": "L1"} | here)
    items = typed("items", {"item": "bolt"} | general)
    found = unit_costs(ROWS, items, item_locations, {"EUR": 1.0, "USD": 0.5})
    assert found.tolist() == pytest.approx([expected], nan_ok=True)


@pytest.mark.parametrize(
    ("cover", "item", "days"),
    [
        (NAN, {}, np.inf),
        (30.0, {}, 30.0),
        (30.0, {"shelf_life_days": 10.0}, 10.0),
        (5.0, {"shelf_life_days": 10.0}, 5.0),
        (NAN, {"ends_on": "2026-03-06"}, 5.0),
        (NAN, {"ends_on": "2026-03-02"}, 1.0),
        (NAN, {"ends_on": "2026-03-01"}, 0.0),
        (90.0, {"ends_on": "2020-01-01"}, 0.0),
    ],
)
def test_caps_are_days_of_expected_demand(cover: float, item: dict[str, object], days: float) -> None:
    settings = pd.DataFrame({"cover_max_days": [cover]})
    items = typed("items", {"item": "bolt"} | item)
    assert caps(settings, items, ROWS, np.array([2.0]), AS_OF).tolist() == [days * 2.0]
