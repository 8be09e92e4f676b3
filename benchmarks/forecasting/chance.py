"""What chance does to the naive floor: few origins, and a loss that only a rare shortage makes large.

Two readings: made-up items whose true law is known, judged in the very same way; and, for the real items that lose to
naive, how likely such a loss would be if Restock's own law were true. Neither replaces the plain share.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from . import data, door
from .peers import matched, naive
from .scores import SLACK, pinball

Floats = npt.NDArray[np.floating[Any]]
DRAWS = 100
UNLIKELY = 0.05


def twin(held: data.Design) -> tuple[data.Design, Floats, Floats]:
    """A set of independent negative binomial weeks with each item's own moments; and those moments [n]."""
    window = np.nan_to_num(held.demand[:, -held.window :])
    mean, variance = window.mean(axis=1), window.var(axis=1, ddof=1)
    variance = np.maximum(variance, 1.01 * mean + 1e-9)
    shape = np.maximum(mean * mean / (variance - mean), 1e-6)
    rng = np.random.default_rng(door.SEED)
    rate = rng.gamma(shape[:, None], (np.maximum(mean, 1e-12) / shape)[:, None], held.demand.shape)
    made = rng.poisson(rate).astype(np.float64)
    return data.Design(held.name, made, held.length, held.origins, held.window, held.freq, held.start), mean, variance


def share(held: data.Design, k: int, level: float) -> float:
    """Share of the twin's items on which the true law's quantile loses to naive over the last k origins."""
    made, mean, variance = twin(held)
    true = matched(made.length * mean, made.length * variance, level)
    sums, seen = np.zeros((2, len(mean))), np.zeros(len(mean), dtype=np.bool_)
    for origin in made.origins[-k:]:
        came, use = made.outcome(origin), made.counted(origin)
        rival = naive(made.demand[:, :origin], made.length, level)[0]
        for place, high in enumerate((true, rival)):
            sums[place] += np.where(use, pinball(came, high, level), 0.0)
        seen |= use
    return float((sums[0] > sums[1] + SLACK)[seen].mean())


@dataclass(frozen=True, slots=True)
class Bout:
    """One origin's contest: our law and both quantiles [n], and which items count."""

    origin: int
    law: Any
    ours: Floats
    rival: Floats
    use: npt.NDArray[np.bool_]


def likelihood(
    bouts: list[Bout], length: npt.NDArray[np.int64], excess: Floats, rows: npt.NDArray[np.intp], level: float
) -> Floats:
    """How likely each of `rows` would lose to naive by at least `excess` [n] if our own law were true.

    Demand is drawn from the law; intervals that overlap share their noise, so that one shortage counts as one.
    """
    end = max(bout.origin for bout in bouts) + int(length.max())
    noise = np.random.default_rng(door.SEED).standard_normal((DRAWS, end + 1))
    running = np.cumsum(np.concatenate([np.zeros((DRAWS, 1)), noise], axis=1), axis=1)
    span, lost = length[rows], np.zeros((DRAWS, len(rows)))
    for bout in bouts:
        law, use = bout.law.take(rows), bout.use[rows]
        place = (running[:, bout.origin + span] - running[:, [bout.origin]]) / np.sqrt(span)
        for draw in range(DRAWS):
            came = law.quantile(np.clip(special.ndtr(place[draw]), 1e-4, 1.0 - 1e-4))
            gap = pinball(came, bout.ours[rows], level) - pinball(came, bout.rival[rows], level)
            lost[draw] += np.where(use, gap, 0.0)
    return np.asarray((lost >= excess[rows] - SLACK).mean(axis=0))
