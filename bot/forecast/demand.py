"""Forecasts a whole panel: what is learned from all of it, applied to every series, and guarded.

It reads no tables and sizes no orders.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.broadcast import Broadcast
from bot.forecast.candidates import fit
from bot.forecast.champions import Champions
from bot.forecast.choose import Board, Choice
from bot.forecast.coldstart import settle_young
from bot.forecast.features import DRIVERS
from bot.forecast.fit import shrunk
from bot.forecast.forecasters import whole_numbers
from bot.forecast.guards import SPIKE, guard, joined
from bot.forecast.lenders import Groups
from bot.forecast.levels import Levels
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments, weigh, window_weights
from bot.forecast.named import named_paths
from bot.forecast.outside import Outside
from bot.forecast.parts import NAMES, Parts, grouped, rivals
from bot.forecast.prepare import Prepared, length_in_buckets, path_length, prepare
from bot.forecast.result import Forecast
from bot.forecast.season import Season
from bot.forecast.silence import forget_tail, silent_tail
from bot.forecast.tree_effects import Effects
from bot.forecast.tree_named import is_trees, tree_effects
from bot.patterns import buckets
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes

Ints = npt.NDArray[np.int64]
BORROW_BELOW = 4  # known buckets below which the group's spread dominates
_FLOOR_DAYS = 91.0
_BASE = "base"  # the level before the panel's correction
_FIELDS = ("level", "spread", "strength", "age", "known", "slope", "phi", "kappa")


def forecast_demand(  # noqa: PLR0913 (options, all named)
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    as_of: date | None = None,
    groups: npt.NDArray[Any] | None = None,
    unit_cost: Floats | None = None,
    forecaster: npt.NDArray[Any] | str | None = None,
    champions: Champions | None = None,
    broadcast: Broadcast | None = None,
    outside: Outside | None = None,
) -> Forecast:
    """Return demand ahead for every series of `panel`, as distributions.

    `patterns` has a column `pattern` in the panel's order, and may have `memory_days`: how long a level that shifted
    may be remembered. `horizon_days` (number or [n]) is the expected
    protection interval, for which the law is calibrated. `groups` [n] (categories) pool season factors;
    they and the price band of `unit_cost` [n] say from which others a young series borrows.
    `seed` picks the subsample of the choice; the same input gives the same output, in any row order.
    `forecaster` names forecasters to use for the means, one for all or a text per series ('' = none); `broadcast`
    runs those of libraries, `outside` is what trees may know besides the history. What cannot be used falls back and
    says so. `champions` are choices made before; only classes without one are chosen for anew. Raises ValueError
    when `as_of` is not the panel's day.
    """
    if as_of is not None and buckets.as_day(as_of) != panel.as_of:
        raise ValueError(f"the panel was made for {panel.as_of}, not for {as_of}")
    learned = prepare(
        panel, patterns, horizon_days=horizon_days, seed=seed, groups=groups, unit_cost=unit_cost, champions=champions
    )
    return forecast_rows(
        panel, patterns, learned, horizon_days=horizon_days, seed=seed, groups=groups,
        unit_cost=unit_cost, forecaster=forecaster, broadcast=broadcast, outside=outside,
    )  # fmt: skip


def choose_champions(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    groups: npt.NDArray[Any] | None = None,
    champions: Champions | None = None,
) -> Board:
    """The candidates per pattern class, champion first, that `forecast_demand` would find in the same input."""
    return prepare(panel, patterns, horizon_days=horizon_days, seed=seed, groups=groups, champions=champions).board


def forecast_rows(  # noqa: PLR0913 (options, all named)
    panel: DemandPanel,
    patterns: pd.DataFrame,
    learned: Prepared,
    *,
    horizon_days: Floats | float,
    seed: int,
    groups: npt.NDArray[Any] | None = None,
    unit_cost: Floats | None = None,
    forecaster: npt.NDArray[Any] | str | None = None,
    broadcast: Broadcast | None = None,
    outside: Outside | None = None,
) -> Forecast:
    """Return demand ahead for some or all series, by what was learned before; rows do not influence each other.

    Those that name trees are the exception: these learn from all that are given. Arguments as for `forecast_demand`.
    """
    capped, spiked = cap_spikes(panel.values)
    values = forget_tail(capped, learned.silence)
    labelled = patterns["pattern"].astype(str).to_numpy(dtype=object)
    length = length_in_buckets(panel, np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,)))
    choices, which = _assigned(panel.keys, labelled, learned)
    spans = _Spans.of(panel, patterns, length)
    state, known, parts = _fitted(panel, values, choices, which, learned, groups, spans)
    model = np.asarray([choice.spec.name for choice in choices] or [""], dtype=object)[which]
    wanted = "" if forecaster is None else forecaster
    state, model, unused = named_paths(
        panel, values, state, model, wanted, periods=learned.ahead, seed=seed, broadcast=broadcast, outside=outside
    )
    floor = weigh(values, window_weights(panel.periods, max(1, round(_FLOOR_DAYS / panel.bucket_days))))
    state, reason = guard(state, values, floor)
    reason = joined(reason, unused, np.where(spiked & (reason == ""), SPIKE, ""))
    state, source = settle_young(state, values, panel.first, Groups.of(panel.keys, groups, unit_cost), learned.lenders)
    return Forecast(panel.keys, state, model, reason, known < BORROW_BELOW, _notes(learned), source, parts)


def driver_effects(
    panel: DemandPanel,
    forecaster: npt.NDArray[Any] | str,
    rows: Ints,
    *,
    horizon_days: Floats | float,
    seed: int,
    outside: Outside | None = None,
) -> Effects:
    """Effects [rows, P, D] in units per bucket of what moved the trees' means; NaN for rows that name no trees.

    Arguments as for `forecast_demand`, of the same whole panel: its models are grown again, so ask for all rows at
    once. The effects add up to the path before guards.
    """
    values = forget_tail(cap_spikes(panel.values)[0], silent_tail(panel.values))
    length = length_in_buckets(panel, np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,)))
    texts = np.asarray(np.broadcast_to(np.asarray(forecaster, dtype=object), (panel.n,)))
    ahead = path_length(length)
    out = np.full((len(rows), ahead, len(DRIVERS)), np.nan)
    for text in sorted({str(each) for each in texts[rows] if is_trees(str(each))}):
        group, mine = np.flatnonzero(texts == text), np.flatnonzero(texts[rows] == text)
        part = replace(panel.take(group), values=values[group])
        known = None if outside is None else outside.take(group)
        effects = tree_effects(text, part, np.searchsorted(group, rows[mine]), ahead, seed, known)
        out[mine] = np.asarray(effects.values)
    return Effects(DRIVERS, out)


def _notes(learned: Prepared) -> dict[str, dict[str, float | str]]:
    notes = {str(name): choices[0].note() for name, choices in learned.board.items()}
    if learned.silence:
        notes["silence"] = {"buckets_taken_as_unknown": float(learned.silence)}
    return notes


@dataclass(frozen=True, slots=True)
class _Spans:
    """In buckets [n]: the interval, and the longest half-life that a level may have (infinite = any)."""

    length: Floats
    memory: Floats | None

    @classmethod
    def of(cls, panel: DemandPanel, patterns: pd.DataFrame, length: Ints) -> "_Spans":
        memory = None
        if "memory_days" in patterns and bool(np.isfinite(patterns["memory_days"]).any()):
            memory = patterns["memory_days"].to_numpy(dtype=np.float64) / panel.bucket_days
        return cls(length.astype(np.float64), memory)

    def take(self, rows: Ints) -> "_Spans":
        return _Spans(self.length[rows], None if self.memory is None else self.memory[rows])


def _assigned(keys: pd.DataFrame, labelled: npt.NDArray[Any], learned: Prepared) -> tuple[list[Choice], Ints]:
    """Every choice in use, and which of them each series has: its own champion, else its class's."""
    own = learned.champions.of_series(keys)
    choices: list[Choice] = []
    which = np.zeros(len(keys), dtype=np.int64)
    for name, candidates in learned.board.items():
        mine = labelled == name
        for place, choice in enumerate(candidates):
            holds = mine if place == 0 else mine & (own == choice.spec.name)
            if bool(holds.any()):
                which[holds] = len(choices)
                choices.append(choice)
    return choices, which


def _fitted(
    panel: DemandPanel,
    values: Floats,
    choices: list[Choice],
    which: Ints,
    learned: Prepared,
    groups: npt.NDArray[Any] | None,
    spans: _Spans,
) -> tuple[State, Floats, Parts]:
    """Fit every series by its choice; returns the state, the number of known buckets and what the means consist of."""
    yearly = np.asarray([choice.spec.yearly for choice in choices] or [False])[which]
    season = learned.season_of(groups, yearly)
    columns = {name: np.zeros(panel.n) for name in (*_FIELDS, _BASE)}
    logs = np.zeros((panel.n, len(NAMES)))
    for place, choice in enumerate(choices):
        mine = np.flatnonzero(which == place)
        found, logs[mine] = _by(choice, values[mine], panel, season.take(mine), spans.take(mine))
        for name, column in found.items():
            columns[name][mine] = column
    base = columns.pop(_BASE)
    slope, phi, kappa = (columns.pop(name) for name in ("slope", "phi", "kappa"))
    levels = Levels(np.asarray([choice.levels for choice in choices]), which) if choices else None
    moments = Moments(**columns)
    integer = whole_numbers(panel.values)
    state = State(moments, slope, season, integer, phi, kappa, panel.freq, panel.next_start, panel.as_of, levels=levels)
    rest = tuple(choices), rivals(learned.board, choices), learned.champions.items
    return state, moments.known, Parts(base, logs, which, *rest)


def _by(
    choice: Choice, values: Floats, panel: DemandPanel, season: Season, spans: _Spans
) -> tuple[dict[str, Floats], Floats]:
    """What some series look like by their choice, and the parts of its correction."""
    fitted = fit(values, panel.starts, season, choice.spec, length=spans.length, longest=spans.memory)
    own = moments = shrunk(fitted.moments, choice.law)
    logs: Floats = np.zeros((len(values), len(NAMES)))
    if fitted.features is not None:
        moments = choice.pool.corrected(own, fitted.features)
        logs = grouped(choice.pool.shares(fitted.features))
    one = np.ones(len(values))
    rest = {_BASE: own.level, "slope": fitted.slope, "phi": choice.phi * one, "kappa": choice.kappa * one}
    return {name: rest[name] if name in rest else getattr(moments, name) for name in (*_FIELDS, _BASE)}, logs
