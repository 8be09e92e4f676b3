"""Plans on two real public data sets and checks what must hold there; prints time and peak memory.

Stock and terms that the data sets lack are seeded assumptions, stated in ASSUMPTIONS and printed. The data
stays where it is (RESTOCK_REFERENCE); nothing of it is copied into the project.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("RESTOCK_REFERENCE", ROOT / ".." / "shared"))
SEED = 20260101
ASSUMPTIONS = """\
Assumptions (seed 20260101): weeks are ISO weeks; one location; stock on hand is uniform between 0 and 1.5 times
the mean demand over lead time plus a week, rounded; nothing is on order; supplier of manufacturing = origin by lead
time; online_retail: one supplier, 21 days, MOQ 12, packs of 6, cost = 60 % of the median price."""
GOODS = re.compile(r"\d{5}[A-Za-z]*")
POLICY = """\
version: 1
owner: benchmark@example.com
defaults:
  mode: suggest
  service_level_pct: 95
  review_period_days: 7
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One plan: its orders, the rows set aside, seconds and peak memory in MB of the whole process."""

    orders: pd.DataFrame
    quarantine: pd.DataFrame
    seconds: float
    memory: float


def manufacturing(folder: Path, reference: Path = REFERENCE) -> str:
    """Write the canonical tables of manufacturing_weekly; returns the planning day."""
    source = reference / "data" / "manufacturing_weekly"
    items = pd.read_csv(source / "items.csv", dtype={"sku": str})
    wide = pd.read_csv(source / "demand_weekly.csv.gz", dtype={"sku": str}).set_index("sku").loc[items["sku"]]
    weeks = pd.to_datetime([f"{name.replace('-W', ' ')} 1" for name in wide.columns], format="%G %V %u")
    quantity = wide.to_numpy(dtype="float64")
    row, week = np.nonzero((quantity != 0) | (np.arange(quantity.shape[1]) == 0))
    demand = {
        "item": items["sku"].to_numpy()[row],
        "location": "W1",
        "date": weeks[week],
        "quantity": quantity[row, week],
    }
    cover = quantity.mean(axis=1) * (items["lead_time_weeks"].to_numpy() + 1)
    on_hand = np.round(np.random.default_rng(SEED).uniform(0.0, 1.5, len(items)) * cover)
    supplier = np.where(items["lead_time_weeks"] > 10, "ASIA", "NL")
    tables = {
        "items": {"item": items["sku"], "unit": "EA", "unit_cost": items["cost_price_eur"], "currency": "EUR"},
        "locations": {"location": ["W1"], "name": ["warehouse"]},
        "stock": {"item": items["sku"], "location": "W1", "on_hand": on_hand},
        "demand": demand,
        "sourcing": {
            "item": items["sku"],
            "location": "W1",
            "supplier": supplier,
            "price": items["cost_price_eur"],
            "currency": "EUR",
            "lead_time_days": 7 * items["lead_time_weeks"],
            "moq": items["min_order_qty"],
            "order_multiple": items["units_per_pack"],
        },
        "suppliers": {"supplier": ["ASIA", "NL"], "order_cost": [5.0, 5.0], "currency": ["EUR", "EUR"]},
    }
    write(tables, folder)
    return str((weeks[-1] + pd.Timedelta(days=7)).date())


def retail(folder: Path, reference: Path = REFERENCE) -> str:
    """Write the canonical tables of online_retail, dirt included; returns the planning day."""
    raw = pd.read_csv(
        reference / "data" / "online_retail" / "online_retail.csv.gz",
        dtype={"InvoiceNo": str, "StockCode": str},
        usecols=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice"],
    )
    goods = sorted(code for code in raw["StockCode"].unique() if GOODS.fullmatch(code))
    day = pd.to_datetime(raw["InvoiceDate"]).dt.normalize()
    as_of = day.max() + pd.Timedelta(days=1)
    clean = raw[(raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)]
    price = clean.groupby("StockCode")["UnitPrice"].median().reindex(goods).fillna(1.0).to_numpy()
    weekly = clean.groupby("StockCode")["Quantity"].sum().reindex(goods).fillna(0.0).to_numpy() / 53.0
    on_hand = np.round(np.random.default_rng(SEED).uniform(0.0, 1.5, len(goods)) * weekly * 4)
    cost = np.round(0.6 * price, 4)
    tables = {
        "items": {"item": goods, "unit": "EA", "unit_cost": cost, "currency": "GBP"},
        "locations": {"location": ["UK"]},
        "stock": {"item": goods, "location": "UK", "on_hand": on_hand},
        "demand": {
            "item": raw["StockCode"],
            "location": "UK",
            "date": day,
            "quantity": raw["Quantity"],
            "kind": np.where(raw["InvoiceNo"].str.startswith("C"), "cancellation", "sale"),
            "price": raw["UnitPrice"],
        },
        "sourcing": {
            "item": goods,
            "location": "UK",
            "supplier": "S1",
            "price": cost,
            "currency": "GBP",
            "lead_time_days": 21,
            "moq": 12,
            "order_multiple": 6,
        },
    }
    write(tables, folder)
    return str(as_of.date())


def write(tables: dict[str, dict[str, object]], folder: Path) -> None:
    """Write one Parquet file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet", index=False)


def plan(folder: Path, as_of: str, freq: str) -> Run:
    """Run `restock plan` on a folder as a whole process."""
    policies = folder / "policies"
    policies.mkdir(exist_ok=True)
    (policies / "policy.yaml").write_text(POLICY, "utf-8")
    out, aside = folder / "orders.csv", folder / "quarantine.csv"
    command = [
        sys.executable,
        "-m",
        "bot",
        "plan",
        "--from",
        folder,
        "--as-of",
        as_of,
        "--policies",
        policies,
        "--out",
        out,
        "--quarantine",
        aside,
        "--freq",
        freq,
    ]
    before = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)
    seconds = time.perf_counter() - before
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    text = {"item": str, "location": str, "supplier": str, "value": str}
    return Run(pd.read_csv(out, dtype=text), pd.read_csv(aside, dtype=text), seconds, memory)


def check_lots(orders: pd.DataFrame) -> None:
    """Every order respects the minimum and the pack size."""
    placed = orders[orders["quantity"] > 0]
    packs = placed["quantity"] / placed["order_multiple"]
    assert (placed["quantity"] >= placed["moq"].fillna(0) - 1e-9).all()
    assert np.allclose(packs, packs.round(), atol=1e-9)
    print(f"  {len(placed):,} orders of {len(orders):,} item-locations; all respect MOQ and pack")


def check_still_items(orders: pd.DataFrame, folder: Path) -> None:
    """Nothing is ordered for items that never move."""
    demand = pd.read_parquet(folder / "demand.parquet")
    moved = set(demand.loc[demand["quantity"] > 0, "item"])
    still = orders[~orders["item"].isin(moved)]
    assert (still["quantity"] == 0).all()
    print(f"  {len(still):,} items never move; nothing is ordered for them")


def check_dirt(quarantine: pd.DataFrame, folder: Path) -> None:
    """The quarantine counts equal the dirt that was counted in the raw data."""
    demand = pd.read_parquet(folder / "demand.parquet")
    total = len(demand)
    rows = quarantine[quarantine["table"] == "demand"]
    codes = rows.loc[rows["reason"] == "item is not in items", "value"].nunique()
    found = {
        "codes that are not goods": codes,
        "cancellations": int((rows["column"] == "kind").sum()),
        "non-positive quantities": int((rows["column"] == "quantity").sum()),
        "non-positive prices": int((rows["column"] == "price").sum()),
    }
    expected = {
        "codes that are not goods": demand.loc[~demand["item"].str.fullmatch(GOODS.pattern), "item"].nunique(),
        "cancellations": int((demand["kind"] == "cancellation").sum()),
        "non-positive quantities": int((demand["quantity"] <= 0).sum()),
        "non-positive prices": int((demand["price"] <= 0).sum()),
    }
    for name, count in found.items():
        share = "" if name.startswith("codes") else f" = {count / total:.1%} of {total:,} rows"
        print(f"  {name}: {count:,}{share} (counted in the raw data: {expected[name]:,})")
    assert found == expected


def main() -> int:
    if not (REFERENCE / "data").is_dir():
        print(f"skipped: no reference data at {REFERENCE} (set RESTOCK_REFERENCE)")
        return 0
    print(ASSUMPTIONS)
    with tempfile.TemporaryDirectory() as scratch:
        for name, make, freq in (("manufacturing_weekly", manufacturing, "W"), ("online_retail", retail, "W")):
            folder = Path(scratch) / name
            run = plan(folder, make(folder), freq)
            print(f"{name}: {run.seconds:.1f} s, peak memory {run.memory:,.0f} MB (whole process)")
            check_lots(run.orders)
            check_still_items(run.orders, folder)
            if name == "online_retail":
                check_dirt(run.quarantine, folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
