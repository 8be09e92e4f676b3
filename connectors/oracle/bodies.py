"""The request bodies of draft purchase orders and requisitions, exact or not at all.

It resolves no names; ids come from `lookups`.
"""

from fractions import Fraction

from bot.errors import Refused
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.oracle.keys import description
from connectors.oracle.lookups import OrderTerms, RequisitionTerms
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


def requisition_body(order: PurchaseOrder, terms: RequisitionTerms, settings: FusionSettings) -> Row:
    """Return the body of the one POST of a requisition; Refused as for `draft_body`."""
    return {
        "PreparerId": terms.preparer,
        "RequisitioningBUId": terms.requisitioning_bu,
        "ExternallyManagedFlag": False,
        "Description": description(order.order_key, order.location, order.supplier),
        "lines": [
            _requisition_line(line, order.currency, terms, settings)
            for line in sorted(order.lines, key=lambda one: one.number)
        ],
    }


def _requisition_line(line: OrderLine, currency: str, terms: RequisitionTerms, settings: FusionSettings) -> Row:
    unit = line.order_unit or line.unit
    check_factor(line, unit, settings)
    quantity, price = _amounts(line, unit)
    body: Row = {
        "LineNumber": line.number,
        "Item": line.item,
        "Quantity": quantity,
        **_unit(unit),
        "UnitPrice": price,
        "CurrencyCode": currency,
        "RequestedDeliveryDate": line.need_date.isoformat(),
        "DestinationTypeCode": "INVENTORY",
        "DestinationOrganizationId": terms.organization,
        "RequesterId": terms.preparer,
        "SupplierId": terms.supplier,
        "SupplierSiteId": terms.site,
    }
    return body if terms.deliver_to is None else body | {"DeliverToLocationId": terms.deliver_to}


def _amounts(line: OrderLine, unit: str) -> tuple[int | float, int | float]:
    """Quantity in order units and price of one of them, exact."""
    place = f"line {line.number}, item {line.item}"
    price = Fraction(line.price) * line.unit_factor / Fraction(line.price_unit)
    quantity = exact(line.order_quantity, f"{place}: quantity in {unit or 'base units'}")
    return quantity, exact(price, f"{place}: price per {unit or 'unit'}")


def _line(line: OrderLine, settings: FusionSettings) -> Row:
    organization = settings.organizations.get(line.location)
    if organization is None:
        raise Refused(f"location {line.location} is not among the organizations of the settings", "LOCATION")
    unit = line.order_unit or line.unit
    check_factor(line, unit, settings)
    quantity, price = _amounts(line, unit)
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
        "Price": price,
        "schedules": [schedule],
    }


def _unit(unit: str) -> Row:
    """Units travel as a code of at most three characters, else by name; none = the item's own."""
    if not unit:
        return {}
    return {"UOMCode": unit} if len(unit) <= _CODE_LENGTH else {"UOM": unit}


def check_factor(line: OrderLine, unit: str, settings: FusionSettings) -> None:
    """Refuse a factor that reading back would not know: quantities would look wrong for ever."""
    known = settings.factor(line.item, unit, line.unit)
    if known is None and line.unit_factor == 1:
        return
    if known != line.unit_factor:
        stated = f"{line.unit_factor} {line.unit} per {unit}"
        raise Refused(f"item {line.item}: {stated} is not what conversions of the settings say ({known})", "UNIT")
