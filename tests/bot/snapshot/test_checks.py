from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.snapshot.checks import FEWEST_ROWS, Grade, Health, judge

FULL = {"items": 1000, "stock": 1000}


def graded(**changes: Any) -> Health:
    facts: dict[str, Any] = {
        "rows": FULL, "received": FULL, "aside": {}, "needed": ("items", "stock"), "counted_on": None,
        "as_of": date(2026, 3, 2), "before": None,
    }  # fmt: skip
    return judge(**{**facts, **changes})


def days(*texts: str | None) -> pd.Series:
    return pd.Series([pd.NaT if text is None else pd.Timestamp(text) for text in texts]).astype("datetime64[s]")


def test_whole_snapshot_is_ok_without_findings() -> None:
    assert graded() == Health(Grade.OK)


def test_needed_table_without_a_usable_row_orders_nothing() -> None:
    health = graded(rows={"items": 1000, "stock": 0})
    assert health.grade is Grade.UNUSABLE
    assert health.findings == ("unusable: table stock has no usable row; look at the extract of that table",)
    assert graded(rows={"items": 1000}).grade is Grade.UNUSABLE


@pytest.mark.parametrize(
    ("bad", "grade"), [(20, Grade.OK), (21, Grade.DEGRADED), (200, Grade.DEGRADED), (201, Grade.UNUSABLE)]
)
def test_share_of_rows_set_aside(bad: int, grade: Grade) -> None:
    assert graded(aside={"stock": bad}).grade is grade


def test_a_few_bad_rows_of_a_small_table_are_no_broken_extract() -> None:
    assert graded(received={"stock": 30}, aside={"stock": FEWEST_ROWS - 1}).grade is Grade.OK
    assert graded(received={"stock": 30}, aside={"stock": FEWEST_ROWS}).grade is Grade.UNUSABLE


def test_tables_that_do_not_decide_orders_are_not_judged() -> None:
    assert graded(received={"signals": 100}, aside={"signals": 100}).grade is Grade.OK


@pytest.mark.parametrize(
    ("now", "grade"), [(800, Grade.OK), (799, Grade.UNUSABLE), (0, Grade.UNUSABLE), (2000, Grade.OK)]
)
def test_extract_must_not_shrink_below_80_percent_of_the_last_run(now: int, grade: Grade) -> None:
    assert graded(received={"open_orders": now}, before={"open_orders": 1000}).grade is grade


def test_table_that_vanished_has_shrunk_but_small_ones_may_come_and_go() -> None:
    assert graded(before={"open_orders": 1000}).findings == (
        "unusable: open_orders shrank from 1,000 to 0 rows since the last run",
    )
    assert graded(before={"open_orders": FEWEST_ROWS - 1}).grade is Grade.OK


@pytest.mark.parametrize(
    ("counted", "grade"),
    [("2026-03-02", Grade.OK), ("2026-03-01", Grade.OK), ("2026-02-28", Grade.DEGRADED), ("2026-02-23", Grade.DEGRADED),
     ("2026-02-22", Grade.UNUSABLE), (None, Grade.OK)],
)  # fmt: skip
def test_old_stock_figures(counted: str | None, grade: Grade) -> None:
    assert graded(counted_on=days(counted)).grade is grade


def test_rows_that_name_no_day_hold_today() -> None:
    assert graded(counted_on=days("2025-01-01", None, None)).grade is Grade.OK
    assert graded(counted_on=days("2025-01-01", "2025-01-01", None)).grade is Grade.UNUSABLE


def test_findings_stand_worst_first() -> None:
    health = graded(aside={"items": 100}, before={"stock": 5000})
    assert [text.split(":")[0] for text in health.findings] == ["unusable", "degraded"]


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_more_rows_set_aside_never_make_it_better(one: int, other: int) -> None:
    few, many = sorted((one, other))
    order = list(Grade)
    assert order.index(graded(aside={"stock": few}).grade) <= order.index(graded(aside={"stock": many}).grade)
