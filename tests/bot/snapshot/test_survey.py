"""What a survey says of raw tables."""

import pandas as pd

from bot.snapshot.survey import TableSurvey, survey


def raw(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def one(table: str, frame: pd.DataFrame) -> TableSurvey:
    (found,) = survey({table: frame})
    return found


def test_columns_are_known_unknown_or_not_given() -> None:
    found = one("stock", raw(item=["A"], location=["W"], on_hand=["1"], shelf=["7"]))
    assert found.columns == ("item", "location", "on_hand")
    assert found.unknown == ("shelf",)
    assert "counted_on" in found.not_given
    assert not found.findings


def test_rows_set_aside_are_counted_by_column_and_reason_and_torn_ones_too() -> None:
    frame = raw(item=["A", "B", "C"], location=["W"] * 3, on_hand=["1", "x", "y"])
    frame.attrs["malformed"] = [(5, "torn")]
    found = one("stock", frame)
    assert found.rows == 4
    assert found.aside_rows == 3
    assert found.aside["on_hand", "not a number"] == 2


def test_units_and_currencies_are_counted_and_days_have_ends() -> None:
    items = one("items", raw(item=["A", "B", "C"], unit=["EA", "KG", "EA"], currency=["EUR", "", "USD"]))
    assert items.units == {"EA": 2, "KG": 1}
    assert items.currencies == {"EUR": 1, "USD": 1}
    demand = one(
        "demand", raw(item=["A", "A"], location=["W", "W"], date=["2026-02-01", "2026-01-05"], quantity=["1", "2"])
    )
    assert demand.days == {"date": ("2026-01-05", "2026-02-01")}


def test_many_units_are_cut_with_the_rest_counted_together() -> None:
    names = [f"U{i:02}" for i in range(20)]
    found = one("items", raw(item=names, unit=names))
    assert len(found.units) == 13
    assert found.units["8 others"] == 8


def test_a_table_that_cannot_be_used_says_why_and_the_others_are_still_described() -> None:
    found = survey({"stock": raw(item=["A"]), "items": raw(item=["A"], unit=["EA"])})
    assert [each.name for each in found] == ["items", "stock"]
    assert found[0].rows == 1
    assert found[1].findings
    assert "on_hand" in str(found[1].findings[0])
