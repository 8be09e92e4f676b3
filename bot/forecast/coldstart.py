"""Level and spread of young item-locations, borrowed from the settled ones that share their attributes.

It forecasts nothing and orders nothing: what was never sold gets a figure to look at, not a reason to buy.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from bot.forecast.fit import PowerLaw, power_law
from bot.forecast.launches import AGES, FLOOR, LEAST_NOISE, Handover, Launches, handover, launches
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments
from bot.patterns import buckets

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[Any]

SETTLED = 13.0  # known steps (buckets, of daily history weeks) from which an item-location lends
YOUNG = 26.0  # steps since the first sale from which nothing is borrowed any more; it fades towards them
FEWEST = 5  # settled item-locations that make a group worth naming
ERROR = 2.6  # what the model multiplies the level's own error by unless the caller says otherwise
_PRIOR_ITEMS = 5.0  # settled item-locations that the wider group is worth to a narrower one
_PRIOR_SCATTER = 10.0  # the same for the scatter of levels inside a group
_PRIOR_SPREAD = 8.0  # buckets of own history that the group's spread is worth
_CLIP = 3.0  # robust deviations beyond which a level counts as that far
_TILT = 2.0  # largest factor, in logs, that a spread may lie off the law
_SCATTER = (0.05, 6.0)  # variance of log levels inside a group that is believed
_LEAST_LEVEL = 1e-9
_BANDS = 128
_LEAST_COST = 2.0**-32


@dataclass(frozen=True, slots=True)
class Groups:
    """Attributes of n item-locations: names of `place` and `category` (empty = unknown), price `band` (-1 = unknown).

    `marks` [n]: hash of the keys; everything pooled is added up in its order, so that row order plays no part.
    """

    marks: npt.NDArray[Any]
    place: Names
    category: Names
    band: Ints

    @classmethod
    def of(cls, keys: pd.DataFrame, category: Any = None, unit_cost: Floats | None = None) -> "Groups":
        """Attributes of the item-locations `keys` (item, location)."""
        marks = pd.util.hash_pandas_object(keys[["item", "location"]].astype(str), index=False).to_numpy(
            dtype=np.uint64
        )
        place = keys["location"].astype(str).to_numpy(dtype=object)
        named = pd.Series(category if category is not None else np.full(len(keys), ""), dtype=object)
        names = named.where(named.notna(), "").astype(str).to_numpy(dtype=object)
        cost = np.zeros(len(keys)) if unit_cost is None else np.nan_to_num(np.asarray(unit_cost, dtype=np.float64))
        octave = np.floor(np.log2(np.clip(cost, _LEAST_COST, 2.0**90))) + 32.0
        band = np.where(cost > 0.0, octave, -1.0).astype(np.int64)
        return cls(marks, place, names, band)

    def levels(self) -> list[tuple[Ints, Bools]]:
        """Codes [n] of the groups from wide to narrow and who has the attribute; the first is everybody."""
        place, category = (pd.factorize(names)[0] for names in (self.place, self.category))
        known = self.category != ""
        both = category * (int(place.max(initial=0)) + 1) + place
        fine = both * _BANDS + self.band + 1
        everybody = np.ones(len(place), dtype=np.bool_)
        codes = (np.zeros_like(place), place, category, both, fine)
        owners = (everybody, everybody, known, known, self.band >= 0)
        return [(pd.factorize(code)[0], own) for code, own in zip(codes, owners, strict=True)]


@dataclass(frozen=True, slots=True)
class _Pool:
    """What its groups say about a row, each [n].

    Log `level`, `scatter` of log levels inside the group, `tilt` = log of the group's spread over the panel's power
    law; `items` that lent in the narrowest group with enough of them, and its `depth`.
    """

    level: Floats
    scatter: Floats
    tilt: Floats
    items: Ints
    depth: Ints

    def take(self, rows: Ints) -> "_Pool":
        return _Pool(self.level[rows], self.scatter[rows], self.tilt[rows], self.items[rows], self.depth[rows])


def settle_young(state: State, values: Floats, first: Ints, groups: Groups) -> tuple[State, Names]:
    """Return `state` with young rows drawn to their group, and where from per row ('' = own); see `borrow`.

    The one call of a fit: after the guards, which would take a borrowed level for an exploding one, and on the whole
    panel. `values` [n, T] and `first` [n] are the panel's. Means of a foreign forecaster stay.
    """
    if state.path is not None:
        return state, np.full(len(first), "", dtype=object)
    past = launches(values, first, groups.marks, max(1, round(7.0 / buckets.DAYS_PER[state.freq])))
    age = (values.shape[1] - first).astype(np.float64)
    moments, source = borrow(state.moments, groups, age, past, error=state.phi * state.kappa)
    return replace(state, moments=moments), source


def borrow(
    moments: Moments, groups: Groups, age: Floats, past: Launches, *, error: Floats | float = ERROR
) -> tuple[Moments, Names]:
    """Return the moments with level and spread of young rows drawn to their group, and per row where from ('' = own).

    `age` [n]: buckets since the first one; an old item that was mostly out of stock is not young. `past` are the
    panel's `launches`. `error` ([n] or number) is what the model multiplies spread / strength by; strength is set so
    that the level's own error comes out as the scatter of levels that nothing known so far can explain. The pools are
    made of all rows: call it on the whole panel.
    """
    known = moments.known / past.step
    source = np.full(len(known), "", dtype=object)
    young = np.flatnonzero((known < YOUNG) & (age < YOUNG * past.step))
    usable = _sound(moments)
    order = np.argsort(groups.marks, kind="stable")
    lenders = order[((known >= SETTLED) & usable)[order]]
    if not len(young) or len(lenders) < FEWEST:
        return moments, source
    law = power_law(moments.take(lenders))
    pool = _pooled(moments, groups, lenders, law)
    scatter = float(_relative(np.full(1, pool.scatter[lenders].mean()))[0])
    passed = handover(past, pool.level[past.rows], scatter, law)
    mine, own = pool.take(young), moments.take(young)
    top = float(moments.level[lenders].max())
    factor = np.broadcast_to(np.asarray(error, dtype=np.float64), known.shape)[young]
    mixed, weight = _mixed(own, known[young], mine, (passed, scatter, top), law, np.maximum(factor, 1e-6))
    source[young] = _words(groups, young, mine, weight, own.known)
    return _put(moments, young, mixed), source


def _sound(moments: Moments) -> Bools:
    """Which rows have a level and a spread that a logarithm can be taken of."""
    level, spread = moments.level, moments.spread
    finite = np.isfinite(level) & np.isfinite(spread)
    return np.asarray(finite & (level > _LEAST_LEVEL) & (spread > _LEAST_LEVEL))


def _pooled(moments: Moments, groups: Groups, lenders: Ints, law: PowerLaw) -> _Pool:
    """Log level, scatter and tilt per row: every narrower group adds what it differs by, shrunk by its size."""
    level = np.log(moments.level[lenders])
    middle = np.median(level)
    far = _CLIP * 1.4826 * max(float(np.median(np.abs(level - middle))), 0.1)
    level = np.clip(level, middle - far, middle + far)
    tilt = np.clip(np.log(moments.spread[lenders]) - law.a - law.b * level, -_TILT, _TILT)
    n = len(moments.level)
    base, off, items, depth = np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    levels = groups.levels()
    for place, (code, owns) in enumerate(levels):
        prior = _PRIOR_ITEMS if place else 0.0
        inside = owns[lenders]
        count = np.bincount(code[lenders[inside]], minlength=int(code.max()) + 1)
        base = base + _effect(level - base[lenders], code, owns, lenders, prior)
        off = off + _effect(tilt - off[lenders], code, owns, lenders, prior)
        named = owns & (count[code] >= FEWEST)
        items, depth = np.where(named, count[code], items), np.where(named, place, depth)
    scatter = _scatter((level - base[lenders]) ** 2, levels, lenders)
    return _Pool(base, scatter, off, items, depth)


def _effect(rest: Floats, code: Ints, owns: Bools, lenders: Ints, prior: float) -> Floats:
    """Shrunk mean of `rest` per group, given to every row [n] that has the attribute."""
    inside = owns[lenders]
    where = code[lenders[inside]]
    size = int(code.max()) + 1
    total = np.bincount(where, weights=rest[inside], minlength=size)
    count = np.bincount(where, minlength=size)
    return np.where(owns, (total / np.maximum(count + prior, 1.0))[code], 0.0)


def _scatter(squares: Floats, levels: list[tuple[Ints, Bools]], lenders: Ints) -> Floats:
    """Variance of log levels inside the group of every row, the wider group's where the narrower one is small."""
    out: Floats = np.full(len(levels[0][0]), float(np.mean(squares)))
    for code, owns in levels[1:]:
        out = np.maximum(out + _effect(squares - out[lenders], code, owns, lenders, _PRIOR_SCATTER), 0.0)
    return np.asarray(np.clip(out, *_SCATTER))


def _relative(scatter: Floats) -> Floats:
    """Squared relative deviation of the gamma law whose logarithm has the given variance.

    By the variance of the logarithm, because a few giants would make the plain one boundless.
    """
    scatter, back = np.unique(scatter, return_inverse=True)  # groups are few, rows many
    shape = 0.5 + 1.0 / scatter
    for _ in range(8):
        slope = special.polygamma(1, shape)
        shape = shape + slope * (1.0 - slope / scatter) / special.polygamma(2, shape)
    return np.asarray((1.0 / shape)[back])


def _mixed(
    own: Moments,
    known: Floats,
    pool: _Pool,
    passed: tuple[Handover, float, float],
    law: PowerLaw,
    error: Floats,
) -> tuple[Moments, Floats]:
    """Moments of the young rows with `known` steps, and the weight [m] of their own history in the level."""
    table, scatter, top = passed
    shift, weight, noise = (_at(column, known) for column in (table.shift, table.weight, table.noise))
    noise = np.maximum(noise * np.clip(_relative(pool.scatter) / scatter, 0.3, 3.0), LEAST_NOISE)
    sound = np.where(np.isfinite(own.level), own.level, 0.0)
    log_own = np.log(np.maximum(sound, np.exp(pool.level) * FLOOR))
    level = np.exp(pool.level + shift + np.where(known > 0.0, weight * (log_own - pool.level), 0.0))
    level = np.minimum(level, np.maximum(top, sound))
    tilt = pool.tilt + _own_tilt(own, law, pool.tilt)
    spread = np.exp(law.a + tilt) * level**law.b
    doubt = level**2 * noise
    spread = np.maximum(spread, doubt / error)  # the model takes no strength below one bucket
    strength = np.maximum(error * spread / np.maximum(doubt, 1e-300), 1.0)
    fade = np.clip((YOUNG - known) / (YOUNG - AGES + 1.0), 0.0, 1.0)  # of what is borrowed
    mixed = Moments(
        sound + fade * (level - sound),
        _faded(own.spread, spread, fade),
        _faded(own.strength, strength, fade),
        own.age,
        own.known,
    )
    return mixed, 1.0 - fade * (1.0 - weight)


def _faded(own: Floats, lent: Floats, fade: Floats) -> Floats:
    now = np.where(np.isfinite(own), own, 0.0)
    return np.asarray(now + fade * (lent - now))


def _at(column: Floats, known: Floats) -> Floats:
    """The table at a number of known steps, between whole ones interpolated; the last entry holds beyond it."""
    return np.asarray(np.interp(known, np.arange(AGES), column))


def _own_tilt(own: Moments, law: PowerLaw, group: Floats) -> Floats:
    """How far the own spread moves the tilt off the group's, by the buckets behind it."""
    usable = _sound(own)
    logs = (np.log(np.where(usable, column, 1.0)) for column in (own.level, own.spread))
    level, spread = logs
    seen = np.maximum(own.known - 1.0, 0.0)
    gap = np.where(usable, np.clip(spread - law.a - law.b * level - group, -_TILT, _TILT), 0.0)
    return np.asarray(gap * seen / (seen + _PRIOR_SPREAD))


def _put(moments: Moments, rows: Ints, mixed: Moments) -> Moments:
    """The moments with level, spread and strength of `rows` replaced."""
    level, spread, strength = moments.level.copy(), moments.spread.copy(), moments.strength.copy()
    level[rows], spread[rows], strength[rows] = mixed.level, mixed.spread, mixed.strength
    return Moments(level, spread, strength, moments.age, moments.known)


def _words(groups: Groups, rows: Ints, pool: _Pool, weight: Floats, known: Floats) -> Names:
    """Where the level comes from, per row, such as `level from 38 items of category SEALS at 1010`."""
    place, category = (pd.Series(column[rows], dtype="str") for column in (groups.place, groups.category))
    band = groups.band[rows]
    priced = ", unit cost " + _octave(band) + " to " + _octave(band + 1)
    kind = ("of category " + category).where(category != "", "")
    both = (kind + " at " + place).str.strip()
    names = np.select([pool.depth == k for k in range(4)], ["of all kinds", "at " + place, kind, both], both + priced)
    share = pd.Series(np.rint(100.0 * weight)).astype("int64").astype(str)
    buckets = pd.Series(np.where(known == 1.0, " bucket", " buckets"), dtype="str")
    own = (
        "; own history of " + pd.Series(known.astype(np.int64)).astype(str) + buckets + " weighs " + share + " %"
    ).where(known > 0.0, "")
    text = "level from " + pd.Series(pool.items).astype(str) + " items " + pd.Series(names).astype(str) + own
    return np.asarray(text.to_numpy(dtype=object))


def _octave(band: Ints) -> "pd.Series[str]":
    """The lower edge of a price band in words."""
    edges = np.array([f"{2.0 ** (k - 32):g}" for k in range(_BANDS + 1)], dtype=object)
    return pd.Series(edges[np.maximum(band, 0)], dtype="str")
