import pytest

from bot.tables.erp import NEEDED_TO_FORECAST, NEEDED_TO_PLAN, TABLES
from bot.tables.spec import Kind

# DESIGN: name → needed columns, then [optional ones]
CONTRACT = {
    "items": "item unit [description category unit_cost currency shelf_life_days status successor ends_on"
    " weight volume]",
    "locations": "location [system name kind calendar supplied_from]",
    "item_locations": "item location [status unit_cost currency reorder_point order_up_to safety_stock"
    " auto_order buyer]",
    "stock": "item location on_hand [inspection in_transit blocked reserved backorders counted_on]",
    "open_orders": "order_ref line item location quantity_open promised_on [schedule supplier from_location ordered_on"
    " requested_on first_promised_on quantity_ordered order_key price currency]",
    "requirements": "item location due_on quantity [kind]",
    "demand": "item location date quantity [kind in_stock price promotion]",
    "receipts": "order_ref line item location supplier quantity_ordered quantity_received ordered_on promised_on"
    " received_on [schedule requested_on first_promised_on quantity_rejected price currency order_key closed_on"
    " closed_by]",
    "sourcing": "item location supplier price currency lead_time_days [price_unit order_unit unit_factor moq"
    " order_multiple max_quantity added_cost valid_from valid_to contract priority]",
    "price_breaks": "item location supplier min_quantity price [valid_from kind]",
    "units": "item unit base_units []",
    "suppliers": "supplier [name group email currency min_order_value order_cost order_days calendar blocked"
    " auto_order]",
    "lanes": "from_location to_location lead_time_days [item unit_cost fixed_cost]",
    "signals": "name date value available_on [item location category]",
    "calendars": "calendar date open []",
    "rates": "date from_currency to_currency rate []",
}
CODES = (
    "item location supplier order_ref line schedule from_location to_location supplied_from successor order_key"
    " contract"
)


def test_tables_are_those_of_the_contract() -> None:
    assert list(TABLES) == list(CONTRACT)
    assert NEEDED_TO_PLAN == ("items", "locations", "stock", "demand", "sourcing")
    assert NEEDED_TO_FORECAST == ("demand",)


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_those_of_the_contract(name: str) -> None:
    needed, optional = CONTRACT[name].rstrip("]").split("[")
    assert TABLES[name].names(required=True) == needed.split()
    assert sorted(TABLES[name].names(required=False)) == sorted(optional.split())


@pytest.mark.parametrize(
    ("name", "key"),
    [("open_orders", "order_ref line schedule"), ("sourcing", "item location supplier valid_from"),
     ("price_breaks", "item location supplier valid_from min_quantity"), ("stock", "item location"), ("items", "item"),
     ("units", "item unit"), ("calendars", "calendar date")],
)  # fmt: skip
def test_keys_are_those_of_the_contract(name: str, key: str) -> None:
    assert TABLES[name].key == tuple(key.split())


def test_only_demand_requirements_and_receipts_add_up() -> None:
    assert {name for name, table in TABLES.items() if table.additive} == {"demand", "requirements", "receipts"}


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_declarations_are_whole(table: object) -> None:
    name = next(name for name, known in TABLES.items() if known is table)
    for column in TABLES[name].columns:
        assert column.meaning, column.name
        assert (column.kind is Kind.CHOICE) == bool(column.choices), column.name
        assert not column.default or not column.required, column.name
        assert not column.choices or not column.default or column.default in column.choices, column.name
        if column.kind is Kind.NUMBER and column.default:
            float(column.default)
        if column.name in CODES.split():
            assert column.kind is Kind.CODE, column.name
        if column.name.endswith("_on") or column.name.startswith("valid_"):
            assert column.kind is Kind.DATE, column.name
    assert all(key in TABLES[name] for key in TABLES[name].key)


def test_words_and_defaults_of_the_contract() -> None:
    assert TABLES["requirements"]["kind"].choices == ("reservation", "sales_order", "dependent", "one_off")
    assert TABLES["demand"]["kind"].choices == ("sale", "issue", "transfer", "return", "one_off")
    assert TABLES["price_breaks"]["kind"].choices == ("all_units", "incremental")
    assert TABLES["sourcing"]["order_multiple"].default == "1"
    assert TABLES["sourcing"]["price_unit"].default == "1"
    assert TABLES["sourcing"]["unit_factor"].kind is Kind.FRACTION
    assert TABLES["demand"]["quantity"].minimum == 0.0
    assert TABLES["demand"]["quantity"].blank
