"""Daily demand of the demo company: patterns, seasons, promotions, before any stock-out cuts it.

It decides nothing about supply and writes no documents.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import CATEGORIES, Catalog

Array = np.ndarray[Any, Any]
FUTURE_DAYS = 60
_WEEKDAYS = {"s4": (1.15, 1.1, 1.05, 1.0, 0.9, 0.0, 0.0), "fusion": (1.1, 1.0, 1.0, 1.05, 1.2, 0.6, 0.0)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What customers asked for: `quantity` is pairs x days; promotion and price are items x (days + future days)."""

    days: pd.DatetimeIndex
    quantity: Array
    promotion: Array
    price: Array
    promoted: Array  # which items ever have a promotion


def make_demand(rng: np.random.Generator, catalog: Catalog, as_of: date, days: int) -> Wanted:
    """Draw `days` days of demand that end the day before `as_of`."""
    calendar = pd.date_range(end=pd.Timestamp(as_of) - pd.Timedelta(days=1), periods=days)
    promotion, promoted = _promotions(rng, catalog, days + FUTURE_DAYS)
    price = np.round(catalog.items["unit_cost"].to_numpy()[:, None] * 1.6 * (1 - 0.22 * promotion), 3)
    pairs = catalog.pairs
    item = pairs["_item"].to_numpy()
    level = pairs["_mean"].to_numpy()[:, None] * _shape(rng, pairs["_pattern"].to_numpy(), days)
    level = level * _season(catalog, calendar)[item] * _week(pairs["_location"].to_numpy(), calendar)
    level = level * (1.0 + rng.uniform(0.5, 1.4, len(pairs))[:, None] * promotion[item, :days])
    quantity = _draw(rng, pairs["_pattern"].to_numpy(), level)
    return Wanted(calendar, quantity, promotion, price, promoted)


def _promotions(rng: np.random.Generator, catalog: Catalog, days: int) -> tuple[Array, Array]:
    """Strength 0 to 1 per item and day for packaging and tools, one or two weeks about every three months."""
    families = catalog.items["category"].isin(["packaging/boxes", "tools/hand"]).to_numpy()
    promoted = families & (rng.random(len(families)) < 0.4)
    strength = np.zeros((len(families), days))
    for row in np.flatnonzero(promoted):
        for start in range(int(rng.integers(5, 80)), days, 91):
            strength[row, start : start + int(rng.choice([7, 14]))] = rng.choice([0.5, 1.0])
    return strength, promoted


def _season(catalog: Catalog, calendar: pd.DatetimeIndex) -> Array:
    swing = {c.path: (c.swing, c.peak) for c in CATEGORIES}
    amplitude = np.array([swing[path][0] for path in catalog.items["category"]])[:, None]
    peak = np.array([swing[path][1] for path in catalog.items["category"]])[:, None]
    day = calendar.dayofyear.to_numpy()[None, :]
    wave: Array = 1.0 + amplitude * np.cos(2 * np.pi * (day - peak) / 365.25)
    return wave


def _week(location: Array, calendar: pd.DatetimeIndex) -> Array:
    table = np.array([_WEEKDAYS["s4"]] * 3 + [_WEEKDAYS["fusion"]] * 2)
    factors: Array = table[location][:, calendar.dayofweek.to_numpy()]
    return factors


def _shape(rng: np.random.Generator, pattern: Array, days: int) -> Array:
    """Level over time relative to 1: trend, birth, death, a stronger yearly wave for seasonal items."""
    t = np.arange(days)[None, :]
    shape = np.ones((len(pattern), days))
    trend = rng.choice([-0.45, 0.35, 0.7], len(pattern))[:, None]
    wave = 1 + 0.6 * np.sin(2 * np.pi * (t / 365.25 + rng.choice([0.0, 0.5], len(pattern))[:, None]))
    born = days - rng.integers(50, 260, len(pattern))[:, None]
    gone = days - rng.integers(20, 200, len(pattern))[:, None]
    shape = np.where((pattern == "trending")[:, None], np.exp(trend * t / 365.0), shape)
    shape = np.where((pattern == "seasonal")[:, None], wave, shape)
    shape = np.where((pattern == "new")[:, None], np.clip((t - born) / 40.0, 0.0, 1.0) * 1.3, shape)
    shape = np.where((pattern == "fading")[:, None], np.where(t < gone, 1.0, np.exp(-(t - gone) / 35.0)), shape)
    return np.where((pattern == "dead")[:, None], 0.0, shape)


def _draw(rng: np.random.Generator, pattern: Array, level: Array) -> Array:
    """Counts with the spread of the pattern: gamma-Poisson, and rare days for intermittent and lumpy ones."""
    rare = np.isin(pattern, ["intermittent", "lumpy"])[:, None]
    often = np.where(pattern == "lumpy", 0.13, 0.2)[:, None]
    spread = np.select([pattern == "erratic", pattern == "lumpy", pattern == "intermittent"], [0.9, 1.6, 4.0], 9.0)
    active = np.where(rare, rng.random(level.shape) < often, True)
    size = rng.standard_gamma(np.broadcast_to(spread[:, None], level.shape)) / spread[:, None]
    mean = np.where(rare, level * np.where(pattern == "lumpy", 3.5, 1.4)[:, None], level)
    counts: Array = np.where(active, rng.poisson(mean * size), 0).astype(float)
    return counts
