"""Literals, keys and bodies as the wire spells them."""

from datetime import date
from decimal import Decimal

import pytest

from bot.errors import Refused
from connectors.sap import odata_query as odata


def test_literals() -> None:
    assert odata.text("O'Neil") == "'O''Neil'"
    assert odata.day(date(2026, 12, 31), 2) == "datetime'2026-12-31T00:00:00'"
    assert odata.day(date(2026, 12, 31), 4) == "2026-12-31"
    assert odata.one_of("Plant", ["1010", "1020"]) == "(Plant eq '1010' or Plant eq '1020')"
    assert odata.key_path("Set", "A/B'C%") == "Set('A%2FB''C%25')"


def test_decimals_are_written_exactly_or_refused() -> None:
    assert odata.encode({"q": Decimal("1234567890.125")}) == b'{"q":1234567890.125}'
    with pytest.raises(Refused, match="too long"):
        odata.encode({"q": Decimal("1.2345678901234567")})
    with pytest.raises(TypeError):
        odata.encode({"q": object()})
