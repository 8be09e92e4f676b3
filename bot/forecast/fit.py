"""Fits one specification (memories, season, trend) to a whole panel: numpy arrays in, a `Fit` out.

It neither chooses the specification nor calibrates the law; `choose` does both.
"""

from dataclasses import dataclass

import numpy as np

from bot.forecast.model import DAMPING
from bot.forecast.moments import Floats, Moments, remember, weigh, window_weights
from bot.forecast.pool import Matrix, Memories, Pool, half_lives
from bot.forecast.season import Season
from bot.patterns import buckets
from bot.patterns.buckets import Days

_PRIOR_BUCKETS = 6.0  # buckets of experience that the group's spread is worth
_STEEPEST = 0.5  # most that a damped trend may add to or take from the level in the long run


@dataclass(frozen=True, slots=True)
class Spec:
    """One way to fit.

    `half_life` in days (infinite = all history alike), or the mean of the last `window` buckets, or, `pooled`,
    several memories corrected by what came of them over the whole panel, or the `native` forecaster of that name.
    """

    half_life: float = 180.0
    season: bool = True
    yearly: bool = False
    trend: bool = False
    window: int = 0
    pooled: bool = False
    native: str = ""

    @property
    def name(self) -> str:
        """Short name for reports."""
        if self.window:
            return f"naive({self.window})"
        if self.native:
            return self.native
        if self.pooled:
            return "pooled" + ("+season" if self.yearly else "")
        memory = "all" if np.isinf(self.half_life) else f"{self.half_life:g}d"
        return "negbin(" + memory + ("+season" if self.yearly else "") + ("+trend" if self.trend else "") + ")"


@dataclass(frozen=True, slots=True)
class Fit:
    """Moments and relative slope per bucket [n] of one specification; `features` of a pooled one [n, SIZE]."""

    moments: Moments
    slope: Floats
    features: Matrix | None = None

    def corrected(self, pool: Pool) -> "Fit":
        """The fit after the pool's correction; one that is not pooled stays."""
        if self.features is None:
            return self
        return Fit(pool.corrected(self.moments, self.features), self.slope, self.features)


def fit(
    values: Floats,
    starts: Days,
    season: Season,
    spec: Spec,
    *,
    length: Floats | None = None,
    longest: Floats | None = None,
) -> Fit:
    """Fit `spec` to `values` [n, T] (NaN = unknown) with the given season factors; a pool is not applied yet.

    `length` [n] is the interval in buckets (default 1), `longest` [n] the longest memory in buckets (default any).
    """
    per_bucket = buckets.DAYS_PER[season.freq]
    factors = None if season.flat else season.factors(starts)
    rows = season.group if season.groups > 1 else np.zeros(len(values), dtype=np.int64)
    still = np.zeros(len(values))
    if spec.window:
        return Fit(weigh(values, window_weights(values.shape[1], spec.window), factors, rows), still)
    if spec.pooled:
        memories = Memories.of(values, half_lives(season.freq, per_bucket), factors, rows, longest)
        return Fit(memories.base, still, memories.features(np.ones(len(values)) if length is None else length))
    half_life = spec.half_life / per_bucket
    lives = np.asarray([half_life, 4.0 * half_life] if spec.trend else [half_life])
    fast, *slow = remember(values, lives, factors, rows, longest)
    return _with_trend(fast, slow[0], season.freq) if slow else Fit(fast, still)


def _with_trend(fast: Moments, slow: Moments, freq: str) -> Fit:
    """Read a slope off two memories, trust it by its significance, and bring the level up to now."""
    gap = np.maximum(slow.age - fast.age, 1e-6)
    rise = (fast.level - slow.level) / gap
    noise = fast.spread / np.maximum(fast.strength, 1.0) / gap**2
    trust = np.divide(rise**2, rise**2 + 2.0 * noise, out=np.zeros_like(rise), where=rise != 0.0)
    damping = DAMPING ** (buckets.DAYS_PER[freq] / 7.0)
    reach = damping / (1.0 - damping)
    slope = np.divide(rise * trust, fast.level, out=np.zeros_like(rise), where=fast.level > 0.0)
    slope = np.clip(slope, -_STEEPEST / reach, _STEEPEST / reach)
    lift = np.clip(1.0 + slope * fast.age, 1.0 - _STEEPEST, 1.0 + _STEEPEST)
    level = fast.level * lift
    return Fit(Moments(level, fast.spread, fast.strength, fast.age, fast.known), slope)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """How spread grows with the level over many series: spread = exp(a) * level ** b (Taylor's law)."""

    a: float = float(np.log(2.0))
    b: float = 1.3

    def spread(self, level: Floats) -> Floats:
        """Expected spread of series with the given level."""
        return np.where(level > 0.0, np.exp(self.a + self.b * np.log(np.maximum(level, 1e-12))), 0.0)


ORDINARY = PowerLaw()


def power_law(moments: Moments) -> PowerLaw:
    """Fit the law to the series that have enough history; a default near Poisson when too few do."""
    usable = (moments.level > 0.0) & (moments.spread > 0.0) & (moments.known >= 8.0)
    if int(usable.sum()) < 20:
        return ORDINARY
    x, y = np.log(moments.level[usable]), np.log(moments.spread[usable])
    spread_x = float(np.var(x))
    b = float(np.mean((x - x.mean()) * (y - y.mean())) / spread_x) if spread_x > 1e-9 else 1.3
    b = min(max(b, 1.0), 2.0)
    return PowerLaw(float(np.mean(y - b * x)), b)


def shrunk(moments: Moments, law: PowerLaw, prior: float = _PRIOR_BUCKETS) -> Moments:
    """Return the moments with the spread pulled towards the law, the less the more history there is."""
    own = np.maximum(moments.strength - 1.0, 0.0)
    spread = (own * moments.spread + prior * law.spread(moments.level)) / (own + prior)
    return Moments(moments.level, spread, moments.strength, moments.age, moments.known)
