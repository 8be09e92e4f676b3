import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from bot.errors import StopRun
from bot.tables.spec import MEMORY, Column, Kind, Table, verify

THINGS = Table(
    "things",
    "for tests",
    (
        Column("item", Kind.CODE, "key"),
        Column("kind", Kind.CHOICE, "word", required=False, choices=("a", "b"), default="a"),
        Column("count", Kind.NUMBER, "share", minimum=0.0, maximum=1.0, blank=True),
        Column("weight", Kind.NUMBER, "kg", above=0.0, required=False),
        Column("on", Kind.DATE, "day", required=False),
        Column("open", Kind.FLAG, "flag", required=False, default="false"),
        Column("note", Kind.TEXT, "text", required=False),
    ),
    ("item",),
)


def things(**columns: Any) -> pd.DataFrame:
    whole = pd.DataFrame(
        {
            "item": pd.Series(["007", "008"], dtype="category"),
            "kind": pd.Categorical(["a", "b"], categories=pd.Index(["a", "b"], dtype="str")),
            "count": [0.5, float("nan")],
            "weight": [float("nan"), float("nan")],
            "on": pd.Series([pd.NaT, "2026-03-02"]).astype("datetime64[s]"),
            "open": [True, False],
            "note": pd.Series(["x", None], dtype="str"),
        }
    )
    return whole.assign(**columns)


def test_every_kind_has_a_memory_type() -> None:
    assert set(MEMORY) == set(Kind)
    assert Column("x", Kind.CODE, "").dtype == "category"


def test_check_in_words() -> None:
    assert THINGS["kind"].check == "a | b"
    assert THINGS["count"].check == ">= 0, <= 1"
    assert THINGS["weight"].check == "> 0"
    assert THINGS["note"].check == ""


def test_table_finds_columns_by_name_and_kind() -> None:
    assert "item" in THINGS
    assert "nothing" not in THINGS
    assert THINGS.names(required=True) == ["item", "count"]
    assert THINGS.names(required=False) == ["kind", "weight", "on", "open", "note"]
    assert len(THINGS.names()) == 7
    assert [column.name for column in THINGS.of_kind(Kind.NUMBER, Kind.DATE)] == ["count", "weight", "on"]
    with pytest.raises(KeyError):
        THINGS["nothing"]


def test_gate_lets_a_typed_frame_through() -> None:
    verify(THINGS, things())
    verify(THINGS, things().iloc[:0])
    verify(THINGS, things(more=1))


@pytest.mark.parametrize(
    "columns",
    [
        {"item": pd.Series(["007", "007"], dtype="category")},
        {"item": pd.Series(["007", None], dtype="category")},
        {"item": ["007", "008"]},
        {"kind": pd.Series(["a", "c"], dtype="category")},
        {"kind": pd.Categorical(["a", None], categories=["a", "b"])},
        {"count": [0.5, 1.5]},
        {"count": [-0.5, 0.5]},
        {"count": [1, 0]},
        {"weight": [0.0, 1.0]},
        {"on": ["2026-03-02", "2026-03-03"]},
        {"open": [1.0, 0.0]},
    ],
)
def test_gate_stops_what_breaks_the_declaration(columns: dict[str, object]) -> None:
    with pytest.raises(StopRun, match="the checked table things breaks its declaration") as raised:
        verify(THINGS, things(**columns))
    assert "mistake in Restock" in raised.value.remedy


def test_gate_misses_no_column_except_optional_ones_of_a_sparse_table() -> None:
    sparse = Table("things", "", THINGS.columns, THINGS.key, additive=True, sparse=True)
    verify(sparse, things()[["item", "count"]])
    with pytest.raises(StopRun):
        verify(sparse, things()[["item"]])
    with pytest.raises(StopRun):
        verify(THINGS, things()[["item", "count"]])


def test_rows_of_an_additive_table_may_repeat() -> None:
    added = Table("things", "", THINGS.columns, THINGS.key, additive=True)
    verify(added, things(item=pd.Series(["007", "007"], dtype="category")))


def test_declarations_load_without_pandas_and_pandera() -> None:
    code = "import sys, bot.tables.erp; sys.exit(bool({'pandas', 'pandera'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
