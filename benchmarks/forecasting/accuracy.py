"""Accuracy on real sets: car parts by deciles, two sets by the sum over the protection interval with their peers.

No setting differs between sets, and nothing is tuned on what is judged here.
"""

import numpy as np

from . import data, door, peers, replay
from .scores import coverage, fill, wql
from .table import Figure, Part, Table

DECILES = [k / 10 for k in range(1, 10)]
AHEAD = 12  # months of car parts that are forecast
JUDGED = (0.90, 0.95, 0.98)
TARGETS = {  # coverage at 0.95 from, to; WQL at most
    data.MANUFACTURING: (0.93, 0.97, 0.18),
    data.RETAIL: (0.92, None, 0.36),
}


def carparts(*, quick: bool) -> Part:
    """The harness check and the weighted quantile loss over the last twelve months."""
    values = data.carparts().demand[:: 4 if quick else 1]
    full = np.nan_to_num(values)
    test = full[:, -AHEAD:]
    naive = float(np.abs(test - full[:, -2 * AHEAD : -AHEAD]).sum() / test.sum())
    figures = [Figure.of("carparts", "harness: seasonal naive ND", naive, low=1.5999, high=1.6000, text="{:.6f}")]
    for label, known in (("missing = 0", full), ("missing unknown", values)):
        panel = door.panel_of(known[:, :-AHEAD], "M", "1998-01-01")
        quantiles = door.forecast(panel, 91.0).quantiles(DECILES, AHEAD)
        loss = wql(test.ravel(), quantiles.reshape(-1, len(DECILES)), DECILES)
        figures.append(Figure.of("carparts", f"WQL over deciles, {label}", loss, high=0.91))
    note = "best published 0.890 (trained TFT); all-zero forecast 1.000; seasonal naive 1.600 as a point"
    return Part("carparts", figures, [], [note])


def manufacturing(*, quick: bool) -> Part:
    """8 or 17 weeks ahead, 12,767 cases."""
    return interval(data.MANUFACTURING, "manufacturing", quick=quick)


def retail(*, quick: bool) -> Part:
    """Three weeks ahead, 62,987 cases, the autumn peak inside."""
    return interval(data.RETAIL, "retail", quick=quick)


def interval(name: str, part: str, *, quick: bool) -> Part:
    """Coverage, loss and fill of the interval's sum, Restock and the classical answers in one table."""
    cases = replay.cases(name, quick=quick)
    rows = [("Restock", *_row(cases.actual, {q: cases.quantile[:, replay.LEVELS.index(q)] for q in JUDGED}))]
    for label, law in peers.LAWS.items():
        answers = {q: peers.quantiles(name, q, law=law, quick=quick) for q in JUDGED}
        rows.append((label, *_row(cases.actual, answers)))
    naive = {q: peers.naive_quantiles(name, q, quick=quick) for q in JUDGED}
    rows += [(label, *_row(cases.actual, {q: naive[q][k] for q in JUDGED})) for k, label in enumerate(peers.NAIVES)]
    columns = ("method", *(f"{what} {q:.2f}" for what in ("coverage", "WQL", "fill") for q in JUDGED))
    low, high, most = TARGETS[name]
    figures = [
        Figure.of(part, "coverage at 0.95", float(rows[0][2]), low=low, high=high),
        Figure.of(part, "WQL at 0.95", float(rows[0][5]), high=most),
        Figure.of(part, "fill at 0.95", float(rows[0][8])),
        Figure.of(part, "best peer's WQL at 0.95", min(float(row[5]) for row in rows[1:])),
    ]
    title = f"{name}: {len(cases.actual):,} cases, {cases.seconds:.1f} s with the choice at every origin"
    notes = [f"  {group}: {note}" for group, note in cases.notes.items()]
    return Part(part, figures, [Table(title, columns, rows)], notes)


def _row(actual: peers.Floats, answers: dict[float, peers.Floats]) -> tuple[float, ...]:
    cover = [coverage(actual, answers[q]) for q in JUDGED]
    loss = [wql(actual, answers[q][:, None], [q]) for q in JUDGED]
    return (*cover, *loss, *(fill(actual, answers[q]) for q in JUDGED))
