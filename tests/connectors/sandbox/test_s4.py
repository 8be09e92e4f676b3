"""The S/4-like server over real HTTP: sign-in, tokens, pages, formats, orders, refusals, faults."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.sandbox.company import Company, make_company
from connectors.sandbox.s4 import S4_PASSWORD, S4_USER, S4App, create_s4_app, load_s4
from connectors.sandbox.serve import serve

pytestmark = pytest.mark.servers
AS_OF = date(2026, 3, 2)
PRODUCT = "/sap/opu/odata/sap/API_PRODUCT_SRV"
STOCK = "/sap/opu/odata/sap/API_MATERIAL_STOCK_SRV"
MOVES = "/sap/opu/odata/sap/API_MATERIAL_DOCUMENT_SRV"
INFO = "/sap/opu/odata/sap/API_INFORECORD_PROCESS_SRV"
ORDERS = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
REQUISITIONS = "/sap/opu/odata4/sap/api_purchaserequisition_2/srvd_a2x/sap/purchaserequisition/0001"


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(AS_OF, scale=0.12)


@pytest.fixture(scope="module")
def loaded(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("s4") / "s4.db"
    load_s4(company, path)
    return path


class Caller:
    """A signed-in session against one server."""

    def __init__(self, app: S4App) -> None:
        self.app = app
        self.server = serve(app)
        self.session = requests.Session()
        self.session.auth = (S4_USER, S4_PASSWORD)
        self.session.headers["Accept"] = "application/json"

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.server.base_url + path, headers=headers, timeout=20)

    def token(self, root: str = ORDERS) -> str:
        return self.get(f"{root}/", **{"x-csrf-token": "Fetch"}).headers["x-csrf-token"]

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> requests.Response:
        headers = {"x-csrf-token": token or self.token()}
        return self.session.post(self.server.base_url + path, json=body, headers=headers, timeout=20)


@pytest.fixture
def caller(loaded: Path, tmp_path: Path) -> Iterator[Caller]:
    copy = tmp_path / "copy.db"
    copy.write_bytes(loaded.read_bytes())
    made = Caller(create_s4_app(copy, page_size=7))
    yield made
    made.session.close()
    made.server.close()


@pytest.fixture
def draft(company: Company) -> dict[str, Any]:
    sourcing = company.tables["sourcing"]
    blocked = set(company.tables["suppliers"].query("blocked")["supplier"])
    active = set(company.tables["items"].query("status == 'active'")["item"])
    rows = sourcing[sourcing["location"].isin(["1010", "1020", "1030"]) & ~sourcing["supplier"].isin(blocked)]
    row = rows[rows["item"].isin(active) & (rows["currency"] == "EUR") & (rows["lead_time_days"] > 0)].iloc[0]
    line = {"ScheduleLineDeliveryDate": "2026-03-20"}
    item = {
        "Material": row["item"],
        "Plant": row["location"],
        "OrderQuantity": 10,
        "NetPriceAmount": 2.5,
        "_PurchaseOrderScheduleLineTP": [line],
    }
    return {
        "PurchaseOrderType": "NB",
        "Supplier": row["supplier"],
        "CompanyCode": "1000",
        "PurchasingOrganization": "1000",
        "PurchasingGroup": "001",
        "DocumentCurrency": "EUR",
        "CorrespncInternalReference": "ABCDEFGH2345",
        "_PurchaseOrderItem": [item],
    }


def _by_reference(caller: Caller, key: str = "ABCDEFGH2345") -> list[str]:
    path = f"{ORDERS}/PurchaseOrder?$filter=CorrespncInternalReference%20eq%20'{key}'&$select=PurchaseOrder"
    return [row["PurchaseOrder"] for row in caller.get(path).json()["value"]]


def test_wrong_logon_is_401_with_html(caller: Caller) -> None:
    for auth in (None, ("RESTOCK", "wrong")):
        answer = requests.get(f"{caller.server.base_url}{PRODUCT}/A_Product", auth=auth, timeout=20)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"].startswith("text/html")
    assert caller.get(f"{PRODUCT}/A_Product?sap-client=999").status_code == 401


def test_version_two_forms(caller: Caller) -> None:
    body = caller.get(f"{STOCK}/A_MatlStkInAcctMod?$top=1").json()["d"]["results"][0]
    assert isinstance(body["MatlWrhsStkQtyInMatlBaseUnit"], str)
    assert body["__metadata"]["type"] == "API_MATERIAL_STOCK_SRV.A_MatlStkInAcctModType"
    head = caller.get(f"{MOVES}/A_MaterialDocumentHeader?$top=1").json()["d"]["results"][0]
    assert head["PostingDate"].startswith("/Date(")
    assert head["to_MaterialDocumentItem"]["__deferred"]["uri"].endswith("/to_MaterialDocumentItem")


def test_version_four_forms(caller: Caller) -> None:
    row = caller.get(f"{ORDERS}/PurchaseOrderScheduleLine?$top=1").json()["value"][0]
    assert isinstance(row["ScheduleLineOrderQuantity"], int | float)
    assert date.fromisoformat(row["ScheduleLineDeliveryDate"])


def test_pages_cover_everything_once(caller: Caller, company: Company) -> None:
    path, seen = f"{PRODUCT}/A_ProductPlant?$select=Product,Plant&$inlinecount=allpages", []
    while path:
        data = caller.get(path).json()["d"]
        assert len(data["results"]) <= 7
        seen += [(row["Product"], row["Plant"]) for row in data["results"]]
        path = data["__next"].removeprefix(caller.server.base_url) if "__next" in data else ""
    places = company.tables["item_locations"].query("location in ['1010', '1020', '1030']")
    assert sorted(seen) == sorted(zip(places["item"], places["location"], strict=True))
    assert int(data["__count"]) == len(seen)


def test_next_link_of_version_four_is_relative_and_top_ends_paging(caller: Caller) -> None:
    data = caller.get(f"{ORDERS}/PurchaseOrder?$select=PurchaseOrder&$top=10&$count=true").json()
    assert len(data["value"]) == 7
    rest = caller.get(f"{ORDERS}/{data['@odata.nextLink']}").json()
    assert len(rest["value"]) == 3
    assert "@odata.nextLink" not in rest
    assert data["@odata.count"] > 10


def test_movements_come_by_posting_date_with_their_items(caller: Caller, company: Company) -> None:
    where = "PostingDate%20ge%20datetime'2026-02-23T00:00:00'%20and%20PostingDate%20lt%20datetime'2026-03-02T00:00:00'"
    path = f"{MOVES}/A_MaterialDocumentHeader?$filter={where}&$expand=to_MaterialDocumentItem&$format=json"
    total = 0.0
    while path:
        data = caller.get(path).json()["d"]
        for head in data["results"]:
            for item in head["to_MaterialDocumentItem"]["results"]:
                if item["GoodsMovementType"] in {"201", "601"}:
                    total += float(item["QuantityInBaseUnit"])
        path = data["__next"].removeprefix(caller.server.base_url) if "__next" in data else ""
    demand = company.tables["demand"].query("location in ['1010', '1020', '1030'] and kind in ['sale', 'issue']")
    assert total == pytest.approx(demand.query("date >= '2026-02-23'")["quantity"].sum())


def test_open_quantities_equal_the_company(caller: Caller, company: Company) -> None:
    path = f"{ORDERS}/PurchaseOrderScheduleLine?$filter=OpenPurchaseOrderQuantity%20gt%200&$top=500"
    lines = 0
    while path:
        data = caller.get(path).json()
        lines += len(data["value"])
        path = f"{ORDERS}/{data['@odata.nextLink']}" if "@odata.nextLink" in data else ""
    assert lines == len(company.tables["open_orders"].query("location in ['1010', '1020', '1030']"))


def test_count_key_and_navigation(caller: Caller, company: Company) -> None:
    item = company.tables["item_locations"].query("location == '1010'")["item"].iloc[0]
    assert caller.get(f"{PRODUCT}/A_Product('{item}')").json()["d"]["Product"] == item
    plants = caller.get(f"{PRODUCT}/A_Product('{item}')/to_Plant").json()["d"]["results"]
    assert {row["Product"] for row in plants} == {item}
    assert int(caller.get(f"{PRODUCT}/A_Product/$count").text) > 10
    assert caller.get(f"{PRODUCT}/A_Product('nothing')").status_code == 404
    assert "A_ProductType" in caller.get(f"{PRODUCT}/$metadata").text


@pytest.mark.parametrize(
    "path",
    [
        f"{PRODUCT}/A_Product?$filter=Nothing%20eq%20'1'",
        f"{PRODUCT}/A_Product?$select=Nothing",
        f"{PRODUCT}/A_Product?$expand=to_Nothing",
        f"{PRODUCT}/A_Product?$filter=Product+eq+'1'",
        f"{PRODUCT}/A_Product?$search=x",
        f"{PRODUCT}/A_Product?$top=many",
        f"{ORDERS}/PurchaseOrder?$expand=_PurchaseOrderItem($filter=Plant%20eq%20'1010')",
    ],
)
def test_what_is_not_offered_is_400_with_an_sap_body(caller: Caller, path: str) -> None:
    answer = caller.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"]


def test_unknown_set_and_service_are_404(caller: Caller) -> None:
    assert caller.get(f"{PRODUCT}/A_Nothing").status_code == 404
    assert caller.get("/sap/opu/odata/sap/API_NOTHING/A_B").status_code == 404


def test_terms_carry_price_per_unit_scales_and_open_end(caller: Caller) -> None:
    rows = caller.get(f"{INFO}/A_PurgInfoRecdOrgPlantData?$filter=MaterialPriceUnitQty%20eq%20100m").json()["d"][
        "results"
    ]
    assert rows
    assert rows[0]["PriceValidityEndDate"] == "/Date(253402214400000)/"
    expand = "to_PurInfoRecdPrcgCndn/to_PurgInfoPricingCndnRecdScale"
    found = caller.get(f"{INFO}/A_PurInfoRecdPrcgCndnValidity?$expand={expand}").json()["d"]["results"]
    scales = [row["to_PurInfoRecdPrcgCndn"]["to_PurgInfoPricingCndnRecdScale"]["results"] for row in found]
    assert any(len(scale) == 3 for scale in scales)


def test_order_is_created_read_back_and_deleted(caller: Caller, draft: dict[str, Any]) -> None:
    answer = caller.post(f"{ORDERS}/PurchaseOrder", draft)
    assert answer.status_code == 201, answer.text
    number = answer.json()["PurchaseOrder"]
    assert number.startswith("45")
    assert not answer.json()["PurchasingCompletenessStatus"]  # true would mean held
    assert _by_reference(caller) == [number]
    expand = "_PurchaseOrderItem($select=OrderQuantity,NetAmount;$expand=_PurchaseOrderScheduleLineTP)"
    item = caller.get(f"{ORDERS}/PurchaseOrder('{number}')?$expand={expand}").json()["_PurchaseOrderItem"][0]
    assert (item["OrderQuantity"], item["NetAmount"]) == (10, 25)
    assert item["_PurchaseOrderScheduleLineTP"][0]["ScheduleLineDeliveryDate"] == "2026-03-20"
    url = f"{caller.server.base_url}{ORDERS}/PurchaseOrder('{number}')"
    assert caller.session.delete(url, headers={"x-csrf-token": caller.token()}, timeout=20).status_code == 204
    assert caller.get(f"{ORDERS}/PurchaseOrder('{number}')").json()["PurchaseOrderDeletionCode"] == "L"


def test_order_survives_a_restart(loaded: Path, draft: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    path.write_bytes(loaded.read_bytes())
    numbers = []
    for round_ in range(2):
        caller = Caller(create_s4_app(path))
        if round_ == 0:
            caller.post(f"{ORDERS}/PurchaseOrder", draft)
        numbers.append(_by_reference(caller))
        caller.session.close()
        caller.server.close()
    assert numbers[0] == numbers[1] != []


def test_change_of_an_item(caller: Caller, draft: dict[str, Any]) -> None:
    number = caller.post(f"{ORDERS}/PurchaseOrder", draft).json()["PurchaseOrder"]
    url = f"{caller.server.base_url}{ORDERS}/PurchaseOrderItem(PurchaseOrder='{number}',PurchaseOrderItem='10')"
    token = {"x-csrf-token": caller.token()}
    assert caller.session.patch(url, json={"OrderQuantity": 4}, headers=token, timeout=20).status_code == 204
    assert caller.session.get(url, timeout=20).json()["OrderQuantity"] == 4
    assert caller.session.patch(url, json={"Material": "X"}, headers=token, timeout=20).status_code == 400


@pytest.mark.parametrize(
    ("where", "change", "word"),
    [
        ("head", {"Nothing": "1"}, "Nothing"),
        ("head", {"Supplier": 4711}, "Supplier"),
        ("head", {"CorrespncInternalReference": "ABCDEFGHJKLMN"}, "longer"),
        ("head", {"Supplier": "NOBODY"}, "NOBODY"),
        ("head", {"PurchaseOrderType": "UB"}, "UB"),
        ("head", {"PurchaseOrderDate": "2026-02-30"}, "2026-02-30"),
        ("head", {"_PurchaseOrderItem": []}, "no items"),
        ("item", {"OrderQuantity": "10"}, "OrderQuantity"),
        ("item", {"OrderQuantity": 0}, "quantity"),
        ("item", {"OrderQuantity": 1.2345}, "decimals"),
        ("item", {"Material": "NOTHING"}, "NOTHING"),
        ("item", {"PurchaseOrderQuantityUnit": "PAL"}, "PAL"),
        ("line", {"ScheduleLineDeliveryDate": "2026-03-01"}, "past"),
        ("line", {"ScheduleLineDeliveryDate": "20260320"}, "ScheduleLineDeliveryDate"),
        ("line", {"ScheduleLineOrderQuantity": 9}, "differs"),
    ],
)
def test_what_the_erp_would_refuse_is_refused_and_leaves_nothing(
    caller: Caller, draft: dict[str, Any], where: str, change: dict[str, Any], word: str
) -> None:
    body = json.loads(json.dumps(draft))
    item = body["_PurchaseOrderItem"][0]
    {"head": body, "item": item, "line": item["_PurchaseOrderScheduleLineTP"][0]}[where].update(change)
    answer = caller.post(f"{ORDERS}/PurchaseOrder", body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
    assert _by_reference(caller) == []


def test_blocked_supplier_is_refused(caller: Caller, draft: dict[str, Any], company: Company) -> None:
    blocked = company.tables["suppliers"].query("blocked")["supplier"].iloc[0]
    answer = caller.post(f"{ORDERS}/PurchaseOrder", draft | {"Supplier": blocked})
    assert "blocked" in answer.json()["error"]["message"]


def test_price_comes_from_the_info_record_when_none_is_given(
    caller: Caller, draft: dict[str, Any], company: Company
) -> None:
    item = draft["_PurchaseOrderItem"][0]
    del item["NetPriceAmount"]
    made = caller.post(f"{ORDERS}/PurchaseOrder", draft).json()["_PurchaseOrderItem"][0]
    terms = company.tables["sourcing"].query("item == @item['Material'] and location == @item['Plant']")
    first = terms[terms["supplier"] == draft["Supplier"]].iloc[0]
    assert (made["NetPriceAmount"], made["NetPriceQuantity"]) == (first["price"], first["price_unit"])


def test_write_without_token_is_403_required(caller: Caller, draft: dict[str, Any]) -> None:
    answer = caller.session.post(f"{caller.server.base_url}{ORDERS}/PurchaseOrder", json=draft, timeout=20)
    assert (answer.status_code, answer.headers["x-csrf-token"]) == (403, "Required")
    caller.app.faults.set(csrf_expire=1)
    token = caller.token()
    assert caller.post(f"{ORDERS}/PurchaseOrder", draft, token).status_code == 403
    assert caller.post(f"{ORDERS}/PurchaseOrder", draft).status_code == 201


def test_dropped_after_commit_leaves_exactly_one_order(caller: Caller, draft: dict[str, Any]) -> None:
    token = caller.token()
    caller.app.faults.set(drop_after_commit=1)
    with pytest.raises(requests.ConnectionError):
        caller.post(f"{ORDERS}/PurchaseOrder", draft, token)
    assert len(_by_reference(caller)) == 1


def test_dropped_before_leaves_none(caller: Caller, draft: dict[str, Any]) -> None:
    token = caller.token()
    caller.app.faults.set(drop_before=1)
    with pytest.raises(requests.ConnectionError):
        caller.post(f"{ORDERS}/PurchaseOrder", draft, token)
    assert _by_reference(caller) == []


def test_faults_over_http(caller: Caller) -> None:
    control = f"{caller.server.base_url}/__faults"
    requests.post(control, json={"status": [503, 429], "retry_after": 2}, timeout=20)
    answers = [caller.get(f"{PRODUCT}/A_Product?$top=1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 429, 200]
    assert answers[0].headers["Retry-After"] == "2"
    requests.post(control, json={"html_login": 1}, timeout=20)
    page = caller.get(f"{PRODUCT}/A_Product?$top=1")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert requests.post(control, json={"nonsense": 1}, timeout=20).status_code == 400
    assert requests.delete(control, timeout=20).json()["html_login"] == 0


def test_a_commit_that_is_late_is_not_seen_early(caller: Caller, draft: dict[str, Any]) -> None:
    caller.app.faults.set(delay_commit_s=1.5)
    token = caller.token()
    url = f"{caller.server.base_url}{ORDERS}/PurchaseOrder"
    with pytest.raises(requests.Timeout):
        caller.session.post(url, json=draft, headers={"x-csrf-token": token}, timeout=0.3)
    assert _by_reference(caller) == []
    caller.app.faults.clear()
    until = time.monotonic() + 10
    while not _by_reference(caller) and time.monotonic() < until:
        continue
    assert len(_by_reference(caller)) == 1


def test_hidden_orders_are_missing_from_lists_but_found_by_reference(caller: Caller, draft: dict[str, Any]) -> None:
    before = int(caller.get(f"{ORDERS}/PurchaseOrder/$count").text)
    number = caller.post(f"{ORDERS}/PurchaseOrder", draft).json()["PurchaseOrder"]
    caller.app.faults.set(hide_orders=True)
    assert int(caller.get(f"{ORDERS}/PurchaseOrder/$count").text) == before
    assert _by_reference(caller) == [number]
    caller.app.faults.set(hide_orders=False)
    assert int(caller.get(f"{ORDERS}/PurchaseOrder/$count").text) == before + 1


def test_requisition_is_created_or_only_validated(caller: Caller, draft: dict[str, Any]) -> None:
    item = draft["_PurchaseOrderItem"][0]
    body = {
        "PurchaseRequisitionType": "NB",
        "_PurchaseRequisitionItem": [
            {"Material": item["Material"], "Plant": item["Plant"], "RequestedQuantity": 5, "DeliveryDate": "2026-03-20"}
        ],
    }
    path, token = f"{REQUISITIONS}/PurchaseReqn", caller.token(REQUISITIONS)
    assert caller.post(path, body | {"PurReqnDoOnlyValidation": True}, token).status_code == 200
    assert caller.get(path).json()["value"] == []
    made = caller.post(path, body, token)
    assert made.status_code == 201
    assert made.json()["_PurchaseRequisitionItem"][0]["BaseUnit"]
    assert len(caller.get(path).json()["value"]) == 1


def test_version_two_sets_cannot_be_written(caller: Caller) -> None:
    assert caller.post(f"{PRODUCT}/A_Product", {"Product": "X"}).status_code == 405
