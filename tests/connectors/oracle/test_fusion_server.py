"""The connector against the Fusion-like server over real HTTP: tables agree, orders are not doubled."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.jobs.lanes import StoppablePages, each_table
from bot.jobs.pull import joined
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.oracle.fusion import CONNECTOR
from connectors.oracle.routes import Routes
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import FusionReader
from tests.fakes import ManualClock

company = pytest.importorskip("connectors.sandbox.company")
fusion = pytest.importorskip("connectors.sandbox.fusion")
serve = pytest.importorskip("connectors.sandbox.serve")

pytestmark = pytest.mark.servers
AS_OF = date(2026, 3, 2)


class NoPages:
    """Keeps nothing."""

    def get(self, name: str) -> bytes | None:
        return None

    def put(self, name: str, content: bytes) -> None:
        """Forget it."""

    def clear(self) -> None:
        """Nothing is there."""


@dataclass
class World:
    truth: dict[str, pd.DataFrame]
    url: str

    def settings(self, **changes: Any) -> FusionSettings:
        place = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "EUR",
                 "excluded_subinventories": ["Quarantine"]}  # fmt: skip
        values = {"system": "fusion", "base_url": self.url, "user": "restock", "password": "restock-demo",
                  "organizations": {"M1": place, "M2": place}}  # fmt: skip
        return FusionSettings(**(values | changes))

    def reader(self, **changes: Any) -> FusionReader:
        found = CONNECTOR.reader(self.settings(**changes), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))
        assert isinstance(found, FusionReader)
        return found

    def writer(self) -> Routes:
        found = CONNECTOR.writer(self.settings(), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))
        assert isinstance(found, Routes)
        return found

    def table(self, name: str) -> pd.DataFrame:
        frame = self.truth[name]
        return frame[frame["location"].isin(["M1", "M2"])] if "location" in frame else frame

    def break_next(self, **faults: Any) -> None:
        assert requests.post(f"{self.url}/__faults", json=faults, timeout=5).ok

    def heal(self) -> None:
        requests.delete(f"{self.url}/__faults", timeout=5)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("fusion") / "fusion.db"
    made = company.make_company(AS_OF, scale=0.3)
    fusion.load_fusion(made, path)
    server = serve.serve(fusion.create_fusion_app(path))
    yield World(dict(made.tables), server.base_url)
    server.close()


@pytest.fixture(autouse=True)
def _whole(world: World) -> Iterator[None]:
    yield
    world.heal()


@pytest.fixture
def draft(world: World) -> Any:
    (terms,) = world.reader().pull("sourcing")
    (suppliers,) = world.reader().pull("suppliers")
    (places,) = world.reader().pull("item_locations")
    good = suppliers.loc[suppliers["blocked"] == "false", "supplier"]
    places = places[places["status"] == "active"]
    row = terms[terms["supplier"].isin(good)].merge(places[["item", "location"]]).iloc[0]

    def make(key: str, **changes: Any) -> DraftOrder:
        line = OrderLine(1, row["item"], row["location"], Decimal(20), row["order_unit"], Decimal(row["price"]),
                         date(2026, 3, 20), "need")  # fmt: skip
        values = {
            "order_key": key,
            "revision": 1,
            "system": "fusion",
            "supplier": row["supplier"],
            "location": row["location"],
            "currency": row["currency"],
            "order_date": AS_OF,
            "lines": (line,),
        }
        return DraftOrder(PurchaseOrder(**(values | changes)), Verdict.AUTO, None)  # fmt: skip

    return make


def _sum(frame: pd.DataFrame, keys: list[str], name: str) -> "pd.Series[float]":
    clean = frame.assign(
        **{name: pd.to_numeric(frame[name]).astype(float), **{key: frame[key].astype(str) for key in keys}}
    )
    found = clean.groupby(keys)[name].sum()
    return found[found != 0].sort_index()


def test_stock_demand_and_open_orders_agree_with_the_company(world: World) -> None:
    reader = world.reader()
    read = {name: pd.concat(reader.pull(name)) for name in ("stock", "demand", "open_orders", "receipts")}
    read["open_orders"] = read["open_orders"][read["open_orders"]["order_key"] == ""]  # not those of other tests
    pair = ["item", "location"]
    pd.testing.assert_series_equal(
        _sum(read["stock"], pair, "on_hand"), _sum(world.table("stock"), pair, "on_hand"), check_index_type=False
    )
    demand = world.table("demand").assign(date=lambda f: pd.to_datetime(f["date"]).dt.strftime("%Y-%m-%d"))
    demand = demand[demand["quantity"] > 0]
    keys = ["item", "location", "date", "kind"]
    pd.testing.assert_series_equal(
        _sum(read["demand"], keys, "quantity"), _sum(demand, keys, "quantity"), check_index_type=False
    )
    keys = ["order_ref", "line", "item", "location", "supplier"]
    pd.testing.assert_series_equal(
        _sum(read["open_orders"], keys, "quantity_open"), _sum(world.table("open_orders"), keys, "quantity_open"),
        check_index_type=False,
    )  # fmt: skip
    pd.testing.assert_series_equal(
        _sum(read["receipts"], keys, "quantity_received"), _sum(world.table("receipts"), keys, "quantity_received"),
        check_index_type=False,
    )  # fmt: skip


def test_planning_data_and_terms_agree_with_the_company(world: World) -> None:
    reader = world.reader()
    places = pd.concat(reader.pull("item_locations"))
    known = world.table("item_locations")
    assert set(zip(places["item"], places["location"], strict=True)) == set(
        zip(known["item"], known["location"], strict=True)
    )
    keys = ["item", "location"]
    pd.testing.assert_series_equal(
        _sum(places, keys, "reorder_point"), _sum(known, keys, "reorder_point"), check_index_type=False
    )
    vetoed = known.loc[~known["auto_order"].astype(bool)]
    assert set(places.loc[places["auto_order"] == "false", "item"]) == set(vetoed["item"])
    terms = pd.concat(reader.pull("sourcing"))
    wanted = world.table("sourcing").drop_duplicates(["item", "location", "supplier"])
    assert len(terms) == len(wanted)
    assert terms["price"].notna().all()


def test_small_pages_give_the_same_tables(world: World) -> None:
    large, small = world.reader(), world.reader(page_size=7)
    for table in ("items", "stock", "suppliers", "sourcing", "open_orders"):
        pd.testing.assert_frame_equal(pd.concat(large.pull(table)), pd.concat(small.pull(table)))


def test_a_token_works_as_well_as_a_password(world: World) -> None:
    client = {"token_url": f"{world.url}/oauth2/v1/token", "client_id": "restock-client"}
    client["client_secret"] = "restock-client-demo"
    (frame,) = world.reader(user="", password="", oauth=client).pull("locations")
    assert list(frame["location"]) == ["M1", "M2"]
    with pytest.raises(NeedsAdmin):
        list(world.reader(user="", password="", oauth=client | {"client_secret": "wrong"}).pull("locations"))


def test_a_sign_on_page_is_told_as_such(world: World) -> None:
    world.break_next(html_login=1)
    with pytest.raises(NeedsAdmin, match="sign-in"):
        list(world.reader().pull("locations"))


def test_an_order_is_created_once_and_read_back(world: World, draft: Any) -> None:
    writer, key = world.writer(), "AAAAAAAAAA22"
    assert writer.find(key) == []
    number = writer.create(draft(key))
    (found,) = writer.find(key)
    (read,) = writer.status([number])
    assert found == read
    order = draft(key).order
    assert (read.number, read.order_key, read.supplier, read.currency) == (number, key, order.supplier, order.currency)
    (line,) = read.lines
    assert (line.item, line.location, line.quantity) == (order.lines[0].item, order.location, 20)
    assert (line.price, line.due_on) == (order.lines[0].price, date(2026, 3, 20))
    (opened,) = world.reader().pull("open_orders")
    assert set(opened.loc[opened["order_ref"] == number, "order_key"]) == {key}


@pytest.mark.parametrize(("number", "faults"), [(3, {"drop_before": 1}), (4, {"drop_after_commit": 1})])
def test_a_lost_answer_is_unknown_and_find_says_what_happened(
    world: World, draft: Any, number: int, faults: dict[str, int]
) -> None:
    writer, key = world.writer(), f"AAAAAAAAAA2{number}"
    world.break_next(**faults)
    with pytest.raises((OutcomeUnknown, Retryable)):
        writer.create(draft(key))
    found = writer.find(key)
    assert [one.state for one in found] == ([DocumentState.HELD] if "drop_after_commit" in faults else [])
    if found:
        (line,) = found[0].lines
        assert (line.quantity, line.location) == (20, draft(key).order.location)
        writer.complete(found[0].number)
        writer.complete(found[0].number)
        assert [one.state for one in writer.find(key)] == [DocumentState.OPEN]


def test_submit_that_fails_with_200_deletes_the_draft(world: World, draft: Any) -> None:
    writer, key = world.writer(), "AAAAAAAAAA25"
    world.break_next(submit_result="ERROR")
    with pytest.raises(Refused):
        writer.create(draft(key))
    assert writer.find(key) == []


def test_a_busy_answer_is_unknown_and_nothing_was_created(world: World, draft: Any) -> None:
    writer, key = world.writer(), "AAAAAAAAAA26"
    order = draft(key)
    list(writer.find(key))
    writer.own._lookups.terms(order.order.supplier, order.order.location)
    world.break_next(write_status=[503])
    with pytest.raises(OutcomeUnknown):
        writer.create(order)
    assert writer.find(key) == []


def test_refusals_carry_the_words_of_fusion(world: World, draft: Any) -> None:
    writer = world.writer()
    line = draft("AAAAAAAAAA27").order.lines[0]
    bad = OrderLine(1, "NO-SUCH", line.location, line.quantity, line.unit, line.price, line.need_date, "need")
    with pytest.raises(Refused, match="NO-SUCH"):
        writer.create(draft("AAAAAAAAAA27", lines=(bad,)))
    with pytest.raises(Refused, match="nobody"):
        writer.create(draft("AAAAAAAAAA27", supplier="nobody"))
    blocked = world.truth["suppliers"].loc[world.truth["suppliers"]["blocked"].astype(bool), "supplier"].iloc[0]
    with pytest.raises(Refused):
        writer.create(draft("AAAAAAAAAA27", supplier=blocked))


def test_a_draft_is_cancelled_by_deletion(world: World, draft: Any) -> None:
    writer, key = world.writer(), "AAAAAAAAAA2A"
    world.break_next(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        writer.create(draft(key))
    (found,) = writer.find(key)
    writer.cancel(found.number)
    assert writer.find(key) == []


def test_two_years_of_transactions_are_read_in_seconds(world: World) -> None:
    started = time.monotonic()
    (frame,) = world.reader().pull("demand")
    assert len(frame) > 5000
    assert time.monotonic() - started < 20


def test_an_open_order_is_cancelled_by_the_documented_action(world: World, draft: Any) -> None:
    writer = world.writer()
    number = writer.create(draft("AAAAAAAAAA2B"))
    writer.cancel(number)
    writer.cancel(number)
    (read,) = writer.status([number])
    assert read.state is DocumentState.CANCELLED


def test_several_threads_read_what_one_reads(world: World) -> None:
    def read_all(threads: int) -> dict[str, pd.DataFrame]:
        source = world.reader(max_concurrent=threads)
        pages = StoppablePages(NoPages())
        source.resume(pages)
        return each_table(source.lanes, source.threads, lambda table: joined(list(source.pull(table))), pages)

    one, four = read_all(1), read_all(4)
    assert set(one) == world.reader().tables
    for table, frame in one.items():
        pd.testing.assert_frame_equal(four[table], frame, obj=table)
