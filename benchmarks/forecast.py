"""Prints accuracy, calibration, speed and memory of the forecast on the reference data; see docs/forecasting.md.

Reads RESTOCK_REFERENCE (default ../shared). Run it with any of carparts, manufacturing, retail, speed; none = all.
"""

import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.demand import forecast_demand
from bot.patterns.buckets import bucket_range
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel, regularise

Floats = npt.NDArray[np.floating[Any]]
REFERENCE = Path(os.environ.get("RESTOCK_REFERENCE", Path(__file__).resolve().parents[2] / "shared")) / "data"
LEVELS = (0.90, 0.95, 0.98)
SEED = 7


def panel_of(values: Floats, freq: str, start: str) -> DemandPanel:
    """Wrap a matrix [n, T] of complete buckets as a panel."""
    n, periods = values.shape
    starts = bucket_range(np.datetime64(start), periods + 1, freq)
    codes = np.arange(n)
    keys = pd.DataFrame(
        {
            "item": pd.Categorical.from_codes(codes, [f"i{k:06d}" for k in codes]),
            "location": pd.Categorical.from_codes(np.zeros(n, dtype=int), ["here"]),
        }
    )
    known = ~np.isnan(values)
    first = np.where(known.any(axis=1), known.argmax(axis=1), periods)
    zero = np.zeros(n)
    data = values.astype(np.float32)
    return DemandPanel(keys, data, None, starts[:-1], freq, starts[-1], starts[-1], first, zero)


def wql(actual: Floats, quantiles: Floats, levels: list[float]) -> float:
    """Mean weighted quantile loss: 2 * pinball / demand, averaged over the levels (last axis)."""
    level = np.asarray(levels)
    miss = actual[..., None] - quantiles
    pinball = np.maximum(level * miss, (level - 1.0) * miss)
    return float((2.0 * pinball.sum(axis=tuple(range(actual.ndim))) / actual.sum()).mean())


def carparts() -> None:
    table = pd.read_csv(REFERENCE / "carparts" / "carparts.csv.gz")
    values = table.select_dtypes("number").to_numpy(dtype=float)[:, -51:]
    full = np.nan_to_num(values)
    train, test = full[:, :-12], full[:, -12:]
    nd = np.abs(test - train[:, -12:]).sum() / test.sum()
    print(f"car parts: seasonal naive ND {nd:.6f} (must be 1.5999 to 1.6000)")
    deciles = [k / 10 for k in range(1, 10)]
    for name, data in (("missing = 0", train), ("missing unknown", values[:, :-12])):
        panel = panel_of(data, "M", "1998-01-01")
        forecast = forecast_demand(panel, classify(panel), horizon_days=91.0, seed=SEED)
        print(f"car parts WQL ({name}): {wql(test, forecast.quantiles(deciles, 12), deciles):.3f} (aim 0.92)")
    show(forecast.notes)


def manufacturing() -> None:
    folder = REFERENCE / "manufacturing_weekly"
    items = pd.read_csv(folder / "items.csv", dtype={"sku": str}).set_index("sku")
    table = pd.read_csv(folder / "demand_weekly.csv.gz", dtype={"sku": str}).set_index("sku")
    values = table.to_numpy(dtype=float)
    length = items.loc[table.index, "lead_time_weeks"].to_numpy(dtype=int) + 1
    intervals("manufacturing", values, length, list(range(104, 132, 3)), 104, "2012-01-02")


def retail() -> None:
    table = pd.read_csv(
        REFERENCE / "online_retail" / "online_retail.csv.gz", dtype={"StockCode": str}, encoding="utf-8"
    )
    good = table["StockCode"].str.fullmatch(r"\d{5}[A-Za-z]*") & (table["Quantity"] > 0) & (table["UnitPrice"] > 0)
    table = table[good]
    week = (pd.to_datetime(table["InvoiceDate"]) - pd.Timestamp("2010-12-01")).dt.days // 7
    matrix = table.assign(week=week).pivot_table(index="StockCode", columns="week", values="Quantity", aggfunc="sum")
    values = matrix.reindex(columns=range(53)).fillna(0.0).to_numpy()
    intervals("online retail", values, np.full(len(values), 3), list(range(30, 51)), 26, "2010-12-06")


def intervals(
    name: str, values: Floats, length: npt.NDArray[np.int64], origins: list[int], window: int, start: str
) -> None:
    """Coverage and loss of the sum over the protection interval, at every origin only the past is seen."""
    hits, losses, demand, cases = np.zeros(3), np.zeros(3), 0.0, 0
    notes: dict[str, dict[str, float | str]] = {}
    begun = time.perf_counter()
    for origin in origins:
        past = values[:, :origin]
        keep = ((past[:, -window:] > 0).sum(axis=1) >= 3) & (origin + length <= values.shape[1])
        panel = panel_of(past, "W", start)
        forecast = forecast_demand(panel, classify(panel), horizon_days=length * 7.0, seed=SEED)
        law = forecast.interval((length * 7.0)[:, None]).take(keep)
        running = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
        rows = np.arange(len(values))
        actual = (running[rows, np.minimum(origin + length, values.shape[1])] - running[rows, origin])[keep]
        for place, level in enumerate(LEVELS):
            high = law.quantile(level)
            miss = actual - high
            hits[place] += (miss <= 1e-9).sum()
            losses[place] += np.maximum(level * miss, (level - 1.0) * miss).sum()
        demand, cases, notes = demand + actual.sum(), cases + len(actual), forecast.notes
    cover = " / ".join(f"{hit / cases:.3f}" for hit in hits)
    loss = " / ".join(f"{2 * part / demand:.3f}" for part in losses)
    print(f"{name}: {cases} cases, coverage at 0.90/0.95/0.98 {cover}, WQL {loss}, {time.perf_counter() - begun:.1f} s")
    show(notes)


def show(notes: dict[str, dict[str, float | str]]) -> None:
    for group, note in notes.items():
        print(
            "   ", group, {key: round(value, 3) if isinstance(value, float) else value for key, value in note.items()}
        )


def speed(n: int = 100_000, periods: int = 104) -> None:
    rng = np.random.default_rng(SEED)
    rate = np.exp(rng.normal(0.0, 1.5, n))
    quantity = rng.poisson(rng.gamma(0.8, rate[:, None] / 0.8, (n, periods))).astype(float).ravel()
    rows = np.repeat(np.arange(n), periods)
    demand = pd.DataFrame(
        {
            "item": pd.Categorical.from_codes(rows // 5, [f"i{k:06d}" for k in range(n // 5)]),
            "location": pd.Categorical.from_codes(rows % 5, list("abcde")),
            "date": np.tile(bucket_range(np.datetime64("2024-01-01"), periods, "W"), n).astype("datetime64[s]"),
            "quantity": quantity,
        }
    )
    peak(f"{len(demand)} rows made")
    panel = timed("regularise", lambda: regularise(demand, pd.Timestamp("2025-12-29").date()))
    patterns = timed("classify", lambda: classify(panel))
    days = rng.choice([14.0, 28.0, 56.0], n)
    forecast = timed("choose, calibrate, fit", lambda: forecast_demand(panel, patterns, horizon_days=days, seed=SEED))
    lead = days[:, None] * np.linspace(0.6, 1.6, 9)[None, :]
    law = timed("interval, 9 lead times", lambda: forecast.interval(lead, np.full(lead.shape, 1 / 9)))
    timed("  quantile 0.95", lambda: law.quantile(0.95))
    timed("13 steps x 5 quantiles", lambda: forecast.quantiles([0.05, 0.25, 0.5, 0.75, 0.95], 13))
    show(forecast.notes)


def timed(name: str, work: Any) -> Any:
    begun = time.perf_counter()
    result = work()
    peak(f"{name}: {time.perf_counter() - begun:.2f} s")
    return result


def peak(text: str) -> None:
    print(f"{text}, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    jobs = {"carparts": carparts, "manufacturing": manufacturing, "retail": retail, "speed": speed}
    for job in sys.argv[1:] or list(jobs):
        jobs[job]()
