import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns import buckets


def days(*texts: str) -> buckets.Days:
    return np.asarray(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("dates", "freq"),
    [
        (days("2026-01-01", "2026-02-01", "2026-05-01"), "M"),
        (days("2026-01-07", "2026-01-14", "2026-02-04"), "W"),
        (days("2026-01-07", "2026-01-08"), "D"),
        (days("2026-01-07"), "D"),
        (days(), "D"),
    ],
)
def test_the_bucket_is_read_off_the_dates(dates: buckets.Days, freq: str) -> None:
    assert buckets.infer_freq(dates) == freq


def test_weeks_start_on_the_weekday_of_the_history_else_on_monday() -> None:
    wednesdays = days("2026-01-07", "2026-01-14")
    assert buckets.weekday(np.asarray([buckets.week_anchor(wednesdays)]))[0] == 2
    assert buckets.weekday(np.asarray([buckets.week_anchor(days("2026-01-07", "2026-01-08"))]))[0] == 0


@given(st.integers(-20_000, 20_000), st.sampled_from(["D", "W", "M"]))
def test_a_day_lies_in_the_bucket_that_its_number_names(offset: int, freq: str) -> None:
    day = np.asarray([np.datetime64("2000-01-01") + offset])
    number = buckets.ordinal(day, freq)
    start, after = buckets.first_days(np.concatenate([number, number + 1]), freq)
    assert start <= day[0] < after
    assert buckets.bucket_range(start, 2, freq)[1] == after


def test_positions_count_the_elapsed_part_of_the_bucket() -> None:
    monday, wednesday = np.datetime64("2026-03-02"), np.datetime64("2026-03-04")
    assert buckets.positions(np.asarray([0.0, 5.0, 12.0]), monday, wednesday, "W").tolist() == [2 / 7, 1.0, 2.0]


def test_months_have_their_own_lengths() -> None:
    first = np.datetime64("2026-02-01")
    assert buckets.positions(np.asarray([28.0, 59.0]), first, first, "M").tolist() == [1.0, 2.0]


def test_phases_of_the_year() -> None:
    assert buckets.season_phase(days("2026-01-01", "2026-12-01"), "M").tolist() == [0, 11]
    assert buckets.season_phase(days("2025-12-29", "2026-12-31"), "W").tolist() == [0, 0]
    assert buckets.season_phase(days("2026-01-01", "2026-12-31"), "D").tolist() == [0, 52]
