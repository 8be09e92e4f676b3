"""The newest rate not after the day, direct or inverse, and never an invented one."""

from decimal import Decimal

import pytest

from bot.suppliers.rates import pin
from tests.bot.suppliers.frames import AS_OF, typed


def rates(*rows: str) -> dict[str, Decimal]:
    names = ("date", "from_currency", "to_currency", "rate")
    split = [dict(zip(names, row.split(), strict=True)) for row in rows]
    return dict(pin(typed("rates", *[{**row, "rate": float(row["rate"])} for row in split]), "EUR", AS_OF))


def test_home_is_one_without_any_rates() -> None:
    assert rates() == {"EUR": Decimal(1)}


def test_direct_rates_are_exact_decimals() -> None:
    assert rates("2026-03-01 USD EUR 0.9234")["USD"] == Decimal("0.9234")


def test_inverse_rates_are_turned_round() -> None:
    assert rates("2026-03-01 EUR USD 1.25")["USD"] == Decimal("0.8")


@pytest.mark.parametrize("later", ["2026-03-03 USD EUR 9", "2027-01-01 EUR USD 9"])
def test_rates_after_the_day_do_not_exist(later: str) -> None:
    assert rates("2026-02-01 EUR USD 1.25", later)["USD"] == Decimal("0.8")
    assert "USD" not in rates(later)


def test_the_rate_of_the_day_itself_counts_and_the_newest_wins_in_any_order() -> None:
    rows = ["2026-03-02 USD EUR 0.93", "2026-02-01 USD EUR 0.91", "2026-03-01 USD EUR 0.92"]
    assert rates(*rows)["USD"] == rates(*reversed(rows))["USD"] == Decimal("0.93")


def test_a_newer_inverse_wins_over_an_old_direct_rate() -> None:
    assert rates("2020-01-01 USD EUR 0.5", "2026-03-01 EUR USD 1.25")["USD"] == Decimal("0.8")


def test_on_the_same_day_direct_wins() -> None:
    rows = ["2026-03-01 USD EUR 0.9", "2026-03-01 EUR USD 1.25"]
    assert rates(*rows)["USD"] == rates(*reversed(rows))["USD"] == Decimal("0.9")


def test_rates_between_others_and_of_home_to_itself_are_not_used() -> None:
    assert rates("2026-03-01 USD GBP 0.7", "2026-03-01 EUR EUR 1.1") == {"EUR": Decimal(1)}
