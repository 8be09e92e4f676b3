"""What a single value in a policy may look like, and how its text becomes a typed value.

Nothing is guessed here: every scalar arrives as the text that a person wrote and is typed by its key alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from bot.forecast.naming import Fault, parsed
from bot.policy.nodes import did_you_mean
from bot.tables.currency import CURRENCIES, minor_digits

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_MONEY = re.compile(r"(?P<amount>[+-]?\d+(\.\d+)?) +(?P<currency>[A-Za-z]{3})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
Word = TypeVar("Word", bound=StrEnum)
_HOLIDAYS = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LONGEST_NUMBER = 18  # digits; more than that does not fit into the int64 minor units of the columns


class BadValueError(ValueError):
    """A value that its key does not allow: code of the finding, what is wrong, what was probably meant."""

    def __init__(self, message: str, *, code: str = "E107", hint: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.remedy = remedy


@dataclass(frozen=True, slots=True, order=True)
class MoneyLimit:
    """An exact amount with its currency, as policies write it: `2000 EUR`."""

    amount: Decimal
    currency: str

    @property
    def minor(self) -> int:
        """The amount in minor units of its currency (cents); exact for limits, which have no finer part."""
        return int(self.amount.scaleb(minor_digits(self.currency)))

    def __str__(self) -> str:
        """Render as `2000 EUR`."""
        return f"{self.amount} {self.currency}"


def amount_text(minor: int, currency: str) -> str:
    """An exact amount [minor units] as people read it: `2,500.00 EUR`."""
    digits = minor_digits(currency)
    whole, part = divmod(minor, 10**digits)
    return f"{whole:,}.{part:0{digits}d} {currency}" if digits else f"{whole:,} {currency}"


@dataclass(frozen=True, slots=True)
class Need:
    """How many people of a role have to approve."""

    count: int
    role: str

    def __str__(self) -> str:
        """Render as `1 buyer`."""
        return f"{self.count} {self.role}"


def text(raw: object) -> str:
    """A scalar's text; a list or mapping in its place is an error."""
    if isinstance(raw, str):
        return raw
    raise BadValueError("a single value is expected here, not a list or a group of keys")


def name(raw: object) -> str:
    """An id or a code of letters, digits and `. _ : / -`."""
    value = text(raw)
    if not _NAME.fullmatch(value):
        raise BadValueError(f'"{value}" is no id: use letters, digits and . _ : / -')
    return value


def number(
    low: Decimal | None = None,
    high: Decimal | None = None,
    *,
    above: Decimal | None = None,
    below: Decimal | None = None,
) -> Callable[[object], Decimal]:
    """A reader of decimal numbers within bounds (`low`, `high` inclusive; `above`, `below` exclusive)."""

    def read(raw: object) -> Decimal:
        value = _decimal(text(raw))
        if low is not None and value < low:
            raise BadValueError(f"{value} is too small: at least {low}")
        if high is not None and value > high:
            raise BadValueError(f"{value} is too large: at most {high}")
        if above is not None and value <= above:
            raise BadValueError(f"{value} is too small: more than {above}")
        if below is not None and value >= below:
            raise BadValueError(f"{value} is too large: less than {below}")
        return value

    return read


def _decimal(value: str) -> Decimal:
    if not _NUMBER.fullmatch(value) or len(value) > _LONGEST_NUMBER:
        digits = value.replace(",", ".")
        hint = f'did you mean "{digits}"?' if "," in value and _NUMBER.fullmatch(digits) else ""
        raise BadValueError(f'"{value}" is no number', hint=hint, remedy="write digits with a point for decimals: 97.5")
    try:
        return Decimal(value)
    except InvalidOperation as error:  # pragma: no cover - the pattern admits only what Decimal reads
        raise BadValueError(f'"{value}" is no number') from error


def percentage(
    *, below: Decimal | None = None, high: Decimal | None = None, zero: bool = False
) -> Callable[[object], Decimal]:
    """A reader of percentages that catches shares: 0.95 is an error that asks for 95."""
    inner = number(Decimal(0), high, below=below)

    def read(raw: object) -> Decimal:
        value = inner(raw)
        if value <= 1 and not (zero and value == 0):
            meant = format((value * 100).normalize(), "f") if 0 < value < 1 else "95"
            raise BadValueError(
                f"{value} is too small for a percentage", code="E205", hint=f"did you mean {meant}?",
                remedy="percentages run from 0 to 100",
            )  # fmt: skip
        return value

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers from `low` to `high`."""
    inner = number(Decimal(low), Decimal(high))

    def read(raw: object) -> int:
        value = inner(raw)
        if value != value.to_integral_value():
            raise BadValueError(f"{value} is no whole number")
        return int(value)

    return read


def money(*, exact: bool) -> Callable[[object], MoneyLimit]:
    """A reader of amounts >= 0 with a currency; `exact` refuses parts finer than the currency's minor unit."""

    def read(raw: object) -> MoneyLimit:
        value = text(raw)
        found = _MONEY.fullmatch(value)
        if found is None or len(found["amount"]) > _LONGEST_NUMBER - 3:
            hint = f'did you mean "{value} EUR"?' if _NUMBER.fullmatch(value) else ""
            raise BadValueError(f'"{value}" is no amount', hint=hint, remedy="write amount and currency: 2000 EUR")
        amount, currency = Decimal(found["amount"]), found["currency"]
        if currency not in CURRENCIES:
            raise BadValueError(f'"{currency}" is no currency', hint=did_you_mean(currency.upper(), CURRENCIES))
        if amount < 0:
            raise BadValueError(f"{value} is less than nothing")
        if exact and amount != round(amount, minor_digits(currency)):
            raise BadValueError(f"{value} is finer than the smallest coin of {currency}")
        return MoneyLimit(amount, currency)

    return read


def currency(raw: object) -> str:
    """An ISO 4217 code."""
    value = text(raw)
    if value not in CURRENCIES:
        raise BadValueError(f'"{value}" is no currency', code="E108", hint=did_you_mean(value.upper(), CURRENCIES))
    return value


def day(raw: object) -> date:
    """An ISO day: 2026-12-28."""
    value = text(raw)
    try:
        if len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadValueError(f'"{value}" is no day', remedy="write year, month and day: 2026-12-28")


def timezone(raw: object) -> str:
    """A time zone of the IANA list: Europe/Berlin."""
    value = text(raw)
    try:
        return ZoneInfo(value).key
    except (OSError, ValueError, KeyError):
        hint = did_you_mean(value, available_timezones())
        raise BadValueError(f'"{value}" is no time zone', hint=hint, remedy="write one like Europe/Berlin") from None


def holidays(raw: object) -> str:
    """A holiday calendar by country, or country and region: DE, DE-BY; whether it exists is not known here."""
    value = text(raw)
    if not _HOLIDAYS.fullmatch(value):
        near = value.upper().replace("_", "-")
        hint = f'did you mean "{near}"?' if _HOLIDAYS.fullmatch(near) else ""
        raise BadValueError(f'"{value}" is no holiday calendar', hint=hint, remedy="write country and region: DE-BY")
    return value


def choice(words: type[Word]) -> Callable[[object], Word]:
    """A reader of one word out of a closed list; the error names the nearest one."""

    def read(raw: object) -> Word:
        value = text(raw)
        try:
            return words(value)
        except ValueError:
            known = [str(word) for word in words]
            raise BadValueError(
                f'"{value}" is none of {", ".join(known)}', code="E108", hint=did_you_mean(value, known)
            ) from None

    return read


def forecaster(raw: object) -> str:
    """A forecaster as `Name(key=value)`, or `auto`; whether there is one of that name is not known here."""
    value = text(raw)
    read = parsed(value)
    if isinstance(read, Fault):
        raise BadValueError(read.what, hint=read.hint, remedy=read.remedy)
    return value


def need(raw: object) -> Need:
    """People of a role: `1 buyer`."""
    value = text(raw)
    count, _, role = value.partition(" ")
    if not (count.isascii() and count.isdigit() and 1 <= int(count) <= 9 and _NAME.fullmatch(role)):
        raise BadValueError(f'"{value}" names nobody', remedy="write number and role: 1 buyer")
    return Need(int(count), role)
