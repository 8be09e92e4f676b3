import warnings

import numpy as np
import pandas as pd
import pytest
from sktime.utils.estimator_checks import check_estimator

from bot.forecast.forecasters import PanelNaive, PanelNegBin
from tests.bot.forecast.panels import counts

# it asks for remember_data to be switched on again, which a class without data of its own cannot honour
EXCLUDED = ["test__y_remember_data"]


def frame(n: int, periods: int, *, times: pd.Index | None = None) -> pd.DataFrame:  # type: ignore[type-arg]
    times = pd.date_range("2024-01-01", periods=periods, freq="7D") if times is None else times
    index = pd.MultiIndex.from_product([[f"s{k}" for k in range(n)], times], names=["series", "week"])
    return pd.DataFrame({"demand": counts(n, periods).ravel()}, index=index)


@pytest.mark.parametrize("forecaster", [PanelNegBin, PanelNaive])
def test_sktimes_own_checks_pass(forecaster: type) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the checks themselves
        results = check_estimator(forecaster, verbose=False, tests_to_exclude=EXCLUDED)
    assert len(results) > 500
    assert {name: result for name, result in results.items() if result != "PASSED"} == {}


def test_one_call_for_the_whole_panel_and_no_warning_flood() -> None:
    y = frame(200, 104)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = PanelNegBin(half_life=20.0, season=True, trend=True).fit(y)
        mean = fitted.predict(fh=[1, 2, 3])
        quantiles = fitted.predict_quantiles(fh=[1, 2, 3], alpha=[0.1, 0.5, 0.9])
    assert mean.shape == (600, 1)
    assert quantiles.shape == (600, 3)
    assert (np.diff(quantiles.to_numpy(), axis=1) >= 0).all()
    assert mean.index.names == ["series", "week"]
    assert not hasattr(fitted, "forecasters_")
    assert mean.index[1] == ("s0", pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=105))


def test_row_order_and_missing_rows_do_not_matter() -> None:
    y = frame(5, 30)
    gone = y.index.get_level_values(1) == y.index[7][1]
    blank = y.copy()
    blank.loc[gone & (y.index.get_level_values(0) == "s2"), "demand"] = np.nan
    whole = PanelNegBin().fit(blank).predict(fh=[1])
    partly = PanelNegBin().fit(blank.dropna()).predict(fh=[1])
    pd.testing.assert_frame_equal(whole, partly)


def test_periods_carry_a_season_too() -> None:
    times = pd.period_range("2021-01", periods=48, freq="M")
    y = frame(30, 48, times=times)
    month = y.index.get_level_values(1).month
    y["demand"] = np.where(month == 12, 100.0, 10.0)
    mean = PanelNegBin(half_life=1000.0, season=True).fit(y).predict(fh=range(1, 13)).to_numpy().reshape(30, 12)
    assert (mean[:, 11] > 5 * mean[:, 0]).all()


def test_naive_repeats_the_last_round() -> None:
    y = pd.DataFrame({"demand": [1.0, 2.0, 3.0, 7.0, 8.0, 9.0]})
    assert PanelNaive(sp=3).fit(y).predict(fh=[1, 2, 3, 4])["demand"].tolist() == [7.0, 8.0, 9.0, 7.0]
