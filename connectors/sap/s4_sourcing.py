"""Reads who supplies what on which terms from S/4HANA: purchasing info records and their quantity scales.

Of the organisation's and the plant's terms the plant's win; it chooses no supplier.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from connectors.sap.odata import Row, one_of
from connectors.sap.odata import day as day_literal
from connectors.sap.s4_base import INFO_RECORDS, PARTNERS, S4
from connectors.sap.s4_master import Pair, planning_data
from connectors.sap.s4_orders import base_per_price
from connectors.sap.values import cell, code, day, frame, least_multiple, number, plain, positive, ratio, scaled

_STANDARD = "0"  # info record category: standard, not consignment, subcontracting or pipeline
_GRADUATED = "D"  # scale whose prices hold for the units above each step only


@dataclass(frozen=True, slots=True)
class Source:
    """One info record at one plant: its general row, its terms, base units per order unit and per price."""

    material: str
    plant: str
    general: Row
    terms: Row
    factor: Fraction | None
    price_base: Fraction | None

    @property
    def buyer(self) -> Pair:
        """Supplier and purchasing organisation of the terms."""
        return self.general["Supplier"], self.terms["PurchasingOrganization"]

    @property
    def valid_from(self) -> str:
        """First day of the source, empty when it is not limited."""
        return day(self.general["AvailabilityStartDate"])


def sources(s4: S4, planning: dict[Pair, Row]) -> Iterator[Source]:
    """Every usable info record for every configured plant that keeps the material."""
    general = _general_rows(s4)
    terms = _terms(s4)
    plants_of: dict[str, list[str]] = {}
    for product, plant in planning:
        plants_of.setdefault(product, []).append(plant)
    for record, row in general.items():
        for plant in plants_of.get(row["Material"], ()):
            organisation = s4.settings.plants[plant].purchasing_organisation
            found = terms.get((record, organisation, plant)) or terms.get((record, organisation, ""))
            if found is None:
                continue
            factor = ratio(row["OrderItemQtyToBaseQtyNmrtr"], row["OrderItemQtyToBaseQtyDnmntr"])
            base = base_per_price(factor, found["MaterialPriceUnitQty"], found)
            yield Source(row["Material"], plant, row, found, factor, base)


def sourcing(s4: S4) -> Iterator[pd.DataFrame]:
    """Sources with quantities in base units; the lead time includes the days of goods receipt."""
    planning, days = planning_data(s4), _supplier_days(s4)
    columns = ("item", "location", "supplier", "price", "currency", "lead_time_days", "price_unit", "order_unit")
    more = ("unit_factor", "moq", "order_multiple", "max_quantity", "valid_from", "valid_to", "priority")
    yield frame(
        (*columns, *more),
        (
            _sourcing_row(source, planning[source.material, source.plant], days.get(source.buyer))
            for source in sources(s4, planning)
        ),
    )


def _supplier_days(s4: S4) -> dict[Pair, str]:
    """(supplier, organisation) -> its days of delivery for whatever has none of its own."""
    where = one_of("PurchasingOrganization", s4.settings.organisations)
    select = "Supplier,PurchasingOrganization,MaterialPlannedDeliveryDurn"
    rows = s4.rows(PARTNERS, "A_SupplierPurchasingOrg", select, where, lasting=True)
    return {(row["Supplier"], row["PurchasingOrganization"]): row["MaterialPlannedDeliveryDurn"] for row in rows}


def _sourcing_row(source: Source, planned: Row, supplier_days: str | None) -> tuple[object, ...]:
    general, terms, factor = source.general, source.terms, source.factor
    unit = general["PurgDocOrderQuantityUnit"]
    multiple = "" if factor is None else least_multiple(planned["LotSizeRoundingQuantity"], factor)
    return (
        code(source.material),
        source.plant,
        code(general["Supplier"]),
        terms["NetPriceAmount"],
        terms["Currency"],
        _lead_time(
            (terms["MaterialPlannedDeliveryDurn"], supplier_days, planned["PlannedDeliveryDurationInDays"]), planned
        ),
        "?" if source.price_base is None else plain(source.price_base),
        unit,
        f"? {unit}" if factor is None else str(factor),
        scaled(terms["MinimumPurchaseOrderQuantity"], factor, unit),
        multiple,
        positive(scaled(terms["MaximumOrderQuantity"], factor, unit)),
        source.valid_from,
        _earliest(day(general["AvailabilityEndDate"]), day(terms["PriceValidityEndDate"])),
        "1" if general["IsRegularSupplier"] else "2",
    )


def price_breaks(s4: S4) -> Iterator[pd.DataFrame]:
    """Quantity scales of the prices that hold today, per price_unit of the sourcing row."""
    conditions = {
        row["ConditionRecord"]: row for row in s4.rows(INFO_RECORDS, "A_PurInfoRecdPrcgCndn", _CONDITION, lasting=True)
    }
    scales: dict[str, list[Row]] = {}
    for row in s4.rows(INFO_RECORDS, "A_PurInfoRecdPrcgCndnScale", _SCALE, lasting=True):
        if not row["ConditionScaleIsDeleted"]:
            scales.setdefault(row["ConditionRecord"], []).append(row)
    valid = _valid_conditions(s4)
    rows: list[tuple[object, ...]] = []
    for source in sources(s4, planning_data(s4)):
        terms = source.terms
        key = (terms["PurchasingInfoRecord"], terms["PurchasingOrganization"], terms["Plant"])
        for record in valid.get(key, ()):
            condition = conditions.get(record)
            if condition is not None and not condition["ConditionIsDeleted"]:
                rows.extend(_break_row(source, condition, step) for step in scales.get(record, ()))
    yield frame(("item", "location", "supplier", "min_quantity", "price", "valid_from", "kind"), rows)


_CONDITION = (
    "ConditionRecord,PricingScaleType,ConditionQuantity,ConditionQuantityUnit,ConditionCurrency,ConditionIsDeleted"
)
_SCALE = (
    "ConditionRecord,ConditionSequentialNumber,ConditionScaleLine,ConditionScaleQuantity,ConditionScaleQuantityUnit,"
    "ConditionRateValue,ConditionScaleIsDeleted"
)


def _break_row(source: Source, condition: Row, step: Row) -> tuple[object, ...]:
    price, per = number(step["ConditionRateValue"]), number(condition["ConditionQuantity"])
    own = _in_base(source, condition["ConditionQuantityUnit"])
    text = cell(step["ConditionRateValue"]) or ""
    if price is not None and per and own is not None and source.price_base is not None:
        text = plain(Fraction(price) * source.price_base / (Fraction(per) * own))
    unit = step["ConditionScaleQuantityUnit"]
    return (
        code(source.material),
        source.plant,
        code(source.general["Supplier"]),
        scaled(step["ConditionScaleQuantity"], _in_base(source, unit), unit),
        text,
        source.valid_from,
        "incremental" if condition["PricingScaleType"] == _GRADUATED else "all_units",
    )


def _in_base(source: Source, unit: str) -> Fraction | None:
    """Base units per `unit` where it is the order unit or the base unit; None for any other."""
    if unit in {"", source.general["PurgDocOrderQuantityUnit"]}:
        return source.factor
    return Fraction(1) if unit == source.general["BaseUnit"] else None


def _general_rows(s4: S4) -> dict[str, Row]:
    select = (
        "PurchasingInfoRecord,Supplier,Material,IsDeleted,PurgDocOrderQuantityUnit,OrderItemQtyToBaseQtyNmrtr,"
        "OrderItemQtyToBaseQtyDnmntr,BaseUnit,IsRegularSupplier,AvailabilityStartDate,AvailabilityEndDate"
    )
    rows = s4.rows(INFO_RECORDS, "A_PurchasingInfoRecord", select, lasting=True)
    return {row["PurchasingInfoRecord"]: row for row in rows if row["Material"] and not row["IsDeleted"]}


def _terms(s4: S4) -> dict[tuple[str, str, str], Row]:
    """(info record, organisation, plant or empty) -> terms."""
    select = (
        "PurchasingInfoRecord,PurchasingInfoRecordCategory,PurchasingOrganization,Plant,IsMarkedForDeletion,Currency,"
        "NetPriceAmount,MaterialPriceUnitQty,OrderPriceUnitToOrderUnitNmrtr,OrdPriceUnitToOrderUnitDnmntr,"
        "MinimumPurchaseOrderQuantity,MaximumOrderQuantity,MaterialPlannedDeliveryDurn,PriceValidityEndDate"
    )
    where = one_of("PurchasingOrganization", s4.settings.organisations)
    return {
        (row["PurchasingInfoRecord"], row["PurchasingOrganization"], row["Plant"] or ""): row
        for row in s4.rows(INFO_RECORDS, "A_PurgInfoRecdOrgPlantData", select, where, lasting=True)
        if row["PurchasingInfoRecordCategory"] == _STANDARD and not row["IsMarkedForDeletion"]
    }


def _valid_conditions(s4: S4) -> dict[tuple[str, str, str], list[str]]:
    """(info record, organisation, plant or empty) -> condition records of prices that hold today."""
    select = (
        "ConditionRecord,ConditionValidityEndDate,ConditionValidityStartDate,ConditionType,PurchasingOrganization,"
        "PurchasingInfoRecordCategory,PurchasingInfoRecord,Plant"
    )
    today = day_literal(s4.today(), 2)
    where = f"ConditionValidityStartDate le {today} and ConditionValidityEndDate ge {today}"
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in s4.rows(INFO_RECORDS, "A_PurInfoRecdPrcgCndnValidity", select, where, lasting=True):
        if row["ConditionType"] in s4.settings.price_conditions:
            key = (row["PurchasingInfoRecord"], row["PurchasingOrganization"], row["Plant"] or "")
            found.setdefault(key, []).append(row["ConditionRecord"])
    return found


def _lead_time(delivery: Sequence[str | None], planned: Row) -> str:
    """Calendar days of the first delivery time that is maintained, and the work days of goods receipt.

    What cannot be read is passed on: a time further down the list would be another's.
    """
    days: Decimal | None = None
    for given in delivery:
        days = number(given)
        if days is None and given:
            return str(given)
        if days:
            break
    if not days:
        return "" if days is None else plain(days)
    receipt = number(planned["GoodsReceiptDuration"]) or 0
    return plain(days + math.ceil(receipt * 7 / 5))


def _earliest(*days: str) -> str:
    return min((each for each in days if each), default="")
