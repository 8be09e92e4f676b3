"""Loads the real sets as matrices with the design of their measurement: origins, interval lengths, windows.

The data stays where RESTOCK_REFERENCE says; nothing of it is copied into the project.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("RESTOCK_REFERENCE", ROOT.parent / "shared")) / "data"
DAYS_PER = {"W": 7.0, "M": 365.25 / 12.0}
MANUFACTURING, RETAIL, CARPARTS = "manufacturing weekly", "online retail weekly", "car parts monthly"
_QUICK_SERIES, _QUICK_ORIGINS = 800, 4
_LEAST_SALES = 3  # buckets with demand in the window before an item counts at an origin


@dataclass(frozen=True, slots=True)
class Design:
    """A set and how it is replayed: `demand` [n, T], interval `length` [n] in buckets, `origins`, `window`."""

    name: str
    demand: Floats
    length: Ints
    origins: tuple[int, ...]
    window: int
    freq: str
    start: str

    @property
    def days(self) -> Floats:
        """Interval lengths in days."""
        return self.length * DAYS_PER[self.freq]

    def counted(self, origin: int) -> npt.NDArray[np.bool_]:
        """Which items count at an origin: sold often enough in the window, interval inside the data."""
        recent = self.demand[:, max(0, origin - self.window) : origin]
        return ((recent > 0.0).sum(axis=1) >= _LEAST_SALES) & (origin + self.length <= self.demand.shape[1])

    def outcome(self, origin: int) -> Floats:
        """Demand over each item's interval from the origin on; NaN where a bucket of it is unknown or not there."""
        n, periods = self.demand.shape
        running = np.concatenate([np.zeros((n, 1)), np.cumsum(self.demand, axis=1)], axis=1)
        rows, end = np.arange(n), origin + self.length
        total = running[rows, np.minimum(end, periods)] - running[:, origin]
        return np.where(end <= periods, total, np.nan)

    def quick(self) -> "Design":
        """Fewer items and origins, to try the command with."""
        step = max(1, len(self.origins) // _QUICK_ORIGINS)
        some = slice(None, None, max(1, len(self.demand) // _QUICK_SERIES))
        return Design(
            self.name,
            self.demand[some],
            self.length[some],
            self.origins[::-step][::-1],
            self.window,
            self.freq,
            self.start,
        )


def present() -> bool:
    """Whether the reference data is there."""
    return REFERENCE.is_dir()


@cache
def manufacturing() -> Design:
    """8 or 17 weeks, ten origins, windows of two years."""
    folder = REFERENCE / "manufacturing_weekly"
    items = pd.read_csv(folder / "items.csv", dtype={"sku": str}).set_index("sku")
    table = pd.read_csv(folder / "demand_weekly.csv.gz", dtype={"sku": str}).set_index("sku")
    length = items.loc[table.index, "lead_time_weeks"].to_numpy(dtype=np.int64) + 1
    values = table.to_numpy(dtype=np.float64)
    return Design(MANUFACTURING, values, length, tuple(range(104, 132, 3)), 104, "W", "2012-01-02")


@cache
def retail() -> Design:
    """Three weeks, 21 origins, windows of half a year; weeks begin on Monday, the first on 2010-11-29."""
    raw = pd.read_csv(REFERENCE / "online_retail" / "online_retail.csv.gz", dtype={"StockCode": str}, encoding="utf-8")
    good = raw["StockCode"].str.fullmatch(r"\d{5}[A-Za-z]*") & (raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)
    rows = raw[good]
    week = (pd.to_datetime(rows["InvoiceDate"]).dt.normalize() - pd.Timestamp("2010-11-29")).dt.days // 7
    wide = rows.assign(week=week).pivot_table(index="StockCode", columns="week", values="Quantity", aggfunc="sum")
    values = wide.reindex(columns=range(53)).fillna(0.0).to_numpy()
    length = np.full(len(values), 3, dtype=np.int64)
    return Design(RETAIL, values, length, tuple(range(30, 51)), 26, "W", "2010-11-29")


@cache
def carparts() -> Design:
    """The last 51 months, missing months unknown; three months ahead, for the floor."""
    table = pd.read_csv(REFERENCE / "carparts" / "carparts.csv.gz")
    values = table.select_dtypes("number").to_numpy(dtype=np.float64)[:, -51:]
    length = np.full(len(values), 3, dtype=np.int64)
    return Design(CARPARTS, values, length, tuple(range(36, 49)), 24, "M", "1998-01-01")


@dataclass(frozen=True, slots=True)
class Juice:
    """Orange juice: units, own price per ounce, deal and feature flags, each [n, T]; NaN where a week is absent."""

    units: Floats
    price: Floats
    deal: Floats
    feature: Floats
    store: Ints
    brand: Ints
    start: str = "1990-06-14"


@cache
def juice() -> Juice:
    """Weekly units of 11 brands in 83 stores; week 40 is taken as the week of 14 June 1990."""
    table = pd.read_csv(REFERENCE / "orange_juice" / "oj_weekly.csv.gz")
    prices = table[[f"price{k}" for k in range(1, 12)]].to_numpy()
    table["price"] = prices[np.arange(len(table)), table["brand"].to_numpy() - 1]
    table["units"] = np.rint(np.exp(table["logmove"]))
    keys = table[["store", "brand"]].drop_duplicates().sort_values(["store", "brand"])
    index = pd.MultiIndex.from_frame(keys)
    row = index.get_indexer(pd.MultiIndex.from_frame(table[["store", "brand"]]))
    week = table["week"].to_numpy() - int(table["week"].min())

    def grid(column: str) -> Floats:
        out = np.full((len(keys), int(week.max()) + 1), np.nan)
        out[row, week] = table[column].to_numpy()
        return out

    own = [grid(column) for column in ("units", "price", "deal", "feat")]
    return Juice(*own, keys["store"].to_numpy(), keys["brand"].to_numpy())
