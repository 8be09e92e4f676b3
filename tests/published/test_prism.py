"""The Fusion connector through a judge that we did not write: every request and answer is held against the contract.

In front of our sandbox it lets through what keeps to the contract: a bad request is answered 422 and never arrives, a
bad answer becomes 500. On its own it answers from the contract's examples.
"""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError

import pytest

from bot.errors import Refused
from bot.jobs.readback import differences
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.oracle.client import RESOURCE_TYPE, ROOT, FusionClient
from connectors.oracle.fusion import CONNECTOR
from connectors.oracle.settings import FusionSettings
from tests.fakes import ManualClock
from tests.published.outside import prism, sandbox

pytestmark = [pytest.mark.contracts, pytest.mark.reference, pytest.mark.servers]
AS_OF = date(2026, 3, 2)


@dataclass(frozen=True)
class Site:
    """The sandbox behind the judge."""

    url: str
    pod: str

    def settings(self, **changes: Any) -> FusionSettings:
        place = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "currency": "EUR"}
        values = {"system": "fusion", "base_url": self.url, "user": "restock", "password": "restock-demo",
                  "organizations": {"M1": place, "M2": place}}  # fmt: skip
        return FusionSettings(**(values | changes))


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("fusion")
    with sandbox(folder, AS_OF) as pod, prism(pod) as url:
        yield Site(url, pod)


def draft(site: Site, key: str, **line: Any) -> DraftOrder:
    reader = CONNECTOR.reader(site.settings(), clock())
    (terms,), (suppliers,), (places,) = (reader.pull(name) for name in ("sourcing", "suppliers", "item_locations"))
    good = suppliers.loc[suppliers["blocked"] == "false", "supplier"]
    places = places[places["status"] == "active"]
    row = terms[terms["supplier"].isin(good)].merge(places[["item", "location"]]).iloc[0]
    values = {"number": 1, "item": row["item"], "location": row["location"], "quantity": Decimal(20),
              "unit": row["order_unit"], "price": Decimal(row["price"]), "need_date": date(2026, 3, 20),
              "need_key": "need"}  # fmt: skip
    order = PurchaseOrder(
        key, 1, "fusion", row["supplier"], row["location"], row["currency"], AS_OF, (OrderLine(**(values | line)),)
    )
    return DraftOrder(order, Verdict.AUTO, None)


@pytest.mark.parametrize("table", sorted(CONNECTOR.tables))
def test_every_table_is_read_through_the_judge(site: Site, table: str) -> None:
    (frame,) = CONNECTOR.reader(site.settings(), clock()).pull(table)
    assert len(frame) > 0


def test_an_order_goes_through_the_judge_and_reads_back_equal(site: Site) -> None:
    writer = CONNECTOR.writer(site.settings(), clock())
    made = draft(site, "ABCDEFGHJK23")
    number = writer.create(made)
    (found,) = writer.find("ABCDEFGHJK23")
    assert found.number == number
    assert differences(made.order, found) == []
    assert found.state in {DocumentState.PENDING, DocumentState.OPEN}


def test_a_business_no_comes_back_with_its_words(site: Site) -> None:
    writer = CONNECTOR.writer(site.settings(), clock())
    with pytest.raises(Refused):
        writer.create(draft(site, "ABCDEFGHJK24", item="NO-SUCH-ITEM"))


def test_the_judge_stops_what_breaks_the_contract(site: Site) -> None:
    body = json.dumps({"BuyerId": "not a number"}).encode()
    headers = {"Content-Type": RESOURCE_TYPE, "REST-Framework-Version": "4", "Authorization": "Basic eDp4"}
    request = urllib.request.Request(f"{site.url}{ROOT}/draftPurchaseOrders", body, headers)  # noqa: S310 - loopback
    with pytest.raises(HTTPError) as raised:
        urllib.request.urlopen(request, timeout=30)  # noqa: S310 - loopback
    raised.value.close()
    assert raised.value.code == 422


@pytest.fixture(scope="module")
def examples() -> Iterator[str]:
    with prism() as url:
        yield url


@pytest.mark.parametrize(
    ("resource", "key"),
    [
        ("inventoryOrganizations", "OrganizationId"), ("itemsV2", "ItemId"), ("suppliers", "SupplierId"),
        ("purchaseOrders", "POHeaderId"), ("purchaseOrderSchedules", "LineLocationId"),
        ("onhandQuantityDetails", "OrganizationId"), ("inventoryCompletedTransactions", "TransactionId"),
        ("procurementAgents", "AssignmentId"), ("draftPurchaseOrders", "POHeaderId"),
    ],
)  # fmt: skip
def test_lists_of_the_contracts_own_examples_are_understood(examples: str, resource: str, key: str) -> None:
    client = FusionClient(Site(examples, "").settings(), clock())
    assert client.rows(resource, (key,))
