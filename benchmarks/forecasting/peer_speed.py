"""Times other libraries' forecasters on the generated company; runs in .venv-benchmark, where Restock is not.

Each is fitted and asked once on a few series first, so that compiling is not counted.
"""

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from . import generator
from .worker import tell, timed

LEVELS = list(generator.LEVELS)
CENTRAL = [50, 90]  # the central intervals whose ends are 0.05, 0.25, 0.75, 0.95; the median is the mean forecast
AHEAD = np.arange(1, generator.STEPS + 1)


def long(n: int) -> pd.DataFrame:
    """The series as a long table with unique_id, ds, y."""
    weeks = pd.date_range(generator.START, periods=generator.PERIODS, freq="W-MON")
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(n), generator.PERIODS),
            "ds": np.tile(weeks.to_numpy(), n),
            "y": generator.demand(n).ravel(),
        }
    )


def statsforecast(frame: pd.DataFrame, name: str, **more: Any) -> Any:
    """One model through statsforecast's own door, on one core."""
    from statsforecast import StatsForecast, models  # noqa: PLC0415 - each job loads its own library only

    program = StatsForecast(models=[getattr(models, name)()], freq="W-MON", n_jobs=1)
    return program.forecast(df=frame, h=generator.STEPS, **more)


def broadcast(frame: pd.DataFrame, forecaster: Any, *, quantiles: bool) -> Any:
    """One sktime forecaster over a panel, which it clones per series."""
    known = forecaster.fit(frame.set_index(["unique_id", "ds"]), fh=AHEAD)
    return known.predict_quantiles(alpha=LEVELS) if quantiles else known.predict()


def sktime_croston(frame: pd.DataFrame) -> Any:
    from sktime.forecasting.croston import Croston  # noqa: PLC0415 - same reason

    return broadcast(frame, _quiet(Croston)(), quantiles=False)


def sktime_ets(frame: pd.DataFrame) -> Any:
    from sktime.forecasting.statsforecast import StatsForecastAutoETS  # noqa: PLC0415 - same reason

    return broadcast(frame, _quiet(StatsForecastAutoETS)(), quantiles=True)


def _quiet(kind: type) -> Any:
    """The class without its copy of the training data, which it would warn about per series."""
    return type(kind.__name__, (kind,), {"_config": {"remember_data": False}})


JOBS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "statsforecast-croston": lambda frame: statsforecast(frame, "CrostonSBA"),
    "statsforecast-ets": lambda frame: statsforecast(frame, "AutoETS", level=CENTRAL),
    "sktime-croston": sktime_croston,
    "sktime-ets": sktime_ets,
}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    job, count = JOBS[sys.argv[1]], int(sys.argv[2])
    job(long(20))
    made = long(count)
    _, took = timed(lambda: job(made))
    tell({"n": count, **took})
