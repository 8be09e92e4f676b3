"""Sample paths of demand from a fitted state, bucket by bucket, for what needs more than the sum over an interval.

They say the same as the law of `Forecast.interval`, as stated, about every sum; calibration is not theirs.
"""

import numpy as np

from bot.forecast import distributions, draws
from bot.forecast.draws import Marks
from bot.forecast.model import State
from bot.forecast.moments import Floats

_TINY = 1e-12
_DRAWS = 32_768  # of a bucket at a time: they stay in the processor's cache


def paths(state: State, mark: Marks, periods: int, count: int) -> Floats:
    """Return demand [n, count, periods] of the first whole buckets; `mark` [n] seeds each series by itself.

    The level is wrong by one factor for a whole path, a gamma of mean 1 whose variance is what the state's variance
    of the sum has beyond that of independent buckets. Given it, buckets are negative binomial (counts) or gamma
    (amounts) with one ratio of variance to mean.
    """
    out = np.zeros((len(mark), count, periods))
    step = max(1, _DRAWS // max(count, 1))
    for start in range(0, len(mark), step):
        rows = np.arange(start, min(start + step, len(mark)))
        out[rows] = _drawn(state.take(rows), draws.streams(mark[rows], count), periods)
    return out


def _drawn(state: State, stream: Marks, periods: int) -> Floats:
    """Paths of a block of series."""
    means, ratio, doubt = _shape(state, periods)
    level = np.ones(stream.shape)
    unsure = np.flatnonzero(doubt > _TINY)
    form = 1.0 / doubt[unsure][:, None]
    level[unsure] = draws.gammas(form, stream[unsure], 0) / form
    out = np.zeros((*stream.shape, periods))
    for k in range(periods):
        out[:, :, k] = _bucket(means[:, k][:, None] * level, ratio, state, stream, 2 * k + 1)
    return out


def _shape(state: State, periods: int) -> tuple[Floats, Floats, Floats]:
    """Means [n, periods], variance over mean of a bucket [n], variance of the level's factor [n]."""
    n = len(state.integer)
    ends = np.broadcast_to(np.arange(1.0, periods + 1.0), (n, periods))
    means, _ = state.sums(ends, ends - 1.0)
    means = np.where(means > _TINY, means, 0.0)
    mean, variance = distributions.settle(*state.sums(np.full((n, 1), float(periods))), state.integer[:, None])
    level = np.where(state.moments.level > _TINY, state.moments.level, 1.0)
    ratio = np.maximum(state.phi * state.moments.spread / level, np.where(state.integer, 1.0, 1e-8 * level))
    beyond = np.maximum(variance[:, 0] - ratio * mean[:, 0], 0.0)
    square = mean[:, 0] ** 2
    return means, ratio, np.divide(beyond, square, out=np.zeros(n), where=square > 0.0)


def _bucket(mean: Floats, ratio: Floats, state: State, stream: Marks, draw: int) -> Floats:
    """Draws [n, count] of one bucket around its mean given the level."""
    excess = np.where(state.integer, ratio - 1.0, ratio)[:, None]
    rate = mean.copy()
    mixed = np.flatnonzero(excess[:, 0] > 1e-9)
    rate[mixed] = draws.gammas(mean[mixed] / excess[mixed], stream[mixed], draw) * excess[mixed]
    whole = np.flatnonzero(state.integer)
    rate[whole] = draws.poissons(rate[whole], stream[whole], draw + 1)
    return rate
