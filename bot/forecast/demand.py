"""Forecasts a whole panel: chooses and calibrates a specification per pattern class, guards what comes out.

It reads no tables and sizes no orders.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.fit import Spec, fit, power_law, shrunk
from bot.forecast.model import State
from bot.forecast.moments import Floats
from bot.forecast.result import Forecast
from bot.forecast.season import estimate
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes


def forecast_demand(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    *,
    horizon_days: Floats | float,
    seed: int,
    groups: npt.NDArray[Any] | None = None,
    forecaster: str | None = None,
) -> Forecast:
    """Thin first version: one specification for all."""
    values, spiked = cap_spikes(panel.values)
    group = np.zeros(panel.n, dtype=np.int64)
    season = estimate(values, panel.starts, panel.freq, group, yearly=False)
    fitted = fit(values, panel.starts, season, Spec())
    moments = shrunk(fitted.moments, power_law(fitted.moments, np.ones(panel.n, dtype=np.bool_)))
    state = State(
        moments=moments,
        slope=fitted.slope,
        season=season,
        integer=whole_numbers(panel.values),
        phi=np.full(panel.n, 1.3),
        kappa=np.full(panel.n, 2.0),
        freq=panel.freq,
        start=panel.next_start,
        as_of=panel.as_of,
    )
    return Forecast(
        keys=panel.keys,
        state=state,
        model=np.full(panel.n, Spec().name, dtype=object),
        fallback=np.where(spiked, "spike", "").astype(object),
        borrowed=moments.known < 4,
    )


def whole_numbers(values: Floats) -> npt.NDArray[np.bool_]:
    """Which series have whole numbers only (scaled-up buckets do not count against them)."""
    return np.asarray((np.isnan(values) | (np.rint(values) == values)).mean(axis=1) > 0.95)
