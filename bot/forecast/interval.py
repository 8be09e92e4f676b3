"""Demand over one protection interval per item-location: an exact mixture whose probabilities are calibrated.

It sizes no order; the law itself is `bot.forecast.mixture`, the calibration `bot.forecast.levels`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.distributions import Bools, Floats
from bot.forecast.levels import KNOTS, Levels
from bot.forecast.mixture import Mixture


@dataclass(frozen=True, slots=True)
class _Knots:
    """Where the law reaches each inner knot [n, J] (base units), and the shortage there and at 0 [n, J + 1]."""

    places: Floats
    shortages: Floats


@dataclass(frozen=True, slots=True)
class IntervalDemand:
    """Sum of demand from the planning day over the protection interval, n item-locations.

    `law` as stated by the model, `levels` what its probabilities are worth (None = as stated).
    """

    law: Mixture
    levels: Levels | None = None
    _knots: list[_Knots] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(
        cls, means: Floats, variances: Floats, weights: Floats, integer: Bools, levels: Levels | None = None
    ) -> "IntervalDemand":
        """Build from raw [n, K] moments; weights are normalised. ValueError when a weight row has no mass."""
        return cls(Mixture.of(means, variances, weights, integer), levels)

    @property
    def integer(self) -> Bools:
        """Counts or amounts [n]."""
        return self.law.integer

    @property
    def mean(self) -> Floats:
        """Expected demand [n]."""
        return self.law.mean

    @property
    def variance(self) -> Floats:
        """Variance of demand as stated [n], between and within the lengths."""
        return self.law.variance

    def cdf(self, x: Floats | float) -> Floats:
        """P(D <= x) [n]; x is a number or [n]."""
        stated = self.law.cdf(x)
        return stated if self.levels is None else self.levels.calibrated(stated)

    def above(self, x: Floats | float) -> Floats:
        """P(D > x) [n]; x is a number or [n]."""
        return self.law.above(x) if self.levels is None else 1.0 - self.cdf(x)

    def quantile(self, level: Floats | float) -> Floats:
        """Smallest amount that covers the demand with probability `level` (number or [n]); whole for counts."""
        if self.levels is None:
            return self.law.quantile(level)
        wanted = np.broadcast_to(np.asarray(level, dtype=np.float64), (len(self.integer),))
        return self.law.quantile(self.levels.stated(wanted))

    def shortage(self, level: Floats | float) -> Floats:
        """E[(D - level)+] [n]; level is a number or [n], below 0 read as 0.

        Between two knots the calibrated tail is a line in the stated one, so that its integral is a difference of
        the law's own shortages, known in closed form. Calibration is of probabilities and not of means, which are
        corrected elsewhere: the tail keeps its shape and is scaled so that the shortage at 0 is the mean.
        """
        if self.levels is None:
            return self.law.shortage(level)
        whole = self._tail(np.zeros(len(self.integer)))
        scale = np.divide(self.mean, whole, out=np.ones_like(whole), where=whole > 0.0)
        return np.asarray(self._tail(level) * scale)

    def _tail(self, level: Floats | float) -> Floats:
        """Integral of the calibrated tail above `level`."""
        if self.levels is None:
            return self.law.shortage(level)
        at = np.maximum(np.broadcast_to(np.asarray(level, dtype=np.float64), (len(self.integer),)), 0.0)
        knots, (a, b) = self._at_knots(), self.levels.lines()
        here = self.law.shortage(at)[:, None]
        start = np.concatenate([np.zeros((len(at), 1)), knots.places], axis=1)
        low = np.maximum(start, at[:, None])
        s_low = np.where(start >= at[:, None], knots.shortages, here)
        width = np.diff(low, axis=1, append=low[:, -1:])
        fall = s_low - np.concatenate([s_low[:, 1:], np.zeros((len(at), 1))], axis=1)
        return np.asarray(np.maximum(((1.0 - a - b) * width + b * fall).sum(axis=1), 0.0))

    def take(self, rows: npt.NDArray[Any]) -> "IntervalDemand":
        """Return the distribution of the given row numbers (or mask), in that order."""
        kept = [_Knots(k.places[rows], k.shortages[rows]) for k in self._knots]
        return IntervalDemand(self.law.take(rows), None if self.levels is None else self.levels.take(rows), kept)

    def prepared(self) -> "IntervalDemand":
        """The same, with what every shortage needs found already: parts taken of it share that."""
        if self.levels is not None:
            self._at_knots()
        return self

    def _at_knots(self) -> _Knots:
        """The law at the knots, found once: searching for quantiles is what costs."""
        if not self._knots:
            places = np.stack([self.law.quantile(u) for u in KNOTS[1:-1]], axis=1)
            shortages = [self.law.shortage(0.0), *(self.law.shortage(place) for place in places.T)]
            self._knots.append(_Knots(places, np.stack(shortages, axis=1)))
        return self._knots[0]
