"""The naive floor: items whose pinball loss at their service quantile is worse than naive's, after fallback.

Naive = last value times the L buckets of the interval, plus the empirical quantile of the errors that this very
rule made at every earlier bucket whose interval had ended before the origin; never below 0. Champions are chosen at
the first of the judged origins, so from its past only, and stay fixed while the last k origins are judged.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.patterns.classify import classify

from . import chance, data, door
from .peers import naive
from .scores import SLACK, pinball
from .table import Figure, Part, Table

Floats = npt.NDArray[np.floating[Any]]
SERVICE = 0.95
JUDGED = (3, 6)
AIM = 0.05
COLUMNS = (
    "set",
    "k",
    "class",
    "items",
    "worse than naive",
    "beyond chance",
    "than sum of L",
    "value added",
    "to sum of L",
)


@dataclass(frozen=True, slots=True)
class Losses:
    """Loss per item over the judged origins; NaN where an item was never counted.

    `unlikely`: worse than naive by more than our own law would let happen in one of twenty cases.
    """

    ours: Floats
    last: Floats
    block: Floats
    pattern: npt.NDArray[Any]
    unlikely: npt.NDArray[np.bool_]


def run(*, quick: bool) -> Part:
    """All sets, both numbers of origins."""
    figures, rows, notes = [], [], []
    for load in (data.manufacturing, data.retail, data.carparts):
        held = load().quick() if quick else load()
        for k in JUDGED:
            losses = judged(held, min(k, len(held.origins) - 1))
            mine = rows_of(held.name, k, losses)
            rows += mine
            share = float(mine[0][4])
            by_chance = chance.share(held, min(k, len(held.origins) - 1), SERVICE)
            figures += [
                Figure.of("floor", f"{held.name}, last {k}: worse than naive", share, high=AIM),
                Figure.of("floor", f"{held.name}, last {k}: worse beyond chance", float(mine[0][5])),
                Figure.of("floor", f"{held.name}, last {k}: worse by chance, true law known", by_chance),
                Figure.of("floor", f"{held.name}, last {k}: value added over naive", float(mine[0][7])),
            ]
            notes += [f"{held.name}, last {k}: {line}" for line in reading(losses)]
    return Part("floor", figures, [Table("items worse than naive, pinball at 0.95", COLUMNS, rows)], notes)


def judged(held: data.Design, k: int) -> Losses:
    """Losses over the last k origins with champions from before the first of them."""
    origins = held.origins[-k:]
    early = door.panel_of(held.demand[:, : origins[0]], held.freq, held.start)
    champions = door.choose_each(early, held.days, SERVICE)
    n = len(held.demand)
    sums, seen, bouts = np.zeros((3, n)), np.zeros(n, dtype=np.bool_), []
    for origin in origins:
        came = held.outcome(origin)
        use = held.counted(origin) & ~np.isnan(came)
        panel = door.panel_of(held.demand[:, :origin], held.freq, held.start)
        law = door.forecast(panel, held.days, champions).interval(held.days[:, None])
        answers = (law.quantile(SERVICE), *naive(held.demand[:, :origin], held.length, SERVICE))
        for place, high in enumerate(answers):
            sums[place] += np.where(use, pinball(came, high, SERVICE), 0.0)
        seen |= use
        bouts.append(chance.Bout(origin, law, answers[0], answers[1], use))
    worse = np.flatnonzero(sums[0] > sums[1] + SLACK)
    unlikely = np.zeros(n, dtype=np.bool_)
    unlikely[worse] = chance.likelihood(bouts, held.length, sums[0] - sums[1], worse, SERVICE) < chance.UNLIKELY
    pattern = classify(early)["pattern"].astype(str).to_numpy(dtype=object)
    return Losses(*np.where(seen, sums, np.nan), pattern, unlikely)


def rows_of(name: str, k: int, losses: Losses) -> list[tuple[Any, ...]]:
    """Shares and value added, everything together and per class."""
    seen = ~np.isnan(losses.ours)
    groups = [("all", seen)] + [(c, seen & (losses.pattern == c)) for c in sorted(set(losses.pattern[seen].tolist()))]
    out = []
    for group, mine in groups:
        ours, last, block = losses.ours[mine], losses.last[mine], losses.block[mine]
        beyond, worse, other = losses.unlikely[mine], ours > last + SLACK, ours > block + SLACK
        shares = [float(flags.mean()) for flags in (worse, beyond, other)]
        added = [1.0 - float(ours.sum()) / max(float(rival.sum()), SLACK) for rival in (last, block)]
        out.append((name, k, group, int(mine.sum()), *shares, *added))
    return out


def reading(losses: Losses) -> list[str]:
    """How much is at stake: of the items worse than naive, how far and what share of all loss."""
    seen = ~np.isnan(losses.ours)
    ours, last = losses.ours[seen], losses.last[seen]
    worse = ours > last + SLACK
    excess = float((ours - last)[worse].sum()) / max(float(last.sum()), SLACK)
    clearly = float((ours > 1.1 * last + SLACK).mean())
    return [f"worse by more than a tenth {clearly:.3f}; their excess loss is {excess:.3f} of naive's whole loss"]
