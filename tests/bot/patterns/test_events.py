"""Promotions, cheap spells and single orders are told from ordinary buckets, and only where they are rare."""

from dataclasses import replace

import numpy as np
import pytest

from bot.patterns.classify import classify
from bot.patterns.events import LEAST_SIZES, calm, promoted, single_orders, uplift
from bot.patterns.spikes import recent_spikes
from tests.bot.forecast.panels import panel_of

WEEKS = 60
BASE = [10.0, 12.0, 8.0] * 20


def on(*weeks: int) -> np.ndarray:
    mask = np.zeros((1, WEEKS), dtype=bool)
    mask[0, list(weeks)] = True
    return mask


def test_what_was_told_and_what_was_cheap_is_promoted() -> None:
    panel = panel_of(np.asarray([BASE]))
    assert not promoted(panel).any()
    price = np.full((1, WEEKS), 20.0, dtype=np.float32)
    price[0, [5, 6]], price[0, 7], price[0, 8] = 15.0, 18.5, np.nan
    told = replace(panel, promotion=np.where(on(30), 0.5, np.nan).astype(np.float32), price=price)
    np.testing.assert_array_equal(promoted(told), on(5, 6, 30))


def test_a_series_that_is_often_cheap_has_no_cheap_spells() -> None:
    price = np.where(np.arange(WEEKS) % 5 < 2, 10.0, 20.0)[None, :]
    assert not promoted(replace(panel_of(np.asarray([BASE])), price=price)).any()


def test_the_uplift_is_the_ratio_of_the_means() -> None:
    values = np.asarray([BASE])
    values[on(5, 20, 40)] = 30.0
    assert uplift(values, on(5, 20, 40))[0] == pytest.approx(30.0 / values[~on(5, 20, 40)].mean())
    assert np.isnan(uplift(values, on(5, 20))[0])
    assert np.isnan(uplift(np.zeros((1, WEEKS)), on(5, 20, 40))[0])


def test_a_single_order_stands_far_above_the_own_sizes() -> None:
    values = np.asarray([BASE, BASE])
    values[0, 33] = 90.0
    values[1, 33] = 20.0
    np.testing.assert_array_equal(single_orders(values, np.zeros((2, WEEKS), bool)), np.concatenate([on(33), on()]))
    assert not single_orders(values[:1], on(33)).any(), "a promotion explains it"
    few = np.where(np.arange(WEEKS) < LEAST_SIZES - 1, values[0, ::-1], 0.0)[None, :]
    few[0, 3] = 90.0
    assert not single_orders(few, np.zeros((1, WEEKS), bool)).any()


def test_lumps_that_come_again_are_no_single_orders() -> None:
    values = np.asarray([BASE])
    values[0, [5, 15, 25, 35, 45, 50, 55]] = 90.0
    assert not single_orders(values, np.zeros((1, WEEKS), bool)).any()


def test_the_level_is_looked_at_without_promotions_unless_they_are_the_rule() -> None:
    panel = panel_of(np.asarray([BASE]))
    assert np.isnan(calm(panel, on(3, 4))[0, [3, 4]]).all()
    assert not np.isnan(calm(panel, on(*range(0, 60, 2)))).any()
    assert calm(panel, on()) is panel.values


def test_classify_tells_events_and_no_promotion_is_an_outlier_or_a_shift() -> None:
    values = np.asarray([BASE] * 2)
    values[:, 54:58] = 4000.0
    told = np.where(np.concatenate([on(54, 55, 56, 57), on()]), 1.0, 0.0).astype(np.float32)
    three = values.copy()
    three[:, 54] = 10.0
    panel = replace(panel_of(three), promotion=told)
    frame = classify(panel)
    assert frame["outlier"].tolist() == [False, True]
    assert recent_spikes(panel).tolist() == [False, True]
    assert frame["promotion_uplift"].iloc[0] == pytest.approx(300.0, rel=0.05)
    assert np.isnan(frame["promotion_uplift"].iloc[1])
    assert not frame["shifted"].iloc[0]
    single = np.asarray([BASE])
    single[0, 40] = 95.0
    assert classify(panel_of(single))["single_orders"].tolist() == [1]
