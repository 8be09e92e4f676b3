"""Reads what Fusion puts on the wire: cells, numbers, days, child collections, error bodies.

It makes no calls and knows no resource; values that are not what they should be stay as text.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from bot.errors import Refused
from connectors.answers import Answer, Problem

Row = dict[str, Any]
Columns = dict[str, list[Any]]


def cell(value: Any) -> str | None:
    """Return a JSON value as text without losing a digit; null stays empty."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def frame(columns: Mapping[str, Iterable[Any]]) -> pd.DataFrame:
    """Make a frame of text cells."""
    return pd.DataFrame({name: pd.Series(list(map(cell, column)), dtype="str") for name, column in columns.items()})


def number(value: Any) -> Decimal | None:
    """Return a JSON number, or a number as text (framework version 9), exactly; None when it is neither."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return found if found.is_finite() else None


def whole(value: Any) -> int | None:
    """Return an id, which is an integer or a text of digits, exactly; None when it is neither."""
    found = number(value)
    return int(found) if found is not None and found == found.to_integral_value() else None


def day(value: Any, zone: ZoneInfo) -> date | None:
    """Day of a date or of a timestamp, the latter in the company's zone; None when it is neither."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.date() if moment.tzinfo is None else moment.astimezone(zone).date()


def exact(value: Decimal | Fraction, what: str) -> int | float:
    """Turn a number into a JSON number that reads back as the same number; Refused when there is none."""
    fraction = Fraction(value)
    if fraction.denominator == 1:
        return fraction.numerator
    near = float(fraction)
    if Fraction(repr(near)) != fraction:
        raise Refused(f"{what} {value} cannot be written as a decimal number", "INEXACT")
    return near


def children(row: Row, name: str) -> list[Row] | None:
    """Expanded children as framework 1-2 (array) or 3 and later (collection) give them; None when not all are there."""
    found = row.get(name)
    if isinstance(found, dict):
        return None if found.get("hasMore") else list(found.get("items") or [])
    return list(found) if isinstance(found, list) else None


def messages(result: Any) -> list[str]:
    """Texts in the result of an action: a text, or a list of maps with keys that differ by release."""
    if isinstance(result, dict):
        return [text for value in result.values() for text in messages(value)]
    if isinstance(result, list):
        return [text for value in result for text in messages(value)]
    return [] if result is None or result == "" else [str(result)]


def succeeded(result: Any) -> bool:
    """Whether the result of an action is the one word that means it worked."""
    return [text.upper() for text in messages(result)] == ["SUCCESS"]


def describe(answer: Answer) -> Problem:
    """Describe an error body of any generation: error details, flat detail, plain text, page of a gateway."""
    if answer.is_html or not answer.body.strip():
        return Problem(f"HTTP {answer.status}")
    try:
        body = answer.json()
    except ValueError:
        text = " ".join(answer.body[:500].decode("utf-8", "replace").split())
        return Problem(f"HTTP {answer.status} {text}")
    return _structured(body, answer.status) if isinstance(body, dict) else Problem(f"HTTP {answer.status}")


def _structured(body: Row, status: int) -> Problem:
    raw = body.get("o:errorDetails")
    details = [part for part in raw if isinstance(part, dict)] if isinstance(raw, list) else []
    texts = [_detail(part) for part in details or [body]]
    codes = [str(part["o:errorCode"]) for part in [*details, body] if part.get("o:errorCode")]
    text = "; ".join(dict.fromkeys(text for text in texts if text)) or str(body.get("title") or "")
    return Problem(f"HTTP {status} {text}".strip()[:2000], codes[0] if codes else "")


def _detail(part: Row) -> str:
    text, path = str(part.get("detail") or part.get("title") or ""), part.get("o:errorPath")
    return f"{text} (at {path})" if path else text


def encode(body: Mapping[str, Any]) -> bytes:
    """Serialise a request body; NaN and unknown types are errors of the program."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
