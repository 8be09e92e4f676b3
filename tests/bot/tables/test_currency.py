"""Minor units of currencies, against the list of ISO 4217 exceptions."""

import pytest

from bot.tables import currency


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3)])
def test_minor_digits(code: str, digits: int) -> None:
    assert currency.minor_digits(code) == digits
