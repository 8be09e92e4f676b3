"""The S/4HANA connector against an OData server that we did not write, made from the published metadata."""

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.jobs.readback import differences
from bot.orders.document import DocumentState, StockTransfer, TransferLine
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.sandbox.company import make_company
from connectors.sandbox.odata_model import EntitySet
from connectors.sandbox.s4 import load_s4
from connectors.sandbox.s4_services import SERVICES
from connectors.sap.odata import Query, Service
from connectors.sap.s4 import TABLES, S4Reader, reader, writer
from connectors.sap.s4_base import ORDERS, PRODUCT, REQUISITIONS, connect
from connectors.sap.s4_orderbook import BookV2, BookV4
from connectors.sap.s4_transfer import S4Transfers
from connectors.sap.settings import S4Settings
from tests.fakes import ManualClock
from tests.published.outside import PAGE, cap

pytestmark = [pytest.mark.contracts, pytest.mark.reference, pytest.mark.servers]
AS_OF = date(2026, 3, 2)
PLANTS = ("1010", "1020", "1030")
FILES = {"api_purchaseorder_2": "CE_PURCHASEORDER_0001", "api_purchaserequisition_2": "CE_PURCHASEREQUISITION_0001"}
SKIPPED = {"A_PurchaseRequisitionHeader", "A_PurchaseRequisitionItem", "PurchaseReqn", "PurchaseReqnItem"}


@dataclass(frozen=True)
class Site:
    """The foreign server with a few items of the demo company in it."""

    url: str
    item: str
    unit: str
    plants: tuple[str, ...]
    supplier: str

    def settings(self, service: str, **changes: Any) -> S4Settings:
        plant = {"company_code": "1000", "purchasing_organisation": "1000", "purchasing_group": "001"}
        return S4Settings.model_validate({
            "base_url": self.url, "user": "BOT", "password": "secret", "plants": dict.fromkeys(PLANTS, plant),
            "order_service": service, "system_id": "TST", "history_days": 40, "window_days": 20, **changes,
        })  # fmt: skip

    def reader(self, service: str) -> S4Reader:
        return reader(self.settings(service), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))

    def writer(self, service: str, **changes: Any) -> S4Transfers:
        return writer(self.settings(service, **changes), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))

    def fault(self, **values: Any) -> None:
        post(f"{self.url}/__faults", values)

    def worked_out(self, service: str, number: str) -> None:
        """Fill what a real system works out when an order of version 4 is created, and this server does not."""
        if service == "v2":
            return
        place = f"{self.url}/__seed/CE_PURCHASEORDER_0001"
        for n in (1, 2):
            key = {"PurchaseOrder": number, "PurchaseOrderItem": str(10 * n)}
            factor = {"OrderItemQtyToBaseQtyNmrtr": 1, "OrderItemQtyToBaseQtyDnmntr": 1, "IsCompletelyDelivered": False}
            post(f"{place}/PurchaseOrderItem", [{**key, **factor, "PurchasingDocumentDeletionCode": ""}])
            post(
                f"{place}/PurchaseOrderScheduleLine",
                [{**key, "ScheduleLine": "1", "OpenPurchaseOrderQuantity": 12 * n}],
            )

    def draft(self, key: str) -> DraftOrder:
        lines = tuple(
            OrderLine(
                number=n, item=self.item, location=self.plants[0], quantity=Decimal(12 * n), unit=self.unit,
                price=Decimal("1.25"), need_date=AS_OF + timedelta(days=20 + n), need_key=f"N{n}", order_unit=self.unit,
            )
            for n in (1, 2)
        )  # fmt: skip
        order = PurchaseOrder(key, 1, "s4", self.supplier, self.plants[0], "EUR", AS_OF, lines)
        return DraftOrder(order, Verdict.AUTO, None)


def post(url: str, body: Any) -> None:
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - loopback


def rows(connection: sqlite3.Connection, entity: EntitySet, items: set[str]) -> list[dict[str, Any]]:
    """Rows of a set in the foreign server's forms, of some items where they name one."""
    found = []
    names = list(entity.properties)
    column = next((name for name in ("Product", "Material") if name in names), "")
    query = f'SELECT {", ".join(map(_quoted, names))} FROM "{entity.name}"'  # noqa: S608 - names of our own sandbox
    for row in connection.execute(query):
        cells = {name: _form(entity.properties[name].kind, cell) for name, cell in zip(names, row, strict=True)}
        if not column or cells[column] in items:
            found.append(cells)
    return found


def _quoted(name: str) -> str:
    return f'"{name}"'


def _form(kind: str, cell: Any) -> Any:
    if kind == "b":
        return bool(cell)
    if kind in "tz" and cell is not None:
        moment = datetime.fromtimestamp(cell / 1000, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return cell


def seed(url: str, path: Path) -> Site:
    """Put a dozen items with everything that belongs to them into the foreign server."""
    with closing(sqlite3.connect(path)) as connection:
        item, unit, supplier = connection.execute(
            'SELECT r."Material", r."BaseUnit", r."Supplier" FROM "A_PurchasingInfoRecord" r'
            ' JOIN "A_ProductPlant" p ON p."Product" = r."Material" GROUP BY r."Material"'
            ' HAVING count(DISTINCT p."Plant") > 1 LIMIT 1'
        ).fetchone()
        others = [row[0] for row in connection.execute('SELECT "Product" FROM "A_Product" LIMIT 11')]
        items = {item, *others}
        plants = [r[0] for r in connection.execute('SELECT "Plant" FROM "A_ProductPlant" WHERE "Product" = ?', (item,))]
        kept: dict[str, list[dict[str, Any]]] = {}
        for service in SERVICES:
            for name, entity in service.sets.items():
                if name not in SKIPPED:
                    kept[name] = rows(connection, entity, items)
        _only_connected(kept)
        for service in SERVICES:
            for name in service.sets:
                if kept.get(name):
                    post(f"{url}/__seed/{FILES.get(service.name, service.name)}/{name}", kept[name])
    return Site(url, item, unit, tuple(sorted(plants)), supplier)


def _only_connected(kept: dict[str, list[dict[str, Any]]]) -> None:
    """Leave out orders, documents and terms of other items; recent ones are enough."""
    recent = (AS_OF - timedelta(days=40)).isoformat()
    heads = {r["MaterialDocument"]: r for r in kept["A_MaterialDocumentHeader"] if str(r["PostingDate"])[:10] >= recent}
    kept["A_MaterialDocumentItem"] = [r for r in kept["A_MaterialDocumentItem"] if r["MaterialDocument"] in heads]
    used = {r["MaterialDocument"] for r in kept["A_MaterialDocumentItem"]}
    kept["A_MaterialDocumentHeader"] = [row for number, row in heads.items() if number in used]
    orders = {r["PurchaseOrder"] for r in kept["PurchaseOrderItem"] if not r["IsCompletelyDelivered"]}
    for name, field in (
        ("PurchaseOrder", "PurchaseOrder"), ("PurchaseOrderItem", "PurchaseOrder"),
        ("PurchaseOrderScheduleLine", "PurchaseOrder"), ("A_PurchaseOrder", "PurchaseOrder"),
        ("A_PurchaseOrderItem", "PurchaseOrder"), ("A_PurchaseOrderScheduleLine", "PurchasingDocument"),
    ):  # fmt: skip
        kept[name] = [row for row in kept[name] if row[field] in orders]
    records = {r["PurchasingInfoRecord"] for r in kept["A_PurchasingInfoRecord"]}
    for name in ("A_PurgInfoRecdOrgPlantData", "A_PurInfoRecdPrcgCndnValidity"):
        kept[name] = [row for row in kept[name] if row["PurchasingInfoRecord"] in records]
    conditions = {r["ConditionRecord"] for r in kept["A_PurInfoRecdPrcgCndnValidity"]}
    for name in ("A_PurInfoRecdPrcgCndn", "A_PurInfoRecdPrcgCndnScale"):
        kept[name] = [row for row in kept[name] if row["ConditionRecord"] in conditions]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("cap") / "s4.db"
    load_s4(make_company(AS_OF, scale=0.1), path)
    with cap() as url:
        yield seed(url, path)


@pytest.fixture(autouse=True)
def calm(site: Site) -> Iterator[None]:
    yield
    request = urllib.request.Request(f"{site.url}/__faults", method="DELETE")  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - loopback


both = pytest.mark.parametrize("service", ["v4", "v2"])


@both
@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_read_page_by_page(site: Site, service: str, table: str) -> None:
    assert sum(len(frame) for frame in site.reader(service).pull(table)) > 0


@both
def test_an_order_is_created_found_read_back_and_looks_as_approved(site: Site, service: str) -> None:
    key = f"AAAAAAAAAA{service.upper()}"
    draft, mover = site.draft(key), site.writer(service)
    number = mover.create(draft)
    site.worked_out(service, number)
    (found,) = mover.find(key)
    assert found.number == number
    assert differences(draft.order, found) == []
    assert mover.status([number]) == [found]


@both
def test_a_deleted_order_is_seen_as_what_the_server_says(site: Site, service: str) -> None:
    mover = site.writer(service)
    number = mover.create(site.draft(f"BBBBBBBBBB{service.upper()}"))
    mover.cancel(number)  # the foreign server really deletes: nothing is left to read back
    assert mover.status([number]) == []


@both
def test_a_lost_answer_is_doubt_and_the_order_is_found_by_its_key(site: Site, service: str) -> None:
    key, mover = f"CCCCCCCCCC{service.upper()}", site.writer(service)
    mover.find(key)
    site.fault(match="PurchaseOrder", method="POST", mode="drop-after")
    with pytest.raises(OutcomeUnknown):
        mover.create(site.draft(key))
    books = BookV2 if service == "v2" else BookV4
    s4 = connect(site.settings(service), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))
    assert len(list(books(s4).referenced(["CorrespncInternalReference"], key))) == 1


@both
def test_a_cut_before_the_work_leaves_nothing(site: Site, service: str) -> None:
    key, mover = f"DDDDDDDDDD{service.upper()}", site.writer(service)
    site.fault(match="PurchaseOrder", method="POST", mode="drop-before")
    with pytest.raises(OutcomeUnknown):
        mover.create(site.draft(key))
    assert mover.find(key) == []


@both
def test_a_token_that_expired_is_fetched_again(site: Site, service: str) -> None:
    mover = site.writer(service)
    mover.create(site.draft(f"EEEEEEEEEE{service.upper()}"))
    site.fault(match="PurchaseOrder", method="POST", mode="csrf-expired")
    assert mover.create(site.draft(f"FFFFFFFFFF{service.upper()}"))


@both
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429, "retryAfter": 2}, Retryable),
        ({"status": 503}, OutcomeUnknown),
        ({"status": 500}, OutcomeUnknown),
        ({"status": 400}, Refused),
        ({"status": 403}, NeedsAdmin),
        ({"status": 200, "body": "<html>logon</html>", "type": "html"}, OutcomeUnknown),
    ],
)
def test_each_answer_to_a_write_has_its_outcome(
    site: Site, service: str, fault: dict[str, Any], error: type[Exception]
) -> None:
    site.fault(match="PurchaseOrder", method="POST", **fault)
    with pytest.raises(error):
        site.writer(service).create(site.draft("GGGGGGGGGGGG"))


def test_a_gateway_that_accepts_ids_is_asked_once_more_for_a_lost_answer(site: Site) -> None:
    mover = site.writer("v2", repeat_lost_answers=True)
    mover.create(site.draft("IIIIIIIIIIIA"))
    site.fault(match="PurchaseOrder", method="POST", mode="drop-after")
    number = mover.create(site.draft("IIIIIIIIIIIB"))
    s4 = connect(site.settings("v2"), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC)))
    found = list(BookV2(s4).referenced(["CorrespncInternalReference"], "IIIIIIIIIIIB"))
    assert [row["PurchaseOrder"] for row in found] == [number]


@pytest.mark.parametrize(
    ("service", "query"),
    [(PRODUCT, Query("A_Product", ("Product",))), (ORDERS, Query("PurchaseOrder", ("PurchaseOrder",)))],
)
def test_reads_that_travel_together_are_those_that_travel_alone(site: Site, service: Service, query: Query) -> None:
    odata = connect(site.settings("v4"), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC))).odata
    alone = list(odata.rows(service, query))
    together = [row for rows in odata.batch(service, [query, query]) for row in rows]
    key = query.select[0]
    assert len(alone) > PAGE
    assert [row[key] for row in together] == [row[key] for row in alone] * 2
    assert odata.batches


def test_a_change_carries_the_etag_that_the_server_asks_for(site: Site) -> None:
    line = TransferLine(1, site.item, Decimal(1), site.unit, AS_OF + timedelta(days=9))
    number = site.writer("v4").request_transfer(StockTransfer("JJJJJJJJJJJJ", "s4", *site.plants[:2], (line,)))
    odata = connect(site.settings("v4"), ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC))).odata
    path = f"PurchaseReqnItem(PurchaseRequisition='{number}',PurchaseRequisitionItem='10')"
    with pytest.raises(Refused):
        odata.write(REQUISITIONS, "PATCH", path, {"IsClosed": True}, key=number)
    assert odata.change(
        REQUISITIONS, "PATCH", path, {"IsClosed": True}, key=number, select="PurchaseRequisition"
    ).status in {200, 204}


@both
def test_a_busy_read_is_read_again_and_a_logon_page_is_not(site: Site, service: str) -> None:
    site.fault(match="A_Supplier", method="GET", status=503, retryAfter=1)
    assert sum(len(frame) for frame in site.reader(service).pull("suppliers")) > 0
    site.fault(match="A_Supplier", method="GET", status=200, body="<html>logon</html>", type="html")
    with pytest.raises(NeedsAdmin):
        list(site.reader(service).pull("suppliers"))


@both
def test_a_transfer_becomes_a_requisition(site: Site, service: str) -> None:
    key, mover = f"HHHHHHHHHH{service.upper()}", site.writer(service)
    line = TransferLine(1, site.item, Decimal("6.500"), site.unit, AS_OF + timedelta(days=9))
    number = mover.request_transfer(StockTransfer(key, "s4", site.plants[0], site.plants[1], (line,)))
    (found,) = mover.find_transfer(key)
    assert found.number == number
    assert [(each.item, each.quantity, each.due_on) for each in found.lines] == [
        (site.item, Decimal("6.5"), AS_OF + timedelta(days=9))
    ]
    assert found.from_location == site.plants[0]
    assert found.state in {DocumentState.PENDING, DocumentState.OPEN}
