"""What there is: items, places, suppliers, units and calendars, one declaration per column.

No stock and no terms of supply stand here.
"""

from bot.tables.columns import (
    ITEM,
    LOCATION,
    OPTIONAL_CURRENCY,
    SUPPLIER,
    code,
    currency,
    day,
    days,
    flag,
    money,
    quantity,
    text,
)
from bot.tables.spec import Column, Kind, Table

ITEMS = Table(
    "items",
    "one row per item",
    (
        ITEM,
        code(name="unit", meaning="base unit in which all quantities of the item are given"),
        text(name="description", meaning="name for people"),
        code(name="category", meaning="path such as fasteners/screws", required=False),
        money(name="unit_cost", meaning="value of one base unit", required=False),
        OPTIONAL_CURRENCY,
        days(name="shelf_life_days", meaning="days from receipt to waste", required=False, above=0.0),
        Column(
            "status",
            Kind.CHOICE,
            "ordering is possible only for active items",
            required=False,
            choices=("active", "blocked", "phase_out", "discontinued"),
            default="active",
        ),
        code(name="successor", meaning="item that replaces it", required=False),
        day(name="ends_on", meaning="last day of demand that is known", required=False),
        Column("weight", Kind.NUMBER, "weight of one base unit", "kg", required=False, minimum=0.0),
        Column("volume", Kind.NUMBER, "volume of one base unit", "m3", required=False, minimum=0.0),
    ),
    ("item",),
)

LOCATIONS = Table(
    "locations",
    "one row per place that keeps stock",
    (
        LOCATION,
        code(name="system", meaning="ERP that serves the location", required=False),
        text(name="name", meaning="name for people"),
        text(name="kind", meaning="plant, store, distribution_centre ..."),
        code(name="calendar", meaning="calendar of working days", required=False),
        code(name="supplied_from", meaning="location that normally replenishes it", required=False),
    ),
    ("location",),
)

ITEM_LOCATIONS = Table(
    "item_locations",
    "the ERP's own planning data and vetoes; its rows are the planned item-locations",
    (
        ITEM,
        LOCATION,
        Column(
            "status",
            Kind.CHOICE,
            "ordering is possible only for active rows",
            required=False,
            choices=("active", "blocked", "phase_out", "discontinued"),
            default="active",
        ),
        money(name="unit_cost", meaning="value of one base unit here", required=False),
        OPTIONAL_CURRENCY,
        quantity(name="reorder_point", meaning="the ERP's own reorder point", required=False),
        quantity(name="order_up_to", meaning="the ERP's own maximum level", required=False),
        quantity(name="safety_stock", meaning="the ERP's own safety stock", required=False),
        flag(name="auto_order", meaning="false = the ERP forbids automatic orders", default="true"),
        text(name="buyer", meaning="person or group responsible"),
    ),
    ("item", "location"),
)

UNITS = Table(
    "units",
    "conversions to the base unit",
    (
        ITEM,
        code(name="unit", meaning="another unit of the item"),
        Column("base_units", Kind.NUMBER, "base units in one of it", "base unit", above=0.0),
    ),
    ("item", "unit"),
)

SUPPLIERS = Table(
    "suppliers",
    "one row per supplier",
    (
        SUPPLIER,
        text(name="name", meaning="name for people"),
        code(name="group", meaning="group that lends experience to new suppliers", required=False),
        text(name="email", meaning="address for orders"),
        currency(name="currency", required=False),
        Column(
            "min_order_value",
            Kind.NUMBER,
            "least value of one order",
            "currency",
            required=False,
            minimum=0.0,
            default="0",
        ),
        Column("order_cost", Kind.NUMBER, "cost of placing one order", "currency", required=False, minimum=0.0),
        Column("order_days", Kind.WEEKDAYS, "ISO weekdays on which orders go out: 1,4", required=False),
        code(name="calendar", meaning="calendar of working days", required=False),
        flag(name="blocked", meaning="no orders may go to the supplier"),
        flag(name="auto_order", meaning="false = the ERP forbids automatic orders", default="true"),
    ),
    ("supplier",),
)

CALENDARS = Table(
    "calendars",
    "open and closed days",
    (
        code(name="calendar", meaning="name of the calendar"),
        day(name="date", meaning="day"),
        Column("open", Kind.FLAG, "whether people work"),
    ),
    ("calendar", "date"),
)
