"""Features of a whole panel at one origin: what trees may know on that morning, every series on its own scale.

It trains nothing. Nothing after the origin is looked at, save what was known ahead.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.exogenous import HOLIDAYS, PRICE, PROMOTION, SIGNALS, Exogenous, Source
from bot.patterns import buckets
from bot.patterns.buckets import Days

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
Pair = tuple[int, int]
Columns = dict[tuple[str, str], Floats]  # by name and driver

LEVEL, RECENT, SEASON, STOCK_OUTS, ATTRIBUTES = "level", "recent", "season", "stock_outs", "attributes"
DRIVERS = (LEVEL, RECENT, SEASON, HOLIDAYS, PRICE, PROMOTION, SIGNALS, STOCK_OUTS, ATTRIBUTES)
LEVEL_DAYS = {"D": 90.0, "W": 182.0, "M": 365.0}  # half-life of the level that a series is scaled by
_WINDOWS = {"D": (7, 28), "W": (4, 13), "M": (3, 6)}
_YEAR = {"D": 364, "W": 52, "M": 12}
_AROUND = {"D": 3, "W": 1, "M": 0}
_LAGS = {"D": (1, 2, 3, 7, 14, 28), "W": (1, 2, 3, 4), "M": (1, 2, 3)}
_FLOOR = 0.1  # of the whole history's mean: the least scale of a series that faded
_YEARS_FOR_LAST_YEAR = 2.0
_YEARS_FOR_CALENDAR = 3.0
_LARGEST = 1e30  # of a feature; the trees take no infinity


@dataclass(frozen=True, slots=True)
class History:
    """Running totals of a panel [n, T + 1]; a difference of two columns looks at the buckets between, and no other.

    `order` [n] is the canonical order of the rows, in which everything pooled is added up.
    """

    values: Floats
    known: Floats
    total: Floats
    squares: Floats
    sold: Floats
    starts: Days
    freq: str
    order: Ints
    group: Ints

    @classmethod
    def of(cls, values: Floats, starts: Days, freq: str, order: Ints, group: Ints | None = None) -> "History":
        """Prepare `values` [n, T] (NaN = unknown) whose buckets and those ahead begin on `starts` [T + P]."""
        y = values.astype(np.float64)
        mask = ~np.isnan(y)
        y = np.where(mask, y, 0.0)
        one = np.zeros(len(values), dtype=np.int64)
        return cls(
            values,
            _run(mask),
            _run(y),
            _run(y * y),
            _run(y > 0.0),
            starts,
            freq,
            order,
            one if group is None else group,
        )

    @property
    def periods(self) -> int:
        """Number of known buckets."""
        return int(self.values.shape[1])

    def mean(self, begin: int, end: int) -> Floats:
        """Mean of the known buckets from `begin` to before `end` [n]; NaN where none is known."""
        return _over(_part(self.total, begin, end), _part(self.known, begin, end))


@dataclass(frozen=True, slots=True)
class Table:
    """Features [rows, F] with their names, drivers and the scale [rows] by which demand was divided."""

    data: Floats
    names: tuple[str, ...]
    drivers: tuple[str, ...]
    scale: Floats


def scales(history: History, origins: list[int]) -> dict[int, Floats]:
    """Level [n] of every series at the given origins: an exponential mean of the known buckets, with a floor."""
    fade = 0.5 ** (buckets.DAYS_PER[history.freq] / LEVEL_DAYS[history.freq])
    return {
        origin: _settled(recent, history, origin)
        for origin, recent in zip(sorted(origins), _fading(history, sorted(origins), fade), strict=True)
    }


def _settled(recent: Floats, history: History, origin: int) -> Floats:
    """The level; of a faded series a tenth of its old mean; 0 where nothing was ever sold."""
    return np.asarray(np.maximum(recent, _FLOOR * np.nan_to_num(history.mean(0, origin))))


def _fading(history: History, origins: list[int], fade: float) -> list[Floats]:
    """Exponential means of the known buckets at the sorted origins, bucket by bucket."""
    top, mass = np.zeros(len(history.values)), np.zeros(len(history.values))
    out, done = [], 0
    for origin in origins:
        for t in range(done, origin):
            known = np.isfinite(history.values[:, t])
            top = top * np.where(known, fade, 1.0) + np.where(known, history.values[:, t], 0.0)
            mass = mass * np.where(known, fade, 1.0) + known
        done = origin
        out.append(np.nan_to_num(_over(top, mass)))
    return out


class Panel:
    """Features of one panel at any origin; blocks of buckets ahead are pairs of first step and end."""

    def __init__(self, history: History, exogenous: Exogenous) -> None:
        self.history, self.exogenous = history, exogenous
        self._at: tuple[int, Floats] | None = None
        self._own: Columns = {}
        self._known: list[Floats] = []

    def at(self, origin: int, blocks: list[Pair], scale: Floats, rows: Ints | None = None) -> list[Table]:
        """One table [rows, F] per block, as of the morning of bucket `origin`."""
        wanted = np.arange(len(self.history.values)) if rows is None else rows
        self._look(origin, scale)
        fixed = {key: column[wanted] for key, column in self._own.items()}
        return [self._table(origin, block, fixed, wanted, scale[wanted]) for block in blocks]

    def _look(self, origin: int, scale: Floats) -> None:
        """Prepare what all blocks of an origin share; the last origin is kept."""
        if self._at is not None and self._at[0] == origin and self._at[1] is scale:
            return
        safe = np.where(scale > 0.0, scale, 1.0)
        self._own = {**_own(self.history, origin, safe), **_attributes(self.history, origin)}
        self._known = [source.known(self.history.starts[origin]) for source in self.exogenous.sources]
        self._at = (origin, scale)

    def _table(self, origin: int, block: Pair, fixed: Columns, rows: Ints, scale: Floats) -> Table:
        ahead = _ahead(self.history, origin, block)
        for number, (source, table) in enumerate(zip(self.exogenous.sources, self._known, strict=True)):
            ahead.update(_outside(source, number, table, origin, block))
        moving = {
            key: column[rows] if len(column) > 1 else np.broadcast_to(column, (len(rows),))
            for key, column in ahead.items()
        }
        columns = {**fixed, **moving}
        names, drivers = zip(*columns, strict=True)
        data = np.clip(np.column_stack(list(columns.values())), -_LARGEST, _LARGEST)
        return Table(data, names, drivers, scale)


def _own(history: History, origin: int, scale: Floats) -> Columns:
    """A series' own past: lags, moving means and spreads, gaps, age, how long it was out of stock."""
    out: Columns = {("scale", LEVEL): np.log(scale)}
    middle, long = _WINDOWS[history.freq]
    year = _YEAR[history.freq]
    for lag in _LAGS[history.freq]:
        column = history.values[:, origin - lag] / scale if lag <= origin else np.full(len(scale), np.nan)
        out[f"lag {lag}", RECENT] = column.astype(np.float64)
    for window in (middle, long, 2 * long, year):
        begin = max(0, origin - window)
        out[f"mean {window}", RECENT] = history.mean(begin, origin) / scale
    for window in (long, year):
        begin = max(0, origin - window)
        mean, square = (
            history.mean(begin, origin),
            _over(_part(history.squares, begin, origin), _part(history.known, begin, origin)),
        )
        out[f"sd {window}", RECENT] = np.sqrt(np.maximum(square - mean * mean, 0.0)) / scale
        out[f"sold {window}", RECENT] = _over(_part(history.sold, begin, origin), _part(history.known, begin, origin))
    out["since sale", RECENT] = _since(history.sold, origin)
    out["age", LEVEL] = origin - _first(history.known, origin)
    out["out of stock", STOCK_OUTS] = _since(history.known, origin)
    begin = max(0, origin - long)
    out["in stock", STOCK_OUTS] = _part(history.known, begin, origin) / max(origin - begin, 1)
    return out


def _attributes(history: History, origin: int) -> Columns:
    """The category and where it as a whole is going."""
    middle, _ = _WINDOWS[history.freq]
    if not len(history.group):
        return {}
    recent = _pooled(history, max(0, origin - middle), origin)
    before = _pooled(history, max(0, origin - _YEAR[history.freq] // 2), origin)
    groups = int(history.group.max()) + 1
    trend = _over(recent, before)[history.group]
    out: Columns = {("group trend", ATTRIBUTES): trend}
    if groups > 1:
        out["category", ATTRIBUTES] = history.group.astype(np.float64)
    return out


def _ahead(history: History, origin: int, block: Pair) -> Columns:
    """What the calendar says of the buckets ahead, and what the same buckets brought a year ago."""
    begin, end = origin + block[0], origin + block[1]
    starts = history.starts[begin:end]
    out: Columns = {("step", RECENT): np.asarray([0.5 * (block[0] + block[1] - 1)])}
    year = _YEAR[history.freq]
    if history.freq == "D" and len(starts) == 1:
        out["weekday", SEASON] = buckets.weekday(starts).astype(np.float64)
    if history.periods >= _YEARS_FOR_CALENDAR * year:  # of fewer the calendar says no more than that time passes
        phase = 2.0 * np.pi * (starts - starts.astype("datetime64[Y]")).astype(np.float64) / 365.25
        out["year sine", SEASON] = np.asarray([np.sin(phase).mean()])
        out["year cosine", SEASON] = np.asarray([np.cos(phase).mean()])
    if history.periods < _YEARS_FOR_LAST_YEAR * year:
        return out
    around = _AROUND[history.freq]
    low, high = begin - year - around, min(end - year + around, origin)
    base = max(0, origin - year)
    out["a year ago", SEASON] = _over(history.mean(max(low, 0), high), history.mean(base, origin))
    same, usual = (
        _pooled(history, max(low, 0), high),
        _pooled(history, max(low - year // 2, 0), min(high + year // 2, origin)),
    )
    out["group a year ago", SEASON] = _over(same, usual)[history.group]
    return out


def _outside(source: Source, number: int, table: Floats, origin: int, block: Pair) -> Columns:
    """One source from outside: what is known of the buckets ahead, and against what it was."""
    name, driver = f"{source.driver} {number}", source.driver
    ahead = _mean(table[:, origin + block[0] : origin + block[1]])
    if driver == HOLIDAYS:
        return {(name, driver): ahead}
    past = table[:, :origin]
    usual, last = _mean(past), _last(past)
    out: Columns = {}
    if driver == PRICE:
        out[f"{name} ahead to usual", driver] = _over(ahead, usual)
        out[f"{name} ahead to last", driver] = _over(ahead, last)
        out[f"{name} last to usual", driver] = _over(last, usual)
        return out
    out[f"{name} ahead", driver] = ahead
    out[f"{name} last", driver] = last
    out[f"{name} usual", driver] = usual
    return out


def _pooled(history: History, begin: int, end: int) -> Floats:
    """Mean per known bucket of every group, added up in canonical order [groups]."""
    order = history.order
    if end <= begin:
        return np.full(int(history.group.max(initial=0)) + 1, np.nan)
    group = history.group[order]
    total = np.bincount(group, weights=_part(history.total, begin, end)[order])
    return _over(total, np.bincount(group, weights=_part(history.known, begin, end)[order]))


def _run(table: Any) -> Floats:
    """Running totals with a leading zero, time along the columns."""
    return np.concatenate([np.zeros((len(table), 1)), np.cumsum(table, axis=1, dtype=np.float64)], axis=1)


def _part(running: Floats, begin: int, end: int) -> Floats:
    return np.asarray(np.maximum(running[:, end] - running[:, min(begin, end)], 0.0))


def _over(top: npt.NDArray[Any], bottom: npt.NDArray[Any]) -> Floats:
    """Divide; NaN where there is nothing to divide by."""
    wide = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    return np.asarray(np.divide(top, bottom, out=np.full(wide, np.nan), where=np.asarray(bottom) > 0.0))


def _since(running: Floats, origin: int) -> Floats:
    """Buckets since the running total last rose; the whole past where it never did."""
    rises = running[:, 1 : origin + 1] > running[:, :origin]
    back = np.argmax(rises[:, ::-1], axis=1)
    return np.where(rises.any(axis=1), back, origin).astype(np.float64)


def _first(running: Floats, origin: int) -> Floats:
    """Number of the first known bucket; the origin where there is none."""
    rises = running[:, 1 : origin + 1] > 0.0
    return np.where(rises.any(axis=1), np.argmax(rises, axis=1), origin).astype(np.float64)


def _mean(table: Floats) -> Floats:
    """Mean of what is known in each row; NaN where nothing is."""
    known = np.isfinite(table)
    return _over(np.where(known, table, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))


def _last(table: Floats) -> Floats:
    """The newest known value of each row; NaN where there is none."""
    known = np.isfinite(table)
    if not table.shape[1]:
        return np.full(len(table), np.nan)
    place = table.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), table[np.arange(len(table)), place], np.nan)
