"""Croston's method, its corrected form (SBA) and Teunter, Syntetos and Babai's (TSB) for a whole panel at once.

They give level, spread and strength; the law of the demand over an interval is `State`'s and `IntervalDemand`'s.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bot.forecast.fit import Fit
from bot.forecast.moments import Floats, Moments
from bot.forecast.scan import SPREAD_GAIN, TINY, Columns, columns, gathered

Method = Literal["croston", "sba", "tsb"]
ALPHAS = (0.05, 0.1, 0.3)  # gains of the sizes
BETAS = (0.03, 0.1, 0.25)  # gains of the intervals or of the probability


def intermittent(
    values: Floats,
    factors: Floats | None = None,
    rows: npt.NDArray[Any] | None = None,
    *,
    method: Method,
    alphas: Sequence[float] = ALPHAS,
    betas: Sequence[float] = BETAS,
) -> Fit:
    """Fit sizes and occurrences of demand apart, for `values` [n, T] (NaN = unknown).

    Sizes `z` are smoothed with a gain from `alphas` whenever there is demand. Croston smooths the interval between
    demands with a gain from `betas`, probability p = 1 / interval; SBA multiplies p by 1 - beta / 2 (Syntetos and
    Boylan 2005); TSB smooths p itself at every bucket (Teunter, Syntetos and Babai 2011). Each series takes the pair
    with the least squared one-step error; a single pair is taken as it is. The smoothing starts as a plain mean of
    what it has seen and turns exponential as its memory fills, so no start value has to be guessed.

    With season factors, time runs at their pace: a bucket with factor f is f buckets long, which leaves sizes alone
    and keeps rare demand in a weak season from counting fifty-fold.

    level = p z; spread = p s2 + p (1 - p) z^2, the variance of a sum of Bernoulli(p) many sizes with mean z and
    variance s2 (moments of the compound law); s2 is the slowly smoothed squared error of the sizes before each
    demand. The level's variance by first-order expansion, divided into the spread, is the strength.
    """
    parts = []
    for block in columns(values, factors, rows):
        alpha, beta = _chosen(block, method, np.asarray(alphas, dtype=np.float64), np.asarray(betas, dtype=np.float64))
        moments = _Final(block, method, alpha, beta).moments()
        parts.append((moments, np.zeros(len(block.known))))
    return gathered(parts)


def _chosen(block: Columns, method: Method, alphas: Floats, betas: Floats) -> tuple[Floats, Floats]:
    """Gains [m] per series with the least one-step error; the first (slowest) of equals."""
    m = len(block.known)
    if len(alphas) * len(betas) == 1:
        return np.full(m, alphas[0]), np.full(m, betas[0])
    best = np.argmin(_errors(block, method, alphas, betas).reshape(-1, m), axis=0)
    return alphas[best // len(betas)], betas[best % len(betas)]


def _errors(block: Columns, method: Method, alphas: Floats, betas: Floats) -> Floats:
    """Sums of squared one-step errors [alphas, betas, m]."""
    a = alphas[:, None]
    state = _Occurrence(method, betas[:, None], (len(betas), len(block.known)))
    total, mass = np.zeros((2, len(alphas), len(block.known)))
    errors = np.zeros((len(alphas), len(betas), len(block.known)))
    miss = np.empty_like(errors)
    for y, f, score in zip(block.y, block.f, block.score, strict=True):
        size = total / (mass + TINY)
        np.multiply(size[:, None], (state.probability() * f)[None], out=miss)
        np.subtract(y, miss, out=miss)
        np.multiply(miss, miss, out=miss)
        miss *= score
        errors += miss
        happened = (y > 0.0).astype(np.float64)
        keep = 1.0 - a * happened
        total *= keep
        total += y
        mass *= keep
        mass += happened
        state.step(happened, f)
    return errors


class _Occurrence:
    """Smoothed probability of demand per bucket, top / bottom, for all gains at once."""

    def __init__(self, method: Method, beta: Floats, shape: tuple[int, ...]) -> None:
        self.tsb = method == "tsb"
        self.beta, self.stay = beta, 1.0 - beta
        self.factor = 1.0 - 0.5 * beta if method == "sba" else np.ones(beta.shape)
        self.top, self.bottom = np.zeros((2, *shape))
        self.wait = np.zeros(shape[-1])

    def probability(self) -> Floats:
        return np.asarray(self.factor * (self.top / (self.bottom + TINY)))

    def step(self, happened: Floats, f: Floats) -> Floats:
        """Take one bucket in; returns what is kept of the older weights."""
        keep = self.stay if self.tsb else 1.0 - self.beta * happened
        self.top *= keep
        self.top += happened
        self.bottom *= keep
        if self.tsb:
            self.bottom += f
        else:
            self.wait += f
            self.bottom += self.wait * happened
            self.wait *= 1.0 - happened
        return keep


class _Final:
    """The last walk with the chosen gains: everything that `Moments` wants."""

    def __init__(self, block: Columns, method: Method, alpha: Floats, beta: Floats) -> None:
        m = len(block.known)
        self.known, self.tsb = block.known, method == "tsb"
        self.occurrence = _Occurrence(method, beta, (m,))
        self.total, self.mass, self.mass2 = np.zeros((3, m))  # of the sizes, their weights, squared weights
        self.scatter, self.scattered = np.zeros((2, m))
        self.seen, self.seen2, self.aged = np.zeros((3, m))  # weights of the occurrences, squared, times age
        for y, f in zip(block.y, block.f, strict=True):
            happened = (y > 0.0).astype(np.float64)
            self._sizes(y, happened, alpha)
            self._occurrences(happened, f)

    def _sizes(self, y: Floats, happened: Floats, alpha: Floats) -> None:
        size = self.total / (self.mass + TINY)
        doubt = 1.0 + self.mass2 / (self.mass * self.mass + TINY)  # the size before has an error of its own
        counts = happened * (self.mass > 0.0)
        fade = 1.0 - SPREAD_GAIN * counts
        self.scatter = self.scatter * fade + counts * (y - size) ** 2 / doubt
        self.scattered = self.scattered * fade + counts
        keep = 1.0 - alpha * happened
        self.total = self.total * keep + y
        self.mass = self.mass * keep + happened
        self.mass2 = self.mass2 * keep * keep + happened

    def _occurrences(self, happened: Floats, f: Floats) -> None:
        alive = (f > 0.0).astype(np.float64)
        keep = self.occurrence.step(happened, f)
        came = alive if self.tsb else happened
        self.aged = (self.aged + self.seen * alive) * keep
        self.seen = self.seen * keep + came
        self.seen2 = self.seen2 * keep * keep + came

    def moments(self) -> Moments:
        p, size = self.occurrence.probability(), self.total / (self.mass + TINY)
        variance = self.scatter / (self.scattered + TINY)
        rare = np.maximum(1.0 - p, 0.0)
        spread = p * (variance + rare * size * size)
        sizes = self.mass2 / (self.mass * self.mass + TINY)  # one over the effective number
        seen = self.seen2 / (self.seen * self.seen + TINY)
        own = (p if self.tsb else p * p) * rare * size * size * seen
        doubt = p * p * variance * sizes + own
        plain = np.divide(1.0, p * sizes, out=self.known.copy(), where=p * sizes > 0.0)
        strength = np.divide(spread, doubt, out=plain, where=doubt > 0.0)
        age = self.aged / (self.seen + TINY)
        return Moments(p * size, spread, np.minimum(strength, self.known), age, self.known.copy())
