"""What arrived in raw tables: known, unknown and missing columns, cells set aside, units, currencies, days.

It describes for the people who deliver the tables; it sets nothing aside itself and judges no plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from bot.errors import DataInvalid, Finding
from bot.snapshot.clean import Cleaned, clean
from bot.snapshot.quarantine import counts
from bot.tables.erp import TABLES
from bot.tables.spec import Kind, Table

MOST_NAMED = 12
UNIT_COLUMNS = ("unit", "order_unit")


@dataclass(frozen=True, slots=True)
class TableSurvey:
    """One table: rows that came and rows set aside, columns by what is known of them, and what its cells are in.

    `aside` counts rows by (column, reason); `units` and `currencies` count rows by word; `days` are the first and last
    day of every date column; `findings` say why the table cannot be used at all.
    """

    name: str
    rows: int
    aside_rows: int = 0
    columns: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    not_given: tuple[str, ...] = ()
    aside: dict[tuple[str, str], int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)
    days: dict[str, tuple[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def survey(raw: Mapping[str, pd.DataFrame]) -> list[TableSurvey]:
    """Survey raw frames by canonical table name, in the order of the tables."""
    return [_table(TABLES[name], raw[name]) for name in TABLES if name in raw]


def _table(table: Table, raw: pd.DataFrame) -> TableSurvey:
    given = [str(name) for name in raw.columns]
    rows = len(raw) + len(raw.attrs.get("malformed", ()))
    known = tuple(name for name in table.names() if name in given)
    unknown = tuple(name for name in given if name not in table)
    absent = tuple(name for name in table.names() if name not in given)
    try:
        cleaned = clean(table, raw)
    except DataInvalid as error:
        return TableSurvey(table.name, rows, 0, known, unknown, absent, findings=error.findings)
    return TableSurvey(
        table.name,
        rows,
        int(cleaned.quarantine["row"].nunique()),
        known,
        unknown,
        absent,
        aside=_aside(cleaned),
        units=_words(cleaned.rows, [name for name in UNIT_COLUMNS if name in known]),
        currencies=_words(cleaned.rows, [c.name for c in table.of_kind(Kind.CURRENCY) if c.name in known]),
        days=_days(cleaned.rows, [c.name for c in table.of_kind(Kind.DATE) if c.name in known]),
    )


def _aside(cleaned: Cleaned) -> dict[tuple[str, str], int]:
    found = counts(cleaned.quarantine)
    return {
        (str(column), str(reason)): int(count)
        for column, reason, count in zip(found["column"], found["reason"], found["count"], strict=True)
    }


def _words(rows: pd.DataFrame, columns: list[str]) -> dict[str, int]:
    """Rows by word, the most frequent first; the rest counted together."""
    found: dict[str, int] = {}
    for column in columns:
        for word, count in rows[column].astype("str").value_counts().items():
            if count and str(word) not in {"", "nan"}:
                found[str(word)] = found.get(str(word), 0) + int(count)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ranked[MOST_NAMED:])
    return dict(ranked[:MOST_NAMED]) | ({f"{len(ranked) - MOST_NAMED} others": rest} if rest else {})


def _days(rows: pd.DataFrame, columns: list[str]) -> dict[str, tuple[str, str]]:
    known = {name: rows[name].dropna() for name in columns}
    return {name: (str(days.min())[:10], str(days.max())[:10]) for name, days in known.items() if len(days)}
