"""What supply costs and what is known from outside: sourcing, price breaks, lanes, rates and signals.

One declaration per column; nothing is chosen or converted here.
"""

from bot.tables.columns import ITEM, LOCATION, SUPPLIER, code, currency, day, days, money, quantity
from bot.tables.spec import Column, Kind, Table

SOURCING = Table(
    "sourcing",
    "who can supply an item to a location, and on what terms",
    (
        ITEM,
        LOCATION,
        SUPPLIER,
        Column("price", Kind.NUMBER, "price per price_unit base units", "currency", minimum=0.0),
        currency(name="currency", blank=True),
        days(name="lead_time_days", meaning="from order to usable stock", above=0.0, minimum=None, maximum=1000.0),
        Column(
            "price_unit",
            Kind.NUMBER,
            "base units that one price is for",
            "base unit",
            required=False,
            above=0.0,
            default="1",
        ),
        code(name="order_unit", meaning="unit in which the supplier is ordered from", required=False),
        Column(
            "unit_factor",
            Kind.FRACTION,
            "base units per order unit, used only when writing; may be 1000/3",
            required=False,
        ),
        quantity(name="moq", meaning="minimum order quantity", required=False, default="0"),
        quantity(
            name="order_multiple",
            meaning="orders are whole multiples of it",
            required=False,
            default="1",
            above=0.0,
            minimum=None,
        ),
        quantity(name="max_quantity", meaning="largest order", required=False, above=0.0, minimum=None),
        money(name="added_cost", meaning="freight, duty and handling", required=False, default="0"),
        day(name="valid_from", meaning="first day of validity", required=False),
        day(name="valid_to", meaning="last day of validity", required=False),
        code(name="contract", meaning="contract the price comes from", required=False),
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
        quantity(name="min_quantity", meaning="from this order quantity on"),
        Column("price", Kind.NUMBER, "price per price_unit of the sourcing row", "currency", minimum=0.0),
        day(name="valid_from", meaning="first day of validity", required=False),
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

LANES = Table(
    "lanes",
    "ways to move stock between locations",
    (
        code(name="from_location", meaning="giving location"),
        code(name="to_location", meaning="receiving location"),
        days(name="lead_time_days", meaning="from decision to usable stock"),
        code(name="item", meaning="only this item; empty = all", required=False),
        money(name="unit_cost", meaning="cost of moving one base unit", required=False, default="0"),
        Column("fixed_cost", Kind.NUMBER, "cost of one transfer", "currency", required=False, minimum=0.0, default="0"),
    ),
    ("from_location", "to_location", "item"),
)

SIGNALS = Table(
    "signals",
    "external values, with the day on which they could be known",
    (
        code(name="name", meaning="what it is: price, promotion, temperature ..."),
        day(name="date", meaning="day the value is for"),
        Column("value", Kind.NUMBER, "the value"),
        day(name="available_on", meaning="first day on which it could be known"),
        code(name="item", meaning="only this item", required=False),
        code(name="location", meaning="only this location", required=False),
        code(name="category", meaning="only this category", required=False),
    ),
    ("name", "date", "available_on", "item", "location", "category"),
)

RATES = Table(
    "rates",
    "exchange rates",
    (
        day(name="date", meaning="day of the rate"),
        currency(name="from_currency"),
        currency(name="to_currency"),
        Column("rate", Kind.NUMBER, "units of to_currency for one from_currency", above=0.0),
    ),
    ("date", "from_currency", "to_currency"),
)
