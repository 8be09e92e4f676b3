from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from bot.forecast.exogenous import PRICE, PROMOTION, SIGNALS, Dense, Exogenous, of_table
from bot.forecast.features import DRIVERS, History, Panel, Table, scales
from bot.patterns import buckets
from tests.bot.forecast.panels import counts, panel_of

Values = npt.NDArray[np.float64]


def history_of(values: Values, freq: str = "W", ahead: int = 12, group: npt.NDArray[np.int64] | None = None) -> History:
    starts = buckets.bucket_range(np.datetime64("2024-01-01"), values.shape[1] + ahead, freq)
    return History.of(values, starts, freq, np.arange(len(values)), group)


def features(history: History, origin: int, exogenous: Exogenous | None = None) -> list[Table]:
    scale = scales(history, [origin])[origin]
    return Panel(history, exogenous or Exogenous()).at(origin, [(0, 1), (2, 4)], scale)


def column(table: Table, name: str) -> Values:
    return np.asarray(table.data[:, table.names.index(name)])


@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_nothing_after_the_origin_is_looked_at(freq: str) -> None:
    rng = np.random.default_rng(4)
    values = counts(20, 120)
    values[rng.random(values.shape) < 0.1] = np.nan
    group = np.arange(20) % 3
    origin = 100
    starts = buckets.bucket_range(np.datetime64("2024-01-01"), 132, freq)
    out = np.r_[starts[1:], starts[-1:]]  # each bucket's value comes out when the bucket is over
    prices = rng.random((20, 132))
    shuffled, other = values.copy(), prices.copy()
    shuffled[:, origin:] = rng.permutation(shuffled[:, origin:].ravel()).reshape(20, -1) * 7.0
    other[:, origin:] = 99.0
    told = []
    for demand, price in ((values, prices), (shuffled, other)):
        source = Dense("price", PRICE, price, out - np.timedelta64(1, "D"))
        told.append(features(history_of(demand, freq, group=group), origin, Exogenous((source,))))
    for before, after in zip(*told, strict=True):
        assert before.names == after.names
        assert np.array_equal(before.data, after.data, equal_nan=True)
        assert np.array_equal(before.scale, after.scale)


def test_signals_that_came_out_later_change_nothing_and_earlier_ones_do() -> None:
    panel = panel_of(counts(5, 60))
    day = panel.starts[40]
    rows = pd.DataFrame({"name": "heat", "date": panel.starts, "value": np.arange(60.0)})
    told = []
    for later in (1.0, 50.0):
        value = np.where(np.arange(60) >= 41, later, rows["value"])
        known = np.where(np.arange(60) >= 41, day, day - np.timedelta64(30, "D"))
        source = of_table(panel, 12, rows.assign(value=value, available_on=known))
        told.append(features(history_of(counts(5, 60)), 40, Exogenous(source))[0])
    assert np.array_equal(told[0].data, told[1].data, equal_nan=True)
    assert column(told[0], "signals 0 ahead").tolist() == [40.0] * 5


def test_plans_ahead_are_seen() -> None:
    price = np.full((3, 72), 10.0)
    price[:, 40] = 5.0
    deal = np.zeros((1, 72))
    deal[0, 42] = 1.0
    known = Exogenous((Dense("price", PRICE, price), Dense("deal", PROMOTION, deal)))
    near, far = features(history_of(counts(3, 60)), 40, known)
    assert column(near, "price 0 ahead to usual").tolist() == [0.5] * 3
    assert column(far, "price 0 ahead to usual").tolist() == [1.0] * 3
    assert column(near, "promotion 1 ahead").tolist() == [0.0] * 3
    assert column(far, "promotion 1 ahead").tolist() == [0.5] * 3


def test_every_series_is_on_its_own_scale() -> None:
    values = counts(6, 80) + 1.0
    one, thousand = (features(history_of(values * factor), 80)[0] for factor in (1.0, 1000.0))
    assert np.allclose(thousand.scale, 1000.0 * one.scale)
    same = [k for k, name in enumerate(one.names) if name != "scale"]
    assert np.allclose(one.data[:, same], thousand.data[:, same], equal_nan=True)


def test_ages_gaps_and_stock_outs_are_counted_in_buckets() -> None:
    values = np.zeros((3, 20))
    values[0, 4] = values[1, 15] = 3.0
    values[2, :10] = np.nan
    values[2, 10:18] = 1.0
    values[2, 18:] = np.nan
    [table, _] = features(history_of(values), 20)
    assert column(table, "since sale").tolist() == [15.0, 4.0, 2.0]
    assert column(table, "age").tolist() == [20.0, 20.0, 10.0]
    assert column(table, "out of stock").tolist() == [0.0, 0.0, 2.0]
    assert column(table, "mean 4")[2] == pytest.approx(1.0 / table.scale[2])


def test_unknown_buckets_carry_no_weight_in_the_scale() -> None:
    values = np.full((2, 30), 4.0)
    values[0, 5:28] = np.nan
    assert np.allclose(scales(history_of(values), [30])[30], 4.0)
    assert scales(history_of(np.full((2, 9), np.nan)), [9])[9].tolist() == [0.0, 0.0]


def test_pooled_features_do_not_depend_on_the_order_of_rows() -> None:
    values, group = counts(50, 120) * 0.1, np.arange(50) % 4
    turn = np.random.default_rng(2).permutation(50)
    straight = features(history_of(values, group=group), 120)
    moved = features(replace(history_of(values[turn], group=group[turn]), order=np.argsort(turn)), 120)
    for left, right in zip(straight, moved, strict=True):
        assert np.array_equal(left.data[turn], right.data, equal_nan=True)


def test_names_stay_the_same_at_every_origin_and_belong_to_a_driver() -> None:
    history = history_of(counts(4, 130), group=np.arange(4) % 2)
    source = Exogenous((Dense("heat", SIGNALS, np.ones((1, 142))),))
    tables = [features(history, origin, source)[0] for origin in (1, 8, 60, 130)]
    assert len({table.names for table in tables}) == 1
    assert set(tables[0].drivers) <= set(DRIVERS)
    assert len(set(tables[0].names)) == len(tables[0].names)


def test_the_calendar_needs_three_years_and_the_year_before_two() -> None:
    names = {years: features(history_of(counts(3, 52 * years)), 52 * years)[0].names for years in (1, 2, 3)}
    assert [("a year ago" in names[years], "year sine" in names[years]) for years in (1, 2, 3)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
