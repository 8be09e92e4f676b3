"""Trees that a policy names: one model over all rows of one name, with what is known from outside.

It judges no answer: whether a path can be true is decided where all named forecasters meet.
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.errors import NeedsAdmin
from bot.forecast.broadcast import NO_HISTORY, Answer, by_name, failed
from bot.forecast.naming import Named, parsed
from bot.forecast.outside import Outside
from bot.forecast.tree_effects import Effects, contributions
from bot.forecast.trees import Settings, Trees, Work, grow, means
from bot.patterns.demand import DemandPanel

Ints = npt.NDArray[np.int64]
TREES = "PanelTrees"


def is_trees(text: str) -> bool:
    """Whether `text` names the trees."""
    read = parsed(text)
    return isinstance(read, Named) and read.name == TREES


def tree_answer(text: str, panel: DemandPanel, periods: int, seed: int, outside: Outside | None = None) -> Answer:
    """Means [n, periods] of the trees that `text` names; all rows of `panel` are forecast by one model.

    Rows without a known bucket get no forecast and teach nothing. Whatever goes wrong becomes the reason.
    """
    blank = np.isnan(panel.values).all(axis=1)
    out = np.full((panel.n, periods), np.nan)
    why = np.where(blank, NO_HISTORY, "").astype(object)
    rows = np.flatnonzero(~blank)
    if not len(rows):
        return Answer(out, why)
    try:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("ignore")
            out[rows] = means(*_grown(text, panel.take(rows), periods, seed, _part(outside, rows)), periods)
    except NeedsAdmin as error:
        why[rows] = error.what
    except Exception as error:  # noqa: BLE001 - arguments of a policy reach a library
        why[rows] = failed(error)
    return Answer(out, why)


def tree_effects(
    text: str, panel: DemandPanel, rows: Ints, periods: int, seed: int, outside: Outside | None = None
) -> Effects:
    """Effects of every driver, in units per bucket, on what `tree_answer` says of `rows`; they add up to it.

    The other arguments are those of `tree_answer`: the same model is grown again. A row without history is NaN.
    """
    known = np.flatnonzero(~np.isnan(panel.values).all(axis=1))
    place = np.full(panel.n, -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    work, trees = _grown(text, panel.take(known), periods, seed, _part(outside, known))
    some = contributions(work, trees, periods, place[rows][place[rows] >= 0])
    values = np.full((len(rows), *some.values.shape[1:]), np.nan)
    values[place[rows] >= 0] = some.values
    return Effects(some.drivers, values)


def _part(outside: Outside | None, rows: Ints) -> Outside:
    return Outside() if outside is None else outside.take(rows)


def _grown(text: str, panel: DemandPanel, periods: int, seed: int, outside: Outside) -> tuple[Work, Trees]:
    """The panel made ready and the model grown on it, with the arguments of the name."""
    given: Any = by_name(text)
    settings = Settings(rounds=given.rounds, leaves=given.leaves, rows=given.rows)
    work = Work.of(panel, periods, seed + given.seed, outside.exogenous(panel, periods))
    return work, grow(work, settings)
