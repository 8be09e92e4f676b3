"""Pulling: all tables of a system, in parts or whole, stored as the day's snapshot."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bot.errors import DataInvalid, Retryable, StopRun
from bot.jobs import pull
from bot.orders.model import OrderState
from bot.ports import App
from bot.ports_reading import Mirror, Pages
from connectors.files import FilesReader
from tests.bot.company import AS_OF, Company
from tests.makers import database, make_app, make_draft


class Parts:
    """A reader that hands its tables out in frames of one row."""

    system = "s4"

    def __init__(self, tables: Mapping[str, list[dict[str, object]]]) -> None:
        self._tables = tables

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(self._tables)

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        for row in self._tables[table]:
            yield pd.DataFrame([row])


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with database(tmp_path / "db.sqlite") as engine:
        yield make_app(engine, tmp_path)


def test_parts_become_one_frame_and_empty_tables_stay_away(app: App) -> None:
    raw = pull.read(app, Parts({"items": [{"item": "1", "unit": "EA"}, {"item": "02", "unit": "EA"}], "rates": []}))
    assert set(raw) == {"items"}
    assert raw["items"]["item"].tolist() == ["1", "02"]


def test_torn_rows_of_all_parts_stay_known() -> None:
    parts = [pd.DataFrame({"item": ["a"]}), pd.DataFrame({"item": ["b"]})]
    parts[0].attrs["malformed"] = [(2, "x,y")]
    parts[1].attrs["malformed"] = [(7, "z")]
    assert pull.joined(parts).attrs["malformed"] == [(2, "x,y"), (7, "z")]
    assert pull.joined(parts[:1]) is parts[0]


class Dying(Parts):
    """A reader that keeps pages, counts what it asks for, and ends at a table as told."""

    def __init__(self, tables: Mapping[str, list[dict[str, object]]]) -> None:
        super().__init__(tables)
        self.asked: list[str] = []
        self.end: tuple[str, BaseException] | None = None
        self.pages: Pages | None = None

    def resume(self, pages: Pages | None) -> None:
        self.pages = pages

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        assert self.pages is not None
        if self.end and self.end[0] == table:
            raise self.end[1]
        if self.pages.get(table) is None:
            self.asked.append(table)
            self.pages.put(table, b"read")
        yield from super().pull(table, since)


@pytest.mark.parametrize(
    ("end", "asked_again"),
    [
        (KeyboardInterrupt(), ["items", "stock"]),
        (Retryable("busy"), ["items", "stock"]),
        (StopRun("pages contradict each other", "run again"), ["items", "items", "stock"]),
    ],
)
def test_a_reading_that_was_cut_off_goes_on_where_it_stopped(
    app: App, end: BaseException, asked_again: list[str]
) -> None:
    reader = Dying({"items": [{"item": "1", "unit": "EA"}], "stock": [{"item": "1", "location": "M1"}]})
    reader.end = ("stock", end)
    with pytest.raises(type(end)):
        pull.read(app, reader)
    reader.end = None
    assert set(pull.read(app, reader)) == {"items", "stock"}
    assert reader.asked == asked_again
    assert reader.pages is None


class Copying(Parts):
    """A reader that reads through the mirror it was lent, and tells about it."""

    lent: Mirror | None = None

    def mirror(self, mirror: Mirror | None) -> None:
        self.lent = mirror

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:
        assert self.lent is not None
        if table == "demand":
            self.lent.tell("the list is read whole")
        yield from super().pull(table, since)


def test_a_reader_is_lent_the_mirror_of_its_system_and_what_it_tells_reaches_the_report(app: App) -> None:
    reader = Copying(Company.small().tables)
    snapshot, _ = pull.take(replace(app, readers={"s4": reader}), "s4", AS_OF)
    assert snapshot.health.findings == ("note: the list is read whole",)
    assert snapshot.health.grade == "ok"
    assert reader.lent is None
    [stored] = app.files.ids("snapshot")  # type: ignore[attr-defined]
    assert app.files.meta("snapshot", stored)["findings"] == ["note: the list is read whole"]
    assert pull.take(replace(app, readers={"s4": Parts(Company.small().tables)}), "s4", AS_OF)[0].snapshot_id == (
        snapshot.snapshot_id
    )


def test_a_reading_that_was_told_to_end_goes_on_with_the_next_run(app: App) -> None:
    reader = Dying({"items": [{"item": "1", "unit": "EA"}], "stock": [{"item": "1", "location": "M1"}]})
    with pytest.raises(Retryable, match="told to end"):
        pull.read(app, reader, told_to_end=lambda: "items" in reader.asked)
    assert reader.asked == ["items"]
    pull.read(app, reader)
    assert reader.asked == ["items", "stock"]


def test_a_reading_that_ended_well_is_not_resumed(app: App) -> None:
    reader = Dying({"items": [{"item": "1", "unit": "EA"}]})
    pull.read(app, reader)
    pull.read(app, reader)
    assert reader.asked == ["items", "items"]


def test_the_snapshot_is_stored_as_it_was_judged(app: App) -> None:
    app = replace(app, readers={"s4": Parts(Company.small().tables)})
    snapshot, stored = pull.take(app, "s4", AS_OF)
    assert app.files.ids("snapshot") == [stored]  # type: ignore[attr-defined]
    meta = app.files.meta("snapshot", stored)
    assert (meta["snapshot_id"], meta["as_of"], meta["grade"]) == (snapshot.snapshot_id, "2026-03-02", "ok")
    frames = app.files.frames("snapshot", stored)
    assert len(frames["demand"]) == 100
    assert frames["quarantine"].empty
    assert pull.take(app, "s4", AS_OF)[1] == stored
    assert len(app.files.ids("snapshot")) == 1  # type: ignore[attr-defined]


def test_own_orders_that_the_extract_shows_are_no_longer_in_flight(app: App) -> None:
    draft = make_draft()
    app.orders.adopt([draft], system="s4", run_id="r", plan_id="p")
    assert app.orders.select()[0].state is OrderState.APPROVED
    tables = Company.small().tables
    pull.take(replace(app, readers={"s4": Parts(tables)}), "s4", AS_OF)
    assert len(app.orders.in_flight("s4")) == 1
    shown = {"order_ref": "45", "line": "1", "item": "bolt", "location": "L1", "quantity_open": 100,
             "promised_on": "2026-03-20", "order_key": draft.order.order_key}  # fmt: skip
    pull.take(replace(app, readers={"s4": Parts({**tables, "open_orders": [shown]})}), "s4", AS_OF)
    assert app.orders.in_flight("s4").empty


def test_a_line_that_is_made_of_two_orders_closes_the_lines_of_both(app: App) -> None:
    drafts = [make_draft(sequence=n) for n in (0, 1)]
    for n, draft in enumerate(drafts):
        app.orders.adopt([draft], system="s4", run_id=f"r{n}", plan_id="p")
    assert len(app.orders.in_flight("s4")) == 2
    shown = {"order_ref": "45", "line": "1", "item": "bolt", "location": "L1", "quantity_open": 200,
             "promised_on": "2026-03-20", "order_key": " ".join(d.order.order_key for d in drafts)}  # fmt: skip
    tables = Company.small().tables
    found, _ = pull.take(replace(app, readers={"s4": Parts({**tables, "open_orders": [shown]})}), "s4", AS_OF)
    assert found["open_orders"]["quantity_open"].tolist() == [200]
    assert app.orders.in_flight("s4").empty


def test_a_line_that_the_extract_does_not_show_stays_supply(app: App) -> None:
    draft = make_draft(["bolt", "nut"])
    app.orders.adopt([draft], system="s4", run_id="r", plan_id="p")
    items = [{"item": "bolt", "unit": "EA"}, {"item": "nut", "unit": "EA"}]
    tables = Company.small(items=items).tables
    shown = {"order_ref": "45", "line": "1", "item": "bolt", "location": "L1", "quantity_open": 100,
             "promised_on": "2026-03-20", "order_key": draft.order.order_key}  # fmt: skip
    pull.take(replace(app, readers={"s4": Parts({**tables, "open_orders": [shown]})}), "s4", AS_OF)
    assert app.orders.in_flight("s4")["item"].tolist() == ["nut"]
    got = {**shown, "line": "2", "item": "nut", "supplier": "acme", "quantity_ordered": 100, "quantity_received": 100,
           "ordered_on": "2026-02-25", "received_on": "2026-03-01"}  # fmt: skip
    pull.take(replace(app, readers={"s4": Parts({**tables, "open_orders": [shown], "receipts": [got]})}), "s4", AS_OF)
    assert app.orders.in_flight("s4").empty


def test_a_table_that_cannot_be_used_names_the_file(app: App, tmp_path: Path) -> None:
    company = Company.small(stock=[{"item": "bolt", "location": "L1"}])
    data = company.write(tmp_path)
    with pytest.raises(DataInvalid) as caught:
        pull.take(replace(app, readers={"files": FilesReader(data)}), "files", AS_OF)
    assert caught.value.findings[0].path == str(data / "stock.csv")


def test_a_shrunken_extract_is_seen_against_the_last_counts(app: App) -> None:
    app = replace(app, readers={"s4": Parts(Company.small().tables)})
    assert pull.take(app, "s4", AS_OF, {"demand": 120})[0].health.grade == "ok"
    shrunk, _ = pull.take(app, "s4", AS_OF, {"demand": 126})
    assert shrunk.health.grade == "unusable"
    assert "demand shrank from 126 to 100 rows" in shrunk.health.findings[0]
