"""Requisitions and the older services of the S/4-like server over real HTTP: what it takes and what it refuses."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests

from connectors.sandbox.company import make_company
from connectors.sandbox.s4 import S4_PASSWORD, S4_USER, create_s4_app, load_s4
from connectors.sandbox.serve import serve

pytestmark = pytest.mark.servers
NEW = "/sap/opu/odata4/sap/api_purchaserequisition_2/srvd_a2x/sap/purchaserequisition/0001"
OLD = "/sap/opu/odata/sap/API_PURCHASEREQ_PROCESS_SRV"
NEW_ORDERS = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
OLD_ORDERS = "/sap/opu/odata/sap/API_PURCHASEORDER_PROCESS_SRV"


class Desk:
    """A signed-in session with its token, and an item that two plants keep."""

    def __init__(self, base: str, item: str, plants: list[str]) -> None:
        self.base, self.item, self.plants = base, item, plants
        self.session = requests.Session()
        self.session.auth = (S4_USER, S4_PASSWORD)
        self.session.headers["Accept"] = "application/json"
        fetched = self.session.get(f"{base}{NEW}/", headers={"x-csrf-token": "Fetch"}, timeout=20)
        self.session.headers["x-csrf-token"] = fetched.headers["x-csrf-token"]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(method, f"{self.base}{path}", json=body, headers=named, timeout=20)

    def asks(self, **changes: Any) -> dict[str, Any]:
        line = {
            "Material": self.item, "Plant": self.plants[1], "SupplyingPlant": self.plants[0],
            "PurchasingDocumentItemCategory": "7", "RequestedQuantity": 5, "DeliveryDate": "2026-03-20",
        }  # fmt: skip
        return {"PurchaseRequisitionType": "NB", "_PurchaseRequisitionItem": [{**line, **changes}]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    path, company = tmp_path_factory.mktemp("s4") / "s4.db", make_company(date(2026, 3, 2), scale=0.1)
    load_s4(company, path)
    rows = company.tables["item_locations"]
    rows = rows[rows["location"].isin(["1010", "1020", "1030"]) & rows["item"].str.isascii()]
    item = str(rows.groupby("item")["location"].nunique().idxmax())
    running = serve(create_s4_app(path))
    made = Desk(running.base_url, item, sorted(set(rows.loc[rows["item"] == item, "location"])))
    yield made
    made.session.close()
    running.close()


def place(desk: Desk) -> str:
    made = desk.send("POST", f"{NEW}/PurchaseReqn", desk.asks())
    assert made.status_code == 201
    number = made.json()["PurchaseRequisition"]
    return f"{NEW}/PurchaseReqnItem(PurchaseRequisition='{number}',PurchaseRequisitionItem='10')"


def test_a_change_needs_the_etag_of_what_it_changes(desk: Desk) -> None:
    path = place(desk)
    first = desk.send("GET", path).json()["@odata.etag"]
    assert desk.send("PATCH", path, {"RequestedQuantity": 6}).status_code == 428
    assert desk.send("PATCH", path, {"RequestedQuantity": 6}, If_Match='W/"1"').status_code == 412
    assert desk.send("GET", path).json()["RequestedQuantity"] == 5
    assert desk.send("PATCH", path, {"RequestedQuantity": 6}, If_Match=first).status_code == 204
    assert desk.send("PATCH", path, {"RequestedQuantity": 7}, If_Match=first).status_code == 412
    changed = desk.send("GET", path).json()
    assert (changed["RequestedQuantity"], changed["@odata.etag"] == first) == (6, False)


def test_requisitions_are_not_deleted(desk: Desk) -> None:
    path = place(desk)
    assert desk.send("DELETE", path).status_code == 405


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"SupplyingPlant": ""}, "Enter SupplyingPlant"),
        ({"SupplyingPlant": "1099"}, "does not exist in plant 1099"),
        ({"Material": "NOPE"}, "does not exist"),
        ({"RequestedQuantity": 0}, "Enter quantity"),
        ({"RequestedQuantity": "5.000"}, "invalid value"),
        ({"PurReqnExternalReference": "X" * 36}, "longer than 35"),
        ({"Colour": "red"}, "does not exist in type"),
    ],
)
def test_what_a_system_would_refuse_is_refused(desk: Desk, changes: dict[str, Any], word: str) -> None:
    before = len(desk.send("GET", f"{NEW}/PurchaseReqn").json()["value"])
    answer = desk.send("POST", f"{NEW}/PurchaseReqn", desk.asks(**changes))
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
    assert len(desk.send("GET", f"{NEW}/PurchaseReqn").json()["value"]) == before


def test_a_plant_gives_nothing_to_itself(desk: Desk) -> None:
    answer = desk.send("POST", f"{NEW}/PurchaseReqn", desk.asks(SupplyingPlant=desk.plants[1]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ME/514")


def test_the_older_service_takes_texts_and_milliseconds_only(desk: Desk) -> None:
    (line,) = desk.asks()["_PurchaseRequisitionItem"]
    right = {**line, "RequestedQuantity": "5.000", "DeliveryDate": "/Date(1773964800000)/"}

    def asked(**changes: Any) -> requests.Response:
        body = {"PurchaseRequisitionType": "NB", "to_PurchaseReqnItem": [{**right, **changes}]}
        return desk.send("POST", f"{OLD}/A_PurchaseRequisitionHeader", body)

    made = asked()
    assert made.status_code == 201
    (item,) = made.json()["d"]["to_PurchaseReqnItem"]["results"]
    assert (item["RequestedQuantity"], item["DeliveryDate"]) == ("5.000", "/Date(1773964800000)/")
    assert item["IsDeleted"] == ""  # a mark there, no boolean
    assert asked(RequestedQuantity=5).status_code == 400
    assert asked(DeliveryDate="2026-03-20").status_code == 400


@pytest.mark.parametrize("path", [f"{NEW_ORDERS}/PurchaseOrder", f"{OLD_ORDERS}/A_PurchaseOrder"])
def test_neither_order_service_takes_a_stock_transport_order(desk: Desk, path: str) -> None:
    body = {
        "PurchaseOrderType": "UB", "Supplier": "1", "CompanyCode": "1000", "PurchasingOrganization": "1000",
        "PurchasingGroup": "001", "SupplyingPlant": desk.plants[0],
    }  # fmt: skip
    answer = desk.send("POST", path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ME/013")
