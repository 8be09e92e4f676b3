"""The table reader against a reader with the limits of the real one."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Retryable, StopRun
from connectors.sandbox.ecc_state import Faults, insert, make, opened
from connectors.sap.rfc import RfcPool
from connectors.sap.rfc_pyrfc import PyrfcSession
from connectors.sap.rfc_tables import TableReader, between, chunks, equal, one_of, option_lines
from tests.fakes import ManualClock

PARAMETERS = {"user": "RESTOCK", "passwd": "secret", "client": "100"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ecc.db"
    make(file)
    with opened(file) as connection:
        connection.execute("INSERT INTO facts VALUES ('wide', 'no')")
        rows = [(f"{n:010d}", "F", f"O'Neil {n}", f"{n}.500" if n % 2 else f"-{n}.250") for n in range(25)]
        insert(connection, "EKKO", ["EBELN", "BSTYP", "IHREZ", "SUBMI"], [(a, b, c[:12], "") for a, b, c, _ in rows])
        insert(
            connection, "MARD", ["MATNR", "WERKS", "LGORT", "LABST"], [(a, "1010", "0001", d) for a, _, _, d in rows]
        )
    return file


def reader(path: Path, page_rows: int = 0) -> TableReader:
    pool = RfcPool(partial(PyrfcSession, "connectors.sandbox.ecc", {**PARAMETERS, "ashost": str(path)}), ManualClock())
    return TableReader(pool, ManualClock(), "ecc", function="RFC_READ_TABLE", page_rows=page_rows, seconds=10.0)


def wide(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("UPDATE facts SET value = 'yes' WHERE name = 'wide'")


def asked(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM calls").fetchone()[0])


@given(st.lists(st.text("ABC' 0", max_size=12), min_size=1, max_size=40))
def test_conditions_fit_their_lines_and_say_the_same(values: list[str]) -> None:
    lines = [line["TEXT"] for line in option_lines([one_of("MATNR", values), equal("WERKS", "1010")])]
    assert all(len(line) <= 72 for line in lines)
    wanted = f"{one_of('MATNR', values)} AND {equal('WERKS', '1010')}"
    assert " ".join(lines).split() == wanted.split()


def test_a_word_that_fits_no_line_is_told() -> None:
    with pytest.raises(NeedsAdmin, match="too long to be searched"):
        option_lines([equal("MAKTX", "X" * 80)])


def test_numbers_come_with_their_sign_behind_and_quotes_survive(path: Path) -> None:
    rows = reader(path).read("MARD", ["MATNR", "WERKS", "LGORT"], ["LABST"], [equal("WERKS", "1010")])
    assert rows["LABST"].iloc[1].strip() == "1.500"
    assert rows["LABST"].iloc[2].strip() == "2.250-"
    found = reader(path).read("EKKO", ["EBELN"], ["IHREZ"], [equal("IHREZ", "O'Neil 7")])
    assert found["EBELN"].tolist() == ["0000000007"]


def test_wide_rows_are_read_in_parts_that_fit_together(path: Path) -> None:
    columns = ["BUKRS", "BSTYP", "IHREZ", "UNSEZ", "SUBMI", "LIFNR", "WAERS"]
    narrow = reader(path).read("EKKO", ["EBELN"], columns)
    wide(path)
    assert reader(path).read("EKKO", ["EBELN"], columns).equals(narrow)
    assert len(narrow) == 25


def test_columns_too_wide_for_one_row_are_split(path: Path) -> None:
    lean = reader(path)
    lean._widths |= {("EKKO", name): 300 for name in ("IHREZ", "BSTYP")}
    rows = lean.read("EKKO", ["EBELN"], ["IHREZ", "BSTYP"])
    assert rows.columns.tolist() == ["EBELN", "IHREZ", "BSTYP"]
    assert rows.iloc[7].tolist() == ["0000000007", "O'Neil 7", "F"]


def test_pages_are_asked_for_only_where_the_system_sorts(path: Path) -> None:
    assert len(reader(path, page_rows=10).read("EKKO", ["EBELN"], ["BSTYP"])) == 25
    unsorted = asked(path)
    wide(path)
    assert len(reader(path, page_rows=10).read("EKKO", ["EBELN"], ["BSTYP"])) == 25
    assert asked(path) - unsorted == 3


class _Table:
    """A sorting, wide reader of one table, some of whose rows leave after each page."""

    def __init__(self, rows: list[tuple[str, str]], leaves: list[list[tuple[str, str]]]) -> None:
        self.rows, self.leaves, self.asked = sorted(rows), list(leaves), list[str]()

    @contextmanager
    def lease(self, seconds: float) -> Iterator["_Table"]:
        yield self

    def describe(self, function: str) -> dict[str, Any]:
        return {"USE_ET_DATA_4_RETURN": {}, "ET_DATA": {}, "GET_SORTED": {}}

    def call(self, function: str, **given: Any) -> dict[str, Any]:
        where = " ".join(line["TEXT"] for line in given["OPTIONS"])
        self.asked.append(f"{where} {given['ROWSKIPS']}")
        bound = re.search(r"EBELN (GE|GT|EQ) '(\w+)'", where)
        holds = {"GE": str.__ge__, "GT": str.__gt__, "EQ": str.__eq__}
        rows = [row for row in self.rows if bound is None or holds[bound[1]](row[0], bound[2])]
        part = rows[given["ROWSKIPS"] : given["ROWSKIPS"] + given["ROWCOUNT"]]
        gone = self.leaves.pop(0) if self.leaves else []
        self.rows = [row for row in self.rows if row not in gone]
        fields = [{"FIELDNAME": "EBELN", "OFFSET": 0, "LENGTH": 2}, {"FIELDNAME": "EBELP", "OFFSET": 2, "LENGTH": 2}]
        return {"FIELDS": fields, "ET_DATA": [{"LINE": "".join(row)} for row in part], "DATA": []}


def items(table: _Table, size: int) -> list[tuple[str, str]]:
    pool = cast("RfcPool", table)
    lean = TableReader(pool, ManualClock(), "ecc", function="X", page_rows=size, seconds=10.0)
    found = lean.read("EKPO", ["EBELN", "EBELP"], [], [equal("ELIKZ", "")])
    return list(zip(found["EBELN"], found["EBELP"], strict=True))


def test_an_order_that_is_delivered_meanwhile_takes_no_other_one_with_it() -> None:
    rows = [(f"{n:02d}", "10") for n in range(1, 6)]
    table = _Table(rows, [[rows[0]]])
    assert items(table, 2) == rows
    assert table.asked[1] == "ELIKZ EQ '' AND EBELN GE '02' 0"


def test_an_order_of_more_items_than_a_page_is_read_until_it_holds_still() -> None:
    rows = [("01", f"{n:02d}") for n in range(1, 6)] + [("02", "01")]
    assert items(_Table(rows, [[], [rows[0]]]), 2) == rows[1:]
    with pytest.raises(Retryable, match="EKPO changed 3 times"):
        items(_Table(rows, [[], [rows[0]], [], [rows[1]], [], [rows[2]], [], [rows[3]]]), 2)


@pytest.mark.parametrize("rows", [[("01", "10"), ("02", "10"), ("03", "10")], [("01", f"{n:02d}") for n in range(3)]])
def test_a_reader_that_does_not_heed_its_conditions_stops_the_run(rows: list[tuple[str, str]]) -> None:
    class Deaf(_Table):
        def call(self, function: str, **given: Any) -> dict[str, Any]:
            return super().call(function, **{**given, "OPTIONS": []})

    with pytest.raises(StopRun, match="came twice"):
        items(Deaf(rows, []), 2)


_PAIRS = st.lists(st.tuples(st.sampled_from(["01", "02", "03"]), st.sampled_from(["01", "02", "03"])), unique=True)


@settings(deadline=None, max_examples=60)
@given(_PAIRS, st.lists(st.lists(st.integers(0, 8), max_size=2), max_size=8), st.integers(1, 4))
def test_what_stays_is_read_once_whatever_leaves(
    rows: list[tuple[str, str]], leaves: list[list[int]], size: int
) -> None:
    gone = [[rows[n] for n in each if n < len(rows)] for each in leaves]
    try:
        found = items(_Table(rows, gone), size)
    except Retryable:
        return
    assert len(found) == len(set(found))
    assert set(rows) - {row for each in gone for row in each} <= set(found) <= set(rows)


def test_a_key_that_comes_twice_stops_the_run(path: Path) -> None:
    with pytest.raises(StopRun, match="came twice"):
        reader(path).read("EKKO", ["BSTYP"], ["EBELN"])


def test_nothing_found_is_an_empty_frame(path: Path) -> None:
    rows = reader(path).read("EKKO", ["EBELN"], ["BSTYP"], [between("EBELN", "A", "B")])
    assert rows.columns.tolist() == ["EBELN", "BSTYP"]
    assert len(rows) == 0


def test_a_lost_connection_is_tried_again_and_then_later(path: Path) -> None:
    Faults(path).queue("RFC_READ_TABLE", "drop_after", 2)
    assert len(reader(path).read("EKKO", ["EBELN"], ["BSTYP"])) == 25
    Faults(path).queue("RFC_READ_TABLE", "timeout", 9)
    with pytest.raises(Retryable):
        reader(path).read("EKKO", ["EBELN"], ["BSTYP"])


@pytest.mark.parametrize(("table", "column"), [("NOPE", "EBELN"), ("EKKO", "NOPE")])
def test_a_table_or_column_that_is_not_there_is_named(path: Path, table: str, column: str) -> None:
    with pytest.raises(NeedsAdmin, match=table):
        reader(path).read(table, [column], [])


def test_chunks_keep_the_order() -> None:
    assert list(chunks(["a", "b", "c"], 2)) == [["a", "b"], ["c"]]
