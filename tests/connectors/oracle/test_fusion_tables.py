"""Canonical tables out of raw lists: signs, kinds, units, sums, joins."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NeedsAdmin
from bot.tables.erp import TABLES as CANONICAL
from connectors.oracle.client import FusionClient
from connectors.oracle.fusion import CONNECTOR
from connectors.oracle.movements import arrivals, demand, kinds
from connectors.oracle.purchasing import _net, _spread
from connectors.oracle.settings import FusionSettings
from connectors.oracle.tables import TABLES, FusionReader
from connectors.oracle.transactions import FIELDS as TRANSACTION_FIELDS
from tests.connectors.oracle.fusion_parts import Pod, fusion_settings, page
from tests.fakes import ManualClock

UTC = ZoneInfo("UTC")
BU = 300000046987012


def _transactions(*rows: Mapping[str, Any]) -> dict[str, list[Any]]:
    usual = {"Item": "A", "location": "M1", "TransactionDate": "2026-02-01T10:00:00+00:00",
             "TransactionType": "Sales order issue", "TransactionQuantity": -1}  # fmt: skip
    return {name: [(usual | row).get(name) for row in rows] for name in (*TRANSACTION_FIELDS, "location")}


def _demand(*rows: Mapping[str, Any], **settings: Any) -> list[tuple[Any, ...]]:
    found = demand(_transactions(*rows), fusion_settings(**settings), UTC)
    return list(zip(found["date"], found["kind"], found["quantity"], strict=True))


@pytest.mark.parametrize(
    ("name", "quantity", "kind"),
    [
        ("Sales Order Issue", -4, "sale"),
        ("sales order issue ", 2, "return"),
        ("RMA Receipt", 3, "return"),
        ("RMA Receipt", -3, "sale"),
        ("Miscellaneous Issue", -1, "issue"),
        ("Transfer Order Shipment", -5, "transfer"),
        ("Transfer Order Receipt", 5, None),
        ("Cycle Count Adjustment", -5, None),
        ("Scrap", -5, None),
        ("Subinventory Transfer", -5, None),
        ("Purchase Order Receipt", 5, None),
        ("Sales Order Issue", 0, None),
        ("Lagerabgang", -2, "Lagerabgang"),
        ("Lagerzugang", 2, None),
    ],
)
def test_movements_count_by_sign_and_type(name: str, quantity: int, kind: str | None) -> None:
    found = _demand({"TransactionType": name, "TransactionQuantity": quantity})
    assert found == ([] if kind is None else [("2026-02-01", kind, Decimal(abs(quantity)))])


def test_settings_name_further_types_and_win_over_the_built_in_ones() -> None:
    words = {"Lagerabgang": "sale", "Scrap": "issue"}
    rows = [{"TransactionType": "LAGERABGANG"}, {"TransactionType": "Scrap"}]
    assert [kind for _, kind, _ in _demand(*rows, transaction_types=words)] == ["sale", "issue"]
    assert kinds(fusion_settings())["scrap"] == "ignore"


def test_a_day_is_summed_and_exact() -> None:
    tenths = [{"TransactionQuantity": Decimal("-0.1")}] * 3
    assert _demand(*tenths, {"TransactionDate": "2026-02-02"}) == [
        ("2026-02-01", "sale", Decimal("0.3")), ("2026-02-02", "sale", Decimal(1)),
    ]  # fmt: skip


def test_what_cannot_be_read_is_handed_on_as_it_came() -> None:
    rows = [{"TransactionQuantity": "twelve"}, {"TransactionDate": "01/02/2026"},
            {"TransactionQuantity": -2, "TransactionUOMCode": "BX", "PrimaryUOMCode": "Ea"}]  # fmt: skip
    assert sorted(_demand(*rows), key=str) == [
        ("01/02/2026", "sale", Decimal(1)), ("2026-02-01", "sale", "-2 BX"), ("2026-02-01", "sale", "twelve"),
    ]  # fmt: skip


def test_quantities_in_other_units_are_converted() -> None:
    row = {"TransactionQuantity": -2, "TransactionUOMCode": "BX", "PrimaryUOMCode": "Ea"}
    found = _demand(row, conversions=[{"unit": "BX", "base_units": "12"}])
    assert found == [("2026-02-01", "sale", Decimal(24))]


def test_arrivals_are_net_per_day_and_found_by_id_or_by_number() -> None:
    receipt = {"TransactionType": "Purchase Order Receipt", "TransactionQuantity": 5}
    columns = _transactions(
        receipt | {"PurchaseOrderHeaderId": 7}, receipt | {"PurchaseOrderHeaderId": 7},
        receipt | {"SourceReference": "US1", "TransactionQuantity": 1}, receipt, {"PurchaseOrderHeaderId": 7},
    )  # fmt: skip
    moment = date(2026, 2, 1)
    assert arrivals(columns, fusion_settings(), UTC) == {
        (7, "A", "M1"): {moment: Decimal(10)}, ("US1", "A", "M1"): {moment: Decimal(1)},
    }  # fmt: skip


@given(st.lists(st.integers(-20, 30), max_size=12))
def test_returns_shorten_what_came_before_them(amounts: list[int]) -> None:
    days = {date(2026, 1, 1) + timedelta(days=i): Decimal(amount) for i, amount in enumerate(amounts)}
    kept = _net(days)
    assert all(quantity > 0 for _, quantity in kept)
    assert sum(quantity for _, quantity in kept) <= sum(max(a, 0) for a in amounts)
    if all(sum(amounts[: i + 1]) >= 0 for i in range(len(amounts))):
        assert sum(quantity for _, quantity in kept) == sum(amounts)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(1, 4))
def test_what_arrived_is_given_to_the_schedules_without_loss(received: list[int], days: int) -> None:
    columns: dict[str, list[Any]] = {
        "received": [Decimal(value) for value in received],
        "promised_on": [f"2026-01-{28 - i:02d}" for i in range(len(received))],
    }
    total = sum(received)
    per_day = {date(2026, 2, 1 + d): Decimal(total // days + (d < total % days)) for d in range(days)}
    found = list(_spread(columns, list(range(len(received))), per_day))
    for i, value in enumerate(received):
        assert sum(a.quantity for a in found if a.row == i) == value


def _company(pod: Pod, **lists: list[dict[str, Any]]) -> None:
    """A pod with one item in one organization; `lists` replaces whole lists."""
    item = {"ItemId": 1, "OrganizationId": 11, "ItemNumber": "AS-1001", "ItemDescription": "Bearing",
            "PrimaryUOMValue": "Each", "ItemStatusValue": "Active", "PreprocessingDays": 1, "ProcessingDays": 9,
            "PostprocessingDays": 1, "ListPrice": Decimal("12.5"), "MinimumMinmaxQuantity": 40,
            "MaximumMinmaxQuantity": 160, "MinimumOrderQuantity": 20, "FixedLotSizeMultiplier": 10}  # fmt: skip
    onhand = {"OrganizationId": 11, "InventoryItemId": 1, "ItemNumber": "AS-1001", "SubinventoryCode": "Stores",
              "PrimaryUOMCode": "Ea", "OnhandQuantity": 37, "ReservedQuantity": 5, "ReceivingQuantity": 2,
              "InboundQuantity": 20}  # fmt: skip
    schedule = {"LineLocationId": 21, "POHeaderId": 31, "POLineId": 41, "OrderNumber": "US1", "LineNumber": 1,
                "ScheduleNumber": 1, "DueDate": "2026-03-12", "RequestedDeliveryDate": "2026-03-10",
                "ScheduleStatusCode": "OPEN", "Supplier": "Lee", "ItemNumber": "AS-1001", "Quantity": 20,
                "ReceivedQuantity": 5, "Amount": 240, "ShipToLocation": "Seattle",
                "ProcurementBU": "US1 Business Unit"}  # fmt: skip
    header = {"POHeaderId": 31, "OrderNumber": "US1", "Description": "ABCDEFGHJK23 Restock", "SupplierId": 51,
              "CurrencyCode": "USD", "OrderDate": "2026-02-20",
              "lines": [{"POLineId": 41, "Price": 12, "UOMCode": "Ea"}]}  # fmt: skip
    receipt = {
        "TransactionId": 61,
        "Item": "AS-1001",
        "TransactionDate": "2026-02-28T00:00:00+00:00",
        "TransactionType": "Purchase Order Receipt",
        "TransactionQuantity": 5,
        "PurchaseOrderHeaderId": 31,
    }
    every: dict[str, list[dict[str, Any]]] = {
        "inventoryOrganizations": [{"OrganizationId": 11, "OrganizationCode": "M1", "OrganizationName": "Main",
                                    "LocationCode": "Seattle"}],
        "itemsV2": [item], "onhandQuantityDetails": [onhand], "purchaseOrderSchedules": [schedule],
        "purchaseOrders": [header], "inventoryCompletedTransactions": [receipt],
        "procurementBusinessUnitsLOV": [{"ProcurementBUId": BU, "ProcurementBU": "US1 Business Unit"}],
        "suppliers": [{"SupplierId": 51, "SupplierNumber": "1252", "Supplier": "Lee", "Status": "ACTIVE"}],
        "suppliers/51/child/sites": [{"SupplierSiteId": 71, "ProcurementBUId": BU, "Email": "a@lee.example",
                                      "SitePurposePurchasingFlag": True}],
        "procurementApprovedSupplierListEntries": [{"AslId": 81, "Item": "AS-1001", "SupplierId": 51}],
        "transferOrders": [],
    }  # fmt: skip
    for name, rows in {**every, **lists}.items():
        pod.gives(name, json.loads(json.dumps(page(*rows), default=float)))


@pytest.fixture
def one() -> FusionSettings:
    place = {"procurement_bu": "US1 Business Unit", "buyer": "b", "currency": "USD",
             "excluded_subinventories": ["Quarantine"]}  # fmt: skip
    return fusion_settings(organizations={"M1": place})


@pytest.fixture
def reader(one: FusionSettings, clock: ManualClock) -> FusionReader:
    return FusionReader(FusionClient(one, clock), one, clock)


def _row(reader: FusionReader, table: str) -> dict[str, Any]:
    (frame,) = reader.pull(table)
    assert len(frame) == 1, frame
    return {name: None if pd.isna(value) else value for name, value in frame.iloc[0].items()}


def test_every_table_has_canonical_columns_and_all_that_are_required(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    for table in sorted(TABLES):
        (frame,) = reader.pull(table)
        names = set(frame.columns)
        assert names <= set(CANONICAL[table].names()), table
        assert names >= set(CANONICAL[table].names(required=True)), table
    assert reader.tables == CONNECTOR.tables == TABLES


def test_stock_leaves_inbound_out_because_open_orders_carry_it(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    assert _row(reader, "stock") == {
        "item": "AS-1001", "location": "M1", "on_hand": "37", "reserved": "5", "inspection": "2", "blocked": "0",
    }  # fmt: skip
    found = _row(reader, "open_orders")
    assert (found["quantity_open"], found["promised_on"], found["order_key"]) == ("15", "2026-03-12", "ABCDEFGHJK23")
    assert (found["supplier"], found["ordered_on"], found["line"]) == ("1252", "2026-02-20", "1")


def test_excluded_subinventories_are_blocked_stock_and_missing_rows_are_zero(pod: Pod, reader: FusionReader) -> None:
    _company(pod, onhandQuantityDetails=[
        {"OrganizationId": 11, "InventoryItemId": 1, "ItemNumber": "AS-1001", "SubinventoryCode": "Quarantine",
         "OnhandQuantity": 4}])  # fmt: skip
    found = _row(reader, "stock")
    assert (found["on_hand"], found["blocked"]) == ("0", "4")
    pod.mock.reset()
    _company(pod, onhandQuantityDetails=[
        {"OrganizationId": 11, "InventoryItemId": 2, "ItemNumber": "AS-2002", "OnhandQuantity": 4}])  # fmt: skip
    (frame,) = reader.pull("stock")
    assert dict(zip(frame["item"], frame["on_hand"], strict=True)) == {"AS-1001": "0", "AS-2002": "4"}


def test_a_list_without_any_row_is_not_taken_for_empty_shelves(pod: Pod, reader: FusionReader) -> None:
    _company(pod, onhandQuantityDetails=[])
    assert [len(frame) for frame in reader.pull("stock")] == [0]


def test_stock_that_is_no_number_stays_visible(pod: Pod, reader: FusionReader) -> None:
    _company(pod, onhandQuantityDetails=[
        {"OrganizationId": 11, "InventoryItemId": 1, "ItemNumber": "AS-1001", "OnhandQuantity": "n/a"}])  # fmt: skip
    (frame,) = reader.pull("stock")
    assert sorted(frame["on_hand"]) == ["0", "n/a"]


def test_terms_come_from_the_newest_order_and_the_item(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    found = _row(reader, "sourcing")
    assert (found["supplier"], found["price"], found["currency"], found["price_unit"]) == ("1252", "12", "USD", "1")
    assert (found["lead_time_days"], found["moq"], found["order_multiple"]) == ("11", "20", "10")
    assert found["order_unit"] == "Ea"


def test_without_an_order_the_list_price_holds_and_without_a_line_the_amount(pod: Pod, reader: FusionReader) -> None:
    _company(pod, purchaseOrderSchedules=[], purchaseOrders=[])
    found = _row(reader, "sourcing")
    assert (found["price"], found["currency"]) == ("12.5", "USD")
    pod.mock.reset()
    _company(pod, purchaseOrders=[{"POHeaderId": 31, "SupplierId": 51, "OrderDate": "2026-02-20", "lines": []}])
    assert _row(reader, "sourcing")["price"] == "12.000000"


def test_receipts_come_from_transactions_and_in_doubt_from_the_order(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    found = _row(reader, "receipts")
    assert (found["quantity_received"], found["received_on"], found["quantity_ordered"]) == ("5", "2026-02-28", "20")
    pod.mock.reset()
    _company(pod, inventoryCompletedTransactions=[])
    detail = {"ReceiptId": 9, "LineLocationId": 21, "ReceiptDate": "2026-02-27T08:00:00+00:00", "ReceivedQuantity": 6,
              "ReturnedQuantity": 1}  # fmt: skip
    pod.gives("purchaseOrderLifeCycleDetails/31/child/receipts", page(detail))
    found = _row(reader, "receipts")
    assert (found["quantity_received"], found["received_on"], found["quantity_rejected"]) == ("6", "2026-02-27", "1")


def test_orders_in_another_unit_are_converted_or_set_aside_aloud(pod: Pod, one: FusionSettings) -> None:
    boxed = [{"POHeaderId": 31, "SupplierId": 51, "OrderDate": "2026-02-20",
              "lines": [{"POLineId": 41, "Price": 144, "UOMCode": "BX"}]}]  # fmt: skip
    _company(pod, purchaseOrders=boxed)
    boxes = fusion_settings(conversions=[{"unit": "BX", "base_units": "12"}]).conversions
    known = one.model_copy(update={"conversions": boxes})
    clock = ManualClock()
    converted = FusionReader(FusionClient(known, clock), known, clock)
    assert _row(converted, "open_orders")["quantity_open"] == "180"
    terms = _row(converted, "sourcing")
    assert (terms["price"], terms["price_unit"], terms["unit_factor"], terms["order_unit"]) == ("144", "12", "12", "BX")
    pod.mock.reset()
    _company(pod, purchaseOrders=boxed)
    assert _row(FusionReader(FusionClient(one, clock), one, clock), "open_orders")["quantity_open"] == "20 BX"


@pytest.mark.parametrize(
    ("change", "kept"),
    [({"ScheduleStatusCode": "PENDING APPROVAL"}, 1), ({"ScheduleStatusCode": "ON HOLD"}, 1),
     ({"ScheduleStatusCode": "INCOMPLETE"}, 0), ({"ScheduleStatusCode": "CLOSED"}, 0), ({"ReceivedQuantity": 20}, 0),
     ({"ShipToLocation": "Elsewhere", "ItemNumber": "CHAIR"}, 0), ({"ShipToLocation": None}, 1)],
)  # fmt: skip
def test_what_counts_as_open(pod: Pod, reader: FusionReader, change: dict[str, Any], kept: int) -> None:
    usual = {"LineLocationId": 21, "POHeaderId": 31, "POLineId": 41, "OrderNumber": "US1", "ItemNumber": "AS-1001",
             "Quantity": 20, "ReceivedQuantity": 0, "ShipToLocation": "Seattle", "ScheduleStatusCode": "OPEN",
             "ProcurementBU": "US1 Business Unit"}  # fmt: skip
    _company(pod, purchaseOrderSchedules=[usual | change])
    (frame,) = reader.pull("open_orders")
    assert len(frame) == kept


def test_a_line_that_ended_without_goods_is_told(pod: Pod, reader: FusionReader) -> None:
    _company(pod, inventoryCompletedTransactions=[], purchaseOrderSchedules=[
        {"LineLocationId": 21, "POHeaderId": 31, "POLineId": 41, "OrderNumber": "US1", "ItemNumber": "AS-1001",
         "Quantity": 20, "ReceivedQuantity": 0, "ShipToLocation": "Seattle",
         "ScheduleStatusCode": "CANCELED"}])  # fmt: skip
    found = _row(reader, "receipts")
    assert (found["quantity_received"], found["received_on"], found["closed_by"]) == ("0", None, "buyer")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"ItemStatusValue": "Obsolete"}, "discontinued"), ({"PurchasableFlag": False}, "blocked"),
     ({"ItemStatusValue": "Prototype"}, "Prototype"), ({}, "active")],
)  # fmt: skip
def test_item_statuses(pod: Pod, reader: FusionReader, change: dict[str, Any], status: str) -> None:
    usual = {"ItemId": 1, "OrganizationId": 11, "ItemNumber": "AS-1001", "InventoryPlanningMethodValue": "Not planned"}
    _company(pod, itemsV2=[usual | change])
    found = _row(reader, "item_locations")
    assert (found["status"], found["auto_order"]) == (status, "false")


def test_items_that_are_made_or_not_stocked_are_not_planned(pod: Pod, reader: FusionReader) -> None:
    made = {"ItemId": 1, "OrganizationId": 11, "ItemNumber": "A", "PlanningMakeBuyValue": "Make"}
    expense = {"ItemId": 2, "OrganizationId": 11, "ItemNumber": "B", "StockEnabledFlag": False}
    _company(pod, itemsV2=[made, expense])
    (frame,) = reader.pull("item_locations")
    assert frame.empty
    assert list(frame.columns)


@pytest.mark.parametrize(
    ("site", "blocked"),
    [({}, "false"), ({"HoldAllNewPurchasingDocumentsFlag": True}, "true"),
     ({"SitePurposePurchasingFlag": False}, "true"),
     ({"ProcurementBUId": 5}, "true"), ({"InactiveDate": "2020-01-01"}, "true")],
)  # fmt: skip
def test_suppliers_without_a_usable_site_are_blocked(
    pod: Pod, reader: FusionReader, site: dict[str, Any], blocked: str
) -> None:
    usual = {"SupplierSiteId": 71, "ProcurementBUId": BU, "Email": "a@lee.example", "SitePurposePurchasingFlag": True}
    _company(pod, **{"suppliers/51/child/sites": [usual | site]})
    found = _row(reader, "suppliers")
    assert (found["blocked"], found["supplier"]) == (blocked, "1252")


def test_lists_are_read_once_per_extract_and_again_in_the_next(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    for table in ("items", "item_locations", "stock", "items"):
        list(reader.pull(table))
    paths = [path.split("?")[0] for path, _ in pod.sent("GET")]
    assert paths.count("itemsV2") == 2
    assert paths.count("onhandQuantityDetails") == 2


def test_histories_go_back_as_far_as_set_or_asked(pod: Pod, reader: FusionReader) -> None:
    _company(pod)
    list(reader.pull("demand"))
    list(reader.pull("items"))
    list(reader.pull("receipts", date(2026, 2, 1)))
    asked = [path for path, _ in pod.sent("GET") if path.startswith("inventoryCompletedTransactions")]
    assert "2024-02-01" in asked[0]  # 760 days before the clock's day
    assert "2026-02-01" in asked[1]


def test_an_organization_that_does_not_exist_and_an_unknown_table_are_told(pod: Pod, reader: FusionReader) -> None:
    _company(pod, inventoryOrganizations=[])
    with pytest.raises(NeedsAdmin, match=r"organizations\.M1"):
        list(reader.pull("items"))
    with pytest.raises(NeedsAdmin, match="rates"):
        list(reader.pull("rates"))


def test_conversions_of_items_are_a_table(clock: ManualClock) -> None:
    pairs = [{"unit": "BX", "base_units": "12", "item": "A"}, {"unit": "CS", "base_units": "6"}]
    settings = fusion_settings(conversions=pairs)
    (frame,) = FusionReader(FusionClient(settings, clock), settings, clock).pull("units")
    assert frame.to_dict("records") == [{"item": "A", "unit": "BX", "base_units": "12"}]
