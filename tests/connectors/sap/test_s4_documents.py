"""Material documents over real HTTP: what comes through a local copy is what a whole reading gives."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest

from bot.jobs.lanes import StoppablePages, each_table
from bot.jobs.pull import joined
from bot.store.mirror import FileMirror
from bot.store.pages import FilePages
from connectors.sandbox.s4 import S4_PASSWORD, S4_USER, create_s4_app
from connectors.sandbox.serve import serve
from connectors.sap.s4 import S4Reader, reader
from connectors.sap.s4_documents import MaterialDocuments
from connectors.sap.settings import S4Settings
from tests.connectors.sap.stub import PLANT, StubOData, settings, system
from tests.contract.company import AS_OF
from tests.contract.route_s4 import PLANTS, _loaded
from tests.fakes import ManualClock

_DAY_MS = 86_400_000


def ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY_MS


@dataclass
class Site:
    """The server, its books, and what was asked for documents."""

    books: Path
    copies: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)
    now: date = AS_OF

    def settings(self, **changes: Any) -> S4Settings:
        values = {
            "base_url": self.url,
            "user": S4_USER,
            "password": S4_PASSWORD,
            "plants": dict.fromkeys(PLANTS, PLANT),
        }
        return settings(**(values | changes))

    def tables(self, mirror: FileMirror | None, **changes: Any) -> dict[str, pd.DataFrame]:
        """Demand and receipts of today."""
        self.asked.clear()
        clock = ManualClock(datetime(self.now.year, self.now.month, self.now.day, 5, tzinfo=UTC))
        source = reader(self.settings(**changes), clock)
        source.mirror(mirror)
        return {table: joined(list(source.pull(table))) for table in ("demand", "receipts")}

    def both(self, **changes: Any) -> FileMirror:
        """Read through the copy and whole, and compare cell by cell."""
        mirror = FileMirror(self.copies)
        found = self.tables(mirror, **changes)
        asked = list(self.asked)
        whole = self.tables(None, **changes)
        for table, frame in found.items():
            pd.testing.assert_frame_equal(frame, whole[table], obj=table)
        self.asked = asked
        return mirror

    def sql(self, text: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.books)) as connection, connection:
            return connection.execute(text, values).fetchall()

    def post(self, number: str, entered: date, posted: date, reverses: tuple[str, ...] = ("", "", "")) -> None:
        item = self.sql('SELECT "Material" FROM "A_MaterialDocumentItem" WHERE "GoodsMovementType" = \'601\'')[0][0]
        header = ("2026", number, ms(posted), ms(entered))
        self.sql(
            'INSERT INTO "A_MaterialDocumentHeader" ("MaterialDocumentYear", "MaterialDocument", "PostingDate",'
            ' "CreationDate") VALUES (?, ?, ?, ?)', *header,
        )  # fmt: skip
        self.sql(
            'INSERT INTO "A_MaterialDocumentItem" ("MaterialDocumentYear", "MaterialDocument", "MaterialDocumentItem",'
            ' "Material", "Plant", "GoodsMovementType", "QuantityInBaseUnit", "DebitCreditCode",'
            ' "ReversedMaterialDocumentYear", "ReversedMaterialDocument", "ReversedMaterialDocumentItem")'
            " VALUES ('2026', ?, '1', ?, '1010', ?, 7, ?, ?, ?, ?)",
            number, item, "602" if reverses[1] else "601", "S" if reverses[1] else "H", *reverses,
        )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path / "s4.db", tmp_path / "mirror")
    found.books.write_bytes(_loaded())
    app = create_s4_app(found.books, page_size=500)

    def listening(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "A_MaterialDocumentHeader" in environ["PATH_INFO"]:
            found.asked.append(unquote(environ["QUERY_STRING"].partition("$filter=")[2].partition("&")[0]))
        return app(environ, start_response)

    server = serve(listening)
    found.url = server.base_url
    yield found
    server.close()


@pytest.mark.servers
def test_the_next_days_ask_only_for_what_was_entered_since(site: Site) -> None:
    site.both()
    assert len(site.asked) > 20  # two years, window by window
    site.now += timedelta(days=1)
    site.post("5900000001", site.now, site.now)
    site.post("5900000002", site.now, AS_OF - timedelta(days=90))  # posted into the past
    mirror = site.both()
    since = AS_OF - timedelta(days=7)
    start = site.now - timedelta(days=760)
    assert site.asked == [
        f"CreationDate ge datetime'{since}T00:00:00' and PostingDate ge datetime'{start}T00:00:00'",
    ]
    assert mirror.findings == ()


@pytest.mark.servers
def test_cancelling_an_old_document_takes_it_out_of_the_copy(site: Site) -> None:
    site.both()
    year, number, item = site.sql(
        'SELECT i."MaterialDocumentYear", i."MaterialDocument", i."MaterialDocumentItem"'
        ' FROM "A_MaterialDocumentItem" i'
        ' JOIN "A_MaterialDocumentHeader" h USING ("MaterialDocumentYear", "MaterialDocument")'
        " WHERE i.\"GoodsMovementType\" = '601' AND i.\"Plant\" = '1010' AND h.\"PostingDate\" < ? LIMIT 1",
        ms(AS_OF - timedelta(days=100)),
    )[0]  # fmt: skip
    site.sql(
        'UPDATE "A_MaterialDocumentItem" SET "GoodsMovementIsCancelled" = 1'
        ' WHERE "MaterialDocument" = ? AND "MaterialDocumentItem" = ?', number, item,
    )  # fmt: skip
    site.now += timedelta(days=1)
    site.post("5900000001", site.now, site.now, (year, number, item))
    site.both()
    assert site.asked[1:] == [f"(MaterialDocumentYear eq '{year}' and MaterialDocument eq '{number}')"]


@pytest.mark.servers
def test_a_damaged_copy_is_read_anew_and_one_of_other_plants_too(site: Site) -> None:
    site.both()
    (rows,) = site.copies.glob("*.parquet")
    rows.write_bytes(rows.read_bytes()[:-9])
    mirror = site.both()
    assert len(site.asked) > 20
    assert "damaged" in mirror.findings[0]
    assert site.both().findings == ()
    assert len(site.asked) == 1
    site.both(plants={"1010": PLANT})
    assert len(site.asked) > 20
    site.both(plants={"1010": PLANT}, movement_types={"601": "ignore"})  # words are looked up after the copy
    assert len(site.asked) == 1


def test_a_day_given_by_the_caller_leaves_the_copy_alone(tmp_path: Path) -> None:
    source = S4Reader(system({}))
    source.mirror(FileMirror(tmp_path / "m"))
    assert list(source.pull("demand", date(2026, 2, 1))) == []
    assert not (tmp_path / "m").exists()


def test_many_documents_are_asked_for_in_parts() -> None:
    s4 = system({})
    rows = pd.DataFrame({"document": [f"2026/{n:010d}" for n in range(45)] * 2}, dtype="str")
    MaterialDocuments(s4).again(rows)
    assert isinstance(s4.odata, StubOData)
    assert [query.where.count("MaterialDocument eq") for query in s4.odata.asked] == [20, 20, 5]


@pytest.mark.servers
def test_several_threads_read_what_one_reads(site: Site, tmp_path: Path) -> None:
    def read_all(threads: int) -> dict[str, pd.DataFrame]:
        clock = ManualClock(datetime(AS_OF.year, AS_OF.month, AS_OF.day, 5, tzinfo=UTC))
        source = reader(site.settings(max_concurrent=threads), clock)
        pages = StoppablePages(FilePages(tmp_path / f"pages{threads}", clock.now()))
        source.resume(pages)
        found = each_table(source.lanes, source.threads, lambda table: joined(list(source.pull(table))), pages)
        assert set(found) == source.tables
        return found

    one, four = read_all(1), read_all(4)
    for table, frame in one.items():
        pd.testing.assert_frame_equal(four[table], frame, obj=table)
