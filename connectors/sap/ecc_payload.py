"""Turns an approved order or transfer into the exact values of a function module, or refuses.

It calls nothing and rounds nothing: what goes out is what was approved.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.errors import NeedsAdmin, Refused
from bot.orders.document import StockTransfer, TransferLine
from bot.orders.model import OrderLine, PurchaseOrder
from bot.tables.currency import minor_digits
from connectors.sap.ecc_settings import EccPlant, EccSettings
from connectors.sap.rfc_values import Field, day, flags, material, packed, padded, row

KEY_LENGTH = 12
STOCK_TRANSFER = "7"  # item category, internal form
_NET = "2"  # the price is a net price
_DATES = {"YYYYMMDD": "%Y%m%d", "DD.MM.YYYY": "%d.%m.%Y", "MM/DD/YYYY": "%m/%d/%Y", "YYYY-MM-DD": "%Y-%m-%d"}
_PER_PRICE = (1, 10, 100, 1000, 10_000)
_MOST_PER_PRICE = 99_999
_TEXT12 = Field("C", 12, lower=True)

HEADER = {
    "COMP_CODE": Field("C", 4), "DOC_TYPE": Field("C", 4), "VENDOR": Field("C", 10), "PURCH_ORG": Field("C", 4),
    "PUR_GROUP": Field("C", 3), "CURRENCY": Field("C", 5), "OUR_REF": _TEXT12, "REF_1": _TEXT12,
    "SUPPL_PLNT": Field("C", 4),
}  # fmt: skip
ITEM = {
    "PO_ITEM": Field("N", 5), "MATERIAL": Field("C", 18), "MATERIAL_LONG": Field("C", 40), "PLANT": Field("C", 4),
    "QUANTITY": Field("P", 13, 3), "PO_UNIT": Field("C", 3, lower=True), "PO_UNIT_ISO": Field("C", 3),
    "NET_PRICE": Field("P", 28, 9), "PO_PRICE": Field("C", 1), "PRICE_UNIT": Field("P", 5),
    "ORDERPR_UN": Field("C", 3, lower=True), "ORDERPR_UN_ISO": Field("C", 3), "NO_ROUNDING": Field("C", 1),
    "DELETE_IND": Field("C", 1),
}  # fmt: skip
SCHEDULE = {
    "PO_ITEM": Field("N", 5), "SCHED_LINE": Field("N", 4), "DELIVERY_DATE": Field("C", 10),
    "QUANTITY": Field("P", 13, 3),
}  # fmt: skip
REQUISITION = {
    "PREQ_ITEM": Field("N", 5), "PUR_GROUP": Field("C", 3), "PREQ_NAME": _TEXT12, "MATERIAL": Field("C", 18),
    "MATERIAL_LONG": Field("C", 40), "PLANT": Field("C", 4), "SUPPL_PLNT": Field("C", 4), "ITEM_CAT": Field("C", 1),
    "QUANTITY": Field("P", 13, 3), "DELIV_DATE": Field("D", 8),
}  # fmt: skip


def order_values(order: PurchaseOrder, settings: EccSettings) -> dict[str, Any]:
    """Parameters of BAPI_PO_CREATE1; Refused when a value has no exact form, NeedsAdmin without settings of the plant.

    Flags are made from the filled fields: a field without its flag would be ignored.
    """
    if not order.lines:
        raise Refused("the order has no lines")
    _check_key(order.order_key)
    plant = _plant(order.location, {line.location for line in order.lines}, settings)
    header = row(HEADER, {
        "COMP_CODE": plant.company_code, "DOC_TYPE": settings.order_type, "VENDOR": padded(order.supplier, 10),
        "PURCH_ORG": plant.purchasing_organisation, "PUR_GROUP": plant.purchasing_group, "CURRENCY": order.currency,
        settings.reference_field: order.order_key,
    })  # fmt: skip
    items = [row(ITEM, _item(10 * n, line, order.currency, settings)) for n, line in enumerate(order.lines, 1)]
    schedules = [row(SCHEDULE, _schedule(10 * n, line, settings)) for n, line in enumerate(order.lines, 1)]
    return {
        "POHEADER": header,
        "POHEADERX": flags(header),
        "POITEM": items,
        "POITEMX": [flags(item, keys=("PO_ITEM",)) for item in items],
        "POSCHEDULE": schedules,
        "POSCHEDULEX": [flags(line, keys=("PO_ITEM", "SCHED_LINE")) for line in schedules],
    }


def transfer_values(transfer: StockTransfer, settings: EccSettings) -> dict[str, Any]:
    """Parameters of BAPI_PR_CREATE for a requisition with a supplying plant; errors as `order_values`.

    The order key stands in the name of the requisitioner, which holds twelve characters.
    """
    if not transfer.lines:
        raise Refused("the transfer has no lines")
    _check_key(transfer.order_key)
    plant = _plant(transfer.location, {transfer.location}, settings)
    items = [
        row(REQUISITION, _move(10 * n, line, transfer, plant, settings)) for n, line in enumerate(transfer.lines, 1)
    ]
    header = {"PR_TYPE": settings.transfer_type}
    return {
        "PRHEADER": header,
        "PRHEADERX": flags(header),
        "PRITEM": items,
        "PRITEMX": [flags(item, keys=("PREQ_ITEM",)) for item in items],
    }


def cancel_values(number: str, positions: list[str]) -> dict[str, Any]:
    """Parameters of BAPI_PO_CHANGE that delete every item."""
    items = [row(ITEM, {"PO_ITEM": position, "DELETE_IND": "L"}) for position in positions]
    return {
        "PURCHASEORDER": padded(number, 10),
        "POITEM": items,
        "POITEMX": [flags(item, keys=("PO_ITEM",)) for item in items],
    }


def _check_key(key: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH:
        raise Refused(f"the order key must have 1 to {KEY_LENGTH} characters")


def _plant(location: str, places: set[str], settings: EccSettings) -> EccPlant:
    others = places - {location}
    if others:
        raise Refused(f"the order for {location} has lines for {', '.join(sorted(others))}")
    if location not in settings.plants:
        remedy = f"Add company_code, purchasing_organisation and purchasing_group of {location} to plants."
        what = f"there are no settings for the location {location}"
        raise NeedsAdmin(what, f"restock.toml, system {settings.system}", remedy)
    return settings.plants[location]


def _material(code: str, settings: EccSettings) -> dict[str, str]:
    internal = material(code, lexicographic=settings.material_numbers == "lexicographic")
    return {"MATERIAL" if len(internal) <= 18 else "MATERIAL_LONG": internal}


def _unit(unit: str, settings: EccSettings, name: str) -> dict[str, str]:
    """The internal code as it was read, or the ISO code that the settings name."""
    if settings.units == "internal":
        return {name: unit}
    if unit not in settings.iso_units:
        raise Refused(f"the unit {unit} has no ISO code in iso_units of the settings", "UNIT")
    return {f"{name}_ISO": settings.iso_units[unit]}


def _item(number: int, line: OrderLine, currency: str, settings: EccSettings) -> dict[str, Any]:
    quantity = packed(line.order_quantity, 3, f"quantity of item {line.item}")
    if quantity <= 0:
        raise Refused(f"the quantity {quantity} of item {line.item} is not above zero")
    unit = line.order_unit or line.unit
    price, per = _price(line, currency)
    return {
        "PO_ITEM": f"{number:05d}", **_material(line.item, settings), "PLANT": line.location, "QUANTITY": quantity,
        **_unit(unit, settings, "PO_UNIT"), "NET_PRICE": price, "PO_PRICE": _NET, "PRICE_UNIT": per,
        **_unit(unit, settings, "ORDERPR_UN"), "NO_ROUNDING": "X",
    }  # fmt: skip


def _price(line: OrderLine, currency: str) -> tuple[Decimal, Decimal]:
    """Price in minor units and how many order units it is for; Refused when no pair is exact."""
    per_order_unit = Fraction(line.price) / Fraction(line.price_unit) * line.unit_factor
    agreed = Fraction(line.price_unit) / line.unit_factor
    first = [int(agreed)] if agreed.denominator == 1 and 0 < agreed <= _MOST_PER_PRICE else []
    digits = minor_digits(currency)
    for per in (*first, *_PER_PRICE):
        if (per_order_unit * per * 10**digits).denominator == 1:
            return packed(per_order_unit * per, digits, "price"), Decimal(per)
    raise Refused(f"the price {line.price} per {line.price_unit} of item {line.item} has no exact form in {currency}")


def _schedule(number: int, line: OrderLine, settings: EccSettings) -> dict[str, Any]:
    return {
        "PO_ITEM": f"{number:05d}",
        "SCHED_LINE": "0001",
        "DELIVERY_DATE": written(line.need_date, settings),
        "QUANTITY": packed(line.order_quantity, 3, f"quantity of item {line.item}"),
    }


def _move(
    number: int, line: TransferLine, transfer: StockTransfer, plant: EccPlant, settings: EccSettings
) -> dict[str, Any]:
    quantity = packed(Fraction(line.quantity), 3, f"quantity of item {line.item}")
    if quantity <= 0:
        raise Refused(f"the quantity {quantity} of item {line.item} is not above zero")
    return {
        "PREQ_ITEM": f"{number:05d}", "PUR_GROUP": plant.purchasing_group, "PREQ_NAME": transfer.order_key,
        **_material(line.item, settings), "PLANT": transfer.location, "SUPPL_PLNT": transfer.from_location,
        "ITEM_CAT": STOCK_TRANSFER, "QUANTITY": quantity, "DELIV_DATE": day(line.need_date),
    }  # fmt: skip


def written(value: date, settings: EccSettings) -> str:
    """A delivery date in the form that this system takes (a text field, not a date)."""
    return value.strftime(_DATES[settings.schedule_date])
