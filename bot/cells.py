"""Reads one row of decisions or of an order's evidence: figures, words and days as people write them.

A cell that is missing is told as unknown, never as zero; what the cells mean is known to those who call.
"""

import math
from collections.abc import Mapping

import pandas as pd

Row = Mapping[str, object]

UNKNOWN = "unknown"


def known(row: Row, name: str) -> bool:
    """Whether the figure is there."""
    value = row.get(name)
    return value is not None and not pd.isna(value)  # type: ignore[call-overload]


def number(row: Row, name: str) -> float:
    """The figure, NaN when it is not there."""
    return float(row[name]) if known(row, name) else math.nan  # type: ignore[arg-type]


def counts(row: Row, name: str) -> bool:
    """Whether the figure is known and not zero."""
    return known(row, name) and number(row, name) != 0.0


def word(row: Row, name: str) -> str:
    """The cell as text, empty when it is not there."""
    return str(row[name]) if known(row, name) else ""


def day(row: Row, name: str) -> str:
    """A day in ISO form, or that it is unknown."""
    return word(row, name)[:10] or f"an {UNKNOWN} day"


def figure(row: Row, name: str) -> str:
    """The figure as people write it."""
    return show(number(row, name))


def amount(row: Row, name: str) -> str:
    """A quantity with its unit."""
    return f"{figure(row, name)} {word(row, 'unit')}".strip()


def exact(row: Row, name: str) -> str:
    """A price with all its decimals."""
    return f"{number(row, name):,.6f}".rstrip("0").rstrip(".")


def share(row: Row, name: str, decimals: int) -> str:
    """A share as a percentage."""
    value = number(row, name)
    return f"{value:.{decimals}%}" if math.isfinite(value) else UNKNOWN


def show(value: float) -> str:
    """A number as people write it: whole where it is whole, else one decimal (more for small ones)."""
    if not math.isfinite(value):
        return UNKNOWN if math.isnan(value) else "without limit"
    if value == round(value):
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:,.1f}"
    return f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"
