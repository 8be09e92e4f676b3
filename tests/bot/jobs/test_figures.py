"""The days of an interval, the figures that breakers watch, and what policies match on."""

import numpy as np
import pandas as pd
import pytest

from bot.inventory.lead_time import LeadTimes
from bot.jobs.figures import TOLD_MOST, Interval, attributes, changes, forecasters_not_used, totals
from tests.bot.company import AS_OF, Company, terms


def interval(review: float, *leads: float) -> Interval:
    lead = LeadTimes(np.array([leads]), np.array([0]))
    return Interval(np.zeros(1), np.array([review]), lead, review + lead.days)


@pytest.mark.parametrize(
    ("made", "mean", "last"),
    [
        (interval(1, 5), 6.0, "2026-03-07"),  # D to D + review + lead time - 1
        (interval(7, 14), 21.0, "2026-03-22"),
        (interval(1, 3, 5, 10), 7.0, "2026-03-08"),  # of the expected interval, not of the longest
        (interval(1, 3, 5, 10, 10), 8.0, "2026-03-09"),
        (interval(1, 3, 5, 6), 17 / 3, "2026-03-07"),
        (interval(1, 0), 1.0, "2026-03-02"),
        (interval(0.5, 0.25), 0.75, "2026-03-02"),
    ],
)
def test_the_last_day_of_an_interval(made: Interval, mean: float, last: str) -> None:
    assert made.mean[0] == pytest.approx(mean)
    assert made.last_day(AS_OF)[0] == np.datetime64(last)


def test_totals_are_worth_money_and_skip_what_has_no_value() -> None:
    snapshot = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 1} for name in ("bolt", "nut")],
    ).snapshot()
    worth, price = np.array([2.0, np.nan, np.nan]), np.array([9.0, 3.0, np.nan])
    found = totals(snapshot, worth, price, np.array([10.0, 1.0, 5.0]))
    assert found == {"stock_rows": 2.0, "forecast_per_day": 23.0}


@pytest.mark.parametrize(
    ("rows", "forecast", "drop", "change"),
    [(100, 50.0, 0, 0), (80, 50.0, 20, 0), (120, 75.0, 0, 50), (100, 20.0, 0, 60)],
)
def test_changes_against_the_plan_before(rows: float, forecast: float, drop: float, change: float) -> None:
    found = changes({"stock_rows": rows, "forecast_per_day": forecast}, {"stock_rows": 100.0, "forecast_per_day": 50.0})
    assert found == {"stock_rows_drop_pct": drop, "forecast_total_change_pct": change}


def test_a_first_run_has_changed_nothing() -> None:
    found = changes({"stock_rows": 5.0, "forecast_per_day": 5.0}, {})
    assert set(found.values()) == {0.0}


def test_attributes_keep_the_order_of_the_rows() -> None:
    company = Company.small(items=[{"item": "nut", "unit": "EA"}, {"item": "bolt", "unit": "EA", "category": "a/b"}],
                            sourcing=[terms(), terms("nut")])  # fmt: skip
    snapshot = company.snapshot()
    rows = pd.DataFrame({"item": ["nut", "bolt"], "location": ["L1", "L1"]}).astype(
        snapshot["stock"].dtypes[["item", "location"]]
    )
    offers = pd.DataFrame({"supplier": ["acme", "bestco"], "unit_price": [1.0, 2.0]})
    patterns = pd.DataFrame({name: ["x", "y"] for name in ("abc", "xyz", "pattern", "lifecycle")})
    found = attributes(snapshot, rows, offers, patterns)
    assert list(found["item"]) == ["nut", "bolt"]
    assert found["category"].isna().tolist() == [True, False]
    assert found["supplier"].tolist() == ["acme", "bestco"]


def test_reasons_for_not_using_a_named_forecaster_are_told_most_frequent_first_and_not_without_end() -> None:
    notes = ["", "a value beyond all others was capped", *["TSB not used: negative"] * 3]
    notes += [f"Croston not used: failed: {number}" for number in range(TOLD_MOST + 1)]
    told = forecasters_not_used(pd.DataFrame({"forecast_fallback": notes}))
    assert told[0] == "forecast of 3 item-locations: TSB not used: negative"
    assert len(told) == TOLD_MOST + 1
    assert told[-1] == "2 more reasons"
    assert forecasters_not_used(pd.DataFrame({"forecast_fallback": notes[:2]})) == []
    assert forecasters_not_used(pd.DataFrame({"forecast_fallback": []})) == []
