"""One outcome per order line, from receipts and open lines together."""

import numpy as np
import pandas as pd
import pytest

from bot.suppliers.lines import outcomes
from tests.bot.suppliers.frames import AS_OF, ITEM, SUPPLIER, open_line, receipt, typed

COLUMNS = {
    "supplier", "item", "location", "ordered_on", "due_on", "ended_on", "quantity_ordered", "quantity_received",
    "days", "arrived", "theirs",
}  # fmt: skip


def lines(receipts: list[dict[str, object]], opened: list[dict[str, object]]) -> pd.DataFrame:
    return outcomes(typed("receipts", *receipts), typed("open_orders", *opened), AS_OF)


def test_empty_tables_give_an_empty_typed_frame() -> None:
    found = lines([], [])
    assert set(found.columns) == COLUMNS
    assert len(found) == 0
    assert found["arrived"].dtype == bool
    assert found["theirs"].dtype == bool
    assert (found["item"].dtype, found["supplier"].dtype) == (ITEM, SUPPLIER)


@pytest.mark.parametrize("empty", ["receipts", "open_orders"])
def test_one_empty_table_keeps_the_shared_types(empty: str) -> None:
    closed = [] if empty == "receipts" else [receipt("1", "2026-01-01", "2026-01-11", "2026-01-11")]
    opened = [] if empty == "open_orders" else [open_line("2", "2026-01-01", "2026-01-11")]
    found = lines(closed, opened)
    assert len(found) == 1
    assert found["item"].dtype == ITEM
    assert found["supplier"].dtype == SUPPLIER
    assert found["arrived"].dtype == bool


def test_partial_receipts_are_weighted_by_quantity_and_end_with_the_last() -> None:
    part = {"quantity_received": 25.0}
    rest = {"quantity_received": 75.0}
    found = lines(
        [
            receipt("1", "2026-01-01", "2026-01-11", "2026-01-11", **part),
            receipt("1", "2026-01-01", "2026-01-11", "2026-01-21", **rest),
        ],
        [],
    ).iloc[0]
    assert found["days"] == pytest.approx(0.25 * 10 + 0.75 * 20)
    assert found["ended_on"] == pd.Timestamp("2026-01-21")
    assert found["quantity_received"] == 100.0
    assert found["arrived"]


def test_the_first_promise_counts_not_the_moved_one() -> None:
    found = lines([receipt("1", "2026-01-01", "2026-02-01", "2026-02-01", first_promised_on="2026-01-11")], [])
    assert found["due_on"].tolist() == [pd.Timestamp("2026-01-11")]


def test_a_line_closed_without_goods_did_not_arrive() -> None:
    gone = receipt("1", "2026-01-01", "2026-01-11", None, quantity_received=0.0, closed_on="2026-01-15")
    supplier, buyer = gone | {"closed_by": "supplier"}, gone | {"order_ref": "2", "closed_by": "buyer"}
    found = lines([supplier, buyer], [])
    assert found["arrived"].tolist() == [False, False]
    assert found["theirs"].tolist() == [True, False]
    assert found["ended_on"].tolist() == [pd.Timestamp("2026-01-15")] * 2
    assert found["days"].isna().all()


def test_nothing_of_the_planning_day_or_later_is_known() -> None:
    found = lines(
        [
            receipt("1", "2026-01-01", "2026-01-11", "2026-03-02"),
            receipt("2", "2026-01-01", "2026-01-11", None, quantity_received=0.0, closed_on="2026-03-02"),
            receipt("3", "2026-01-01", "2026-01-11", "2026-03-01"),
        ],
        [],
    )
    assert found["days"].tolist() == [59.0]


def test_schedules_are_lines_of_their_own_and_a_missing_schedule_is_one_line() -> None:
    two = [receipt("1", "2026-01-01", "2026-01-11", "2026-01-11", schedule=number) for number in ("1", "2")]
    assert len(lines(two, [])) == 2
    plain = [receipt("1", "2026-01-01", "2026-01-11", day) for day in ("2026-01-11", "2026-01-12")]
    assert len(lines(plain, [])) == 1
    assert lines([*two, *plain], [])["quantity_received"].sum() == 400.0


def test_only_purchase_lines_past_promise_and_tolerance_are_overdue() -> None:
    found = lines(
        [],
        [
            open_line("late", "2026-01-01", "2026-02-28"),
            open_line("tolerated", "2026-01-01", "2026-03-01"),
            open_line("coming", "2026-01-01", "2026-03-20"),
            open_line("unpromised", "2026-01-01", None),
            open_line("transfer", "2026-01-01", "2026-02-01", supplier=None, from_location="L2"),
        ],
    )
    assert found["due_on"].tolist() == [pd.Timestamp("2026-02-28")]
    assert found["days"].tolist() == [60.0]
    assert found["ended_on"].isna().all()
    assert not found["arrived"].any()


def test_an_overdue_line_without_order_date_has_no_age_but_counts() -> None:
    found = lines([], [open_line("1", None, "2026-02-01", quantity_ordered=None)])
    assert np.isnan(found["days"].iloc[0])
    assert found["quantity_ordered"].tolist() == [100.0]
    assert found["quantity_received"].tolist() == [0.0]


@pytest.mark.parametrize(("promised", "count"), [("2026-03-20", 0), ("2026-02-01", 1)])
@pytest.mark.parametrize(("there", "here"), [(None, None), ("1", "1"), (None, "1"), ("1", None)])
def test_a_part_received_open_line_counts_at_most_once(
    promised: str, count: int, there: str | None, here: str | None
) -> None:
    found = lines(
        [receipt("1", "2026-01-01", promised, "2026-02-10", quantity_received=40.0, schedule=there)],
        [open_line("1", "2026-01-01", promised, quantity_open=60.0, schedule=here)],
    )
    assert len(found) == count
    assert found["quantity_received"].tolist() == [40.0] * count
    assert not found["arrived"].any()


def test_another_open_schedule_does_not_hide_the_one_that_came() -> None:
    found = lines(
        [receipt("1", "2026-01-01", "2026-01-11", "2026-01-11", schedule="1")],
        [open_line("1", "2026-01-01", "2026-03-20", schedule="2")],
    )
    assert found["arrived"].tolist() == [True]


def test_a_line_that_is_complete_within_tolerance_has_ended() -> None:
    found = lines(
        [receipt("1", "2026-01-01", "2026-01-11", "2026-01-11", quantity_received=97.0)],
        [open_line("1", "2026-01-01", "2026-01-11", quantity_open=3.0)],
    )
    assert found["arrived"].tolist() == [True]
    assert lines([], [open_line("2", "2026-01-01", "2026-01-11", quantity_open=0.0)]).empty
