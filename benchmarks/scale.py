"""`restock plan` on many synthetic item-locations, end to end from Parquet to orders.csv, as a whole process.

The company is seeded: 104 weeks of demand of four kinds, 40 suppliers, MOQ and packs; it resembles nobody's.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
SEED = 20260101
AS_OF = pd.Timestamp("2026-03-02")
POLICY = """\
version: 1
owner: benchmark@example.com
defaults:
  mode: assist
  service_level_pct: 95
  review_period_days: 7
limits:
  auto_order_value_max: 2000 EUR
  order_value_max: 60000 EUR
  cover_max_days: 180
"""


def make(folder: Path, count: int, weeks: int = 104) -> int:
    """Write the canonical tables of `count` item-locations; returns the number of demand rows."""
    rng = np.random.default_rng(SEED)
    locations = [f"L{place}" for place in range(5)]
    items = np.array([f"{1000000 + number}" for number in range(count // 5)])
    item, location = np.repeat(items, 5), np.tile(locations, len(items))
    n = len(item)
    mean = rng.lognormal(1.0, 1.2, n)
    busy = rng.choice([1.0, 0.9, 0.4, 0.15], n)
    quantity = np.where(
        rng.random((n, weeks)) < busy[:, None], rng.poisson(np.maximum(mean / busy, 0.2)[:, None], (n, weeks)), 0
    ).astype("float64")
    row, week = np.nonzero((quantity > 0) | (np.arange(weeks) == 0))
    starts = (AS_OF - pd.to_timedelta(7 * np.arange(weeks, 0, -1), unit="D")).to_numpy()
    lead = rng.choice([7, 14, 21, 42], n)
    supplier = np.array([f"{200 + number}" for number in range(40)])[rng.integers(0, 40, n)]
    price = np.round(rng.lognormal(1.5, 1.0, n), 2) + 0.01
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "items": {"item": items, "unit": "EA"},
        "locations": {"location": locations},
        "stock": {
            "item": item,
            "location": location,
            "on_hand": np.round(rng.uniform(0.5, 6.0, n) * mean * (lead / 7 + 1)),
        },
        "demand": {"item": item[row], "location": location[row], "date": starts[week], "quantity": quantity[row, week]},
        "sourcing": {
            "item": item,
            "location": location,
            "supplier": supplier,
            "price": price,
            "currency": "EUR",
            "lead_time_days": lead,
            "moq": rng.choice([0, 1, 10, 50], n),
            "order_multiple": rng.choice([1, 1, 5, 12], n),
        },
        "suppliers": {"supplier": [f"{200 + number}" for number in range(40)], "order_cost": 20.0},
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "policy.yaml").write_text(POLICY, "utf-8")
    return len(row)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--keep", type=Path, default=None, help="folder to leave the tables in")
    arguments = parser.parse_args()
    print(
        f"{'item-locations':>15} {'demand rows':>12} {'seconds':>8} {'peak MB':>8}   (2 cores: {os.cpu_count()} seen)"
    )
    with tempfile.TemporaryDirectory() as scratch:
        for size in arguments.sizes:
            folder = (arguments.keep or Path(scratch)) / str(size)
            rows = make(folder, size)
            command = [
                sys.executable,
                "-m",
                "bot",
                "plan",
                "--from",
                folder,
                "--as-of",
                str(AS_OF.date()),
                "--freq",
                "W",
                "--policies",
                folder / "policies",
                "--out",
                folder / "orders.csv",
            ]
            before = time.perf_counter()
            done = subprocess.run([str(part) for part in command], check=True, cwd=ROOT, capture_output=True, text=True)
            seconds = time.perf_counter() - before
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{size:>15,} {rows:>12,} {seconds:>8.1f} {memory:>8,.0f}   {done.stdout.splitlines()[0]}", flush=True
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
