"""Chart texts: history and fan of the ordered rows."""

import json
from typing import Any

import numpy as np

from tests.bot.company import Company, history


def chart(**tables: Any) -> dict[str, list[list[Any]]]:
    text = Company.small(**tables).cycle().decisions.iloc[0]["chart"]
    found: dict[str, list[list[Any]]] = json.loads(text)
    return found


def test_history_ends_where_the_fan_begins() -> None:
    found = chart(demand=history(np.random.default_rng(1).poisson(10, 100)))
    assert len(found["history"]) == 60
    assert found["history"][-1][0] == "2026-03-01"
    assert found["fan"][0][0] == "2026-03-02"
    assert len(found["fan"]) == 6  # days of the interval
    assert all(low <= middle <= high for _, low, middle, high in found["fan"])


def test_weeks() -> None:
    found = chart(demand=history([70] * 60, step=7))
    assert len(found["history"]) == 52
    assert [day for day, *_ in found["fan"]][:2] == ["2026-03-02", "2026-03-09"]


def test_unknown_days_are_left_out() -> None:
    rows = [{**row, "quantity": None} if place == 95 else row for place, row in enumerate(history([10] * 100))]
    found = chart(demand=rows)
    assert len(found["history"]) == 59
    assert all(np.isfinite(value) for _, value in found["history"])


def test_only_what_a_person_may_see_is_drawn() -> None:
    covered = Company.small(stock=[{"item": "bolt", "location": "L1", "on_hand": 900}]).cycle()
    assert covered.decisions.iloc[0]["chart"] == ""
    silent = Company.small()
    silent.policy += "defaults: { mode: observe }\n"
    assert silent.cycle().decisions.iloc[0]["chart"] == ""
