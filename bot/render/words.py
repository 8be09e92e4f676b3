"""How amounts, quantities, dates and foreign texts are written for people.

It knows no templates and no orders; every function is pure and independent of the machine's locale.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.orders.model import Money
from bot.orders.money import rounded
from bot.tables.currency import minor_digits

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST_NAME = 120
_REPLACED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def clean(text: str) -> str:
    """Replace control, bidi and invisible characters by U+FFFD; line breaks stay, tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text.replace("\r\n", "\n").replace("\t", " "))


def _visible(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _REPLACED:
        return character
    return "\ufffd"


def name(text: object, longest: int = LONGEST_NAME) -> str:
    """A name from master data on one line, cleaned and at most `longest` characters."""
    line = " ".join(clean(str(text)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def amount(value: Decimal, currency: str) -> str:
    """An amount with thousands separators and the currency's decimals: `3,750.00`."""
    return f"{rounded(value, currency):,.{minor_digits(currency)}f}"


def money(value: Money | None) -> str:
    """An amount with its currency: `3,750.00 EUR`; `not known` without an amount."""
    return "not known" if value is None else f"{amount(value.amount, value.currency)} {value.currency}"


def price(value: Decimal, currency: str, price_unit: Decimal = Decimal(1)) -> str:
    """A price without losing decimals: `1.25 EUR`, `0.0375 EUR`, `37.50 EUR per 1,000`."""
    exact = f"{value.normalize():,f}"
    padded = amount(value, currency)
    figure = padded if Decimal(padded.replace(",", "")) == value else exact
    per = "" if price_unit == 1 else f" per {quantity(price_unit)}"
    return f"{figure} {currency}{per}"


def quantity(value: Decimal | float, unit: str = "") -> str:
    """A quantity with thousands separators and at most three decimals, none when whole: `1,250 PC`."""
    text = f"{Decimal(str(value)):,.3f}".rstrip("0").rstrip(".")
    text = "0" if text in {"-0", ""} else text
    return f"{text} {name(unit, 12)}".rstrip()


def plain(value: Decimal) -> str:
    """A quantity as a form field carries it: exact, without exponent, separators and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """A share from 0 to 1 as whole percent, never rounded up to certainty: `97 %`, `> 99 %`, `< 1 %`."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"


def day(value: date | None) -> str:
    """A date: `Tue 24 Nov 2026`."""
    return (
        "not known" if value is None else f"{DAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"
    )


def short_day(value: date) -> str:
    """A date without its year: `Tue 24 Nov`."""
    return f"{DAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"


def instant(value: datetime | None, timezone: str = "UTC") -> str:
    """An instant in the reader's zone: `Tue 24 Nov 2026 16:00`."""
    if value is None:
        return "not known"
    local = value.astimezone(ZoneInfo(timezone))
    return f"{day(local.date())} {local:%H:%M}"


def age(since: datetime, now: datetime) -> str:
    """How long ago, coarse: `just now`, `12 min`, `5 h`, `3 days`."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def count(number: int, word: str) -> str:
    """A number with its noun: `1 line`, `5 lines`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def spoken(code: object) -> str:
    """A code in words: `supplier_blocked` becomes `Supplier blocked`."""
    text = name(str(code).replace("_", " ").replace("-", " ").strip())
    return text[:1].upper() + text[1:]
