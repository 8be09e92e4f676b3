"""What there is, what comes in time, what is owed; found whatever the types of the keys."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inventory.position import Due, Places, due_days, project
from bot.orders.plan import Memory
from tests.bot.suppliers.frames import ITEM, LOCATION, pairs, typed

ROWS = pairs("bolt@L1", "bolt@L2", "nut@L1")


def until(day: str, rows: int) -> Due:
    """Intervals up to `day`, by which an order of today would have been promised and have come, too."""
    end = np.full(rows, np.datetime64(day))
    return Due(end, end, end, np.full(rows, np.datetime64("2000-01-01")))


UNTIL = until("2026-03-20", 3)
STOCK = {"item": "bolt", "location": "L1", "on_hand": 10.0}


def projected(
    stock: list[dict[str, object]] | None = None,
    opened: list[dict[str, object]] | None = None,
    needs: list[dict[str, object]] | None = None,
    in_flight: pd.DataFrame | None = None,
    due: Due = UNTIL,
) -> pd.DataFrame:
    tables = {
        "stock": typed("stock", *([STOCK] if stock is None else stock)),
        "open_orders": typed("open_orders", *(opened or [])),
        "requirements": typed("requirements", *(needs or [])),
    }
    return project(ROWS, tables, Memory.blank().in_flight if in_flight is None else in_flight, due)


def order(day: str | None, quantity: float, item: str = "bolt") -> dict[str, object]:
    return {"order_ref": "1", "line": day or "-", "item": item, "location": "L1", "quantity_open": quantity,
            "promised_on": day}  # fmt: skip


def test_the_position_is_the_documented_sum() -> None:
    stock = STOCK | {"inspection": 2.0, "in_transit": 3.0, "blocked": 100.0, "reserved": 4.0, "backorders": 5.0}
    flying = pd.DataFrame({"item": ["bolt"], "location": ["L1"], "quantity": [7.0]})
    found = projected([stock], [order("2026-03-10", 6.0)], in_flight=flying).iloc[0]
    assert found["inventory_position"] == 10 + 2 + 3 + 6 + 7 - 4 - 5


@pytest.mark.parametrize(
    ("day", "counts"), [("2026-03-20", True), ("2026-03-21", False), ("2020-01-01", True), (None, True)]
)
def test_orders_after_the_interval_do_not_hide_the_need(day: str | None, counts: bool) -> None:  # noqa: FBT001 - a table of cases
    found = projected(opened=[order(day, 6.0)]).iloc[0]
    assert (found["on_order"], found["on_order_later"]) == ((6.0, 0.0) if counts else (0.0, 6.0))
    assert found["inventory_position"] == (16.0 if counts else 10.0)


def days(wait: float, planned: float, lead: float) -> Due:
    end = np.full(3, np.datetime64("2026-03-10"))
    return due_days(date(2026, 3, 2), end, *(np.full(3, each) for each in (wait, planned, lead)))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-10", (6.0, 0.0, 0.0, 0.0)),
        ("2026-03-13", (6.0, 0.0, 0.0, 0.0)),  # wait 1, planned 9.5: an order of today is promised for the 13th
        ("2026-03-14", (0.0, 6.0, 0.0, 0.0)),
        ("2025-12-02", (6.0, 0.0, 0.0, 0.0)),
        ("2025-12-01", (0.0, 0.0, 0.0, 6.0)),  # 91 days overdue
    ],
)
def test_an_open_order_counts_while_a_new_one_would_not_come_earlier(day: str, expected: tuple[float, ...]) -> None:
    found = projected(opened=[order(day, 6.0)], due=days(1.0, 9.5, 4.0)).iloc[0]
    names = ["on_order", "on_order_later", "on_order_slow", "on_order_in_doubt"]
    assert tuple(found[names]) == expected
    assert found["inventory_position"] == 10.0 + expected[0]


def test_long_lead_times_excuse_long_delays() -> None:
    assert days(0.0, 40.0, 40.0).oldest[0] == np.datetime64("2026-03-02") - 120
    assert days(0.0, np.nan, 40.0).oldest[0] == np.datetime64("2026-03-02") - 90
    assert days(0.0, np.nan, 40.0).planned[0] == np.datetime64("2026-03-02")


def test_supply_that_comes_after_an_order_of_today_is_told_apart() -> None:
    due = days(0.0, 2.0, 4.0)  # until the 10th, an order of today is here on the 6th
    assert projected(opened=[order("2026-03-06", 6.0)], due=due).iloc[0]["on_order_slow"] == 0.0
    found = projected(opened=[order("2026-03-07", 6.0)], due=due).iloc[0]
    assert (found["on_order"], found["on_order_slow"]) == (6.0, 6.0)


def test_needs_are_split_by_what_they_do_to_the_forecast() -> None:
    rows = [("reservation", "2026-03-20", 1.0), ("sales_order", "2026-03-01", 2.0), ("dependent", "2026-03-05", 4.0),
            ("one_off", "2026-03-06", 8.0), ("one_off", "2026-03-21", 16.0)]  # fmt: skip
    needs = [
        {"item": "bolt", "location": "L1", "due_on": day, "quantity": quantity, "kind": kind}
        for kind, day, quantity in rows
    ]
    found = projected(needs=needs).iloc[0]
    assert (found["firm"], found["added"]) == (3.0, 12.0)


def test_stock_that_was_not_sent_is_unknown_not_zero() -> None:
    found = projected()
    assert found["stock_known"].tolist() == [True, False, False]
    assert found["inventory_position"].tolist() == [10.0, 0.0, 0.0]


def flying(kind: str) -> pd.DataFrame:
    frame = pd.DataFrame({"item": ["nut", "bolt", "ghost", None], "location": ["L1", "L2", "L1", "L1"]})
    types: dict[str, tuple[object, object]] = {
        "str": ("str", "str"),
        "object": ("object", "object"),
        "own categories": ("category", "category"),
        "shared": (ITEM, LOCATION),
    }
    item, location = types[kind]
    if kind == "shared":
        frame = frame[frame["item"].isin(ITEM.categories)]
    frame = frame.assign(item=frame["item"].astype(item), location=frame["location"].astype(location))
    return frame.assign(quantity=[5.0, 6.0, 7.0, 8.0][: len(frame)])


@pytest.mark.parametrize("kind", ["str", "object", "own categories", "shared"])
def test_own_orders_are_found_whatever_the_type_of_their_keys(kind: str) -> None:
    assert projected(in_flight=flying(kind))["in_flight"].tolist() == [0.0, 6.0, 5.0]


def test_places_work_on_plain_text_and_on_nothing() -> None:
    plain = pd.DataFrame({"item": ["b", "a"], "location": ["x", "x"]}, dtype="str")
    asked = pd.DataFrame({"item": ["a", "b", "c"], "location": ["x", "x", "x"]}, dtype="str")
    assert Places(plain).of(asked).tolist() == [1, 0, -1]
    assert Places(plain.iloc[:0]).of(asked).tolist() == [-1, -1, -1]
    assert Places(plain).of(asked.iloc[:0]).tolist() == []


CODES = st.tuples(st.sampled_from(["bolt", "gear", "nut", "i1"]), st.sampled_from(["L1", "L2"]))


@settings(deadline=None, max_examples=50)
@given(st.lists(CODES, unique=True), st.lists(CODES))
def test_places_agree_with_a_dictionary(planned: list[tuple[str, str]], asked: list[tuple[str, str]]) -> None:
    book = {pair: place for place, pair in enumerate(planned)}
    rows, frame = (pairs(*(f"{item}@{location}" for item, location in each)) for each in (planned, asked))
    found = Places(rows).of(frame)
    assert found.tolist() == [book.get(pair, -1) for pair in asked]
    total = Places(rows).total(found, np.ones(len(asked)))
    assert total.tolist() == [float(sum(each == pair for each in asked)) for pair in planned]
