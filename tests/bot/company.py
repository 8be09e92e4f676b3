"""A small company as a folder of tables, and the real command line on it."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from bot.cli.root import run
from bot.jobs.cycle import plan_cycle
from bot.jobs.earlier import NO_EARLIER, Earlier
from bot.orders.plan import Memory, Plan
from bot.policy.parse import parse_policies
from bot.ports import Planning
from bot.snapshot.dataset import Snapshot, build

AS_OF = date(2026, 3, 2)  # a Monday
Row = dict[str, object]


def days(count: int, until: date = AS_OF, step: int = 1) -> list[str]:
    """The first days of `count` buckets of `step` days, the last of which ended before `until`."""
    return [(until - timedelta(days=step * back)).isoformat() for back in range(count, 0, -1)]


def history(
    quantities: Iterable[object], item: str = "bolt", location: str = "L1", step: int = 1, until: date = AS_OF
) -> list[Row]:
    """Demand rows that end on the day before `until`."""
    values = list(quantities)
    return [
        {"item": item, "location": location, "date": day, "quantity": value}
        for day, value in zip(days(len(values), until, step), values, strict=True)
    ]


@dataclass
class Company:
    """Tables by name; `demand` is steady: 10 bolts a day, lead time 5 days, review 1 day, 100 days of history."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    policy: str = "version: 1\n"

    @classmethod
    def small(cls, **tables: list[Row]) -> "Company":
        made: dict[str, list[Row]] = {
            "items": [{"item": "bolt", "unit": "EA"}],
            "locations": [{"location": "L1"}],
            "stock": [{"item": "bolt", "location": "L1", "on_hand": 0}],
            "demand": history([10] * 100),
            "sourcing": [terms()],
        }
        return cls({**made, **tables})

    def write(self, folder: Path, form: str = "csv") -> Path:
        """Write tables and policy below `folder`; returns the folder of the tables."""
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            frame = pd.DataFrame(rows)
            if form == "csv":
                frame.to_csv(data / f"{name}.csv", index=False)
            else:
                frame.to_parquet(data / f"{name}.parquet", index=False)
        (folder / "policies").mkdir(exist_ok=True)
        (folder / "policies" / "policy.yaml").write_text(self.policy, "utf-8")
        return data

    def snapshot(self, as_of: date = AS_OF, system: str = "files", before: Mapping[str, int] | None = None) -> Snapshot:
        """The tables, checked, without files."""
        raw = {name: pd.DataFrame(rows).astype("object") for name, rows in self.tables.items()}
        return build(raw, system=system, as_of=as_of, currency="EUR", before=before)

    def cycle(
        self,
        memory: Memory | None = None,
        before: Mapping[str, float] | None = None,
        as_of: date = AS_OF,
        installation: str = "test",
        earlier: Earlier = NO_EARLIER,
    ) -> Plan:
        """The plan of the tables under the policy, without files."""
        planning = Planning(installation, "UTC", "EUR")
        policies = parse_policies({"policy.yaml": self.policy})
        return plan_cycle(
            self.snapshot(as_of), policies, memory or Memory.blank(), planning, before=before, earlier=earlier
        )

    def plan(self, folder: Path, *options: str, form: str = "csv") -> pd.DataFrame:
        """orders.csv of the company, all cells as text, indexed by item@location."""
        data = self.write(folder, form)
        assert plan(data, *options) == 0
        return orders(folder)


def terms(item: str = "bolt", supplier: str = "acme", **more: object) -> Row:
    """One row of sourcing."""
    row: Row = {"item": item, "location": "L1", "supplier": supplier, "price": "0.50", "currency": "EUR"}
    return {**row, "lead_time_days": 5, **more}


def on_time(supplier: str = "acme", item: str = "bolt", price: str = "0.50") -> list[Row]:
    """Receipts that came on time, in full, at the usual price and quantity."""
    return [
        {
            "order_ref": f"R{supplier}{item}{place}", "line": 1, "item": item, "location": "L1", "supplier": supplier,
            "quantity_ordered": 60, "quantity_received": 60, "price": price, "currency": "EUR",
            "ordered_on": AS_OF - timedelta(days=20 + place * 7), "promised_on": AS_OF - timedelta(days=15 + place * 7),
            "received_on": AS_OF - timedelta(days=15 + place * 7),
        }
        for place in range(6)
    ]  # fmt: skip


AUTONOMOUS = """version: 1
currency: EUR
defaults: { mode: autonomous }
limits:
  auto_order_value_max: 100000 EUR
  auto_spend_per_day_max: 1000000 EUR
  auto_spend_per_week_max: 1000000 EUR
  auto_orders_per_run_max: 1000
approvals: { always_for: [price_above_limit] }
"""


def plan(data: Path, *options: str, as_of: date = AS_OF) -> int:
    """Exit code of `restock plan` on a folder that `Company.write` made."""
    out = data.parent / "orders.csv"
    fixed = ["--from", data, "--as-of", as_of, "--policies", data.parent / "policies", "--out", out]
    return run(["plan", *map(str, fixed), *options])


def orders(folder: Path) -> pd.DataFrame:
    """orders.csv as text, with item@location as index."""
    table = pd.read_csv(folder / "orders.csv", dtype=str, keep_default_na=False)
    return table.set_index(table["item"] + "@" + table["location"])


def quantity(table: pd.DataFrame, pair: str = "bolt@L1") -> float:
    """What would be ordered of an item-location."""
    return float(table.loc[pair, "quantity"])


def restock(*arguments: object, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "bot", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, env=env)
