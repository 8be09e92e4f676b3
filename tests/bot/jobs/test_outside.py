from datetime import timedelta

import numpy as np
import pytest

from bot.jobs.outside import known_outside
from bot.snapshot.dataset import planned
from tests.bot.company import AS_OF, Company, Row, days, terms

ITEMS = [f"i{k:02d}" for k in range(24)]  # the first half is of category FAST
POLICY = """version: 1
rules:
  - id: promoted
    match: { category: FAST }
    set: { forecaster: "PanelTrees(rounds=15, rows=5000)" }
"""


def company(signals: list[Row]) -> Company:
    """Two years of weeks in which promotions treble demand; `signals` tell of those ahead."""
    rng = np.random.default_rng(3)
    demand: list[Row] = []
    for item in ITEMS:
        flag = (rng.random(60) < 0.15).astype(int)
        sold = rng.poisson(rng.uniform(5.0, 20.0) * (1 + 2 * flag))
        demand += [
            {"item": item, "location": "L1", "date": day, "quantity": int(each), "promotion": int(on)}
            for day, each, on in zip(days(60, step=7), sold, flag, strict=True)
        ]
    made = Company.small(
        items=[{"item": item, "unit": "EA", "category": "FAST" if item < "i12" else "SLOW"} for item in ITEMS],
        stock=[{"item": item, "location": "L1", "on_hand": 0} for item in ITEMS],
        sourcing=[terms(item, lead_time_days=7) for item in ITEMS],
        demand=demand,
        signals=signals,
    )
    made.policy = POLICY
    return made


def told(item: str, *, on: int, known: int) -> list[Row]:
    """A promotion from day `on` after the planning day, which came out `known` days before it."""
    day, out = AS_OF + timedelta(days=on), AS_OF - timedelta(days=known)
    return [{"name": "promotion", "date": day, "value": 1, "available_on": out, "item": item}]


def test_a_plan_orders_more_of_what_will_be_promoted_and_nothing_else_moves() -> None:
    base = company(told("i00", on=7, known=20)).cycle().decisions.set_index("item")
    assert base.loc[ITEMS[:12], "forecaster"].unique().tolist() == ["PanelTrees(rounds=15, rows=5000)"]
    assert not base.loc[ITEMS[12:], "forecaster"].str.startswith("PanelTrees").any()
    more = told("i00", on=7, known=20) + told("i03", on=0, known=1) + told("i15", on=0, known=1)
    found = company(more).cycle().decisions.set_index("item")
    assert found.loc["i03", "quantity"] > 1.2 * base.loc["i03", "quantity"]
    rest = [item for item in ITEMS if item != "i03"]
    assert (found.loc[rest, "quantity"] == base.loc[rest, "quantity"]).all()
    late = company(told("i00", on=7, known=20) + told("i03", on=0, known=0)).cycle()
    assert (late.decisions["quantity"].to_numpy() == base["quantity"].to_numpy()).all()


def test_without_signals_trees_see_what_there_is() -> None:
    made = company([])
    del made.tables["signals"]
    assert (made.cycle().decisions["forecast_fallback"] == "").all()


@pytest.mark.parametrize("listed", [True, False])
def test_a_snapshot_hands_on_signals_closed_days_and_categories(*, listed: bool) -> None:
    made = company(told("i00", on=7, known=20))
    made.tables["locations"] = [{"location": "L1", "calendar": "works"}]
    made.tables["calendars"] = [
        {"calendar": name, "date": day, "open": open_}
        for name, day, open_ in (("works", AS_OF, "false"), ("works", days(1)[0], "true"), ("other", AS_OF, "false"))
    ]
    if not listed:
        del made.tables["calendars"]
    snapshot = made.snapshot()
    outside = known_outside(snapshot, planned(snapshot))
    assert outside.signals is not None
    assert len(outside.signals) == 1
    assert outside.categories is not None
    assert outside.categories.tolist() == ["FAST"] * 12 + ["SLOW"] * 12
    if not listed:
        assert outside.closed is None
        return
    assert outside.closed is not None
    assert outside.closed.astype("str").to_numpy().tolist() == [["L1", AS_OF.isoformat()]]
