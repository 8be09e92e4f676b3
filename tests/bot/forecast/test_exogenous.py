import numpy as np
import pandas as pd

from bot.forecast.exogenous import HOLIDAYS, PRICE, PROMOTION, SIGNALS, Dense, Exogenous, observed, of_table
from tests.bot.forecast.panels import counts, panel_of

WEEKS = pd.date_range("2024-01-01", periods=12, freq="7D")


def table(**columns: object) -> pd.DataFrame:
    base = {"name": "price", "date": "2024-01-08", "value": 1.0, "available_on": "2024-01-01"}
    frame = pd.DataFrame({**base, **columns})
    return frame.assign(date=pd.to_datetime(frame["date"]), available_on=pd.to_datetime(frame["available_on"]))


def test_a_value_is_known_from_the_morning_after_it_came_out() -> None:
    [source] = of_table(panel_of(counts(3, 8)), 4, table(available_on=["2024-02-05"]))
    assert np.isnan(source.known(np.datetime64("2024-02-05"))).all()
    assert source.known(np.datetime64("2024-02-06"))[0, 1] == 1.0


def test_a_correction_counts_from_its_own_day_and_replaces_the_first_value() -> None:
    rows = table(value=[5.0, 7.0], available_on=["2024-01-01", "2024-02-05"])
    for order in ([0, 1], [1, 0]):
        [source] = of_table(panel_of(counts(3, 8)), 4, rows.iloc[order])
        assert source.known(np.datetime64("2024-02-01"))[0, 1] == 5.0
        assert source.known(np.datetime64("2024-03-01"))[0, 1] == 7.0


def test_rows_reach_the_series_that_they_are_bound_to() -> None:
    panel = panel_of(counts(4, 8))
    rows = table(
        value=[1.0, 2.0, 3.0, 9.0],
        item=[None, "i00001", None, "nothing"],
        category=[None, None, "b", None],
        date=["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"],
    )
    [source] = of_table(panel, 4, rows, np.asarray(["a", "a", "b", "b"]))
    known = source.known(np.datetime64("2025-01-01"))
    assert known[:, 0].tolist() == [1.0] * 4
    assert known[1, 1] == 2.0
    assert np.isnan(known[[0, 2, 3], 1]).all()
    assert np.isnan(known[:2, 2]).all()
    assert known[2:, 2].tolist() == [3.0, 3.0]
    assert np.isnan(known[:, 3]).all()


def test_days_of_a_bucket_are_averaged_and_missing_holidays_are_none() -> None:
    panel = panel_of(counts(2, 8))
    days = ["2024-01-01", "2024-01-02", "2024-01-09"]
    [price] = of_table(panel, 4, table(date=days, value=[2.0, 4.0, 5.0], available_on=["2023-01-01"] * 3))
    assert price.known(np.datetime64("2024-01-01"))[0, :2].tolist() == [3.0, 5.0]
    [free] = of_table(panel, 4, table(name="holidays", date=days, available_on=["2023-01-01"] * 3))
    assert free.driver == HOLIDAYS
    assert np.allclose(free.known(np.datetime64("2024-01-01"))[0, :3], [2 / 7, 1 / 7, 0.0])


def test_names_say_under_which_heading_an_effect_is_told() -> None:
    rows = table(name=["price", "promotion", "holiday", "heat"], date=["2024-01-08"] * 4)
    drivers = [source.driver for source in of_table(panel_of(counts(2, 8)), 4, rows)]
    assert sorted(drivers) == sorted([HOLIDAYS, PRICE, PROMOTION, SIGNALS])
    assert of_table(panel_of(counts(2, 8)), 4, rows.iloc[:0]) == ()


def test_what_lies_outside_the_panel_is_left_out() -> None:
    rows = table(date=["2023-12-31", "2024-03-24", "2024-03-25"], value=[1.0, 2.0, 3.0])
    [source] = of_table(panel_of(counts(2, 8)), 4, rows)
    known = source.known(np.datetime64("2025-01-01"))
    assert known[0, 11] == 2.0
    assert np.isfinite(known).sum() == 1


def test_prices_of_the_history_are_known_when_their_week_is_over() -> None:
    from dataclasses import replace

    panel = panel_of(counts(2, 8))
    panel = replace(panel, price=np.arange(16, dtype=np.float32).reshape(2, 8))
    [price] = observed(panel, 3)
    known = price.known(panel.starts[3])
    assert known.shape == (2, 11)
    assert known[0, :3].tolist() == [0.0, 1.0, 2.0]
    assert np.isnan(known[:, 3:]).all()


def test_dense_sources_follow_the_rows() -> None:
    own, shared = Dense("price", PRICE, np.asarray([[1.0], [2.0]])), Dense("heat", SIGNALS, np.asarray([[3.0]]))
    taken = Exogenous((own, shared), np.asarray([4, 5])).take(np.asarray([1]))
    assert [source.known(np.datetime64("2024-01-01")).tolist() for source in taken.sources] == [[[2.0]], [[3.0]]]
    assert taken.category is not None
    assert taken.category.tolist() == [5]
