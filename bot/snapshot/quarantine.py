"""The list of rows that were set aside: table, row, column, value, reason, and whom they concern.

It collects and counts; it decides nothing.
"""

import numpy as np
import pandas as pd

LONGEST = 80
WHOM = ("item", "location", "supplier", "date")
COLUMNS = ["table", "row", "column", "value", "reason", *WHOM]


def empty() -> pd.DataFrame:
    """A quarantine without rows."""
    return pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "object") for name in COLUMNS})


def entries(
    table: str, frame: pd.DataFrame, bad: np.ndarray, column: str, reason: str, codes: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Quarantine entries for the rows of `frame` where `bad`; `frame` is indexed by row number from 1.

    One entry per row and reason: a row that is bad in two ways stands here twice. `codes` holds the canonical
    item, location, supplier and date of the same rows where `frame` is raw, so that a row is found again by its code.
    """
    rows = frame[bad]
    whom = rows if codes is None else codes[bad]
    return pd.DataFrame(
        {
            "table": table,
            "row": rows.index.to_numpy(),
            "column": column,
            "value": _words(rows, column),
            "reason": reason,
            **{name: _words(whom, name) for name in WHOM[:-1]},
            "date": _days(whom),
        },
        columns=COLUMNS,
    )


def _words(rows: pd.DataFrame, column: str) -> np.ndarray:
    if column not in rows:
        return np.full(len(rows), "", dtype=object)
    codes, distinct = pd.factorize(rows[column])
    words = [_shown(str(cell)) for cell in distinct]
    return np.array([*words, ""], dtype=object)[codes]  # code -1, a missing cell, takes the last


def _days(rows: pd.DataFrame) -> np.ndarray:
    """The row's own day in ISO form; empty where it has none or none that can be read."""
    if "date" not in rows or not pd.api.types.is_datetime64_any_dtype(rows["date"]):
        return np.full(len(rows), "", dtype=object)
    return np.asarray(rows["date"].dt.strftime("%Y-%m-%d").fillna("").to_numpy(dtype=object))


def _shown(text: str) -> str:
    """A cell as people may see it: at most 80 characters, what cannot be printed as its number."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text.strip(" ")[:LONGEST])


def join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put several quarantines together."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty()


def counts(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Rows set aside per table, column and reason, with one example; a row counts under each reason."""
    if quarantine.empty:
        return pd.DataFrame(columns=["table", "column", "reason", "count", "example"])
    grouped = quarantine.groupby(["table", "column", "reason"], sort=True)
    return grouped.agg(count=("row", "nunique"), example=("value", "first")).reset_index()
