from datetime import date, timedelta
from typing import Any

import pytest

from connectors.sap.s4_documents import windows
from connectors.sap.s4_movements import MovementReader
from tests.connectors.sap.stub import StubOData, records, system
from tests.fakes import ManualClock

START = date(2026, 2, 1)
MS = 86_400_000


def wire_day(day: date) -> str:
    return f"/Date({(day - date(1970, 1, 1)).days * MS})/"


def move(movement: str, quantity: str, material: str = "0000000042", **values: Any) -> dict[str, Any]:
    return {
        "MaterialDocumentYear": "2026", "MaterialDocument": "49", "MaterialDocumentItem": "1", "Material": material,
        "Plant": "1010", "GoodsMovementType": movement, "PurchaseOrder": "", "PurchaseOrderItem": "",
        "QuantityInBaseUnit": quantity, "IssuingOrReceivingPlant": "", "GoodsMovementIsCancelled": False,
        "ReversedMaterialDocumentYear": "", "ReversedMaterialDocument": "", "ReversedMaterialDocumentItem": "",
        "DebitCreditCode": "H", **values,
    }  # fmt: skip


def document(*items: dict[str, Any], on: date = date(2026, 2, 10), number: str = "49") -> dict[str, Any]:
    return {
        "MaterialDocumentYear": "2026",
        "MaterialDocument": number,
        "PostingDate": wire_day(on),
        "CreationDate": wire_day(on),
        "to_MaterialDocumentItem": {
            "results": [
                {**item, "MaterialDocument": number, "MaterialDocumentItem": str(n)} for n, item in enumerate(items, 1)
            ]
        },
    }


def read(*documents: dict[str, Any], **values: Any) -> Any:
    s4 = system({"A_MaterialDocumentHeader": list(documents)}, **{"window_days": 100, **values})
    return MovementReader(s4).read(START, "demand")


def demand(*items: dict[str, Any], **values: Any) -> list[tuple[str, str, str]]:
    rows = records(read(document(*items), **values).demand)
    return [(row["date"], row["quantity"], row["kind"]) for row in rows]


def test_movements_of_a_day_are_summed_per_kind() -> None:
    rows = records(
        read(document(move("601", "2.000"), move("601", "3.500"), move("261", "1"), move("653", "4"))).demand
    )
    assert rows == [
        {"item": "42", "location": "1010", "date": "2026-02-10", "quantity": "5.5", "kind": "sale"},
        {"item": "42", "location": "1010", "date": "2026-02-10", "quantity": "1", "kind": "issue"},
        {"item": "42", "location": "1010", "date": "2026-02-10", "quantity": "4", "kind": "return"},
    ]


@pytest.mark.parametrize(("issue", "reversal"), [("201", "202"), ("261", "262"), ("601", "602"), ("651", "652")])
def test_reversals_are_taken_off(issue: str, reversal: str) -> None:
    assert [row[1] for row in demand(move(issue, "5"), move(reversal, "2"))] == ["3"]
    assert demand(move(issue, "5"), move(reversal, "5")) == []


def test_reversal_on_another_day_counts_as_return() -> None:
    rows = records(
        read(document(move("601", "5")), document(move("602", "5"), on=date(2026, 2, 12), number="50")).demand
    )
    assert [(row["date"], row["kind"]) for row in rows] == [("2026-02-10", "sale"), ("2026-02-12", "return")]


def test_cancelled_document_and_its_reversal_never_happened() -> None:
    original = move("601", "5", GoodsMovementIsCancelled=True)
    reversal = move(
        "602", "5", ReversedMaterialDocumentYear="2026", ReversedMaterialDocument="49", ReversedMaterialDocumentItem="1"
    )
    assert demand(original, reversal) == []
    assert demand(original) == []


@pytest.mark.parametrize("movement", ["551", "701", "702", "101", "311", "321", "999"])
def test_scrap_counts_receipts_and_unknown_movements_are_no_demand(movement: str) -> None:
    assert demand(move(movement, "5")) == []


def test_transfer_counts_at_the_giving_plant_only() -> None:
    assert demand(move("301", "5", IssuingOrReceivingPlant="1020")) == [("2026-02-10", "5", "transfer")]
    assert demand(move("301", "5", IssuingOrReceivingPlant="1020", DebitCreditCode="S")) == []
    assert demand(move("301", "5", IssuingOrReceivingPlant="1010")) == []
    assert demand(move("641", "5")) == [("2026-02-10", "5", "transfer")]
    assert demand(move("641", "5", IssuingOrReceivingPlant="1020"), move("642", "5", DebitCreditCode="S")) == []


def test_an_admin_extends_the_table() -> None:
    types = {"Z61": "sale", "Z62": "-sale", "261": "ignore"}
    assert demand(move("Z61", "5"), move("Z62", "1"), move("261", "9"), movement_types=types) == [
        ("2026-02-10", "4", "sale")
    ]


@pytest.mark.parametrize("quantity", ["12,5", "-3.000", None])
def test_bad_quantity_is_passed_on_beside_the_good_ones(quantity: str | None) -> None:
    rows = records(read(document(move("601", quantity), move("601", "2"))).demand)  # type: ignore[arg-type]
    assert [row.get("quantity") for row in rows] == ["2", quantity]


def test_bad_posting_date_is_passed_on() -> None:
    broken = document(move("601", "1"))
    broken["PostingDate"] = "/Date(99999999999999999)/"
    assert records(read(broken).demand)[0]["date"] == "/Date(99999999999999999)/"


def test_other_plants_are_left_out() -> None:
    assert demand(move("601", "5", Plant="9999")) == []


def test_receipts_are_collected_per_order_item() -> None:
    order = {"PurchaseOrder": "4500000001", "PurchaseOrderItem": "00010"}
    items = (move("101", "5", **order), move("102", "2", **order), move("122", "1", **order), move("101", "x", **order))
    postings = read(document(*items)).postings["4500000001", "10"]
    assert [(str(each.quantity), each.raw, each.rejected) for each in postings] == [
        ("5", "5", False),
        ("-2", "2", False),
        ("1", "1", True),
        ("None", "x", False),
    ]


def test_windows_cover_every_day_once_and_the_last_is_open() -> None:
    found = list(windows(START, date(2026, 3, 2), 7))
    assert found[0] == (START, START + timedelta(7))
    assert [first for first, _ in found[1:]] == [end for _, end in found[:-1]]
    assert found[-1] == (date(2026, 3, 1), None)
    assert list(windows(START, START, 7)) == [(START, None)]


def test_window_filters_are_literals_of_version_2() -> None:
    s4 = system({}, window_days=20)
    MovementReader(s4).read(START, "demand")
    odata = s4.odata
    assert isinstance(odata, StubOData)
    assert [query.where for query in odata.asked] == [
        "PostingDate ge datetime'2026-02-01T00:00:00' and PostingDate lt datetime'2026-02-21T00:00:00'",
        "PostingDate ge datetime'2026-02-21T00:00:00'",
    ]


def test_release_without_debit_code_is_not_asked_for_it() -> None:
    s4 = system({}, debit_credit_code=False)
    MovementReader(s4).read(START, "demand")
    assert isinstance(s4.odata, StubOData)
    assert "DebitCreditCode" not in str(s4.odata.asked)


def test_documents_are_shared_with_the_other_table_once_and_not_for_long() -> None:
    clock = ManualClock()
    s4 = system({"A_MaterialDocumentHeader": [document(move("601", "1"))]}, clock, window_days=100)
    reader = MovementReader(s4)
    odata = s4.odata
    assert isinstance(odata, StubOData)

    def reads(table: str, start: date = START) -> int:
        before = len(odata.asked)
        reader.read(start, table)
        return len(odata.asked) - before

    assert reads("demand") == 1
    assert reads("receipts") == 0  # shared
    assert reads("receipts") == 1  # forgotten after that
    assert reads("receipts") == 1  # the same table never gets old figures
    assert reads("demand", START + timedelta(1)) == 1  # another window
    clock.advance(601)
    assert reads("receipts", START + timedelta(1)) == 1  # too old
