"""What chance alone does to the naive floor: made-up items whose true law is known, judged in the very same way.

Nobody can forecast them better than that law does; the share of items on which it still loses to naive over k origins
is what k origins cannot tell apart. It says nothing about the real forecast.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import data, door
from .peers import matched, naive
from .scores import SLACK, pinball

Floats = npt.NDArray[np.floating[Any]]


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
