"""Forecasts a whole panel: what is learned from all of it, applied to every series, and guarded.

It reads no tables and sizes no orders.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.choose import Choice
from bot.forecast.fit import Spec, fit, shrunk
from bot.forecast.forecasters import whole_numbers
from bot.forecast.guards import SPIKE, guard
from bot.forecast.judge import Map
from bot.forecast.levels import Levels
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments, weigh, window_weights
from bot.forecast.prepare import Prepared, length_in_buckets, prepare
from bot.forecast.result import Forecast
from bot.forecast.season import Season
from bot.forecast.silence import forget_tail
from bot.patterns import buckets
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes

Ints = npt.NDArray[np.int64]
BORROW_BELOW = 4  # known buckets below which the group's spread dominates
_FLOOR_DAYS = 91.0


def forecast_demand(  # noqa: PLR0913 (options, all named)
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    as_of: date | None = None,
    groups: npt.NDArray[Any] | None = None,
    forecaster: str | None = None,
    champions: Mapping[str, Choice] | None = None,
) -> Forecast:
    """Return demand ahead for every series of `panel`, as distributions.

    `patterns` has a column `pattern` in the panel's order. `horizon_days` (number or [n]) is the expected
    protection interval, for which the law is calibrated. `groups` [n] (categories) pool season factors.
    `seed` picks the subsample of the choice; the same input gives the same output, in any row order.
    `forecaster` names an sktime forecaster to use for the means. `champions` are choices per pattern class made
    before; only classes without one are chosen for anew. Raises ValueError when `as_of` is not the
    panel's day, NeedsAdmin when `forecaster` cannot be used.
    """
    if as_of is not None and buckets.as_day(as_of) != panel.as_of:
        raise ValueError(f"the panel was made for {panel.as_of}, not for {as_of}")
    learned = prepare(panel, patterns, horizon_days=horizon_days, seed=seed, groups=groups, champions=champions)
    return forecast_rows(panel, patterns, learned, horizon_days=horizon_days, groups=groups, forecaster=forecaster)


def choose_champions(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    champions: Mapping[str, Choice] | None = None,
) -> dict[str, Choice]:
    """The choice per pattern class that `forecast_demand` would make of the same input."""
    return dict(prepare(panel, patterns, horizon_days=horizon_days, seed=seed, champions=champions).choices)


def forecast_rows(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    learned: Prepared,
    *,
    horizon_days: Floats | float,
    groups: npt.NDArray[Any] | None = None,
    forecaster: str | None = None,
) -> Forecast:
    """Return demand ahead for some or all series, by what was learned before; rows do not influence each other."""
    capped, spiked = cap_spikes(panel.values)
    values = forget_tail(capped, learned.silence)
    labelled = patterns["pattern"].astype(str).to_numpy(dtype=object)
    days = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,))
    length = length_in_buckets(panel, days)
    state, known = _fitted(panel, values, labelled, learned, groups, length)
    model = _labels(labelled, learned.choices)
    if forecaster is not None:
        from bot.forecast.catalog import broadcast_path  # noqa: PLC0415 - sktime is slow to import and rarely needed

        state = broadcast_path(forecaster, panel, state, _path_length(length))
        model = np.full(panel.n, forecaster, dtype=object)
    floor = weigh(values, window_weights(panel.periods, max(1, round(_FLOOR_DAYS / panel.bucket_days))))
    state, reason = guard(state, values, floor)
    reason = np.where((reason == "") & spiked, SPIKE, reason)
    return Forecast(panel.keys, state, model, reason, known < BORROW_BELOW, _notes(learned))


def _notes(learned: Prepared) -> dict[str, dict[str, float | str]]:
    notes = {str(name): choice.note() for name, choice in learned.choices.items()}
    if learned.silence:
        notes["silence"] = {"buckets_taken_as_unknown": float(learned.silence)}
    return notes


def _path_length(length: Ints) -> int:
    """Buckets that a foreign forecaster is asked for; beyond them its mean goes on."""
    return int(min(400, max(13, 2 * length.max(initial=1))))


def _fitted(
    panel: DemandPanel,
    values: Floats,
    labelled: npt.NDArray[Any],
    learned: Prepared,
    groups: npt.NDArray[Any] | None,
    length: Ints,
) -> tuple[State, Floats]:
    """Fit every class by its choice; returns the state and the number of known buckets."""
    n = panel.n
    integer = whole_numbers(panel.values)
    yearly = np.isin(labelled, [name for name, choice in learned.choices.items() if choice.spec.yearly])
    season = learned.season_of(groups, yearly)
    columns = {name: np.zeros(n) for name in ("level", "spread", "strength", "age", "known", "slope", "phi", "kappa")}
    row = np.zeros(n, dtype=np.int64)
    table: list[Map] = []
    for name, choice in learned.choices.items():
        mine = np.flatnonzero(labelled == name)
        for column, values_of_class in _class(choice, values[mine], panel, season.take(mine), length[mine]).items():
            columns[column][mine] = values_of_class
        columns["phi"][mine], columns["kappa"][mine] = choice.phi, choice.kappa
        row[mine] = len(table)
        table.append(choice.levels)
    slope, phi, kappa = (columns.pop(name) for name in ("slope", "phi", "kappa"))
    levels = Levels(np.asarray(table), row) if table else None
    moments = Moments(**columns)
    state = State(moments, slope, season, integer, phi, kappa, panel.freq, panel.next_start, panel.as_of, levels=levels)
    return state, moments.known


def _class(choice: Choice, values: Floats, panel: DemandPanel, season: Season, length: Ints) -> dict[str, Floats]:
    """Moments and slope of one class by its choice."""
    fitted = fit(values, panel.starts, season, choice.spec, length=length.astype(np.float64))
    moments = shrunk(fitted.moments, choice.law)
    if fitted.features is not None:
        moments = choice.pool.corrected(moments, fitted.features)
    names = ("level", "spread", "strength", "age", "known")
    return {**{name: getattr(moments, name) for name in names}, "slope": fitted.slope}


def _labels(labelled: npt.NDArray[Any], choices: Mapping[str, Choice]) -> npt.NDArray[Any]:
    """Name of the model per series."""
    out = np.full(len(labelled), Spec().name, dtype=object)
    for name, choice in choices.items():
        out[labelled == name] = choice.spec.name
    return out
