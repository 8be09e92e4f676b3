"""What the doctor asks of a pod is what reader and writer ask, and the published interface knows all of it."""

import json
from pathlib import Path

import pytest
from werkzeug import Request, Response

from connectors.answers import Answer
from connectors.looking import LIMITS, Seen
from connectors.oracle.asked import LOOKUPS, Asked, asked
from connectors.oracle.client import ROOT, FusionClient
from connectors.oracle.examine import Exam
from connectors.oracle.examine_data import _offered
from connectors.sandbox.serve import Application, serve
from tests.connectors.oracle.fusion_parts import fusion_settings, page
from tests.connectors.oracle.report_parts import PATHS
from tests.fakes import ManualClock

ROWS = {
    "inventoryOrganizations": [
        {"OrganizationId": number, "OrganizationCode": code, "OrganizationName": code, "LocationCode": code}
        for number, code in enumerate(("M1", "M2"), 1)
    ],
    "procurementBusinessUnitsLOV": [{"ProcurementBUId": 7, "ProcurementBU": "US1 Business Unit"}],
    "procurementAgents": [
        {"AssignmentId": 1, "AgentId": 5, "Agent": "A", "AgentEmail": "buyer@company.example", "StatusCode": "ACTIVE"}
    ],
}


class Lookups:
    """A pod that answers names and remembers what it was asked."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.questions: list[str] = []

    def __call__(self, environ: dict[str, object], start_response: object) -> object:
        request = Request(environ)
        self.got.append(request.path.removeprefix(f"{ROOT}/"))
        self.questions.append(request.url)
        body = page(*ROWS.get(self.got[-1], []))
        response = Response(json.dumps(body), content_type="application/json")
        return response(environ, start_response)  # type: ignore[arg-type]


def test_lists_that_reports_stand_for_are_not_asked_about() -> None:
    pod = Lookups()
    app: Application = pod  # type: ignore[assignment] # WSGI by duck type
    server = serve(app)
    try:
        settings = fusion_settings(base_url=server.base_url, report_paths=PATHS)
        tables = {(each.table, each.resource) for each in asked(settings, ManualClock(), LIMITS)}
    finally:
        server.close()
    assert "inventoryCompletedTransactions" not in {resource for _, resource in tables}
    assert {table for table, resource in tables if resource.startswith("purchaseOrder")} == {"orders"}
    assert set(pod.got) <= LOOKUPS


@pytest.fixture
def questions() -> list[Asked]:
    pod = Lookups()
    app: Application = pod  # type: ignore[assignment] # WSGI by duck type
    server = serve(app)
    try:
        found = asked(fusion_settings(base_url=server.base_url), ManualClock(), LIMITS)
    finally:
        server.close()
    assert set(pod.got) <= LOOKUPS
    assert len(pod.questions) == len(set(pod.questions)), "names are looked up once"
    return found


def test_every_table_and_the_search_for_keys_ask_something(questions: list[Asked]) -> None:
    tables = {each.table for each in questions}
    assert tables >= {"items", "stock", "demand", "open_orders", "receipts", "sourcing", "suppliers", "orders"}
    resources = {each.resource for each in questions}
    assert resources >= {"itemsV2", "onhandQuantityDetails", "purchaseOrderSchedules", "draftPurchaseOrders"}


def test_attributes_are_found_in_lists_and_searches(questions: list[Asked]) -> None:
    headers = next(each for each in questions if each.resource == "purchaseOrders" and each.fields)
    assert {"POHeaderId", "Description", "SupplierId"} <= headers.attributes()
    assert "POLineId" not in headers.attributes()
    assert "OrderDate" in headers.compared()
    quoted = Asked("x", "r", ("Id",), (), "Name='A=B and C>=D' and BuyerId=5")
    assert quoted.compared() == {"Name", "BuyerId"}


class OnlyPrints:
    """A pod whose documents can be printed and nothing else."""

    def get(self, path: str, _query: object = None, **_named: object) -> Seen:
        resource = path.partition("/")[0]
        described = {"attributes": [{"name": "Description"}], "item": {"actions": [{"name": "viewPDF"}]}}
        body = json.dumps({"Resources": {resource: described}}).encode()
        now = ManualClock().now()
        return Seen(200, "", now, now, Answer(200, {"Content-Type": "application/json"}, body, path))


@pytest.mark.parametrize(
    ("route", "resource", "told"),
    [
        ("draft_order", "draftPurchaseOrders", "action submit"),
        ("requisition", "purchaseRequisitions", "action submitRequisition"),
        ("requisition", "draftPurchaseOrders", ""),
        ("import_file", "draftPurchaseOrders", ""),
    ],
)
def test_only_what_the_route_writes_must_be_submittable(route: str, resource: str, told: str, tmp_path: Path) -> None:
    folder = tmp_path if route == "import_file" else None
    settings, clock = fusion_settings(write_route=route, import_folder=folder), ManualClock()
    exam = Exam(settings, clock, OnlyPrints(), FusionClient(settings, clock))  # type: ignore[arg-type] # asks nothing else
    found = [each.what for each in _offered(exam, resource, "orders", [])]
    assert [told in what for what in found] == [True] * bool(told)


@pytest.mark.reference
def test_the_published_interface_knows_every_attribute(questions: list[Asked], reference: Path) -> None:
    contract = json.loads((reference / "fusion-scm-prc.openapi.json").read_text("utf-8"))
    paths = {path.rsplit(ROOT, 1)[-1].strip("/") for path in contract["paths"]}
    assert {each.resource for each in questions if "/child/" not in each.resource} <= paths
    known = json.dumps(contract["components"])
    assert {name for each in questions for name in each.attributes() if f'"{name}"' not in known} == set()
