"""What the writer sends, and what it makes of every answer."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import DocumentState
from connectors.oracle.bodies import draft_body
from connectors.oracle.lookups import OrderTerms
from connectors.oracle.orders import FusionWriter
from tests.connectors.oracle.fusion_parts import (
    KEY,
    Pod,
    draft_order,
    fusion_settings,
    order_writer,
    page,
    purchase_order,
)
from tests.fakes import ManualClock

BU, BUYER, SUPPLIER, SITE = 300000046987012, 300000047340498, 300000047414503, 300000047414571
LINK = "draftPurchaseOrders/00020000000EACED0005"
TERMS = OrderTerms(BUYER, 1, BU, None, SUPPLIER, SITE)


def site(**changes: Any) -> dict[str, Any]:
    good = {"SupplierSiteId": SITE, "SupplierSite": "Lee US1", "ProcurementBUId": BU, "Status": "ACTIVE",
            "SitePurposePurchasingFlag": True, "HoldAllNewPurchasingDocumentsFlag": False}  # fmt: skip
    return good | changes


def header(pod: Pod, **changes: Any) -> dict[str, Any]:
    row = {
        "POHeaderId": 300100175278468999, "OrderNumber": "US165840", "Description": f"{KEY} Restock M1 1252",
        "StatusCode": "INCOMPLETE", "BuyerId": BUYER, "ProcurementBUId": BU, "SupplierId": SUPPLIER,
        "Supplier": "Lee Supplies", "CurrencyCode": "USD", "links": [{"rel": "self", "href": f"{pod.root}/{LINK}"}],
    }  # fmt: skip
    return row | changes


def lists(pod: Pod, sites: list[dict[str, Any]] | None = None) -> None:
    """Lists of values that every order needs."""
    pod.gives("procurementBusinessUnitsLOV", page({"ProcurementBUId": BU, "ProcurementBU": "US1 Business Unit"}))
    agent = {"AssignmentId": 101, "AgentId": BUYER, "Agent": "Calvin", "AgentEmail": "buyer@company.example"}
    pod.gives("procurementAgents", page(agent | {"StatusCode": "ACTIVE", "ManageOrdersAllowedFlag": True}))
    style = {"StyleId": 1, "StyleName": "Purchase Order", "DisplayName": "Purchase Order"}
    pod.gives("purchasingDocumentStylesLOV", page(style))
    supplier = {"SupplierId": SUPPLIER, "SupplierNumber": "1252", "Supplier": "Lee Supplies", "Status": "ACTIVE"}
    pod.gives("suppliers", page(supplier))
    pod.gives(f"suppliers/{SUPPLIER}/child/sites", page(*([site()] if sites is None else sites)))
    organizations = [{"OrganizationId": 1, "OrganizationCode": "M1", "LocationCode": "Seattle"},
                     {"OrganizationId": 2, "OrganizationCode": "M2", "LocationCode": "Reno"}]  # fmt: skip
    pod.gives("inventoryOrganizations", page(*organizations))
    items = [{"ItemId": n, "OrganizationId": 1, "OrganizationCode": "M1", "ItemNumber": name, "PrimaryUOMValue": "Each"}
             for n, name in enumerate(("AS-1001", "A"))]  # fmt: skip
    pod.gives("itemsV2", page(*items))
    pod.gives("onhandQuantityDetails", page({"InventoryItemId": 0, "ItemNumber": "AS-1001", "PrimaryUOMCode": "Ea"}))


def created(pod: Pod) -> None:
    pod.gives("draftPurchaseOrders", header(pod), method="POST", status=201)


def answers(pod: Pod, validate: Any = (), submit: Any = "SUCCESS") -> None:
    pod.gives(f"{LINK}/action/validateDocument", {"result": list(validate)}, method="POST")
    pod.gives(f"{LINK}/action/submit", {"result": submit}, method="POST")


@pytest.fixture
def fusion(clock: ManualClock) -> FusionWriter:
    return order_writer(fusion_settings(), clock)


def test_an_order_is_created_validated_and_submitted_with_one_call_each(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod)
    assert fusion.create(draft_order()) == "US165840"
    (_, body), (validated, nothing), (submitted, flags) = pod.sent("POST")
    assert (validated, nothing) == (f"{LINK}/action/validateDocument", {})
    assert (submitted, flags) == (f"{LINK}/action/submit", {"validateBeforeSubmitFlag": True})
    assert body["Description"].startswith(f"{KEY} Restock")
    assert body["SupplierSiteId"] == SITE
    line = body["lines"][0]
    assert (line["Quantity"], line["Price"], line["UOMCode"]) == (20, 12.5, "Ea")
    schedule = line["schedules"][0]
    assert (schedule["ShipToOrganizationCode"], schedule["RequestedDeliveryDate"]) == ("M1", "2026-10-01")
    assert schedule["distributions"] == [{"DistributionNumber": 1, "Quantity": 20}]


def test_nothing_is_written_to_a_pod_that_asks_for_more_than_we_send(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    terms = {"name": "PaymentTermsId", "mandatory": True, "updatable": True, "allowChanges": "always"}
    pod.gives("draftPurchaseOrders/describe", {"Resources": {"draftPurchaseOrders": {"attributes": [terms]}}})
    with pytest.raises(NeedsAdmin, match="PaymentTermsId is mandatory"):
        fusion.create(draft_order())
    assert not pod.sent("POST")


def test_messages_of_the_validation_delete_the_draft_and_refuse(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod, validate=[{"MESSAGE": "The supplier site isn't valid."}, {"MESSAGE": "No price."}])
    pod.gives(LINK, "", method="DELETE", status=204)
    with pytest.raises(Refused, match=r"supplier site isn't valid\.; No price"):
        fusion.create(draft_order())
    assert [path for path, _ in pod.sent("DELETE")] == [LINK]
    assert not any(path.endswith("submit") for path, _ in pod.sent("POST"))


def test_a_wrong_site_message_at_creation_is_refused(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    detail = {"detail": "The supplier site isn't valid."}
    details = {"title": "Bad Request", "status": "400", "o:errorDetails": [detail]}
    pod.gives("draftPurchaseOrders", details, method="POST", status=400)
    with pytest.raises(Refused, match="supplier site isn't valid"):
        fusion.create(draft_order())


@pytest.mark.parametrize("answer", [{"result": "ERROR"}, {"result": [{"MESSAGE": "ERROR"}]}])
def test_submit_that_answers_200_with_error_is_refused_after_the_status_was_read(
    pod: Pod, fusion: FusionWriter, answer: dict[str, Any]
) -> None:
    lists(pod)
    created(pod)
    answers(pod, submit=answer["result"])
    pod.gives("draftPurchaseOrders", page(header(pod)))
    pod.gives("purchaseOrders", page())
    pod.gives(LINK, "", method="DELETE", status=204)
    with pytest.raises(Refused, match="ERROR"):
        fusion.create(draft_order())
    assert pod.sent("DELETE")


def test_submit_with_another_word_counts_when_the_document_is_submitted(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod, submit="WARNING")
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, StatusCode="OPEN")))
    assert fusion.create(draft_order()) == "US165840"
    assert not pod.sent("DELETE")


@pytest.mark.parametrize("action", ["validateDocument", "submit"])
@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_after_creation_every_doubt_is_unknown(pod: Pod, fusion: FusionWriter, action: str, status: int) -> None:
    lists(pod)
    created(pod)
    pod.gives(f"{LINK}/action/{action}", "", method="POST", status=status)
    answers(pod)
    with pytest.raises(OutcomeUnknown) as error:
        fusion.create(draft_order())
    assert error.value.key == KEY
    assert not pod.sent("DELETE")


def test_before_creation_nothing_is_in_doubt(pod: Pod, fusion: FusionWriter) -> None:
    pod.gives("procurementBusinessUnitsLOV", "", status=403)
    with pytest.raises(NeedsAdmin):
        fusion.create(draft_order())
    assert not pod.sent("POST")


def test_releases_without_validation_check_at_submit(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    pod.gives(f"{LINK}/action/validateDocument", "", method="POST", status=404)
    answers(pod)
    assert fusion.create(draft_order()) == "US165840"


def test_a_draft_that_cannot_be_deleted_stays_in_doubt(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod, validate=[{"MESSAGE": "No."}])
    pod.gives(LINK, {"detail": "locked"}, method="DELETE", status=400)
    with pytest.raises(OutcomeUnknown, match="locked"):
        fusion.create(draft_order())


def test_a_creation_without_a_document_in_the_answer_is_unknown(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", {"title": "ok"}, method="POST", status=201)
    with pytest.raises(OutcomeUnknown):
        fusion.create(draft_order())


@pytest.mark.parametrize(
    ("sites", "why"),
    [([], "no site"), ([site(SitePurposePurchasingFlag=False)], "not for purchasing"),
     ([site(Status="INACTIVE")], "inactive"), ([site(InactiveDate="2020-01-01")], "inactive"),
     ([site(HoldAllNewPurchasingDocumentsFlag=True, PurchasingHoldReason="Audit")], "on hold .Audit"),
     ([site(ProcurementBUId=5)], "no site"), ([site(), site(SupplierSiteId=9, SupplierSite="Lee US2")], "Lee US2")],
)  # fmt: skip
def test_sites_that_may_not_or_cannot_be_chosen_are_refused(
    pod: Pod, fusion: FusionWriter, sites: list[dict[str, Any]], why: str
) -> None:
    lists(pod, sites)
    with pytest.raises(Refused, match=why):
        fusion.create(draft_order())
    assert not pod.sent("POST")


def test_settings_choose_among_sites(pod: Pod, clock: ManualClock) -> None:
    lists(pod, [site(), site(SupplierSiteId=9, SupplierSite="Lee US2")])
    created(pod)
    answers(pod)
    chosen = order_writer(fusion_settings(supplier_sites={"1252@M1": "Lee US2", "1252": "Lee US1"}), clock)
    chosen.create(draft_order())
    assert pod.sent("POST")[0][1]["SupplierSiteId"] == 9


def test_a_buyer_who_may_not_order_is_told_with_the_setting(pod: Pod, clock: ManualClock) -> None:
    lists(pod)
    pod.gives("procurementPersonsLOV", page({"PersonId": 4, "PersonNumber": "17", "DisplayName": "Ann"}))
    one = {"procurement_bu": "US1 Business Unit", "buyer": "Ann"}
    with pytest.raises(NeedsAdmin, match="Ann may not order"):
        order_writer(fusion_settings(organizations={"M1": one}), clock).create(draft_order())


def test_find_reads_drafts_before_orders_and_compares_the_prefix(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    other = header(pod, POHeaderId=5, Description="ABCDEFGHJK24 Restock")
    lines = [{"POLineId": 7, "LineNumber": 1, "Item": "AS-1001", "Quantity": 20, "Price": "12.50", "UOMCode": "Ea",
              "schedules": {"items": [{"Quantity": 20, "ShipToOrganizationCode": "M1",
                                       "RequestedDeliveryDate": "2026-10-01"}], "hasMore": False}}]  # fmt: skip
    pod.gives("draftPurchaseOrders", page(header(pod), other), page(header(pod, lines=lines)))
    pod.gives("purchaseOrders", page())
    (document,) = fusion.find(KEY)
    assert (document.number, document.state, document.supplier) == ("US165840", DocumentState.HELD, "1252")
    (line,) = document.lines
    assert (line.item, line.location, line.quantity, line.price) == ("AS-1001", "M1", 20, Decimal("12.50"))
    paths = [path.split("?")[0] for path, _ in pod.sent("GET")]
    assert paths.index("draftPurchaseOrders") < paths.index("purchaseOrders")
    assert not pod.sent("POST")


def test_two_documents_with_one_key_are_both_found_but_a_change_of_one_is_not_a_second(
    pod: Pod, fusion: FusionWriter
) -> None:
    lists(pod)
    twin = header(pod, POHeaderId=6, OrderNumber="US165841", StatusCode="OPEN", lines=[])
    change = header(pod, POHeaderId=6, OrderNumber="US165841", lines=[])
    pod.gives("draftPurchaseOrders", page(header(pod, lines=[]), change), page(header(pod, lines=[])))
    pod.gives("purchaseOrders", page(twin))
    found = fusion.find(KEY)
    assert [(one.number, one.state) for one in found] == [("US165840", "held"), ("US165841", "open")]


def test_find_refuses_what_is_no_key(fusion: FusionWriter) -> None:
    with pytest.raises(Refused, match="order key"):
        fusion.find("short")


def test_a_held_draft_is_completed_once(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page(header(pod)))
    pod.gives("purchaseOrders", page())
    answers(pod)
    fusion.complete("US165840")
    assert len(pod.sent("POST")) == 2


def test_what_was_submitted_is_not_submitted_again(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page(header(pod, StatusCode="PENDING APPROVAL")))
    pod.gives("purchaseOrders", page())
    fusion.complete("US165840")
    assert not pod.sent("POST")


def test_completing_in_doubt_may_be_repeated_and_drafts_of_others_are_not_touched(
    pod: Pod, fusion: FusionWriter
) -> None:
    lists(pod)
    foreign = header(pod, Description="Office chairs")
    pod.gives("draftPurchaseOrders", page(header(pod)), page(foreign))
    pod.gives("purchaseOrders", page())
    pod.gives(f"{LINK}/action/validateDocument", requests.ReadTimeout("slow"), method="POST")
    with pytest.raises(Retryable, match="may still be incomplete"):
        fusion.complete("US165840")
    with pytest.raises(Refused, match="not created by Restock"):
        fusion.complete("US165840")


def test_status_reads_received_quantities_in_base_units(pod: Pod, clock: ManualClock) -> None:
    lists(pod)
    boxed = fusion_settings(conversions=[{"unit": "BX", "base_units": "12"}])
    line = {"POLineId": 7, "LineNumber": 1, "Item": "AS-1001", "Quantity": 5, "Price": 150, "UOMCode": "BX"}
    cancelled = line | {"POLineId": 8, "LineNumber": 2, "StatusCode": "CANCELED", "schedules": []}
    row = header(pod, StatusCode="CLOSED FOR RECEIVING", lines=[line, cancelled])
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(row))
    schedule = {"LineLocationId": 1, "POLineId": 7, "Quantity": 5, "ReceivedQuantity": 2.5, "ShipToLocation": "Reno",
                "RequestedDeliveryDate": "2026-10-01"}  # fmt: skip
    pod.gives("purchaseOrderSchedules", page(schedule))
    (document,) = order_writer(boxed, clock).status(["US165840", "unknown"])
    (read,) = document.lines
    assert document.state is DocumentState.CLOSED
    assert (read.quantity, read.received, read.location) == (60, 30, "M2")
    assert (read.price, read.price_unit) == (150, 12)


@pytest.mark.parametrize(
    ("told", "promised"),
    [
        ({"PromisedDeliveryDate": "2026-10-05"}, date(2026, 10, 5)),
        ({"DueDate": "2026-10-07"}, date(2026, 10, 7)),
        ({"DueDate": "2026-10-01"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize(("status", "over"), [("OPEN", False), ("CLOSED FOR RECEIVING", True), ("CANCELED", True)])
def test_lines_tell_what_was_promised_and_whether_more_will_come(
    pod: Pod, fusion: FusionWriter, told: dict[str, str], promised: date | None, status: str, *, over: bool
) -> None:
    lists(pod)
    schedule = {"Quantity": 5, "RequestedDeliveryDate": "2026-10-01", "ScheduleStatusCode": status} | told
    line = {"POLineId": 7, "LineNumber": 3, "Item": "A", "Quantity": 5, "Price": 1, "schedules": [schedule]}
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, StatusCode="OPEN", lines=[line])))
    (read,) = fusion.status(["US165840"])[0].lines
    assert (read.line, read.promised_on, read.ended, read.due_on) == ("3", promised, over, date(2026, 10, 1))


@pytest.mark.parametrize(("received", "state"), [(2, DocumentState.OPEN), (5, DocumentState.CLOSED)])
def test_an_order_whose_invoices_are_complete_lives_until_its_goods_came(
    pod: Pod, fusion: FusionWriter, received: int, state: DocumentState
) -> None:
    lists(pod)
    schedule = {"Quantity": 5, "ReceivedQuantity": received, "ScheduleStatusCode": "CLOSED FOR INVOICING"}
    line = {"POLineId": 7, "LineNumber": 3, "Item": "A", "Quantity": 5, "Price": 1, "schedules": [schedule]}
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, StatusCode="CLOSED FOR INVOICING", lines=[line])))
    assert fusion.status(["US165840"])[0].state is state


def test_an_address_that_was_renamed_meanwhile_is_looked_up_again(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)

    def shown(address: str) -> str:
        schedule = {"Quantity": 5, "RequestedDeliveryDate": "2026-10-01", "ShipToLocation": address}
        line = {"POLineId": 7, "LineNumber": 3, "Item": "A", "Quantity": 5, "Price": 1, "schedules": [schedule]}
        pod.gives("draftPurchaseOrders", page())
        pod.gives("purchaseOrders", page(header(pod, StatusCode="OPEN", lines=[line])))
        return fusion.status(["US165840"])[0].lines[0].location

    assert shown("Reno") == "M2"
    renamed = {"OrganizationId": 2, "OrganizationCode": "M2", "OrganizationName": "Two", "LocationCode": "Reno East"}
    pod.gives("inventoryOrganizations", page(renamed))
    assert shown("Reno East") == "M2"


def test_cancel_deletes_drafts_cancels_orders_and_leaves_approval_alone(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    number = ["US165840"]
    pod.gives("draftPurchaseOrders", page(header(pod)), page(), page(header(pod, StatusCode="PENDING APPROVAL")))
    pod.gives("purchaseOrders", page(), page(header(pod, StatusCode="OPEN")), page())
    pod.gives(LINK, "", method="DELETE", status=204)
    fusion.cancel(*number)
    assert pod.sent("DELETE")
    pod.gives(f"{LINK}/action/cancel", {"result": "SUCCESS"}, method="POST")
    fusion.cancel(*number)
    assert [path for path, _ in pod.sent("POST")] == [f"{LINK}/action/cancel"]
    with pytest.raises(Refused, match="pending"):
        fusion.cancel(*number)


@pytest.mark.parametrize(
    ("line", "quantity", "price"),
    [({}, 20, 12.5), ({"quantity": Decimal("0.5")}, 0.5, 12.5), ({"price_unit": Decimal(100)}, 20, 0.125),
     ({"order_unit": "BX", "unit_factor": Fraction(12), "quantity": Decimal(60)}, 5, 150),
     ({"order_unit": "TB", "unit_factor": Fraction(1000, 3), "quantity": Decimal(1000), "price": Decimal(3)}, 3, 1000)],
)  # fmt: skip
def test_quantities_and_prices_are_written_in_order_units(line: dict[str, Any], quantity: float, price: float) -> None:
    units = [{"unit": "BX", "base_units": "12"}, {"unit": "TB", "base_units": "1000/3"}]
    written = draft_body(purchase_order(**line), TERMS, fusion_settings(conversions=units))["lines"][0]
    assert (written["Quantity"], written["Price"]) == (quantity, price)


@pytest.mark.parametrize(
    ("line", "why"),
    [({"order_unit": "BX", "unit_factor": Fraction(12), "quantity": Decimal(10)}, "cannot be written"),
     ({"order_unit": "BX", "unit_factor": Fraction(10)}, "conversions of the settings"),
     ({"order_unit": "CS", "unit_factor": Fraction(6)}, "conversions of the settings"),
     ({"price_unit": Decimal(3)}, "price per Ea"), ({"location": "M9"}, "M9")],
)  # fmt: skip
def test_what_cannot_be_written_exactly_is_refused(line: dict[str, Any], why: str) -> None:
    settings = fusion_settings(conversions=[{"unit": "BX", "base_units": "12"}])
    with pytest.raises(Refused, match=why):
        draft_body(purchase_order(**line), TERMS, settings)


def test_long_units_travel_by_name() -> None:
    line = draft_body(purchase_order(unit="Each"), TERMS, fusion_settings())["lines"][0]
    assert line["UOM"] == "Each"
    assert "UOMCode" not in line


@pytest.mark.reference
@pytest.mark.parametrize("line", [{}, {"quantity": Decimal("0.125")}, {"unit": "Each"}, {"unit": ""}])
def test_every_body_keeps_the_published_contract(
    pod: Pod, clock: ManualClock, reference: Path, line: dict[str, Any]
) -> None:
    from openapi_core import Config, OpenAPI
    from openapi_core.contrib.requests import RequestsOpenAPIRequest

    lists(pod)
    created(pod)
    answers(pod)
    place = {"procurement_bu": "US1 Business Unit", "requisitioning_bu": "US1 Business Unit"}
    place |= {"buyer": "buyer@company.example", "ship_to_location": "Seattle"}
    order_writer(fusion_settings(organizations={"M1": place}), clock).create(draft_order(**line))
    kinds = [f"application/vnd.oracle.adf.{kind}+json" for kind in ("resourceitem", "action", "batch")]
    config = Config(extra_media_type_deserializers={kind: lambda raw, **_: json.loads(raw) for kind in kinds})
    contract = OpenAPI.from_file_path(str(reference / "fusion-scm-prc.openapi.json"), config=config)
    checked = 0
    for call in pod.mock.calls:
        if "/child/sites" not in str(call.request.url):
            contract.validate_request(RequestsOpenAPIRequest(requests.Request(
                call.request.method, call.request.url, headers=dict(call.request.headers), data=call.request.body,
            )))  # fmt: skip
            checked += 1
    assert checked >= 8


@pytest.mark.reference
def test_the_contract_would_notice_a_wrong_name(reference: Path) -> None:
    from openapi_core import Config, OpenAPI
    from openapi_core.contrib.requests import RequestsOpenAPIRequest

    kind = "application/vnd.oracle.adf.resourceitem+json"
    config = Config(extra_media_type_deserializers={kind: lambda raw, **_: json.loads(raw)})
    contract = OpenAPI.from_file_path(str(reference / "fusion-scm-prc.openapi.json"), config=config)
    body = draft_body(purchase_order(), TERMS, fusion_settings())
    body["lines"][0]["UnitPrice"] = body["lines"][0].pop("Price")
    url = "https://pod.example.com/fscmRestApi/resources/11.13.18.05/draftPurchaseOrders"
    headers = {"REST-Framework-Version": "4", "Content-Type": kind, "Authorization": "Basic eDp5"}
    request = requests.Request("POST", url, headers=headers, data=json.dumps(body))
    with pytest.raises(Exception, match=r"(?i)body"):
        contract.validate_request(RequestsOpenAPIRequest(request))
