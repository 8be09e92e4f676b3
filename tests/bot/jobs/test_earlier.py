"""What changed since the plan before: its figures, and the buckets that ended since."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from bot.jobs.earlier import NO_EARLIER, Earlier, since
from bot.tables.plan import EXPLANATION
from tests.bot.company import AS_OF, Company, history
from tests.bot.forecast.panels import panel_of

NAMES = list(EXPLANATION)[list(EXPLANATION).index("before_on") :]
WEEKS = np.asarray([[3, 9, 4, 8, 6], [5, 5, 5, 5, np.nan], [1, 2, 3, 4, 5], [7, 7, 7, 7, 0]], dtype=float)


def before(day: date, freq: str = "W", **more: object) -> Earlier:
    made = {"item": [f"i{k:05d}" for k in range(3)], "location": "here", "interval_mean": 20.0, "interval_days": 28.0,
            "service_level": 0.95, "forecaster": "pooled", "pattern": "smooth", "lifecycle": "active",
            "bucket_mean": [4.0, 5.0, 6.0]}  # fmt: skip
    return Earlier("id", day, freq, pd.DataFrame({**made, **more}))


def told(earlier: Earlier, values: np.ndarray = WEEKS) -> pd.DataFrame:
    return pd.DataFrame(since(earlier, panel_of(values)))  # weeks from 2024-01-01 on, the plan's day is 2024-02-05


def test_the_bucket_that_ended_since_is_set_against_what_was_expected_of_it() -> None:
    found = told(before(date(2024, 2, 3)))
    assert list(found) == NAMES
    assert found["last_bucket"].iloc[0] == pd.Timestamp("2024-01-29")
    assert found["last_buckets"].tolist() == [1, 0, 1, 0], "unknown, and not planned before"
    np.testing.assert_array_equal(found["last_quantity"], [6.0, np.nan, 5.0, np.nan])
    np.testing.assert_array_equal(found["last_expected"], [4.0, np.nan, 6.0, np.nan])
    assert found["last_peak"].tolist() == [0, 0, 4, 0]
    assert found["before_on"].iloc[0] == pd.Timestamp("2024-02-03")
    assert pd.isna(found["before_on"].iloc[3])
    assert found["forecaster_before"].tolist() == ["pooled"] * 3 + [""]


def test_several_buckets_are_expected_at_the_rate_of_the_earlier_interval() -> None:
    found = told(before(date(2024, 1, 22))).iloc[0]
    assert (found["last_buckets"], found["last_quantity"], found["last_peak"]) == (2, 14.0, 0)
    assert found["last_expected"] == pytest.approx(2 * 20.0 / 4)


def test_the_same_bucket_still_runs() -> None:
    found = told(before(date(2024, 2, 5)))
    assert (found["last_buckets"] == 0).all()
    assert found["last_bucket"].isna().all()
    assert found["mean_before"].tolist()[:3] == [20.0] * 3


def test_days_say_nothing_about_weeks() -> None:
    assert (told(before(date(2024, 2, 3), "D"))["last_buckets"] == 0).all()


def test_a_peak_is_counted_in_known_buckets() -> None:
    found = told(before(date(2024, 2, 3)), np.asarray([[9, np.nan, 2, 3, 5], [1, 1, 1, 1, 0], [np.nan, 4, 2, 6, 6.0]]))
    assert found["last_peak"].tolist() == [2, 0, 0]


def test_without_an_earlier_plan_the_columns_are_empty() -> None:
    found = told(NO_EARLIER)
    assert list(found) == NAMES
    assert found[["before_on", "mean_before", "last_quantity", "last_bucket"]].isna().all(axis=None)
    assert (found["pattern_before"] == "").all()


def test_the_plan_of_the_day_before_is_told_by_the_next() -> None:
    company = Company.small(demand=history([10] * 100, until=AS_OF - timedelta(days=1)) + history([60], until=AS_OF))
    first = Company.small(demand=history([10] * 100, until=AS_OF - timedelta(days=1))).cycle(
        as_of=AS_OF - timedelta(days=1)
    )
    earlier = Earlier("ref", first.as_of, str(first.notes["freq"]), first.decisions)
    plan = company.cycle(earlier=earlier)
    row, then = plan.decisions.iloc[0], first.decisions.iloc[0]
    assert plan.notes["earlier"] == "ref"
    assert (row["mean_before"], row["days_before"]) == (then["interval_mean"], then["interval_days"])
    assert (row["last_quantity"], row["last_peak"]) == (60.0, 100)
    assert row["last_expected"] == pytest.approx(10.0, rel=0.05)
    assert company.cycle().plan_id == plan.plan_id, "what is told changes no order"
