"""What the first buckets of a new item-location said about its later level, learned from all earlier launches.

It knows nothing of attributes; what a group's level is comes from `bot.forecast.coldstart`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import PowerLaw
from bot.forecast.moments import Floats

Ints = npt.NDArray[np.int64]

AGES = 13  # known steps 0 to 12 for which the hand-over is learned
PRIOR_STEPS = 6.0  # steps of own history that the group is worth where launches do not tell
LEAST_NOISE = 0.05  # squared relative error of a level that is always left
FLOOR = 0.02  # of the group's level: what a series that sold nothing counts as on the log scale
_AHEAD = 8  # steps that the later level is measured over
_QUIET = 8  # steps of history before a first sale that make it a launch and not the edge of the extract
_LEAST_LATER = 4
_MOST = 5000  # launches that are learned from, picked by their hash
_PRIOR_LAUNCHES = 10.0
_CAP = 5.0  # a launch beyond so many times its expectation counts as that many
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Launches:
    """Past launches in canonical order, with what they sold before and after every age.

    `rows` [r] of the panel; mean over the first a steps `own`, over the eight steps after them `later`, both
    [r, AGES] with NaN where unknown. A `step` is a bucket, of daily history seven of them.
    """

    rows: Ints
    own: Floats
    later: Floats
    step: int = 1


@dataclass(frozen=True, slots=True)
class Handover:
    """How own history takes over, by number of known steps [AGES].

    log level = group + `shift` + `weight` * (log own - group), with squared relative error `noise`. The shift takes
    back that a history begins with a sale.
    """

    shift: Floats
    weight: Floats
    noise: Floats


def launches(values: Floats, first: Ints, marks: npt.NDArray[Any], step: int = 1) -> Launches:
    """Find the launches in `values` [n, T] (NaN = unknown).

    `first` [n] is the first bucket, `marks` [n] the hash of the keys, in whose order launches are pooled.
    """
    periods = values.shape[1]
    rows = np.flatnonzero((first >= _QUIET * step) & (periods - first > _LEAST_LATER * step))
    rows = rows[np.argsort(marks[rows], kind="stable")][:_MOST]
    bucket = first[rows][:, None] + np.arange((AGES - 1 + _AHEAD) * step)
    seen = values[rows[:, None], np.minimum(bucket, max(periods - 1, 0))].astype(np.float64)
    seen = np.where(bucket < periods, seen, np.nan)
    total, count = _running(np.nan_to_num(seen)), _running((~np.isnan(seen)).astype(np.float64))
    age = np.arange(AGES) * step
    after = count[:, age + _AHEAD * step] - count[:, age]
    later = (total[:, age + _AHEAD * step] - total[:, age]) / np.maximum(after, 1.0)
    own = total[:, age] / np.maximum(count[:, age], 1.0)
    enough = after >= _LEAST_LATER * step
    whole = count[:, age] >= age
    return Launches(rows, np.where(whole, own, np.nan), np.where(enough, later, np.nan), step)


def handover(known: Launches, group: Floats, scatter: float, law: PowerLaw) -> Handover:
    """Learn the hand-over from launches.

    `group` [r] is the log level of their groups, `scatter` the squared relative deviation of levels inside a
    group, which holds where launches are too few to tell.
    """
    own_weight = np.arange(AGES) / (np.arange(AGES) + PRIOR_STEPS)
    doubt = (1.0 - own_weight) * scatter
    use = ~np.isnan(known.later) & ~np.isnan(known.own)
    own = np.where(use, np.nan_to_num(known.own), 0.0)
    later = np.where(use, np.nan_to_num(known.later), 0.0)
    base = group[:, None]
    least = np.exp(base) * FLOOR
    x = np.where(np.arange(AGES) > 0, np.log(np.maximum(own, least)) - base, 0.0)
    y = np.log(np.maximum(later, least)) - base
    prior = 0.5 * np.log1p(doubt)  # a mean lies above a median
    shift: Floats = prior
    weight: Floats = own_weight
    for _ in range(_ROUNDS):
        trust = np.where(use, 1.0 / (1.0 + _chance(law, base + shift + weight * x, known.step)), 0.0)
        weight = _slope(x, y, trust, own_weight, scatter)
        shift = _level(later / np.exp(base + weight * x), trust, shift, prior)
    chance = _chance(law, base + shift + weight * x, known.step)
    ratio = np.minimum(later / np.exp(base + shift + weight * x), _CAP)
    trust = np.where(use, 1.0 / (1.0 + chance) ** 2, 0.0)
    excess = (trust * ((ratio - 1.0) ** 2 - chance)).sum(axis=0)
    noise = (excess + _PRIOR_LAUNCHES * doubt) / (trust.sum(axis=0) + _PRIOR_LAUNCHES)
    return Handover(shift, weight, np.maximum(noise, LEAST_NOISE))


def _chance(law: PowerLaw, level: Floats, step: int) -> Floats:
    """Squared relative deviation that chance alone gives the mean of the later buckets, `level` in logs."""
    return np.asarray(np.exp(np.clip(law.a + (law.b - 2.0) * level, -30.0, 30.0)) / (_AHEAD * step))


def _slope(x: Floats, y: Floats, trust: Floats, prior: Floats, scatter: float) -> Floats:
    """Weight of own history by regression, drawn to `prior`; nothing is known of what has no history."""
    mass = np.maximum(trust.sum(axis=0), 1e-9)
    dx = x - (trust * x).sum(axis=0) / mass
    dy = y - (trust * y).sum(axis=0) / mass
    stiff = _PRIOR_LAUNCHES * max(scatter, LEAST_NOISE)
    weight = ((trust * dx * dy).sum(axis=0) + stiff * prior) / ((trust * dx * dx).sum(axis=0) + stiff)
    return np.where(np.arange(AGES) > 0, np.clip(weight, 0.0, 1.0), 0.0)


def _level(ratio: Floats, trust: Floats, start: Floats, prior: Floats) -> Floats:
    """Log of the mean ratio with capped launches, drawn to `prior`."""
    mass, shift = trust.sum(axis=0), start
    for _ in range(_ROUNDS):
        capped = np.minimum(ratio / np.exp(shift), _CAP)
        mean = (trust * capped).sum(axis=0) / np.maximum(mass, 1e-9)
        shift = np.clip(shift + np.log(np.clip(mean, 0.2, _CAP)), -6.0, 6.0)
    return np.asarray((mass * shift + _PRIOR_LAUNCHES * prior) / (mass + _PRIOR_LAUNCHES))


def _running(table: Floats) -> Floats:
    """Running sums with a leading zero."""
    return np.concatenate([np.zeros((len(table), 1)), np.cumsum(table, axis=1)], axis=1)
