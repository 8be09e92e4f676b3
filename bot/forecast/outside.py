"""What a company knows from outside, as tables: made into what trees read, for any rows of a panel.

It forecasts nothing. Nothing that came out on the planning day or later gets in, and no past origin sees more than
it could know.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.exogenous import HOLIDAYS, PRICE, PROMOTION, Dated, Dense, Exogenous, Source, observed, of_table
from bot.patterns import buckets
from bot.patterns.buckets import Days
from bot.patterns.demand import DemandPanel

Floats = npt.NDArray[np.floating[Any]]
_KEY = ("name", "date", "item", "location", "category")
_UNSAID = {
    PRICE: np.nan,
    PROMOTION: 0.0,
}  # a promotion that nobody announced is none, a price that nobody said is unknown


@dataclass(frozen=True, slots=True)
class Outside:
    """`signals`: name, date, value, available_on and item, location, category where a row is bound to some.

    `closed`: location and date of days on which nobody works, known for all time. `categories` [n]: a text per row
    of the panel, '' = none. None = there is nothing of the kind.
    """

    signals: pd.DataFrame | None = None
    closed: pd.DataFrame | None = None
    categories: npt.NDArray[Any] | None = None

    def take(self, rows: npt.NDArray[Any]) -> "Outside":
        """The same for the given rows of the panel."""
        return replace(self, categories=None if self.categories is None else self.categories[rows])

    def exogenous(self, panel: DemandPanel, periods: int) -> Exogenous:
        """Sources that reach `periods` buckets beyond `panel`, whose rows are those of this; row order is its own.

        Announced prices and promotions go before those that the history shows.
        """
        came = {source.driver: source for source in observed(panel, periods) if isinstance(source, Dense)}
        sources: list[Source] = list(_closed(panel, periods, self.closed))
        for told in _told(panel, periods, self.signals, self.categories):
            shown = came.pop(told.driver, None) if told.name in _UNSAID else None
            sources.append(_planned(told, shown, panel.periods) if told.name in _UNSAID else told)
        codes = None
        if self.categories is not None:
            codes = np.unique(self.categories.astype(str), return_inverse=True)[1].astype(np.int64)
        return Exogenous((*sources, *came.values()), codes)


@dataclass(frozen=True, slots=True)
class Planned:
    """Implements `Source`: values as `told`, in buckets that nobody told of as they `came` (known when `over`).

    `free` buckets are known as they came at every origin: where plans are told ahead, they were made before too, and
    what the company keeps no plan of counts as planned. What is left has the value `unsaid`.
    """

    told: Dated
    came: Floats
    over: Days
    free: npt.NDArray[np.bool_]
    unsaid: float

    @property
    def name(self) -> str:
        """See `Source`."""
        return self.told.name

    @property
    def driver(self) -> str:
        """See `Source`."""
        return self.told.driver

    def known(self, day: np.datetime64) -> Floats:
        """See `Source`."""
        told = self.told.known(day)
        came = np.where(self.free | (self.over < day), self.came, np.nan)
        both = np.where(np.isfinite(told), told, came)
        return np.where(np.isfinite(both), both, self.unsaid)


def published(signals: pd.DataFrame, panel: DemandPanel) -> pd.DataFrame:
    """Signals that came out before the panel's day; of what came out in the running bucket the newest counts.

    The running bucket began before the day, and origins are bucket starts: such rows are dated back to its eve.
    """
    out = pd.to_datetime(signals["available_on"]).to_numpy().astype("datetime64[D]")
    seen = signals[out < panel.as_of].assign(available_on=out[out < panel.as_of])
    eve = panel.next_start - np.timedelta64(1, "D")
    late = (seen["available_on"] >= eve).to_numpy()
    key = [name for name in _KEY if name in seen]
    newest = seen[late].sort_values(["available_on", "value"], kind="stable").drop_duplicates(key, keep="last")
    return pd.concat([seen[~late], newest.assign(available_on=eve)], ignore_index=True)


def _told(
    panel: DemandPanel, periods: int, signals: pd.DataFrame | None, categories: npt.NDArray[Any] | None
) -> list[Dated]:
    if signals is None or signals.empty:
        return []
    usable = published(signals, panel)
    return [each for each in of_table(panel, periods, usable, categories) if isinstance(each, Dated)]


def _planned(told: Dated, shown: Dense | None, periods: int) -> Planned:
    """Plans with the history's own values beneath them."""
    width = told.shape[1]
    came = np.full((1, width), np.nan) if shown is None else shown.table
    over = None if shown is None else shown.available
    named = np.isfinite(told.known(told.available.max() + np.timedelta64(1, "D")))
    ahead = bool(named[:, periods:].any())
    never = np.full(width, np.datetime64("NaT"), dtype="datetime64[D]")
    return Planned(told, came, never if over is None else over, ahead & ~named, _UNSAID[told.name])


def _closed(panel: DemandPanel, periods: int, closed: pd.DataFrame | None) -> tuple[Source, ...]:
    """Share of each bucket's days on which the row's location is closed."""
    if closed is None or closed.empty or not panel.periods:
        return ()
    width = panel.periods + periods
    edges = buckets.bucket_range(panel.starts[0], width + 1, panel.freq)
    names = np.unique(panel.keys["location"].astype(str))
    here = closed.drop_duplicates(["location", "date"])
    date = pd.to_datetime(here["date"]).to_numpy().astype("datetime64[D]")
    place = pd.Index(names).get_indexer(pd.Index(here["location"].astype(str)))
    used = (date >= edges[0]) & (date < edges[-1]) & (place >= 0)
    if not used.any():
        return ()
    cell = place[used] * width + np.searchsorted(edges, date[used], side="right") - 1
    days = np.bincount(cell, minlength=len(names) * width).reshape(len(names), width)
    row = pd.Index(names).get_indexer(pd.Index(panel.keys["location"].astype(str)))
    return (Dense("closed days", HOLIDAYS, (days / np.diff(edges).astype(np.float64))[row]),)
