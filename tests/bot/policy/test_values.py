"""Single values: what their text becomes, and that nothing is guessed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import values as read
from bot.policy.values import BadValueError, MoneyLimit, Need, amount_text


@given(amount=st.decimals(0, 10**9, places=2))
def test_an_amount_is_exact_in_minor_units_and_comes_back(amount: Decimal) -> None:
    value = read.money(exact=True)(f"{amount:.2f} EUR")
    assert Decimal(value.minor) == amount * 100
    assert amount_text(value.minor, "EUR").replace(",", "") == f"{amount:.2f} EUR"


def test_each_kind_reads_its_text() -> None:
    assert read.money(exact=False)("0.0001 EUR") == MoneyLimit(Decimal("0.0001"), "EUR")
    assert read.need("2 finance") == Need(2, "finance")
    assert str(Need(2, "finance")) == "2 finance"
    assert read.day("2026-12-28") == date(2026, 12, 28)
    assert read.whole(0, 9)("9") == 9
    assert read.timezone("Europe/Vienna") == "Europe/Vienna"
    assert (read.holidays("DE"), read.holidays("DE-BY"), read.holidays("AT-9")) == ("DE", "DE-BY", "AT-9")


@pytest.mark.parametrize("text", ["1e5", "0x10", "", " 5", "1_000", "1,5", "nan", "9" * 19, "\u0663"])
def test_a_number_is_digits_with_a_point(text: str) -> None:
    with pytest.raises(BadValueError):
        read.number()(text)


@pytest.mark.parametrize("bounds", [{"above": Decimal(5)}, {"below": Decimal(5)}])
def test_open_bounds_exclude_themselves(bounds: dict[str, Decimal]) -> None:
    with pytest.raises(BadValueError, match="5 is too"):
        read.number(**bounds)("5")


@pytest.mark.parametrize("text", ["2026-1-1", "20261228", "2026-12-32", "28.12.2026"])
def test_a_day_is_an_iso_day(text: str) -> None:
    with pytest.raises(BadValueError):
        read.day(text)


@pytest.mark.parametrize("text", ["de", "D", "DEU", "DE-", "DE-BAYERN", "DE-by"])
def test_a_holiday_calendar_has_the_form_of_country_and_region(text: str) -> None:
    with pytest.raises(BadValueError):
        read.holidays(text)


def test_a_forecaster_is_kept_as_written_and_anything_else_says_how_to_write_one() -> None:
    for text in ("auto", "TSB", "AutoETS(auto=True, sp=52)", "Nothing(of='that name')"):
        assert read.forecaster(text) == text
    for wrong in ("", "TSB(", "TSB(0.1)", "TSB(alpha=x)", "a.b", "os.system('x')"):
        with pytest.raises(BadValueError) as caught:
            read.forecaster(wrong)
        assert (caught.value.code, bool(caught.value.remedy)) == ("E107", True)
