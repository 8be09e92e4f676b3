"""The canonical tables that every ERP is read into, together and by name.

It holds no vendor names and computes nothing; connectors map to these names and `snapshot` checks
against them.
"""

from bot.tables.flows import DEMAND, OPEN_ORDERS, RECEIPTS, REQUIREMENTS, STOCK
from bot.tables.master import CALENDARS, ITEM_LOCATIONS, ITEMS, LOCATIONS, SUPPLIERS, UNITS
from bot.tables.spec import Table
from bot.tables.terms import LANES, PRICE_BREAKS, RATES, SIGNALS, SOURCING

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ITEMS, LOCATIONS, ITEM_LOCATIONS, STOCK, OPEN_ORDERS, REQUIREMENTS, DEMAND, RECEIPTS, SOURCING,
        PRICE_BREAKS, UNITS, SUPPLIERS, LANES, SIGNALS, CALENDARS, RATES,
    )
}  # fmt: skip

NEEDED_TO_PLAN = ("items", "locations", "stock", "demand", "sourcing")
NEEDED_TO_FORECAST = ("demand",)
