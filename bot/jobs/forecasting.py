"""The forecast of a plan: what its basis, its memory and its policies say about demand, and nothing of orders.

Planning and the chart of a single item share it, so that both show the same.
"""

from datetime import date

import pandas as pd

from bot.forecast.broadcast import Broadcast
from bot.forecast.champions import Champions, of_frame, usable, usable_items
from bot.forecast.demand import forecast_demand
from bot.forecast.result import Forecast
from bot.jobs.basis import Basis
from bot.orders.plan import Memory


def learned_choices(base: Basis, memory: Memory, as_of: date) -> pd.DataFrame:
    """The champions of classes that are used on `as_of`."""
    return usable(memory.champions, base.panel.freq, as_of)


def forecast_of(base: Basis, memory: Memory, as_of: date, seed: int, broadcast: Broadcast | None = None) -> Forecast:
    """Demand ahead of every row of `base`; `broadcast` runs the forecasters of libraries that policies name."""
    champions = Champions(
        of_frame(learned_choices(base, memory, as_of)), usable_items(memory.items, base.panel.freq, as_of)
    )
    return forecast_demand(
        base.panel,
        base.patterns,
        horizon_days=base.interval.mean,
        seed=seed,
        groups=base.categories,
        unit_cost=base.worth,
        champions=champions,
        forecaster=base.settings["forecaster"].astype("object").to_numpy(),
        broadcast=broadcast,
        outside=base.outside,
    )
