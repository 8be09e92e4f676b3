import numpy as np
import pytest

from bot.forecast.fit import PowerLaw
from bot.forecast.launches import AGES, handover, launches
from tests.bot.forecast.panels import Array, launched

LAW = PowerLaw(float(np.log(2.0)), 1.3)


def test_a_launch_is_a_first_sale_after_weeks_of_silence_not_the_edge_of_the_extract() -> None:
    values, first = launched(40, 60)
    values[:5], first[:5] = 1.0, 0
    first[5], values[5] = 58, np.nan
    found = launches(values, first, np.arange(40)[::-1])
    assert sorted(found.rows) == list(range(6, 40))
    assert list(found.rows) == sorted(found.rows, reverse=True)  # in the order of the marks


def test_means_before_and_after_every_age_are_of_the_known_buckets() -> None:
    values = np.full((1, 30), np.nan)
    values[0, 10:] = np.arange(20.0)
    found = launches(values, np.array([10]), np.zeros(1))
    assert np.isnan(found.own[0, 0]) or found.own[0, 0] == 0.0
    assert found.own[0, 4] == pytest.approx(1.5)
    assert found.later[0, 4] == pytest.approx(np.arange(4.0, 12.0).mean())
    values[0, 12] = np.nan
    found = launches(values, np.array([10]), np.zeros(1))
    assert np.isnan(found.own[0, 4])
    assert not np.isnan(found.own[0, 2])


def test_the_first_sale_is_not_taken_for_the_level() -> None:
    values, first = launched(400, 80, busy=0.1)
    found = launches(values, first, np.arange(400))
    level = np.log(_level(values))
    passed = handover(found, np.full(len(found.rows), level.mean()), 1.0, LAW)
    group = np.exp(level.mean())
    first_sale = 10.0 * group  # one in ten buckets sells
    expected = group * np.exp(passed.shift[1]) * (first_sale / group) ** passed.weight[1]
    assert expected == pytest.approx(group, rel=0.5)


def test_own_history_weighs_more_the_longer_it_is_and_without_launches_by_the_prior() -> None:
    values, first = launched(300, 80, busy=0.5)
    learned = handover(launches(values, first, np.arange(300)), np.zeros(300), 1.0, LAW)
    assert learned.weight[0] == 0.0
    assert learned.weight[12] > learned.weight[1]
    assert learned.noise[12] < learned.noise[0]
    none = handover(launches(values[:0], first[:0], np.zeros(0)), np.zeros(0), 1.0, LAW)
    assert none.weight == pytest.approx(np.arange(AGES) / (np.arange(AGES) + 6.0))
    assert np.isfinite(np.stack([none.shift, none.noise])).all()


def _level(values: Array) -> Array:
    return np.maximum(np.nanmean(values[:, 1:], axis=1), 1e-3)
