"""Columns that explain: there for every row, and the parts of the mean multiply to it."""

import numpy as np
import pytest

from bot.forecast.explained import FACTORS
from bot.tables.plan import EXPLANATION
from tests.bot.company import Company, history, terms


def company() -> Company:
    rng = np.random.default_rng(8)
    names = [f"i{place}" for place in range(30)]
    return Company.small(
        items=[{"item": name, "unit": "EA"} for name in names],
        stock=[{"item": name, "location": "L1", "on_hand": 3} for name in names],
        demand=[row for name in names for row in history(rng.poisson(rng.uniform(0.3, 20), 200), name)],
        sourcing=[terms(name, lead_time_days=9) for name in names] + [terms("silent")],
    )


def test_parts_multiply_to_the_expected_demand() -> None:
    table = company().cycle().decisions
    assert set(EXPLANATION) <= set(table.columns)
    product = table["level_per_day"] * table["interval_days"] * table[list(FACTORS)].prod(axis=1)
    np.testing.assert_allclose(product, table["interval_mean"], rtol=1e-9)
    assert (table["naive_score"] > 0).any()
    assert (table["judged_on"] == "class").all(), "nothing was learned about single items"
    assert (table["bucket"] == "D").all()


def test_the_running_bucket_is_what_the_next_plan_compares_with() -> None:
    row = Company.small(demand=history([70] * 60, step=7)).cycle().decisions.iloc[0]
    assert row["bucket_mean"] == pytest.approx(70.0, rel=0.02)
    assert (row["forecaster_before"], row["last_buckets"]) == ("", 0)
