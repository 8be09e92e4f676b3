import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sktime.exceptions import NotFittedError
from sktime.utils.estimator_checks import check_estimator

from bot.forecast import catalog
from bot.forecast.forecasters import PanelNaive, PanelNegBin
from bot.forecast.guards import SPIKE
from tests.bot.forecast.panels import counts

# it asks for remember_data to be switched on again, which a class without data of its own cannot honour
EXCLUDED = ["test__y_remember_data"]


def frame(n: int, periods: int, *, times: pd.Index | None = None) -> pd.DataFrame:  # type: ignore[type-arg]
    times = pd.date_range("2024-01-01", periods=periods, freq="7D") if times is None else times
    index = pd.MultiIndex.from_product([[f"s{k}" for k in range(n)], times], names=["series", "week"])
    return pd.DataFrame({"demand": counts(n, periods).ravel()}, index=index)


NATIVE = list(catalog._NATIVE.values())


def failures(estimator: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the checks themselves
        results = check_estimator(estimator, verbose=False, tests_to_exclude=EXCLUDED, **options)
    return len(results), {name: result for name, result in results.items() if result != "PASSED"}


@pytest.mark.timeout(480)
@pytest.mark.parametrize("forecaster", NATIVE)
def test_sktimes_own_checks_pass(forecaster: Any) -> None:
    """All of them on the first settings: nearly all of the time is sktime's own, and doubles with every setting."""
    ran, failed = failures(forecaster(**forecaster.get_test_params()[0]))
    assert ran > 400
    assert failed == {}


@pytest.mark.parametrize("forecaster", NATIVE)
def test_sktimes_checks_of_the_answers_pass_on_all_settings(forecaster: Any) -> None:
    ran, failed = failures(
        forecaster, tests_to_run=["test_constructor", "test_fit_returns_self", "test_predict_quantiles"]
    )
    assert ran > 20
    assert failed == {}


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


def test_several_columns_are_forecast_side_by_side() -> None:
    y = frame(4, 40)
    y["returns"] = y["demand"].to_numpy()[::-1] + 50.0
    both = PanelNegBin().fit(y)
    alone = PanelNegBin().fit(y[["returns"]])
    mean, quantiles = both.predict(fh=[1, 2]), both.predict_quantiles(fh=[1, 2], alpha=[0.5, 0.9])
    assert mean.columns.tolist() == ["demand", "returns"]
    assert (mean["returns"] > mean["demand"] + 20.0).all()
    np.testing.assert_allclose(mean["returns"], alone.predict(fh=[1, 2])["returns"])
    assert quantiles.columns.tolist() == [("demand", 0.5), ("demand", 0.9), ("returns", 0.5), ("returns", 0.9)]
    assert (quantiles["returns", 0.5] > quantiles["demand", 0.9]).mean() > 0.5
    assert both.sample_paths([1, 2], 7).shape == (8, 7, 2)


def test_quantiles_come_in_the_order_asked_for() -> None:
    fitted = PanelNegBin().fit(frame(4, 40))
    mixed = fitted.predict_quantiles(fh=[1], alpha=[0.9, 0.1, 0.5])
    assert mixed.columns.tolist() == [("demand", 0.9), ("demand", 0.1), ("demand", 0.5)]
    assert (mixed["demand", 0.9] >= mixed["demand", 0.5]).all()
    assert (mixed["demand", 0.5] >= mixed["demand", 0.1]).all()


def test_what_cannot_be_true_is_replaced_and_said() -> None:
    y = frame(3, 40)
    y.iloc[20, 0] = 1e12
    y.iloc[50, 0] = -5.0
    y.iloc[51, 0] = np.inf
    fitted = PanelNegBin().fit(y)
    assert fitted.reasons_.tolist() == [SPIKE, "", ""]
    assert fitted.predict(fh=[1])["demand"].between(0.0, 50.0).all()


def test_sample_paths_belong_to_their_series_and_steps() -> None:
    y = frame(5, 60)
    fitted = PanelNegBin().fit(y)
    drawn = fitted.sample_paths([1, 3], 3000, seed=4)
    np.testing.assert_allclose(drawn.mean(axis=1).ravel(), fitted.predict(fh=[1, 3])["demand"], rtol=0.15)
    assert np.array_equal(fitted.sample_paths([1, 2, 3], 3000, seed=4)[:, :, [0, 2]], drawn)
    assert not np.array_equal(fitted.sample_paths([1, 3], 3000, seed=5), drawn)
    for steps in ([], [0, 1], [-2]):
        with pytest.raises(ValueError, match=r"fh|steps"):
            fitted.sample_paths(steps, 3)


def test_paths_before_a_fit_are_refused() -> None:
    with pytest.raises(NotFittedError):
        PanelNaive().sample_paths([1], 3)


def test_keys_of_several_levels_come_back_sorted_without_the_unused() -> None:
    weeks = pd.date_range("2024-01-01", periods=12, freq="7D")
    index = pd.MultiIndex.from_product([["z", "q", "a"], [10, 5, 2], weeks], names=["site", "item", "week"])
    y = pd.DataFrame({"demand": counts(9, 12).ravel()}, index=index).sort_index()
    y = y[(y.index.get_level_values(0) != "q") & (y.index.get_level_values(1) != 5)]
    mean = PanelNegBin(half_life=1e9).fit(y).predict(fh=[1])
    assert mean.index.droplevel(2).tolist() == [("a", 2), ("a", 10), ("z", 2), ("z", 10)]
    assert set(mean.index.get_level_values(2)) == {y.index.get_level_values(2).max() + pd.Timedelta(weeks=1)}
    np.testing.assert_allclose(mean["demand"], y.groupby(level=[0, 1])["demand"].mean())


@pytest.mark.parametrize("name", sorted(catalog._NATIVE))
def test_weeks_without_a_stated_frequency_are_weeks_also_beside_a_short_series(name: str) -> None:
    weeks = pd.DatetimeIndex(pd.date_range("2025-01-06", periods=30, freq="W-MON").to_numpy())
    index = pd.MultiIndex.from_tuples([("a", weeks[-1]), *(("b", week) for week in weeks)], names=["series", "week"])
    y = pd.DataFrame({"quantity": [4.0] * 31}, index=index)
    made = catalog._NATIVE[name]().fit(y, fh=[1, 2]).predict()
    assert made.index.get_level_values(1).unique().tolist() == [weeks[-1] + pd.Timedelta(weeks=k) for k in (1, 2)]
