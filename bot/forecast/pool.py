"""One regression over the whole panel: what really came, set against what several memories of each series said.

It corrects what single series cannot see: regression to the mean, a drift that all share, which memory to trust.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.forecast.moments import Floats, Moments, remember

_MEMORIES = {"D": (42.0, 84.0, 168.0, 350.0), "W": (42.0, 84.0, 168.0, 350.0), "M": (91.0, 182.0, 365.0, 730.0)}
BASE = 2  # the memory that the others are compared with; its spread is the spread
SIZE = 6  # coefficients: constant, size, sales seen, three memories against the base
_RIDGE = 10.0  # pull to "no correction", in cases with a coefficient of variation of 1
_MOST = 1.5  # largest correction, in natural logarithms
_STEADY = 0.1  # least relative variance of a case: the largest items must not decide alone
_FARTHEST = 6.0  # standard deviations above the mean that an outcome counts for: one slip must not move all series
_ROUNDS = 25
_FAR = 6.0  # differences in size that count, in natural logarithms from the ordinary series
_SIZE = 1  # column of the size
_TRUSTED = 0.1  # squared relative error of a level at which half of what size and sales say is believed

Matrix = npt.NDArray[np.float64]


def half_lives(freq: str, bucket_days: float) -> Floats:
    """The memories in buckets, shortest first."""
    return np.asarray(_MEMORIES[freq]) / bucket_days


@dataclass(frozen=True, slots=True)
class Memories:
    """Moments under each memory, and the number of buckets with demand [n]."""

    moments: list[Moments]
    sold: Floats

    @classmethod
    def of(
        cls,
        values: Floats,
        lives: Floats,
        factors: Floats | None,
        rows: npt.NDArray[np.int64] | None,
        longest: Floats | None = None,
    ) -> "Memories":
        """Look at `values` [n, T] under the half-lives `lives` (buckets); season factors as in `remember`."""
        sold = (np.nan_to_num(values) > 0.0).sum(axis=1).astype(np.float64)
        return cls(remember(values, lives, factors, rows, longest), sold)

    @property
    def base(self) -> Moments:
        """Moments that the correction starts from."""
        return self.moments[BASE]

    def features(self, length: Floats) -> Matrix:
        """What the correction depends on [n, SIZE], and last the doubt [n]; `length` [n] is the interval in buckets."""
        level, doubt = self.base.level, _doubt(self.base)
        size = np.log(np.maximum(level * length, 1e-300))
        columns = [np.ones(len(level)), size, doubt * (np.log(np.maximum(self.sold, 1.0)) - 2.0)]
        columns += [_against(m.level, level) for place, m in enumerate(self.moments) if place != BASE]
        return np.stack([*columns, doubt], axis=1)


def _doubt(moments: Moments) -> Floats:
    """How little a level is known, 0 to 1: its own relative error's square against `_TRUSTED`.

    What is well known has nothing to learn from its size or from how often it sold: shrinking a steady giant among
    many small series would order too little of what matters most.
    """
    level, strength = moments.level, moments.strength
    given = (level > 0.0) & (strength > 0.0)
    error = np.divide(moments.spread, strength * level**2, out=np.full_like(level, np.inf), where=given)
    return np.where(np.isinf(error), 1.0, error / (np.where(np.isinf(error), 0.0, error) + _TRUSTED))


def _against(level: Floats, base: Floats) -> Floats:
    """Logarithm of one memory's level over the base, damped where either is near zero."""
    some = 0.1 * base
    ratio = np.divide(level + some, base + some, out=np.ones_like(base), where=base > 0.0)
    return np.clip(np.log(np.maximum(ratio, 1e-6)), -2.5, 2.5)


@dataclass(frozen=True, slots=True)
class Pool:
    """Coefficients of the correction, SIZE of them; all zero changes nothing.

    `ordinary`: logarithm of the size of an ordinary series, so that the unit of measure plays no part.
    """

    weights: tuple[float, ...] = (0.0,) * SIZE
    ordinary: float = 0.0

    def factor(self, features: Matrix) -> Floats:
        """What the base level is multiplied by [n], between exp(-1.5) and exp(1.5)."""
        return np.exp(np.clip(_times(_centred(features, self.ordinary), self.weights), -_MOST, _MOST))

    def shares(self, features: Matrix) -> Matrix:
        """How much of the factor's logarithm each feature accounts for [n, SIZE]; a row adds up to it."""
        each = _centred(features, self.ordinary) * np.asarray(self.weights)
        total = _times(_centred(features, self.ordinary), self.weights)
        held = np.divide(np.clip(total, -_MOST, _MOST), total, out=np.ones_like(total), where=total != 0.0)
        return np.asarray(each * held[:, None])

    def corrected(self, moments: Moments, features: Matrix) -> Moments:
        """The moments with level and spread multiplied by the factor."""
        if not any(self.weights):
            return moments
        by = self.factor(features)
        return Moments(moments.level * by, moments.spread * by, moments.strength, moments.age, moments.known)


UNCORRECTED = Pool()


def fit_pool(features: Matrix, actual: Floats, mean: Floats, variance: Floats) -> Pool:
    """Return the correction under which `mean` [m] meets `actual` [m] best; `variance` [m] weighs the cases.

    Quasi-likelihood with a logarithmic link and a ridge, by Newton steps: mean * exp(features @ weights). Rows must
    stand in a canonical order, because sums depend on theirs in the last digit.
    """
    use = (mean > 0.0) & np.isfinite(actual) & np.isfinite(variance)
    if not bool(use.any()):
        return UNCORRECTED
    mu0, spread = mean[use], variance[use]
    y = np.minimum(actual[use], mu0 + _FARTHEST * np.sqrt(spread))
    ordinary = float(features[use, _SIZE].mean())
    x = _centred(features[use], ordinary)
    weight = 1.0 / np.maximum(spread / mu0**2, _STEADY)
    at = np.zeros(SIZE)
    curvature = _products(x, weight) + _RIDGE * np.eye(SIZE)
    for _ in range(_ROUNDS):
        miss = np.clip(y / (mu0 * np.exp(np.clip(_times(x, at), -2 * _MOST, 2 * _MOST))) - 1.0, -1.0, 20.0)
        slope = np.asarray([(x[:, k] * weight * miss).sum() for k in range(SIZE)]) - _RIDGE * at
        step = np.clip(np.linalg.solve(curvature, slope), -0.5, 0.5)
        at = at + step
        if float(np.abs(step).max()) < 1e-6:
            break
    return Pool(tuple(float(w) for w in at), ordinary)


def _centred(features: Matrix, ordinary: float) -> Matrix:
    """The features [n, SIZE] with the size set against that of an ordinary series, as far as it is in doubt."""
    out = np.array(features[:, :SIZE])
    out[:, _SIZE] = features[:, SIZE] * np.clip(features[:, _SIZE] - ordinary, -_FAR, _FAR)
    return out


def _times(x: Matrix, weights: Sequence[float] | Floats) -> Floats:
    """X @ weights, elementwise, so that a row's answer does not depend on its place."""
    total = np.zeros(len(x))
    for column, weight in enumerate(weights):
        total += x[:, column] * weight
    return total


def _products(x: Matrix, weight: Floats) -> Matrix:
    """Weighted cross products [SIZE, SIZE]."""
    out = np.empty((SIZE, SIZE))
    for i in range(SIZE):
        for j in range(i, SIZE):
            out[i, j] = out[j, i] = (x[:, i] * x[:, j] * weight).sum()
    return out
