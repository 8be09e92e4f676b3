"""Calibration over 0.5 to 0.99 per pattern class: how often a quantile covers, against its level and its own law.

Counts are discrete: the 0.5 quantile of an item that mostly sells nothing covers far more than half of the cases,
by nature. The law's own probability at the quantile is therefore printed beside the level, and the gap to both.
"""

import numpy as np

from . import data, replay
from .scores import coverage
from .table import Figure, Part, Table

AIM = 0.02
JUDGED = (0.90, 0.95, 0.98)
LEAST_CASES = 500  # fewer say little about two points in a hundred: shown, not judged
ALL = "all"
COLUMNS = ("class", "cases", "level", "coverage", "law's own", "gap to law", "gap to level")
Row = tuple[str, int, float, float, float, float, float]


def run(*, quick: bool) -> Part:
    """Reliability of both sets and the largest gap of each."""
    figures, tables = [], []
    for name, part in ((data.MANUFACTURING, "manufacturing"), (data.RETAIL, "retail")):
        rows = reliability(replay.cases(name, quick=quick))
        tables.append(Table(f"reliability, {name}", COLUMNS, list(rows)))
        for whole in (False, True):
            for label, place in (("the law's own probability", 5), ("the level", 6)):
                worst = largest([row for row in rows if (row[0] == ALL) == whole], place)
                what = "all items together" if whole else "any class"
                found = f"{part}, {what}: largest gap to {label}, 0.9 to 0.98"
                text = "none judged" if worst is None else f"{{:.3f}} ({worst[0]} at {worst[2]:g})"
                size = float("nan") if worst is None else abs(worst[place])
                figures.append(Figure.of("calibration", found, size, high=AIM, text=text))
    return Part("calibration", figures, tables, [f"judged: classes of at least {LEAST_CASES} cases"])


def reliability(cases: replay.Cases) -> list[Row]:
    """One row per class and level; the first class is everything together."""
    names = [ALL, *sorted(set(cases.pattern.tolist()))]
    return [_row(cases, name, k) for name in names for k in range(len(replay.LEVELS))]


def _row(cases: replay.Cases, name: str, k: int) -> Row:
    mine = np.ones(len(cases.actual), dtype=np.bool_) if name == ALL else cases.pattern == name
    level = replay.LEVELS[k]
    got = coverage(cases.actual[mine], cases.quantile[mine, k])
    own = float(cases.promise[mine, k].mean())
    return name, int(mine.sum()), level, got, own, got - own, got - level


def largest(rows: list[Row], place: int) -> Row | None:
    """The row with the largest gap in column `place` among those that are judged."""
    judged = [row for row in rows if row[1] >= LEAST_CASES and row[2] in JUDGED]
    return max(judged, key=lambda row: abs(float(row[place])), default=None)  # type: ignore[arg-type]
