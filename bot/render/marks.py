"""What single buckets of a chart are marked with, and how marks and lines are told in words.

It draws nothing; the shapes are those that SVG and PNG know by name.
"""

from dataclasses import dataclass
from datetime import date

from bot.render import words


@dataclass(frozen=True, slots=True)
class Sign:
    """How one kind of bucket is shown: a symbol for words, a marker for matplotlib, and its meaning."""

    symbol: str
    marker: str
    meaning: str


SIGNS = {
    "promotion": Sign("▲", "^", "promotion"),
    "single": Sign("◆", "D", "single large order"),
    "capped": Sign("▼", "v", "beyond all others, capped"),
    "hidden": Sign("✕", "x", "out of stock"),
}


def legend(kinds: set[str], shift: date | None) -> str:
    """What the marks of one chart mean, in one line; empty where nothing is marked."""
    told = [f"{sign.symbol} {sign.meaning}" for kind, sign in SIGNS.items() if kind in kinds]
    if shift is not None:
        told.append(f"┆ other level since {words.short_day(shift)} {shift.year}")
    return " · ".join(told)
