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

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SEPARATED = re.compile(r"[+-]?[\d.' \u00a0\u202f]*,[\d.,' \u00a0\u202f]*", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3}){2,}", re.ASCII)  # 1.000.000: then 1.000 is not one
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?", re.ASCII)
_FRACTION = re.compile(r"\d+(\.\d+)?(/\d+(\.\d+)?)?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_WEEKDAYS = re.compile(r"[1-7](,[1-7])*")
_OPEN_ENDED = frozenset(("00000000", "0000-00-00", "9999-12-31", "99991231"))
_BLANKS = " \t\r\n\u00a0"  # str.strip() alone would also take control characters off a code
_CONTROL = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
PLACEHOLDER = "date placeholder"
_WORDS = {"true": 1.0, "false": 0.0}  # a share of everything or of nothing
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
LARGEST = 1e12  # no quantity or amount of a purchase is beyond it; larger values are slips
LONGEST_CODE = 80
EARLIEST, LATEST = np.datetime64("1990-01-01"), np.datetime64("2100-12-31")

Reason = str


class AmbiguousNumber(ValueError):
    """A number with a comma or thousands points: nothing may be ordered on a guess; `position` is the row from 0."""

    def __init__(self, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.position = position


@dataclass(frozen=True, slots=True)
class Parsed:
    """Typed values of one column; `faults` maps each reason to the mask of the cells that it spoils."""

    cells: pd.Series
    faults: dict[Reason, np.ndarray]


def parse(column: Column, raw: pd.Series) -> Parsed:
    """Parse one raw column; raises AmbiguousNumber for decimal or thousands commas."""
    if column.kind is Kind.NUMBER and pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        return _typed_number(raw)
    if column.kind is Kind.DATE and pd.api.types.is_datetime64_any_dtype(raw):
        return _typed_date(raw)
    return _by_text(column, raw)


def _found(**faults: np.ndarray) -> dict[Reason, np.ndarray]:
    return {reason.replace("_", " "): mask for reason, mask in faults.items() if mask.any()}


def _typed_number(raw: pd.Series) -> Parsed:
    values = raw.to_numpy(dtype="float64", na_value=np.nan)
    faults = _found(not_finite=np.isinf(values), implausibly_large=np.isfinite(values) & (np.abs(values) > LARGEST))
    if faults:
        values = np.where(np.abs(values) <= LARGEST, values, np.nan)
    return Parsed(pd.Series(values + 0.0, index=raw.index), faults)  # + 0.0 turns -0.0 into 0.0


def _typed_date(raw: pd.Series) -> Parsed:
    local = raw.dt.tz_localize(None) if isinstance(raw.dtype, pd.DatetimeTZDtype) else raw
    instants = local.to_numpy()
    days = instants.astype("datetime64[D]")
    known = ~np.isnat(days)
    open_ended = days == np.datetime64("9999-12-31")
    faults = _found(
        date_placeholder=open_ended,
        has_a_time_of_day=known & (days.astype(instants.dtype) != instants),
        year_is_implausible=known & ~open_ended & ((days < EARLIEST) | (days > LATEST)),
    )
    if open_ended.any():
        days = np.where(open_ended, np.datetime64("NaT"), days)
    return Parsed(pd.Series(days.astype("datetime64[s]"), index=raw.index), faults)


def _texts(raw: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes into the distinct texts; missing cells have code -1 (the last entry of a padded lookup)."""
    if isinstance(raw.dtype, pd.CategoricalDtype):
        codes, distinct = raw.cat.codes.to_numpy(), raw.cat.categories
    else:
        codes, distinct = pd.factorize(raw)
    # tolist, because iterating over Arrow strings makes an object per step
    return codes, [value if isinstance(value, str) else _text(value) for value in distinct.tolist()]


def _text(value: object) -> str:
    """How a typed cell would stand in a CSV file: 7.0 as 7, bytes as UTF-8 (torn bytes fail as surrogates)."""
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def _by_text(column: Column, raw: pd.Series) -> Parsed:
    codes, texts = _texts(raw)
    cell = _CELLS[column.kind]
    outcomes = [_outcome(cell, column, text.strip(_BLANKS), codes, place) for place, text in enumerate(texts)]
    values = [value for value, _ in outcomes] + [None]
    reasons = np.array([reason for _, reason in outcomes] + [""], dtype=object)
    faults = {reason: (reasons == reason)[codes] for reason in dict.fromkeys(reasons) if reason}
    return Parsed(_spread(column, codes, values, raw.index), faults)


def _outcome(cell: "Cell", column: Column, text: str, codes: np.ndarray, place: int) -> tuple[object, Reason]:
    try:
        return cell(column, text)
    except AmbiguousNumber as error:
        raise AmbiguousNumber(text, int(np.flatnonzero(codes == place)[0])) from error


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
    if not normal.isprintable() and any(unicodedata.category(char) in _CONTROL for char in normal):
        return None, "control character in a code"
    return (normal, "") if len(normal) <= LONGEST_CODE else (None, "code is too long")


def _free_text(_: Column, text: str) -> tuple[object, Reason]:
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(char) in _CONTROL else char for char in normal).strip() or None, ""


def _number(column: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    if _NUMBER.fullmatch(text):
        value = float(text) + 0.0
        return (value, "") if abs(value) <= LARGEST else (None, "implausibly large")
    _refuse_separators(text)
    if (column.minimum, column.maximum) == (0.0, 1.0) and text.lower() in _WORDS:
        return _WORDS[text.lower()], ""
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return None, "not finite"
    return None, "not a number"


def _refuse_separators(text: str) -> None:
    separated = _SEPARATED.fullmatch(text) and any(char.isdigit() for char in text)
    if separated or _THOUSANDS.fullmatch(text):
        raise AmbiguousNumber(text)


def _day(_: Column, text: str) -> tuple[object, Reason]:
    if not text:
        return None, ""
    match = _ISO_DAY.fullmatch(text)
    if text in _OPEN_ENDED or (match and match.group(1) in _OPEN_ENDED):
        return None, PLACEHOLDER
    if match is None:
        return None, "not an ISO day"
    try:
        value = np.datetime64(match.group(1), "s")
    except ValueError:
        return None, "no such day"
    return (value, "") if EARLIEST <= value <= LATEST else (None, "year is implausible")


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
        for part in text.split("/"):
            _refuse_separators(part.strip(_BLANKS))
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
