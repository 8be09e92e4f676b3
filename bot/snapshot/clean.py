"""One raw table becomes typed rows plus quarantined rows with reasons.

It checks cells, ranges and keys of a single table; references between tables are `relations`' work.
"""

import csv
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from bot.errors import DataInvalid, Finding
from bot.snapshot import quarantine as aside
from bot.snapshot.cells import PLACEHOLDER, AmbiguousNumber, Parsed, Reason, parse
from bot.tables.spec import Column, Kind, Table

SAME_KEY = "same key, different content"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Typed rows (index: row number from 1, torn rows counted), the rows set aside, and how many rows came in.

    `dropped` are the typed rows that were set aside, as far as their cells could be read.
    """

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    received: int
    dropped: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Work:
    """One table under way: raw cells by row number, typed columns, and masks of bad rows with column and reason."""

    table: Table
    frame: pd.DataFrame
    place: str
    typed: dict[str, pd.Series] = field(default_factory=dict)
    faults: list[tuple[str, Reason, np.ndarray]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def bad(self, columns: tuple[str, ...] | None = None) -> np.ndarray:
        """Rows with a fault in one of the columns, in any column when none are named."""
        masks = [mask for column, _, mask in self.faults if columns is None or column in columns]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(self.frame), dtype=bool)


def clean(table: Table, raw: pd.DataFrame) -> Cleaned:
    """Type and check one raw frame; DataInvalid when a needed column is missing or a number is ambiguous.

    `raw.attrs` may hold `path` (the file, for messages) and `malformed` (line and text of torn rows; lines
    count from 1 with the header).
    """
    place = str(raw.attrs.get("path", table.name))
    torn = list(raw.attrs.get("malformed", ()))
    _check_columns(table, raw, place)
    work = _Work(table, raw.set_axis(_row_numbers(raw), axis=0), place)
    work.frame.attrs = {}  # pandas copies attrs with every column
    for column in table.columns:
        if column.name in work.frame:
            _column(work, column)
        elif not table.sparse:
            work.typed[column.name] = _absent(column, work.frame.index)
    if work.findings:
        raise DataInvalid(tuple(work.findings))
    rows = pd.DataFrame(work.typed, index=work.frame.index)
    repeats = _keys(work, rows)
    quarantine = aside.join([_torn(table, raw, torn), *_entries(work, rows)])
    dropped = work.bad() | repeats
    kept = rows[~dropped] if dropped.any() else rows
    return Cleaned(kept, quarantine, len(raw) + len(torn), rows[dropped])


def _row_numbers(raw: pd.DataFrame) -> pd.Index:
    """Number of each row from 1, as it stands in its file: torn rows are counted too."""
    gone = [line - 1 for line, _ in raw.attrs.get("malformed", ())]
    if not gone:
        return pd.RangeIndex(1, len(raw) + 1)
    numbers: pd.Index = pd.Index(np.setdiff1d(np.arange(1, len(raw) + len(gone) + 1), gone)[: len(raw)])
    return numbers


def _check_columns(table: Table, raw: pd.DataFrame, place: str) -> None:
    remedy = f"`restock tables {table.name}` prints every column with its meaning and unit"
    twice = [str(name) for name in raw.columns[raw.columns.duplicated()].unique() if name in table]
    if twice:
        message = f"table {table.name} has the column{'s' * (len(twice) > 1)} {', '.join(twice)} more than once"
        raise DataInvalid((Finding(place, 1, 1, "E303", message, "leave one of them in the table"),))
    missing = [name for name in table.names(required=True) if name not in raw.columns]
    if missing:
        have = ", ".join(map(str, raw.columns)) or "nothing"
        message = f"table {table.name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {have}"
        raise DataInvalid((Finding(place, 1, 1, "E301", message, remedy),))


def _torn(table: Table, raw: pd.DataFrame, torn: list[tuple[int, str]]) -> pd.DataFrame:
    """Entries of rows with too few or too many cells; whom they concern is read from the cells that are there."""
    cells = [next(csv.reader([text]), []) for _, text in torn]
    names = [str(name) for name in raw.columns]
    columns = {"cells": [text for _, text in torn]}
    for name in ("item", "location", "supplier"):
        if name in names:
            columns[name] = [_cell(row, names.index(name)) for row in cells]
    lines = pd.DataFrame(columns, index=[line - 1 for line, _ in torn], dtype="object")
    return aside.entries(table.name, lines, np.ones(len(torn), dtype=bool), "cells", "wrong number of cells")


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _absent(column: Column, index: pd.Index) -> pd.Series:
    """An optional column that was not given: its default everywhere."""
    return _default(column, pd.Series(np.full(len(index), np.nan), index=index))


def _column(work: _Work, column: Column) -> None:
    """Type one column; its faults and findings are added to the work."""
    raw = work.frame[column.name]
    try:
        parsed = parse(column, raw)
    except AmbiguousNumber as error:
        work.findings.append(_ambiguous(work, column, error))
        return
    faults = dict(parsed.faults)
    if column.required and not column.blank:
        missing = parsed.cells.isna().to_numpy()
        for mask in parsed.faults.values():
            missing = missing & ~mask
        faults |= {"missing": missing} if missing.any() else {}
    if not column.required:
        faults.pop(PLACEHOLDER, None)  # 9999-12-31 in an optional date means that there is no date
    wrong = _out_of_range(column, parsed)
    faults |= {"out of range": wrong} if wrong.any() else {}
    work.faults.extend((column.name, reason, mask) for reason, mask in faults.items())
    work.typed[column.name] = _default(column, parsed.cells)


def _ambiguous(work: _Work, column: Column, error: AmbiguousNumber) -> Finding:
    """The place as line in the file (header first) and number of the cell in the line."""
    line = int(work.frame.index[error.position]) + 1
    cell = list(work.frame.columns).index(column.name) + 1
    message = (
        f"{work.table.name}.{column.name}: {error.text!r} is written with a comma or thousands separators;"
        " decimal or thousands?"
    )
    remedy = "write numbers with a decimal point and without thousands separators; nothing is ordered on a guess"
    return Finding(work.place, line, cell, "E302", message, remedy)


def _out_of_range(column: Column, parsed: Parsed) -> np.ndarray:
    if column.kind is not Kind.NUMBER:
        return np.zeros(len(parsed.cells), dtype=bool)
    values = parsed.cells.to_numpy()
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
        return values.fillna(float(column.default)) if column.default else values
    if column.kind is Kind.DATE:
        return values.astype("datetime64[s]")
    if column.dtype == "category":
        return _default_word(column, values)
    return values.astype("str")


def _default_word(column: Column, values: pd.Series) -> pd.Series:
    words = values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype("str").astype("category")
    if column.choices:
        words = words.cat.set_categories(pd.Index(column.choices, dtype="str"))
        return words.fillna(column.default) if column.default else words
    return words


def _keys(work: _Work, rows: pd.DataFrame) -> np.ndarray:
    """Mask of repeats that count no more; rows that share a legible key and differ become faults.

    Rows that are bad for another reason take part: a good row is in doubt when a bad one contradicts it.
    """
    key = [name for name in work.table.key if name in rows]
    repeats = np.zeros(len(rows), dtype=bool)
    if work.table.additive or rows.empty:
        return repeats
    legible = ~work.bad(work.table.key)
    twins = rows.duplicated(key, keep=False).to_numpy() & legible
    if not twins.any():
        return repeats
    content = rows[twins].assign(**{"": work.bad()[twins]})  # a bad cell differs from an empty one
    again = content.duplicated().to_numpy()
    differ = content[~again].duplicated(key, keep=False).to_numpy()
    spots = np.flatnonzero(twins)
    repeats[spots[again]] = True
    contrary = np.zeros(len(rows), dtype=bool)
    contrary[spots[~again][differ]] = True
    if contrary.any():
        work.faults.append((key[-1], SAME_KEY, contrary))
    return repeats


def _entries(work: _Work, rows: pd.DataFrame) -> list[pd.DataFrame]:
    codes = rows[[name for name in aside.WHOM if name in rows]]
    return [aside.entries(work.table.name, work.frame, bad, column, why, codes) for column, why, bad in work.faults]
