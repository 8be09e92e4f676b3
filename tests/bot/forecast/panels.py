"""Panels for tests: a matrix of complete buckets with made-up keys."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.patterns.buckets import bucket_range
from bot.patterns.demand import DemandPanel

Array = npt.NDArray[Any]


def panel_of(values: npt.NDArray[Any], freq: str = "W", start: str = "2024-01-01") -> DemandPanel:
    n, periods = values.shape
    starts = bucket_range(np.datetime64(start), periods + 1, freq)
    known = ~np.isnan(values)
    first = np.where(known.any(axis=1), known.argmax(axis=1), periods) if periods else np.zeros(n, dtype=np.int64)
    keys = pd.DataFrame({"item": [f"i{k:05d}" for k in range(n)], "location": "here"}).astype("category")
    return DemandPanel(
        keys, values.astype(np.float32), None, starts[:-1], freq, starts[-1], starts[-1], first, np.zeros(n)
    )


def counts(n: int, periods: int, seed: int = 3, rate: float = 1.0) -> npt.NDArray[Any]:
    rng = np.random.default_rng(seed)
    mean = rate * np.exp(rng.normal(0.0, 1.0, (n, 1)))
    return rng.poisson(rng.gamma(1.0, mean, (n, periods))).astype(float)


def launched(n: int, periods: int, seed: int = 5, busy: float = 0.5) -> tuple[Array, npt.NDArray[np.int64]]:
    """Items that begin with a sale somewhere after the tenth bucket and then sell in a share `busy` of buckets."""
    rng = np.random.default_rng(seed)
    first = rng.integers(10, periods - 20, n)
    size = np.exp(rng.normal(1.5, 1.0, (n, 1)))
    values = np.where(rng.random((n, periods)) < busy, 1.0 + rng.poisson(size, (n, periods)), 0.0)
    values[np.arange(n), first] = 1.0 + rng.poisson(size[:, 0])
    values[np.arange(periods) < first[:, None]] = np.nan
    return values, first
