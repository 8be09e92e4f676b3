"""Level and spread of young item-locations, borrowed from the settled ones that share their attributes.

It forecasts nothing and orders nothing: what was never sold gets a figure to look at, not a reason to buy.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from bot.forecast.fit import PowerLaw
from bot.forecast.launches import AGES, FLOOR, LEAST_NOISE
from bot.forecast.lenders import BANDS, TILT, Groups, Ints, Lenders, Names, Pool, pool_of, relative, sound
from bot.forecast.model import State
from bot.forecast.moments import Floats, Moments

YOUNG = 13.0  # steps since the first sale from which nothing is borrowed any more
_UNSURE = 1.0  # most squared relative error of a level with own sales: wider tails ordered twice what paid
_RAISED = 2.0  # most that a level of own sales may be raised by
_FADES = 2.0  # known steps from which what is borrowed fades: the panel's correction then knows series by their sales
ERROR = 2.6  # what the model multiplies the level's own error by unless the caller says otherwise
_PRIOR_SPREAD = 8.0  # buckets of own history that the group's spread is worth


def settle_young(
    state: State, values: Floats, first: Ints, groups: Groups, lenders: Lenders | None, *, never_sold: bool = False
) -> tuple[State, Names]:
    """Return `state` with young rows drawn to their group, and where from per row ('' = own); see `borrow`.

    The one call of a fit, after the guards, which would take a borrowed level for an exploding one. Rows do not
    influence each other. Means of a foreign forecaster stay. Rows without a sale stay at nothing unless `never_sold`
    asks for a figure to look at: it must reach no order.
    """
    age = (values.shape[1] - first).astype(np.float64)
    if not never_sold:
        age = np.where(state.moments.level > 0.0, age, np.inf)
    if state.path is not None:
        named = getattr(state, "place", None)
        place = np.arange(len(age)) if named is None else named
        age = np.where(place >= 0, np.inf, age)
    moments, source = borrow(state.moments, groups, age, lenders, error=state.phi * state.kappa)
    return replace(state, moments=moments), source


def borrow(
    moments: Moments, groups: Groups, age: Floats, lenders: Lenders | None, *, error: Floats | float = ERROR
) -> tuple[Moments, Names]:
    """Return the moments with level and spread of young rows drawn to their group, and per row where from ('' = own).

    `age` [n]: buckets since the first one; an old item that was mostly out of stock is not young. `error` ([n] or
    number) is what the model multiplies spread / strength by; strength is set so that the level's own error comes out
    as the scatter of levels that nothing known so far can explain.
    """
    source = np.full(len(age), "", dtype=object)
    if lenders is None:
        return moments, source
    known = moments.known / lenders.step
    young = np.flatnonzero((known < YOUNG) & (age < YOUNG * lenders.step))
    if not len(young):
        return moments, source
    near, own = groups.take(young), moments.take(young)
    pool = pool_of(lenders, near)
    factor = np.broadcast_to(np.asarray(error, dtype=np.float64), known.shape)[young]
    mixed, weight = _mixed(own, known[young], pool, lenders, np.maximum(factor, 1e-6))
    source[young] = _words(near, pool, weight, own.known)
    return _put(moments, young, mixed), source


def _mixed(
    own: Moments,
    known: Floats,
    pool: Pool,
    lenders: Lenders,
    error: Floats,
) -> tuple[Moments, Floats]:
    """Moments of the young rows with `known` steps, and the weight [m] of their own history in the level."""
    table, law = lenders.passed, lenders.law
    shift, weight, noise = (_at(column, known) for column in (table.shift, table.weight, table.noise))
    noise = np.maximum(noise * np.clip(relative(pool.scatter) / lenders.noise, 0.3, 3.0), LEAST_NOISE)
    sound = np.where(np.isfinite(own.level), own.level, 0.0)
    log_own = np.log(np.maximum(sound, np.exp(pool.level) * FLOOR))
    level = np.exp(pool.level + shift + np.where(known > 0.0, weight * (log_own - pool.level), 0.0))
    # own sales bound what the group may add: it need not be counted in the same unit, and doubt never orders
    level = np.minimum(level, np.maximum(lenders.top, sound))
    level = np.where(sound > 0.0, np.minimum(level, _RAISED * sound), level)
    tilt = pool.tilt + _own_tilt(own, law, pool.tilt)
    spread = np.exp(law.a + tilt) * level**law.b
    doubt = level**2 * np.where(known > 0.0, np.minimum(noise, _UNSURE), noise)
    spread = np.maximum(spread, doubt / error)  # the model takes no strength below one bucket
    strength = np.maximum(error * spread / np.maximum(doubt, 1e-300), 1.0)
    fade = np.clip((YOUNG - known) / (YOUNG - _FADES), 0.0, 1.0)  # of what is borrowed
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
    usable = sound(own)
    logs = (np.log(np.where(usable, column, 1.0)) for column in (own.level, own.spread))
    level, spread = logs
    seen = np.maximum(own.known - 1.0, 0.0)
    gap = np.where(usable, np.clip(spread - law.a - law.b * level - group, -TILT, TILT), 0.0)
    return np.asarray(gap * seen / (seen + _PRIOR_SPREAD))


def _put(moments: Moments, rows: Ints, mixed: Moments) -> Moments:
    """The moments with level, spread and strength of `rows` replaced."""
    level, spread, strength = moments.level.copy(), moments.spread.copy(), moments.strength.copy()
    level[rows], spread[rows], strength[rows] = mixed.level, mixed.spread, mixed.strength
    return Moments(level, spread, strength, moments.age, moments.known)


def _words(groups: Groups, pool: Pool, weight: Floats, known: Floats) -> Names:
    """Where the level comes from, per row, such as `level from 38 items of category SEALS at 1010`."""
    place, category = (pd.Series(column, dtype="str") for column in (groups.place, groups.category))
    band = groups.band
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
    edges = np.array([f"{2.0 ** (k - 32):g}" for k in range(BANDS + 1)], dtype=object)
    return pd.Series(edges[np.maximum(band, 0)], dtype="str")
