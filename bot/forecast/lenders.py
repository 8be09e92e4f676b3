"""What settled item-locations lend to young ones of the same attributes: level, spread, hand-over to own history.

It is learned once from a panel or from a sample picked by hash; `bot.forecast.coldstart` applies it row by row.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from bot.forecast.fit import PowerLaw, power_law
from bot.forecast.launches import AGES, Handover, Launches, handover, launches
from bot.forecast.moments import Floats, Moments, decay_weights, weigh
from bot.patterns import buckets

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[Any]

SETTLED = 13.0  # known steps (buckets, of daily history weeks) from which an item-location lends
FEWEST = 5  # settled item-locations that make a group worth naming
BANDS = 128  # price bands, octaves of unit cost
TILT = 2.0  # largest factor, in logs, that a spread may lie off the law
_PRIOR_ITEMS = 5.0  # settled item-locations that the wider group is worth to a narrower one
_PRIOR_SCATTER = 10.0  # the same for the scatter of levels inside a group
_CLIP = 3.0  # robust deviations beyond which a level counts as that far
_SCATTER = (0.05, 6.0)  # variance of log levels inside a group that is believed
_LEAST_LEVEL = 1e-9
_HALF_LIFE = 240.0  # days, of the levels that are lent
_BETWEEN = "\x1f"
_LEAST_COST = 2.0**-32


@dataclass(frozen=True, slots=True)
class Groups:
    """Attributes of n item-locations: names of `place` and `category` (empty = unknown), price `band` (-1 = unknown).

    `marks` [n]: hash of the keys; everything pooled is added up in its order, so that row order plays no part.
    """

    marks: npt.NDArray[Any]
    place: Names
    category: Names
    band: Ints

    @classmethod
    def of(cls, keys: pd.DataFrame, category: Any = None, unit_cost: Floats | None = None) -> "Groups":
        """Attributes of the item-locations `keys` (item, location)."""
        marks = pd.util.hash_pandas_object(keys[["item", "location"]].astype(str), index=False).to_numpy(
            dtype=np.uint64
        )
        place = keys["location"].astype(str).to_numpy(dtype=object)
        named = pd.Series(category if category is not None else np.full(len(keys), ""), dtype=object)
        names = named.where(named.notna(), "").astype(str).to_numpy(dtype=object)
        cost = np.zeros(len(keys)) if unit_cost is None else np.nan_to_num(np.asarray(unit_cost, dtype=np.float64))
        octave = np.floor(np.log2(np.clip(cost, _LEAST_COST, 2.0**90))) + 32.0
        band = np.where(cost > 0.0, octave, -1.0).astype(np.int64)
        return cls(marks, place, names, band)

    def take(self, rows: npt.NDArray[Any]) -> "Groups":
        """The attributes of the given rows."""
        return Groups(self.marks[rows], self.place[rows], self.category[rows], self.band[rows])

    def levels(self) -> list[tuple[Names, Bools]]:
        """Names [n] of the groups from wide to narrow and who has the attribute; the first is everybody."""
        place, category = (pd.Series(names, dtype="str") for names in (self.place, self.category))
        everybody = np.ones(len(place), dtype=np.bool_)
        known = np.asarray(category != "", dtype=np.bool_)
        both = place + _BETWEEN + category
        fine = both + _BETWEEN + pd.Series(self.band).astype(str)
        names = (pd.Series("", index=place.index, dtype="str"), place, category, both, fine)
        owners = (everybody, everybody, known, known, self.band >= 0)
        return [(name.to_numpy(dtype=object), own) for name, own in zip(names, owners, strict=True)]


@dataclass(frozen=True, slots=True)
class _Table:
    """By group of one kind: what it adds to log level, to the tilt and to the scatter, and how many lent."""

    names: pd.Index
    level: Floats
    tilt: Floats
    scatter: Floats
    items: Ints

    def of(self, names: Names, owns: Bools) -> tuple[Ints, Bools]:
        """Row of the table of every name, and whether there is one."""
        row = self.names.get_indexer(pd.Index(names, dtype="object"))
        return np.maximum(row, 0).astype(np.int64), owns & (row >= 0)


@dataclass(frozen=True, slots=True)
class Lenders:
    """What settled item-locations lend: `tables` from wide to narrow, the law of spread, the hand-over to own history.

    `scatter` is the variance of log levels over everybody, `noise` the squared relative deviation inside groups, `top`
    the largest level that lent, `step` the buckets of a step.
    """

    tables: tuple[_Table, ...]
    law: PowerLaw
    passed: Handover
    scatter: float
    noise: float
    top: float
    step: int


@dataclass(frozen=True, slots=True)
class Pool:
    """What its groups say about a row, each [n].

    Log `level`, `scatter` of log levels inside the group, `tilt` = log of the group's spread over the panel's power
    law; `items` that lent in the narrowest group with enough of them, and its `depth`.
    """

    level: Floats
    scatter: Floats
    tilt: Floats
    items: Ints
    depth: Ints


def lend(values: Floats, first: Ints, groups: Groups, freq: str) -> Lenders | None:
    """Learn from a panel, or from a sample picked by the hash of the keys, what young item-locations may borrow.

    `values` [n, T] and `first` [n] as in the panel; None where too few are settled.
    """
    step = max(1, round(7.0 / buckets.DAYS_PER[freq]))
    weights = decay_weights(values.shape[1], _HALF_LIFE / buckets.DAYS_PER[freq])
    return lenders_of(weigh(values, weights), groups, launches(values, first, groups.marks, step))


def lenders_of(moments: Moments, groups: Groups, past: Launches) -> Lenders | None:
    """What rows with these moments lend; `past` are the launches among them."""
    order = np.argsort(groups.marks, kind="stable")
    rows = order[((moments.known >= SETTLED * past.step) & sound(moments))[order]]
    if len(rows) < FEWEST:
        return None
    law = power_law(moments.take(rows))
    tables, scatter = _tables(moments.take(rows), [(names[rows], owns[rows]) for names, owns in groups.levels()], law)
    top = float(moments.level[rows].max())
    nothing = np.zeros(AGES)
    lenders = Lenders(tables, law, Handover(nothing, nothing, nothing), scatter, 1.0, top, past.step)
    pool = pool_of(lenders, groups)
    noise = float(relative(np.full(1, pool.scatter[rows].mean()))[0])
    return replace(lenders, passed=handover(past, pool.level[past.rows], noise, law), noise=noise)


def sound(moments: Moments) -> Bools:
    """Which rows have a level and a spread that a logarithm can be taken of."""
    level, spread = moments.level, moments.spread
    finite = np.isfinite(level) & np.isfinite(spread)
    return np.asarray(finite & (level > _LEAST_LEVEL) & (spread > _LEAST_LEVEL))


def _tables(lent: Moments, levels: list[tuple[Names, Bools]], law: PowerLaw) -> tuple[tuple[_Table, ...], float]:
    """Every narrower group adds what it differs by from the wider ones, shrunk by its size; rows in canonical order."""
    level: Floats = np.log(lent.level)
    middle = np.median(level)
    far = _CLIP * 1.4826 * max(float(np.median(np.abs(level - middle))), 1.0)
    level = np.clip(level, middle - far, middle + far)
    tilt: Floats = np.clip(np.log(lent.spread) - law.a - law.b * level, -TILT, TILT)
    found = []
    for place, (names, owns) in enumerate(levels):
        code, index = pd.factorize(names[owns])
        prior = _PRIOR_ITEMS if place else 0.0
        added = [_effect(rest[owns], code, len(index), prior) for rest in (level, tilt)]
        level, tilt = (_less(rest, owns, code, effect) for rest, effect in zip((level, tilt), added, strict=True))
        found.append((pd.Index(index, dtype="object"), added, code, owns))
    squares = level**2
    overall = float(np.mean(squares))
    rest: Floats = squares - overall
    tables = []
    for place, (index, added, code, owns) in enumerate(found):
        extra = _effect(rest[owns], code, len(index), _PRIOR_SCATTER) if place else np.zeros(len(index))
        rest = _less(rest, owns, code, extra)
        count = np.bincount(code, minlength=len(index)).astype(np.int64)
        tables.append(_Table(index, added[0], added[1], extra, count))
    return tuple(tables), overall


def _effect(rest: Floats, code: Ints, size: int, prior: float) -> Floats:
    """Shrunk mean of `rest` per group."""
    total, count = np.bincount(code, weights=rest, minlength=size), np.bincount(code, minlength=size)
    return np.asarray(total / np.maximum(count + prior, 1.0))


def _less(rest: Floats, owns: Bools, code: Ints, effect: Floats) -> Floats:
    """What is left of `rest` once its group's effect is taken out."""
    out = rest.copy()
    out[owns] -= effect[code]
    return out


def pool_of(lenders: Lenders, groups: Groups) -> Pool:
    """What the groups of every row say about it; a group that nobody lent in says nothing."""
    n = len(groups.place)
    level, tilt, scatter = np.zeros(n), np.zeros(n), np.full(n, lenders.scatter)
    items, depth = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for place, (table, (names, owns)) in enumerate(zip(lenders.tables, groups.levels(), strict=True)):
        if not len(table.names):
            continue
        row, there = table.of(names, owns)
        level, tilt, scatter = (
            column + np.where(there, effect[row], 0.0)
            for column, effect in ((level, table.level), (tilt, table.tilt), (scatter, table.scatter))
        )
        named = there & (table.items[row] >= FEWEST)
        items, depth = np.where(named, table.items[row], items), np.where(named, place, depth)
    return Pool(level, np.clip(scatter, *_SCATTER), tilt, items, depth)


def relative(scatter: Floats) -> Floats:
    """Squared relative deviation of the gamma law whose logarithm has the given variance.

    By the variance of the logarithm, because a few giants would make the plain one boundless.
    """
    scatter, back = np.unique(scatter, return_inverse=True)  # groups are few, rows many
    shape = 0.5 + 1.0 / scatter
    for _ in range(8):
        slope = special.polygamma(1, shape)
        shape = shape + slope * (1.0 - slope / scatter) / special.polygamma(2, shape)
    return np.asarray((1.0 / shape)[back])
