"""Sign-on, system id, batches, transfers and repeated requests against the S/4-like server over real HTTP."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused
from bot.orders.document import DocumentState, StockTransfer, TransferLine
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from bot.ports import TransferWriter
from connectors.sandbox.company import Company, make_company
from connectors.sandbox.s4 import S4_PASSWORD, S4_USER, S4App, create_s4_app, load_s4
from connectors.sandbox.serve import serve
from connectors.sap.odata import Query
from connectors.sap.s4 import reader, writer
from connectors.sap.s4_base import PRODUCT, REQUISITIONS, connect
from connectors.sap.s4_transfer import S4Transfers
from connectors.sap.settings import S4Settings
from tests.connectors.sap.stub import PLANT, settings
from tests.fakes import ManualClock

AS_OF = date(2026, 3, 2)
PLANTS = ("1010", "1020", "1030")
KEY = "7K3Q9X2MBDHC"


@dataclass
class Site:
    """The server, its database, and settings that reach it."""

    app: S4App
    path: Path
    url: str
    company: Company

    def settings(self, **changes: Any) -> S4Settings:
        plants = dict.fromkeys(PLANTS, PLANT)
        values = {"base_url": self.url, "user": S4_USER, "password": S4_PASSWORD, "plants": plants}
        return settings(**(values | changes))

    def writer(self, **changes: Any) -> S4Transfers:
        return writer(self.settings(**changes), clock())

    def count(self, text: str) -> int:
        with closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute(text).fetchone()[0])


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("s4") / "s4.db"
    company = make_company(AS_OF, scale=0.1)
    load_s4(company, path)
    app = create_s4_app(path, page_size=10)
    running = serve(app)
    yield Site(app, path, running.base_url, company)
    running.close()


@pytest.fixture(autouse=True)
def calm(site: Site) -> Iterator[None]:
    yield
    site.app.faults.clear()
    site.app.idempotent = False


def draft(site: Site, key: str) -> DraftOrder:
    """One line of the first terms that can be ordered, as `sourcing` gives them."""
    rows = pd.concat(reader(site.settings(), clock()).pull("sourcing"), ignore_index=True)
    alive = site.company.tables["suppliers"].query("not blocked")["supplier"]
    active = site.company.tables["items"].query("status == 'active'")["item"]
    rows = rows[rows["supplier"].isin(alive) & rows["item"].isin(active) & (rows["unit_factor"] == "1")]
    row = rows[(rows["currency"] == "EUR") & rows["item"].str.isascii()].iloc[0]
    line = OrderLine(
        number=1, item=row["item"], location=row["location"], quantity=Decimal(24), unit=row["order_unit"],
        price=Decimal("1.25"), need_date=AS_OF + timedelta(days=30), need_key="N", order_unit=row["order_unit"],
    )  # fmt: skip
    order = PurchaseOrder(key, 1, "s4", row["supplier"], row["location"], "EUR", AS_OF, (line,))
    return DraftOrder(order, Verdict.AUTO, None)


def oauth(site: Site, **changes: Any) -> dict[str, Any]:
    client = {"token_url": f"{site.url}/sap/bc/sec/oauth2/token", "client_id": S4_USER, "client_secret": S4_PASSWORD}
    return {"user": "", "password": "", "oauth": client | changes}


def test_access_tokens_are_fetched_and_renewed_once_when_they_end_early(site: Site) -> None:
    made = reader(site.settings(**oauth(site)), clock())
    assert sum(len(frame) for frame in made.pull("units")) > 0
    site.app._sessions.forget_bearers()
    assert sum(len(frame) for frame in made.pull("units")) > 0
    mover = site.writer(**oauth(site))
    mover.find("AAAAAAAAAAAA")
    site.app._sessions.forget_bearers()
    assert mover.create(draft(site, "AAAAAAAAAAAB"))


def test_a_client_that_is_not_known_needs_an_admin_and_never_loops(site: Site) -> None:
    with pytest.raises(NeedsAdmin):
        list(reader(site.settings(**oauth(site, client_secret="wrong-secret")), clock()).pull("units"))


def test_another_system_than_the_pinned_one_gets_no_order(site: Site) -> None:
    before = site.count('SELECT count(*) FROM "PurchaseOrder"')
    with pytest.raises(NeedsAdmin, match="this is system S4D, not S4P"):
        site.writer(system_id="S4P").create(draft(site, "AAAAAAAAAAAC"))
    assert site.count('SELECT count(*) FROM "PurchaseOrder"') == before
    assert site.writer(system_id="S4D").find("AAAAAAAAAAAC") == []


def test_many_reads_travel_in_one_request_and_go_on_page_by_page(site: Site) -> None:
    s4 = connect(site.settings(), clock())
    select = ("Product", "Plant")
    queries = [Query("A_ProductPlant", select, f"Plant eq '{plant}'") for plant in PLANTS]
    together = [row["Plant"] + row["Product"] for rows in s4.odata.batch(PRODUCT, queries) for row in rows]
    alone = [row["Plant"] + row["Product"] for query in queries for row in s4.odata.rows(PRODUCT, query)]
    assert together == alone
    assert len(together) > 30


def test_a_part_that_fails_fails_the_batch(site: Site) -> None:
    s4 = connect(site.settings(), clock())
    with pytest.raises(NeedsAdmin, match="RegionOfOrigin"):
        list(
            s4.odata.batch(
                PRODUCT, [Query("A_ProductPlant", ("Product",)), Query("A_ProductPlant", ("RegionOfOrigin",))]
            )
        )


@pytest.mark.parametrize("service", ["v4", "v2"])
def test_many_orders_are_read_back_at_once(site: Site, service: str) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        numbers = [row[0] for row in connection.execute('SELECT "PurchaseOrder" FROM "PurchaseOrder" LIMIT 75')]
    found = site.writer(order_service=service).status(numbers)
    assert sorted(document.number for document in found) == sorted(numbers)


def test_both_services_tell_the_same_of_every_order(site: Site) -> None:
    with closing(sqlite3.connect(site.path)) as connection:
        numbers = [row[0] for row in connection.execute('SELECT "PurchaseOrder" FROM "PurchaseOrder" LIMIT 40')]
    new, old = (site.writer(order_service=service).status(numbers) for service in ("v4", "v2"))

    def told(documents: Any) -> dict[str, Any]:
        return {
            d.number: (
                d.supplier,
                d.currency,
                [(x.item, x.quantity, x.price / x.price_unit, x.due_on) for x in d.lines],
            )
            for d in documents
        }

    assert told(new) == told(old)


def test_both_services_tell_the_same_of_what_is_still_to_come(site: Site) -> None:
    def told(service: str) -> list[dict[str, Any]]:
        frames = list(reader(site.settings(order_service=service), clock()).pull("open_orders"))
        found = pd.concat(frames).sort_values(["order_ref", "line", "schedule"])
        return list(found.fillna("").to_dict("records"))

    new, old = told("v4"), told("v2")
    assert len(new) > 5
    assert new == old


def test_a_change_by_the_etag_of_the_system(site: Site) -> None:
    mover = site.writer()
    number = mover.request_transfer(transfer(site, "EEEEEEEEEEEE"))
    s4 = connect(site.settings(), clock())
    path = f"PurchaseReqnItem(PurchaseRequisition='{number}',PurchaseRequisitionItem='10')"
    s4.odata.change(REQUISITIONS, "PATCH", path, {"IsDeleted": True}, key=number, select="PurchaseRequisition")
    assert mover.find_transfer("EEEEEEEEEEEE")[0].state is DocumentState.CANCELLED
    with pytest.raises(Refused):
        s4.odata.write(REQUISITIONS, "PATCH", path, {"IsClosed": True}, key=number)


@pytest.mark.parametrize("service", ["v4", "v2"])
def test_an_order_that_is_cancelled_is_read_back_as_cancelled(site: Site, service: str) -> None:
    mover = site.writer(order_service=service)
    number = mover.create(draft(site, f"FFFFFFFFFF{service.upper()}"))
    mover.cancel(number)
    (found,) = mover.find(f"FFFFFFFFFF{service.upper()}")
    assert (found.state, found.lines[0].ended) == (DocumentState.CANCELLED, True)


def test_a_lost_answer_is_asked_for_once_more_where_that_is_switched_on(site: Site) -> None:
    site.app.idempotent = True
    mover = site.writer(order_service="v2", repeat_lost_answers=True)
    mover.create(draft(site, "GGGGGGGGGGGA"))
    site.app.faults.set(drop_after_commit=1)
    number = mover.create(draft(site, "GGGGGGGGGGGB"))
    assert [each.number for each in mover.find("GGGGGGGGGGGB")] == [number]


@pytest.mark.parametrize(("idempotent", "made"), [(True, 1), (False, 2)])
def test_a_request_sent_once_more_is_one_order_where_the_gateway_remembers(
    site: Site, *, idempotent: bool, made: int
) -> None:
    key = "BBBBBBBBBBBA" if idempotent else "BBBBBBBBBBBC"
    site.app.idempotent = idempotent
    mover = site.writer(order_service="v2")
    site.app.faults.set(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        mover.create(draft(site, key))
    mover.create(draft(site, key))  # what the program does only after a search; here without one
    assert len(mover.find(key)) == made


def transfer(site: Site, key: str) -> StockTransfer:
    rows = site.company.tables["item_locations"].query("status == 'active'")
    rows = rows[rows["location"].isin(PLANTS) & rows["item"].str.isascii()]
    item = str(rows.groupby("item")["location"].nunique().idxmax())
    unit = dict(zip(site.company.tables["items"]["item"], site.company.tables["items"]["unit"], strict=True))[item]
    places = sorted(set(rows.loc[rows["item"] == item, "location"]))
    lines = (TransferLine(1, item, Decimal("6.500"), unit, date(2026, 3, 20)),)
    return StockTransfer(key, "s4", places[0], places[1], lines)


@pytest.mark.parametrize("service", ["v4", "v2"])
def test_a_transfer_becomes_a_requisition_that_is_found_and_read_back(site: Site, service: str) -> None:
    key = f"CCCCCCCCCC{service.upper()}"
    mover: TransferWriter = site.writer(order_service=service)
    asked = transfer(site, key)
    number = mover.request_transfer(asked)
    (found,) = mover.find_transfer(key)
    assert [found] == list(mover.transfer_status([number]))
    assert (found.order_key, found.supplier, found.from_location) == (key, "", asked.from_location)
    assert found.state is DocumentState.PENDING
    (line,) = found.lines
    assert (line.item, line.location, line.quantity, line.due_on) == (
        asked.lines[0].item, asked.location, Decimal("6.500"), date(2026, 3, 20),
    )  # fmt: skip


@pytest.mark.parametrize("service", ["v4", "v2"])
def test_a_requisition_whose_answer_is_lost_is_found_by_its_key(site: Site, service: str) -> None:
    key = f"DDDDDDDDDD{service.upper()}"
    mover = site.writer(order_service=service)
    site.app.faults.set(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        mover.request_transfer(transfer(site, key))
    assert len(mover.find_transfer(key)) == 1


def test_a_transfer_that_the_system_does_not_know_is_refused_with_its_words(site: Site) -> None:
    asked = transfer(site, KEY)
    unknown = StockTransfer(
        KEY, "s4", asked.from_location, asked.location, (TransferLine(1, "NOPE", Decimal(1), "EA", AS_OF),)
    )
    with pytest.raises(Refused, match="does not exist in plant"):
        site.writer().request_transfer(unknown)
    with pytest.raises(Refused, match="no lines"):
        site.writer().request_transfer(StockTransfer(KEY, "s4", "1010", "1020", ()))
