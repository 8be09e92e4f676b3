"""Mistakes in settings that every connector refuses before anything is asked."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from connectors.checked import Address, Currency, Zone


class Given(BaseModel):
    url: Address = ""
    timezone: Zone = "UTC"
    currency: Currency = ""


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"url": "https://user:secret@erp.example.com"}, "password_file"),
        ({"url": "https://user@erp.example.com"}, "password_file"),
        ({"url": "https://erp.example.com/?sap-client=100"}, "the address alone"),
        ({"url": "https://[erp"}, "is not an address"),
        ({"timezone": "Europe/Berln"}, "is not a time zone such as Europe/Berlin"),
        ({"timezone": "../etc"}, "is not a time zone"),
        ({"timezone": ""}, "is not a time zone"),
        ({"currency": "USDD"}, "is not a currency code such as EUR"),
        ({"currency": "eur"}, "is not a currency code"),
    ],
)
def test_what_cannot_be_right_is_refused_in_words(wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        Given(**wrong)


def test_what_is_right_passes_unchanged() -> None:
    given = Given(url="https://erp.example.com:8443/sap", timezone="America/New_York")
    assert (given.url, given.timezone) == ("https://erp.example.com:8443/sap", "America/New_York")
