"""Chart texts: history and fan of the ordered rows."""

import json
from typing import Any

import numpy as np
import pytest

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


def test_the_expected_mean_runs_beside_the_fan() -> None:
    found = chart(demand=history([70] * 60, step=7))
    assert [day for day, _ in found["mean"]] == [day for day, *_ in found["fan"]]
    assert found["mean"][0][1] == pytest.approx(70.0, rel=0.05)
    assert "marks" not in found
    assert "shift" not in found


@pytest.mark.parametrize(("quantity", "kind"), [(900, "capped"), (90, "single"), (20, None)])
def test_buckets_with_an_explanation_are_marked(quantity: float, kind: str | None) -> None:
    rows = [{**row, "promotion": 0, "in_stock": 1.0} for row in history([8, 9, 10, 11, 12] * 12, step=7)]
    rows[50] |= {"quantity": 30, "promotion": 1}
    rows[54] |= {"quantity": quantity}
    rows[56] |= {"quantity": 0, "in_stock": 0.1}
    marked = {str(day): word for day, word in chart(demand=rows)["marks"]}
    told = {rows[50]["date"]: "promotion", rows[56]["date"]: "hidden"}
    assert marked == told | ({rows[54]["date"]: kind} if kind else {})


def test_the_day_of_a_shift_is_told_while_it_is_in_the_picture() -> None:
    rng = np.random.default_rng(3)
    found = chart(demand=history([*rng.poisson(40, 60), *rng.poisson(10, 20)], step=7))
    assert found["shift"] == "2025-10-13"
    long_ago = chart(demand=history([*rng.poisson(40, 60), *rng.poisson(10, 70)], step=7))
    assert "shift" not in long_ago
