"""Kinds of settings that all connectors check alike: time zones, currencies, addresses without a password.

It opens no connection.
"""

from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin") from error
    return name


def _address(url: str) -> str:
    """Refuse what would stand in every log and error message."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError("is not an address such as https://erp.example.com") from error
    if "@" in parts.netloc:
        raise ValueError("holds a user or password; write them as user and password_file")
    if parts.query or parts.fragment:
        raise ValueError("ends with a question mark or #; give the address alone")
    return url


def _currency(code: str) -> str:
    if code and not (len(code) == _CODE and code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError(f"{code!r} is not a currency code such as EUR")
    return code


_CODE = 3
Currency = Annotated[str, AfterValidator(_currency)]
Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
