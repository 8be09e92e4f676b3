"""The distribution of demand over one protection interval per item-location, as an exact finite mixture.

Each component is one possible length of the interval (one lead time). It sizes no order.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast import distributions
from bot.forecast.distributions import Bools, Floats

_SLACK = 1e-9  # rounding of the distribution function that must not move a quantile by a unit
_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class Mixture:
    """Sum of demand from the planning day over the protection interval, n item-locations.

    `means`, `variances`, `weights` [n, K]: base units, base units squared, probabilities of the K lengths.
    `integer` [n]: counts (negative binomial) or amounts (gamma).
    """

    means: Floats
    variances: Floats
    weights: Floats
    integer: Bools

    @classmethod
    def of(cls, means: Floats, variances: Floats, weights: Floats, integer: Bools) -> "Mixture":
        """Build from raw [n, K] moments; weights are normalised. ValueError when a weight row has no mass."""
        weights = np.asarray(np.broadcast_to(weights, means.shape), dtype=np.float64)
        mass = weights.sum(axis=1, keepdims=True)
        if not bool(np.all(np.isfinite(mass) & (mass > 0.0) & (weights >= 0.0).all(axis=1, keepdims=True))):
            raise ValueError("weights must be >= 0 with a positive sum in every row")
        mean, variance = distributions.settle(means, variances, integer[:, None])
        return cls(mean, variance, weights / mass, integer)

    @property
    def mean(self) -> Floats:
        """Expected demand [n]."""
        return np.asarray((self.weights * self.means).sum(axis=1))

    @property
    def variance(self) -> Floats:
        """Variance of demand [n], between and within the components."""
        spread = (self.means - self.mean[:, None]) ** 2
        return np.asarray((self.weights * (self.variances + spread)).sum(axis=1))

    def cdf(self, x: Floats | float) -> Floats:
        """P(D <= x) [n]; x is a number or [n]."""
        return 1.0 - self.above(x)

    def above(self, x: Floats | float) -> Floats:
        """P(D > x) [n]; x is a number or [n]."""
        at = np.broadcast_to(np.asarray(x, dtype=np.float64), (len(self.integer),))
        return self._above(np.where(self.integer, np.floor(at), at), slice(None))

    def quantile(self, level: Floats | float) -> Floats:
        """Smallest amount that covers the demand with probability `level` (number or [n]); whole for counts."""
        tail = 1.0 - np.broadcast_to(np.asarray(level, dtype=np.float64), (len(self.integer),))
        result = np.zeros(len(self.integer))
        rows = np.flatnonzero(self._above(result, slice(None)) > tail + _SLACK)
        if len(rows):
            result[rows] = self._search(rows, tail[rows])
        return result

    def shortage(self, level: Floats | float) -> Floats:
        """E[(D - level)+] [n], exact; level is a number or [n], below 0 read as 0."""
        at = np.broadcast_to(np.asarray(level, dtype=np.float64), (len(self.integer),))
        parts = distributions.shortage(at[:, None], self.means, self.variances, self.integer[:, None])
        return np.asarray((self.weights * parts).sum(axis=1))

    def take(self, rows: npt.NDArray[Any]) -> "Mixture":
        """Return the distribution of the given row numbers (or mask), in that order."""
        return Mixture(self.means[rows], self.variances[rows], self.weights[rows], self.integer[rows])

    def _above(self, x: Floats, rows: Any) -> Floats:
        weights = self.weights[rows]
        wide = np.broadcast_to(np.asarray(x)[:, None], weights.shape)
        integer = np.broadcast_to(self.integer[rows][:, None], weights.shape)
        used = weights > 0.0
        tails = np.zeros(weights.shape)
        tails[used] = distributions.upper(wide[used], self.means[rows][used], self.variances[rows][used], integer[used])
        return np.asarray((weights * tails).sum(axis=1))

    def _search(self, rows: npt.NDArray[np.intp], tail: Floats) -> Floats:
        """Root of the smooth tail by bracketed false position, then the step to whole numbers."""
        low, high, f_low, f_high = self._bracket(rows, tail)
        active = np.arange(len(rows))
        counts = self.integer[rows]
        for turn in range(_ROUNDS):
            active = active[_open(low[active], high[active], counts[active])]
            if not len(active):
                break
            a, b = low[active], high[active]
            x = _between(a, b, f_low[active], f_high[active], halve=turn % 4 == 3)
            f = self._above(x, rows[active]) - tail[active]
            up = f > 0.0
            weaker = 0.5 if turn % 2 else 1.0
            low[active], high[active] = np.where(up, x, a), np.where(up, b, x)
            f_low[active] = np.where(up, f, f_low[active] * weaker)
            f_high[active] = np.where(up, f_high[active] * weaker, f)
        return self._whole(rows, tail, high)

    def _bracket(self, rows: npt.NDArray[np.intp], tail: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return low < root <= high with the function values there; grown from the gamma guess."""
        guess = distributions.gamma_guess(self.mean[rows], self.variance[rows], 1.0 - tail)
        low, high = guess * 0.9, guess * 1.1 + 1.0
        f_low, f_high = self._above(low, rows) - tail, self._above(high, rows) - tail
        for _ in range(_ROUNDS):
            short = np.flatnonzero(f_high > 0.0)
            far = np.flatnonzero(f_low <= 0.0)
            if not len(short) and not len(far):
                break
            low[short], f_low[short] = high[short], f_high[short]
            high[short] = high[short] * 1.5 + 1.0
            f_high[short] = self._above(high[short], rows[short]) - tail[short]
            high[far], f_high[far] = low[far], f_low[far]
            low[far] = np.where(low[far] < 1e-9, -0.5, low[far] * 0.6 - np.where(self.integer[rows[far]], 0.5, 0.0))
            low[far] = np.maximum(low[far], np.where(self.integer[rows[far]], -0.999, 0.0))
            f_low[far] = self._above(low[far], rows[far]) - tail[far]
            stuck = far[f_low[far] <= 0.0]
            f_low[stuck[low[stuck] <= 0.0]] = _SLACK
        return low, high, f_low, f_high

    def _whole(self, rows: npt.NDArray[np.intp], tail: Floats, high: Floats) -> Floats:
        """Round counts up to the smallest whole number that covers, tolerant of rounding errors."""
        counts = self.integer[rows]
        whole = np.ceil(high - _SLACK)
        below = counts & (whole >= 1.0)
        spare = np.flatnonzero(below)
        fits = self._above(whole[spare] - 1.0, rows[spare]) <= tail[spare] + _SLACK
        whole[spare[fits]] -= 1.0
        return np.where(counts, np.maximum(whole, 0.0), high)


def _open(low: Floats, high: Floats, counts: Bools) -> Bools:
    """Which brackets still matter: another whole number inside, or wider than 1e-5 of the value."""
    return np.where(counts, np.ceil(high - _SLACK) - np.floor(low + _SLACK) > 1.0, high - low > 1e-5 * high + 1e-9)


def _between(low: Floats, high: Floats, f_low: Floats, f_high: Floats, *, halve: bool) -> Floats:
    """Next point: where the chord crosses zero, kept off the ends; the middle every fourth turn."""
    if halve:
        return 0.5 * (low + high)
    chord = low + (high - low) * np.clip(f_low / np.maximum(f_low - f_high, 1e-300), 0.02, 0.98)
    return np.asarray(chord)
