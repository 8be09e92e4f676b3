"""Sums item-locations to categories and locations, and reconciles forecasts of both so that they add up.

It forecasts neither the items nor the totals, and orders nothing; every sum runs in the order of the keys' hash.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.moments import Floats

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNKNOWN = "unknown"  # what a row without a category belongs to
BOUNDS = (0.5, 2.0)  # most that reconciliation may change the mean of one item-location by
_ROUNDS = 8  # of fixing what met a bound
_STEPS = 400
_EXACT = 1e-24  # squared relative residual at which the solver stops
_LEAST = 1e-12  # demand and variance below it are none


@dataclass(frozen=True, slots=True)
class Tree:
    """Which totals n item-locations belong to: overall, each category, each location, each category at a location.

    `order` [n] is the canonical row order, `cell` [n] the category-location of a row; `category` and `location` [C]
    say what a cell is part of. `names`: category and location of every total ('' = all), overall first, then
    categories, locations and cells.
    """

    order: Ints
    cell: Ints
    category: Ints
    location: Ints
    names: pd.DataFrame

    @classmethod
    def of(cls, keys: pd.DataFrame, category: Any = None) -> "Tree":
        """Totals of the item-locations `keys` (item, location); the unknown `category` [n] is one of its own."""
        marks = pd.util.hash_pandas_object(keys[["item", "location"]].astype(str), index=False).to_numpy()
        kind, kinds = _codes(np.full(len(keys), None) if category is None else category)
        place, places = _codes(keys["location"].astype(str))
        found, cell = np.unique(kind * max(len(places), 1) + place, return_inverse=True)
        kinds_of, places_of = found // max(len(places), 1), found % max(len(places), 1)
        columns = {
            "category": np.concatenate([[""], kinds, np.full(len(places), ""), kinds[kinds_of]]),
            "location": np.concatenate([[""], np.full(len(kinds), ""), places, places[places_of]]),
        }
        order = np.argsort(marks, kind="stable")
        return cls(order, np.asarray(cell, dtype=np.int64), kinds_of, places_of, pd.DataFrame(columns))

    @property
    def kind(self) -> Ints:
        """What every total [m] is of: 0 all, 1 a category, 2 a location, 3 a category at a location."""
        place, category = ((self.names[name] != "").to_numpy() for name in ("location", "category"))
        return np.asarray(category + 2 * place, dtype=np.int64)

    @property
    def cells(self) -> int:
        """Number of categories at locations that have rows."""
        return len(self.category)

    def totals(self, values: Floats) -> Floats:
        """Sums [m] or [m, P] of `values` [n] or [n, P] in the order of `names`."""
        return self.above(self.by_cell(values))

    def by_cell(self, values: Floats) -> Floats:
        """Sums per cell."""
        where, sorted_values = self.cell[self.order], np.asarray(values, dtype=np.float64)[self.order]
        if values.ndim == 1:
            return np.bincount(where, weights=sorted_values, minlength=self.cells).astype(np.float64)
        columns = [np.bincount(where, weights=column, minlength=self.cells) for column in sorted_values.T]
        return np.column_stack(columns) if columns else np.zeros((self.cells, 0))

    def above(self, cells: Floats) -> Floats:
        """Totals from sums per cell."""
        if cells.ndim > 1:
            return np.column_stack([self.above(column) for column in cells.T])
        return np.concatenate([self.shared(cells), cells])

    def shared(self, cells: Floats) -> Floats:
        """Overall, categories and locations from sums per cell [C]."""
        kinds, places = int(self.category.max(initial=-1)) + 1, int(self.location.max(initial=-1)) + 1
        by_kind = np.bincount(self.category, weights=cells, minlength=kinds)
        by_place = np.bincount(self.location, weights=cells, minlength=places)
        return np.concatenate([[cells.sum()], by_kind, by_place])

    def spread_out(self, shared: Floats) -> Floats:
        """What overall, category and location of every cell add up to: the transpose of `shared`."""
        kinds = int(self.category.max(initial=-1)) + 1
        return np.asarray(shared[0] + shared[1 + self.category] + shared[1 + kinds + self.location])


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Means [n] that add up to `totals` [m], `factor` [n] by which they moved, how many met a bound."""

    means: Floats
    totals: Floats
    factor: Floats
    bounded: int


def history_of_totals(values: Floats, tree: Tree) -> Floats:
    """History [m, T] of every total from `values` [n, T]: unknown counts 0 before the first bucket, then the mean."""
    known = ~np.isnan(values)
    begun = np.logical_or.accumulate(known, axis=1)
    count = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1, dtype=np.float64) / np.maximum(count, 1)
    return tree.totals(np.where(known, values, np.where(begun, mean[:, None], 0.0)))


def reconcile(
    means: Floats,
    variances: Floats,
    totals: Floats,
    total_variances: Floats,
    tree: Tree,
    bounds: tuple[float, float] = BOUNDS,
) -> Reconciled:
    """Move item means [n] and totals [m] as little as possible, weighted by variance, until they add up.

    The result is the weighted least squares one as long as no mean meets a bound (a factor of its own); what
    does stays there and the others take over. A mean without variance does not move.
    """
    base = np.maximum(np.where(np.isfinite(means), means, 0.0), 0.0)
    weight = np.where((base > _LEAST) & np.isfinite(variances), np.maximum(variances, 0.0), 0.0)
    believed = np.where(np.isfinite(total_variances), np.maximum(total_variances, _LEAST), np.inf)
    aims = np.where(np.isfinite(totals), totals, 0.0)
    now, free = base.copy(), weight > 0.0
    for _ in range(_ROUNDS):
        moving = np.where(free, weight, 0.0)
        step = _solve(tree, moving, aims - tree.totals(np.where(free, base, now)), believed)
        wished = base + moving * step[tree.cell]
        held = np.clip(wished, bounds[0] * base, bounds[1] * base)
        met = free & (held != wished)
        now = np.where(free, held, now)
        if not bool(met.any()):
            break
        free = free & ~met
    factor = np.divide(now, base, out=np.ones_like(base), where=base > _LEAST)
    return Reconciled(now, tree.totals(now), factor, int(((weight > 0.0) & ~free).sum()))


def _solve(tree: Tree, weight: Floats, gap: Floats, believed: Floats) -> Floats:
    """Multiplier per cell of the weighted least squares problem.

    The cells' own totals are eliminated by hand, which leaves one equation per category and location.
    """
    first = len(gap) - tree.cells
    per_cell = tree.by_cell(weight)
    solid = np.isfinite(believed[first:])
    doubt = np.where(solid, believed[first:], 1.0)
    own = np.where(solid, gap[first:] / (per_cell + doubt), 0.0)
    give = np.where(solid, per_cell * doubt / (per_cell + doubt), per_cell)
    rest = gap[:first] - tree.shared(per_cell * own)
    outer = _conjugate(tree, give, believed[:first], rest)
    lift = tree.spread_out(outer)
    return own + lift * np.divide(give, per_cell, out=np.zeros_like(give), where=per_cell > 0.0)


def _conjugate(tree: Tree, give: Floats, believed: Floats, rest: Floats) -> Floats:
    """Solve (G give G' + believed) x = `rest` by conjugate gradients: the same bits whatever the number of threads."""
    used = np.isfinite(believed)
    ridge = np.where(used, believed, 0.0)
    scale = np.where(used, tree.shared(give) + ridge, 1.0)
    out, left = np.zeros_like(rest), np.where(used, rest, 0.0)
    way = left / scale
    size = begun = float((left * way).sum())
    for _ in range(_STEPS):
        if size <= _EXACT * begun:
            break
        image = np.where(used, tree.shared(give * tree.spread_out(way)) + ridge * way, 0.0)
        length = size / float((way * image).sum())
        out, left = out + length * way, left - length * image
        ahead = left / scale
        before, size = size, float((left * ahead).sum())
        way = ahead + (size / before) * way
    return out


def _codes(labels: Any) -> tuple[Ints, npt.NDArray[Any]]:
    """Codes [n] and sorted names; what has no name is called unknown."""
    text = pd.Series(labels, dtype="object")
    text = text.where(text.notna() & (text.astype(str) != ""), UNKNOWN).astype(str)
    names, codes = np.unique(text.to_numpy(dtype=object), return_inverse=True)
    return np.asarray(codes, dtype=np.int64), names
