"""Forecasts a whole panel: chooses and calibrates a specification per pattern class, guards what comes out.

It reads no tables and sizes no orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.backtest import Sample
from bot.forecast.broadcast import Broadcast
from bot.forecast.choose import Choice, choose
from bot.forecast.fit import Spec
from bot.forecast.forecasters import learn, whole_numbers
from bot.forecast.guards import SPIKE, guard, joined
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments, weigh, window_weights
from bot.forecast.named import named_paths
from bot.forecast.result import Forecast
from bot.forecast.season import Season, estimate
from bot.forecast.silence import forget_tail, silent_tail
from bot.patterns import buckets
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes

Ints = npt.NDArray[np.int64]
SAMPLE = 3000  # series per class that the choice is made on
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
    forecaster: npt.NDArray[Any] | str | None = None,
    champions: Mapping[str, Choice] | None = None,
    broadcast: Broadcast | None = None,
) -> Forecast:
    """Return demand ahead for every series of `panel`, as distributions.

    `patterns` has a column `pattern` in the panel's order. `horizon_days` (number or [n]) is the expected
    protection interval, for which the spread is calibrated. `groups` [n] (categories) pool season factors.
    `seed` picks the subsample of the choice; the same input gives the same output, in any row order.
    `forecaster` names forecasters to use for the means, one for all or a text per series ('' = none); `broadcast`
    runs those of libraries. What cannot be used falls back and says so. `champions` are choices per pattern class made
    before; only classes without one are chosen for anew. Raises ValueError when `as_of` is not the panel's day.
    """
    if as_of is not None and buckets.as_day(as_of) != panel.as_of:
        raise ValueError(f"the panel was made for {panel.as_of}, not for {as_of}")
    capped, spiked = cap_spikes(panel.values)
    silence = silent_tail(panel.values)
    values = forget_tail(capped, silence)
    work = _Work.of(panel, values, patterns, groups, np.broadcast_to(np.asarray(horizon_days, dtype=float), (panel.n,)))
    picked = work.sample(seed)
    choices = work.choices(picked, champions or {})
    state, moments = work.fitted(choices, np.concatenate(list(picked.values())) if picked else np.zeros(0, np.int64))
    ahead, wanted = _path_length(work.length), "" if forecaster is None else forecaster
    state, model, unused = named_paths(
        panel, values, state, work.labels(choices), wanted, periods=ahead, seed=seed, broadcast=broadcast
    )
    floor = weigh(values, window_weights(panel.periods, max(1, round(_FLOOR_DAYS / panel.bucket_days))))
    state, reason = guard(state, values, floor)
    reason = joined(reason, unused, np.where(spiked & (reason == ""), SPIKE, ""))
    notes = {str(name): choice.note() for name, choice in choices.items()}
    if silence:
        notes["silence"] = {"buckets_taken_as_unknown": float(silence)}
    return Forecast(panel.keys, state, model, reason, moments.known < BORROW_BELOW, notes)


def choose_champions(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    champions: Mapping[str, Choice] | None = None,
) -> dict[str, Choice]:
    """The choice per pattern class that `forecast_demand` would make of the same input."""
    values = forget_tail(cap_spikes(panel.values)[0], silent_tail(panel.values))
    days = np.broadcast_to(np.asarray(horizon_days, dtype=float), (panel.n,))
    work = _Work.of(panel, values, patterns, None, days)
    return work.choices(work.sample(seed), champions or {})


def _path_length(length: Ints) -> int:
    """Buckets that a foreign forecaster is asked for; beyond them its mean goes on."""
    return int(min(400, max(13, 2 * length.max(initial=1))))


@dataclass(frozen=True, slots=True)
class _Work:
    """The panel with everything that choosing and fitting need, row by row."""

    panel: DemandPanel
    values: Floats
    labelled: npt.NDArray[Any]
    group: Ints
    length: Ints
    integer: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        panel: DemandPanel,
        values: Floats,
        patterns: pd.DataFrame,
        groups: npt.NDArray[Any] | None,
        days: Floats,
    ) -> "_Work":
        group = np.zeros(panel.n, dtype=np.int64) if groups is None else np.unique(groups, return_inverse=True)[1]
        length = np.clip(np.rint(days / panel.bucket_days), 1, max(1, panel.periods // 3)).astype(np.int64)
        return cls(
            panel,
            values,
            patterns["pattern"].astype(str).to_numpy(dtype=object),
            group,
            length,
            whole_numbers(panel.values),
        )

    def sample(self, seed: int) -> dict[str, Ints]:
        """Rows per class, at most SAMPLE, picked and ordered by a hash of the keys: row order plays no part."""
        keys = self.panel.keys
        marks = pd.util.hash_pandas_object(keys.astype(str), index=False, hash_key=f"{seed % 10**16:016d}").to_numpy()
        order = np.argsort(marks, kind="stable")
        sold = np.asarray(np.nan_to_num(self.values).max(axis=1, initial=0.0) > 0.0)
        names = sorted(set(self.labelled.tolist()))
        return {name: order[(self.labelled[order] == name) & sold[order]][:SAMPLE] for name in names}

    def choices(self, picked: Mapping[str, Ints], champions: Mapping[str, Choice]) -> dict[str, Choice]:
        """What each class is forecast by: its champion, else the best on its sample."""
        return {name: champions.get(name) or choose(self.part(rows)) for name, rows in picked.items()}

    def part(self, rows: Ints) -> Sample:
        """The sample of one class."""
        panel = self.panel
        return Sample(
            self.values[rows], panel.starts, panel.freq, self.length[rows], self.group[rows], self.integer[rows]
        )

    def fitted(self, choices: dict[str, Choice], rows: Ints) -> tuple[State, Moments]:
        """Fit every class by its choice."""
        n, panel = self.panel.n, self.panel
        season = self._season(choices, rows)
        columns = {name: np.zeros(n) for name in ("level", "spread", "strength", "age", "known", "slope")}
        phi, kappa = np.ones(n), np.ones(n)
        for name, choice in choices.items():
            mine = np.flatnonzero(self.labelled == name)
            phi[mine], kappa[mine] = choice.phi, choice.kappa
            done = learn(
                choice.spec, self.values[mine], panel.starts, season.take(mine), self.integer[mine], (1.0, 1.0)
            )
            moments = done.moments
            columns["slope"][mine] = done.slope
            for field in ("level", "spread", "strength", "age", "known"):
                columns[field][mine] = getattr(moments, field)
        slope = columns.pop("slope")
        moments = Moments(**columns)
        state = State(moments, slope, season, self.integer, phi, kappa, panel.freq, panel.next_start, panel.as_of)
        return state, moments

    def _season(self, choices: dict[str, Choice], rows: Ints) -> Season:
        """One table for all: its first half without, its second half with the yearly pattern."""
        panel = self.panel
        groups = int(self.group.max(initial=0)) + 1
        yearly = any(choice.spec.yearly for choice in choices.values())
        if not len(rows):
            return Season(panel.freq, self.group)
        base = estimate(self.values[rows], panel.starts, panel.freq, self.group[rows], yearly=yearly, groups=groups)
        if base.year is None:
            return Season(panel.freq, self.group, base.weekday)
        wanted = np.isin(self.labelled, [name for name, choice in choices.items() if choice.spec.yearly])
        weekday = None if base.weekday is None else np.concatenate([base.weekday, base.weekday])
        year = np.concatenate([np.ones_like(base.year), base.year])
        return Season(panel.freq, self.group + groups * wanted, weekday, year)

    def labels(self, choices: dict[str, Choice]) -> npt.NDArray[Any]:
        """Name of the model per series."""
        out = np.full(self.panel.n, Spec().name, dtype=object)
        for name, choice in choices.items():
            out[self.labelled == name] = choice.spec.name
        return out
