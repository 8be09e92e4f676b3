"""The Fusion-like server against the interface contract: its answers, and its verdict on recorded requests."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from tests.connectors.sandbox.fusion_pod import ROOT, Pod, running_pod, self_link

REFERENCE = Path(os.environ.get("RESTOCK_REFERENCE", Path(__file__).parents[4] / "shared"))
FOLDER = REFERENCE / "contracts" / "oracle"
CONTRACT = FOLDER / "fusion-scm-prc.openapi.json"

pytestmark = [
    pytest.mark.servers,
    pytest.mark.reference,
    pytest.mark.skipif(not CONTRACT.exists(), reason=f"no interface contract under {FOLDER} (RESTOCK_REFERENCE)"),
]
# Children that the contract does not list; the order documents name them.
BEYOND = {"schedules", "distributions", "supplyOrderLines"}
LISTS = (
    "inventoryOrganizations", "itemsV2", "onhandQuantityDetails", "inventoryOnhandBalances",
    "inventoryCompletedTransactions", "suppliers", "procurementApprovedSupplierListEntries", "purchaseAgreementLines",
    "purchaseOrders", "purchaseOrderSchedules", "draftPurchaseOrders", "purchaseRequisitions", "supplyRequests",
    "transferOrders", "procurementBusinessUnitsLOV", "procurementPersonsLOV", "purchasingDocumentStylesLOV",
    "procurementAgents",
)  # fmt: skip


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("contract")) as running:
        yield running


def schema_of(contract: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    content = contract["paths"][f"{ROOT}/{path}"][method]["responses"][status]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def judge(contract: dict[str, Any], schema: dict[str, Any], body: object) -> None:
    errors = list(OAS30Validator(schema | {"components": contract["components"]}).iter_errors(body))
    assert not errors, errors[0]


def named_attributes(contract: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Property names of the row behind a collection or row schema."""
    found = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "items" in found["properties"]:
        found = contract["components"]["schemas"][found["properties"]["items"]["items"]["$ref"].rsplit("/", 1)[1]]
    return set(found["properties"])


def check_page(contract: dict[str, Any], pod: Pod, path: str, template: str) -> list[dict[str, Any]]:
    response = pod.get(path, totalResults="true")
    schema = schema_of(contract, template, "get", "200")
    judge(contract, schema, response.json())
    rows: list[dict[str, Any]] = response.json()["items"]
    allowed = named_attributes(contract, schema)
    if template == "itemsV2":
        allowed |= set(json.loads((FOLDER / "itemsV2.attributes.json").read_text(encoding="utf-8"))["attributes"])
    for row in rows:
        assert set(row) <= allowed
    return rows


def fill(pod: Pod) -> dict[str, str]:
    """One document of every kind; returns links by resource."""
    samples = {sample["name"]: sample["body"] for sample in requests_of(pod)}
    made = {}
    for resource, name in (
        ("draftPurchaseOrders", "draft PO, one item line to inventory"),
        ("purchaseRequisitions", "requisition by names"),
        ("supplyRequests", "supply request, transfer between organizations"),
    ):
        response = pod.post(resource, samples[name])
        assert response.status_code == 201, response.text
        made[resource] = self_link(response.json())
    return made


def test_every_resource_answers_in_the_form_of_the_contract(contract: dict[str, Any], pod: Pod) -> None:
    made = fill(pod)
    rows = {name: check_page(contract, pod, name, name) for name in LISTS}
    assert [name for name, found in rows.items() if not found] == ["purchaseAgreementLines"]
    supplier, order = rows["suppliers"][0]["SupplierId"], rows["purchaseOrders"][0]["POHeaderId"]
    transfer = rows["transferOrders"][0]["HeaderId"]
    for path, template in (
        (f"suppliers/{supplier}/child/sites", "suppliers/{SupplierId}/child/sites"),
        (f"purchaseOrders/{order}/child/lines", "purchaseOrders/{purchaseOrdersUniqID}/child/lines"),
        (
            f"purchaseOrderLifeCycleDetails/{order}/child/receipts",
            "purchaseOrderLifeCycleDetails/{POHeaderId}/child/receipts",
        ),
        (f"transferOrders/{transfer}/child/transferOrderLines", "transferOrders/{HeaderId}/child/transferOrderLines"),
        (
            f"{made['draftPurchaseOrders']}/child/lines",
            "draftPurchaseOrders/{draftPurchaseOrdersUniqID}/child/lines",
        ),
    ):
        assert check_page(contract, pod, path, template)
    life = pod.get(f"purchaseOrderLifeCycleDetails/{order}").json()
    judge(contract, schema_of(contract, "purchaseOrderLifeCycleDetails/{POHeaderId}", "get", "200"), life)
    key = "draftPurchaseOrders/{draftPurchaseOrdersUniqID}"
    for action in ("validateDocument", "calculateTaxAndAccounting", "submit"):
        answer = pod.act(made["draftPurchaseOrders"], action).json()
        judge(contract, schema_of(contract, f"{key}/action/{action}", "post", "200"), answer)
    key = "purchaseRequisitions/{purchaseRequisitionsUniqID}"
    for action in ("submitRequisition", "withdraw"):
        answer = pod.act(made["purchaseRequisitions"], action).json()
        judge(contract, schema_of(contract, f"{key}/action/{action}", "post", "200"), answer)


def test_every_declared_attribute_has_the_kind_of_the_contract(contract: dict[str, Any]) -> None:
    from connectors.sandbox.fusion_schema import RESOURCES

    kinds = {"id": "integer", "number": "number", "flag": "boolean"}
    extra = set(json.loads((FOLDER / "itemsV2.attributes.json").read_text(encoding="utf-8"))["attributes"])
    for name, resource in RESOURCES.items():
        template = name if resource.listed else f"{name}/{{POHeaderId}}"
        reference = schema_of(contract, template, "get", "200")["$ref"].rsplit("/", 1)[1].removesuffix("Collection")
        properties = contract["components"]["schemas"][reference]["properties"]
        for attribute in resource.attributes:
            if attribute.name not in properties and name == "itemsV2":
                assert attribute.name in extra
                continue
            assert properties[attribute.name]["type"] == kinds.get(attribute.kind, "string"), (name, attribute.name)
        assert {child.name for child in resource.children} <= BEYOND | {
            "sites",
            "lines",
            "receipts",
            "transferOrderLines",
        }


def requests_of(pod: Pod) -> list[dict[str, Any]]:
    """The recorded requests, with this server's ids and keys in place of the recorded ones."""
    body = pod.draft()
    line = {"LineNumber": 1, "Item": "AS-1001", "Quantity": 2, "RequestedDeliveryDate": "2026-10-01"}
    head = {"RequisitioningBU": "US1 Business Unit", "PreparerEmail": "buyer@company.example", "lines": [line]}
    requisition = pod.post("purchaseRequisitions", head).json()
    text = (FOLDER / "samples" / "requests.json").read_text(encoding="utf-8")
    site = pod.items(f"suppliers/{body['SupplierId']}/child/sites", q=f"SupplierSiteId={body['SupplierSiteId']}")[0]
    for recorded, ours in (
        ("300000047340498", body["BuyerId"]), ("300000046987012", body["ProcurementBUId"]),
        ("300000047414503", body["SupplierId"]), ("300000047414571", body["SupplierSiteId"]),
        ("300100546219759", requisition["RequisitionHeaderId"]), ("Lee US1", site["SupplierSite"]),
    ):  # fmt: skip
        text = text.replace(recorded, str(ours))
    samples: list[dict[str, Any]] = json.loads(text)
    return samples


NAMES = (
    [sample["name"] for sample in json.loads((FOLDER / "samples" / "requests.json").read_text(encoding="utf-8"))]
    if CONTRACT.exists()
    else []
)


@pytest.mark.parametrize("name", NAMES)
def test_recorded_requests_get_the_recorded_verdict(pod: Pod, name: str) -> None:
    sample = next(sample for sample in requests_of(pod) if sample["name"] == name)
    path, headers = sample["path"], dict(sample["headers"])
    if "00020000000EACED0005" in path:
        draft = pod.post("draftPurchaseOrders", pod.draft()).json()
        path = path.replace("/draftPurchaseOrders/00020000000EACED0005", self_link(draft).removeprefix(pod.base))
        path = ROOT + path.removeprefix(ROOT)
        if "If-Match" in headers:
            headers["If-Match"] = pod.get(self_link(draft)).headers["ETag"]
    own = {"REST-Framework-Version": None} | headers
    data = None if sample["body"] is None else json.dumps(sample["body"])
    response = pod.session.request(
        sample["method"], pod.url + path, params=sample["query"], headers=own, data=data, timeout=10
    )
    assert response.status_code < 400 if sample["expect"] == "accepted" else 400 <= response.status_code < 500, (
        response.text
    )
