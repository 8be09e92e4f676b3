"""Picks the champion of every single series among its class's calibrated candidates, by what would have cost least.

The loss is that of the interval's sum at the series' own service level: short against over at the ratio the policy
asks for, which is the cost of the stock that one interval's order would have brought. It calibrates nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.backtest import Cases, Sample, replay, seasons_at
from bot.forecast.choose import ORIGINS, Board, Choice
from bot.forecast.judge import Map, covering, pinball
from bot.forecast.moments import Floats

Ints = npt.NDArray[np.int64]
COVERAGE = 0.95  # level at which it is counted how often the quantile covered what came
PRIOR_CASES = 20.0  # how many of a series' own cases the class's experience is worth
SWITCH = 0.97  # a champion is only replaced by what loses less than this share of its own loss
_STEP = 0.005  # service levels are told apart in steps of this
COLUMNS = {
    "item": "str", "location": "str", "champion": "str", "runner_up": "str", "score": "float64",
    "runner_up_score": "float64", "naive_score": "float64", "cases": "int64", "covered": "int64", "judged": "int64",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scores:
    """Shrunk mean losses [n, C] of the candidates `names` (NaN where a class has none), and own cases [n].

    `naive` [n]: that of the naive forecast, whose window may differ from class to class. `covered` [n, C]: own cases
    in which the quantile at COVERAGE held what came, of `judged` [n, C].
    """

    names: tuple[str, ...]
    loss: Floats
    naive: Floats
    cases: Floats
    covered: Ints
    judged: Ints


def score(sample: Sample, classes: Sequence[str], board: Board, service: Floats) -> Scores:
    """Replay every candidate of `board` over all series of `sample`, judged at `service` [m] (0 to 1).

    Rows must stand in a canonical order: class means are sums over them.
    """
    specs = {choice.spec.name: choice.spec for choices in board.values() for choice in choices}
    floor = [name for name, spec in specs.items() if spec.window]
    names = (*(name for name in specs if name not in floor), *floor)
    origins = sample.origins(ORIGINS)
    n = len(sample.length)
    seasons = {yearly: seasons_at(sample, origins, yearly=yearly) for yearly in {s.yearly for s in specs.values()}}
    loss = np.full((n, len(names)), np.nan)
    own = np.zeros(n)
    covered, judged = np.zeros(loss.shape, dtype=np.int64), np.zeros(loss.shape, dtype=np.int64)
    for place, name in enumerate(names if origins else ()):
        cases = replay(sample, specs[name], seasons[specs[name].yearly])
        # all candidates must be judged by the same cases: where a case's class had none such, today's class stands in
        known = np.isin(cases.label, _having(classes, board, name))
        cases = replace(cases, label=np.where(known, cases.label, sample.label[cases.row]))
        total, count = _summed(cases, classes, board, name, service)
        covered[:, place], judged[:, place] = _covered(cases, classes, board, name, n)
        own = np.maximum(own, count)
        loss[:, place] = _shrunk(total, count, sample.label, len(classes))
        loss[~np.isin(sample.label, _having(classes, board, name)), place] = np.nan
    windows = loss[:, len(names) - len(floor) :]
    least = np.where(np.isnan(windows), np.inf, windows).min(axis=1, initial=np.inf)
    return Scores(names, loss, least, own, covered, judged)


def _covered(cases: Cases, classes: Sequence[str], board: Board, name: str, n: int) -> tuple[Ints, Ints]:
    """Per series, in how many cases the quantile at COVERAGE held what came, and of how many."""
    held, judged = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for choice, mine in _per_class(cases, classes, board, name):
        inside = mine.actual <= covering(mine, choice.levels, COVERAGE) + 1e-9
        held += np.bincount(mine.row[inside], minlength=n)
        judged += np.bincount(mine.row, minlength=n)
    return held, judged


def _per_class(cases: Cases, classes: Sequence[str], board: Board, name: str) -> Iterator[tuple[Choice, Cases]]:
    """The candidate as every class that has it calibrates it, with the corrected cases of that class."""
    for label in _having(classes, board, name):
        choice = next(choice for choice in board[classes[label]] if choice.spec.name == name)
        yield choice, cases.take(cases.label == label).corrected(choice.pool)


def _having(classes: Sequence[str], board: Board, name: str) -> list[int]:
    """Labels of the classes that have the candidate."""
    return [k for k, each in enumerate(classes) if any(choice.spec.name == name for choice in board[each])]


def _summed(
    cases: Cases, classes: Sequence[str], board: Board, name: str, service: Floats
) -> tuple[Floats, npt.NDArray[Any]]:
    """Weighted loss per series, summed over its cases, and their number."""
    n = len(service)
    total = np.zeros(n)
    for choice, mine in _per_class(cases, classes, board, name):
        total += np.bincount(mine.row, weights=mine.weight * _lost(mine, choice.levels, service[mine.row]), minlength=n)
    return total, np.bincount(cases.row, minlength=n).astype(np.float64)


def _lost(cases: Cases, mapping: Map, service: Floats) -> Floats:
    """Pinball loss of every case at its series' level, in steps."""
    steps = np.clip(np.rint(service / _STEP), 1, round(1 / _STEP) - 1).astype(np.int64)
    out = np.zeros(len(steps))
    for step in np.unique(steps):
        mine = np.flatnonzero(steps == step)
        out[mine] = pinball(cases.take(mine), mapping, float(step * _STEP))
    return out


def _shrunk(total: Floats, count: Floats, label: npt.NDArray[Any], classes: int) -> Floats:
    """Mean loss of every series, pulled to the mean of its class."""
    out = np.full(len(total), np.nan)
    for k in range(classes):
        mine = np.flatnonzero(label == k)
        cases = count[mine].sum()
        if cases:
            out[mine] = (total[mine] + PRIOR_CASES * total[mine].sum() / cases) / (count[mine] + PRIOR_CASES)
    return out


def champions(keys: pd.DataFrame, scores: Scores, before: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """One row per series that has a choice: COLUMNS, in the order of `keys`.

    `before` are the champions so far by item and location; they stay unless clearly beaten, and a model never wins
    over the naive forecast (the floor) unless it loses less.
    """
    judged = np.flatnonzero(np.isfinite(scores.loss).sum(axis=1) > 1)
    if not len(judged):
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    loss = np.where(np.isfinite(scores.loss[judged]), scores.loss[judged], np.inf)
    best, naive = np.argmin(loss, axis=1), scores.naive[judged]
    held = _held(keys.iloc[judged], scores.names, before)
    at = np.arange(len(judged))
    stays = (held >= 0) & (loss[at, best] >= SWITCH * loss[at, np.maximum(held, 0)])
    first = np.where(stays & (loss[at, np.maximum(held, 0)] <= naive), held, best)
    rest = loss.copy()
    rest[at, first] = np.inf
    second = np.argmin(rest, axis=1)
    names = np.asarray(scores.names, dtype=object)
    frame = {
        "item": keys["item"].astype("str").to_numpy()[judged],
        "location": keys["location"].astype("str").to_numpy()[judged],
        "champion": names[first], "runner_up": names[second], "score": loss[at, first],
        "runner_up_score": loss[at, second], "naive_score": naive, "cases": scores.cases[judged],
        "covered": scores.covered[judged, first], "judged": scores.judged[judged, first],
    }  # fmt: skip
    return pd.DataFrame(frame).astype(COLUMNS)


def _held(keys: pd.DataFrame, names: Sequence[str], before: Mapping[tuple[str, str], str]) -> npt.NDArray[np.int64]:
    """Number of each series' champion so far, -1 without one that still competes."""
    if not before:
        return np.full(len(keys), -1, dtype=np.int64)
    known = pd.Series(before)
    index = pd.MultiIndex.from_arrays([keys["item"].astype("str"), keys["location"].astype("str")])
    return np.asarray(pd.Index(names).get_indexer(pd.Index(known.reindex(index).fillna("").to_numpy(dtype=object))))
