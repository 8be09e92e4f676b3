from datetime import date

import numpy as np
import pandas as pd
import pytest

from bot.patterns.demand import DemandPanel, regularise


def table(*rows: tuple[str, str, float], **more: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["item", "date", "quantity"])
    frame["location"] = "here"
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(**more)


def values(panel: DemandPanel) -> list[list[float]]:
    return panel.values.tolist()  # noqa: PD011 - a panel is no frame


def test_absent_days_are_zero_after_the_first_row_and_unknown_before() -> None:
    panel = regularise(table(("a", "2026-03-02", 2), ("a", "2026-03-04", 3), ("b", "2026-03-03", 1)), date(2026, 3, 6))
    assert panel.freq == "D"
    np.testing.assert_array_equal(panel.values, [[2, 0, 3, 0], [np.nan, 1, 0, 0]])
    assert panel.first.tolist() == [0, 1]
    assert panel.next_start == np.datetime64("2026-03-06")
    assert panel.share is None
    assert not panel.censored.any()


def test_the_bucket_that_contains_the_planning_day_is_not_known() -> None:
    rows = table(("a", "2026-02-18", 5), ("a", "2026-02-25", 6), ("a", "2026-03-04", 7))
    panel = regularise(rows, date(2026, 3, 6))
    assert (panel.freq, str(panel.starts[-1]), str(panel.next_start)) == ("W", "2026-02-25", "2026-03-04")
    assert values(panel) == [[5, 6]]
    assert values(regularise(rows, date(2026, 3, 11))) == [[5, 6, 7]]


def test_rows_on_and_after_the_planning_day_change_nothing() -> None:
    past = [("a", "2026-03-02", 2.0), ("a", "2026-03-04", 3.0)]
    with_future = table(*past, ("a", "2026-03-06", 900.0), ("b", "2026-03-09", 5.0), ("a", "2026-01-01", 0.0))
    without = table(*past, ("a", "2026-01-01", 0.0))
    one, two = regularise(without, date(2026, 3, 6)), regularise(with_future, date(2026, 3, 6))
    np.testing.assert_array_equal(one.values, two.values)
    pd.testing.assert_frame_equal(one.keys, two.keys, check_categorical=False)


def test_returns_are_subtracted_never_below_zero_and_one_offs_are_kept_out() -> None:
    rows = table(
        ("a", "2026-03-02", 5), ("a", "2026-03-02", 2), ("a", "2026-03-03", 9), ("a", "2026-03-04", 40),
        kind=["sale", "return", "return", "one_off"],
    )  # fmt: skip
    panel = regularise(rows, date(2026, 3, 5))
    assert values(panel) == [[3, 0, 0]]
    assert panel.one_off.tolist() == [40]


def test_an_empty_quantity_is_unknown() -> None:
    panel = regularise(table(("a", "2026-03-02", 5), ("a", "2026-03-03", np.nan)), date(2026, 3, 5))
    np.testing.assert_array_equal(panel.values, [[5, np.nan, 0]])
    assert panel.share is not None
    assert panel.share.tolist() == [[1, 0, 1]]


def test_hidden_demand_is_scaled_up_masked_or_kept_when_it_beats_the_mean() -> None:
    rows = table(
        *[("a", f"2026-03-0{day}", q) for day, q in ((1, 10), (2, 10), (3, 6), (4, 2), (5, 30))],
        in_stock=[1.0, np.nan, 0.75, 0.25, 0.1],
    )
    panel = regularise(rows, date(2026, 3, 6))
    np.testing.assert_allclose(panel.values, [[10, 10, 8, np.nan, 30]])
    assert panel.censored.tolist() == [[False, False, True, True, True]]


def test_days_become_weeks_and_out_of_stock_days_a_share_of_the_week() -> None:
    rows = table(
        *[("a", f"2026-03-{day:02d}", q) for day, q in ((2, 4), (3, 0), (4, 1), (9, 7), (10, 3))],
        in_stock=[1.0, 0.0, 1.0, 1.0, 1.0],
    )
    panel = regularise(rows, date(2026, 3, 16), freq="W")
    np.testing.assert_allclose(panel.values, [[5 / (6 / 7), 10]], rtol=1e-6)


@pytest.mark.parametrize(
    ("count", "kinds", "share"), [(2, ["sale", "return"], 0.7), (2, ["sale", "issue"], 0.7), (6, ["sale"] * 6, 0.9)]
)
def test_rows_of_one_date_tell_of_one_share(count: int, kinds: list[str], share: float) -> None:
    weeks = ["2026-02-16"] * count + ["2026-02-23"] * count
    rows = table(*[("a", day, 1) for day in weeks], kind=kinds * 2, in_stock=[share] * (2 * count))
    assert regularise(rows, date(2026, 3, 2)).share == pytest.approx(np.full((1, 2), share))


def test_of_one_date_the_least_share_holds_and_silence_says_nothing() -> None:
    days = ["2026-03-02", "2026-03-02", "2026-03-03", "2026-03-03", "2026-03-04"]
    rows = table(*[("a", day, 1) for day in days], in_stock=[0.8, 0.6, np.nan, 0.9, np.nan])
    daily = regularise(rows, date(2026, 3, 5))
    assert daily.share == pytest.approx(np.asarray([[0.6, 0.9, 1.0]]))
    weekly = regularise(rows, date(2026, 3, 9), freq="W")
    assert weekly.share == pytest.approx(np.asarray([[1 - 0.5 / 7]]))


def test_an_unknown_quantity_counts_as_out_once_for_its_date() -> None:
    rows = table(("a", "2026-03-02", np.nan), ("a", "2026-03-02", 3), ("a", "2026-03-03", 1), in_stock=[0.9, 0.9, 1.0])
    assert regularise(rows, date(2026, 3, 9), freq="W").share == pytest.approx(np.asarray([[6 / 7]]))


def test_weekly_shares_make_up_a_month() -> None:
    rows = table(*[("a", f"2026-02-{day:02d}", 1) for day in (2, 9, 16, 23)], in_stock=[0.5] * 4)
    share = regularise(rows, date(2026, 3, 2), freq="M").share
    assert share == pytest.approx(np.asarray([[1 - 4 * 0.5 * 7 / 30.4375]]))


def test_a_first_bucket_that_the_series_enters_halfway_is_unknown() -> None:
    rows = table(("a", "2026-02-19", 4), ("a", "2026-02-24", 9), ("b", "2026-02-16", 4), ("c", "2026-02-26", 5))
    panel = regularise(rows, date(2026, 3, 2), freq="W")
    np.testing.assert_array_equal(panel.values, [[np.nan, 9], [4, 0], [np.nan, 5]])  # the only bucket of c stands
    assert panel.first.tolist() == [0, 0, 1]
    monthly = regularise(rows, date(2026, 3, 2), freq="M")
    np.testing.assert_array_equal(monthly.values, [[13], [4], [5]])
    assert values(regularise(rows, date(2026, 3, 2), freq="D"))[0][3:5] == [4, 0]


def test_the_index_gives_the_order_and_unplanned_rows_are_left_out() -> None:
    rows = table(("a", "2026-03-02", 2), ("b", "2026-03-03", 1), ("c", "2026-03-03", 8))
    index = pd.MultiIndex.from_tuples([("z", "here"), ("c", "here"), ("a", "here")], names=["item", "location"])
    panel = regularise(rows, date(2026, 3, 4), index=index)
    np.testing.assert_array_equal(panel.values, [[np.nan, np.nan], [np.nan, 8], [2, 0]])
    assert panel.keys["item"].tolist() == ["z", "c", "a"]
    assert panel.first.tolist() == [2, 1, 0]


def test_side_columns_are_averaged_per_bucket() -> None:
    rows = table(
        ("a", "2026-03-02", 2), ("a", "2026-03-02", 2), ("a", "2026-03-04", 1),
        price=[10.0, 20.0, 12.0], promotion=[np.nan, np.nan, np.nan],
    )  # fmt: skip
    panel = regularise(rows, date(2026, 3, 5))
    np.testing.assert_array_equal(panel.price, [[15, np.nan, 12]])
    assert panel.promotion is None


@pytest.mark.parametrize("index", [None, pd.DataFrame({"item": ["a"], "location": ["here"]})])
def test_no_history_is_a_panel_without_buckets(index: pd.DataFrame | None) -> None:
    panel = regularise(table(("a", "2026-03-09", 2)).iloc[:0], date(2026, 3, 5), index=index)
    assert panel.periods == 0
    assert panel.n == (0 if index is None else 1)


def test_an_empty_index_plans_nothing() -> None:
    empty = pd.DataFrame({"item": [], "location": []})
    assert regularise(table(("a", "2026-03-02", 2)), date(2026, 3, 5), index=empty).n == 0


def test_taking_rows_keeps_everything_together() -> None:
    rows = table(
        ("a", "2026-03-02", 2), ("b", "2026-03-03", 1), in_stock=[1.0, 0.6], price=[1.0, 2.0], promotion=[0.0, 1.0]
    )
    panel = regularise(rows, date(2026, 3, 4))
    part = panel.take(np.asarray([False, True]))
    assert part.keys["item"].tolist() == ["b"]
    assert part.share is not None
    assert part.price is not None
    assert part.promotion is not None
    np.testing.assert_array_equal(part.values, panel.values[1:])  # noqa: PD011 - a panel is no frame
    assert part.n == len(part.share) == len(part.price) == len(part.promotion) == 1
    assert regularise(table(("a", "2026-03-02", 2)), date(2026, 3, 4)).take(np.asarray([0])).share is None


def test_an_unknown_freq_is_refused() -> None:
    with pytest.raises(ValueError, match="D, W or M"):
        regularise(table(("a", "2026-03-02", 2)), date(2026, 3, 5), freq="Q")
