"""One raw table becomes typed rows plus quarantined rows with reasons.

It checks cells, ranges and keys of a single table; references between tables are `relations`' work.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bot.errors import DataInvalid, Finding
from bot.snapshot import quarantine as aside
from bot.snapshot.cells import AmbiguousNumber, Parsed, is_blank, parse
from bot.tables.spec import Column, Kind, Table


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Typed rows (index: row number from 1), the rows set aside, and how many rows came in."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    received: int


def clean(table: Table, raw: pd.DataFrame) -> Cleaned:
    """Type and check one raw frame; DataInvalid when a needed column is missing or a number is ambiguous."""
    _need_columns(table, raw)
    frame = raw.set_axis(pd.RangeIndex(1, len(raw) + 1), axis=0)
    parts = [_malformed(table, raw)]
    typed: dict[str, pd.Series] = {}
    good = np.ones(len(frame), dtype=bool)
    for column in table.columns:
        if column.name not in frame:
            if not table.sparse:
                typed[column.name] = _absent(column, frame.index)
            continue
        values, bad = _column(table, column, frame, parts)
        typed[column.name] = values
        if bad is not None:
            good &= ~bad
    rows = pd.DataFrame(typed, index=frame.index)
    rows = rows if good.all() else rows[good]
    rows, repeats = _unique(table, rows)
    return Cleaned(rows, aside.join([*parts, repeats]), len(raw) + len(raw.attrs.get("malformed", ())))


def _need_columns(table: Table, raw: pd.DataFrame) -> None:
    missing = [name for name in table.names(required=True) if name not in raw.columns]
    if missing:
        have = ", ".join(map(str, raw.columns)) or "nothing"
        message = f"table {table.name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {have}"
        remedy = f"`restock tables {table.name}` prints every column with its meaning and unit"
        raise DataInvalid((Finding(table.name, 1, 1, "E301", message, remedy),))


def _malformed(table: Table, raw: pd.DataFrame) -> pd.DataFrame:
    torn = raw.attrs.get("malformed", ())
    lines = pd.DataFrame({"cells": [text for _, text in torn]}, index=[line for line, _ in torn])
    return aside.entries(table.name, lines, np.ones(len(torn), dtype=bool), "cells", "wrong number of cells")


def _absent(column: Column, index: pd.Index) -> pd.Series:
    """An optional column that was not given: its default everywhere."""
    return _default(column, pd.Series(np.full(len(index), np.nan), index=index))


def _column(
    table: Table, column: Column, frame: pd.DataFrame, parts: list[pd.DataFrame]
) -> tuple[pd.Series, np.ndarray | None]:
    """Typed values of one column and the mask of its bad rows, None when all are good."""
    raw = frame[column.name]
    try:
        parsed = parse(column, raw)
    except AmbiguousNumber as error:
        raise _ambiguous(table, column, raw, str(error)) from error
    faults = dict(parsed.faults)
    if not column.required and column.kind is Kind.DATE:
        # a placeholder such as 9999-12-31 in an optional date means that there is no date
        faults.pop("date placeholder", None)
    wrong = _out_of_range(column, parsed)
    if wrong.any():
        faults["out of range"] = wrong
    if column.required and not column.blank and (blank := is_blank(raw)).any():
        faults["missing"] = blank
    parts.extend(aside.entries(table.name, frame, mask, column.name, reason) for reason, mask in faults.items())
    bad = np.logical_or.reduce(list(faults.values())) if faults else None
    return _default(column, parsed.values), bad


def _ambiguous(table: Table, column: Column, raw: pd.Series, text: str) -> DataInvalid:
    row = int(np.flatnonzero((raw.astype("str").str.strip() == text).to_numpy())[0])
    message = f"{column.name} {text!r} is written with a comma: decimal or thousands?"
    remedy = "write numbers with a decimal point and without thousands separators; nothing is ordered on a guess"
    return DataInvalid((Finding(table.name, row + 2, 1, "E302", message, remedy),))


def _out_of_range(column: Column, parsed: Parsed) -> np.ndarray:
    if column.kind is not Kind.NUMBER:
        return np.zeros(len(parsed.values), dtype=bool)
    values = parsed.values.to_numpy()
    wrong = np.zeros(len(values), dtype=bool)
    if column.minimum is not None:
        wrong |= values < column.minimum
    if column.above is not None:
        wrong |= values <= column.above
    if column.maximum is not None:
        wrong |= values > column.maximum
    return wrong


def _default(column: Column, values: pd.Series) -> pd.Series:
    if column.kind is Kind.FLAG:
        return values.where(values.notna(), column.default == "true").astype(bool)
    if column.kind is Kind.NUMBER:
        filled = values.astype("float64")
        return filled.fillna(float(column.default)) if column.default else filled
    if column.kind is Kind.DATE:
        return values.astype("datetime64[s]")
    if column.dtype == "category":
        return _default_word(column, values)
    return values.astype("str").where(values.notna(), column.default or None)


def _default_word(column: Column, values: pd.Series) -> pd.Series:
    words = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("str").astype("category")
    if column.choices:
        words = words.cat.set_categories(list(column.choices))
        return words.fillna(column.default) if column.default else words
    return words


def _unique(table: Table, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Identical repeats count once; rows that share a key and differ are all set aside."""
    if table.additive or rows.empty:
        return rows, aside.empty()
    key = [name for name in table.key if name in rows]
    if not rows.duplicated(key).any():
        return rows, aside.empty()
    once = rows.drop_duplicates()
    differ = once.duplicated(key, keep=False).to_numpy()
    return once[~differ], aside.entries(table.name, once, differ, key[-1], "same key, different content")
