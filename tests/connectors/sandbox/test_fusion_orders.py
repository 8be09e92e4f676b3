"""The life of documents on the Fusion-like server: drafts, rules, submit, requisitions, supply requests."""

import copy
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.sandbox.fusion_pod import Pod, running_pod, self_link

pytestmark = pytest.mark.servers


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    with running_pod(tmp_path) as running:
        yield running


def created(pod: Pod, **changes: object) -> dict[str, Any]:
    response = pod.post("draftPurchaseOrders", pod.draft(**changes))
    assert response.status_code == 201, response.text
    row: dict[str, Any] = response.json()
    return row


def details(response: Any) -> str:
    assert response.status_code == 400, response.text
    return " | ".join(entry["detail"] for entry in response.json()["o:errorDetails"])


def test_a_draft_becomes_a_purchase_order_with_schedules(pod: Pod) -> None:
    row = created(pod)
    assert (row["StatusCode"], row["OrderedAmountBeforeAdjustments"]) == ("INCOMPLETE", 246.91)
    link = self_link(row)
    assert str(row["POHeaderId"]) not in link
    line = pod.items(f"{link}/child/lines")[0]
    schedule = pod.items(f"{self_link(line)}/child/schedules")[0]
    assert (line["Price"], schedule["ShipToOrganizationCode"]) == (12.345678, "M1")
    assert pod.act(link, "validateDocument").json() == {"result": []}
    assert pod.act(link, "submit", {"validateBeforeSubmitFlag": True}).json() == {"result": "SUCCESS"}
    assert pod.get(link).status_code == 404
    order = pod.items("purchaseOrders", q=f"OrderNumber='{row['OrderNumber']}'")[0]
    assert (order["POHeaderId"], order["StatusCode"]) == (row["POHeaderId"], "OPEN")
    assert order["Description"].startswith("ABCDEFGH2345")
    opened = pod.items("purchaseOrderSchedules", q="ScheduleStatusCode='OPEN'", orderBy="LineLocationId:desc")[0]
    assert (opened["OrderNumber"], opened["Quantity"], opened["ReceivedQuantity"]) == (row["OrderNumber"], 20, 0)
    assert pod.items(f"purchaseOrders/{order['POHeaderId']}/child/lines")[0]["Price"] == 12.345678


def test_drafts_and_orders_are_found_by_supplier_and_buyer_newest_first(pod: Pod) -> None:
    first, second = created(pod), created(pod)
    q = f"SupplierId={first['SupplierId']} and BuyerId={first['BuyerId']}"
    found = pod.items("draftPurchaseOrders", q=q, orderBy="POHeaderId:desc", limit="200")
    assert [row["POHeaderId"] for row in found] == [second["POHeaderId"], first["POHeaderId"]]


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    from connectors.sandbox.fusion import create_fusion_app
    from connectors.sandbox.serve import serve

    with running_pod(tmp_path) as before:
        number = created(before)["OrderNumber"]
    server = serve(create_fusion_app(tmp_path / "fusion.db"))
    after = Pod(server.base_url)
    try:
        assert len(after.items("draftPurchaseOrders", q=f"OrderNumber='{number}'")) == 1
    finally:
        after.session.close()
        server.close()


def test_above_the_limit_an_order_waits_for_approval_and_the_approver_can_refuse(tmp_path: Path) -> None:
    with running_pod(tmp_path, approval_limit=Decimal(100)) as pod:
        row = created(pod)
        assert pod.act(self_link(row), "submit").json() == {"result": "SUCCESS"}
        q = f"OrderNumber='{row['OrderNumber']}'"
        assert pod.items("purchaseOrders", q=q)[0]["StatusCode"] == "PENDING APPROVAL"
        pod.arm(set_status={row["OrderNumber"]: "REJECTED"})
        assert pod.items("purchaseOrders", q=q)[0]["StatusCode"] == "REJECTED"


def test_a_submitted_draft_stays_visible_for_the_time_that_is_set(tmp_path: Path) -> None:
    with running_pod(tmp_path, vanish_s=3600.0) as pod:
        row = created(pod)
        pod.act(self_link(row), "submit")
        assert pod.get(self_link(row)).json()["StatusCode"] == "OPEN"
        assert pod.items("purchaseOrders", q=f"OrderNumber='{row['OrderNumber']}'") == []
        assert "already submitted" in details(pod.act(self_link(row), "submit"))


def test_the_site_must_be_one_that_orders_may_go_to(pod: Pod) -> None:
    supplier = pod.draft()["SupplierId"]
    sites = pod.items(f"suppliers/{supplier}/child/sites")
    assert len(sites) == 3
    bad = [site["SupplierSiteId"] for site in sites if not site["SupplierSite"].startswith("PUR-")]
    held = pod.items("suppliers", q="SupplierNumber='1002'")[0]["SupplierId"]
    held_site = pod.items(f"suppliers/{held}/child/sites")[0]
    assert held_site["PurchasingHoldReason"]
    for site in bad:
        refused = details(pod.post("draftPurchaseOrders", pod.draft(SupplierSiteId=site)))
        assert "supplier site isn't valid" in refused
    body = pod.draft(SupplierId=held, SupplierSiteId=held_site["SupplierSiteId"])
    assert "supplier site isn't valid" in details(pod.post("draftPurchaseOrders", body))


def _changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    body = copy.deepcopy(body)
    *parents, last = path.split("/")
    target: Any = body
    for name in parents:
        target = target[int(name) if name.isdigit() else name]
    target[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("lines/0/Item", "NO-SUCH", "isn't valid"),
        ("lines/0/Item", "O'Ring", "isn't assigned"),
        ("lines/0/Quantity", 0, "greater than zero"),
        ("lines/0/Price", -1, "negative"),
        ("lines/0/schedules/0/ShipToLocation", "Reno", "isn't valid"),
        ("lines/0/schedules/0/ShipToOrganizationCode", "1010", "isn't valid"),
        ("lines/0/schedules/0/RequestedDeliveryDate", "2026-02-30", "valid date"),
        ("lines/0/NeedByDate", "2026-10-01", "Unknown attribute"),
        ("BuyerId", 1, "procurement agent"),
        ("DocumentStyleId", 77, "style"),
        ("SupplierId", "300000047414503", "valid id"),
        ("OrderNumber", "5001", "already used"),
        ("ProcurementBUId", None, "must not be null"),
    ],
)
def test_bodies_that_break_a_rule_are_refused_and_leave_nothing(pod: Pod, path: str, value: object, says: str) -> None:
    response = pod.post("draftPurchaseOrders", _changed(pod.draft(), path, value))
    assert says in details(response)
    assert pod.items("draftPurchaseOrders") == []


def test_validation_reports_what_is_missing_and_submit_fails_with_status_200(pod: Pod) -> None:
    body = _changed(pod.draft(), "lines/0/schedules/0/distributions", [])
    body = _changed(body, "lines/0/schedules/0/Quantity", 19)
    row = pod.post("draftPurchaseOrders", body).json()
    found = [message["MESSAGE"] for message in pod.act(self_link(row), "validateDocument").json()["result"]]
    assert len(found) == 2
    answer = pod.act(self_link(row), "submit")
    assert (answer.status_code, answer.json()) == (200, {"result": "ERROR"})
    assert pod.get(self_link(row)).json()["StatusCode"] == "INCOMPLETE"


def test_accounting_fills_in_distributions(pod: Pod) -> None:
    row = pod.post("draftPurchaseOrders", _changed(pod.draft(), "lines/0/schedules/0/distributions", [])).json()
    assert pod.act(self_link(row), "validateDocument").json()["result"]
    assert pod.act(self_link(row), "calculateTaxAndAccounting").json() == {"result": "SUCCESS"}
    assert pod.act(self_link(row), "validateDocument").json() == {"result": []}


def test_patch_respects_the_version_that_was_read_and_delete_removes_all(pod: Pod) -> None:
    link = self_link(created(pod))
    tag = pod.get(link).headers["ETag"]
    headers = {"Content-Type": "application/json", "If-Match": tag}
    changed = pod.session.patch(link, json={"Description": "other"}, headers=headers, timeout=10)
    assert changed.json()["Description"] == "other"
    assert pod.session.patch(link, json={"Description": "late"}, headers=headers, timeout=10).status_code == 412
    assert pod.session.patch(link, json={}, timeout=10).status_code == 400
    assert pod.session.delete(link, timeout=10).status_code == 204
    assert pod.get(link).status_code == 404


def test_lines_can_be_added_and_numbers_count_once(pod: Pod) -> None:
    link = self_link(created(pod))
    line = pod.draft()["lines"][0]
    assert pod.post(f"{link}/child/lines", line | {"LineNumber": 2}).status_code == 201
    assert "used twice" in details(pod.post(f"{link}/child/lines", line))
    assert pod.get(link).json()["OrderedAmountBeforeAdjustments"] == 493.82


@pytest.mark.parametrize("media_type", ["text/plain", "application/vnd.oracle.adf.action+json"])
def test_a_wrong_media_type_is_refused(pod: Pod, media_type: str) -> None:
    assert pod.post("draftPurchaseOrders", pod.draft(), media_type).status_code == 415
    link = self_link(created(pod))
    assert pod.post(f"{link}/action/submit", {}, "application/json").status_code == 415


def test_an_open_order_can_be_cancelled_once(pod: Pod) -> None:
    order = pod.items("purchaseOrders", q="OrderNumber='5001'")[0]
    assert pod.act(self_link(order), "cancel", {"cancellationReason": "too late"}).json() == {"result": "SUCCESS"}
    assert pod.items("purchaseOrderSchedules", q="ScheduleStatusCode='OPEN'") == []
    assert "isn't possible" in details(pod.act(self_link(order), "cancel"))
    assert pod.post("purchaseOrders", {}).status_code == 400


def test_a_requisition_is_created_submitted_and_found(pod: Pod) -> None:
    body = {
        "RequisitioningBU": "US1 Business Unit", "PreparerEmail": "buyer@company.example",
        "Description": "ABCDEFGH2345 replenishment",
        "lines": [{"LineNumber": 1, "Item": "AS-1001", "UOM": "Each", "Quantity": 20, "Supplier": "Lee Supplies",
                   "RequestedDeliveryDate": "2026-10-01"}],
    }  # fmt: skip
    row = pod.post("purchaseRequisitions", body).json()
    assert pod.act(self_link(row), "submitRequisition").json() == {"result": "SUCCESS"}
    q = f"RequisitioningBUId={row['RequisitioningBUId']} and PreparerId={row['PreparerId']}"
    assert pod.items("purchaseRequisitions", q=q)[0]["DocumentStatusCode"] == "APPROVED"
    lines = pod.items(f"{self_link(row)}/child/lines")
    assert [(line["Item"], line["Quantity"], line["LineStatusCode"]) for line in lines] == [("AS-1001", 20, "APPROVED")]
    withdrawn = pod.act(self_link(row), "withdraw").json()
    assert withdrawn == {"result": {"STATUS": [{"CODE": "SUCCESS"}]}}
    assert "can't be withdrawn" in details(pod.act(self_link(row), "withdraw"))
    assert "needs a quantity" in details(
        pod.act(self_link(pod.post("purchaseRequisitions", body | {"lines": []}).json()), "submitRequisition")
    )
    assert "isn't valid" in details(pod.post("purchaseRequisitions", body | {"PreparerEmail": "who@x.example"}))


def test_a_supply_request_is_found_by_reference_and_moves_stock_by_transfer_order(pod: Pod) -> None:
    line = {
        "InterfaceBatchNumber": "K1", "ProcessStatus": "NEW", "Quantity": 5, "SupplyType": "TRANSFER", "UOMCode": "Ea",
        "ItemNumber": "AS-1001", "SourceOrganizationCode": "M1", "DestinationOrganizationCode": "M2",
        "NeedByDate": "2026-10-01T00:00:00+00:00",
    }  # fmt: skip
    body = {
        "InterfaceBatchNumber": "K1", "SupplyOrderSource": "EXT", "SupplyRequestDate": "2026-03-02T06:00:00+00:00",
        "SupplyRequestStatus": "NEW", "TrustedSource": 1, "SupplyOrderReferenceNumber": "K1",
        "supplyRequestLines": [line],
    }  # fmt: skip
    assert pod.post("supplyRequests", body).status_code == 201
    assert len(pod.items("supplyRequests", q="SupplyOrderReferenceNumber='K1'")) == 1
    order = pod.items("transferOrders")[0]
    moved = pod.items(f"transferOrders/{order['HeaderId']}/child/transferOrderLines")[0]
    assert (moved["RequestedQuantity"], moved["DestinationOrganizationCode"]) == (5, "M2")
    assert "isn't valid" in details(
        pod.post("supplyRequests", body | {"supplyRequestLines": [line | {"SupplyType": "MAKE"}]})
    )
