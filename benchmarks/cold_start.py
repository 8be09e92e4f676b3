"""Prints what borrowing from the group is worth to items with a short history; see docs/forecasting.md.

Every origin sees only what was known then: launches after the first 13 weeks, forecast with 0 to 8 known weeks.
Reads RESTOCK_REFERENCE (default ../shared); run it as `python -m benchmarks.cold_start`.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecast import REFERENCE, Floats
from bot.forecast.coldstart import settle_young
from bot.forecast.fit import Spec
from bot.forecast.forecasters import learn, whole_numbers
from bot.forecast.interval import IntervalDemand
from bot.forecast.lenders import Groups, lend
from bot.forecast.model import State
from bot.forecast.season import Season
from bot.patterns.buckets import bucket_range
from bot.patterns.spikes import cap_spikes

AGES = (0, 1, 2, 4, 8)
LEVELS = (0.5, 0.95)
AHEAD, EARLIEST, LATER = 4, 13, 30


def manufacturing() -> tuple[Floats, Any, Floats]:
    folder = REFERENCE / "manufacturing_weekly"
    table = pd.read_csv(folder / "demand_weekly.csv.gz", dtype={"sku": str}).set_index("sku")
    items = pd.read_csv(folder / "items.csv", dtype={"sku": str}).set_index("sku").loc[table.index]
    origin = np.where(items["lead_time_weeks"] > 10, "ASIA", "NL")
    return table.to_numpy(dtype=float), origin, items["cost_price_eur"].to_numpy(dtype=float)


def retail() -> tuple[Floats, Any, Floats]:
    table = pd.read_csv(REFERENCE / "online_retail" / "online_retail.csv.gz", dtype={"StockCode": str})
    good = table["StockCode"].str.fullmatch(r"\d{5}[A-Za-z]*") & (table["Quantity"] > 0) & (table["UnitPrice"] > 0)
    table = table[good]
    week = (pd.to_datetime(table["InvoiceDate"]) - pd.Timestamp("2010-12-01")).dt.days // 7
    matrix = table.assign(week=week).pivot_table(index="StockCode", columns="week", values="Quantity", aggfunc="sum")
    price = table.groupby("StockCode")["UnitPrice"].median().loc[matrix.index]
    return matrix.reindex(columns=range(53)).fillna(0.0).to_numpy(), None, price.to_numpy(dtype=float)


def compare(name: str, values: Floats, category: Any, cost: Floats) -> None:
    """Today's rule and the borrowed one at every origin, by number of known buckets."""
    n, periods = values.shape
    first = np.where((values > 0).any(axis=1), (values > 0).argmax(axis=1), periods)
    history = np.where(np.arange(periods) < first[:, None], np.nan, values)
    groups = Groups.of(pd.DataFrame({"item": np.arange(n).astype(str), "location": "here"}), category, cost)
    new = (first >= EARLIEST) & (first <= periods - LATER)
    scale = 1.0 / np.sqrt(np.maximum(values.mean(axis=1), 0.02))
    scores = {(rule, age): Score() for rule in ("own", "borrowed") for age in AGES}
    for origin in range(EARLIEST, periods - AHEAD):
        state = fitted(history[:, :origin])
        past, begun = cap_spikes(history[:, :origin])[0], np.minimum(first, origin)
        borrowed, _ = settle_young(state, past, begun, groups, lend(past, begun, groups, "W"), never_sold=True)
        came = values[:, origin : origin + AHEAD].sum(axis=1)
        for age in AGES:
            rows = np.flatnonzero(new & (origin - first == age))
            for rule, used in (("own", state), ("borrowed", borrowed)):
                scores[rule, age].add(used.take(rows), came[rows], scale[rows])
    print(
        f"{name}: {int(new.sum())} launches; loss per item-location (demand scaled), WQL in brackets, coverage at 0.95"
    )
    for (rule, age), score in scores.items():
        print(f"  {rule:9s} {age} known buckets: {score}")


def fitted(values: Floats) -> State:
    """The default specification on what is known."""
    capped = cap_spikes(values.astype(np.float32))[0]
    starts = bucket_range(np.datetime64("2012-01-02"), values.shape[1], "W")
    season = Season("W", np.zeros(len(values), dtype=np.int64))
    return learn(Spec(half_life=240.0), capped, starts, season, whole_numbers(capped), (1.3, 2.0))


class Score:
    """Pinball losses of the next sum at both levels, plain and per root of the item's demand."""

    def __init__(self) -> None:
        self.plain, self.scaled = np.zeros(2), np.zeros(2)
        self.demand, self.covered, self.count = 0.0, 0.0, 0

    def add(self, state: State, came: Floats, scale: Floats) -> None:
        """Set the forecast of `state` against what came."""
        mean, variance = state.sums(np.full((len(came), 1), float(AHEAD)))
        law = IntervalDemand.of(mean, variance, np.ones(mean.shape), state.integer)
        for place, level in enumerate(LEVELS):
            miss = came - law.quantile(level)
            loss = 2.0 * np.maximum(level * miss, (level - 1.0) * miss)
            self.plain[place] += loss.sum()
            self.scaled[place] += (scale * loss).sum()
        self.demand, self.count = self.demand + came.sum(), self.count + len(came)
        self.covered += (miss <= 1e-9).sum()

    def __str__(self) -> str:
        plain, scaled = self.plain / self.demand, self.scaled / self.count
        parts = (f"{level}: {scaled[k]:6.2f} ({plain[k]:.3f})" for k, level in enumerate(LEVELS))
        return "   ".join(parts) + f"   {self.covered / self.count:.2f}"


if __name__ == "__main__":
    compare("manufacturing", *manufacturing())
    compare("online retail", *retail())
