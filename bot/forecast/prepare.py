"""What is learned from the panel as a whole before any series is forecast: choices per class, seasons, spread laws.

It looks at a sample of series picked by a hash of their keys, so that neither row order nor chunks change it; the
series themselves are `bot.forecast.demand`'s.
"""

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.backtest import Sample
from bot.forecast.candidates import fit
from bot.forecast.champions import Champions
from bot.forecast.choose import Board, Choice, choose
from bot.forecast.draws import marks
from bot.forecast.fit import power_law
from bot.forecast.forecasters import whole_numbers
from bot.forecast.lenders import Groups, Lenders, lend
from bot.forecast.moments import Floats
from bot.forecast.season import Season, estimate
from bot.forecast.silence import forget_tail, silent_tail
from bot.patterns.classify import demand_patterns
from bot.patterns.demand import DemandPanel
from bot.patterns.events import calm, promoted
from bot.patterns.shifts import find_shifts
from bot.patterns.spikes import cap_spikes

Ints = npt.NDArray[np.int64]
SAMPLE = 3000  # series per class that is learned from


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every series is forecast by.

    `board`: candidates per pattern class, the class's own first; `champions`: which series have another one.
    `season`: tables with one row per name in `groups`, and as many again with the yearly pattern where any candidate
    has one. `silence`: buckets at the end that are unknown for all. `lenders`: what young series borrow from.
    `ahead`: buckets that a named forecaster is asked for; beyond them its mean goes on.
    """

    board: Board
    champions: Champions
    season: Season
    groups: tuple[str, ...]
    silence: int
    lenders: Lenders | None = None
    ahead: int = 13

    def season_of(self, names: npt.NDArray[Any] | None, yearly: npt.NDArray[np.bool_]) -> Season:
        """The season of every series [n], by the name of its group and by whether its choice wants the year."""
        row = np.zeros(len(yearly), dtype=np.int64)
        if names is not None and len(self.groups) > 1:
            known = pd.Index(self.groups)
            row = np.maximum(known.get_indexer(pd.Index(names.astype(str))), 0)
        twice = self.season.groups == 2 * len(self.groups)
        return replace(self.season, group=row + len(self.groups) * (yearly if twice else 0))


def prepare(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    groups: npt.NDArray[Any] | None = None,
    unit_cost: Floats | None = None,
    champions: Champions | None = None,
) -> Prepared:
    """Learn from `panel`; classes that `champions` name keep their choice, the others are chosen for anew."""
    silence = silent_tail(panel.values)
    names = ("",) if groups is None else tuple(sorted(set(groups.astype(str).tolist())))
    labelled = patterns["pattern"].astype(str).to_numpy(dtype=object)
    classes = sorted(set(labelled.tolist()))
    rows = _picked(panel, labelled, classes, seed)
    sample = sample_of(panel, patterns, rows, classes, horizon_days=horizon_days, silence=silence)
    group = np.zeros(panel.n, dtype=np.int64) if groups is None else pd.Index(names).get_indexer(groups.astype(str))
    sample = replace(sample, group=group[rows])
    known = Champions() if champions is None else champions
    board = _board(sample, classes, known.board)
    season = _season(sample, board, len(names))
    fresh = {name: _with_laws(sample, k, board[name], season) for k, name in enumerate(classes)}
    few = np.sort(rows)
    history = panel.values[few]  # noqa: PD011 - a matrix, not a frame
    past = forget_tail(cap_spikes(history)[0], silence)
    lenders = lend(past, panel.first[few], Groups.of(panel.keys, groups, unit_cost).take(few), panel.freq)
    board = {name: known.board.get(name, fresh[name]) for name in classes}
    longest = length_in_buckets(panel, np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,)))
    return Prepared(board, known, season, names, silence, lenders, path_length(longest))


def path_length(length: Ints) -> int:
    """Buckets that a named forecaster is asked for, by the intervals of all series in buckets."""
    return int(min(400, max(13, 2 * length.max(initial=1))))


def length_in_buckets(panel: DemandPanel, days: Floats) -> Ints:
    """Interval lengths that the panel's history can judge [n]."""
    return np.asarray(np.clip(np.rint(days / panel.bucket_days), 1, max(1, panel.periods // 3)), dtype=np.int64)


def _picked(panel: DemandPanel, labelled: npt.NDArray[Any], classes: list[str], seed: int) -> Ints:
    """At most SAMPLE series per class that ever sold, in the order of a seeded hash of their keys."""
    order = hashed_order(panel.keys, seed)
    sold = np.asarray(np.nan_to_num(panel.values).max(axis=1, initial=0.0) > 0.0)
    picked = [order[(labelled[order] == name) & sold[order]][:SAMPLE] for name in classes]
    return np.concatenate(picked) if picked else np.zeros(0, dtype=np.int64)


def hashed_order(keys: pd.DataFrame, seed: int) -> Ints:
    """Row numbers in the order of a seeded hash of the keys: what is summed over series is summed in it."""
    return np.argsort(marks(keys, seed), kind="stable")


def sample_of(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    rows: Ints,
    classes: list[str],
    *,
    horizon_days: Floats | float,
    silence: int,
) -> Sample:
    """The given rows ready to be replayed; classes and memories are told anew at every origin."""
    part = panel.take(rows)
    history = part.values  # noqa: PD011 - a matrix, not a frame
    values = forget_tail(history, silence)
    days = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,))
    label = pd.Index(classes).get_indexer(pd.Index(patterns["pattern"].astype(str).to_numpy(dtype=object)[rows]))
    raw, shifting = replace(part, values=values), "memory_days" in patterns
    return Sample(
        values, panel.starts, panel.freq, length_in_buckets(panel, days)[rows], np.zeros(len(rows), dtype=np.int64),
        whole_numbers(history), np.asarray(label, dtype=np.int64), partial(labels_of, tuple(classes)),
        cache(partial(_memory_at, raw)) if shifting else None, cache(partial(_past_at, values)),
    )  # fmt: skip


def _now(sample: Sample) -> Floats:
    """The whole history as it looks now."""
    history = sample.values  # noqa: PD011 - a matrix, not a frame
    return _past_at(history, history.shape[1])


def _past_at(values: Floats, origin: int) -> Floats:
    """The first `origin` buckets with the spikes that could be told from them capped."""
    return cap_spikes(values[:, :origin])[0]


def _memory_at(panel: DemandPanel, origin: int) -> Floats:
    """Longest memory in buckets that the series' shifts allowed on the first day of bucket `origin` [n]."""
    past = panel.until(origin)
    past = replace(past, values=_past_at(past.values, origin))
    calmed = replace(past, values=calm(past, promoted(past)))
    return find_shifts(calmed).memory_days / panel.bucket_days


def labels_of(classes: tuple[str, ...], values: Floats) -> Ints:
    """Number of the class among `classes` of every series [n], by the history `values` [n, T]; -1 = none of them."""
    return np.asarray(pd.Index(classes).get_indexer(pd.Index(demand_patterns(values))), dtype=np.int64)


def _board(sample: Sample, classes: list[str], known: Board) -> Board:
    if all(name in known for name in classes):
        return {name: known[name] for name in classes}
    return {name: known.get(name, choices) for name, choices in choose(sample, classes).items()}


def _season(sample: Sample, board: Board, groups: int) -> Season:
    """One table for all: its first half without, its second half with the yearly pattern."""
    if not len(sample.values):
        return Season(sample.freq, sample.group)
    yearly = any(choice.spec.yearly for choices in board.values() for choice in choices)
    whole = _now(sample)
    base = estimate(whole, sample.starts, sample.freq, sample.group, yearly=yearly, groups=groups)
    if base.year is None:
        return base
    weekday = None if base.weekday is None else np.concatenate([base.weekday, base.weekday])
    return Season(sample.freq, base.group, weekday, np.concatenate([np.ones_like(base.year), base.year]))


def _with_laws(sample: Sample, label: int, choices: tuple[Choice, ...], season: Season) -> tuple[Choice, ...]:
    """The candidates of a class, each with the law of spread by level that it shows on the whole history."""
    mine = np.flatnonzero(sample.label == label)
    plain = season.take(mine)
    yearly = replace(plain, group=plain.group + season.groups // 2) if season.year is not None else plain
    history, length = _now(sample)[mine], sample.length[mine].astype(np.float64)
    seasons = [yearly if choice.spec.yearly else plain for choice in choices]
    fits = [
        fit(history, sample.starts, own, choice.spec, length=length)
        for own, choice in zip(seasons, choices, strict=True)
    ]
    return tuple(replace(choice, law=power_law(f.moments)) for choice, f in zip(choices, fits, strict=True))
