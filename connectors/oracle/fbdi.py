"""One purchase order as the zip of CSV members that Fusion's file import takes, byte for byte the same each time.

It resolves no names and writes no file; what cannot be said exactly, or is too long, is refused.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from bot.errors import Refused
from bot.orders.model import OrderLine, PurchaseOrder
from connectors.oracle.bodies import check_factor
from connectors.oracle.fbdi_columns import DISTRIBUTIONS, HEADERS, LINES, MEMBERS, SCHEDULES
from connectors.oracle.keys import description
from connectors.oracle.lookups import ImportNames
from connectors.oracle.settings import FusionSettings, plain

SOURCE = "RESTOCK"
_CODE_LENGTH = 3
_BATCH_DIGITS = 15  # the loader takes numbers only; all that a double holds exactly
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of zip files: the time of writing must not change the bytes
# longest texts; where nothing is published, what interface tables of this kind hold (UNVERIFIED)
_LONGEST: Mapping[str, int] = {
    "DOCUMENT_NUM": 30, "INTERFACE_SOURCE_CODE": 25, "COMMENTS": 240, "CURRENCY_CODE": 15, "ITEM": 300,
    "VENDOR_NUM": 30, "UNIT_OF_MEASURE": 25, "SHIP_TO_ORGANIZATION_CODE": 18,
}  # fmt: skip
_LONGEST_OTHER = 240
Row = Mapping[str, str]


def members(order: PurchaseOrder, names: ImportNames, settings: FusionSettings) -> dict[str, list[Row]]:
    """Rows of every member, columns by name; Refused when a quantity, price, unit or text cannot be written."""
    ordered = sorted(order.lines, key=lambda one: one.number)
    return {
        HEADERS: [_header(order, names)],
        LINES: [_line(order, line, settings) for line in ordered],
        SCHEDULES: [_schedule(order, line, names) for line in ordered],
        DISTRIBUTIONS: [_distribution(order, line, names) for line in ordered],
    }


def archive(rows: Mapping[str, list[Row]]) -> bytes:
    """The zip with the four members, in the order in which the loader wants them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for member, columns in MEMBERS.items():
            text = "".join(_written(row, columns) for row in rows[member])
            entry = zipfile.ZipInfo(member, _FIRST_DAY)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            made.writestr(entry, text.encode())
    return stream.getvalue()


def _header(order: PurchaseOrder, names: ImportNames) -> Row:
    return {
        "INTERFACE_HEADER_KEY": order.order_key,
        "ACTION": "ORIGINAL",
        "BATCH_ID": batch(order.order_key),
        "INTERFACE_SOURCE_CODE": SOURCE,
        "APPROVAL_ACTION": "SUBMIT",
        "DOCUMENT_NUM": order.order_key,
        "DOCUMENT_TYPE_CODE": "STANDARD",
        "STYLE_DISPLAY_NAME": names.style,
        "PRC_BU_NAME": names.procurement_bu,
        "REQ_BU_NAME": names.requisitioning_bu,
        "AGENT_NAME": "" if names.buyer_email else names.buyer,
        "AGENT_EMAIL_ADDRESS": names.buyer_email,
        "CURRENCY_CODE": order.currency,
        "COMMENTS": description(order.order_key, order.location, order.supplier),
        "VENDOR_NUM": names.supplier,
        "VENDOR_SITE_CODE": names.site,
    }


def batch(order_key: str) -> str:
    """A number for the batch, out of the key alone."""
    return str(int(order_key, 36) % 10**_BATCH_DIGITS)


def _line(order: PurchaseOrder, line: OrderLine, settings: FusionSettings) -> Row:
    unit = line.order_unit or line.unit
    check_factor(line, unit, settings)
    price = Fraction(line.price) * line.unit_factor / Fraction(line.price_unit)
    return {
        "INTERFACE_LINE_KEY": _key(order, line),
        "INTERFACE_HEADER_KEY": order.order_key,
        "LINE_NUM": str(line.number),
        "LINE_TYPE": settings.line_type,
        "ITEM": line.item,
        "QUANTITY": _quantity(line),
        "UNIT_OF_MEASURE": _unit(line, unit, settings),
        "UNIT_PRICE": _exact(price, line, f"price per {unit or 'unit'}"),
    }


def _schedule(order: PurchaseOrder, line: OrderLine, names: ImportNames) -> Row:
    day = _day(line.need_date)
    return {
        "INTERFACE_LINE_LOCATION_KEY": f"{_key(order, line)}-1",
        "INTERFACE_LINE_KEY": _key(order, line),
        "SHIPMENT_NUM": "1",
        "SHIP_TO_LOCATION": names.ship_to,
        "SHIP_TO_ORGANIZATION_CODE": line.location,
        "QUANTITY": _quantity(line),
        "NEED_BY_DATE": day,
        "REQUESTED_DELIVERY_DATE": day,
        "DESTINATION_TYPE_CODE": "INVENTORY",
    }


def _distribution(order: PurchaseOrder, line: OrderLine, names: ImportNames) -> Row:
    """No account: Fusion derives it for goods that go into stock."""
    return {
        "INTERFACE_DISTRIBUTION_KEY": f"{_key(order, line)}-1-1",
        "INTERFACE_LINE_LOCATION_KEY": f"{_key(order, line)}-1",
        "DISTRIBUTION_NUM": "1",
        "DELIVER_TO_LOCATION": names.ship_to,
        "QUANTITY_ORDERED": _quantity(line),
    }


def _key(order: PurchaseOrder, line: OrderLine) -> str:
    return f"{order.order_key}-{line.number}"


def _quantity(line: OrderLine) -> str:
    return _exact(line.order_quantity, line, "quantity")


def _exact(value: Fraction, line: OrderLine, what: str) -> str:
    text = plain(value)
    if "/" in text:
        raise Refused(f"line {line.number}, item {line.item}: {what} {text} has no end as a decimal", "INEXACT")
    return text


def _unit(line: OrderLine, unit: str, settings: FusionSettings) -> str:
    """The import wants the name of a unit; a code finds its name in `uom_codes` of the settings."""
    if not unit or len(unit) > _CODE_LENGTH:
        return unit
    found = sorted(name for name, code in settings.uom_codes.items() if code == unit)
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} names of the unit {unit} stand in uom_codes; the file import wants one"
    raise Refused(f"item {line.item}: {what}", "UNIT")


def _day(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _written(row: Row, columns: tuple[str, ...]) -> str:
    """One row: every field quoted, quotes doubled."""
    strange = sorted(set(row) - set(columns))
    if strange:
        raise ValueError(f"there is no column {', '.join(strange)}")
    for name, text in row.items():
        longest = _LONGEST.get(name, _LONGEST_OTHER)
        if len(text) > longest:
            raise Refused(f"{name} takes {longest} characters, not {len(text)}: {text[:40]}...", "LENGTH")
        if any(ord(letter) < ord(" ") for letter in text):
            raise Refused(f"{name} holds a control character: {text!r}", "CHARACTER")
    return ",".join('"' + row.get(name, "").replace('"', '""') + '"' for name in columns) + "\n"
