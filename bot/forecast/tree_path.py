"""The wide doors of the trees: means ahead of a panel, the state around them, and replayed origins to calibrate it.

It chooses nothing: whether trees pay for a class is decided where forecasters are compared.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.exogenous import Exogenous, observed
from bot.forecast.model import State
from bot.forecast.moments import Moments, moved
from bot.forecast.trees import Settings, Work, grow, means
from bot.patterns.demand import DemandPanel

Floats = npt.NDArray[np.floating[Any]]


def tree_path(
    panel: DemandPanel,
    periods: int,
    seed: int,
    exogenous: Exogenous | None = None,
    settings: Settings | None = None,
) -> Floats:
    """Expected demand [n, periods] of every bucket from the panel's day on, by one model for all series.

    `exogenous` reaches `periods` buckets beyond the panel; without it price and promotion of the panel are used as
    far as they were seen. The same input gives the same output, in any row order.
    """
    work = Work.of(panel, periods, seed, exogenous)
    return means(work, grow(work, settings or Settings()), periods)


def replayed_paths(
    panel: DemandPanel,
    origins: Sequence[int],
    periods: int,
    seed: int,
    exogenous: Exogenous | None = None,
    settings: Settings | None = None,
) -> dict[int, Floats]:
    """What `tree_path` would have said when only `origin` buckets were known, per origin; trees are grown anew."""
    outside = Exogenous(observed(panel, periods)) if exogenous is None else exogenous
    return {origin: tree_path(until(panel, origin), periods, seed, outside, settings) for origin in origins}


def until(panel: DemandPanel, origin: int) -> DemandPanel:
    """The panel as it was on the first day of bucket `origin`: its first `origin` buckets."""
    return panel.until(origin)


def tree_state(native: State, path: Floats) -> State:
    """`native` with the trees' means per bucket; its spread moves with the level."""
    old = native.moments
    level = np.zeros(len(path))
    for bucket in range(path.shape[1]):
        level += path[:, bucket]
    level /= path.shape[1]
    moments = Moments(level, moved(old, level, native.integer, slice(None)), old.strength, old.age, old.known)
    return replace(native, moments=moments, slope=np.zeros(len(level)), path=path)
