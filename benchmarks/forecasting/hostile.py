"""Hostile series through every native forecaster and through the forecast's own door: no exception, no nonsense.

Nonsense is what is not finite, negative, crossing, or a mean above five times the largest value ever seen.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bot.patterns.demand import regularise

from . import door, generator
from .table import Figure, Part, Table

SERIES, QUICK = 2_000, 200
PERIODS = 60
START = np.datetime64(generator.START)
Floats = door.Floats
Check = dict[str, Any]
_CAP = 5.0
COLUMNS = ("route", "series", "exceptions", "not finite", "negative", "crossing", "exploding", "fallbacks and reasons")


def kinds(each: int) -> dict[str, Floats]:
    """Hostile matrices [each, PERIODS] by kind; NaN = unknown."""
    rng = np.random.default_rng(generator.SEED)
    busy = rng.poisson(3.0, (each, PERIODS)).astype(np.float64)
    late, spike, runs, tail, single = busy.copy(), busy.copy(), busy.copy(), busy.copy(), np.zeros_like(busy)
    late[:, :-1] = np.nan
    rows = np.arange(each)
    spike[rows, rng.integers(0, PERIODS, each)] = 1e12
    runs[np.abs(np.arange(PERIODS)[None, :] - rng.integers(0, PERIODS, each)[:, None]) < 12] = np.nan
    tail[:, -20:] = np.nan
    single[rows, rng.integers(0, PERIODS, each)] = 7.0
    last = np.zeros_like(busy)
    last[:, -1] = 1e12
    return {
        "all zero": np.zeros_like(busy),
        "one value": single,
        "length 1": late,
        "runs of NaN": runs,
        "NaN at the end": tail,
        "all NaN": np.full_like(busy, np.nan),
        "spike of 1e12": spike,
        "1e12 as the last value alone": last,
        "constant": np.full_like(busy, 5.0),
        "constant 1e12": np.full_like(busy, 1e12),
        "constant 1e-9": np.full_like(busy, 1e-9),
        "negative": -busy - 1.0,
        "some negative": busy * np.where(rng.random(busy.shape) < 0.2, -1.0, 1.0),
        "exploding": np.exp(np.linspace(0.0, 25.0, PERIODS))[None, :] * (1.0 + rng.random((each, 1))),
        "alternating 0 and 1e6": np.tile([0.0, 1e6], (each, PERIODS // 2)),
        "fractions": rng.random(busy.shape) / 1e3,
    }


def run(*, quick: bool) -> Part:
    """Every route, all kinds together; where a route fails, kind by kind to say which."""
    made = kinds(-(-(QUICK if quick else SERIES) // 16))
    routes: dict[str, Callable[[Floats], Check]] = {"forecast_demand": through_door}
    for name, factory in door.natives().items():
        routes[name] = lambda values, factory=factory: through_sktime(values, factory())
        routes[f"{name}, dates without a stated frequency"] = lambda values, factory=factory: through_sktime(
            values, factory(), stated=False
        )
        routes[f"forecast_demand by {name}"] = lambda values, name=name: through_door(values, forecaster=name)
    everything = np.concatenate(list(made.values()))
    found = {route: judged(work, everything) for route, work in routes.items()}
    found["demand table with duplicated dates"] = judged(through_table, everything)
    figures = [
        Figure.must("hostile", route, "no exception, no nonsense", measured=words(check), held=not total(check))
        for route, check in found.items()
    ]
    rows = [
        (route, len(everything), *(check[c] for c in COLUMNS[2:-1]), reasons(check)) for route, check in found.items()
    ]
    notes = [
        line
        for route, whole in found.items()
        if route in routes and total(whole)
        for line in told(routes[route], route, made)
    ]
    return Part("hostile", figures, [Table(f"{len(made)} kinds of hostile series", COLUMNS, rows)], notes)


def told(work: Callable[[Floats], Check], route: str, made: dict[str, Floats]) -> list[str]:
    """Which kinds a route fails on and how; one line where it fails on all of them alike."""
    failing = {kind: words(check) for kind, values in made.items() if total(check := judged(work, values))}
    if len(failing) == len(made) and len(set(failing.values())) == 1:
        return [f"{route}, every kind: {next(iter(failing.values()))}"]
    return [f"{route}, {kind}: {what}" for kind, what in failing.items()]


def judged(work: Callable[[Floats], Check], values: Floats) -> Check:
    """Run a route; whatever it raises is counted, not passed on."""
    try:
        return work(values)
    except Exception as error:  # noqa: BLE001 - that is what is measured
        said = f"{type(error).__name__}: {str(error).splitlines()[0][:100]}" if str(error) else type(error).__name__
        return {**nonsense(np.zeros((0, 1)), np.zeros((0, 1, 1)), np.zeros(0)), "exceptions": 1, "reasons": {said: 1}}


def nonsense(mean: Floats, quantiles: Floats, top: Floats) -> Check:
    """Series with nonsense, by kind of nonsense: `mean` [n, h], `quantiles` [n, h, level], `top` [n]."""
    wild = ~(np.isfinite(mean).all(axis=1) & np.isfinite(quantiles).all(axis=(1, 2)))
    with np.errstate(invalid="ignore"):
        below = (mean < 0.0).any(axis=1) | (quantiles < 0.0).any(axis=(1, 2))
        crossing = (np.diff(quantiles, axis=2) < 0.0).any(axis=(1, 2))
        above = (mean > _CAP * np.maximum(top, 0.0)[:, None] + 1e-6).any(axis=1)
    counts = (0, wild.sum(), below.sum(), crossing.sum(), above.sum())
    return {**dict(zip(COLUMNS[2:-1], map(int, counts), strict=True)), "reasons": {}}


def through_door(values: Floats, **more: Any) -> Check:
    """By `forecast_demand` and everything it answers."""
    return _of_forecast(door.forecast(door.panel_of(values, "W", generator.START), 28.0, **more), values)


def through_table(values: Floats) -> Check:
    """From a demand table in which every row stands twice, on its own date."""
    row, week = np.nonzero(~np.isnan(values))
    weeks = START + 7 * np.arange(PERIODS)
    one = pd.DataFrame(
        {
            "item": np.char.add("i", row.astype(str)),
            "location": "here",
            "date": weeks[week].astype("datetime64[s]"),
            "quantity": values[row, week],
        }
    )
    panel = regularise(pd.concat([one, one]), pd.Timestamp(START + 7 * PERIODS).date(), freq="W")
    return _of_forecast(door.forecast(panel, 28.0), panel.values)


def _of_forecast(forecast: Any, values: Floats) -> Check:
    mean = forecast.mean(generator.STEPS)
    quantiles = forecast.quantiles(list(generator.LEVELS), generator.STEPS)
    law = forecast.interval(np.full((forecast.n, 1), 28.0))
    sums = np.stack([law.quantile(level) for level in generator.LEVELS], axis=1)
    found = nonsense(mean, quantiles, np.nan_to_num(values).max(axis=1, initial=0.0))
    whole = nonsense(law.mean[:, None], sums[:, None, :], np.full(len(sums), np.inf))
    told = Counter(str(reason) for reason in forecast.fallback if reason)
    return {**{name: found[name] + whole[name] for name in COLUMNS[2:-1]}, "reasons": dict(told)}


def through_sktime(values: Floats, forecaster: Any, *, stated: bool = True) -> Check:
    """By a native forecaster as sktime calls it; a series of length 1 has one row."""
    weeks = pd.date_range(START, periods=PERIODS, freq="W-MON")
    weeks = weeks if stated else pd.DatetimeIndex(weeks.to_numpy())
    index = pd.MultiIndex.from_product([range(len(values)), weeks], names=["series", "week"])
    short = (~np.isnan(values)).sum(axis=1) == 1
    kept = ~(short[:, None] & np.isnan(values)).ravel()
    frame = pd.DataFrame({"quantity": values.ravel()}, index=index)[kept]
    ahead = np.arange(1, generator.STEPS + 1)
    mean = forecaster.fit(frame, fh=ahead).predict(fh=ahead).to_numpy(dtype=np.float64)
    quantiles = forecaster.predict_quantiles(fh=ahead, alpha=list(generator.LEVELS)).to_numpy(dtype=np.float64)
    shape = (len(values), generator.STEPS)
    top = np.nan_to_num(values).max(axis=1, initial=0.0)
    return nonsense(mean.reshape(shape), quantiles.reshape(*shape, len(generator.LEVELS)), top)


def total(check: Check) -> int:
    """Everything wrong, counted."""
    return sum(int(check[name]) for name in COLUMNS[2:-1])


def words(check: Check) -> str:
    """What is wrong, or that nothing is."""
    if check["exceptions"]:
        return next(iter(check["reasons"]))
    return ", ".join(f"{name} {check[name]}" for name in COLUMNS[2:-1] if check[name]) or "none"


def reasons(check: Check) -> str:
    """Fallbacks by reason."""
    return "; ".join(f"{count} {reason}" for reason, count in sorted(check["reasons"].items())) or "-"
