import warnings
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from bot.forecast import catalog
from bot.forecast.guards import CAP
from bot.forecast.natives import NATIVES
from bot.patterns.demand import regularise

Floats = npt.NDArray[np.float64]
KINDS, PERIODS = 14, 78
LEVELS = [0.1, 0.5, 0.9, 0.95, 0.98]
MOST = 55.0  # times the mean: no 0.98 quantile of what is >= 0 can be above 50 times (Markov's inequality)
FORECASTERS = [
    pytest.param(factory, settings, id=f"{name}-{number}")
    for name, factory in catalog._NATIVE.items()
    for number, settings in enumerate(factory.get_test_params())
]


@cache
def duplicated() -> Floats:
    """Rows that repeat their date, some against each other, as `regularise` hands them on."""
    dates = pd.date_range("2024-01-01", periods=PERIODS, freq="7D").repeat(3)
    table = pd.DataFrame({"item": "a", "location": "x", "date": dates, "quantity": 5.0})
    table["kind"] = np.tile(["sale", "return", "sale"], PERIODS)
    panel = regularise(table, date(2024, 1, 1) + pd.Timedelta(weeks=PERIODS))
    return np.asarray(panel.values[0], dtype=np.float64)  # noqa: PD011 - not pandas


@cache
def kinds(turn: int) -> Floats:
    """Series [KINDS, PERIODS] as no forecaster would wish them."""
    rng = np.random.default_rng(turn)
    rows = rng.poisson(rng.gamma(0.5, 4.0, (KINDS, PERIODS))).astype(np.float64)
    week, at = np.arange(PERIODS), int(rng.integers(0, PERIODS))
    rows[0] = 0.0
    rows[1] = np.where(week == at, 7.0, np.nan)
    rows[2, at : at + 40] = np.nan
    rows[3, at] = 1e12
    rows[4, :-1] = np.nan
    rows[5, ::3] *= -1.0
    rows[6] = 4.25
    rows[7] = duplicated()
    rows[8] = np.nan
    rows[9] *= 1e-9
    rows[10] = np.where(week < at, 0.0, 1e12 * rng.random(PERIODS))
    rows[11, rng.random(PERIODS) < 0.5] = np.inf
    rows[12] = np.where(week % 52 == at % 52, 1e6, 0.0)
    rows[13] = 1e3 * np.exp2(week / 3.0)
    return rows


@cache
def hostile() -> Floats:
    return np.concatenate([kinds(turn) for turn in range(-(-2000 // KINDS))])[:2000]


def top(values: Floats) -> Floats:
    return np.where(np.isfinite(values), np.maximum(values, 0.0), 0.0).max(axis=1)


@cache
def frame() -> pd.DataFrame:
    weeks = pd.date_range("2024-01-01", periods=PERIODS, freq="7D")
    index = pd.MultiIndex.from_product([range(2000), weeks], names=["series", "week"])
    return pd.DataFrame({"quantity": hostile().ravel()}, index=index)


@pytest.mark.parametrize(("forecaster", "settings"), FORECASTERS)
def test_hostile_series_are_answered_with_sense(forecaster: Any, settings: dict[str, Any]) -> None:
    steps = [1, 8]
    fitted = forecaster(**settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.fit(frame(), fh=steps)
        mean = fitted.predict(fh=steps).to_numpy().reshape(2000, 2)
        quantiles = fitted.predict_quantiles(fh=steps, alpha=LEVELS).to_numpy().reshape(2000, 2, 5)
        drawn = fitted.sample_paths(steps, 20)
    limit = CAP * top(hostile())[:, None] + 1e-6
    spiked = np.arange(2000) % KINDS == 3
    assert (fitted.reasons_[spiked] != "").mean() > 0.5
    assert set(fitted.reasons_[np.arange(2000) % KINDS == 6]) == {""}
    for figures in (mean, quantiles, drawn):
        assert np.isfinite(figures).all()
        assert (figures >= 0.0).all()
    assert (np.diff(quantiles, axis=2) >= 0.0).all()
    seasonal = 8.0 if settings.get("season") else 1.0
    assert (mean <= seasonal * limit).all()
    assert (quantiles.reshape(2000, -1) <= seasonal * MOST * limit + 1.0).all()
    assert (np.median(drawn, axis=1) <= seasonal * MOST * limit + 1.0).all()


@pytest.mark.parametrize("name", sorted(NATIVES))
def test_the_fits_themselves_stay_within_reason(name: str) -> None:
    values = hostile().astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = NATIVES[name](values, None, None, np.full(2000, 5, dtype=np.int64))
    moments = fit.moments
    assert np.isfinite([moments.level, moments.spread, moments.strength, moments.age, fit.slope]).all()
    assert (moments.spread >= 0.0).all()
    assert (moments.strength <= moments.known + 1e-9).all()
    assert (moments.level >= 0.0).all()
    assert (moments.level <= CAP * top(hostile()) * (1.0 + 1e-6)).all()
    assert (moments.spread <= (CAP * top(hostile())) ** 2 * (1.0 + 1e-6)).all()
