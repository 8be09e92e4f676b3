import numpy as np
import pytest

from bot.forecast.demand import forecast_demand
from bot.forecast.result import Forecast
from bot.patterns.classify import classify
from tests.bot.forecast.panels import counts, panel_of


def made(freq: str = "W") -> Forecast:
    panel = panel_of(counts(50, 60, rate=3.0), freq)
    return forecast_demand(panel, classify(panel), horizon_days=28.0, seed=1)


def test_the_mean_of_the_interval_is_the_sum_of_its_buckets() -> None:
    found = made()
    expected = found.mean(3).sum(axis=1)
    np.testing.assert_allclose(found.interval(np.full((50, 1), 21.0)).mean, expected)
    np.testing.assert_allclose(found.total(3).mean, expected)
    np.testing.assert_allclose(
        found.interval(np.full(50, 17.5)).mean, found.mean(2).sum(axis=1) + found.mean(3)[:, 2] / 2
    )
    both = found.interval(np.tile([7.0, 21.0], (50, 1)), np.tile([0.25, 0.75], (50, 1)))
    np.testing.assert_allclose(both.mean, 0.25 * found.mean(1)[:, 0] + 0.75 * expected)


def test_months_count_their_own_days() -> None:
    found = made("M")
    starts = found.period_starts(2)
    days = float((starts[1] - starts[0]).astype(int))
    np.testing.assert_allclose(found.interval(np.full((50, 1), days)).mean, found.mean(1)[:, 0])


def test_the_sum_of_quantiles_is_not_the_quantile_of_the_sum() -> None:
    found = made()
    summed = found.quantiles([0.95], 8)[:, :, 0].sum(axis=1)
    assert found.total(8).quantile(0.95).sum() < 0.9 * summed.sum()


def test_quantiles_do_not_cross_and_taking_rows_agrees() -> None:
    found = made()
    quantiles = found.quantiles([0.1, 0.5, 0.9], 4)
    assert quantiles.shape == (50, 4, 3)
    assert (np.diff(quantiles, axis=2) >= 0).all()
    rows = np.asarray([4, 2])
    np.testing.assert_array_equal(found.take(rows).quantiles([0.1, 0.5, 0.9], 4), quantiles[rows])


@pytest.mark.parametrize("days", [-1.0, np.nan, np.inf])
def test_impossible_lengths_are_refused(days: float) -> None:
    with pytest.raises(ValueError, match="days"):
        made().interval(np.full((50, 1), days))
