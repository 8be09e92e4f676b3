"""Order days and review periods, against a walk through the days."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inventory.calendar import next_orders


def asked(day: str, text: str | None, review: float) -> tuple[float, float]:
    wait, following = next_orders(pd.Timestamp(day), pd.Series([text], dtype="str"), np.array([review]))
    return wait[0], following[0]


@pytest.mark.parametrize(
    ("day", "text", "review", "expected"),
    [
        ("2026-03-02", None, 1.0, (0, 1)),
        ("2026-03-02", None, 7.4, (0, 7)),
        ("2026-03-02", None, 0.0, (0, 1)),
        ("2026-03-02", "1,4", 1.0, (0, 3)),
        ("2026-03-02", "4,1", 4.0, (0, 7)),
        ("2026-03-03", "1,4", 1.0, (2, 6)),
        ("2026-03-02", "1", 7.0, (0, 7)),
        ("2026-03-02", "1", 8.0, (0, 14)),
        ("2026-03-02", "1, 1", 1.0, (0, 7)),
        ("2026-03-08", "7", 1.0, (0, 7)),
        ("2026-03-02", "", 3.0, (0, 3)),
        ("2026-03-02", "1", 1000.0, (0, 1001)),
        ("2026-12-31", "1", 1.0, (4, 11)),  # Thursday of week 53 to Monday of week 1
        ("2026-03-28", "1", 1.0, (2, 9)),  # the clocks change in between; days do not
    ],
)
def test_known_days(day: str, text: str | None, review: float, expected: tuple[float, float]) -> None:
    assert asked(day, text, review) == expected


@settings(deadline=None, max_examples=50)
@given(
    st.dates(date(2020, 1, 1), date(2033, 12, 31)),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(1, 500),
)
def test_it_agrees_with_a_walk_through_the_days(day: date, weekdays: set[int], review: int) -> None:
    listed = [n for n in range(520) if (day + timedelta(days=n)).isoweekday() in weekdays]
    first = listed[0]
    later = next(n for n in listed if n >= first + review)
    text = ",".join(map(str, sorted(weekdays)))
    assert asked(day.isoformat(), text, float(review)) == (first, later)


@settings(deadline=None, max_examples=50)
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sets(st.integers(1, 7)), st.integers(1, 60))
def test_a_week_later_nothing_has_changed(day: date, weekdays: set[int], review: int) -> None:
    text = ",".join(map(str, weekdays)) or None
    later = day + timedelta(days=7)
    assert asked(day.isoformat(), text, float(review)) == asked(later.isoformat(), text, float(review))


def test_rows_keep_their_places_and_the_input_is_not_written_to() -> None:
    review = np.array([7.0, 7.0, 1.0])
    days = pd.Series(["1", None, "3"], dtype="str")
    wait, following = next_orders(pd.Timestamp("2026-03-03"), days, review)
    assert wait.tolist() == [6, 0, 1]
    assert following.tolist() == [13, 7, 8]
    assert review.tolist() == [7.0, 7.0, 1.0]
