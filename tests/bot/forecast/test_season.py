import numpy as np
import pytest

from bot.forecast.season import Season, estimate
from bot.patterns.buckets import bucket_range

RNG = np.random.default_rng(9)
MONDAY = np.datetime64("2024-01-01")


def test_weekday_factors_are_pooled_and_average_one() -> None:
    week = np.asarray([1.0, 1.0, 1.0, 1.0, 3.0, 0.0, 0.0])
    values = RNG.poisson(np.tile(4 * week, (80, 20))).astype(float)
    season = estimate(values, bucket_range(MONDAY, 140, "D"), "D", np.zeros(80, np.int64), yearly=False)
    factors = season.factors(bucket_range(MONDAY, 7, "D"))[0]
    np.testing.assert_allclose(factors, np.maximum(week, 0.02), atol=0.15)
    assert factors.mean() == pytest.approx(1.0, abs=0.02)


def test_noise_makes_hardly_any_season_and_short_histories_none() -> None:
    values = RNG.poisson(1.0, (3, 104)).astype(float)
    starts = bucket_range(MONDAY, 104, "W")
    season = estimate(values, starts, "W", np.zeros(3, np.int64), yearly=True)
    assert np.abs(season.factors(starts) - 1.0).max() < 0.35
    assert estimate(values[:, :50], starts[:50], "W", np.zeros(3, np.int64), yearly=True).flat


def test_a_group_has_its_own_season_and_a_poor_group_borrows() -> None:
    month = np.asarray([10.0] * 6 + [30.0] * 6)
    values = np.tile(np.tile(month, 4), (61, 1))
    values[30:60] = np.tile(np.tile(month[::-1], 4), (30, 1))
    values[60] = np.nan
    group = np.asarray([0] * 30 + [1] * 30 + [2])
    season = estimate(values, bucket_range(MONDAY, 48, "M"), "M", group, yearly=True)
    factors = season.factors(bucket_range(MONDAY, 12, "M"))
    assert factors[0, 11] > 1.4
    assert factors[1, 11] < 0.6
    np.testing.assert_allclose(factors[2], 1.0, atol=0.05)


def test_no_tables_mean_factor_one() -> None:
    season = Season("W", np.zeros(2, np.int64))
    assert season.flat
    assert season.factors(bucket_range(MONDAY, 3, "W")).tolist() == [[1.0] * 3]
