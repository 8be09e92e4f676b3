"""What moves demand besides its own past: prices, promotions, holidays and signals, each with the day it was known.

It computes no feature; it answers what could be known of every bucket on the morning of a given day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.patterns import buckets
from bot.patterns.buckets import Days
from bot.patterns.demand import DemandPanel

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
PRICE, PROMOTION, HOLIDAYS, SIGNALS = "price", "promotion", "holidays", "signals"
_EVERYWHERE = -1


class Source(Protocol):
    """One thing that is known from outside; `driver` says under which heading its effect is told."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the class docstring covers it
    @property
    def driver(self) -> str: ...  # noqa: D102

    def known(self, day: np.datetime64) -> Floats:
        """Values [n, T + P] or [1, T + P] per bucket as they could be known on the morning of `day`; else NaN."""
        ...


@dataclass(frozen=True, slots=True)
class Dense:
    """A table of values [n, T + P] or [1, T + P]; `available` [T + P] is the day it came out.

    A value is known from the next morning on. Without `available` everything is known at all times, as a plan of
    prices or a calendar is.
    """

    name: str
    driver: str
    table: Floats
    available: Days | None = None

    def known(self, day: np.datetime64) -> Floats:
        """See `Source`."""
        if self.available is None:
            return self.table
        return np.where(self.available[None, :] < day, self.table, np.nan)


@dataclass(frozen=True, slots=True)
class Dated:
    """Dated values with the day each was published; a later publication for the same date replaces the earlier.

    `row` [m] is a series or -1 for all of them, `date`, `available` [m] are days, `bucket` [m] the place of the date.
    Sorted by row, date and day of publication. A bucket holds the mean of its dates, or with `empty` = 0 the sum
    over its length in `days` [T + P]: what is not named did not happen.
    """

    name: str
    driver: str
    row: Ints
    bucket: Ints
    date: Days
    available: Days
    value: Floats
    shape: tuple[int, int]
    days: Floats | None = None

    def known(self, day: np.datetime64) -> Floats:
        """See `Source`."""
        seen = self.available < day
        row, date = self.row[seen], self.date[seen]
        last = np.ones(len(row), dtype=np.bool_)
        last[:-1] = (row[1:] != row[:-1]) | (date[1:] != date[:-1])
        shared = not bool((self.row != _EVERYWHERE).any())
        n, width = (1 if shared else self.shape[0]), self.shape[1]
        cell = np.maximum(row[last], 0) * width + self.bucket[seen][last]
        total = np.bincount(cell, weights=self.value[seen][last], minlength=n * width).reshape(n, width)
        if self.days is not None:
            return np.asarray(total / self.days)
        count = np.bincount(cell, minlength=n * width).reshape(n, width)
        return np.asarray(np.divide(total, count, out=np.full((n, width), np.nan), where=count > 0))


@dataclass(frozen=True, slots=True)
class Exogenous:
    """Everything from outside about a panel of n series: sources, and a category code [n] or None."""

    sources: tuple[Source, ...] = ()
    category: Ints | None = None

    def take(self, rows: Any) -> "Exogenous":
        """Dense sources and categories of the given rows; dated ones must be built for those rows anew."""
        kept = [
            s if not isinstance(s, Dense) or len(s.table) == 1 else Dense(s.name, s.driver, s.table[rows], s.available)
            for s in self.sources
        ]
        return Exogenous(tuple(kept), None if self.category is None else self.category[rows])


def observed(panel: DemandPanel, periods: int) -> tuple[Source, ...]:
    """Price and promotion as the history shows them: known once their bucket is over, never ahead."""
    ends = buckets.bucket_range(panel.starts[0], panel.periods + periods + 1, panel.freq)[1:] if panel.periods else None
    if ends is None:
        return ()
    over = ends - np.timedelta64(1, "D")
    pairs = ((PRICE, panel.price), (PROMOTION, panel.promotion))
    return tuple(
        Dense(name, name, np.pad(table.astype(np.float64), ((0, 0), (0, periods)), constant_values=np.nan), over)
        for name, table in pairs
        if table is not None
    )


def of_table(
    panel: DemandPanel, periods: int, signals: pd.DataFrame, categories: npt.NDArray[Any] | None = None
) -> tuple[Source, ...]:
    """Sources of a `signals` table: name, date, value, available_on, and item, location, category where it is bound.

    `categories` [n] are the panel's; a row bound to a category counts for all its series. Names other than price,
    promotion and holidays are signals. Holidays that are not named did not happen; other gaps are unknown.
    """
    width = panel.periods + periods
    if signals.empty or not panel.periods:
        return ()
    edges = buckets.bucket_range(panel.starts[0], width + 1, panel.freq)
    rows = _bound(panel, signals, categories)
    date = pd.to_datetime(rows["date"]).to_numpy().astype("datetime64[D]")
    rows = rows.assign(bucket=np.searchsorted(edges, date, side="right") - 1, day=date)
    rows = rows[(date >= edges[0]) & (date < edges[-1]) & rows["value"].notna()]
    days = np.diff(edges).astype(np.float64)
    return tuple(
        _dated(str(name), part, (panel.n, width), days) for name, part in rows.groupby("name", sort=True, observed=True)
    )


def _dated(name: str, part: pd.DataFrame, shape: tuple[int, int], days: Floats) -> Dated:
    known = {"price": PRICE, "promotion": PROMOTION, "holiday": HOLIDAYS, "holidays": HOLIDAYS}
    part = part.assign(available=pd.to_datetime(part["available_on"]).to_numpy().astype("datetime64[D]"))
    part = part.sort_values(["row", "day", "available", "value"], kind="stable")
    driver = known.get(name, SIGNALS)
    return Dated(
        name,
        driver,
        part["row"].to_numpy(dtype=np.int64),
        part["bucket"].to_numpy(dtype=np.int64),
        part["day"].to_numpy().astype("datetime64[D]"),
        part["available"].to_numpy().astype("datetime64[D]"),
        part["value"].to_numpy(dtype=np.float64),
        shape,
        days if driver == HOLIDAYS else None,
    )


def _bound(panel: DemandPanel, signals: pd.DataFrame, categories: npt.NDArray[Any] | None) -> pd.DataFrame:
    """The table with one line per series that it is bound to; -1 = all series. What fits no series is left out."""
    keys = panel.keys.astype(str).assign(row=np.arange(panel.n))
    if categories is not None:
        keys["category"] = np.asarray(categories).astype(str)
    given = {name: signals[name] for name in ("item", "location", "category") if name in signals}
    pattern = pd.DataFrame({name: column.notna() & (column.astype(str) != "") for name, column in given.items()})
    parts = []
    bare = signals[["name", "date", "value", "available_on"]]
    groups: Mapping[Any, Any] = {(): signals.index}
    if given:
        groups = {flags: part.index for flags, part in pattern.groupby(list(given), sort=True)}
    for flags, index in groups.items():
        on = [name for name, bound in zip(given, flags, strict=True) if bound]
        if not on:
            parts.append(bare.loc[index].assign(row=_EVERYWHERE))
        elif set(on) <= set(keys.columns):
            wanted = signals.loc[index, on].astype(str).assign(at=index)
            hit = wanted.merge(keys[[*on, "row"]], on=on)
            parts.append(bare.loc[hit["at"]].assign(row=hit["row"].to_numpy()))
    return _everywhere_or_each(parts, panel.n)


def _everywhere_or_each(parts: list[pd.DataFrame], n: int) -> pd.DataFrame:
    """Join the parts; a name that is bound somewhere is spelled out for every series, so that rows do not mix."""
    if not parts:
        return pd.DataFrame({"name": [], "date": [], "value": [], "available_on": [], "row": []})
    rows = pd.concat(parts, ignore_index=True)
    bound = rows["name"].isin(rows.loc[rows["row"] != _EVERYWHERE, "name"].unique())
    wide = rows[bound & (rows["row"] == _EVERYWHERE)]
    if wide.empty:
        return rows
    spelled = wide.loc[wide.index.repeat(n)].assign(row=np.tile(np.arange(n), len(wide)))
    return pd.concat([rows[~bound | (rows["row"] != _EVERYWHERE)], spelled], ignore_index=True)
