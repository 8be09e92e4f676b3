from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import DataInvalid
from bot.snapshot.checks import Grade
from bot.snapshot.dataset import Snapshot, planned, reopen
from bot.store.files import ParquetFiles
from bot.tables.erp import NEEDED_TO_FORECAST, TABLES
from tests.bot.snapshot.frames import company, frame, pairs, snapshot


def test_every_table_is_there_and_typed() -> None:
    made = snapshot()
    assert set(made.tables) == set(TABLES)
    for name, table in TABLES.items():
        for column in table.columns:
            if column.name in made[name]:
                assert str(made[name][column.name].dtype) == column.dtype, f"{name}.{column.name}"
    assert not made.has("receipts")
    assert made.has("stock")
    assert made.health.grade is Grade.OK


def test_item_location_and_supplier_share_one_sorted_list() -> None:
    made = snapshot(company(
        locations=frame("location supplied_from", "L2 DC", "L1 ."),
        suppliers=frame("supplier", "S1"),
        items=frame("item unit successor", "008 EA 009", "007 EA ."),
    ))  # fmt: skip
    lists = {
        "item": ["007", "008", "009"], "successor": ["007", "008", "009"], "location": ["DC", "L1", "L2"],
        "supplied_from": ["DC", "L1", "L2"], "from_location": ["DC", "L1", "L2"], "supplier": ["S1"],
    }  # fmt: skip
    for table in made.tables.values():
        for column, words in lists.items():
            if column in table:
                assert table[column].cat.categories.tolist() == words


def test_same_content_has_the_same_id_from_any_dress() -> None:
    plain = snapshot()
    dressed = {
        name: raw.assign(**{column: raw[column].astype("float64") for column in ("on_hand", "price") if column in raw})
        .astype({column: "category" for column in ("item", "location") if column in raw})
        for name, raw in company().items()
    }  # fmt: skip
    dressed["stock"]["item"] = dressed["stock"]["item"].cat.set_categories(["unused", "008", "007"])
    dressed["demand"]["date"] = pd.to_datetime(dressed["demand"]["date"])
    assert snapshot(dressed).snapshot_id == plain.snapshot_id
    assert snapshot(dict(reversed(company().items()))).snapshot_id == plain.snapshot_id


def test_other_content_day_system_or_quarantine_has_another_id() -> None:
    stock = frame("item location on_hand", "007 L1 6", "008 L1 0")
    bad = frame("order_ref line item location quantity_open promised_on", "1 1 007 L1 x 2026-03-09")
    ids = [
        snapshot().snapshot_id,
        snapshot(company(stock=stock)).snapshot_id,
        snapshot(company(open_orders=bad)).snapshot_id,
        snapshot(as_of=date(2026, 3, 3)).snapshot_id,
        snapshot(system="s4").snapshot_id,
    ]
    assert len(set(ids)) == len(ids)


def test_row_order_is_part_of_the_id() -> None:
    turned = {name: raw.iloc[::-1] for name, raw in company().items()}
    assert snapshot(turned).snapshot_id != snapshot().snapshot_id


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["007", "008"]), st.integers(0, 5)), min_size=1, max_size=8))
def test_id_is_a_function_of_the_content(rows: list[tuple[str, int]]) -> None:
    demand = frame("item location date quantity", *(f"{item} L1 2026-02-01 {count}" for item, count in rows))
    first, second = (snapshot(company(demand=demand.copy())) for _ in range(2))
    assert first.snapshot_id == second.snapshot_id
    assert first["demand"]["quantity"].sum() == sum(count for _, count in rows)


def test_a_table_without_a_needed_column_or_with_commas_stops_and_all_are_named() -> None:
    with pytest.raises(DataInvalid) as raised:
        snapshot(
            company(
                stock=frame("item on_hand", "007 1"),
                demand=frame("item location date quantity", "007 L1 2026-02-01 1,5"),
            )
        )
    assert sorted(finding.code for finding in raised.value.findings) == ["E301", "E302"]


def test_received_counts_rows_as_they_came_and_the_grade_follows() -> None:
    rows = [f"007 L1 2026-02-01 {'x' if number < 30 else 1}" for number in range(100)]
    made = snapshot(company(demand=frame("item location date quantity", *rows)))
    assert made.received["demand"] == 100
    assert made.health.grade is Grade.UNUSABLE
    assert "30% of demand was set aside (30 of 100 rows)" in made.health.findings[0]
    assert snapshot(before={"stock": 100}).health.grade is Grade.UNUSABLE


def test_a_torn_row_and_a_bad_row_of_one_number_are_two_rows() -> None:
    rows = [f"007 L1 2026-02-{day:02} {'x' if day <= 10 else 1}" for day in range(1, 29)]
    demand = frame("item location date quantity", *rows)
    demand.attrs["malformed"] = [(line, "007,L1") for line in range(2, 12)]
    made = snapshot(company(demand=demand))
    assert len(made.quarantine.drop_duplicates(["table", "row"])) == 20
    assert made.health.grade is Grade.UNUSABLE


def test_demand_alone_makes_a_snapshot_for_forecasts() -> None:
    made = snapshot({"demand": company()["demand"]}, needed=NEEDED_TO_FORECAST)
    assert made.health.grade is Grade.OK
    assert "currency_doubt" in made["sourcing"]
    assert pairs(planned(made)) == [("007", "L1"), ("008", "L1")]


def test_planned_are_stock_demand_and_sourcing_without_item_locations() -> None:
    made = snapshot(company(
        items=frame("item unit", "a EA", "b EA", "c EA", "d EA"),
        stock=frame("item location on_hand", "c L1 1"),
        demand=frame("item location date quantity", "a L1 2026-02-01 1", "a L1 2026-02-02 1"),
        sourcing=frame("item location supplier price currency lead_time_days", "b L1 S 1 EUR 7"),
        receipts=frame("order_ref line item location supplier quantity_ordered quantity_received ordered_on promised_on"
                       " received_on", "1 1 d L1 S 1 1 2026-01-01 . ."),
    ))  # fmt: skip
    assert pairs(planned(made)) == [("a", "L1"), ("b", "L1"), ("c", "L1")]
    assert planned(made)["item"].dtype == made["stock"]["item"].dtype


def test_planned_are_the_rows_of_item_locations_where_served() -> None:
    made = snapshot(company(item_locations=frame("item location status", "008 L1 blocked")))
    assert pairs(planned(made)) == [("008", "L1")]
    set_aside = snapshot(company(item_locations=frame("item location safety_stock", "008 L1 -1", "007 L1 1")))
    assert pairs(planned(set_aside)) == [("007", "L1"), ("008", "L1")]


def test_what_only_a_row_set_aside_names_still_gets_an_answer() -> None:
    raw = company(items=frame("item unit", "007 EA", "008 EA", "009 EA"))
    raw["stock"] = frame("item location on_hand", "007 L1 5", "009 L1 -3")
    made = snapshot(raw)
    assert pairs(planned(made)) == [("007", "L1"), ("008", "L1"), ("009", "L1")]


def test_item_or_location_whose_own_row_was_set_aside_still_gets_an_answer() -> None:
    made = snapshot(company(items=frame("item unit", "007 .", "008 EA"), locations=frame("location", "L1", "L2")))
    assert pairs(planned(made)) == [("007", "L1"), ("008", "L1")]
    assert made["items"]["item"].tolist() == ["008"]


def test_codes_that_no_list_holds_get_no_answer() -> None:
    demand = frame("item location date quantity", "7 L1 2026-02-01 1", "007 L9 2026-02-01 1", "S\x078 L1 2026-02-01 1")
    made = snapshot(company(demand=demand))
    assert pairs(planned(made)) == [("007", "L1"), ("008", "L1")]
    assert made["stock"]["item"].cat.categories.tolist() == ["007", "008"]


def test_snapshot_tables_cannot_be_written_through() -> None:
    made = snapshot()
    before = made["stock"]["on_hand"].tolist()
    made["stock"].assign(on_hand=0.0)
    view = made["stock"]["on_hand"].to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        view[0] = np.float64(99)
    assert made["stock"]["on_hand"].tolist() == before


def test_a_row_that_is_bad_in_two_ways_counts_under_both_reasons() -> None:
    raw = company(demand=frame("item location date quantity", "ghost L1 2026-02-02 -3"))
    found = snapshot(raw).quarantine
    rows = found[found["table"] == "demand"]
    assert set(rows["reason"]) == {"item is not in items", "out of range"}
    assert set(rows["row"]) == {1}


def stored(made: Snapshot, folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """The snapshot as it comes back from files."""
    meta: dict[str, object] = {
        "system": made.system, "as_of": made.as_of.isoformat(), "received": dict(made.received),
        "grade": made.health.grade.value, "findings": list(made.health.findings), "snapshot_id": made.snapshot_id,
    }  # fmt: skip
    files = ParquetFiles(folder)
    place = files.put_frames("snapshot", {**made.tables, "quarantine": made.quarantine}, meta)
    return files.frames("snapshot", place), files.meta("snapshot", place)


class TestReopen:
    @pytest.mark.parametrize("dirty", [False, True])
    def test_what_was_stored_comes_back_as_it_was(self, tmp_path: Path, *, dirty: bool) -> None:
        rows = ["007 L1 5", "008 L1 x" if dirty else "008 L1 0"]
        receipts = frame(
            "order_ref line item location supplier ordered_on promised_on received_on quantity_ordered"
            " quantity_received",
            "1 1 007 L1 S1 2026-01-01 2026-01-09 2026-01-08 5 5",
            "2 1 009 L7 S1 2026-01-01 2026-01-09 2026-01-08 5 y" if dirty else "2 1 008 L1 S1 2026-01-01 . . 5 5",
        )
        made = snapshot(company(stock=frame("item location on_hand", *rows), receipts=receipts))
        assert bool(len(made.quarantine)) is dirty
        again = reopen(*stored(made, tmp_path))
        assert (again.snapshot_id, again.system, again.as_of) == (made.snapshot_id, made.system, made.as_of)
        assert (again.received, again.health) == (made.received, made.health)
        for name, table in made.tables.items():
            pd.testing.assert_frame_equal(again[name], table, check_exact=True)
        pd.testing.assert_frame_equal(planned(again), planned(made))

    def test_what_was_tampered_with_is_refused(self, tmp_path: Path) -> None:
        frames, meta = stored(snapshot(), tmp_path)
        frames["stock"] = frames["stock"].assign(on_hand=99.0)
        with pytest.raises(ValueError, match="came back as"):
            reopen(frames, meta)
