"""Only a whole, unrepeated report of the asked days is a report."""

from datetime import date

import pyarrow as pa
import pytest

from bot.errors import NeedsAdmin, StopRun
from connectors.oracle.report_columns import check_apart, check_days, numbers, parse, texts
from tests.connectors.oracle.report_parts import MOVE, report


def test_cells_stay_text_and_the_last_row_goes() -> None:
    rows = parse(report("demand", MOVE, MOVE | {"TRANSACTION_ID": "2", "ITEM_NUMBER": "NULL"}), "demand")
    assert rows["ITEM_NUMBER"].to_pylist() == ["0007", "NULL"]
    assert "RECORD" not in rows.column_names


def test_a_report_without_rows_is_one_when_it_says_so() -> None:
    assert parse(report("demand"), "demand").num_rows == 0


@pytest.mark.parametrize(
    "content",
    [
        report("demand", MOVE, end=False),
        report("demand", end=False),
        report("demand", MOVE, total=2),
        report("demand", MOVE) + report("demand", MOVE | {"TRANSACTION_ID": "2"}).split(b"\n", 1)[1],
        report("demand", MOVE)[:-30],
        report("demand", MOVE) + b"ROW,,1\r\n",
    ],
    ids=["no end", "nothing", "too few", "two ends", "cut", "ragged"],
)
def test_a_report_that_is_not_whole_stops_the_run(content: bytes) -> None:
    with pytest.raises(StopRun):
        parse(content, "demand")


def test_rows_that_repeat_stop_the_run() -> None:
    with pytest.raises(StopRun, match="1 rows repeat"):
        parse(report("demand", MOVE, MOVE), "demand")


def test_missing_columns_are_named() -> None:
    with pytest.raises(NeedsAdmin, match="lacks QUANTITY"):
        parse(report("demand", MOVE).replace(b"QUANTITY", b"QTY"), "demand")


def test_rows_of_other_days_stop_the_run() -> None:
    rows = parse(report("demand", MOVE), "demand")
    check_days(rows, "demand", date(2026, 2, 1), date(2026, 3, 1))
    check_days(rows, "demand", date(2026, 2, 2), date(2026, 3, 1))  # a day's grace for zones
    for begin, end in ((date(2026, 2, 4), date(2026, 3, 1)), (date(2026, 1, 1), date(2026, 1, 30))):
        with pytest.raises(StopRun, match="other days"):
            check_days(rows, "demand", begin, end)


def test_two_windows_that_share_a_row_stop_the_run() -> None:
    rows = parse(report("demand", MOVE), "demand")
    check_apart(rows, None, "demand")
    check_apart(rows, parse(report("demand", MOVE | {"TRANSACTION_ID": "2"}), "demand"), "demand")
    with pytest.raises(StopRun, match="same rows"):
        check_apart(rows, rows, "demand")


def test_numbers_are_exact_or_set_aside() -> None:
    given = ["1.5", "-0.000000001", ".5", "123456789012345678", "1e3", "1,5", None, "12345678901234567890"]
    exact, odd = numbers(pa.chunked_array([pa.array(given)]))
    assert texts(exact).to_pylist() == ["1.5", "-0.000000001", "0.5", "123456789012345678", None, None, None, None]
    assert odd.to_pylist() == [False, False, False, False, True, True, False, True]


def test_texts_lose_no_zero_that_counts() -> None:
    exact, _ = numbers(pa.chunked_array([pa.array(["100", "0", "10.10", "-0"])]))
    assert texts(exact).to_pylist() == ["100", "0", "10.1", "0"]
