"""Loads the demo company into the tables of the S/4-like server: master data first, documents after.

It translates canonical columns into properties one way only; nothing here reads them back.
"""

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.company import Company
from connectors.sandbox.s4_load_documents import load_documents
from connectors.sandbox.s4_services import SETS
from connectors.sandbox.s4_state import State, create_indexes, create_tables, insert

ORGANIZATION = "1000"
NO_END = 253402214400000  # 9999-12-31, SAP's "without end"
_STATUS = {"blocked": "01"}


def load_s4(company: Company, db_path: Path) -> None:
    """Make a new database at `db_path` with the part of the company that system s4 serves."""
    db_path.unlink(missing_ok=True)
    state = State(db_path)
    places = {place for place, system in company.systems.items() if system == "s4"}
    with state.writing() as connection:
        connection.execute("PRAGMA defer_foreign_keys=ON")
        create_tables(connection)
        loader = _Loader(connection, company, places)
        loader.products()
        loader.stock()
        loader.info_records()
        loader.suppliers()
        load_documents(connection, company, places)
        create_indexes(connection)
        connection.execute("INSERT INTO facts VALUES ('as_of', ?)", (company.as_of.isoformat(),))
    state.close()


def stamp(day: date) -> int:
    """Milliseconds of a day's midnight, UTC."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


class _Loader:
    """Fills the master data sets."""

    def __init__(self, connection: Any, company: Company, places: set[str]) -> None:
        self._connection = connection
        self._as_of = stamp(company.as_of)
        at = {
            name: frame[frame["location"].isin(places)] for name, frame in company.tables.items() if "location" in frame
        }
        self._places = at["item_locations"].merge(
            at["stock"], on=["item", "location"], how="outer", suffixes=("", "_stock")
        )
        used = set(self._places["item"])
        items = company.tables["items"]
        self._items = items[items["item"].isin(used)]
        self._unit = dict(zip(items["item"], items["unit"], strict=True))
        self._category = dict(zip(items["item"], items["category"], strict=True))
        units = company.tables["units"]
        self._units = units[units["item"].isin(used)]
        self._sourcing, self._breaks = at["sourcing"], at["price_breaks"]
        self._suppliers = company.tables["suppliers"]

    def _put(self, name: str, columns: dict[str, Any]) -> None:
        """Insert columns; a scalar is repeated."""
        size = max(len(value) for value in columns.values() if isinstance(value, pd.Series | list))
        lists = [value.tolist() if isinstance(value, pd.Series) else value for value in columns.values()]
        rows = zip(*[value if isinstance(value, list) else [value] * size for value in lists], strict=True)
        insert(self._connection, SETS[name], list(columns), rows)

    def products(self) -> None:
        """Products, their texts, plants, planning, procurement, values and units."""
        items, places = self._items, self._places
        self._put("A_Product", {
            "Product": items["item"], "ProductType": "HAWA", "BaseUnit": items["unit"],
            "CrossPlantStatus": items["status"].map(_STATUS).fillna(""), "ProductHierarchy": items["category"],
            "ProductGroup": [_group(path) for path in items["category"]],
            "IsMarkedForDeletion": (items["status"] == "discontinued").astype(int), "NetWeight": items["weight"],
            "GrossWeight": items["weight"], "WeightUnit": "KG", "MaterialVolume": items["volume"], "VolumeUnit": "M3",
            "CreationDate": self._as_of - 800 * 86400000, "LastChangeDateTime": self._as_of - 30 * 86400000,
        })  # fmt: skip
        self._put("A_ProductDescription", {
            "Product": items["item"], "Language": "EN", "ProductDescription": items["description"].str.slice(0, 40),
        })  # fmt: skip
        whole = items.assign(one=1.0)
        units = pd.concat([whole[["item", "unit", "one"]].rename(columns={"one": "base_units"}), self._units])
        self._put("A_ProductUnitsOfMeasure", {
            "Product": units["item"], "AlternativeUnit": units["unit"], "QuantityNumerator": units["base_units"],
            "QuantityDenominator": 1, "BaseUnit": units["item"].map(self._unit),
        })  # fmt: skip
        self._plants(places)

    def _plants(self, places: pd.DataFrame) -> None:
        base = places["item"].map(self._unit)
        status = dict(zip(self._items["item"], self._items["status"], strict=True))
        successor = dict(zip(self._items["item"], self._items["successor"], strict=True))
        rounding = self._sourcing.drop_duplicates(["item", "location"]).set_index(["item", "location"])[
            "order_multiple"
        ]
        multiple = (
            rounding.reindex(pd.MultiIndex.from_frame(places[["item", "location"]])).fillna(1.0).reset_index(drop=True)
        )
        lead = self._sourcing.drop_duplicates(["item", "location"]).set_index(["item", "location"])["lead_time_days"]
        days = lead.reindex(pd.MultiIndex.from_frame(places[["item", "location"]])).fillna(0.0).clip(0, 999)
        key = {"Product": places["item"], "Plant": places["location"]}
        self._put("A_ProductPlant", key | {
            "PurchasingGroup": places["buyer"], "MRPType": "VB", "ProcurementType": "F", "BaseUnit": base,
            "IsMarkedForDeletion": (places["status"] == "discontinued").astype(int),
            "StockInTransitQuantity": places["in_transit"],
        })  # fmt: skip
        self._put("A_ProductSupplyPlanning", key | {
            "ReorderThresholdQuantity": places["reorder_point"], "MaximumStockQuantity": places["order_up_to"],
            "SafetyStockQuantity": places["safety_stock"], "LotSizeRoundingQuantity": multiple.tolist(),
            "LotSizingProcedure": "HB", "MRPType": "VB", "ProcurementType": "F", "BaseUnit": base, "Currency": "EUR",
            "PlannedDeliveryDurationInDays": days.tolist(), "FollowUpProduct": places["item"].map(successor).fillna(""),
            "ProductIsToBeDiscontinued": ["1" if status[item] == "phase_out" else "" for item in places["item"]],
        })  # fmt: skip
        self._put("A_ProductPlantProcurement", key | {"IsAutoPurOrdCreationAllowed": places["auto_order"].astype(int)})
        per = [100 if cost < 0.1 else 1 for cost in places["unit_cost"]]
        value = (places["unit_cost"] * per).round(3)
        self._put("A_ProductValuation", {
            "Product": places["item"], "ValuationArea": places["location"], "InventoryValuationProcedure": "V",
            "MovingAveragePrice": value, "StandardPrice": value, "PriceUnitQty": per, "Currency": places["currency"],
            "BaseUnit": base,
        })  # fmt: skip

    def stock(self) -> None:
        """One row per stock type that is not zero; unrestricted stock always has a row."""
        parts = []
        for kind, column in (("01", "on_hand"), ("02", "inspection"), ("07", "blocked")):
            rows = self._places[(self._places[column] != 0) | (kind == "01")]
            parts.append(rows[["item", "location"]].assign(kind=kind, quantity=rows[column]))
        rows = pd.concat(parts)
        self._put("A_MatlStkInAcctMod", {
            "Material": rows["item"], "Plant": rows["location"], "StorageLocation": "0001",
            "InventoryStockType": rows["kind"], "MaterialBaseUnit": rows["item"].map(self._unit),
            "MatlWrhsStkQtyInMatlBaseUnit": rows["quantity"],
        })  # fmt: skip

    def info_records(self) -> None:
        """Info records, their terms per plant (some for the organization as a whole), prices and scales."""
        pairs = self._sourcing.drop_duplicates(["item", "supplier"]).reset_index(drop=True)
        number = {key: str(5300000000 + i) for i, key in enumerate(zip(pairs["item"], pairs["supplier"], strict=True))}
        factor = [Fraction(text) for text in pairs["unit_factor"]]
        self._put("A_PurchasingInfoRecord", {
            "PurchasingInfoRecord": list(number.values()), "Supplier": pairs["supplier"], "Material": pairs["item"],
            "MaterialGroup": [_group(self._category[item]) for item in pairs["item"]],
            "PurgDocOrderQuantityUnit": pairs["order_unit"], "BaseUnit": pairs["item"].map(self._unit),
            "OrderItemQtyToBaseQtyNmrtr": [part.numerator for part in factor],
            "OrderItemQtyToBaseQtyDnmntr": [part.denominator for part in factor],
            "IsRegularSupplier": (pairs["priority"] == 1).astype(int), "CreationDate": self._as_of - 900 * 86400000,
            "LastChangeDateTime": self._as_of - 20 * 86400000,
        })  # fmt: skip
        rows = self._sourcing.assign(
            record=[number[key] for key in zip(self._sourcing["item"], self._sourcing["supplier"], strict=True)]
        )
        central = (rows["record"].astype(int) % 11 == 0) & self._uniform(rows)
        rows = pd.concat([rows[~central], rows[central].drop_duplicates("record").assign(location="")])
        self._terms(rows)
        self._conditions(rows)

    def _uniform(self, rows: pd.DataFrame) -> pd.Series:
        """Records whose terms are equal at all plants of the item: only those can stand for the organization."""
        terms = ["price", "price_unit", "currency", "lead_time_days", "moq", "order_unit", "unit_factor"]
        same = (rows.groupby("record")[terms].transform("nunique", dropna=False) == 1).all(axis=1)
        served = rows.groupby("record")["location"].transform("nunique")
        breaks = set(zip(self._breaks["item"], self._breaks["supplier"], strict=True))
        plain = pd.Series([key not in breaks for key in zip(rows["item"], rows["supplier"], strict=True)], rows.index)
        return same & (served == rows["item"].map(self._places.groupby("item")["location"].nunique())) & plain

    def _terms(self, rows: pd.DataFrame) -> None:
        factor = np.array([float(Fraction(text)) for text in rows["unit_factor"]])
        self._put("A_PurgInfoRecdOrgPlantData", {
            "PurchasingInfoRecord": rows["record"], "PurchasingInfoRecordCategory": "0",
            "PurchasingOrganization": ORGANIZATION, "Plant": rows["location"], "Currency": rows["currency"],
            "PurchasingGroup": "001", "MinimumPurchaseOrderQuantity": (rows["moq"] / factor).round(3),
            "StandardPurchaseOrderQuantity": (rows["moq"] / factor).round(3),
            "MaximumOrderQuantity": (rows["max_quantity"].fillna(0.0) / factor).round(3),
            "MaterialPlannedDeliveryDurn": rows["lead_time_days"].clip(0, 999), "Material": rows["item"],
            "Supplier": rows["supplier"], "PurgDocOrderQuantityUnit": rows["order_unit"],
            "NetPriceAmount": rows["price"], "PurgInfoRecdEffctvPrc": rows["price"],
            "MaterialPriceUnitQty": rows["price_unit"], "PurchaseOrderPriceUnit": rows["item"].map(self._unit),
            "OrderPriceUnitToOrderUnitNmrtr": [Fraction(text).numerator for text in rows["unit_factor"]],
            "OrdPriceUnitToOrderUnitDnmntr": [Fraction(text).denominator for text in rows["unit_factor"]],
            "PriceValidityEndDate": _ends(rows["valid_to"]), "InvoiceIsGoodsReceiptBased": 1,
        })  # fmt: skip

    def _conditions(self, rows: pd.DataFrame) -> None:
        """A price per validity for every row, and its scale where there are price breaks."""
        rows = rows.assign(condition=[f"{i:010d}" for i in range(1, len(rows) + 1)]).reset_index(drop=True)
        start = [stamp(day.date()) if pd.notna(day) else self._as_of for day in rows["valid_from"]]
        base = rows["item"].map(self._unit)
        self._put("A_PurInfoRecdPrcgCndnValidity", {
            "ConditionRecord": rows["condition"], "ConditionValidityEndDate": _ends(rows["valid_to"]),
            "ConditionValidityStartDate": start, "ConditionApplication": "M", "ConditionType": "PB00",
            "PurchasingOrganization": ORGANIZATION, "PurchasingInfoRecordCategory": "0",
            "PurchasingInfoRecord": rows["record"], "Supplier": rows["supplier"], "Material": rows["item"],
            "Plant": rows["location"], "PurgDocOrderQuantityUnit": rows["order_unit"],
        })  # fmt: skip
        self._put("A_PurInfoRecdPrcgCndn", {
            "ConditionRecord": rows["condition"], "ConditionSequentialNumber": "1", "ConditionApplication": "M",
            "ConditionType": "PB00", "ConditionValidityEndDate": _ends(rows["valid_to"]),
            "ConditionValidityStartDate": start, "PricingScaleType": "A", "PricingScaleBasis": "C",
            "ConditionCalculationType": "C", "ConditionRateValue": rows["price"],
            "ConditionRateValueUnit": rows["currency"], "ConditionRateAmount": rows["price"],
            "ConditionCurrency": rows["currency"], "ConditionQuantity": rows["price_unit"],
            "ConditionQuantityUnit": base, "BaseUnit": base, "ConditionToBaseQtyNmrtr": 1,
            "ConditionToBaseQtyDnmntr": 1,
        })  # fmt: skip
        key = ["item", "location", "supplier"]
        steps = self._breaks.merge(rows[[*key, "condition", "currency"]], on=key)
        steps = steps.assign(number=steps.groupby("condition").cumcount() + 1)
        self._put("A_PurInfoRecdPrcgCndnScale", {
            "ConditionRecord": steps["condition"], "ConditionSequentialNumber": "1",
            "ConditionScaleLine": steps["number"].astype(str), "ConditionScaleQuantity": steps["min_quantity"],
            "ConditionScaleQuantityUnit": steps["item"].map(self._unit), "ConditionRateValue": steps["price"],
            "ConditionRateAmount": steps["price"], "ConditionRateValueUnit": steps["currency"],
            "ConditionCurrency": steps["currency"],
        })  # fmt: skip

    def suppliers(self) -> None:
        """Business partners, suppliers, purchasing data, addresses and e-mail."""
        rows = self._suppliers
        name = rows["name"].str.slice(0, 80)
        address = [f"{number:d}" for number in range(20001, 20001 + len(rows))]
        self._put("A_BusinessPartner", {
            "BusinessPartner": rows["supplier"], "Supplier": rows["supplier"], "BusinessPartnerCategory": "2",
            "BusinessPartnerFullName": name, "BusinessPartnerName": name, "OrganizationBPName1": name.str.slice(0, 40),
        })  # fmt: skip
        self._put("A_Supplier", {
            "Supplier": rows["supplier"], "SupplierName": name, "SupplierFullName": name,
            "SupplierAccountGroup": "SUPL",
            "PurchasingIsBlocked": rows["blocked"].astype(int),
            "SupplierCorporateGroup": rows["group"].str.slice(0, 10),
        })  # fmt: skip
        self._put("A_SupplierPurchasingOrg", {
            "Supplier": rows["supplier"], "PurchasingOrganization": ORGANIZATION,
            "MinimumOrderAmount": rows["min_order_value"], "PurchaseOrderCurrency": rows["currency"],
            "PurOrdAutoGenerationIsAllowed": rows["auto_order"].astype(int), "PlanningCycle": rows["order_days"],
            "PaymentTerms": "0001", "PurchasingIsBlockedForSupplier": rows["blocked"].astype(int),
        })  # fmt: skip
        self._put("A_BusinessPartnerAddress", {
            "BusinessPartner": rows["supplier"], "AddressID": address, "FullName": name,
            "Country": ["US" if code == "USD" else "DE" for code in rows["currency"]], "Language": "EN",
        })  # fmt: skip
        self._put("A_AddressEmailAddress", {
            "AddressID": address, "OrdinalNumber": "1", "IsDefaultEmailAddress": 1, "EmailAddress": rows["email"],
            "SearchEmailAddress": rows["email"].str.upper().str.slice(0, 20),
        })  # fmt: skip


def _group(path: str) -> str:
    """A material group of nine characters from a category path."""
    family, _, kind = path.partition("/")
    return f"{family[:4]}{kind[:5]}".upper()


def _ends(days: pd.Series) -> list[int]:
    return [stamp(day.date()) if pd.notna(day) else NO_END for day in days]
