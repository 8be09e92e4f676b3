"""Turns the wire's values into the cells of canonical tables: codes, days, exact numbers, frames of text.

It judges nothing: what it cannot read stays as text, so that the snapshot can set the row aside with its reason.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd

_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000
_ORDER_KEY = re.compile("[A-Z0-9]{12}")
_WIRE_STEP = 1000  # quantities of orders have three decimals


@lru_cache(maxsize=1 << 17)
def code(value: str | None) -> str:
    """External form of a code: purely numeric ones lose their leading zeros, others stay."""
    if not value:
        return ""
    return (value.lstrip("0") or "0") if value.isdecimal() else value


@lru_cache(maxsize=1 << 14)
def day(value: str | None) -> str:
    """ISO day of `/Date(ms)/`; a value in any other form stays as it is."""
    if not value or not value.startswith("/Date("):
        return value or ""
    digits = value[6:].partition(")")[0].partition("+")[0]
    try:
        return date.fromordinal(_EPOCH + int(digits) // _DAY_MS).isoformat()
    except (ValueError, OverflowError):
        return value


def order_key_of(references: Sequence[str]) -> str:
    """Our order key on a document: the first reference that has its form, else the one that is in use, which is first.

    The setting may have named another field when the document was written.
    """
    return next((text for text in references if _ORDER_KEY.fullmatch(text)), references[0])


def number(value: Any) -> Decimal | None:
    """Exact number, or None when the value is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        result = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return result if result.is_finite() else None


def ratio(numerator: Any, denominator: Any) -> Fraction | None:
    """Exact quotient of two wire numbers; None unless both are above zero."""
    above, below = number(numerator), number(denominator)
    if above is None or below is None or above <= 0 or below <= 0:
        return None
    return Fraction(above) / Fraction(below)


def plain(value: Fraction | Decimal) -> str:
    """Decimal text without exponent: exact where possible, else with 15 significant digits."""
    fraction = Fraction(value)
    rest = fraction.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1:
        exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
        if Fraction(exact) == fraction:
            text = format(exact, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
    return format(Decimal(repr(float(f"{float(fraction):.15g}"))), "f")


def scaled(value: Any, factor: Fraction | None, unit: str = "") -> str:
    """Quantity times factor as text; an unreadable quantity or factor gives text that is no number."""
    quantity = number(value)
    if quantity is None:
        return cell(value) or ""
    return f"{quantity} {unit or '?'}" if factor is None else plain(Fraction(quantity) * factor)


def positive(value: Any) -> str:
    """The number as text, empty for zero: SAP writes zero where nothing is maintained."""
    amount = number(value)
    return "" if amount is not None and amount == 0 else cell(value) or ""


def least_multiple(rounding: Any, factor: Fraction) -> str:
    """Order multiple [base unit] that also is a quantity of order units with at most three decimals.

    `rounding` is the rounding value [base unit], zero when none is maintained; empty text = no multiple needed.
    """
    step = number(rounding)
    if step is None and rounding not in (None, ""):
        return str(rounding)
    wanted = Fraction(step) if step and step > 0 else None
    if wanted is None:
        if factor > 1 and factor.denominator == 1:
            return plain(factor)
        wanted = Fraction(1)
    if (wanted / factor * _WIRE_STEP).denominator == 1:
        return "" if wanted == 1 else plain(wanted)
    common = Fraction(math.lcm(wanted.numerator, factor.numerator), math.gcd(wanted.denominator, factor.denominator))
    return plain(common)


def cell(value: Any) -> str | None:
    """One cell as text; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value)


def frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Text frame of the rows, one sequence of cells each."""
    lists: list[list[str | None]] = [[] for _ in columns]
    for row in rows:
        for column, value in zip(lists, row, strict=True):
            column.append(cell(value))
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in zip(columns, lists, strict=True)})
