"""The judge of OData requests is judged itself: each rule finds what breaks it, right requests are let through."""

import json
from typing import Any

import pytest

from tests.published.edmx_judge import service_of, violations
from tests.published.edmx_model import EDMX

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not EDMX.is_dir(), reason=f"no published metadata at {EDMX} (RESTOCK_REFERENCE)"),
]
V2 = "/sap/opu/odata/sap/API_PURCHASEORDER_PROCESS_SRV"
V4 = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
JSON = {"content-type": "application/json"}


def judged(url: str, method: str = "GET", body: Any = None) -> list[str]:
    return violations(method, url, JSON, "" if body is None else json.dumps(body))


@pytest.mark.parametrize(
    "url",
    [
        (
            f"{V2}/A_PurchaseOrder?$select=PurchaseOrder,to_PurchaseOrderItem/Plant&$expand=to_PurchaseOrderItem"
            "&$filter=PurchaseOrderDate%20ge%20datetime'2026-01-01T00:00:00'&$inlinecount=allpages&$format=json&sap-client=100"
        ),
        f"{V2}/A_PurchaseOrder('4500000001')/to_PurchaseOrderItem?$top=5",
        f"{V2}/A_PurchaseOrderItem(PurchaseOrder='1',PurchaseOrderItem='10')",
        f"{V2}/A_PurchaseOrder?$filter=substringof('x',Supplier)%20and%20(Supplier%20eq%20'1'%20or%20not%20Supplier%20eq%20'2')",
        (
            f"{V4}/PurchaseOrder?$select=PurchaseOrder&$filter=PurchaseOrderDate%20ge%202026-01-01&$count=true"
            "&$expand=_PurchaseOrderItem($select=Plant;$expand=_PurchaseOrderScheduleLineTP($select=ScheduleLine))"
        ),
        f"{V4}/$metadata",
        f"{V4}/",
    ],
)
def test_right_reads_are_let_through(url: str) -> None:
    assert judged(url) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{V2}/A_PurchaseOrders", "no set A_PurchaseOrders"),
        (f"{V2}/A_PurchaseOrder?$select=Vendor", "Vendor does not exist"),
        (f"{V2}/A_PurchaseOrder?$select=to_PurchaseOrderItem/Plant", "selected and not expanded"),
        (f"{V2}/A_PurchaseOrder?$expand=to_Items", "no way to_Items"),
        (f"{V2}/A_PurchaseOrder?$filter=Vendor%20eq%20'1'", "Vendor does not exist"),
        (f"{V2}/A_PurchaseOrder?$filter=Supplier%20eq%201", "no literal of String"),
        (f"{V2}/A_PurchaseOrder?$filter=Supplier%20eq%20'12345678901'", "longer than 10"),
        (f"{V2}/A_PurchaseOrder?$filter=PurchaseOrderDate%20ge%202026-01-01", "no literal of DateTime"),
        (f"{V2}/A_PurchaseOrder?$filter=contains(Supplier,'1')", "contains is not offered"),
        (f"{V2}/A_PurchaseOrder?$filter=Supplier%20in%20'1'", "in is no comparison"),
        (f"{V2}/A_PurchaseOrder?$filter=(Supplier%20eq%20'1'", "ends too early"),
        (f"{V2}/A_PurchaseOrder?$count=true", "$count is not offered"),
        (f"{V2}/A_PurchaseOrder?$top=many", "$top is many"),
        (f"{V2}/A_PurchaseOrder?$orderby=Vendor", "cannot be ordered by Vendor"),
        (f"{V2}/A_PurchaseOrder?$filter=Supplier+eq+'1'", "plus for a blank"),
        (f"{V2}/A_PurchaseOrderItem('1')", "no key"),
        (f"{V2}/A_PurchaseOrder('12345678901')", "no value"),
        (f"{V2}/A_PurchaseOrder?search=x", "search is not offered"),
        (f"{V4}/PurchaseOrder?$select=PurchaseOrders", "does not exist"),
        (f"{V4}/PurchaseOrder?$expand=_Item", "no way _Item"),
        (f"{V4}/PurchaseOrder?$expand=_PurchaseOrderItem($select=Werk)", "Werk does not exist"),
        (f"{V4}/PurchaseOrder?$expand=_PurchaseOrderItem($top=5)", "$top is not offered inside"),
        (f"{V4}/PurchaseOrder?$inlinecount=allpages", "$inlinecount is not offered"),
        (f"{V4}/PurchaseOrder?$filter=PurchaseOrderDate%20ge%20datetime'2026-01-01T00:00:00'", "no literal of Date"),
    ],
)
def test_each_rule_of_reading_finds_what_breaks_it(url: str, words: str) -> None:
    assert any(words in text for text in judged(url)), judged(url)


@pytest.mark.parametrize(
    ("url", "body", "words"),
    [
        (f"{V4}/PurchaseOrder", {"Vendor": "1"}, "Vendor does not exist"),
        (f"{V4}/PurchaseOrder", {"Supplier": 1}, "is no String"),
        (f"{V4}/PurchaseOrder", {"Supplier": "12345678901"}, "longer than 10"),
        (f"{V4}/PurchaseOrder", {"_PurchaseOrderItem": {}}, "must be a list"),
        (f"{V4}/PurchaseOrder", {"_PurchaseOrderItem": [{"OrderQuantity": "5"}]}, "is no Decimal"),
        (f"{V4}/PurchaseOrder", {"_PurchaseOrderItem": [{"OrderQuantity": 0.0005}]}, "more than 3 decimals"),
        (f"{V4}/PurchaseOrder", {"_PurchaseOrderItem": [{"OrderQuantity": 12345678901}]}, "too many digits"),
        (f"{V4}/PurchaseOrder", {"PurchaseOrderDate": "1.1.2026"}, "is no Date"),
        (f"{V4}/PurchaseOrder('1')", {}, "POST to one entity"),
        (f"{V2}/A_PurchaseOrder", {"to_PurchaseOrderItem": [{"OrderQuantity": 5}]}, "is no Decimal"),
        (f"{V2}/A_PurchaseOrder", {"PurchaseOrderDate": "2026-01-01"}, "is no DateTime"),
    ],
)
def test_each_rule_of_writing_finds_what_breaks_it(url: str, body: Any, words: str) -> None:
    assert any(words in text for text in judged(url, "POST", body)), judged(url, "POST", body)


def test_right_writes_are_let_through() -> None:
    line = {"ScheduleLineDeliveryDate": "2026-01-02", "ScheduleLineOrderQuantity": 5}
    item = {"Material": "X", "Plant": "1010", "OrderQuantity": 5.5, "_PurchaseOrderScheduleLineTP": [line]}
    assert judged(f"{V4}/PurchaseOrder", "POST", {"Supplier": "1", "_PurchaseOrderItem": [item]}) == []
    old = {"ScheduleLineDeliveryDate": "/Date(1767312000000)/", "ScheduleLineOrderQuantity": "5.000"}
    body = {"Supplier": "1", "to_PurchaseOrderItem": [{"Material": "X", "to_ScheduleLine": [old]}]}
    assert judged(f"{V2}/A_PurchaseOrder", "POST", body) == []


def test_parts_of_a_batch_are_judged_one_by_one() -> None:
    good = "GET A_PurchaseOrder?$top=1 HTTP/1.1\r\n\r\n"
    headers = {"content-type": "multipart/mixed; boundary=x"}
    assert violations("POST", f"{V2}/$batch", headers, good) == []
    assert violations("POST", f"{V2}/$batch", headers, good + "GET A_Nothing HTTP/1.1\r\n") != []
    assert violations("POST", f"{V2}/$batch", headers, "nothing") == ["a batch without reads"]


def test_services_without_metadata_are_told_apart() -> None:
    assert service_of(f"https://host{V2}/A_PurchaseOrder?x=1") == V2
    assert service_of("https://host/sap/opu/odata/sap/API_MRP_MATERIALS_SRV_01/A_MRPMaterial") == ""
