"""Building blocks of the table declarations: kinds of columns that recur, and the three keys.

It declares no table.
"""

from functools import partial

from bot.tables.spec import Column, Kind

code = partial(Column, kind=Kind.CODE)
text = partial(Column, kind=Kind.TEXT, required=False)
day = partial(Column, kind=Kind.DATE, unit="day")
quantity = partial(Column, kind=Kind.NUMBER, unit="base unit", minimum=0.0)
money = partial(Column, kind=Kind.NUMBER, unit="currency per base unit", minimum=0.0)
days = partial(Column, kind=Kind.NUMBER, unit="calendar days", minimum=0.0)
flag = partial(Column, kind=Kind.FLAG, required=False, default="false")
currency = partial(Column, kind=Kind.CURRENCY, meaning="ISO 4217 code of the row's money")

ITEM = code(name="item", meaning="what is stocked, as the ERP shows it")
LOCATION = code(name="location", meaning="where it is stocked; unique over the installation")
SUPPLIER = code(name="supplier", meaning="from whom it is bought")
OPTIONAL_CURRENCY = currency(name="currency", required=False)
