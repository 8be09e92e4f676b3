from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bot.forecast.exogenous import HOLIDAYS, PRICE, PROMOTION, Exogenous
from bot.forecast.outside import Outside, published
from bot.patterns.demand import DemandPanel
from tests.bot.forecast.panels import counts, panel_of

PANEL = panel_of(counts(3, 8))  # weeks from 2024-01-01, the planning day is 2024-02-26


def signals(**columns: object) -> pd.DataFrame:
    base = {"name": "promotion", "date": "2024-03-04", "value": 1.0, "available_on": "2024-02-01", "item": None}
    frame = pd.DataFrame({**base, **columns})
    return frame.assign(date=pd.to_datetime(frame["date"]), available_on=pd.to_datetime(frame["available_on"]))


def known(outside: Outside, driver: str, panel: DemandPanel = PANEL, day: Any = None) -> npt.NDArray[Any]:
    [source] = [each for each in outside.exogenous(panel, 4).sources if each.driver == driver]
    return np.broadcast_to(source.known(panel.next_start if day is None else day), (panel.n, 12))


def test_nothing_from_outside_leaves_what_the_history_shows() -> None:
    assert Outside().exogenous(PANEL, 4) == Exogenous()
    assert Outside(signals(item=["other"])).exogenous(PANEL, 4).sources == ()
    priced = replace(PANEL, price=np.ones((3, 8), dtype=np.float32))
    assert [source.driver for source in Outside().exogenous(priced, 4).sources] == [PRICE]


def test_a_promotion_that_nobody_announced_is_none_and_a_price_that_nobody_said_unknown() -> None:
    table = signals(name=["promotion", "price"], item=["i00001", "i00001"])
    promotion, price = known(Outside(table), PROMOTION), known(Outside(table), PRICE)
    assert promotion[1].tolist() == [0.0] * 9 + [1.0, 0.0, 0.0]
    assert not promotion[[0, 2]].any()
    assert np.isfinite(price).sum() == 1


def test_announced_prices_go_before_those_of_the_history_which_fill_the_rest() -> None:
    panel = replace(PANEL, price=np.full((3, 8), 5.0, dtype=np.float32))
    table = signals(name=["price"] * 2, date=["2024-01-08", "2024-02-26"], value=[7.0, 8.0], available_on="2023-12-01")
    row = known(Outside(table), PRICE, panel)[0]
    assert row[:9].tolist() == [5.0, 7.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 8.0]
    assert np.isnan(row[9:]).all()


def test_where_plans_are_told_ahead_the_past_counts_as_planned_but_not_what_was_told_late() -> None:
    panel = replace(PANEL, promotion=np.tile(np.arange(8) % 2, (3, 1)).astype(np.float32))
    ahead = signals(date=["2024-03-04", "2024-02-05"], available_on=["2024-02-20", "2024-02-20"])
    third = known(Outside(ahead), PROMOTION, panel, panel.starts[3])[0]
    assert third.tolist() == [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    past = signals(date=["2024-01-08"], available_on=["2023-12-01"])
    strict = known(Outside(past), PROMOTION, panel, panel.starts[3])[0]
    assert strict.tolist() == [0.0, 1.0] + [0.0] * 10


def test_what_came_out_on_the_planning_day_is_not_seen_and_what_came_out_in_the_running_bucket_is() -> None:
    midweek = replace(PANEL, as_of=np.datetime64("2024-02-29"))
    days = ["2024-02-27", "2024-02-28", "2024-02-29"]
    table = signals(value=[2.0, 3.0, 4.0], available_on=days)
    for order in ([0, 1, 2], [2, 1, 0]):
        assert known(Outside(table.iloc[order]), PROMOTION, midweek)[0, 9] == 3.0
    assert known(Outside(table), PROMOTION, midweek, PANEL.starts[7])[0, 9] == 0.0
    assert published(table, PANEL).empty
    assert Outside(table).exogenous(PANEL, 4).sources == ()


def test_closed_days_are_a_share_of_the_bucket_at_their_location() -> None:
    there = PANEL.keys.assign(location=["here", "there", "here"]).astype("category")
    closed = pd.DataFrame(
        {
            "location": ["there", "there", "there", "nowhere"],
            "date": pd.to_datetime(["2024-01-10", "2024-01-10", "2024-03-05", "2024-01-01"]),
        }
    )
    share = known(Outside(closed=closed), HOLIDAYS, replace(PANEL, keys=there))
    assert np.allclose(share[1], np.where(np.isin(np.arange(12), [1, 9]), 1 / 7, 0.0))
    assert not share[[0, 2]].any()
    assert Outside(closed=closed).exogenous(PANEL, 4).sources == ()


def test_categories_are_codes_and_follow_the_rows() -> None:
    outside = Outside(signals(category=["b"]), categories=np.asarray(["b", "", "c"], dtype=object))
    assert outside.exogenous(PANEL, 4).category.tolist() == [1, 0, 2]  # type: ignore[union-attr]
    assert known(outside, PROMOTION)[:, 9].tolist() == [1.0, 0.0, 0.0]
    some = np.asarray([2, 0])
    taken = outside.take(some)
    assert taken.exogenous(PANEL.take(some), 4).category.tolist() == [1, 0]  # type: ignore[union-attr]
    assert known(taken, PROMOTION, PANEL.take(some))[:, 9].tolist() == [0.0, 1.0]
