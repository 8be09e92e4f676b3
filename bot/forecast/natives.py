"""The native forecasters by name, each a function from a panel to a `Fit`: what competes in the choice of a model.

It chooses none of them; the exponentially weighted negative binomial and the naive are `fit.Spec`'s.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.forecast.bootstrap import bootstrap
from bot.forecast.fit import Fit
from bot.forecast.intermittent import Method, intermittent
from bot.forecast.model import DAMPING
from bot.forecast.moments import Floats, Moments
from bot.forecast.smoothing import damped, simple
from bot.patterns import buckets

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[Any] | None
Native = Callable[[Floats, Floats | None, Rows, Ints], Fit]
BLEND = ("tsb", "ses", "bootstrap")  # three views that err differently: their mean is a candidate of its own


def natives(freq: str = "W") -> dict[str, Native]:
    """Return name -> function(values [n, T], factors [G, T], rows [n], length [n] in buckets) for a bucket length.

    The length of the interval matters to `bootstrap` only, the bucket length to `damped` only.
    """
    damping = float(DAMPING ** (buckets.DAYS_PER[freq] / 7.0))
    return {
        "croston": _by("croston"),
        "sba": _by("sba"),
        "tsb": _by("tsb"),
        "ses": lambda values, factors, rows, _length: simple(values, factors, rows),
        "damped": lambda values, factors, rows, _length: damped(values, factors, rows, damping=damping),
        "bootstrap": bootstrap,
    }


def averaged(fits: Sequence[Fit]) -> Fit:
    """Return the plain mean of fits of the same panel, which costs nothing once they are made; ValueError for none."""
    if not fits:
        raise ValueError("there is no mean of no fits")
    share = 1.0 / len(fits)
    names = ("level", "spread", "strength", "age", "known")
    columns = {name: sum((share * getattr(each.moments, name) for each in fits), start=np.zeros(1)) for name in names}
    return Fit(Moments(**columns), np.asarray(sum((share * each.slope for each in fits), start=np.zeros(1))))


def _by(method: Method) -> Native:
    return lambda values, factors, rows, _length: intermittent(values, factors, rows, method=method)


NATIVES = natives()
