"""Transactions over real HTTP: what comes through a local copy is what a whole reading gives."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from connectors.oracle.tables import FusionReader
from connectors.oracle.transactions import Transactions, _json
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.contract.company import AS_OF
from tests.contract.route_fusion import FusionFarSide, fusion_far_side
from tests.fakes import MemoryMirror


@pytest.fixture
def far(tmp_path: Path) -> Iterator[FusionFarSide]:
    with fusion_far_side(tmp_path) as found:
        yield found


def sql(far: FusionFarSide, text: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(far.books)) as connection, connection:
        return connection.execute(text, values).fetchall()


def post(far: FusionFarSide, dated: date, number: int) -> None:
    """One more transaction, like one that is there."""
    with closing(sqlite3.connect(far.books)) as connection, connection:
        found = connection.execute("SELECT * FROM inventoryCompletedTransactions WHERE TransactionQuantity < 0 LIMIT 1")
        row = dict(zip([each[0] for each in found.description], found.fetchone(), strict=True))
        row |= {"TransactionId": number, "TransactionDate": f"{dated}T08:00:00+00:00"}
        row |= {"key_": str(number)} if "key_" in row else {}
        names, marks = ",".join(f'"{name}"' for name in row), ",".join("?" * len(row))
        into = f"INSERT INTO inventoryCompletedTransactions ({names}) VALUES ({marks})"  # noqa: S608 - names of columns
        connection.execute(into, list(row.values()))


def both(far: FusionFarSide, mirror: MemoryMirror) -> int:
    """Read through the copy and whole, compare cell by cell; rows of demand."""
    through, whole = far.reader(), far.reader()
    assert isinstance(through, FusionReader)
    through.mirror(mirror)
    for table in ("demand", "receipts"):
        found, wanted = (pd.concat(list(each.pull(table)), ignore_index=True) for each in (through, whole))
        pd.testing.assert_frame_equal(found, wanted, obj=table)
    return len(wanted)


def newest(far: FusionFarSide) -> int:
    return int(sql(far, "SELECT max(TransactionId) FROM inventoryCompletedTransactions")[0][0])


@pytest.mark.servers
def test_the_next_day_finds_what_was_entered_by_its_number_also_when_dated_back(far: FusionFarSide) -> None:
    mirror = MemoryMirror()
    both(far, mirror)
    [before] = mirror.kept.values()
    far.clock.advance(86400)
    number = newest(far)
    post(far, AS_OF, number + 1)
    post(far, AS_OF - timedelta(days=200), number + 2)
    both(far, mirror)
    [after] = mirror.kept.values()
    assert len(after.rows) == len(before.rows[before.rows["posted_on"] >= after.start.isoformat()]) + 2
    assert after.whole_on == before.whole_on, "the second reading was a whole one"
    assert not mirror.findings


@pytest.mark.servers
def test_transactions_that_vanish_are_seen(far: FusionFarSide) -> None:
    mirror = MemoryMirror()
    both(far, mirror)
    far.clock.advance(86400)
    gone = (AS_OF - timedelta(days=5)).isoformat()
    sql(far, "DELETE FROM inventoryCompletedTransactions WHERE TransactionDate >= ?", gone)
    both(far, mirror)
    [kept] = mirror.kept.values()
    assert kept.whole_on == AS_OF + timedelta(days=1)
    assert "does not fit any more" in mirror.findings[0]


def known(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["key", "entered_on"], dtype="str")


class Client:
    """Answers with no rows and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def columns(
        self, resource: str, key: tuple[str, ...], fields: tuple[str, ...], q: str = "", *, lasting: bool = False
    ) -> dict[str, list[Any]]:
        assert lasting
        self.asked.append(q)
        return {name: [] for name in fields}


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ([("0007", "2026-02-20"), ("0008", "2026-02-24"), ("0012", "2026-02-25")], 8),
        ([("0007", "2026-02-20")], 8),
        ([], 0),
    ],
)
def test_the_first_number_of_the_overlap_is_where_reading_begins(rows: list[tuple[str, str]], first: int) -> None:
    client = Client()
    documents = Transactions(client, lambda: {"M1": {"OrganizationId": 3}}, AS_OF)  # type: ignore[arg-type]
    assert documents.entered(date(2026, 2, 23), date(2024, 2, 1), known(*rows)).empty
    assert client.asked == [f"OrganizationId=3 and TransactionId>={first} and TransactionDate>='2024-02-01'"]


def test_the_day_of_entry_is_the_newest_date_so_far_and_never_in_the_future() -> None:
    documents = Transactions(Client(), dict, AS_OF)  # type: ignore[arg-type]
    days = ["odd", "2026-02-10", "2026-02-08", "2026-02-25", "", "2030-01-01", "2026-02-26"]
    assert documents._entered(days, date(2026, 2, 9)) == [
        "2026-02-09", "2026-02-10", "2026-02-10", "2026-02-25", "2026-02-25", "2026-03-02", "2026-03-02",
    ]  # fmt: skip


def test_cells_come_back_from_the_copy_as_they_were() -> None:
    cells = (12345678901234567, "Ä\n", None, Decimal("1.50"), Decimal("1E+2"), True)
    back = json.loads(_json(cells), parse_float=Decimal)
    assert [(type(each), str(each)) for each in back] == [(type(each), str(each)) for each in cells]


def test_settings_bound_the_copy() -> None:
    found = fusion_settings()
    assert (found.overlap_days, found.full_read_days) == (7, 30)
