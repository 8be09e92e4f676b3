import numpy as np
import pandas as pd

from bot.snapshot import quarantine

ROWS = pd.DataFrame({"item": ["a", "b"], "location": ["L", "L"], "x": ["1", "\x07é" + "z" * 90]}, index=[1, 2])


def test_entry_says_where_what_why_and_whom_it_concerns() -> None:
    made = quarantine.entries("stock", ROWS, np.array([True, False]), "x", "not a number")
    assert made.to_dict("records") == [
        {
            "table": "stock",
            "row": 1,
            "column": "x",
            "value": "1",
            "reason": "not a number",
            "item": "a",
            "location": "L",
            "supplier": "",
            "date": "",
        }
    ]


def test_shown_value_is_short_and_printable() -> None:
    made = quarantine.entries("stock", ROWS, np.array([False, True]), "x", "not a number")
    assert made["value"].iloc[0] == "\\u0007é" + "z" * 78


def test_codes_of_the_typed_rows_win_and_missing_columns_are_empty() -> None:
    typed = pd.DataFrame({"item": ["A", "B"]}, index=[1, 2])
    made = quarantine.entries("items", ROWS, np.array([True, True]), "y", "missing", typed)
    assert made[["item", "location", "value"]].to_numpy().tolist() == [["A", "", ""], ["B", "", ""]]


def test_missing_cells_are_empty_text() -> None:
    rows = pd.DataFrame({"item": ["a", None]}, index=[1, 2])
    assert quarantine.entries("items", rows, np.array([True, True]), "item", "missing")["value"].tolist() == ["a", ""]


def test_row_counts_under_each_of_its_reasons_but_once_per_reason() -> None:
    both = np.array([True, True])
    whole = quarantine.join([
        quarantine.entries("stock", ROWS, both, "x", "not a number"),
        quarantine.empty(),
        quarantine.entries("stock", ROWS, both, "item", "item is not in items"),
        quarantine.entries("stock", ROWS, np.array([True, False]), "item", "item is not in items"),
    ])  # fmt: skip
    counts = quarantine.counts(whole)
    assert counts[["column", "reason", "count"]].to_numpy().tolist() == [
        ["item", "item is not in items", 2],
        ["x", "not a number", 2],
    ]
    assert len(whole.drop_duplicates(["table", "row"])) == 2


def test_nothing_set_aside_is_an_empty_frame_with_all_columns() -> None:
    assert quarantine.join([]).columns.tolist() == quarantine.COLUMNS
    assert quarantine.counts(quarantine.empty()).empty


def test_entry_names_the_supplier_and_the_day_of_its_row() -> None:
    """A bad row of a supplier is found again by its code, one of a day by its day."""
    made = quarantine.entries("suppliers", pd.DataFrame({"supplier": ["S1"], "x": ["?"]}), np.array([True]), "x", "bad")
    assert made["supplier"].tolist() == ["S1"]
    dated = ROWS.assign(date=pd.to_datetime(["2026-03-02", None]))
    assert quarantine.entries("demand", dated, np.array([True, True]), "x", "bad")["date"].tolist() == [
        "2026-03-02",
        "",
    ]
