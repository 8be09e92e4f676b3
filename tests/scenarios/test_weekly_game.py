"""A weekly replenishment game with lost sales, played unattended through `restock plan`.

Weekly buckets, in_stock flags, on hand and two weeks of dated pipeline, 14 days lead time, no minimum
quantities; one unit short costs 1 EUR, one unit held for a week 0.2 EUR.
"""

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from bot.cli.root import run
from tests.bot.company import orders

START = date(2025, 1, 6)
HISTORY = 60
LEAD_WEEKS = 2
POLICY = """version: 1
currency: EUR
defaults:
  mode: autonomous
  objective: cost
  unmet_demand: lost
  shortage_cost: 1 EUR
  shortage_cost_per: unit
  holding_cost_per_week: 0.2 EUR
  review_period_days: 7
limits: { auto_order_value_max: 1000000 EUR, auto_spend_per_day_max: 1000000 EUR, auto_spend_per_week_max: 1000000 EUR,
          auto_orders_per_run_max: 10000 }
approvals: { always_for: [price_above_limit] }
"""


@dataclass
class Game:
    """Stores and products with Poisson demand; `sales` and `in_stock` [n, weeks] are what the planner may see."""

    means: np.ndarray
    rng: np.random.Generator
    sales: list[np.ndarray] = field(default_factory=list)
    in_stock: list[np.ndarray] = field(default_factory=list)
    asked: list[np.ndarray] = field(default_factory=list)
    held: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = [(f"{place % 40:03}", f"S{place // 40}") for place in range(len(self.means))]
        self.on_hand = np.ceil(self.means)
        self.pipeline = [np.ceil(self.means), np.ceil(self.means)]
        for _ in range(HISTORY):
            self.sell(self.means * 3)

    @property
    def today(self) -> date:
        return START + timedelta(weeks=len(self.sales))

    def sell(self, available: np.ndarray) -> np.ndarray:
        asked = self.rng.poisson(self.means).astype(float)
        sold = np.minimum(asked, available)
        self.asked.append(asked)
        self.sales.append(sold)
        self.in_stock.append((asked <= available).astype(float))
        return sold

    def week(self, ordered: np.ndarray) -> None:
        """Order, receive, demand."""
        self.pipeline.append(ordered)
        available = self.on_hand + self.pipeline.pop(0)
        self.on_hand = available - self.sell(available)
        self.held.append(self.on_hand)

    def write(self, folder: Path) -> None:
        keys = pd.DataFrame(self.keys, columns=["item", "location"])
        past = [START + timedelta(weeks=week) for week in range(len(self.sales))]
        demand = pd.concat(
            keys.assign(date=day, quantity=sold, in_stock=flag)
            for day, sold, flag in zip(past, self.sales, self.in_stock, strict=True)
        )
        arrivals = pd.concat(
            keys.assign(
                order_ref=[f"P{week}-{place}" for place in range(len(keys))],
                line="1",
                quantity_open=quantity,
                promised_on=self.today + timedelta(weeks=week),
                supplier="dc",
            )
            for week, quantity in enumerate(self.pipeline)
        )
        tables = {
            "items": keys[["item"]].drop_duplicates().assign(unit="EA"),
            "locations": keys[["location"]].drop_duplicates(),
            "stock": keys.assign(on_hand=self.on_hand),
            "demand": demand,
            "open_orders": arrivals[arrivals["quantity_open"] > 0],
            "sourcing": keys.assign(supplier="dc", price=1.0, currency="EUR", lead_time_days=7 * LEAD_WEEKS),
        }
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            frame.to_parquet(data / f"{name}.parquet", index=False)
        (folder / "policies").mkdir(exist_ok=True)
        (folder / "policies" / "policy.yaml").write_text(POLICY, "utf-8")

    def planned(self, folder: Path) -> np.ndarray:
        """Quantities per item-location as orders.csv gives them."""
        self.write(folder)
        out = folder / "orders.csv"
        arguments = ["--from", folder / "data", "--as-of", self.today, "--policies", folder / "policies", "--out", out]
        assert run(["plan", *map(str, arguments)]) == 0
        table = orders(folder)
        wanted = [f"{item}@{location}" for item, location in self.keys]
        assert sorted(table.index) == sorted(wanted)
        quantity: np.ndarray = table.loc[wanted, "quantity"].astype(float).to_numpy()
        return quantity


def test_six_hundred_item_locations_in_seconds_and_the_same_twice(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    game = Game(rng.gamma(1.2, 6.0, 600), rng)
    began = time.monotonic()
    quantity = game.planned(tmp_path)
    assert time.monotonic() - began < 30
    written = (tmp_path / "orders.csv").read_bytes()
    game.planned(tmp_path)
    assert (tmp_path / "orders.csv").read_bytes() == written
    assert (quantity == np.round(quantity)).all()
    assert quantity.sum() > 0


def test_played_for_weeks_the_fill_rate_is_reasonable_and_the_stock_is_not_absurd(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    game = Game(rng.gamma(1.2, 6.0, 160), rng)
    played = 10
    for _ in range(played):
        game.week(game.planned(tmp_path))
    settled = slice(HISTORY + 4, HISTORY + played)  # after what was under way at the start
    asked, sold = np.array(game.asked[settled]), np.array(game.sales[settled])
    fill = sold.sum() / asked.sum()
    cover = np.array(game.held[4:]).mean(axis=0).sum() / game.means.sum()
    assert 0.85 <= fill <= 0.99
    assert cover < 2.0
