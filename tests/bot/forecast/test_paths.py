from dataclasses import replace

import numpy as np
import pytest

from bot.forecast.demand import forecast_demand
from bot.forecast.paths import paths
from bot.forecast.result import Forecast
from bot.patterns.classify import classify
from tests.bot.forecast.panels import counts, panel_of

COUNT = 3000


def made(scale: float = 1.0, n: int = 40) -> Forecast:
    panel = panel_of(counts(n, 60, rate=3.0) * scale)
    return forecast_demand(panel, classify(panel), horizon_days=28.0, seed=1)


@pytest.mark.parametrize("scale", [1.0, 1.37], ids=["counts", "amounts"])
def test_sums_of_the_paths_say_what_the_interval_says(scale: float) -> None:
    found = made(scale)
    sums = found.paths(6, COUNT, seed=5).sum(axis=2)
    law = found.interval(np.full(40, 42.0)).law
    error = np.sqrt(law.variance / COUNT)
    assert (np.abs(sums.mean(axis=1) - law.mean) < 4.5 * error).all()
    assert (sums.var(axis=1) / law.variance).mean() == pytest.approx(1.0, abs=0.03)
    for level in (0.9, 0.95):
        high = law.quantile(level)
        gap = (sums <= high[:, None]).mean(axis=1) - law.cdf(high)
        assert np.abs(gap).max() < 0.02
        assert gap.mean() == pytest.approx(0.0, abs=0.005)


def test_shorter_sums_and_single_buckets_agree_too() -> None:
    found = made()
    drawn = found.paths(6, COUNT, seed=5)
    assert (drawn[:, :, :2].sum(axis=2).var(axis=1) / found.total(2).variance).mean() == pytest.approx(1.0, abs=0.04)
    np.testing.assert_allclose(drawn.mean(axis=1), found.mean(6), rtol=0.15)
    assert (drawn == np.rint(drawn)).all()
    assert not np.array_equal(made(1.37).paths(1, 9, seed=5) % 1.0, np.zeros((40, 9, 1)))


def test_the_error_of_the_level_is_common_to_a_path() -> None:
    found = made()
    state = replace(found.state, kappa=np.full(40, 200.0))
    mark = np.arange(40, dtype=np.uint64)
    unsure, sure = (paths(s, mark, 6, COUNT) for s in (state, replace(state, kappa=np.zeros(40))))
    assert np.mean([np.corrcoef(unsure[k, :, 0], unsure[k, :, 5])[0, 1] for k in range(40)]) > 0.4
    assert abs(np.mean([np.corrcoef(sure[k, :, 0], sure[k, :, 5])[0, 1] for k in range(40)])) < 0.02


def test_a_series_draws_the_same_in_any_company() -> None:
    found = made()
    whole = found.paths(3, 50, seed=5)
    rows = np.asarray([31, 2, 17])
    assert np.array_equal(found.take(rows).paths(3, 50, seed=5), whole[rows])
    assert np.array_equal(found.paths(3, 20, seed=5), whole[:, :20])
    assert not np.array_equal(found.paths(3, 50, seed=6), whole)


def test_no_demand_draws_nothing() -> None:
    panel = panel_of(np.zeros((2, 40)))
    found = forecast_demand(panel, classify(panel), horizon_days=28.0, seed=1)
    assert not found.paths(4, 10, seed=1).any()
