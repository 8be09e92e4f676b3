from datetime import date
from decimal import Decimal
from typing import Any

from connectors.sap.s4_movements import Posting
from connectors.sap.s4_orders import net_arrivals, open_orders, receipts
from tests.connectors.sap.stub import StubOData, records, system

START = date(2026, 1, 1)


def schedule(
    line: str = "0001", ordered: str = "10", still_open: str = "4", due: str | None = "2026-03-10"
) -> dict[str, Any]:
    return {
        "PurchaseOrder": "4500000001", "PurchaseOrderItem": "00010", "ScheduleLine": line,
        "ScheduleLineDeliveryDate": due, "SchedLineStscDeliveryDate": "2026-03-05",
        "ScheduleLineOrderQuantity": Decimal(ordered), "OpenPurchaseOrderQuantity": Decimal(still_open),
    }  # fmt: skip


def item(*lines: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "PurchaseOrder": "4500000001", "PurchaseOrderItem": "00010", "Material": "000042", "Plant": "1010",
        "PurchasingDocumentDeletionCode": "", "IsCompletelyDelivered": False, "IsReturnsItem": False,
        "OrderQuantity": 10,
        "PurchaseOrderQuantityUnit": "CAR", "OrderItemQtyToBaseQtyNmrtr": 12, "OrderItemQtyToBaseQtyDnmntr": 1,
        "NetPriceAmount": Decimal("24.00"), "NetPriceQuantity": 10, "OrderPriceUnitToOrderUnitNmrtr": 1,
        "OrdPriceUnitToOrderUnitDnmntr": 1, "DocumentCurrency": "EUR",
        "_PurchaseOrderScheduleLineTP": list(lines) or [schedule()], **values,
    }  # fmt: skip


def header(*items: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "PurchaseOrder": "4500000001", "Supplier": "0017300001", "SupplyingPlant": "",
        "PurchaseOrderDate": "2026-02-20", "CorrespncInternalReference": "7K3Q9X2MBDHC",
        "CorrespncExternalReference": "", "PurchaseOrderDeletionCode": "", "PurchasingProcessingStatus": "05",
        "DocumentCurrency": "EUR", "PurchasingCompletenessStatus": False, "ReleaseIsNotCompleted": False,
        "_PurchaseOrderItem": list(items), **values,
    }  # fmt: skip


def opened(made: dict[str, Any], **head: Any) -> list[dict[str, Any]]:
    s4 = system({"PurchaseOrderItem": [{**made, "_PurchaseOrder": header(**head)}]})
    return records(open_orders(s4))


def test_open_order_in_base_units_with_key_and_first_promise() -> None:
    assert opened(item()) == [
        {
            "order_ref": "4500000001", "line": "10", "schedule": "1", "item": "42", "location": "1010",
            "quantity_open": "48", "promised_on": "2026-03-10", "supplier": "17300001", "ordered_on": "2026-02-20",
            "first_promised_on": "2026-03-05", "quantity_ordered": "120", "order_key": "7K3Q9X2MBDHC", "price": "0.2",
            "currency": "EUR",
        }
    ]  # fmt: skip


def test_lines_that_came_and_orders_that_will_not_come_are_left_out() -> None:
    assert opened(item(schedule(still_open="0"), schedule("0002", still_open="-3"))) == []
    assert opened(item(), PurchaseOrderDeletionCode="L") == []
    assert opened(item(), PurchasingProcessingStatus="08") == []
    assert opened(item(IsReturnsItem=True)) == []


def test_unreadable_cells_are_passed_on() -> None:
    assert opened(item(OrderItemQtyToBaseQtyDnmntr=0))[0]["quantity_open"] == "4 CAR"
    assert opened(item(schedule(due="202-03-04")))[0]["promised_on"] == "202-03-04"
    assert "promised_on" not in opened(item(schedule(due=None)))[0]


def test_open_orders_filter_only_by_equality() -> None:
    s4 = system({})
    records(open_orders(s4))
    assert isinstance(s4.odata, StubOData)
    where = "(Plant eq '1010') and IsCompletelyDelivered eq false and PurchasingDocumentDeletionCode eq ''"
    assert s4.odata.asked[0].where == where


def posting(on: str, quantity: str, *, rejected: bool = False) -> Posting:
    return Posting(on, Decimal(quantity), quantity, rejected)


def came(made: dict[str, Any], *postings: Posting) -> list[tuple[Any, ...]]:
    s4 = system({"PurchaseOrder": [header(made)]})
    rows = records(receipts(s4, START, {("4500000001", "10"): list(postings)}))
    columns = ("schedule", "quantity_ordered", "quantity_received", "received_on", "quantity_rejected")
    return [tuple(row.get(column, "") for column in columns) for row in rows]


def test_receipts_fill_schedule_lines_from_the_earliest() -> None:
    lines = (schedule("0002", "5", due="2026-03-20"), schedule("0001", "10", due="2026-03-10"))
    assert came(item(*lines), posting("2026-03-09", "130"), posting("2026-03-21", "60")) == [
        ("1", "120", "120", "2026-03-09", "0"),
        ("2", "60", "10", "2026-03-09", "0"),
        ("2", "60", "60", "2026-03-21", "0"),  # ten more than ordered stay on the last line
    ]


def test_reversed_receipt_is_taken_from_the_latest_before() -> None:
    assert came(item(), posting("2026-03-09", "60"), posting("2026-03-12", "60"), posting("2026-03-13", "-70")) == [
        ("1", "120", "50", "2026-03-09", "0")
    ]
    assert net_arrivals([posting("2026-03-09", "-5")]) == []


def test_goods_sent_back_stand_at_the_arrival_before() -> None:
    back = posting("2026-03-10", "7", rejected=True)
    assert came(item(), posting("2026-03-09", "60"), posting("2026-03-12", "60"), back) == [
        ("1", "120", "60", "2026-03-09", "7"),
        ("1", "120", "60", "2026-03-12", "0"),
    ]


def test_line_closed_without_goods_is_a_row_of_zero() -> None:
    assert came(item(IsCompletelyDelivered=True)) == [("1", "120", "0", "", "0")]
    assert came(item()) == []
    assert came(item(IsCompletelyDelivered=True, PurchasingDocumentDeletionCode="L")) == []


def test_unreadable_receipt_is_passed_on() -> None:
    assert came(item(), Posting("2026-03-09", None, "12,5", rejected=False)) == [("1", "120", "12,5", "2026-03-09", "")]


def test_orders_older_than_the_window_are_fetched_by_number_and_missing_ones_shown() -> None:
    s4 = system({"PurchaseOrder": [header(item())]})
    odata = s4.odata
    assert isinstance(odata, StubOData)
    postings = {("4500000001", "10"): [posting("2026-03-09", "60")], ("4400000000", "10"): [posting("2026-03-09", "5")]}
    rows = records(receipts(s4, START, postings))
    assert [query.where for query in odata.asked] == [
        "PurchaseOrderDate ge 2025-07-05",
        "(PurchaseOrder eq '4400000000')",
    ]
    assert rows[-1] == {
        "order_ref": "4400000000", "line": "10", "received_on": "2026-03-09", "quantity_received": "5",
    }  # fmt: skip
    assert len(rows) == 2


def test_stock_transfers_are_no_supplier_receipts() -> None:
    s4 = system({"PurchaseOrder": [header(item(), SupplyingPlant="1020")]})
    assert records(receipts(s4, START, {("4500000001", "10"): [posting("2026-03-09", "60")]})) == []
