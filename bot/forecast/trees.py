"""One global model of gradient boosted trees for all series of a panel: means per bucket ahead.

It says nothing about spread; the state that it returns keeps the native one, scaled to the new level.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from bot.forecast.draws import marks
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

    def span(self, case: Pair) -> Pair:
        """First bucket and end of the block that `case` = (origin, number of the block) names, inside the history."""
        begin, end = self.blocks[case[1]]
        return case[0] + begin, min(case[0] + end, self.history.periods)

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
    """Grow trees; a column in which nothing was ever known counts as constant, the library takes none such."""
    known = ~np.isnan(data).all(axis=0)
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
    ).fit(np.where(known, data, 0.0), target, sample_weight=weight)


def _rounds_that_pay(rows: "Rows", work: Work, settings: Settings) -> int:
    """The number of rounds with the least loss on the newest buckets; all of them where there is too little to try.

    The loss is one of units, not of ratios: a series that wakes up after a year is a large ratio and little demand.
    """
    periods = work.history.periods
    cut = periods - max(1, min(periods // 4, max(work.blocks[-1][1], periods // 8)))
    early, late = rows.end <= cut, rows.origin >= cut
    if min(early.sum(), late.sum()) < settings.least or not float((rows.weight * rows.target)[early].sum()) > 0.0:
        return settings.rounds
    tried = _fitted(rows.table.data[early], rows.target[early], rows.weight[early], settings)
    target, weight = rows.target[late], rows.weight[late] * rows.table.scale[late] ** (1.0 - settings.volume)
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
    """The rows to learn from, about `settings.rows` of them, in an order that only keys and seed decide."""
    history, origins = work.history, work.origins()
    levels = scales(history, origins)
    cases = [(o, k) for o in origins for k, (begin, _) in enumerate(work.blocks) if o + begin < history.periods]
    live = sum(int((levels[o] > 0.0).sum()) for o, _ in cases)
    limit = np.uint64(min(2**64 - 1, int(2.0**64 * settings.rows / max(live, 1))))
    maker = Panel(history, work.exogenous)
    enough = live >= 2 * settings.least
    drawn = [_drawn(work, case, levels[case[0]], limit) for case in cases if enough]
    parts = [
        _rows(work, maker, case, levels[case[0]], rows, settings)
        for case, (rows, _) in zip(cases, drawn, strict=enough)
        if len(rows)
    ]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rows(Table(np.zeros((0, 0)), (), (), np.zeros(0)), np.zeros(0), np.zeros(0), none, none)
    order = np.argsort(np.concatenate([mark for _, mark in drawn]), kind="stable")
    return _joined(parts, order)


def _drawn(work: Work, case: Pair, level: Floats, limit: np.uint64) -> tuple[Ints, npt.NDArray[np.uint64]]:
    """Series that teach something at one origin and block and whose lot is drawn, with their lots."""
    history, (origin, number) = work.history, case
    begin, end = work.span(case)
    mark = mixed(work.mark, origin * 1000 + number)
    known = history.known[:, end] > history.known[:, begin]
    rows = np.flatnonzero((mark <= limit) & known & (level > 0.0))
    return rows, mark[rows]


def _rows(work: Work, maker: Panel, case: Pair, level: Floats, rows: Ints, settings: Settings) -> Rows:
    """Features as of the origin, and the mean of the known buckets of the block over the scale."""
    history, origin = work.history, case[0]
    begin, end = work.span(case)
    [table] = maker.at(origin, [(begin - origin, end - origin)], level, rows)
    count = history.known[rows, end] - history.known[rows, begin]
    mean = np.maximum(history.total[rows, end] - history.total[rows, begin], 0.0) / count
    age = (history.periods - origin) * buckets.DAYS_PER[history.freq] / 365.25
    weight = count * table.scale**settings.volume * 0.5 ** (age / settings.fading)
    return Rows(table, mean / table.scale, weight, np.full(len(rows), origin), np.full(len(rows), end))


def _joined(parts: list[Rows], order: Ints) -> Rows:
    """One set of rows in the given order, weights 1 on average."""
    first = parts[0].table
    data = np.concatenate([part.table.data for part in parts])[order]
    scale = np.concatenate([part.table.scale for part in parts])[order]
    weight = np.concatenate([part.weight for part in parts])[order]
    return Rows(
        Table(data, first.names, first.drivers, scale),
        np.concatenate([part.target for part in parts])[order],
        weight / weight.mean(),
        np.concatenate([part.origin for part in parts])[order],
        np.concatenate([part.end for part in parts])[order],
    )


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
