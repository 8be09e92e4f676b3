"""What the Fusion-like server answers to reads: company figures, pages, q, fields, expand, versions, describe."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.connectors.sandbox.fusion_pod import Pod, running_pod, self_link

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("pod")) as running:
        yield running


def test_only_its_own_locations_are_served(pod: Pod) -> None:
    assert [row["OrganizationCode"] for row in pod.items("inventoryOrganizations")] == ["M1", "M2"]


def test_ids_have_18_digits_and_are_numbers(pod: Pod) -> None:
    row = pod.items("itemsV2", q="ItemNumber='AS-1001'")[0]
    assert isinstance(row["ItemId"], int)
    assert len(str(row["ItemId"])) == 18
    assert int(float(row["ItemId"])) != row["ItemId"] or row["ItemId"] > 2**53


def test_buying_terms_stand_on_the_item(pod: Pod) -> None:
    row = pod.items("itemsV2", q="ItemNumber='AS-1001' and OrganizationCode='M1'")[0]
    days = row["PreprocessingDays"] + row["ProcessingDays"] + row["PostprocessingDays"]
    assert (days, row["MinimumOrderQuantity"], row["FixedLotSizeMultiplier"]) == (9, 20, 10)


def test_stock_is_split_by_subinventory_and_inbound_repeats_open_orders(pod: Pod) -> None:
    rows = pod.items("onhandQuantityDetails")
    mine = [row for row in rows if row["ItemNumber"] == "AS-1001"]
    assert sum(row["OnhandQuantity"] for row in mine) == 40
    assert (mine[0]["ReceivingQuantity"], mine[0]["ReservedQuantity"], mine[0]["InboundQuantity"]) == (3, 4, 40)
    assert [row["OnhandQuantity"] for row in rows if row["SubinventoryCode"] == "Quarantine"] == [2]


def test_issues_are_negative_and_receipts_name_their_order(pod: Pod) -> None:
    rows = pod.items("inventoryCompletedTransactions", limit="500")
    sales = [row["TransactionQuantity"] for row in rows if row["TransactionType"] == "Sales Order Issue"]
    returns = [row["TransactionQuantity"] for row in rows if row["TransactionType"] == "RMA Receipt"]
    assert sum(sales) == -sum(index % 4 for index in range(28))
    assert returns == [1.0]
    bought = [row for row in rows if row["TransactionSourceType"] == "Purchase order"]
    assert [row["TransactionQuantity"] for row in bought] == [100, 60, -2]
    orders = {row["POHeaderId"]: row["OrderNumber"] for row in pod.items("purchaseOrders")}
    assert [orders[row["PurchaseOrderHeaderId"]] for row in bought] == ["5003", "5001", "5001"]


def test_orders_schedules_and_receipts_agree(pod: Pod) -> None:
    states = {row["OrderNumber"]: row["StatusCode"] for row in pod.items("purchaseOrders")}
    assert states == {"5001": "OPEN", "5002": "CANCELED", "5003": "CLOSED"}
    schedule = pod.items("purchaseOrderSchedules", q="ScheduleStatusCode='OPEN'")[0]
    assert (schedule["Quantity"], schedule["ReceivedQuantity"], schedule["DueDate"]) == (100, 60, "2026-02-14")
    assert (schedule["RequestedDeliveryDate"], schedule["ShipToLocation"]) == ("2026-02-10", "Seattle")
    receipts = pod.items(f"purchaseOrderLifeCycleDetails/{schedule['POHeaderId']}/child/receipts")
    assert [(row["ReceivedQuantity"], row["DeliveredQuantity"], row["ReceiptDate"][:10]) for row in receipts] == [
        (60, 58, "2026-02-13")
    ]


def test_pages_join_without_gap_or_overlap(pod: Pod) -> None:
    seen: list[int] = []
    more, offset = True, 0
    while more:
        page = pod.get(
            "inventoryCompletedTransactions", limit="7", offset=str(offset), orderBy="TransactionId:asc"
        ).json()
        assert page["count"] == len(page["items"]) <= 7
        seen += [row["TransactionId"] for row in page["items"]]
        more, offset = page["hasMore"], offset + page["count"]
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    total = pod.get("inventoryCompletedTransactions", totalResults="true").json()
    assert total["totalResults"] == len(seen)
    assert (total["limit"], total["count"]) == (25, 25)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ItemNumber='O''Ring'", 1),
        ('ItemNumber="O\'Ring"', 1),
        ("ItemNumber in ('AS-1001', 'AS-1002')", 2),
        ("ItemNumber like 'AS-%'", 2),
        ("ItemNumber not like 'AS-*'", 1),
        ("(ItemNumber='AS-1001' or ItemNumber='AS-1002') and PurchasableFlag=false", 1),
        ("MinimumOrderQuantity between 10 and 20", 1),
        ("MinimumOrderQuantity is null", 2),
        ("MinimumOrderQuantity IS NOT NULL AND ListPrice>=12.5", 1),
        ("LastUpdateDateTime<'2026-01-01'", 0),
        ("ItemNumber<>'AS-1001'", 2),
    ],
)
def test_q_of_version_2_and_later(pod: Pod, q: str, found: int) -> None:
    assert len(pod.items("itemsV2", q=q)) == found


@pytest.mark.parametrize(
    "args",
    [
        {"q": "ItemNumber='AS-1001';OrganizationCode='M1'"},
        {"q": "Nonsense=1"},
        {"q": "ItemNumber=AS"},
        {"q": "ItemNumber='AS"},
        {"q": "ItemId='abc'"},
        {"q": "CreationDateTime>'2026/01/01'"},
        {"q": "ItemNumber="},
        {"q": "ItemNumber='a' ItemNumber='b'"},
        {"q": "(ItemNumber='a'"},
        {"fields": "ItemId,Nonsense"},
        {"orderBy": "Nonsense:asc"},
        {"orderBy": "ItemId:up"},
        {"expand": "nonsense"},
        {"limit": "501"},
        {"limit": "0"},
        {"offset": "-1"},
        {"finder": "Unknown;x=1"},
        {"finder": "PrimaryKey;ItemId=1", "q": "ItemId=1"},
    ],
)
def test_what_it_does_not_understand_is_refused_with_details(pod: Pod, args: dict[str, Any]) -> None:
    response = pod.get("itemsV2", **args)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/vnd.oracle.adf.error+json"
    assert response.json()["o:errorDetails"][0]["detail"]


def test_description_of_orders_is_not_queryable(pod: Pod) -> None:
    assert pod.get("purchaseOrders", q="Description='x'").status_code == 400


def test_version_1_has_its_own_grammar_and_plain_errors(pod: Pod) -> None:
    old = {"REST-Framework-Version": "1"}
    assert pod.get("itemsV2", old, q="ItemNumber=AS-1001;OrganizationCode='M1'").json()["count"] == 1
    refused = pod.get("itemsV2", old, q="ItemNumber='AS-1001' and OrganizationCode='M1'")
    assert refused.status_code == 400
    assert refused.headers["Content-Type"].startswith("text/plain")


def test_children_are_lists_before_version_3_and_collections_after(pod: Pod) -> None:
    args: dict[str, Any] = {"expand": "lines.schedules", "q": "OrderNumber='5001'"}
    old = pod.get("purchaseOrders", {"REST-Framework-Version": "2"}, **args).json()["items"][0]
    new = pod.get("purchaseOrders", **args).json()["items"][0]
    assert old["lines"][0]["schedules"][0]["Quantity"] == 100
    assert new["lines"]["items"][0]["schedules"]["items"][0]["Quantity"] == 100
    assert new["lines"]["hasMore"] is False


def test_version_9_sends_numbers_as_text(pod: Pod) -> None:
    row = pod.get("purchaseOrders", {"REST-Framework-Version": "9"}, q="OrderNumber='5001'").json()["items"][0]
    assert (row["Ordered"], len(row["POHeaderId"])) == ("1250", 18)


def test_child_filter_fields_and_links(pod: Pod) -> None:
    assert len(pod.items("purchaseOrders", q="lines.Item='AS-1001'")) == 3
    row = pod.items("purchaseOrders", fields="OrderNumber;lines:LineNumber", onlyData="true", limit="1")[0]
    assert set(row) == {"OrderNumber", "lines"}
    assert row["lines"]["items"] == [{"LineNumber": 1}]
    only_self = pod.items("purchaseOrders", onlyData="true", links="self", limit="1")[0]["links"]
    assert [link["rel"] for link in only_self] == ["self"]
    assert "links" not in pod.items("purchaseOrders", onlyData="true", limit="1")[0]
    assert set(pod.items("purchaseOrders", fields="", limit="1")[0]) == {"links"}


def test_every_self_link_can_be_followed(pod: Pod) -> None:
    for resource in ("itemsV2", "onhandQuantityDetails", "suppliers", "purchaseOrders", "procurementAgents"):
        row = pod.items(resource, limit="1")[0]
        assert pod.get(self_link(row)).json() == row


def test_display_words_follow_the_language_and_codes_do_not(pod: Pod) -> None:
    row = pod.get("purchaseOrders", {"Accept-Language": "de-DE"}, q="OrderNumber='5001'").json()["items"][0]
    assert (row["Status"], row["StatusCode"]) == ("Offen", "OPEN")


def test_describe_tells_what_may_be_asked(pod: Pod) -> None:
    described = pod.get("purchaseOrders/describe").json()["Resources"]["purchaseOrders"]
    attributes = {attribute["name"]: attribute for attribute in described["attributes"]}
    assert attributes["SupplierId"] == {
        "name": "SupplierId", "type": "integer", "updatable": False, "mandatory": False, "queryable": True,
        "allowChanges": "never",
    }  # fmt: skip
    assert attributes["Description"]["queryable"] is False
    assert "suppliers" in pod.get("describe").json()["Resources"]


def test_describe_tells_what_a_new_row_needs(pod: Pod) -> None:
    described = pod.get("supplyRequests/describe").json()["Resources"]["supplyRequests"]
    needed = {each["name"] for each in described["attributes"] if each["mandatory"] and each["allowChanges"] != "never"}
    assert needed == {
        "InterfaceBatchNumber", "SupplyOrderSource", "SupplyRequestDate", "SupplyRequestStatus", "TrustedSource",
    }  # fmt: skip
    lines = described["children"]["supplyRequestLines"]["attributes"]
    assert {each["name"] for each in lines if each["mandatory"]} == {
        "InterfaceBatchNumber", "ProcessStatus", "Quantity", "SupplyType", "UOMCode",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["nonsense", "purchaseOrders/1", "suppliers/1/child/sites", "purchaseOrderLifeCycleDetails"]
)
def test_wrong_paths_and_keys_are_not_found(pod: Pod, path: str) -> None:
    assert pod.get(path).status_code == 404


def test_the_context_root_lists_versions(pod: Pod) -> None:
    root = pod.get(f"{pod.url}/fscmRestApi/resources").json()
    assert "4" in root["items"][0]["adf:extension"]["allowedFrameworkVersions"]


def test_a_call_without_framework_version_is_refused_unless_one_is_the_default(pod: Pod) -> None:
    assert pod.get("itemsV2", {"REST-Framework-Version": None}).status_code == 400


def test_the_server_may_answer_with_smaller_pages(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_pod(tmp_path_factory.mktemp("capped"), page_cap=2, default_framework=1) as capped:
        page = capped.get("inventoryCompletedTransactions", {"REST-Framework-Version": None}, limit="500").json()
    assert (page["limit"], page["count"], page["hasMore"]) == (2, 2, True)


def test_finder_by_primary_key(pod: Pod) -> None:
    known = pod.items("suppliers", limit="1")[0]["SupplierId"]
    assert json.dumps(pod.items("suppliers", finder=f"PrimaryKey;SupplierId={known}")).count(str(known)) >= 1
