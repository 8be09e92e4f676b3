"""Turns a demand table into a regular panel: one row per item-location, one column per known bucket.

It neither smooths nor forecasts; what is unknown or hidden by a stock-out stays visible as such.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.patterns import buckets
from bot.patterns.buckets import Days
from bot.patterns.censoring import uncensor

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LONGEST_BUCKET = 31  # days


@dataclass(frozen=True, slots=True)
class DemandPanel:
    """Regular history of n item-locations over T known buckets.

    `keys`: item, location in row order. `values` [n, T] float32, base units; NaN = before the first row,
    unknown, or hidden by a stock-out. `share` [n, T] or None: share of the bucket in stock. `starts` [T]:
    first day of each bucket. `next_start`: first day of the bucket that contains `as_of`, which is the
    first forecast bucket. `first` [n]: index of the first bucket (T = no history). `one_off` [n]: total of
    the one-off demand that was kept out. `price`, `promotion` [n, T] float32 or None. `uncensored` [n] or None: mean
    per bucket with the demand behind stock-outs, NaN where none hid any.
    """

    keys: pd.DataFrame
    values: Floats
    share: Floats | None
    starts: Days
    freq: str
    as_of: np.datetime64
    next_start: np.datetime64
    first: Ints
    one_off: Floats
    price: Floats | None = None
    promotion: Floats | None = None
    uncensored: Floats | None = None

    @property
    def n(self) -> int:
        """Number of item-locations."""
        return int(self.values.shape[0])

    @property
    def periods(self) -> int:
        """Number of known buckets."""
        return int(self.values.shape[1])

    @property
    def bucket_days(self) -> float:
        """Calendar days of an average bucket."""
        return buckets.DAYS_PER[self.freq]

    @property
    def censored(self) -> Bools:
        """Which buckets were not in stock throughout."""
        return np.zeros(self.values.shape, dtype=np.bool_) if self.share is None else self.share < 1.0

    def until(self, origin: int) -> "DemandPanel":
        """Return the panel as it was on the first day of bucket `origin`: its first `origin` buckets."""
        starts = np.append(self.starts, self.next_start)

        def past(table: Floats | None) -> Floats | None:
            return None if table is None else table[:, :origin]

        return replace(
            self,
            values=self.values[:, :origin],
            share=past(self.share),
            starts=self.starts[:origin],
            as_of=starts[origin],
            next_start=starts[origin],
            first=np.minimum(self.first, origin),
            price=past(self.price),
            promotion=past(self.promotion),
        )

    def take(self, rows: npt.NDArray[Any]) -> "DemandPanel":
        """Return the panel of the given row numbers (or mask), in that order."""
        return DemandPanel(
            keys=self.keys.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows].reset_index(drop=True),
            values=self.values[rows],
            share=None if self.share is None else self.share[rows],
            starts=self.starts,
            freq=self.freq,
            as_of=self.as_of,
            next_start=self.next_start,
            first=self.first[rows],
            one_off=self.one_off[rows],
            price=None if self.price is None else self.price[rows],
            promotion=None if self.promotion is None else self.promotion[rows],
            uncensored=None if self.uncensored is None else self.uncensored[rows],
        )


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where every used demand row lands: cell = row * periods + bucket."""

    n: int
    starts: Days
    row: Ints
    bucket: Ints

    @property
    def periods(self) -> int:
        return len(self.starts)

    def total(self, weights: Floats | None, rows: Bools | None = None) -> Floats:
        cell = self.row * self.periods + self.bucket
        if rows is not None:
            cell, weights = cell[rows], None if weights is None else weights[rows]
        flat = np.bincount(cell, weights=weights, minlength=self.n * self.periods)
        return np.asarray(flat, dtype=np.float64).reshape(self.n, self.periods)


def regularise(
    demand: pd.DataFrame, as_of: date, *, freq: str | None = None, index: pd.DataFrame | pd.MultiIndex | None = None
) -> DemandPanel:
    """Return the panel of all buckets that ended before `as_of`.

    `demand` has item, location, date, quantity and optionally kind, in_stock, price, promotion. `index`
    names the item-locations and their order; without it, those of the history, sorted. Returns are
    subtracted (never below 0 in a bucket), one-off rows are kept out, an empty quantity is unknown.
    Raises ValueError for an unknown `freq`.
    """
    if freq not in {None, "D", "W", "M"}:
        raise ValueError(f"freq must be D, W or M, not {freq!r}")
    day = buckets.as_day(as_of)
    dates = _dates(demand["date"])
    past = dates < day
    source = buckets.infer_freq(dates[past])
    target = freq or source
    anchor = buckets.week_anchor(dates[past])
    row, keys = _rows(demand, past, index)
    used = past & (row >= 0)
    bucket = buckets.ordinal(dates, target, anchor)
    next_bucket = int(buckets.ordinal(np.asarray([day]), target, anchor)[0])
    used &= bucket < next_bucket
    start = int(bucket[used].min()) if bool(used.any()) else next_bucket
    starts = buckets.first_days(np.arange(start, next_bucket, dtype=np.int64), target, anchor)
    grid = _Grid(len(keys), starts, row[used], bucket[used] - start)
    rows = demand if bool(used.all()) else demand.loc[used]
    per_bucket = max(buckets.DAYS_PER[target] / buckets.DAYS_PER[source], 1.0)  # dates that a whole bucket holds
    partial = _partial(grid, dates[used]) if per_bucket > 1.0 and _several(dates[past]) else None
    bounds = (day, buckets.first_days(np.asarray([next_bucket]), target, anchor)[0])
    return _panel(grid, rows, keys, target, bounds, per_bucket, partial)


def _several(dates: Days) -> bool:
    """Whether there is more than one date; a single one does not tell how fine the history is."""
    return len(dates) > 1 and bool(dates.min() < dates.max())


def _partial(grid: _Grid, dates: Days) -> Bools:
    """Which series begin inside their first bucket, so that it holds less than a whole one, [n].

    Where that bucket is the only one it stands: a low figure says more than none.
    """
    begins = np.full(grid.n, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(begins, grid.row, dates.astype(np.int64))
    first = np.full(grid.n, grid.periods, dtype=np.int64)
    np.minimum.at(first, grid.row, grid.bucket)
    known = first < grid.periods - 1
    inside = np.zeros(grid.n, dtype=np.bool_)
    inside[known] = begins[known] > grid.starts[first[known]].astype(np.int64)
    return inside


def _panel(
    grid: _Grid,
    rows: pd.DataFrame,
    keys: pd.DataFrame,
    freq: str,
    days: tuple[np.datetime64, np.datetime64],
    per_bucket: float,
    partial: Bools | None,
) -> DemandPanel:
    """Fill the grid: signed sums, unknown and hidden buckets, side series; a `partial` first bucket is unknown."""
    quantity = rows["quantity"].to_numpy(dtype=np.float64, na_value=np.nan)
    kind = rows["kind"].astype("category") if "kind" in rows else None
    unknown = np.isnan(quantity)
    one_off = _is(kind, "one_off", len(rows))
    signed = np.where(unknown | one_off, 0.0, np.where(_is(kind, "return", len(rows)), -quantity, quantity))
    first = np.full(grid.n, grid.periods, dtype=np.int64)
    np.minimum.at(first, grid.row, grid.bucket)
    share = _share(grid, rows, unknown, per_bucket)
    values = np.maximum(grid.total(signed), 0.0).astype(np.float32)
    values[np.arange(grid.periods)[None, :] < first[:, None]] = np.nan
    if partial is not None:
        values[partial, first[partial]] = np.nan
    level = None if share is None else uncensor(values, share)
    extra = np.bincount(grid.row, weights=np.where(one_off & ~unknown, quantity, 0.0), minlength=grid.n)
    return DemandPanel(
        keys=keys,
        values=values,
        share=share,
        starts=grid.starts,
        freq=freq,
        as_of=days[0],
        next_start=days[1],
        first=first,
        one_off=np.asarray(extra, dtype=np.float64),
        price=_average(grid, rows, "price"),
        promotion=_average(grid, rows, "promotion"),
        uncensored=level,
    )


def _share(grid: _Grid, rows: pd.DataFrame, unknown: Bools, per_bucket: float) -> Floats | None:
    """Share of each bucket in stock; None when nothing says otherwise; unknown quantities count as out.

    Rows of one date tell of the same stock, so the least of their shares holds; those of several dates add up.
    """
    missing = unknown.astype(np.float64)
    if "in_stock" in rows:
        stated = rows["in_stock"].to_numpy(dtype=np.float64, na_value=np.nan)
        missing = np.where(unknown, 1.0, 1.0 - np.clip(np.nan_to_num(stated, nan=1.0), 0.0, 1.0))
    some = missing > 0.0
    if not bool(some.any()):
        return None
    dates = _dates(rows["date"][some])
    cell = grid.row[some] * grid.periods + grid.bucket[some]
    place = cell * LONGEST_BUCKET + (dates - grid.starts[grid.bucket[some]]).astype(np.int64)
    order = np.argsort(place, kind="stable")
    heads = np.flatnonzero(np.diff(place[order], prepend=-1))
    worst = np.maximum.reduceat(missing[some][order], heads)
    out = np.bincount(cell[order][heads], weights=worst, minlength=grid.n * grid.periods)
    share = 1.0 - out.reshape(grid.n, grid.periods) / per_bucket
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def _average(grid: _Grid, rows: pd.DataFrame, name: str) -> Floats | None:
    """Mean of a side column per bucket, NaN where no row gave one; None without the column."""
    if name not in rows:
        return None
    value = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    given = ~np.isnan(value)
    if not bool(given.any()):
        return None
    count = grid.total(None, given)
    total = grid.total(value, given)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0).astype(np.float32)


def _is(kind: "pd.Series[Any] | None", word: str, n: int) -> Bools:
    """Which rows have the given kind."""
    if kind is None:
        return np.zeros(n, dtype=np.bool_)
    codes, names = kind.cat.codes.to_numpy(), list(kind.cat.categories)
    return codes == names.index(word) if word in names else np.zeros(n, dtype=np.bool_)


def _dates(column: "pd.Series[Any]") -> Days:
    """Days of a date column, whatever its resolution."""
    return pd.to_datetime(column).to_numpy().astype("datetime64[D]")


def _rows(demand: pd.DataFrame, past: Bools, index: pd.DataFrame | pd.MultiIndex | None) -> tuple[Ints, pd.DataFrame]:
    """Row number of every demand row (-1 = not planned) and the keys in row order."""
    item, location = demand["item"].astype("category"), demand["location"].astype("category")
    width = max(len(location.cat.categories), 1)
    code = item.cat.codes.to_numpy().astype(np.int64) * width + location.cat.codes.to_numpy()
    if index is not None:
        keys = (index.to_frame(index=False) if isinstance(index, pd.MultiIndex) else index)[["item", "location"]]
        keys = keys.reset_index(drop=True).astype({"item": "category", "location": "category"})
        i = item.cat.categories.get_indexer(pd.Index(keys["item"].astype(object)))
        j = location.cat.categories.get_indexer(pd.Index(keys["location"].astype(object)))
        wanted = np.where((i >= 0) & (j >= 0), i.astype(np.int64) * width + j, -1)
        order = np.argsort(wanted, kind="stable")
        place = np.searchsorted(wanted[order], code)
        place = np.minimum(place, max(len(order) - 1, 0))
        hit = (wanted[order][place] == code) & (code >= 0) if len(order) else np.zeros(len(code), dtype=np.bool_)
        return np.where(hit, order[place] if len(order) else -1, -1), keys
    found = np.sort(pd.unique(code[past]))
    keys = pd.DataFrame(
        {
            "item": pd.Categorical.from_codes(found // width, item.cat.categories),
            "location": pd.Categorical.from_codes(found % width, location.cat.categories),
        }
    )
    place = np.minimum(np.searchsorted(found, code), max(len(found) - 1, 0))
    return np.where(found[place] == code, place, -1) if len(found) else np.full(len(code), -1, dtype=np.int64), keys
