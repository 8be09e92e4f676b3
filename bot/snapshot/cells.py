"""Cells of one raw column become typed values; each bad cell gets a reason, none is guessed.

Distinct texts are parsed once and spread by code, so the cost follows the number of different values;
nothing here knows a table or looks at other columns.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from bot.tables.spec import Column, Kind

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_COMMA = re.compile(r"[+-]?[\d.,']*\d,\d[\d.,']*")
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?")
_FRACTION = re.compile(r"\d+(\.\d+)?(/\d+(\.\d+)?)?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_WEEKDAYS = re.compile(r"[1-7](,[1-7])*")
_OPEN_ENDED = frozenset(("00000000", "0000-00-00", "9999-12-31", "99991231"))
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
LARGEST = 1e12  # no quantity or amount of a purchase is beyond it; larger values are slips
LONGEST_CODE = 80

Reason = str


class AmbiguousNumber(ValueError):  # noqa: N818 - named after what the data is
    """A number written with a comma: it may be decimal or thousands, so nothing may be ordered on it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Typed values of one column; `faults` maps each reason to the mask of the cells that it spoils."""

    values: pd.Series
    faults: dict[Reason, np.ndarray]


def parse(column: Column, raw: pd.Series) -> Parsed:
    """Parse one raw column; raises AmbiguousNumber for decimal or thousands commas."""
    if column.kind is Kind.NUMBER and pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        return _typed_number(raw)
    if column.kind is Kind.DATE and pd.api.types.is_datetime64_any_dtype(raw):
        return _typed_date(raw)
    if column.kind is Kind.FLAG and pd.api.types.is_bool_dtype(raw):
        return Parsed(raw.astype(bool), {})
    return _by_text(column, raw)


def is_blank(raw: pd.Series) -> np.ndarray:
    """Where a cell holds nothing: missing, empty or blanks only."""
    missing = raw.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(raw) or pd.api.types.is_datetime64_any_dtype(raw):
        return np.asarray(missing)
    codes, texts = _texts(raw)
    empty = np.array([text.strip() == "" for text in texts] + [True])
    return np.asarray(missing | empty[codes])


def _found(**faults: np.ndarray) -> dict[Reason, np.ndarray]:
    return {reason.replace("_", " "): mask for reason, mask in faults.items() if mask.any()}


def _typed_number(raw: pd.Series) -> Parsed:
    values = raw.to_numpy(dtype="float64", na_value=np.nan)
    faults = _found(not_finite=np.isinf(values), implausibly_large=np.isfinite(values) & (np.abs(values) > LARGEST))
    return Parsed(pd.Series(values + 0.0, index=raw.index), faults)


def _typed_date(raw: pd.Series) -> Parsed:
    days = raw.dt.tz_localize(None) if isinstance(raw.dtype, pd.DatetimeTZDtype) else raw
    values = days.astype("datetime64[s]")
    seconds = values.to_numpy().view("int64")
    known = values.notna().to_numpy()
    low, high = (np.datetime64(day, "s").astype("int64") for day in ("1990-01-01", "2100-12-31"))
    faults = _found(
        has_a_time_of_day=known & (seconds % 86_400 != 0),
        year_is_implausible=known & ((seconds < low) | (seconds > high)),
    )
    return Parsed(values, faults)


def _texts(raw: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes into the distinct texts; missing cells have code -1 (the last entry of a padded lookup)."""
    if isinstance(raw.dtype, pd.CategoricalDtype):
        codes, distinct = raw.cat.codes.to_numpy(), list(raw.cat.categories)
    else:
        codes, index = pd.factorize(raw)
        distinct = list(index)
    return codes, [_text(value) for value in distinct]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _by_text(column: Column, raw: pd.Series) -> Parsed:
    codes, texts = _texts(raw)
    cell = _CELLS[column.kind]
    outcomes = [cell(column, text.strip()) for text in texts]
    values = [value for value, _ in outcomes] + [None]
    reasons = np.array([reason for _, reason in outcomes] + [""], dtype=object)
    faults = {reason: (reasons == reason)[codes] for reason in dict.fromkeys(reasons) if reason}
    return Parsed(_spread(column, codes, values, raw.index), faults)


def _spread(column: Column, codes: np.ndarray, values: list[object], index: pd.Index) -> pd.Series:
    if column.dtype == "category":
        return _categorical(codes, values, index)
    if column.kind is Kind.NUMBER:
        lookup = np.array([np.nan if value is None else value for value in values], dtype="float64")
        return pd.Series(lookup[codes], index=index)
    if column.kind is Kind.DATE:
        return pd.Series(np.array(values, dtype="datetime64[s]")[codes], index=index)
    return pd.Series(pd.array(values, dtype="object").take(codes), index=index, dtype="object")


def _categorical(codes: np.ndarray, values: list[object], index: pd.Index) -> pd.Series:
    merged, distinct = pd.factorize(np.array(values, dtype=object))
    small = merged.astype("int32")[codes]
    return pd.Series(pd.Categorical.from_codes(small, categories=pd.Index(distinct, dtype="str")), index=index)


Cell = Callable[[Column, str], tuple[object, Reason]]


def _code(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    normal = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in normal):
        return None, "control character in a code"
    return (normal, "") if len(normal) <= LONGEST_CODE else (None, "code is too long")


def _free_text(_: Column, text: str) -> tuple[object, Reason]:
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in normal) or None, ""


def _number(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    if _NUMBER.fullmatch(text):
        value = float(text) + 0.0
        return (value, "") if abs(value) <= LARGEST else (None, "implausibly large")
    if _COMMA.fullmatch(text):
        raise AmbiguousNumber(text)
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return None, "not finite"
    return None, "not a number"


def _day(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    if text in _OPEN_ENDED:
        return None, "date placeholder"
    match = _ISO_DAY.fullmatch(text)
    if match is None:
        return None, "not an ISO day"
    try:
        value = np.datetime64(match.group(1), "s")
    except ValueError:
        return None, "no such day"
    known = np.datetime64("1990-01-01") <= value <= np.datetime64("2100-12-31")
    return (value, "") if known else (None, "year is implausible")


def _flag(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    value = _FLAGS.get(text.lower())
    return (value, "") if value is not None else (None, "not true or false")


def _choice(column: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    return (text, "") if text in column.choices else (None, "unknown word")


def _matching(pattern: re.Pattern[str], reason: Reason) -> Cell:
    def cell(_: Column, text: str) -> tuple[object, Reason]:
        if not text:
            return None, ""
        return (text, "") if pattern.fullmatch(text) else (None, reason)

    return cell


def _fraction(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    if not _FRACTION.fullmatch(text):
        return None, "not a number or fraction"
    parts = [Fraction(part) for part in text.split("/")]
    return (text, "") if all(parts) else (None, "not a positive fraction")


_CELLS: dict[Kind, Cell] = {
    Kind.CODE: _code,
    Kind.TEXT: _free_text,
    Kind.NUMBER: _number,
    Kind.FRACTION: _fraction,
    Kind.DATE: _day,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.CURRENCY: _matching(_CURRENCY, "not a currency code"),
    Kind.WEEKDAYS: _matching(_WEEKDAYS, "not ISO weekdays such as 1,4"),
}
