"""Reads what hardly changes from S/4HANA: items, their planning data per plant, units, suppliers; and the stock.

Prices and sources are read by `s4_sourcing`, orders by `s4_orders`.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from connectors.sap.odata import Row, one_of, text
from connectors.sap.s4_base import PARTNERS, PRODUCT, S4, STOCK
from connectors.sap.values import cell, code, day, frame, number, plain, positive, ratio

_LOG = logging.getLogger(__name__)
# own stock by its type: unrestricted, quality inspection, blocked; special stocks have their indicator before it
STOCK_TYPES: dict[str, str] = {"01": "on_hand", "02": "inspection", "07": "blocked"}
_COUNTED = ("on_hand", "inspection", "blocked")
Pair = tuple[str, str]


def locations(s4: S4) -> Iterator[pd.DataFrame]:
    """The configured plants: no service lists plants, and only these are planned; nothing is asked of the system."""
    plants = sorted(s4.settings.plants)
    yield pd.DataFrame({"location": plants, "system": [s4.settings.system] * len(plants)}, dtype="str")


def items(s4: S4) -> Iterator[pd.DataFrame]:
    """Items that have a row in a configured plant."""
    here = {row["Product"] for row in s4.rows(PRODUCT, "A_ProductPlant", "Product,Plant", s4.of_plants(), lasting=True)}
    leaving = {row["Product"]: row for row in planning_data(s4).values() if row["ProductIsToBeDiscontinued"]}
    names = {
        row["Product"]: row["ProductDescription"]
        for row in s4.rows(
            PRODUCT,
            "A_ProductDescription",
            "Product,Language,ProductDescription",
            f"Language eq {text(s4.settings.language)}",
            lasting=True,
        )
    }
    costs: dict[str, Pair] = {}
    for (product, _), cost in valuations(s4).items():
        costs.setdefault(product, cost)
    select = "Product,BaseUnit,ProductGroup,IsMarkedForDeletion,CrossPlantStatus"
    yield frame(
        ("item", "unit", "description", "category", "unit_cost", "currency", "status", "successor", "ends_on"),
        (
            (
                code(row["Product"]),
                row["BaseUnit"],
                names.get(row["Product"]),
                s4.settings.categories.get(row["ProductGroup"], row["ProductGroup"]),
                *costs.get(row["Product"], ("", "")),
                _status(s4, row["CrossPlantStatus"], planned, deleted=row["IsMarkedForDeletion"]),
                code(planned.get("FollowUpProduct")),
                day(planned.get("EffectiveOutDate")),
            )
            for row in s4.rows(PRODUCT, "A_Product", select, lasting=True)
            if row["Product"] in here
            for planned in [leaving.get(row["Product"], {})]
        ),
    )


def valuations(s4: S4) -> dict[Pair, Pair]:
    """(product, plant) -> (value of one base unit, currency), from the price that the item is valued with."""
    select = (
        "Product,ValuationArea,ValuationType,InventoryValuationProcedure,StandardPrice,MovingAveragePrice,"
        "PriceUnitQty,Currency"
    )
    found = {}
    for row in s4.rows(PRODUCT, "A_ProductValuation", select, s4.of_plants("ValuationArea"), lasting=True):
        if row["ValuationType"]:
            continue
        raw = row["MovingAveragePrice" if row["InventoryValuationProcedure"] == "V" else "StandardPrice"]
        price, unit = number(raw), number(row["PriceUnitQty"])
        exact = price is not None and unit is not None and unit > 0
        cost = plain(Fraction(price) / Fraction(unit)) if exact and price and unit else cell(raw) or ""
        found[row["Product"], row["ValuationArea"]] = (cost, row["Currency"] or "")
    return found


def item_locations(s4: S4) -> Iterator[pd.DataFrame]:
    """Planning data per product and plant; zero thresholds mean that none is maintained."""
    planning = planning_data(s4)
    select = "Product,Plant,IsAutoPurOrdCreationAllowed"
    automatic = {
        (row["Product"], row["Plant"]): row["IsAutoPurOrdCreationAllowed"]
        for row in s4.rows(PRODUCT, "A_ProductPlantProcurement", select, s4.of_plants(), lasting=True)
    }
    costs = valuations(s4)
    columns = ("item", "location", "status", "unit_cost", "currency", "reorder_point", "order_up_to", "safety_stock")
    select = "Product,Plant,PurchasingGroup,ProfileCode,IsMarkedForDeletion"
    yield frame(
        (*columns, "auto_order", "buyer"),
        (
            (
                code(row["Product"]),
                row["Plant"],
                _status(s4, row["ProfileCode"], planned, deleted=row["IsMarkedForDeletion"]),
                *costs.get(pair, ("", "")),
                positive(planned.get("ReorderThresholdQuantity")),
                positive(planned.get("MaximumStockQuantity")),
                planned.get("SafetyStockQuantity"),
                automatic.get(pair),
                row["PurchasingGroup"],
            )
            for row in s4.rows(PRODUCT, "A_ProductPlant", select, s4.of_plants(), lasting=True)
            for pair in [(row["Product"], row["Plant"])]
            for planned in [planning.get(pair, {})]
        ),
    )


def planning_data(s4: S4) -> dict[Pair, Row]:
    """(product, plant) -> its row of the supply planning view."""
    select = (
        "Product,Plant,SafetyStockQuantity,ReorderThresholdQuantity,MaximumStockQuantity,LotSizeRoundingQuantity,"
        "PlannedDeliveryDurationInDays,GoodsReceiptDuration,ProductIsToBeDiscontinued,FollowUpProduct,EffectiveOutDate"
    )
    rows = s4.rows(PRODUCT, "A_ProductSupplyPlanning", select, s4.of_plants(), lasting=True)
    return {(row["Product"], row["Plant"]): row for row in rows}


def stock(s4: S4) -> Iterator[pd.DataFrame]:
    """Own stock per product and plant over all storage locations; a pair without a row has none.

    A list without any row is no stock list: it yields nothing, because zeros everywhere would order everything.
    """
    pairs = {
        (row["Product"], row["Plant"]): row["StockInTransitQuantity"]
        for row in s4.rows(PRODUCT, "A_ProductPlant", "Product,Plant,StockInTransitQuantity", s4.of_plants())
    }
    sums: dict[Pair, list[Decimal]] = {pair: [Decimal(0)] * 3 for pair in pairs}
    unreadable: dict[Pair, str] = {}
    if not _add_stock(s4, sums, unreadable):
        _LOG.warning("%s lists no stock at all", s4.settings.system)
        return
    # a sum that lacks a part would order too much: the pair shows what could not be read instead
    yield frame(
        ("item", "location", "on_hand", "inspection", "blocked", "in_transit"),
        (
            (
                code(item),
                plant,
                unreadable.get((item, plant), plain(values[0])),
                plain(values[1]),
                plain(values[2]),
                pairs.get((item, plant)),
            )
            for (item, plant), values in {**dict.fromkeys(unreadable, [Decimal(0)] * 3), **sums}.items()
        ),
    )


_LYING = (
    "Material,Plant,StorageLocation,Batch,Supplier,Customer,WBSElementInternalID,SDDocument,SDDocumentItem,"
    "InventorySpecialStockType,InventoryStockType,MatlWrhsStkQtyInMatlBaseUnit"
)


def _add_stock(s4: S4, sums: dict[Pair, list[Decimal]], unreadable: dict[Pair, str]) -> int:
    """Add what lies there by its type; the number of rows that are own stock or count as such."""
    known, uncounted, own = {**STOCK_TYPES, **s4.settings.stock_types}, Counter[str](), 0
    for row in s4.rows(STOCK, "A_MatlStkInAcctMod", _LYING, s4.of_plants()):
        special, raw = row["InventorySpecialStockType"] or "", row["MatlWrhsStkQtyInMatlBaseUnit"]
        column, quantity = known.get(kind := special + row["InventoryStockType"]), number(raw)
        own += not special or column in _COUNTED
        if column not in _COUNTED:
            uncounted[kind] += column is None
        elif quantity is None:
            unreadable[row["Material"], row["Plant"]] = cell(raw) or ""
        else:
            sums.setdefault((row["Material"], row["Plant"]), [Decimal(0)] * 3)[_COUNTED.index(column)] += quantity
    _tell_uncounted(s4, +uncounted)
    return own


def _tell_uncounted(s4: S4, uncounted: Counter[str]) -> None:
    """Log stock that counts as not there because nobody has said what its type means."""
    if uncounted:
        kinds = ", ".join(f"{kind or '(none)'} ({count} rows)" for kind, count in sorted(uncounted.items()))
        _LOG.warning("%s: stock of these types counts as not there (stock_types): %s", s4.settings.system, kinds)


def units(s4: S4) -> Iterator[pd.DataFrame]:
    """Conversions of every product to its base unit; a row without a factor stays without one."""
    select = "Product,AlternativeUnit,QuantityNumerator,QuantityDenominator,BaseUnit"
    rows = s4.rows(PRODUCT, "A_ProductUnitsOfMeasure", select, lasting=True)
    yield frame(
        ("item", "unit", "base_units"),
        (
            (code(row["Product"]), row["AlternativeUnit"], plain(factor) if factor is not None else "")
            for row in rows
            if row["AlternativeUnit"] != row["BaseUnit"]
            for factor in [ratio(row["QuantityNumerator"], row["QuantityDenominator"])]
        ),
    )


def suppliers(s4: S4) -> Iterator[pd.DataFrame]:
    """Suppliers of the configured purchasing organisations; a block in any of them blocks."""
    select = (
        "Supplier,PurchasingOrganization,PurchasingIsBlockedForSupplier,DeletionIndicator,MinimumOrderAmount,"
        "PurchaseOrderCurrency,PurOrdAutoGenerationIsAllowed"
    )
    where = one_of("PurchasingOrganization", s4.settings.organisations)
    terms: dict[str, list[Row]] = {}
    for row in s4.rows(PARTNERS, "A_SupplierPurchasingOrg", select, where, lasting=True):
        terms.setdefault(row["Supplier"], []).append(row)
    emails = _emails(s4)
    select = "Supplier,SupplierName,PurchasingIsBlocked,PostingIsBlocked,DeletionIndicator,SupplierProcurementBlock"
    yield frame(
        ("supplier", "name", "email", "currency", "min_order_value", "blocked", "auto_order"),
        (
            (
                code(row["Supplier"]),
                row["SupplierName"],
                emails.get(row["Supplier"]),
                organisations[0]["PurchaseOrderCurrency"],
                organisations[0]["MinimumOrderAmount"],
                _is_blocked(row, organisations),
                all(each["PurOrdAutoGenerationIsAllowed"] for each in organisations),
            )
            for row in s4.rows(PARTNERS, "A_Supplier", select, lasting=True)
            for organisations in [terms.get(row["Supplier"])]
            if organisations
        ),
    )


def _is_blocked(row: Row, organisations: list[Row]) -> bool:
    general = row["PurchasingIsBlocked"] or row["PostingIsBlocked"] or row["DeletionIndicator"]
    return bool(general or row["SupplierProcurementBlock"]) or any(
        each["PurchasingIsBlockedForSupplier"] or each["DeletionIndicator"] for each in organisations
    )


def _emails(s4: S4) -> dict[str, str]:
    """Supplier -> mail address, the default one where several exist."""
    select = "AddressID,Person,OrdinalNumber,IsDefaultEmailAddress,EmailAddress"
    by_address: dict[str, str] = {}
    for row in s4.rows(PARTNERS, "A_AddressEmailAddress", select, lasting=True):
        if row["IsDefaultEmailAddress"] or row["AddressID"] not in by_address:
            by_address[row["AddressID"]] = row["EmailAddress"]
    addresses = s4.rows(PARTNERS, "A_BusinessPartnerAddress", "BusinessPartner,AddressID", lasting=True)
    return {row["BusinessPartner"]: by_address[row["AddressID"]] for row in addresses if row["AddressID"] in by_address}


def _status(s4: S4, status: str | None, planned: Row, *, deleted: bool | None) -> str:
    """A code that the settings do not know blocks: what it means is customising."""
    if deleted:
        return "discontinued"
    if status:
        return s4.settings.status_codes.get(status, "blocked")
    return "phase_out" if planned.get("ProductIsToBeDiscontinued") else "active"
