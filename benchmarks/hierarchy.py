"""Prints whether reconciling items with totals helps and how well quantiles of totals cover; see docs/forecasting.md.

Three data sets at rolling origins, totals forecast by the same model on the summed history. Reads RESTOCK_REFERENCE
(default ../shared); run it as `python -m benchmarks.hierarchy`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.cold_start import manufacturing, retail
from benchmarks.forecast import REFERENCE, SEED, Floats, panel_of
from bot.forecast.demand import forecast_demand
from bot.forecast.hierarchy import Tree, history_of_totals, reconcile
from bot.forecast.interval import IntervalDemand
from bot.forecast.result import Forecast
from bot.forecast.totals import KINDS, common_correlation, totals_by
from bot.patterns.classify import classify

LEVELS = (0.5, 0.95)
Names = npt.NDArray[Any]
Losses = dict[str, Floats]


def sets() -> Iterator[tuple[str, Floats, Tree, int, range]]:
    """Name, history, totals, weeks ahead and origins."""
    values, origin, cost = manufacturing()
    yield "manufacturing (price band, origin)", values, tree(octaves(cost), origin), 8, range(104, 142, 6)
    values, _, cost = retail()
    yield "online retail (price band)", values, tree(octaves(cost), np.full(len(cost), "UK")), 4, range(28, 49, 4)
    table = pd.read_csv(REFERENCE / "orange_juice" / "oj_weekly.csv.gz")
    table["units"] = np.rint(np.exp(table["logmove"]) / 64.0)
    matrix = table.pivot_table(index=["store", "brand"], columns="week", values="units").reindex(columns=range(40, 161))
    store, brand = (matrix.index.get_level_values(name).astype(str).to_numpy() for name in ("store", "brand"))
    yield "orange juice (brand, store)", matrix.to_numpy(dtype=float), tree(brand, store), 4, range(69, 117, 8)


def octaves(cost: Floats) -> Names:
    return np.floor(np.log2(np.maximum(cost, 1e-3))).astype(int).astype(str)


def tree(category: Names, location: Names) -> Tree:
    keys = pd.DataFrame({"item": np.arange(len(category)).astype(str), "location": location})
    return Tree.of(keys, category)


def forecast(values: Floats, weeks: int) -> Forecast:
    panel = panel_of(values, "W", "2012-01-02")
    return forecast_demand(panel, classify(panel), horizon_days=weeks * 7.0, seed=SEED)


def compare(name: str, values: Floats, tree: Tree, weeks: int, origins: range) -> None:
    losses: Losses = {}
    counts = np.zeros((len(KINDS), 4))
    demand = 0.0
    for origin in origins:
        past, came = values[:, :origin], np.nanmean(ahead(values, origin, weeks), axis=1) * weeks
        items, above = forecast(past, weeks), forecast(history_of_totals(past, tree), weeks).total(weeks)
        law = items.total(weeks)
        for rule, means in rules(law, above, tree).items():
            add(losses, rule, law, means, came, tree)
        add_totals(losses, above.mean, tree.totals(came), tree)
        counts += covered(totals_by(items, tree, weeks, correlation=common_correlation(past, tree, weeks)), came, tree)
        demand += came.sum()
    print(f"{name}: item WQL at {LEVELS}; mean absolute error of totals over demand: {', '.join(KINDS)}")
    for rule, sums in losses.items():
        print(f"  {rule:28s} {'  '.join(f'{x:.4f}' for x in sums / demand)}")
    for kind, (low, middle, high, n) in zip(KINDS, counts, strict=True):
        print(f"  totals, {kind}: below q10 {low / n:.2f}, q50 {middle / n:.2f}, q90 {high / n:.2f} of {n:.0f}")


def ahead(values: Floats, origin: int, weeks: int) -> Floats:
    """The weeks after an origin; a series without any is taken as silent."""
    window = values[:, origin : origin + weeks]
    silent = np.asarray(np.isnan(window).all(axis=1))
    return np.where(silent[:, None], 0.0, window)


def rules(law: IntervalDemand, above: IntervalDemand, tree: Tree) -> Losses:
    """Means of the items by rule."""
    mean, doubts = law.mean, above.variance
    top = np.where(tree.kind == 0, 1e-9, np.inf)
    return {
        "items alone (bottom-up)": mean,
        "least squares, by variance": reconcile(mean, law.variance, above.mean, doubts, tree).means,
        "least squares, by mean": reconcile(mean, mean, above.mean, tree.totals(mean), tree).means,
        "top-down": reconcile(mean, mean, above.mean, top, tree).means,
    }


def add(losses: Losses, rule: str, law: IntervalDemand, means: Floats, came: Floats, tree: Tree) -> None:
    """Pinball losses of items and absolute errors of totals."""
    factor = np.divide(means, law.mean, out=np.ones_like(means), where=law.mean > 0.0)
    moved = IntervalDemand(law.means * factor[:, None], law.variances * factor[:, None] ** 2, law.weights, law.integer)
    sums = losses.setdefault(rule, np.zeros(len(LEVELS) + len(KINDS)))
    for place, level in enumerate(LEVELS):
        miss = came - moved.quantile(level)
        sums[place] += 2.0 * np.maximum(level * miss, (level - 1.0) * miss).sum()
    gaps = np.abs(tree.totals(means) - tree.totals(came))
    sums[len(LEVELS) :] += np.bincount(tree.kind, weights=gaps, minlength=len(KINDS))


def add_totals(losses: Losses, means: Floats, came: Floats, tree: Tree) -> None:
    """Absolute errors of the totals' own forecasts."""
    sums = losses.setdefault("totals alone", np.zeros(len(LEVELS) + len(KINDS)))
    sums[len(LEVELS) :] += np.bincount(tree.kind, weights=np.abs(means - came), minlength=len(KINDS))


def covered(table: pd.DataFrame, came: Floats, tree: Tree) -> Floats:
    """How many totals came out below each quantile, and how many there were, by kind."""
    total = tree.totals(came)
    hits = [(total <= table[name].to_numpy() + 1e-9).astype(float) for name in ("q10", "q50", "q90")]
    columns = [np.bincount(tree.kind, weights=hit, minlength=len(KINDS)) for hit in (*hits, np.ones(len(total)))]
    return np.column_stack(columns)


if __name__ == "__main__":
    for entry in sets():
        compare(*entry)
