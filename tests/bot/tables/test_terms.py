"""Terms: implausible lead times are refused, steps and price units are never zero."""

from bot.tables import terms


def test_lead_times_of_nothing_and_of_years_are_refused() -> None:
    lead_time = terms.SOURCING["lead_time_days"]
    assert (lead_time.above, lead_time.maximum) == (0.0, 1000.0)


def test_steps_and_price_units_are_positive_and_one_by_default() -> None:
    for name in ("order_multiple", "price_unit"):
        assert (terms.SOURCING[name].above, terms.SOURCING[name].default) == (0.0, "1")


def test_an_empty_unit_factor_is_looked_up() -> None:
    assert terms.SOURCING["unit_factor"].default == ""
