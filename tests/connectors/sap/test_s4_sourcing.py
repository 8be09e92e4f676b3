from decimal import Decimal
from typing import Any

import pytest

from connectors.sap.s4_sourcing import price_breaks, sourcing
from tests.connectors.sap.stub import PLANT, records, system


def record(**values: Any) -> dict[str, Any]:
    return {
        "PurchasingInfoRecord": "5300000001", "Supplier": "0017300001", "Material": "42", "IsDeleted": False,
        "PurgDocOrderQuantityUnit": "CAR", "OrderItemQtyToBaseQtyNmrtr": "12", "OrderItemQtyToBaseQtyDnmntr": "1",
        "BaseUnit": "EA", "IsRegularSupplier": True, "AvailabilityStartDate": None, "AvailabilityEndDate": None,
        **values,
    }  # fmt: skip


def terms(plant: str = "1010", **values: Any) -> dict[str, Any]:
    return {
        "PurchasingInfoRecord": "5300000001", "PurchasingInfoRecordCategory": "0", "PurchasingOrganization": "1000",
        "Plant": plant, "IsMarkedForDeletion": False, "Currency": "EUR", "NetPriceAmount": "24.000",
        "MaterialPriceUnitQty": "10", "OrderPriceUnitToOrderUnitNmrtr": "1", "OrdPriceUnitToOrderUnitDnmntr": "1",
        "MinimumPurchaseOrderQuantity": "2.000", "MaximumOrderQuantity": "0.000", "MaterialPlannedDeliveryDurn": "14",
        "PriceValidityEndDate": "/Date(253402214400000)/", **values,
    }  # fmt: skip


def planning(plant: str = "1010", **values: Any) -> dict[str, Any]:
    return {
        "Product": "42", "Plant": plant, "SafetyStockQuantity": "0", "ReorderThresholdQuantity": "0",
        "MaximumStockQuantity": "0", "LotSizeRoundingQuantity": "24.000", "PlannedDeliveryDurationInDays": "9",
        "GoodsReceiptDuration": "0", "ProductIsToBeDiscontinued": "", "FollowUpProduct": "", "EffectiveOutDate": None,
        **values,
    }  # fmt: skip


def sources(
    general: dict[str, Any],
    *found: dict[str, Any],
    planned: list[dict[str, Any]] | None = None,
    supplier_days: str | None = None,
) -> list[dict[str, Any]]:
    supplier = {"Supplier": "0017300001", "PurchasingOrganization": "1000"}
    sets = {
        "A_SupplierPurchasingOrg": [{**supplier, "MaterialPlannedDeliveryDurn": supplier_days}],
        "A_PurchasingInfoRecord": [general],
        "A_PurgInfoRecdOrgPlantData": list(found),
        "A_ProductSupplyPlanning": planned or [planning()],
    }
    return records(sourcing(system(sets, plants={"1010": PLANT, "1020": PLANT})))


def test_terms_in_base_units() -> None:
    assert sources(record(), terms()) == [
        {
            "item": "42", "location": "1010", "supplier": "17300001", "price": "24.000", "currency": "EUR",
            "lead_time_days": "14", "price_unit": "120", "order_unit": "CAR", "unit_factor": "12", "moq": "24",
            "order_multiple": "24", "valid_to": "9999-12-31", "priority": "1",
        }
    ]  # fmt: skip


def test_terms_of_the_plant_win_over_those_of_the_organisation() -> None:
    both = [planning("1010"), planning("1020")]
    rows = sources(record(), terms("", NetPriceAmount="30"), terms("1010", NetPriceAmount="24"), planned=both)
    assert [(row["location"], row["price"]) for row in rows] == [("1010", "24"), ("1020", "30")]


@pytest.mark.parametrize(
    "change", [{"IsMarkedForDeletion": True}, {"PurchasingInfoRecordCategory": "2"}, {"PurchasingOrganization": "9"}]
)
def test_terms_that_do_not_count(change: dict[str, Any]) -> None:
    assert sources(record(), terms(**change)) == []


def test_deleted_record_and_record_of_a_group_do_not_count() -> None:
    assert sources(record(IsDeleted=True), terms()) == []
    assert sources(record(Material=""), terms()) == []


def test_price_per_another_unit_than_the_order_unit() -> None:
    # an order unit of 12 pieces has 12 price units: the price is per piece
    assert sources(record(), terms(OrderPriceUnitToOrderUnitNmrtr="12"))[0]["price_unit"] == "10"


def test_lead_time_comes_from_planning_when_the_record_has_none_and_includes_goods_receipt() -> None:
    planned = [planning(GoodsReceiptDuration="5")]
    assert sources(record(), terms(MaterialPlannedDeliveryDurn="0"), planned=planned)[0]["lead_time_days"] == "16"
    assert sources(record(), terms(), planned=planned)[0]["lead_time_days"] == "21"
    none = [planning(PlannedDeliveryDurationInDays="0")]
    assert sources(record(), terms(MaterialPlannedDeliveryDurn="0"), planned=none)[0]["lead_time_days"] == "0"
    assert sources(record(), terms(MaterialPlannedDeliveryDurn="soon"))[0]["lead_time_days"] == "soon"


def test_lead_time_of_the_supplier_comes_before_that_of_the_item() -> None:
    none = terms(MaterialPlannedDeliveryDurn="0")
    assert sources(record(), none, supplier_days="12")[0]["lead_time_days"] == "12"
    assert sources(record(), terms(), supplier_days="12")[0]["lead_time_days"] == "14"
    assert sources(record(), none, supplier_days="0")[0]["lead_time_days"] == "9"
    assert sources(record(), none, supplier_days="some")[0]["lead_time_days"] == "some"


def test_validity_is_the_narrowest() -> None:
    row = sources(
        record(AvailabilityStartDate="/Date(1767225600000)/", AvailabilityEndDate="/Date(1798675200000)/"), terms()
    )[0]
    assert (row["valid_from"], row["valid_to"]) == ("2026-01-01", "2026-12-31")


def test_unreadable_factor_is_passed_on() -> None:
    row = sources(record(OrderItemQtyToBaseQtyDnmntr="0"), terms())[0]
    assert (row["unit_factor"], row["moq"], row["price_unit"]) == ("? CAR", "2.000 CAR", "?")


def breaks(condition: dict[str, Any], *steps: dict[str, Any], **valid: Any) -> list[dict[str, Any]]:
    validity = {
        "ConditionRecord": "0000000007", "ConditionValidityEndDate": None, "ConditionValidityStartDate": None,
        "ConditionType": "PPR0", "PurchasingOrganization": "1000", "PurchasingInfoRecordCategory": "0",
        "PurchasingInfoRecord": "5300000001", "Plant": "1010", **valid,
    }  # fmt: skip
    base = {
        "ConditionRecord": "0000000007", "PricingScaleType": "A", "ConditionQuantity": "1",
        "ConditionQuantityUnit": "CAR", "ConditionCurrency": "EUR", "ConditionIsDeleted": False,
    }  # fmt: skip
    sets = {
        "A_PurchasingInfoRecord": [record()],
        "A_PurgInfoRecdOrgPlantData": [terms()],
        "A_ProductSupplyPlanning": [planning()],
        "A_PurInfoRecdPrcgCndnValidity": [validity],
        "A_PurInfoRecdPrcgCndn": [{**base, **condition}],
        "A_PurInfoRecdPrcgCndnScale": list(steps),
    }
    return records(price_breaks(system(sets)))


def step(quantity: str, price: str, **values: Any) -> dict[str, Any]:
    return {
        "ConditionRecord": "0000000007", "ConditionSequentialNumber": "1", "ConditionScaleLine": "1",
        "ConditionScaleQuantity": quantity, "ConditionScaleQuantityUnit": "CAR", "ConditionRateValue": price,
        "ConditionScaleIsDeleted": False, **values,
    }  # fmt: skip


def test_scale_in_base_units_and_per_price_unit_of_the_source() -> None:
    # the source's price is for 10 cartons (120 pieces), the scale's price for one carton
    assert breaks({}, step("5", "2.30"), step("10", "2.20")) == [
        {"item": "42", "location": "1010", "supplier": "17300001", "min_quantity": q, "price": p, "kind": "all_units"}
        for q, p in (("60", "23"), ("120", "22"))
    ]


def test_graduated_scale_is_incremental_and_steps_may_be_in_base_units() -> None:
    found = breaks({"PricingScaleType": "D"}, step("60", "2.30", ConditionScaleQuantityUnit="EA"))
    assert (found[0]["kind"], found[0]["min_quantity"]) == ("incremental", "60")


def test_step_in_a_third_unit_is_passed_on_unconverted() -> None:
    assert breaks({}, step("5", "2.30", ConditionScaleQuantityUnit="PAL"))[0]["min_quantity"] == "5 PAL"


def test_deleted_and_other_conditions_do_not_count() -> None:
    assert breaks({}, step("5", "2.30", ConditionScaleIsDeleted=True)) == []
    assert breaks({"ConditionIsDeleted": True}, step("5", "2.30")) == []
    assert breaks({}, step("5", "2.30"), ConditionType="ZFR1") == []
    assert breaks({}, step("5", str(Decimal("2.30"))), Plant="1020") == []
