"""A seeded company for the speed figures: 104 weeks of demand of many sizes, most of it intermittent.

Only numpy, because the programs that time other libraries use it in an environment without Restock.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
SEED = 7
PERIODS = 104
START = "2024-01-01"  # a Monday
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
STEPS = 13


def demand(n: int, periods: int = PERIODS, seed: int = SEED) -> Floats:
    """Weekly demand [n, periods]: Poisson around gamma rates whose size differs from series to series."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.normal(0.0, 1.5, n))
    return rng.poisson(rng.gamma(0.8, rate[:, None] / 0.8, (n, periods))).astype(np.float64)


def spans(n: int, seed: int = SEED) -> Floats:
    """Protection intervals in days [n]."""
    return np.random.default_rng(seed + 1).choice([14.0, 28.0, 56.0], n)
