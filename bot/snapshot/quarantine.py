"""The list of rows that were set aside: table, row, column, value, reason, and whom they concern.

It collects and counts; it decides nothing.
"""

import numpy as np
import pandas as pd

COLUMNS = ["table", "row", "column", "value", "reason", "item", "location"]


def empty() -> pd.DataFrame:
    """A quarantine without rows."""
    return pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "object") for name in COLUMNS})


def entries(table: str, frame: pd.DataFrame, bad: np.ndarray, column: str, reason: str | np.ndarray) -> pd.DataFrame:
    """Quarantine entries for the rows of `frame` where `bad`; `frame` is indexed by row number from 1.

    One entry per row and reason: a row that is bad in two ways stands here twice.
    """
    rows = frame[bad]
    return pd.DataFrame(
        {
            "table": table,
            "row": rows.index.to_numpy(),
            "column": column,
            "value": _words(rows, column),
            "reason": reason if isinstance(reason, str) else reason[bad],
            "item": _words(rows, "item"),
            "location": _words(rows, "location"),
        },
        columns=COLUMNS,
    )


def _words(rows: pd.DataFrame, column: str) -> np.ndarray:
    if column not in rows:
        return np.full(len(rows), "", dtype=object)
    return np.array(["" if pd.isna(cell) else str(cell).strip()[:80] for cell in rows[column]], dtype=object)


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
