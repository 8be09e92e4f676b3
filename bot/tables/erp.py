"""The canonical tables that every ERP is read into, one declaration per column.

It holds no vendor names and computes nothing; connectors map to these names and `snapshot` checks
against them.
"""

from functools import partial

from bot.tables.spec import Column, Kind, Table

_code = partial(Column, kind=Kind.CODE)
_text = partial(Column, kind=Kind.TEXT, required=False)
_date = partial(Column, kind=Kind.DATE, unit="day")
_qty = partial(Column, kind=Kind.NUMBER, unit="base unit", minimum=0.0)
_money = partial(Column, kind=Kind.NUMBER, unit="currency per base unit", minimum=0.0)
_days = partial(Column, kind=Kind.NUMBER, unit="calendar days", minimum=0.0)
_flag = partial(Column, kind=Kind.FLAG, required=False, default="false")
_currency = partial(Column, kind=Kind.CURRENCY, meaning="ISO 4217 code of the row's money")

ITEM = _code(name="item", meaning="what is stocked, as the ERP shows it")
LOCATION = _code(name="location", meaning="where it is stocked; unique over the installation")
SUPPLIER = _code(name="supplier", meaning="from whom it is bought")
OPTIONAL_CURRENCY = _currency(name="currency", required=False)

ITEMS = Table(
    "items",
    "one row per item",
    (
        ITEM,
        _code(name="unit", meaning="base unit in which all quantities of the item are given"),
        _text(name="description", meaning="name for people"),
        _code(name="category", meaning="path such as fasteners/screws", required=False),
        _money(name="unit_cost", meaning="value of one base unit", required=False),
        OPTIONAL_CURRENCY,
        _days(name="shelf_life_days", meaning="days from receipt to waste", required=False, above=0.0),
        Column(
            "status",
            Kind.CHOICE,
            "ordering is possible only for active items",
            required=False,
            choices=("active", "blocked", "phase_out", "discontinued"),
            default="active",
        ),
        _code(name="successor", meaning="item that replaces it", required=False),
        _date(name="ends_on", meaning="last day of demand that is known", required=False),
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
        _code(name="system", meaning="ERP that serves the location", required=False),
        _text(name="name", meaning="name for people"),
        _text(name="kind", meaning="plant, store, distribution_centre ..."),
        _code(name="calendar", meaning="calendar of working days", required=False),
        _code(name="supplied_from", meaning="location that normally replenishes it", required=False),
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
        _money(name="unit_cost", meaning="value of one base unit here", required=False),
        OPTIONAL_CURRENCY,
        _qty(name="reorder_point", meaning="the ERP's own reorder point", required=False),
        _qty(name="order_up_to", meaning="the ERP's own maximum level", required=False),
        _qty(name="safety_stock", meaning="the ERP's own safety stock", required=False),
        _flag(name="auto_order", meaning="false = the ERP forbids automatic orders", default="true"),
        _text(name="buyer", meaning="person or group responsible"),
    ),
    ("item", "location"),
)

STOCK = Table(
    "stock",
    "what lies at the location",
    (
        ITEM,
        LOCATION,
        _qty(name="on_hand", meaning="usable now"),
        _qty(name="inspection", meaning="received, not yet usable", required=False, default="0"),
        _qty(name="in_transit", meaning="under way in no open order", required=False, default="0"),
        _qty(name="blocked", meaning="not usable", required=False, default="0"),
        _qty(name="reserved", meaning="promised to somebody, not in requirements", required=False, default="0"),
        _qty(name="backorders", meaning="owed and overdue, not in requirements", required=False, default="0"),
        _date(name="counted_on", meaning="day the figures hold; default the planning day", required=False),
    ),
    ("item", "location"),
)

OPEN_ORDERS = Table(
    "open_orders",
    "order lines that have not arrived in full",
    (
        _code(name="order_ref", meaning="document number in the ERP"),
        _code(name="line", meaning="line number in the document"),
        ITEM,
        LOCATION,
        _qty(name="quantity_open", meaning="still to come"),
        _date(name="promised_on", meaning="last promised arrival", blank=True),
        _code(name="schedule", meaning="schedule line", required=False),
        _code(name="supplier", meaning="for purchases", required=False),
        _code(name="from_location", meaning="for transfers", required=False),
        _date(name="ordered_on", meaning="day of the order", required=False),
        _date(name="requested_on", meaning="arrival we asked for", required=False),
        _date(name="first_promised_on", meaning="first promised arrival", required=False),
        _qty(name="quantity_ordered", meaning="as ordered", required=False),
        _code(name="order_key", meaning="our key, where the order is ours", required=False),
        _money(name="price", meaning="agreed price", required=False),
        OPTIONAL_CURRENCY,
    ),
    ("order_ref", "line", "schedule"),
)

REQUIREMENTS = Table(
    "requirements",
    "dated known needs",
    (
        ITEM,
        LOCATION,
        _date(name="due_on", meaning="day of the need"),
        _qty(name="quantity", meaning="needed", above=0.0, minimum=None),
        Column(
            "kind",
            Kind.CHOICE,
            "reservation and sales_order consume the forecast; dependent and one_off add to it",
            required=False,
            choices=("reservation", "sales_order", "dependent", "one_off"),
            default="reservation",
        ),
    ),
    ("item", "location", "due_on", "kind"),
    additive=True,
)

DEMAND = Table(
    "demand",
    "history of demand, by day or by bucket (the bucket's first day)",
    (
        ITEM,
        LOCATION,
        _date(name="date", meaning="day, or first day of the bucket"),
        _qty(name="quantity", meaning="asked for; empty = unknown", blank=True),
        Column(
            "kind",
            Kind.CHOICE,
            "returns are subtracted; transfers are left out where the receiver is planned; "
            "one_off is kept apart from the base demand",
            required=False,
            choices=("sale", "issue", "transfer", "return", "one_off"),
            default="sale",
        ),
        Column(
            "in_stock",
            Kind.NUMBER,
            "share of the bucket in which stock was available",
            "0 to 1",
            required=False,
            minimum=0.0,
            maximum=1.0,
        ),
        _money(name="price", meaning="selling price", required=False, above=0.0, minimum=None),
        Column(
            "promotion",
            Kind.NUMBER,
            "strength of a promotion; 0 = none",
            "0 to 1",
            required=False,
            minimum=0.0,
            maximum=1.0,
        ),
    ),
    ("item", "location", "date", "kind"),
    additive=True,
    sparse=True,
)

RECEIPTS = Table(
    "receipts",
    "what arrived, line by line; a line closed without goods has quantity_received 0 and no received_on",
    (
        _code(name="order_ref", meaning="document number in the ERP"),
        _code(name="line", meaning="line number in the document"),
        ITEM,
        LOCATION,
        SUPPLIER,
        _qty(name="quantity_ordered", meaning="as ordered", above=0.0, minimum=None),
        _qty(name="quantity_received", meaning="as received"),
        _date(name="ordered_on", meaning="day of the order"),
        _date(name="promised_on", meaning="last promised arrival", blank=True),
        _date(name="received_on", meaning="day usable; empty when nothing came", blank=True),
        _code(name="schedule", meaning="schedule line", required=False),
        _date(name="requested_on", meaning="arrival we asked for", required=False),
        _date(name="first_promised_on", meaning="first promised arrival", required=False),
        _qty(name="quantity_rejected", meaning="received and refused", required=False),
        _money(name="price", meaning="price paid", required=False),
        OPTIONAL_CURRENCY,
        _code(name="order_key", meaning="our key, where the order is ours", required=False),
        _date(name="closed_on", meaning="day the line was closed", required=False),
        Column("closed_by", Kind.CHOICE, "who closed it", required=False, choices=("supplier", "buyer", "receipt")),
    ),
    ("order_ref", "line", "schedule", "received_on"),
    additive=True,
)

SOURCING = Table(
    "sourcing",
    "who can supply an item to a location, and on what terms",
    (
        ITEM,
        LOCATION,
        SUPPLIER,
        Column("price", Kind.NUMBER, "price per price_unit base units", "currency", minimum=0.0),
        _currency(name="currency", blank=True),
        _days(name="lead_time_days", meaning="from order to usable stock", above=0.0, minimum=None, maximum=1000.0),
        Column(
            "price_unit",
            Kind.NUMBER,
            "base units that one price is for",
            "base unit",
            required=False,
            above=0.0,
            default="1",
        ),
        _code(name="order_unit", meaning="unit in which the supplier is ordered from", required=False),
        Column(
            "unit_factor",
            Kind.FRACTION,
            "base units per order unit, used only when writing; may be 1000/3",
            required=False,
        ),
        _qty(name="moq", meaning="minimum order quantity", required=False, default="0"),
        _qty(
            name="order_multiple",
            meaning="orders are whole multiples of it",
            required=False,
            default="1",
            above=0.0,
            minimum=None,
        ),
        _qty(name="max_quantity", meaning="largest order", required=False, above=0.0, minimum=None),
        _money(name="added_cost", meaning="freight, duty and handling", required=False, default="0"),
        _date(name="valid_from", meaning="first day of validity", required=False),
        _date(name="valid_to", meaning="last day of validity", required=False),
        _code(name="contract", meaning="contract the price comes from", required=False),
        Column("priority", Kind.NUMBER, "1 is preferred", required=False, minimum=0.0),
    ),
    ("item", "location", "supplier", "valid_from"),
)

PRICE_BREAKS = Table(
    "price_breaks",
    "prices by order quantity",
    (
        ITEM,
        LOCATION,
        SUPPLIER,
        _qty(name="min_quantity", meaning="from this order quantity on"),
        Column("price", Kind.NUMBER, "price per price_unit of the sourcing row", "currency", minimum=0.0),
        _date(name="valid_from", meaning="first day of validity", required=False),
        Column(
            "kind",
            Kind.CHOICE,
            "whether the price holds for all units or for those above",
            required=False,
            choices=("all_units", "incremental"),
            default="all_units",
        ),
    ),
    ("item", "location", "supplier", "valid_from", "min_quantity"),
)

UNITS = Table(
    "units",
    "conversions to the base unit",
    (
        ITEM,
        _code(name="unit", meaning="another unit of the item"),
        Column("base_units", Kind.NUMBER, "base units in one of it", "base unit", above=0.0),
    ),
    ("item", "unit"),
)

SUPPLIERS = Table(
    "suppliers",
    "one row per supplier",
    (
        SUPPLIER,
        _text(name="name", meaning="name for people"),
        _code(name="group", meaning="group that lends experience to new suppliers", required=False),
        _text(name="email", meaning="address for orders"),
        _currency(name="currency", required=False),
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
        _code(name="calendar", meaning="calendar of working days", required=False),
        _flag(name="blocked", meaning="no orders may go to the supplier"),
        _flag(name="auto_order", meaning="false = the ERP forbids automatic orders", default="true"),
    ),
    ("supplier",),
)

LANES = Table(
    "lanes",
    "ways to move stock between locations",
    (
        _code(name="from_location", meaning="giving location"),
        _code(name="to_location", meaning="receiving location"),
        _days(name="lead_time_days", meaning="from decision to usable stock"),
        _code(name="item", meaning="only this item; empty = all", required=False),
        _money(name="unit_cost", meaning="cost of moving one base unit", required=False, default="0"),
        Column("fixed_cost", Kind.NUMBER, "cost of one transfer", "currency", required=False, minimum=0.0, default="0"),
    ),
    ("from_location", "to_location", "item"),
)

SIGNALS = Table(
    "signals",
    "external values, with the day on which they could be known",
    (
        _code(name="name", meaning="what it is: price, promotion, temperature ..."),
        _date(name="date", meaning="day the value is for"),
        Column("value", Kind.NUMBER, "the value"),
        _date(name="available_on", meaning="first day on which it could be known"),
        _code(name="item", meaning="only this item", required=False),
        _code(name="location", meaning="only this location", required=False),
        _code(name="category", meaning="only this category", required=False),
    ),
    ("name", "date", "available_on", "item", "location", "category"),
)

CALENDARS = Table(
    "calendars",
    "open and closed days",
    (
        _code(name="calendar", meaning="name of the calendar"),
        _date(name="date", meaning="day"),
        Column("open", Kind.FLAG, "whether people work"),
    ),
    ("calendar", "date"),
)

RATES = Table(
    "rates",
    "exchange rates",
    (
        _date(name="date", meaning="day of the rate"),
        _currency(name="from_currency"),
        _currency(name="to_currency"),
        Column("rate", Kind.NUMBER, "units of to_currency for one from_currency", above=0.0),
    ),
    ("date", "from_currency", "to_currency"),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ITEMS, LOCATIONS, ITEM_LOCATIONS, STOCK, OPEN_ORDERS, REQUIREMENTS, DEMAND, RECEIPTS, SOURCING,
        PRICE_BREAKS, UNITS, SUPPLIERS, LANES, SIGNALS, CALENDARS, RATES,
    )
}  # fmt: skip

NEEDED_TO_PLAN = ("items", "locations", "stock", "demand", "sourcing")
NEEDED_TO_FORECAST = ("demand",)
