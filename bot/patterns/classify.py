"""Says what kind of demand every series of a panel has: class, importance, steadiness, stage of life, flags.

It describes; the forecast and the policies decide what follows from the words.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.patterns.censoring import TRUSTED_SHARE
from bot.patterns.demand import DemandPanel
from bot.patterns.events import calm, promoted, single_orders, uplift
from bot.patterns.hysteresis import UNKNOWN, Ints, beyond, codes, places, ranked, ranked_by_rest
from bot.patterns.shifts import find_shifts
from bot.patterns.spikes import cap_spikes, spiked

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]

ADI_CUT, CV2_CUT = 1.32, 0.49  # Syntetos, Boylan and Croston 2005
PATTERNS = ("smooth", "erratic", "intermittent", "lumpy")
LIFECYCLES = ("new", "active", "fading", "dead")
ABC, XYZ = ("A", "B", "C"), ("X", "Y", "Z")
ABC_SHARES = (0.80, 0.95)  # cumulated value up to which an item is A, then B
XYZ_CV = (0.5, 1.0)  # coefficient of variation of monthly-sized sums up to which an item is X, then Y
NEW_DAYS = 84.0
RECENT_DAYS = 91.0
DEAD_DAYS = 365.0
FADED = 0.4  # of the level before the last quarter
OFTEN = 3.0  # sales a quarter; rarer sellers are quiet for a quarter by chance
NOISY_BAND = {"xyz": 0.2, "fading": 0.25}  # wider bands for figures of few sums, which chance moves more
STILL_DEAD = 0.9  # of the silence that makes an item dead
HIDDEN_SHARE = 0.15  # of the buckets out of stock: above it the mean of the rest says too little
_XYZ_DAYS = 28.0
_SEASON_LAG_DAYS = 364.0


def classify(panel: DemandPanel, unit_cost: Floats | None = None, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row per series of `panel`, in its order.

    `before` (item, location, pattern, abc, xyz, lifecycle, shifted) is what was said last time of buckets of this
    length: a class changes only when its figure has left the band around the cut (`bot.patterns.hysteresis`).

    Columns: item, location, adi (buckets per bucket with demand, inf without demand), cv2 (squared coefficient
    of variation of the non-zero sizes), pattern, abc (by demand times `unit_cost` [n], without it by demand),
    xyz, lifecycle, trend, seasonal, outlier (an unexplained spike that estimates cap), recent_mean (base units per
    day over about the last quarter), volume (base units per year), one_off (units kept out), and of the latest
    lasting shift of the level (`bot.patterns.shifts`): shifted, shifted_on (first day, NaT = none), shift_ratio,
    memory_days (longest half-life that a level should have, infinite = no limit). Of stock-outs: hidden_share (of the
    buckets since the first, those that stock-outs hid), uncensored_mean (per day, with the demand behind them; NaN
    where they cover less than HIDDEN_SHARE). Of events: promotion_uplift (mean on promotion over the mean off it,
    NaN = too few), single_orders (buckets far above the own sizes that no promotion explains).
    """
    look = _Look.of(panel)
    place = places(before, panel.keys)
    was_shifted = codes(before, place, "shifted", ("False", "True")) == 1
    return pd.DataFrame(
        {
            "item": panel.keys["item"],
            "location": panel.keys["location"],
            **_said(look, unit_cost, before, place),
            "trend": _trend(look.sold, look.known),
            "seasonal": _seasonal(panel, look.sold, look.known),
            "outlier": spiked(panel.values, look.values, look.on_promotion),
            "one_off": panel.one_off,
            **_shifts(look, was_shifted),
            **_events(look),
        }
    )


def demand_patterns(values: Floats) -> npt.NDArray[Any]:
    """Return smooth, erratic, intermittent or lumpy for every series of `values` [n, T], without looking back."""
    known = ~np.isnan(values)
    adi, cv2 = _shape(np.where(known, values, 0.0).astype(np.float64), known.sum(axis=1))
    none = np.full(len(values), UNKNOWN, dtype=np.int64)
    return np.asarray(PATTERNS, dtype=object)[_pattern(adi, cv2, none)]


def _shape(sold: Floats, count: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Buckets per bucket with demand, and the squared coefficient of variation of the sizes."""
    busy = (sold > 0.0).sum(axis=1)
    return np.where(busy > 0, count / np.maximum(busy, 1), np.inf), _size_cv2(sold, busy)


@dataclass(frozen=True, slots=True)
class _Look:
    """The panel as it is looked at: `values` without spikes, `sold` with 0 for unknown buckets."""

    panel: DemandPanel
    values: Floats
    sold: Floats
    known: Bools
    on_promotion: Bools

    @classmethod
    def of(cls, panel: DemandPanel) -> "_Look":
        values, _ = cap_spikes(panel.values)
        known = ~np.isnan(values)
        return cls(panel, values, np.where(known, values, 0.0).astype(np.float64), known, promoted(panel))


def _said(look: _Look, unit_cost: Floats | None, before: pd.DataFrame | None, place: Ints) -> dict[str, Any]:
    """The words that hold on to those of before, and their figures."""
    panel, sold, known = look.panel, look.sold, look.known
    count = known.sum(axis=1)
    adi, cv2 = _shape(sold, count)
    recent = _recent_mean(panel, sold, known)
    per_year = 365.25 / panel.bucket_days
    volume = np.divide(sold.sum(axis=1), count, out=np.zeros(panel.n), where=count > 0) * per_year
    value = volume if unit_cost is None else volume * np.nan_to_num(unit_cost)
    pattern, abc, xyz, stage = (
        codes(before, place, column, names)
        for column, names in (("pattern", PATTERNS), ("abc", ABC), ("xyz", XYZ), ("lifecycle", LIFECYCLES))
    )
    return {
        "adi": adi,
        "cv2": cv2,
        "pattern": _words(_pattern(adi, cv2, pattern), PATTERNS),
        "abc": _words(_abc(value, abc), ABC),
        "xyz": _words(_xyz(panel, sold, known, xyz), XYZ),
        "lifecycle": _words(_lifecycle(panel, sold, known, recent, stage), LIFECYCLES),
        "recent_mean": recent,
        "volume": volume,
    }


def _shifts(look: _Look, before: Bools) -> dict[str, Any]:
    capped = replace(look.panel, values=look.values)
    found = find_shifts(replace(capped, values=calm(capped, look.on_promotion)), before)
    return {
        "shifted": found.shifted,
        "shifted_on": found.days(capped),
        "shift_ratio": found.ratio,
        "memory_days": found.memory_days,
    }


def _events(look: _Look) -> dict[str, Any]:
    hidden = _hidden_share(look.panel)
    return {
        "promotion_uplift": uplift(look.panel.values, look.on_promotion),
        "single_orders": single_orders(look.panel.values, look.on_promotion).sum(axis=1),
        "hidden_share": hidden,
        "uncensored_mean": _uncensored(look.panel, hidden),
    }


def _hidden_share(panel: DemandPanel) -> Floats:
    """Share of the buckets since a series began that stock-outs hid, [n]."""
    if panel.share is None:
        return np.zeros(panel.n)
    out = (panel.share < TRUSTED_SHARE) & (np.arange(panel.periods) >= panel.first[:, None])
    return np.asarray(out.sum(axis=1) / np.maximum(panel.periods - panel.first, 1))


def _uncensored(panel: DemandPanel, hidden: Floats) -> Floats:
    if panel.uncensored is None:
        return np.full(panel.n, np.nan)
    return np.where(hidden >= HIDDEN_SHARE, panel.uncensored / panel.bucket_days, np.nan)


def _words(codes: npt.NDArray[np.int64], names: tuple[str, ...]) -> Any:
    return pd.Categorical.from_codes(codes, pd.Index(names))


def _size_cv2(sold: Floats, busy: npt.NDArray[Any]) -> Floats:
    """Squared coefficient of variation of non-zero sizes, population variance; 0 for fewer than two."""
    mean = np.divide(sold.sum(axis=1), busy, out=np.zeros(len(sold)), where=busy > 0)
    square = np.divide((sold**2).sum(axis=1), busy, out=np.zeros(len(sold)), where=busy > 0)
    judged = (mean > 0) & (busy > 1)
    return np.asarray(np.divide(np.maximum(square - mean**2, 0.0), mean**2, out=np.zeros(len(sold)), where=judged))


def _pattern(adi: Floats, cv2: Floats, before: Ints) -> Ints:
    """0 to 3 as in PATTERNS; how rare and how uneven keep their words apart from each other."""
    told = before != UNKNOWN
    rare, uneven = (np.where(told, half, UNKNOWN) for half in (before // 2, before % 2))
    return 2 * ranked(adi, (ADI_CUT,), rare) + ranked(cv2, (CV2_CUT,), uneven)


def _abc(value: Floats, before_code: Ints) -> Ints:
    """0, 1, 2 by cumulated share; equal values fall into the same class, no value is C."""
    order = np.argsort(-value, kind="stable")
    total = np.cumsum(value[order])  # in the order of value: the order of rows plays no part in its rounding
    if not len(value) or total[-1] <= 0.0:
        return np.full(len(value), 2, dtype=np.int64)
    before = np.concatenate([[0.0], total[:-1]]) / total[-1]
    first = np.searchsorted(-value[order], -value[order], side="left")
    share = np.empty(len(value))
    share[order] = before[first]
    return np.where(value <= 0.0, 2, ranked_by_rest(share, ABC_SHARES, before_code))


def _xyz(panel: DemandPanel, sold: Floats, known: Bools, before: Ints) -> Ints:
    """0, 1, 2 by the coefficient of variation of four-week sums (months for monthly histories)."""
    width = max(1, round(_XYZ_DAYS / panel.bucket_days))
    blocks = panel.periods // width
    if blocks < 3:
        return np.full(panel.n, 2, dtype=np.int64)
    cut = panel.periods - blocks * width
    shape = (panel.n, blocks, width)
    full = known[:, cut:].reshape(shape).mean(axis=2)
    sums = np.divide(sold[:, cut:].reshape(shape).sum(axis=2), full, out=np.full(full.shape, np.nan), where=full >= 0.5)
    given = ~np.isnan(sums)
    n = np.maximum(given.sum(axis=1), 1)
    mean = np.where(given, sums, 0.0).sum(axis=1) / n
    var = np.where(given, (sums - mean[:, None]) ** 2, 0.0).sum(axis=1) / n
    cv = np.divide(np.sqrt(var), mean, out=np.full(panel.n, np.inf), where=mean > 0)
    above = tuple(float(np.nextafter(cut, np.inf)) for cut in XYZ_CV)  # at the cut itself an item is still steadier
    return ranked(cv, above, before, NOISY_BAND["xyz"])


def _recent_mean(panel: DemandPanel, sold: Floats, known: Bools) -> Floats:
    """Mean demand per day over the known buckets of about the last quarter."""
    width = min(panel.periods, max(1, round(RECENT_DAYS / panel.bucket_days)))
    count = known[:, panel.periods - width :].sum(axis=1)
    total = sold[:, panel.periods - width :].sum(axis=1)
    return np.asarray(np.divide(total, count * panel.bucket_days, out=np.zeros(panel.n), where=count > 0))


def _lifecycle(panel: DemandPanel, sold: Floats, known: Bools, recent: Floats, code: Ints) -> Ints:
    """new: first row under 12 weeks ago; dead: no demand for a year or for 8 mean gaps; fading: far below its past.

    What was dead stays so while the silence lasts nearly as long as it must, whatever the mean gap has become.
    """
    step = panel.bucket_days
    age = (panel.periods - panel.first) * step
    any_sold = (sold > 0.0).any(axis=1)
    last = (
        np.where(any_sold, panel.periods - 1 - np.argmax(sold[:, ::-1] > 0.0, axis=1), -1)
        if panel.periods
        else np.full(panel.n, -1)
    )
    silence = np.where(any_sold, (panel.periods - 1 - last) * step, np.inf)
    busy = np.maximum((sold > 0.0).sum(axis=1), 1)
    gap = known.sum(axis=1) * step / busy
    needed = np.minimum(np.maximum(8.0 * gap, 2.0 * RECENT_DAYS), DEAD_DAYS)
    dead = silence >= needed * np.where(code == LIFECYCLES.index("dead"), STILL_DEAD, 1.0)
    width = min(panel.periods, max(1, round(RECENT_DAYS / step)))
    before_n = known[:, : panel.periods - width].sum(axis=1)
    before = np.divide(
        sold[:, : panel.periods - width].sum(axis=1),
        before_n * step,
        out=np.zeros(panel.n),
        where=before_n * step >= RECENT_DAYS,
    )
    told, faded = code != UNKNOWN, code == LIFECYCLES.index("fading")
    often = beyond(RECENT_DAYS / np.maximum(gap, step), OFTEN, faded, told)
    fading = ~beyond(recent, FADED * before, ~faded, told, NOISY_BAND["fading"]) & often
    new = (age < NEW_DAYS) & (panel.first < panel.periods)
    return np.select([new, dead, fading], [0, 3, 2], default=1).astype(np.int64)


def _trend(sold: Floats, known: Bools) -> Bools:
    """Whether a straight line through the known buckets is steeper than 3 standard errors and 20 % of the mean."""
    periods = sold.shape[1]
    x = np.arange(periods, dtype=np.float64)
    n = known.sum(axis=1)
    safe = np.maximum(n, 1)
    mean_x = (known * x).sum(axis=1) / safe  # no matrix product: its rounding depends on where a row stands
    mean_y = sold.sum(axis=1) / safe
    sxx = (known * x**2).sum(axis=1) - safe * mean_x**2
    sxy = (sold * x).sum(axis=1) - safe * mean_x * mean_y
    slope = np.divide(sxy, sxx, out=np.zeros(len(sold)), where=sxx > 0)
    rest = (sold**2).sum(axis=1) - safe * mean_y**2 - slope * sxy
    error = np.sqrt(np.maximum(rest, 0.0) / np.maximum(n - 2, 1) / np.where(sxx > 0, sxx, 1.0))
    change = np.abs(slope) * np.maximum(n, 1)
    return np.asarray((n >= 12) & (np.abs(slope) > 3.0 * error) & (change > 0.2 * mean_y) & (slope != 0.0))


def _seasonal(panel: DemandPanel, sold: Floats, known: Bools) -> Bools:
    """Whether demand of one year resembles the year before (correlation of four-week sums > 0.5, twelve or more)."""
    width = 1 if panel.freq == "M" else max(1, round(_XYZ_DAYS / panel.bucket_days))
    lag = 12 if panel.freq == "M" else round(_SEASON_LAG_DAYS / _XYZ_DAYS)
    blocks = panel.periods // width
    if blocks < lag + lag - 2:
        return np.zeros(panel.n, dtype=np.bool_)
    cut = panel.periods - blocks * width
    sums = sold[:, cut:].reshape(panel.n, blocks, width).sum(axis=2)
    now, then = sums[:, lag:], sums[:, :-lag]
    a = now - now.mean(axis=1, keepdims=True)
    b = then - then.mean(axis=1, keepdims=True)
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    similar = np.divide((a * b).sum(axis=1), norm, out=np.zeros(panel.n), where=norm > 1e-12)
    return np.asarray((similar > 0.5) & (panel.first <= cut + width) & known.any(axis=1))
