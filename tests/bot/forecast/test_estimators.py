from typing import Any

import numpy as np
import pandas as pd
import pytest

from bot.forecast.bootstrap import sum_quantiles
from bot.forecast.estimators import PanelBootstrap, PanelCroston, PanelSBA, PanelSmoothing, PanelTSB
from bot.forecast.intermittent import intermittent
from bot.forecast.smoothing import damped, simple
from tests.bot.forecast.panels import counts

N, PERIODS = 30, 104
VALUES = counts(N, PERIODS)
WEEKS = pd.date_range("2024-01-01", periods=PERIODS, freq="7D")


def frame(values: Any) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([[f"s{k:02d}" for k in range(len(values))], WEEKS], names=["series", "week"])
    return pd.DataFrame({"demand": np.asarray(values).ravel()}, index=index)


LENGTH = np.full(N, 4, dtype=np.int64)
CASES = [
    (PanelCroston(), intermittent(VALUES, method="croston")),
    (PanelSBA(), intermittent(VALUES, method="sba")),
    (PanelTSB(), intermittent(VALUES, method="tsb")),
    (PanelTSB(alpha=0.2, beta=0.05), intermittent(VALUES, method="tsb", alphas=[0.2], betas=[0.05])),
    (PanelSmoothing(), simple(VALUES)),
    (PanelSmoothing(alpha=0.2), simple(VALUES, alphas=[0.2])),
    (PanelSmoothing(alpha=0.1, beta=0.1, trend=True), damped(VALUES, alphas=[0.1], betas=[0.1])),
]


@pytest.mark.parametrize(("forecaster", "fit"), CASES)
def test_an_estimator_says_what_its_function_says(forecaster: Any, fit: Any) -> None:
    fitted = forecaster.fit(frame(VALUES))
    ahead = fit.moments.level * (1.0 + 0.95 * fit.slope)
    np.testing.assert_allclose(fitted.predict(fh=[1])["demand"], ahead)
    np.testing.assert_array_equal(fitted.state_.moments.strength, fit.moments.strength)
    high = fitted.predict_quantiles(fh=[1], alpha=[0.5, 0.9])["demand"]
    assert (high[0.9] >= high[0.5]).all()
    assert high[0.9].mean() > 2.0


@pytest.mark.parametrize("forecaster", [PanelCroston, PanelSBA, PanelTSB, PanelSmoothing, PanelBootstrap])
def test_the_panels_season_comes_back(forecaster: Any) -> None:
    july = np.asarray(WEEKS.month == 7)
    values = np.random.default_rng(3).poisson(np.where(july, 40.0, 8.0), (N, PERIODS))
    ahead = range(1, 40)
    mean = forecaster(season=True).fit(frame(values)).predict(fh=ahead).to_numpy().reshape(N, -1)
    months = (WEEKS[-1] + pd.to_timedelta(7 * np.asarray(ahead), unit="D")).month
    assert mean[:, months == 7].mean() > 2.5 * mean[:, months == 3].mean()


def test_the_bootstraps_sums_are_the_histories() -> None:
    fitted = PanelBootstrap(length=4, half_life=30.0).fit(frame(VALUES))
    found = fitted.sum_quantiles([0.5, 0.9])
    np.testing.assert_allclose(found, sum_quantiles(VALUES, None, None, LENGTH, [0.5, 0.9], half_life=30.0))
    drawn = fitted.sample_paths([1, 2, 3, 4], 2000).sum(axis=2)
    assert np.quantile(drawn, 0.9, axis=1).mean() == pytest.approx(found[:, 1].mean(), rel=0.2)
