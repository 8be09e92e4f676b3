"""What is learned from the panel as a whole before any series is forecast: choices per class, seasons, spread laws.

It looks at a sample of series picked by a hash of their keys, so that neither row order nor chunks change it; the
series themselves are `bot.forecast.demand`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.backtest import Sample
from bot.forecast.choose import Choice, choose
from bot.forecast.fit import PowerLaw, fit, power_law
from bot.forecast.forecasters import whole_numbers
from bot.forecast.moments import Floats
from bot.forecast.season import Season, estimate
from bot.forecast.silence import forget_tail, silent_tail
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes

Ints = npt.NDArray[np.int64]
SAMPLE = 3000  # series per class that is learned from


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every series is forecast by.

    `choices` per pattern class; `season` tables with one row per name in `groups` (and twice as many where some
    classes have a yearly pattern and others not); `silence` = buckets at the end that are unknown for all.
    """

    choices: Mapping[str, Choice]
    season: Season
    groups: tuple[str, ...]
    silence: int

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
    champions: Mapping[str, Choice] | None = None,
) -> Prepared:
    """Learn from `panel`; classes that `champions` name keep their choice, the others are chosen for anew."""
    silence = silent_tail(panel.values)
    names = ("",) if groups is None else tuple(sorted(set(groups.astype(str).tolist())))
    labelled = patterns["pattern"].astype(str).to_numpy(dtype=object)
    classes = sorted(set(labelled.tolist()))
    rows, sample = _sample(panel, labelled, classes, seed, _days(panel, horizon_days), silence)
    group = np.zeros(panel.n, dtype=np.int64) if groups is None else pd.Index(names).get_indexer(groups.astype(str))
    sample = replace(sample, group=group[rows])
    choices = _choices(sample, classes, champions or {})
    season = _season(sample, choices, len(names))
    laws = _laws(sample, classes, choices, season)
    new = [name for name in classes if name not in (champions or {})]
    choices = {**choices, **{name: replace(choices[name], law=laws[name]) for name in new}}
    return Prepared(choices, season, names, silence)


def length_in_buckets(panel: DemandPanel, days: Floats) -> Ints:
    """Interval lengths that the panel's history can judge [n]."""
    return np.asarray(np.clip(np.rint(days / panel.bucket_days), 1, max(1, panel.periods // 3)), dtype=np.int64)


def _days(panel: DemandPanel, days: Floats | float) -> Floats:
    return np.broadcast_to(np.asarray(days, dtype=np.float64), (panel.n,))


def _sample(
    panel: DemandPanel, labelled: npt.NDArray[Any], classes: list[str], seed: int, days: Floats, silence: int
) -> tuple[Ints, Sample]:
    """At most SAMPLE series per class that ever sold, in the order of a seeded hash of their keys."""
    marks = pd.util.hash_pandas_object(panel.keys.astype(str), index=False, hash_key=f"{seed % 10**16:016d}").to_numpy()
    order = np.argsort(marks, kind="stable")
    sold = np.asarray(np.nan_to_num(panel.values).max(axis=1, initial=0.0) > 0.0)
    picked = [order[(labelled[order] == name) & sold[order]][:SAMPLE] for name in classes]
    rows = np.concatenate(picked) if picked else np.zeros(0, dtype=np.int64)
    label = np.repeat(np.arange(len(picked)), [len(part) for part in picked])
    history = panel.values[rows]  # noqa: PD011 - a matrix, not a frame
    values, integer = forget_tail(cap_spikes(history)[0], silence), whole_numbers(history)
    length = length_in_buckets(panel, days)[rows]
    return rows, Sample(values, panel.starts, panel.freq, length, np.zeros(len(rows), dtype=np.int64), integer, label)


def _choices(sample: Sample, classes: list[str], champions: Mapping[str, Choice]) -> dict[str, Choice]:
    if all(name in champions for name in classes):
        return {name: champions[name] for name in classes}
    return {name: champions.get(name, choice) for name, choice in choose(sample, classes).items()}


def _season(sample: Sample, choices: Mapping[str, Choice], groups: int) -> Season:
    """One table for all: its first half without, its second half with the yearly pattern."""
    if not len(sample.values):
        return Season(sample.freq, sample.group)
    yearly = any(choice.spec.yearly for choice in choices.values())
    base = estimate(sample.values, sample.starts, sample.freq, sample.group, yearly=yearly, groups=groups)
    if base.year is None:
        return base
    weekday = None if base.weekday is None else np.concatenate([base.weekday, base.weekday])
    return Season(sample.freq, base.group, weekday, np.concatenate([np.ones_like(base.year), base.year]))


def _laws(sample: Sample, classes: list[str], choices: Mapping[str, Choice], season: Season) -> dict[str, PowerLaw]:
    """Spread by level that each class shows on the whole history."""
    out = {}
    for label, name in enumerate(classes):
        mine = np.flatnonzero(sample.label == label)
        own = season.take(mine)
        yearly = choices[name].spec.yearly and season.groups > 1 and season.year is not None
        shifted = replace(own, group=own.group + (season.groups // 2 if yearly else 0))
        length = sample.length[mine].astype(np.float64)
        history = sample.values[mine]  # noqa: PD011 - a matrix, not a frame
        fitted = fit(history, sample.starts, shifted, choices[name].spec, length=length)
        out[name] = power_law(fitted.moments)
    return out
