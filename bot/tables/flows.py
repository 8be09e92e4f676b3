"""What lies and moves: stock, open orders, requirements, demand and receipts, one declaration per column.

Master data and prices stand elsewhere.
"""

from bot.tables.columns import ITEM, LOCATION, OPTIONAL_CURRENCY, SUPPLIER, code, day, money, quantity
from bot.tables.spec import Column, Kind, Table

STOCK = Table(
    "stock",
    "what lies at the location",
    (
        ITEM,
        LOCATION,
        quantity(name="on_hand", meaning="usable now"),
        quantity(name="inspection", meaning="received, not yet usable", required=False, default="0"),
        quantity(name="in_transit", meaning="under way in no open order", required=False, default="0"),
        quantity(name="blocked", meaning="not usable", required=False, default="0"),
        quantity(name="reserved", meaning="promised to somebody, not in requirements", required=False, default="0"),
        quantity(name="backorders", meaning="owed and overdue, not in requirements", required=False, default="0"),
        day(name="counted_on", meaning="day the figures hold; default the planning day", required=False),
    ),
    ("item", "location"),
)

OPEN_ORDERS = Table(
    "open_orders",
    "order lines that have not arrived in full",
    (
        code(name="order_ref", meaning="document number in the ERP"),
        code(name="line", meaning="line number in the document"),
        ITEM,
        LOCATION,
        quantity(name="quantity_open", meaning="still to come"),
        day(name="promised_on", meaning="last promised arrival", blank=True),
        code(name="schedule", meaning="schedule line", required=False),
        code(name="supplier", meaning="for purchases", required=False),
        code(name="from_location", meaning="for transfers", required=False),
        day(name="ordered_on", meaning="day of the order", required=False),
        day(name="requested_on", meaning="arrival we asked for", required=False),
        day(name="first_promised_on", meaning="first promised arrival", required=False),
        quantity(name="quantity_ordered", meaning="as ordered", required=False),
        code(name="order_key", meaning="our key, where the order is ours; several with blanks between", required=False),
        money(name="price", meaning="agreed price", required=False),
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
        day(name="due_on", meaning="day of the need"),
        quantity(name="quantity", meaning="needed", above=0.0, minimum=None),
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
        day(name="date", meaning="day, or first day of the bucket"),
        quantity(name="quantity", meaning="asked for; empty = unknown", blank=True),
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
        money(name="price", meaning="selling price", required=False, above=0.0, minimum=None),
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
        code(name="order_ref", meaning="document number in the ERP"),
        code(name="line", meaning="line number in the document"),
        ITEM,
        LOCATION,
        SUPPLIER,
        quantity(name="quantity_ordered", meaning="as ordered", above=0.0, minimum=None),
        quantity(name="quantity_received", meaning="as received"),
        day(name="ordered_on", meaning="day of the order"),
        day(name="promised_on", meaning="last promised arrival", blank=True),
        day(name="received_on", meaning="day usable; empty when nothing came", blank=True),
        code(name="schedule", meaning="schedule line", required=False),
        day(name="requested_on", meaning="arrival we asked for", required=False),
        day(name="first_promised_on", meaning="first promised arrival", required=False),
        quantity(name="quantity_rejected", meaning="received and refused", required=False),
        money(name="price", meaning="price paid", required=False),
        OPTIONAL_CURRENCY,
        code(name="order_key", meaning="our key, where the order is ours; several with blanks between", required=False),
        day(name="closed_on", meaning="day the line was closed", required=False),
        Column("closed_by", Kind.CHOICE, "who closed it", required=False, choices=("supplier", "buyer", "receipt")),
    ),
    ("order_ref", "line", "schedule", "received_on"),
    additive=True,
)
