"""Figures of the forecast benchmark: what was measured against its target, as aligned text and as plain data.

It measures nothing; parts hand it their figures and their own tables.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

PASS, SHORT, OPEN, SKIPPED = "pass", "FALLS SHORT", "-", "skipped"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the list: what, what it must be, what it is, and whether that is enough."""

    part: str
    name: str
    target: str
    measured: str
    verdict: str
    value: float | None = None

    @classmethod
    def of(
        cls,
        part: str,
        name: str,
        value: float,
        *,
        low: float | None = None,
        high: float | None = None,
        text: str = "{:.3f}",
    ) -> "Figure":
        """Judge a number by its bounds, both included; without bounds it is only told. NaN falls short."""
        if low is None and high is None:
            return cls(part, name, "-", text.format(value), OPEN, value)
        held = (low is None or value >= low) and (high is None or value <= high)
        return cls(part, name, bounds(low, high), text.format(value), PASS if held else SHORT, value)

    @classmethod
    def must(cls, part: str, name: str, target: str, *, measured: str, held: bool) -> "Figure":
        """Judge a yes-or-no figure."""
        return cls(part, name, target, measured, PASS if held else SHORT)

    @classmethod
    def skipped(cls, part: str, name: str, reason: str) -> "Figure":
        """A figure that could not be taken, and why."""
        return cls(part, name, "-", reason, SKIPPED)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a part: peers, reliability, growth."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the benchmark found."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The same as JSON knows it."""
        return asdict(self)


def bounds(low: float | None, high: float | None) -> str:
    """A target as words."""
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f">= {low:g}" if low is not None else f"<= {high:g}"


def aligned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns side by side: words to the left, numbers to the right."""
    cells = [[str(cell) for cell in columns], *[[_cell(cell) for cell in row] for row in rows]]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    numeric = [bool(rows) and all(isinstance(row[k], (int, float)) for row in rows) for k in range(len(columns))]
    lines = [
        "  ".join(
            cell.rjust(w) if right else cell.ljust(w) for cell, w, right in zip(row, widths, numeric, strict=True)
        )
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in [lines[0], "-" * len(lines[0].rstrip()), *lines[1:]])


def shown(part: Part) -> str:
    """A part as text: its tables, then its notes."""
    blocks = [f"{table.title}\n{aligned(table.columns, table.rows)}" for table in part.tables]
    return "\n\n".join([f"== {part.name} ==", *blocks, *(["\n".join(part.notes)] if part.notes else [])])


def summary(parts: Sequence[Part]) -> str:
    """The list itself: every figure of every part."""
    rows = [(f.part, f.name, f.target, f.measured, f.verdict) for part in parts for f in part.figures]
    return aligned(("part", "figure", "target", "measured", "verdict"), rows)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
