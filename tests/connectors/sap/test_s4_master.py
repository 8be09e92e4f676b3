from typing import Any, cast

import pytest

from connectors.sap import s4_master
from tests.connectors.sap.stub import PLANT, StubOData, records, system


def plant(product: str = "000042", **values: Any) -> dict[str, Any]:
    return {
        "Product": product, "Plant": "1010", "PurchasingGroup": "001", "ProfileCode": "", "IsMarkedForDeletion": False,
        "StockInTransitQuantity": "0.000", **values,
    }  # fmt: skip


def product(number: str = "000042", **values: Any) -> dict[str, Any]:
    return {
        "Product": number, "BaseUnit": "EA", "ProductGroup": "SCREWS", "IsMarkedForDeletion": False,
        "CrossPlantStatus": "", **values,
    }  # fmt: skip


def planning(**values: Any) -> dict[str, Any]:
    return {
        "Product": "000042", "Plant": "1010", "SafetyStockQuantity": "5.000", "ReorderThresholdQuantity": "20.000",
        "MaximumStockQuantity": "0.000", "LotSizeRoundingQuantity": "0", "PlannedDeliveryDurationInDays": "0",
        "GoodsReceiptDuration": "0", "ProductIsToBeDiscontinued": "", "FollowUpProduct": "", "EffectiveOutDate": None,
        **values,
    }  # fmt: skip


def value(**values: Any) -> dict[str, Any]:
    return {
        "Product": "000042", "ValuationArea": "1010", "ValuationType": "", "InventoryValuationProcedure": "V",
        "StandardPrice": "9", "MovingAveragePrice": "4.100", "PriceUnitQty": "100", "Currency": "EUR", **values,
    }  # fmt: skip


def test_the_plants_of_the_settings_are_the_locations_and_nothing_is_asked() -> None:
    s4 = system({}, system="s4", plants=dict.fromkeys(("1020", "1010"), PLANT))
    assert records(s4_master.locations(s4)) == [
        {"location": "1010", "system": "s4"},
        {"location": "1020", "system": "s4"},
    ]
    assert not cast("StubOData", s4.odata).asked


def test_items_of_our_plants_with_text_in_our_language() -> None:
    sets = {
        "A_ProductPlant": [plant()],
        "A_Product": [product(), product("77")],
        "A_ProductDescription": [{"Product": "000042", "Language": "EN", "ProductDescription": "Hex screw"}],
        "A_ProductValuation": [value(ValuationType="X"), value()],
    }
    assert records(s4_master.items(system(sets))) == [
        {
            "item": "42", "unit": "EA", "description": "Hex screw", "category": "SCREWS", "unit_cost": "0.041",
            "currency": "EUR", "status": "active",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "active"),
        ({"IsMarkedForDeletion": True}, "discontinued"),
        ({"CrossPlantStatus": "Z9"}, "blocked"),
        ({"CrossPlantStatus": "03"}, "phase_out"),
    ],
)
def test_status_codes_that_nobody_explained_block(change: dict[str, Any], status: str) -> None:
    sets = {"A_ProductPlant": [plant()], "A_Product": [product(**change)]}
    (row,) = records(s4_master.items(system(sets, status_codes={"03": "phase_out"})))
    assert row["status"] == status


def test_item_that_runs_out_names_its_successor() -> None:
    leaving = planning(ProductIsToBeDiscontinued="1", FollowUpProduct="0043", EffectiveOutDate="/Date(1798675200000)/")
    sets = {"A_ProductPlant": [plant()], "A_Product": [product()], "A_ProductSupplyPlanning": [leaving]}
    (row,) = records(s4_master.items(system(sets)))
    assert (row["status"], row["successor"], row["ends_on"]) == ("phase_out", "43", "2026-12-31")
    assert records(s4_master.item_locations(system(sets)))[0]["status"] == "phase_out"


def test_planning_data_and_veto() -> None:
    sets = {
        "A_ProductPlant": [plant()],
        "A_ProductSupplyPlanning": [planning()],
        "A_ProductPlantProcurement": [{"Product": "000042", "Plant": "1010", "IsAutoPurOrdCreationAllowed": False}],
        "A_ProductValuation": [value(InventoryValuationProcedure="S", PriceUnitQty="1")],
    }
    assert records(s4_master.item_locations(system(sets))) == [
        {
            "item": "42", "location": "1010", "status": "active", "unit_cost": "9", "currency": "EUR",
            "reorder_point": "20.000", "safety_stock": "5.000", "auto_order": "false", "buyer": "001",
        }
    ]  # fmt: skip


def test_value_that_cannot_be_divided_is_passed_on() -> None:
    sets = {"A_ProductPlant": [plant()], "A_ProductValuation": [value(PriceUnitQty="0")]}
    assert records(s4_master.item_locations(system(sets)))[0]["unit_cost"] == "4.100"


def lying(kind: str, quantity: str | None, material: str = "000042", **values: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("Batch", "Supplier", "Customer", "WBSElementInternalID", "SDDocument", "SDDocumentItem"), "")
    return {
        "Material": material, "Plant": "1010", "StorageLocation": "0001", "InventorySpecialStockType": "",
        "InventoryStockType": kind, "MatlWrhsStkQtyInMatlBaseUnit": quantity, **blank, **values,
    }  # fmt: skip


def test_stock_is_summed_over_storage_locations_by_type() -> None:
    rows = [
        lying("01", "10.00000000000000"),
        lying("01", "2.500", StorageLocation="0002"),
        lying("02", "3"),
        lying("07", "4"),
        lying("04", "99"),  # not available, not counted
        lying("01", "99", InventorySpecialStockType="K"),  # the supplier's
    ]
    sets = {"A_ProductPlant": [plant(StockInTransitQuantity="7.000"), plant("77")], "A_MatlStkInAcctMod": rows}
    assert records(s4_master.stock(system(sets))) == [
        {
            "item": "42", "location": "1010", "on_hand": "12.5", "inspection": "3", "blocked": "4",
            "in_transit": "7.000",
        },
        {
            "item": "77", "location": "1010", "on_hand": "0", "inspection": "0", "blocked": "0",
            "in_transit": "0.000",
        },
    ]  # fmt: skip


def test_stock_of_a_type_that_nobody_explained_is_not_there_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    rows = [lying("01", "1"), lying("04", "5"), lying("04", "6"), lying("01", "7", InventorySpecialStockType="O")]
    sets = {"A_ProductPlant": [plant()], "A_MatlStkInAcctMod": rows}
    (row,) = records(s4_master.stock(system(sets)))
    assert (row["on_hand"], row["blocked"]) == ("1", "0")
    assert "04 (2 rows), O01 (1 rows)" in caplog.text


def test_what_a_stock_type_means_is_a_setting(caplog: pytest.LogCaptureFixture) -> None:
    rows = [lying("02", "3"), lying("01", "7", InventorySpecialStockType="K"), lying("04", "5")]
    sets = {"A_ProductPlant": [plant()], "A_MatlStkInAcctMod": rows}
    (row,) = records(s4_master.stock(system(sets, stock_types={"K01": "on_hand", "02": "on_hand", "04": "ignore"})))
    assert (row["on_hand"], row["inspection"]) == ("10", "0")
    assert caplog.text == ""


def test_special_stock_alone_is_no_stock_list() -> None:
    rows = [lying("01", "7", InventorySpecialStockType="K")]
    assert records(s4_master.stock(system({"A_ProductPlant": [plant()], "A_MatlStkInAcctMod": rows}))) == []


def test_one_unreadable_quantity_spoils_the_sum() -> None:
    sets = {"A_ProductPlant": [plant()], "A_MatlStkInAcctMod": [lying("01", "5"), lying("01", "many")]}
    assert [row["on_hand"] for row in records(s4_master.stock(system(sets)))] == ["many"]


def test_units_without_factor_stay_without_one() -> None:
    def unit(name: str, above: str | None) -> dict[str, Any]:
        return {
            "Product": "000042", "AlternativeUnit": name, "QuantityNumerator": above, "QuantityDenominator": "3",
            "BaseUnit": "EA",
        }  # fmt: skip

    rows = records(
        s4_master.units(system({"A_ProductUnitsOfMeasure": [unit("EA", "3"), unit("CAR", "36"), unit("PAL", None)]}))
    )
    assert rows == [{"item": "42", "unit": "CAR", "base_units": "12"}, {"item": "42", "unit": "PAL"}]


def supplier_sets(general: dict[str, Any], *organisations: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    base = {
        "Supplier": "0017300001", "SupplierName": "Acme", "PurchasingIsBlocked": False, "PostingIsBlocked": False,
        "DeletionIndicator": False, "SupplierProcurementBlock": "",
    }  # fmt: skip
    terms = {
        "Supplier": "0017300001", "PurchasingOrganization": "1000", "PurchasingIsBlockedForSupplier": False,
        "DeletionIndicator": False, "MinimumOrderAmount": "250.000", "PurchaseOrderCurrency": "EUR",
        "PurOrdAutoGenerationIsAllowed": True,
    }  # fmt: skip
    mail = {"Person": "", "EmailAddress": "info@acme.example", "IsDefaultEmailAddress": False, "AddressID": "9"}
    return {
        "A_Supplier": [{**base, **general}, {**base, "Supplier": "0099"}],
        "A_SupplierPurchasingOrg": [{**terms, **each} for each in organisations or ({},)],
        "A_BusinessPartnerAddress": [{"BusinessPartner": "0017300001", "AddressID": "9"}],
        "A_AddressEmailAddress": [
            {**mail, "OrdinalNumber": "1"},
            {**mail, "OrdinalNumber": "2", "EmailAddress": "orders@acme.example", "IsDefaultEmailAddress": True},
            {**mail, "OrdinalNumber": "3", "EmailAddress": "late@acme.example"},
        ],
    }


def test_suppliers_of_our_organisations_with_their_default_address() -> None:
    assert records(s4_master.suppliers(system(supplier_sets({})))) == [
        {
            "supplier": "17300001", "name": "Acme", "email": "orders@acme.example", "currency": "EUR",
            "min_order_value": "250.000", "blocked": "false", "auto_order": "true",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "general",
    [
        {"PurchasingIsBlocked": True},
        {"PostingIsBlocked": True},
        {"DeletionIndicator": True},
        {"SupplierProcurementBlock": "01"},
    ],
)
def test_any_block_blocks(general: dict[str, Any]) -> None:
    assert records(s4_master.suppliers(system(supplier_sets(general))))[0]["blocked"] == "true"


def test_block_and_veto_of_one_organisation_count() -> None:
    sets = supplier_sets({}, {}, {"PurchasingIsBlockedForSupplier": True, "PurOrdAutoGenerationIsAllowed": False})
    (row,) = records(s4_master.suppliers(system(sets)))
    assert (row["blocked"], row["auto_order"]) == ("true", "false")
