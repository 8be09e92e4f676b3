"""Values at the border to remote function calls, where nothing is converted for us: padded codes, days, signed numbers.

It checks form and length before a call, because the library cuts or refuses as it likes; it knows no module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from bot.errors import Refused

_NO_DAY = frozenset({"", "00000000", "99991231"})


@dataclass(frozen=True, slots=True)
class Field:
    """Type and length of a field that is sent: C text, N digits, D day, P packed number with `decimals`."""

    kind: str
    length: int
    decimals: int = 0
    lower: bool = False


def padded(code: str, length: int) -> str:
    """Internal form of a code (conversion exit ALPHA): digits are filled with zeros, others are upper case."""
    return code.zfill(length) if code.isdecimal() else code.upper()


def material(code: str, *, lexicographic: bool = False) -> str:
    """Internal form of an item number: digits are filled to 18 unless leading zeros count in this system."""
    return code.upper() if lexicographic else padded(code, 18)


def shown(code: str) -> str:
    """External form of an internal code: a purely numeric one without leading zeros."""
    return (code.lstrip("0") or ("0" if code else "")) if code.isdecimal() else code


def shown_column(codes: "pd.Series[str]") -> "pd.Series[str]":
    """External forms of a column."""
    return codes.map({each: shown(each) for each in codes.unique()}).astype("str")


def day(value: date) -> str:
    """A day as eight digits."""
    return value.strftime("%Y%m%d")


def iso(text: str) -> str:
    """ISO form of eight digits; empty for none, anything else as it stands."""
    text = text.strip()
    if text in _NO_DAY:
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdecimal() else text


def iso_column(days: "pd.Series[str]") -> "pd.Series[str]":
    """ISO forms of a column."""
    return days.map({each: iso(each) for each in days.unique()}).astype("str")


def signed(text: str) -> str:
    """A number of a table cell, whose minus stands behind it; what is no number stays as it is."""
    text = text.strip()
    return f"-{text[:-1].strip()}" if text.endswith("-") else text


def signed_column(numbers: "pd.Series[str]") -> "pd.Series[str]":
    """Numbers of a column."""
    return numbers.map({each: signed(each) for each in numbers.unique()}).astype("str")


def amount(text: str, decimals: int) -> str:
    """True amount of a currency field, which tables keep with two decimals whatever the currency has."""
    value = signed(text)
    try:
        return format((Decimal(value) * Decimal(10) ** (2 - decimals)).normalize(), "f")
    except ArithmeticError:
        return value


def packed(value: Fraction, decimals: int, what: str) -> Decimal:
    """A packed number with so many decimals; Refused when that would round it."""
    steps = value * 10**decimals
    if steps.denominator != 1:
        raise Refused(f"{what}: {value} has more than {decimals} decimals")
    return Decimal(steps.numerator).scaleb(-decimals)


def row(fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """A structure ready to be sent, empty values left out; Refused when a value does not fit its field."""
    return {name: _fitting(name, fields[name], value) for name, value in values.items() if value not in ("", None)}


def _fitting(name: str, field: Field, value: Any) -> Any:
    if field.kind == "P":
        return _number(name, field, value)
    if not isinstance(value, str):
        raise Refused(f"{name} must be text, not {type(value).__name__}")
    text = str(value) if field.lower else str(value).upper()
    if len(text) > field.length:
        raise Refused(f"{name}: {text!r} is longer than {field.length} characters")
    if field.kind in "ND" and not text.isdecimal():
        raise Refused(f"{name}: {text!r} must be digits")
    if field.kind == "D" and len(text) != 8:
        raise Refused(f"{name}: {text!r} must be a day of eight digits")
    return text.zfill(field.length) if field.kind == "N" else text


def _number(name: str, field: Field, value: Any) -> Decimal:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Refused(f"{name} must be a finite decimal number, not {value!r}")
    if abs(value) >= Decimal(10) ** (field.length - field.decimals):
        raise Refused(f"{name}: {value} has more than {field.length - field.decimals} digits before the point")
    return value


def flags(values: Mapping[str, Any], *, keys: tuple[str, ...] = ()) -> dict[str, str]:
    """The X structure of a row: a flag for each filled field; keys keep their value and have a flag of their own."""
    found = {name: "X" for name in values if name not in keys}
    for key in keys:
        found |= {key: str(values[key]), f"{key}X": "X"}
    return found
