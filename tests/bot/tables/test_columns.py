"""The recurring columns: keys are text, quantities and days are never negative."""

from bot.tables import columns
from bot.tables.spec import Kind


def test_keys_are_codes_so_that_leading_zeros_survive() -> None:
    assert {c.kind for c in (columns.ITEM, columns.LOCATION, columns.SUPPLIER)} == {Kind.CODE}


def test_amounts_and_durations_start_at_zero() -> None:
    made = [
        columns.quantity(name="q", meaning="m"),
        columns.money(name="m", meaning="m"),
        columns.days(name="d", meaning="m"),
    ]
    assert [(column.minimum, bool(column.unit)) for column in made] == [(0.0, True)] * 3
