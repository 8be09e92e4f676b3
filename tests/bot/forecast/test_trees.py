from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from threadpoolctl import threadpool_limits

from bot.forecast.draws import marks
from bot.forecast.exogenous import PRICE, Dense, Exogenous
from bot.forecast.trees import Settings, Work, grow, means, mixed, steps_ahead, training
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import counts, panel_of

SMALL = Settings(rounds=8, leaves=8, least=20, rows=4000)


def priced(n: int, periods: int, ahead: int, seed: int = 5) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Demand that trebles at half the price, and prices that reach beyond it."""
    rng = np.random.default_rng(seed)
    price = np.where(rng.random((n, periods + ahead)) < 0.2, 5.0, 10.0)
    mean = rng.uniform(5.0, 20.0, (n, 1)) * np.where(price < 7.0, 3.0, 1.0)
    return rng.poisson(mean[:, :periods]).astype(float), price


def forecast(panel: DemandPanel, periods: int, exogenous: Exogenous | None = None) -> npt.NDArray[np.float64]:
    work = Work.of(panel, periods, 7, exogenous)
    return np.asarray(means(work, grow(work, SMALL), periods))


@pytest.mark.parametrize("fine", [True, False])
def test_blocks_ahead_follow_one_another_and_widen(*, fine: bool) -> None:
    blocks = steps_ahead(40, fine=fine)
    assert [begin for begin, _ in blocks] == [0, *[end for _, end in blocks[:-1]]]
    assert blocks[-1][1] == 40
    assert blocks[0] == (0, 1)
    assert (blocks[9] == (9, 10)) is fine
    assert steps_ahead(1, fine=fine) == [(0, 1)]


def test_known_prices_ahead_move_the_forecast() -> None:
    values, price = priced(60, 50, 4)
    price[:30, 50:], price[30:, 50:] = 5.0, 10.0
    path = forecast(panel_of(values), 4, Exogenous((Dense("price", PRICE, price),)))
    usual = values.mean(axis=1)[:, None]
    assert (path[:30] / usual[:30]).mean() > 1.6 * (path[30:] / usual[30:]).mean()


def test_row_order_and_the_rest_of_the_machine_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = counts(70, 60)
    panel = panel_of(values)
    category = np.arange(70) % 3
    path = forecast(panel, 6, Exogenous((), category))
    turn = np.random.default_rng(1).permutation(70)
    assert np.array_equal(path[turn], forecast(panel.take(turn), 6, Exogenous((), category[turn])))
    monkeypatch.setattr("bot.forecast.trees.BLOCK", 9)
    with threadpool_limits(2):
        assert np.array_equal(path, forecast(panel, 6, Exogenous((), category)))


def test_what_comes_after_the_panel_changes_nothing() -> None:
    values, price = priced(40, 60, 4)
    out = panel_of(values).starts + np.timedelta64(6, "D")
    out = np.r_[out, out[-1] + np.timedelta64(7, "D") * np.arange(1, 5)]
    paths = []
    for later in (1.0, 50.0):
        shown = price.copy()
        shown[:, 60:] = later
        paths.append(forecast(panel_of(values), 4, Exogenous((Dense("price", PRICE, shown, out),))))
    assert np.array_equal(*paths)


def test_series_without_sales_stay_at_zero_and_short_panels_at_their_level() -> None:
    values = counts(60, 60)
    values[:5] = 0.0
    values[5:10] = np.nan
    path = forecast(panel_of(values), 3)
    assert (path[:10] == 0.0).all()
    assert np.isfinite(path).all()
    assert (path[10:] >= 0.0).all()
    short = forecast(panel_of(np.full((2, 3), 4.0)), 3)
    assert np.allclose(short, 4.0)
    assert forecast(panel_of(np.zeros((0, 3))), 3).shape == (0, 3)
    assert forecast(panel_of(np.zeros((2, 0))), 3).tolist() == [[0.0] * 3] * 2


def test_a_signal_that_is_known_only_lately_does_no_harm() -> None:
    values, price = priced(60, 60, 4)
    price[:, :52] = np.nan
    path = forecast(panel_of(values), 4, Exogenous((Dense("price", PRICE, price),)))
    assert np.isfinite(path).all()


def test_hostile_series_do_no_harm() -> None:
    values = counts(60, 60)
    values[0, 30], values[1], values[2, 1:] = 1e12, 1e9, np.nan
    values[3, :59] = np.nan
    path = forecast(panel_of(values), 3)
    assert np.isfinite(path).all()
    assert (path >= 0.0).all()


def test_rows_to_learn_from_are_bounded_and_in_canonical_order() -> None:
    panel = panel_of(counts(80, 80))
    work = Work.of(panel, 8, 7, None)
    rows = training(work, replace(SMALL, rows=2000))
    assert 1700 < len(rows.target) < 2300
    assert len(rows.table.data) == len(rows.weight) == len(rows.target)
    assert rows.weight.mean() == pytest.approx(1.0)
    assert (rows.origin < rows.end).all()
    assert rows.end.max() <= 80
    turn = np.arange(80)[::-1]
    again = training(Work.of(panel.take(turn), 8, 7, None), replace(SMALL, rows=2000))
    assert np.array_equal(rows.table.data, again.table.data, equal_nan=True)
    assert np.array_equal(rows.target, again.target)


def test_no_tree_is_grown_where_the_newest_buckets_do_not_bear_it_out() -> None:
    rng = np.random.default_rng(3)
    steady = rng.poisson(np.tile(rng.uniform(3.0, 9.0, (60, 1)), (1, 50))).astype(float)
    assert grow(Work.of(panel_of(steady), 4, 7, None), SMALL).regressor is None
    values, price = priced(60, 50, 4)
    known = Exogenous((Dense("price", PRICE, price),))
    assert grow(Work.of(panel_of(values), 4, 7, known), SMALL).regressor is not None


def test_marks_depend_on_key_seed_and_number() -> None:
    keys = panel_of(counts(3, 2)).keys
    one = marks(keys, 1)
    assert len(set(one.tolist())) == 3
    assert one.tolist() == marks(keys.iloc[::-1], 1)[::-1].tolist()
    assert not set(one.tolist()) & set(marks(keys, 2).tolist())
    assert not set(mixed(one, 1).tolist()) & set(mixed(one, 2).tolist())
