from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import DataInvalid
from bot.snapshot.clean import SAME_KEY, clean
from bot.tables.erp import TABLES
from tests.bot.snapshot.frames import aside, frame


def test_identical_repeats_count_once_and_additive_rows_stay() -> None:
    stock = clean(TABLES["stock"], frame("item location on_hand", "a L 5", "a L 5.0", "b L 1"))
    assert stock.rows["on_hand"].tolist() == [5.0, 1.0]
    assert stock.quarantine.empty
    assert stock.received == 3
    for table, row in (("demand", "a L 2026-01-05 2"), ("requirements", "a L 2026-01-05 2")):
        day = "date" if table == "demand" else "due_on"
        added = clean(TABLES[table], frame(f"item location {day} quantity", row, row))
        assert added.rows["quantity"].sum() == 4.0
        assert added.quarantine.empty


def test_rows_with_one_key_that_differ_are_all_set_aside() -> None:
    made = clean(TABLES["stock"], frame("item location on_hand", "a L 5", "a L 6", "a L 5", "b L 1"))
    assert made.rows["item"].tolist() == ["b"]
    assert aside(made.quarantine, "row", "reason", "item") == [(1, SAME_KEY, "a"), (2, SAME_KEY, "a")]


def test_a_bad_row_brings_its_good_twin_in_doubt_and_counts_under_each_reason() -> None:
    made = clean(TABLES["stock"], frame("item location on_hand", "a L 5", "a L -6", "a L x", "b L 1"))
    assert made.rows["item"].tolist() == ["b"]
    assert sorted(aside(made.quarantine, "row", "reason")) == [
        (1, SAME_KEY), (2, "out of range"), (2, SAME_KEY), (3, "not a number"), (3, SAME_KEY),
    ]  # fmt: skip


def test_a_row_whose_key_is_illegible_contradicts_nobody() -> None:
    header = "item location supplier price currency lead_time_days valid_from"
    made = clean(TABLES["sourcing"], frame(header, "a L S 1 EUR 7 .", "a L S 2 EUR 7 03/04/05"))
    assert made.rows["price"].tolist() == [1.0]
    assert aside(made.quarantine, "row", "reason") == [(2, "not an ISO day")]


def test_keys_of_sourcing_open_orders_and_breaks_hold_what_the_design_says() -> None:
    terms = frame("item location supplier price currency lead_time_days valid_from",
                  "a L S 1 EUR 7 2026-01-01", "a L S 2 EUR 7 2026-02-01", "a L T 2 EUR 7 2026-02-01")  # fmt: skip
    assert len(clean(TABLES["sourcing"], terms).rows) == 3
    lines = frame("order_ref line schedule item location quantity_open promised_on",
                  "4500 10 1 a L 5 2026-03-05", "4500 10 2 a L 5 2026-03-09", "4500 20 1 a L 5 .")  # fmt: skip
    assert len(clean(TABLES["open_orders"], lines).rows) == 3
    same = clean(TABLES["open_orders"], lines.drop(columns="schedule"))
    assert same.rows["line"].tolist() == ["20"]
    breaks = frame("item location supplier min_quantity price", "a L S 1 2", "a L S 10 1.5", "a L S 10 1.4")
    assert clean(TABLES["price_breaks"], breaks).rows["min_quantity"].tolist() == [1.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "1.0", "2", "-1", "x"])), max_size=12))
def test_every_row_is_kept_repeated_or_set_aside_and_order_does_not_matter(cells: list[tuple[str, str]]) -> None:
    raw = frame("item location on_hand", *(f"{item} L {text}" for item, text in cells))
    made = clean(TABLES["stock"], raw)
    assert not made.rows.duplicated(["item", "location"]).any()
    for item in "ab":
        texts = {text.replace("1.0", "1").replace("-1", "-1") for name, text in cells if name == item}
        kept = made.rows.loc[made.rows["item"] == item, "on_hand"].tolist()
        assert kept == ([float(*texts)] if len(texts) == 1 and texts <= {"1", "2"} else [])
    turned = clean(TABLES["stock"], raw.iloc[::-1])
    assert sorted(map(tuple, turned.rows.astype(str).to_numpy())) == sorted(
        map(tuple, made.rows.astype(str).to_numpy())
    )


def test_defaults_fill_absent_and_empty_cells() -> None:
    made = clean(TABLES["suppliers"], frame("supplier min_order_value auto_order", "S . .", "T 5 false")).rows
    assert made["min_order_value"].tolist() == [0.0, 5.0]
    assert made["auto_order"].tolist() == [True, False]
    assert made["blocked"].tolist() == [False, False]
    assert made["order_cost"].isna().all()
    items = clean(TABLES["items"], frame("item unit", "a EA")).rows
    assert items["status"].tolist() == ["active"]
    assert items["ends_on"].isna().all()
    assert {name: str(kind) for name, kind in items.dtypes.items()} == {
        c.name: c.dtype for c in TABLES["items"].columns
    }


def test_sparse_table_keeps_absent_columns_absent() -> None:
    made = clean(TABLES["demand"], frame("item location date quantity", "a L 2026-01-05 ."))
    assert made.rows.columns.tolist() == ["item", "location", "date", "quantity"]
    assert made.rows["quantity"].isna().all()
    assert made.quarantine.empty


def test_needed_cells_must_not_be_empty() -> None:
    made = clean(TABLES["stock"], frame("item location on_hand", "a L .", ". L 1", "b L 1"))
    assert made.rows["item"].tolist() == ["b"]
    assert aside(made.quarantine, "row", "column", "reason") == [(2, "item", "missing"), (1, "on_hand", "missing")]


def test_ranges_are_inclusive_unless_they_say_above() -> None:
    made = clean(
        TABLES["requirements"], frame("item location due_on quantity", "a L 2026-01-05 0", "a L 2026-01-05 0.1")
    )
    assert made.rows["quantity"].tolist() == [0.1]
    header = "item location supplier price currency lead_time_days"
    terms = frame(header, "a L S 0 EUR 1000", "b L S 1 EUR 0", "c L S 1 EUR 9999", "d L S -1 EUR 7")
    assert clean(TABLES["sourcing"], terms).rows["item"].tolist() == ["a"]
    shares = clean(TABLES["demand"], frame("item location date quantity in_stock", "a L 2026-01-05 1 1.01",
                                           "b L 2026-01-05 1 1", "c L 2026-01-05 1 0"))  # fmt: skip
    assert shares.rows["item"].tolist() == ["b", "c"]


@pytest.mark.parametrize("form", ["text", "typed"])
def test_open_end_is_no_date_where_the_column_is_optional(form: str) -> None:
    raw = frame("item location supplier price currency lead_time_days valid_to", "a L S 1 EUR 7 9999-12-31")
    if form == "typed":
        raw["valid_to"] = np.array(["9999-12-31"], dtype="datetime64[s]")
    made = clean(TABLES["sourcing"], raw)
    assert made.rows["valid_to"].isna().tolist() == [True]
    assert made.quarantine.empty


def test_placeholder_in_a_needed_date_is_set_aside() -> None:
    made = clean(TABLES["demand"], frame("item location date quantity", "a L 00000000 1", "a L 9999-12-31 1"))
    assert made.rows.empty
    assert made.quarantine["reason"].tolist() == ["date placeholder"] * 2


def test_missing_needed_columns_are_named_with_what_is_there() -> None:
    raw = frame("item;location on_hand", "a;L 1")
    raw.attrs["path"] = "in/stock.csv"
    with pytest.raises(DataInvalid) as raised:
        clean(TABLES["stock"], raw)
    found = raised.value.findings[0]
    assert (found.path, found.line, found.code) == ("in/stock.csv", 1, "E301")
    assert "item, location" in found.message
    assert "item;location" in found.message
    assert "restock tables stock" in found.remedy
    with pytest.raises(DataInvalid, match="it has nothing"):
        clean(TABLES["stock"], pd.DataFrame())


def test_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(DataInvalid, match="the column item more than once"):
        clean(TABLES["stock"], frame("item item location on_hand", "a b L 1"))
    doubled = frame("item location on_hand note note", "a L 1 x y")
    assert len(clean(TABLES["stock"], doubled).rows) == 1


def test_every_ambiguous_column_is_named_with_file_line_and_cell() -> None:
    raw = frame("item location on_hand reserved", "a L 1 0", "b L 1.000,5 0", "c L 1 2,5")
    raw.attrs.update(path="in/stock.csv", malformed=[(3, "torn")])
    with pytest.raises(DataInvalid) as raised:
        clean(TABLES["stock"], raw)
    assert [(f.path, f.line, f.column) for f in raised.value.findings] == [
        ("in/stock.csv", 4, 3),
        ("in/stock.csv", 5, 4),
    ]
    assert "stock.on_hand: '1.000,5'" in str(raised.value)


def test_torn_rows_are_set_aside_counted_and_name_whom_they_concern() -> None:
    raw = frame("item location on_hand", "a L 1", "b L x")
    raw.attrs["malformed"] = [(3, "c,L"), (5, 'd,L,1,"so, and"'), (6, "")]
    made = clean(TABLES["stock"], raw)
    assert made.received == 5
    assert aside(made.quarantine, "row", "reason", "item", "location") == [
        (2, "wrong number of cells", "c", "L"), (4, "wrong number of cells", "d", "L"),
        (5, "wrong number of cells", "", ""),
        (3, "not a number", "b", "L"),
    ]  # fmt: skip
    assert made.rows.index.tolist() == [1]


def test_rows_set_aside_carry_canonical_codes() -> None:
    raw = pd.DataFrame({"item": [7.0, 8.0], "location": ["Cafe\u0301", "L"], "on_hand": [-1.0, 1.0]})
    assert aside(clean(TABLES["stock"], raw).quarantine, "item", "location") == [("7", "Caf\u00e9")]


def test_empty_table_stays_typed() -> None:
    made = clean(TABLES["sourcing"], frame("item location supplier price currency lead_time_days"))
    assert made.received == 0
    assert made.rows["price"].dtype == "float64"


@pytest.mark.parametrize("kind", ["object", "category", "str"])
def test_texts_in_any_dress_give_the_same_rows(kind: Any) -> None:
    raw = frame(
        "item location date quantity kind", "007 L 2026-01-05 2 sale", "007 L 2026-01-06 x return", "8 L 2026-01-06 1 ."
    )
    made = clean(TABLES["demand"], raw.astype(kind))
    assert made.rows.astype(str).to_numpy().tolist() == [
        ["007", "L", "2026-01-05", "2.0", "sale"], ["8", "L", "2026-01-06", "1.0", "sale"],
    ]  # fmt: skip
    assert aside(made.quarantine, "row", "column", "value") == [(2, "quantity", "x")]
