"""The global trees: what price and deal flags bring on orange juice, their time, their gain over the default tier.

Trees are asked as sktime asks them, with the spread that they have by themselves; without the class its figures are
skipped.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import data, door, generator
from .scores import wql
from .table import Figure, Part, Table
from .worker import load, measure, tell, timed

Floats = door.Floats
DECILES = [k / 10 for k in range(1, 10)]
ABSENT = "bot.forecast.tree_forecaster is not there"
SERIES, QUICK, MOST_SECONDS = 10_000, 500, 180.0
JUICE_AHEAD, JUICE_BACK = 4, (4, 8, 12)  # weeks ahead, at origins that many weeks before the end


def juice(*, quick: bool) -> Part:
    """Four weeks ahead at three origins: default tier, trees without and with own price, deal and feature flag."""
    held = data.juice()
    some = slice(None, None, 8 if quick else 1)
    outside = {"price": _carried(held.price[some]), "promotion": held.deal[some], "feature": held.feature[some]}
    values, place = held.units[some], (held.start, "W")
    origins = [values.shape[1] - back for back in JUICE_BACK]
    plain = _default(values, place, origins, JUICE_AHEAD)
    figures = [Figure.of("juice", "WQL over deciles, default tier", plain)]
    if door.trees() is None:
        return Part("juice", [*figures, Figure.skipped("juice", "WQL with and without price and deal", ABSENT)])
    without = _by_trees(values, place, origins, JUICE_AHEAD)
    informed = _by_trees(values, place, origins, JUICE_AHEAD, outside)
    figures += [
        Figure.of("juice", "WQL over deciles, trees without signals", without),
        Figure.of("juice", "WQL over deciles, trees with price and deal", informed),
        Figure.of("juice", "price and deal lower WQL by", without - informed, low=1e-9),
    ]
    return Part("juice", figures, [], [f"{len(values)} series, weeks without a sale are unknown, flags known ahead"])


def run(*, quick: bool) -> Part:
    """Time on 10,000 series and the gain per set."""
    if door.trees() is None:
        return Part("trees", [Figure.skipped("trees", "time and gain over the default tier", ABSENT)])
    n = QUICK if quick else SERIES
    took = measure("trees", n, cores=2)
    timing = (
        Figure.must("trees", "10,000 series", "runs", measured=took["error"], held=False)
        if "error" in took
        else Figure.of("trees", f"{n:,} series on 2 cores, s", took["clock"], high=MOST_SECONDS, text="{:.1f}")
    )
    figures, rows = [timing], []
    for load_set, ahead, backs in (
        (data.manufacturing, 13, (13, 26)),
        (data.retail, 3, (3, 6, 9)),
        (data.carparts, 12, (12,)),
    ):
        held = load_set().quick() if quick else load_set()
        origins = [held.demand.shape[1] - back for back in backs]
        place = (held.start, held.freq)
        plain, grown = (work(held.demand, place, origins, ahead) for work in (_default, _by_trees))
        rows.append((held.name, ahead, plain, grown, 1.0 - grown / plain))
        figures.append(Figure.of("trees", f"{held.name}: gain over the default tier", rows[-1][-1]))
    columns = ("set", "buckets ahead", "WQL default tier", "WQL trees", "gain")
    return Part("trees", figures, [Table("single buckets, deciles", columns, rows)], [load()])


def _default(values: Floats, place: tuple[str, str], origins: Sequence[int], ahead: int) -> float:
    start, freq = place
    days = ahead * data.DAYS_PER[freq]
    parts = [door.forecast(door.panel_of(values[:, :o], freq, start), days).quantiles(DECILES, ahead) for o in origins]
    return _scored(values, origins, ahead, parts)


def _by_trees(
    values: Floats,
    place: tuple[str, str],
    origins: Sequence[int],
    ahead: int,
    outside: dict[str, Floats] | None = None,
) -> float:
    steps = np.arange(1, ahead + 1)
    parts = []
    for o in origins:
        past = _frame({"quantity": values}, place, 0, o)
        known = None if outside is None else _frame(outside, place, 0, o)
        coming = None if outside is None else _frame(outside, place, o, o + ahead)
        fitted = door.trees()().fit(past, X=known, fh=steps)
        answer = fitted.predict_quantiles(fh=steps, X=coming, alpha=DECILES)
        parts.append(answer.to_numpy(dtype=np.float64).reshape(len(values), ahead, len(DECILES)))
    return _scored(values, origins, ahead, parts)


def _scored(values: Floats, origins: Sequence[int], ahead: int, parts: Sequence[Floats]) -> float:
    actual = np.concatenate([values[:, o : o + ahead].ravel() for o in origins])
    return wql(actual, np.concatenate([part.reshape(-1, len(DECILES)) for part in parts]), DECILES)


def _frame(columns: dict[str, Floats], place: tuple[str, str], begin: int, end: int) -> pd.DataFrame:
    """Matrices [n, T] as a long frame over the buckets `begin` to `end`."""
    start, freq = place
    times = door.panel_of(np.zeros((1, end)), freq, start).starts[begin:end]
    n = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_product([range(n), pd.DatetimeIndex(times, freq="infer")], names=["series", "bucket"])
    return pd.DataFrame({name: matrix[:, begin:end].ravel() for name, matrix in columns.items()}, index=index)


def _carried(price: Floats) -> Floats:
    """The last known price in weeks without a sale, the first known one before it."""
    frame = pd.DataFrame(price)
    return np.asarray(frame.ffill(axis=1).bfill(axis=1).to_numpy(dtype=np.float64))


def timing(n: int) -> dict[str, Any]:
    """Fit and thirteen steps of five quantiles on generated series."""
    frame = _frame({"quantity": generator.demand(n)}, (generator.START, "W"), 0, generator.PERIODS)
    steps = np.arange(1, generator.STEPS + 1)

    def work() -> Any:
        return door.trees()().fit(frame, fh=steps).predict_quantiles(fh=steps, alpha=list(generator.LEVELS))

    return {"n": n, **timed(work)[1]}


if __name__ == "__main__":
    tell(timing(int(sys.argv[1])))
