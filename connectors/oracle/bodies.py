"""The request body of a draft purchase order, exact or not at all.

It resolves no names; ids come from `lookups`.
"""

from fractions import Fraction

from bot.errors import Refused
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.oracle.keys import description
from connectors.oracle.lookups import OrderTerms
from connectors.oracle.settings import FusionSettings
from connectors.oracle.wire import Row, exact

_CODE_LENGTH = 3


def draft_body(order: PurchaseOrder, terms: OrderTerms, settings: FusionSettings) -> Row:
    """Return the body of the one POST; Refused when a number cannot be written exactly or a unit is unknown."""
    body: Row = {
        "BuyerId": terms.buyer,
        "DocumentStyleId": terms.style,
        "ProcurementBUId": terms.procurement_bu,
        "SupplierId": terms.supplier,
        "SupplierSiteId": terms.site,
        "CurrencyCode": order.currency,
        "Description": description(order.order_key, order.location, order.supplier),
        "lines": [_line(line, settings) for line in sorted(order.lines, key=lambda one: one.number)],
    }
    if terms.requisitioning_bu is not None:
        body["RequisitioningBUId"] = terms.requisitioning_bu
    return body


def _line(line: OrderLine, settings: FusionSettings) -> Row:
    organization = settings.organizations.get(line.location)
    if organization is None:
        raise Refused(f"location {line.location} is not among the organizations of the settings", "LOCATION")
    unit = line.order_unit or line.unit
    _check_factor(line, unit, settings)
    place = f"line {line.number}, item {line.item}"
    quantity = exact(line.order_quantity, f"{place}: quantity in {unit or 'base units'}")
    price = Fraction(line.price) * line.unit_factor / Fraction(line.price_unit)
    schedule: Row = {
        "ScheduleNumber": 1,
        "ShipToOrganizationCode": line.location,
        "Quantity": quantity,
        "RequestedDeliveryDate": line.need_date.isoformat(),
        "DestinationTypeCode": "INVENTORY",
        "distributions": [{"DistributionNumber": 1, "Quantity": quantity}],
    }
    if organization.ship_to_location:
        schedule["ShipToLocation"] = organization.ship_to_location
    return {
        "LineNumber": line.number,
        "LineType": settings.line_type,
        "Item": line.item,
        "Quantity": quantity,
        **_unit(unit),
        "Price": exact(price, f"{place}: price per {unit or 'unit'}"),
        "schedules": [schedule],
    }


def _unit(unit: str) -> Row:
    """Units travel as a code of at most three characters, else by name; none = the item's own."""
    if not unit:
        return {}
    return {"UOMCode": unit} if len(unit) <= _CODE_LENGTH else {"UOM": unit}


def _check_factor(line: OrderLine, unit: str, settings: FusionSettings) -> None:
    """Refuse a factor that reading back would not know: quantities would look wrong for ever."""
    known = settings.factor(line.item, unit, line.unit)
    if known is None and line.unit_factor == 1:
        return
    if known != line.unit_factor:
        stated = f"{line.unit_factor} {line.unit} per {unit}"
        raise Refused(f"item {line.item}: {stated} is not what conversions of the settings say ({known})", "UNIT")
