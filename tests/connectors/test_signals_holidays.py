"""Public holidays as rows."""

from datetime import date

from connectors.signals_holidays import holiday_rows


def test_only_days_inside_the_window_sorted_by_location_and_day() -> None:
    found = list(holiday_rows({"B": "DE-BE", "A": "US"}, date(2026, 7, 1), date(2026, 10, 3)))
    assert [row["location"] for row in found] == sorted(str(row["location"]) for row in found)
    german = [row["date"] for row in found if row["location"] == "B"]
    assert german == ["2026-10-03"]
    assert "2026-09-07" in [row["date"] for row in found if row["location"] == "A"]  # Labor Day
