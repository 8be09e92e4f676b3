"""Turns an approved order into the exact body of a purchase order, or refuses where the wire cannot say it exactly.

It sends nothing and rounds nothing: what goes out is what was approved.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.errors import NeedsAdmin, Refused
from bot.orders.document import StockTransfer
from bot.orders.model import OrderLine, PurchaseOrder
from bot.tables.currency import minor_digits
from connectors.sap.settings import PlantSettings, S4Settings

STOCK_TRANSFER = "7"  # item category, internal form
_EPOCH = date(1970, 1, 1)
_DAY_MS = 86_400_000
_REFERENCE_LENGTH = 12
_QUANTITY_DIGITS = 13
_MOST_PER_PRICE = 99_999
_PER_PRICE = (1, 10, 100, 1000, 10_000)


def payload(order: PurchaseOrder, settings: S4Settings) -> dict[str, object]:
    """Body of the deep insert: header, items, one schedule line each.

    Raises Refused when a quantity or price has no exact form, NeedsAdmin when the plant has no settings.
    """
    if not order.lines:
        raise Refused("the order has no lines")
    if not 0 < len(order.order_key) <= _REFERENCE_LENGTH:
        raise Refused(f"the order key must have 1 to {_REFERENCE_LENGTH} characters")
    plant = _plant(order, settings)
    return {
        "PurchaseOrderType": settings.order_type,
        "CompanyCode": plant.company_code,
        "PurchasingOrganization": plant.purchasing_organisation,
        "PurchasingGroup": plant.purchasing_group,
        "Supplier": order.supplier,
        "DocumentCurrency": order.currency,
        settings.reference_field: order.order_key,
        "_PurchaseOrderItem": [_item(10 * place, line, order.currency) for place, line in enumerate(order.lines, 1)],
    }


_OLDER = {
    "_PurchaseOrderItem": "to_PurchaseOrderItem",
    "_PurchaseOrderScheduleLineTP": "to_ScheduleLine",
    "_PurchaseRequisitionItem": "to_PurchaseReqnItem",
}
_DAYS = frozenset({"ScheduleLineDeliveryDate", "DeliveryDate"})


def older(body: Any, name: str = "") -> Any:
    """The same body for version 2: its names of navigations, decimals as text, days as milliseconds."""
    if isinstance(body, dict):
        return {_OLDER.get(key, key): older(value, key) for key, value in body.items()}
    if isinstance(body, list):
        return [older(each) for each in body]
    if isinstance(body, Decimal):
        return format(body, "f")
    if name in _DAYS:
        return f"/Date({(date.fromisoformat(body) - _EPOCH).days * _DAY_MS})/"
    return body


def transfer_payload(transfer: StockTransfer, settings: S4Settings) -> dict[str, object]:
    """Body of a requisition that asks one plant to give to another; errors as `payload`.

    The order key stands in the external reference of each item.
    """
    if not transfer.lines:
        raise Refused("the transfer has no lines")
    if not 0 < len(transfer.order_key) <= _REFERENCE_LENGTH:
        raise Refused(f"the order key must have 1 to {_REFERENCE_LENGTH} characters")
    plant = _settings_of(transfer.location, settings)
    return {
        "PurchaseRequisitionType": settings.transfer_type,
        "PurReqnDescription": f"Transfer {transfer.order_key}",
        "_PurchaseRequisitionItem": [
            {
                "PurchaseRequisitionItem": str(10 * place),
                "Material": line.item,
                "Plant": transfer.location,
                "SupplyingPlant": transfer.from_location,
                "PurchasingDocumentItemCategory": STOCK_TRANSFER,
                "RequestedQuantity": exact(Fraction(line.quantity), 3, f"quantity of item {line.item}"),
                "BaseUnit": line.unit,
                "DeliveryDate": line.need_date.isoformat(),
                "PurchasingGroup": plant.purchasing_group,
                "CompanyCode": plant.company_code,
                "PurReqnExternalReference": transfer.order_key,
            }
            for place, line in enumerate(transfer.lines, 1)
        ],
    }


def _plant(order: PurchaseOrder, settings: S4Settings) -> PlantSettings:
    others = {line.location for line in order.lines} - {order.location}
    if others:
        raise Refused(f"the order for {order.location} has lines for {', '.join(sorted(others))}")
    return _settings_of(order.location, settings)


def _settings_of(location: str, settings: S4Settings) -> PlantSettings:
    if location not in settings.plants:
        what = f"there are no settings for the location {location}"
        remedy = f"Add company_code, purchasing_organisation and purchasing_group of {location} to plants."
        raise NeedsAdmin(what, f"restock.toml, system {settings.system}", remedy)
    return settings.plants[location]


def _item(number: int, line: OrderLine, currency: str) -> dict[str, object]:
    quantity = exact(line.order_quantity, 3, f"quantity of item {line.item}")
    if quantity <= 0 or quantity >= Decimal(10) ** (_QUANTITY_DIGITS - 3):
        raise Refused(f"the quantity {quantity} of item {line.item} is outside what an order can hold")
    unit = line.order_unit or line.unit
    amount, per = wire_price(line, currency)
    return {
        "PurchaseOrderItem": str(number),
        "Material": line.item,
        "Plant": line.location,
        "OrderQuantity": quantity,
        "PurchaseOrderQuantityUnit": unit,
        "OrderPriceUnit": unit,
        "NetPriceAmount": amount,
        "NetPriceQuantity": per,
        "_PurchaseOrderScheduleLineTP": [
            {"ScheduleLineDeliveryDate": line.need_date.isoformat(), "ScheduleLineOrderQuantity": quantity}
        ],
    }


def wire_price(line: OrderLine, currency: str) -> tuple[Decimal, Decimal]:
    """Price in minor units of the currency, and how many order units it is for; Refused when no pair is exact."""
    per_order_unit = Fraction(line.price) / Fraction(line.price_unit) * line.unit_factor
    agreed = Fraction(line.price_unit) / line.unit_factor
    first = [int(agreed)] if agreed.denominator == 1 and 0 < agreed <= _MOST_PER_PRICE else []
    digits = minor_digits(currency)
    for per in (*first, *_PER_PRICE):
        amount = per_order_unit * per
        if (amount * 10**digits).denominator == 1:
            return exact(amount, digits, "price"), Decimal(per)
    raise Refused(f"the price {line.price} per {line.price_unit} of item {line.item} has no exact form in {currency}")


def exact(value: Fraction, digits: int, what: str) -> Decimal:
    """The number with at most `digits` decimals; Refused when that would round it."""
    steps = value * 10**digits
    if steps.denominator != 1:
        raise Refused(f"{what}: {value} has more than {digits} decimals")
    return Decimal(steps.numerator).scaleb(-digits)
