"""One global model of gradient boosted trees for all series of a panel: means per bucket ahead.

It says nothing about spread; the state that it returns keeps the native one, scaled to the new level.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from bot.forecast.exogenous import Exogenous, observed
from bot.forecast.features import History, Pair, Panel, Table, scales
from bot.patterns import buckets
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
ROWS = 200_000
ROUNDS = 80
LEAVES = 31
ORIGINS = 24
BLOCK = 16_384  # series whose features are made at a time: bounds the memory, not the result
FINE = 13
_LEAST_HISTORY = 8
_TIE = 1e-3  # relative difference of losses for which no further round is grown


@dataclass(frozen=True, slots=True)
class Settings:
    """How the trees are grown; the defaults are what the benchmark favoured."""

    rounds: int = ROUNDS
    rate: float = 0.07
    leaves: int = LEAVES
    least: int = 200
    l2: float = 1.0
    rows: int = ROWS
    volume: float = 0.5
    fading: float = 1.0


@dataclass(frozen=True, slots=True)
class Trees:
    """A grown model: the regressor (None where there was nothing to learn from) and the names of its features."""

    regressor: Any
    names: tuple[str, ...]
    drivers: tuple[str, ...]

    def ratio(self, table: Table) -> Floats:
        """Expected demand per bucket over the scale [rows]."""
        if self.regressor is None:
            return np.ones(len(table.data))
        return np.asarray(self.regressor.predict(table.data))


def steps_ahead(periods: int, *, fine: bool) -> list[Pair]:
    """Blocks of buckets ahead that share a mean: single ones first, wider the further away."""
    out, begin, width = [], 0, 1
    while begin < periods:
        if begin >= (FINE if fine else 2):
            width = max(1, begin // 2)
        out.append((begin, min(begin + width, periods)))
        begin += width
    return out


def marks(keys: pd.DataFrame, seed: int) -> npt.NDArray[np.uint64]:
    """A number per series that depends on its key and the seed alone [n]."""
    return np.asarray(
        pd.util.hash_pandas_object(keys.astype(str), index=False, hash_key=f"{seed % 10**16:016d}"), dtype=np.uint64
    )


def mixed(mark: npt.NDArray[np.uint64], number: int) -> npt.NDArray[np.uint64]:
    """Another number per series for every `number`."""
    salt = np.asarray([(number + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64)
    x = mark ^ salt
    x = (x ^ (x >> np.uint64(30))) * np.asarray([0xBF58476D1CE4E5B9], dtype=np.uint64)
    x = (x ^ (x >> np.uint64(27))) * np.asarray([0x94D049BB133111EB], dtype=np.uint64)
    return np.asarray(x ^ (x >> np.uint64(31)))


@dataclass(frozen=True, slots=True)
class Work:
    """A panel made ready: history in running totals, what is known from outside, blocks ahead."""

    history: History
    exogenous: Exogenous
    mark: npt.NDArray[np.uint64]
    blocks: list[Pair]

    @classmethod
    def of(cls, panel: DemandPanel, periods: int, seed: int, exogenous: Exogenous | None) -> "Work":
        """Prepare `panel` for `periods` buckets ahead."""
        outside = Exogenous(observed(panel, periods)) if exogenous is None else exogenous
        mark = marks(panel.keys, seed)
        first = panel.starts[0] if panel.periods else panel.next_start
        starts = buckets.bucket_range(first, panel.periods + periods, panel.freq)
        values = cap_spikes(panel.values)[0]
        history = History.of(values, starts, panel.freq, np.argsort(mark, kind="stable"), outside.category)
        return cls.ready(history, outside, mark, periods)

    @classmethod
    def ready(cls, history: History, exogenous: Exogenous, mark: npt.NDArray[np.uint64], periods: int) -> "Work":
        """Put the parts together; what is known ahead may differ from bucket to bucket, so steps are finer with it."""
        fine = bool(exogenous.sources) or history.freq == "D"
        return cls(history, exogenous, mark, steps_ahead(periods, fine=fine))

    def origins(self) -> list[int]:
        """Past origins to learn from, the newest first."""
        periods = self.history.periods
        least = max(_LEAST_HISTORY, periods // 3)
        step = max(1, (periods - least) // ORIGINS)
        return list(range(periods - 1, least - 1, -step))


def grow(work: Work, settings: Settings) -> Trees:
    """Learn from past origins, a bounded number of rows in canonical order.

    How many rounds pay is tried on the newest buckets first: series of one market move together, so that trees
    find more in a past than its future bears out. With 0 rounds every series keeps its level.
    """
    rows = training(work, settings)
    names, drivers = rows.table.names, rows.table.drivers
    if len(rows.target) < 2 * settings.least or not float((rows.weight * rows.target).sum()) > 0.0:
        return Trees(None, names, drivers)
    with threadpool_limits(1, user_api="openmp"):
        rounds = _rounds_that_pay(rows, work, settings)
        if not rounds:
            return Trees(None, names, drivers)
        return Trees(
            _fitted(rows.table.data, rows.target, rows.weight, replace(settings, rounds=rounds)), names, drivers
        )


def _fitted(data: Floats, target: Floats, weight: Floats, settings: Settings) -> Any:
    return HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=settings.rate,
        max_iter=settings.rounds,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.least,
        l2_regularization=settings.l2,
        max_bins=63,
        early_stopping=False,
        random_state=0,
    ).fit(data, target, sample_weight=weight)


def _rounds_that_pay(rows: "Rows", work: Work, settings: Settings) -> int:
    """The number of rounds with the least loss on the newest buckets; all of them where there is too little to try."""
    periods = work.history.periods
    cut = periods - max(1, min(periods // 4, max(work.blocks[-1][1], periods // 8)))
    early, late = rows.end <= cut, rows.origin >= cut
    if min(early.sum(), late.sum()) < settings.least or not float((rows.weight * rows.target)[early].sum()) > 0.0:
        return settings.rounds
    tried = _fitted(rows.table.data[early], rows.target[early], rows.weight[early], settings)
    target, weight = rows.target[late], rows.weight[late]
    losses = [_deviance(np.ones(len(target)), target, weight)]
    losses += [_deviance(ratio, target, weight) for ratio in tried.staged_predict(rows.table.data[late])]
    best = np.asarray(losses)
    return int(np.argmax(best <= best.min() + _TIE * abs(best.min())))


def _deviance(ratio: Floats, target: Floats, weight: Floats) -> float:
    """Poisson loss of the ratios, the part that depends on them."""
    return float((weight * (ratio - target * np.log(np.maximum(ratio, 1e-12)))).sum() / weight.sum())


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learnt from: features, demand over the scale, weight, and where each row's target begins and ends."""

    table: Table
    target: Floats
    weight: Floats
    origin: Ints
    end: Ints


def training(work: Work, settings: Settings) -> Rows:
    """The rows to learn from."""
    history, origins = work.history, work.origins()
    levels = scales(history, origins)
    cases = [(o, k) for o in origins for k, (begin, _) in enumerate(work.blocks) if o + begin < history.periods]
    live = sum(int((levels[o] > 0.0).sum()) for o, _ in cases)
    limit = np.uint64(min(2**64 - 1, int(2.0**64 * settings.rows / max(live, 1))))
    maker = Panel(history, work.exogenous)
    parts: list[tuple[Table, Floats, Floats, npt.NDArray[np.uint64], Ints, Ints]] = []
    for o in origins:
        for k in (k for origin, k in cases if origin == o):
            begin, end = work.blocks[k][0], min(work.blocks[k][1], history.periods - o)
            mark = mixed(work.mark, o * 1000 + k)
            count = history.known[:, o + end] - history.known[:, o + begin]
            rows = np.flatnonzero((mark <= limit) & (count > 0.0) & (levels[o] > 0.0))
            if not len(rows):
                continue
            [table] = maker.at(o, [(begin, end)], levels[o], rows)
            mean = (history.total[rows, o + end] - history.total[rows, o + begin]) / count[rows]
            age = (history.periods - o) * buckets.DAYS_PER[history.freq] / 365.25
            weight = count[rows] * table.scale**settings.volume * 0.5 ** (age / settings.fading)
            span = (np.full(len(rows), o), np.full(len(rows), o + end))
            parts.append((table, np.maximum(mean, 0.0) / table.scale, weight, mark[rows], *span))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rows(Table(np.zeros((0, 0)), (), (), np.zeros(0)), np.zeros(0), np.zeros(0), none, none)
    order = np.argsort(np.concatenate([part[3] for part in parts]), kind="stable")
    data = np.concatenate([part[0].data for part in parts])[order]
    data[:, np.isnan(data).all(axis=0)] = 0.0  # nothing can be learnt from what was never known
    first = parts[0][0]
    target, weight, begun, ended = (np.concatenate([part[k] for part in parts])[order] for k in (1, 2, 4, 5))
    table = Table(data, first.names, first.drivers, np.zeros(0))
    return Rows(table, target, weight / weight.mean(), begun, ended)


def means(work: Work, trees: Trees, periods: int) -> Floats:
    """Expected demand [n, periods] per bucket from the panel's day on, in blocks of series."""
    history = work.history
    origin = history.periods
    out = np.zeros((len(history.values), periods))
    if not origin:
        return out
    scale = scales(history, [origin])[origin]
    maker = Panel(history, work.exogenous)
    with threadpool_limits(1, user_api="openmp"):
        for begin in range(0, len(scale), BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, len(scale)))
            for block, table in zip(work.blocks, maker.at(origin, work.blocks, scale, rows), strict=True):
                out[rows, block[0] : block[1]] = (trees.ratio(table) * table.scale)[:, None]
    return out
