"""Every specification that competes, and the one way to fit any of them.

It judges none of them; `bot.forecast.choose` does.
"""

import numpy as np

from bot.forecast import fit as own
from bot.forecast.fit import Fit, Spec
from bot.forecast.moments import Floats
from bot.forecast.natives import natives
from bot.forecast.season import Season
from bot.patterns import buckets
from bot.patterns.buckets import Days

DEFAULT = Spec(half_life=240.0)
POOLED = Spec(pooled=True)
SEASONAL = Spec(pooled=True, yearly=True)
SINGLE = (Spec(native="tsb"), Spec(native="damped"), Spec(native="bootstrap"))
_NAIVE_DAYS = 28.0  # shortest memory of the naive forecast: shorter ones take a quiet week for the end of demand


def naive(freq: str, length: Floats) -> Spec:
    """The mean of an ordinary interval's last buckets, never of less than four weeks."""
    least = np.ceil(_NAIVE_DAYS / buckets.DAYS_PER[freq])
    return Spec(window=int(max(1, least, np.median(length))))


def fit(
    values: Floats,
    starts: Days,
    season: Season,
    spec: Spec,
    *,
    length: Floats,
    longest: Floats | None = None,
) -> Fit:
    """Fit `spec` to `values` [n, T]; arguments as for `bot.forecast.fit.fit`, `length` [n] in buckets."""
    if not spec.native:
        return own.fit(values, starts, season, spec, length=length, longest=longest)
    factors = None if season.flat else season.factors(starts)
    rows = season.group if season.groups > 1 else np.zeros(len(values), dtype=np.int64)
    return natives(season.freq)[spec.native](values, factors, rows, np.asarray(length, dtype=np.int64))
