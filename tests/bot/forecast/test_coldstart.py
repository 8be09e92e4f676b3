from dataclasses import astuple, replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bot.forecast.coldstart import ERROR, YOUNG, borrow, settle_young
from bot.forecast.fit import Spec
from bot.forecast.forecasters import learn, whole_numbers
from bot.forecast.launches import Launches, launches
from bot.forecast.lenders import SETTLED, Groups, Names, lend, lenders_of
from bot.forecast.moments import Moments, decay_weights, weigh
from bot.forecast.season import Season
from bot.patterns.buckets import bucket_range
from tests.bot.forecast.panels import Array, launched

NONE = Launches(np.zeros(0, dtype=np.int64), np.zeros((0, 13)), np.zeros((0, 13)))


def settled(n: int, level: float = 10.0, seed: int = 2) -> Moments:
    rng = np.random.default_rng(seed)
    levels = level * np.exp(rng.normal(0.0, 0.5, n))
    return Moments(levels, 3.0 * levels, np.full(n, 30.0), np.full(n, 20.0), np.full(n, 60.0))


def joined(*parts: Moments) -> Moments:
    return Moments(*(np.concatenate(column) for column in zip(*map(astuple, parts), strict=True)))


def unknown(known: float = 0.0, level: float = 0.0) -> Moments:
    return Moments(*(np.full(1, x) for x in (level, 2.0 * level, max(known, 0.0), 0.0, known)))


def keys(n: int, location: str = "1010") -> pd.DataFrame:
    return pd.DataFrame({"item": [f"i{k}" for k in range(n)], "location": location})


def drawn(moments: Moments, groups: Groups, age: Array, past: Launches) -> tuple[Moments, Names]:
    return borrow(moments, groups, age, lenders_of(moments, groups, past))


def test_an_item_without_history_takes_the_level_of_its_category() -> None:
    moments = joined(settled(38, 50.0), settled(60, 2.0), unknown())
    groups = Groups.of(keys(99), ["SEALS"] * 38 + ["BOLTS"] * 60 + ["SEALS"])
    got, source = drawn(moments, groups, moments.known, NONE)
    assert 35.0 < got.level[-1] < 75.0
    assert source[-1] == "level from 38 items of category SEALS at 1010"
    assert (source[:-1] == "").all()


def test_settled_rows_are_left_as_they_are() -> None:
    moments = joined(settled(30), unknown(3.0, 7.0))
    got, _ = drawn(moments, Groups.of(keys(31)), moments.known, NONE)
    for before, after in zip(astuple(moments), astuple(got), strict=True):
        assert np.array_equal(before[:30], after[:30])


def test_the_level_hands_over_to_own_history_bucket_by_bucket() -> None:
    levels = []
    for known in (1.0, 4.0, 8.0, 12.0, 18.0, YOUNG):
        moments = joined(settled(50, 10.0), unknown(known, 100.0))
        got, source = drawn(moments, Groups.of(keys(51)), moments.known, NONE)
        levels.append(got.level[-1])
        assert ("own history of" in source[-1]) == (known < YOUNG)
    assert levels == sorted(levels)
    assert levels[0] < 30.0
    assert levels[-1] == 100.0


def test_levels_that_differ_between_items_make_the_borrowed_level_uncertain() -> None:
    doubts = []
    for width in (0.2, 1.2):
        moments = settled(200)
        levels = 10.0 * np.exp(width * np.random.default_rng(1).normal(size=200))
        moments = joined(Moments(levels, 3.0 * levels, *astuple(moments)[2:]), unknown())
        got, _ = drawn(moments, Groups.of(keys(201)), moments.known, NONE)
        doubts.append(ERROR * got.spread[-1] / got.strength[-1] / got.level[-1] ** 2)
    assert doubts[0] < 0.2
    assert doubts[1] > 0.7


def test_price_bands_tell_apart_what_categories_do_not() -> None:
    moments = joined(settled(50, 200.0), settled(50, 2.0), unknown(), unknown())
    cost = np.array([0.3] * 50 + [90.0] * 50 + [0.3, 90.0])
    got, source = drawn(moments, Groups.of(keys(102), None, cost), moments.known, NONE)
    assert got.level[-2] > 20.0 * got.level[-1]
    assert source[-1] == "level from 50 items at 1010, unit cost 64 to 128"


def test_an_unknown_category_takes_its_location_and_a_small_group_the_wider_one() -> None:
    moments = joined(settled(40), unknown(), unknown())
    names = ["SEALS"] * 40 + [None, "NEW"]
    _, source = drawn(moments, Groups.of(keys(42), names), moments.known, NONE)
    assert list(source[-2:]) == ["level from 40 items at 1010"] * 2


def test_nothing_is_borrowed_where_nobody_can_lend() -> None:
    moments = joined(unknown(), unknown(2.0, 5.0))
    got, source = drawn(moments, Groups.of(keys(2)), moments.known, NONE)
    assert got is moments
    assert list(source) == ["", ""]


def test_a_first_sale_of_an_intermittent_item_is_not_its_level() -> None:
    values, first = launched(300, 90, busy=0.1)
    moments = weigh(values, decay_weights(90, np.inf))
    groups = Groups.of(keys(301))
    moments = joined(moments, unknown(1.0, 40.0))
    past = launches(values, first, groups.marks[:300])
    got, _ = drawn(moments, groups, moments.known, past)
    assert got.level[-1] < 12.0
    assert got.level[-1] > np.median(got.level)


@settings(deadline=None, max_examples=50)
@given(
    arrays(float, 60, elements=st.floats(0.0, 1e9)),
    arrays(float, 60, elements=st.sampled_from([0.0, 1.0, 5.0, SETTLED, 80.0])),
    st.integers(0, 2**32 - 1),
)
def test_what_is_borrowed_is_finite_bounded_and_the_same_in_any_row_order(
    level: Array, known: Array, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    moments = Moments(np.where(known > 0, level, 0.0), level * 2.0, known, known, known)
    category = rng.choice(["A", "B", ""], 60)
    cost = rng.choice([0.0, np.nan, 1.0, 1e7], 60)
    table = keys(60)
    got, source = drawn(moments, Groups.of(table, category, cost), known, NONE)
    assert np.isfinite(np.stack(astuple(got))).all()
    assert (got.level >= 0.0).all()
    assert (got.spread >= 0.0).all()
    assert (got.level <= max(float(moments.level.max()), 0.0) * (1 + 1e-12)).all()
    order = rng.permutation(60)
    mixed = Groups.of(table.iloc[order].reset_index(drop=True), category[order], cost[order])
    again, words = drawn(moments.take(order), mixed, known[order], NONE)
    for one, other in zip(astuple(got), astuple(again), strict=True):
        assert np.array_equal(one[order], other)
    assert (source[order] == words).all()


def test_values_that_are_not_finite_borrow_like_unknown_ones() -> None:
    broken = unknown(3.0, float("nan"))
    moments = joined(settled(40), broken)
    got, _ = drawn(moments, Groups.of(keys(41)), moments.known, NONE)
    assert np.isfinite([got.level[-1], got.spread[-1], got.strength[-1]]).all()


def test_rows_borrow_the_same_alone_in_pieces_and_together() -> None:
    values, first = launched(120, 60)
    starts = bucket_range(np.datetime64("2024-01-01"), 60, "W")
    state = learn(Spec(), values, starts, Season("W", np.zeros(120, dtype=np.int64)), whole_numbers(values), (1.3, 2.0))
    groups = Groups.of(keys(120), ["A", "B"] * 60)
    lenders = lend(values, first, groups, "W")
    whole, words = settle_young(state, values, first, groups, lenders)
    assert (words != "").any()
    for rows in (np.arange(50), np.arange(50, 120)):
        part, said = settle_young(state.take(rows), values[rows], first[rows], groups.take(rows), lenders)
        assert np.array_equal(part.moments.level, whole.moments.level[rows])
        assert np.array_equal(part.moments.strength, whole.moments.strength[rows])
        assert (said == words[rows]).all()


def test_an_old_item_that_was_mostly_out_of_stock_is_not_taken_for_a_new_one() -> None:
    moments = joined(settled(40), unknown(3.0, 90.0))
    age = np.append(moments.known[:-1], 80.0)
    got, source = drawn(moments, Groups.of(keys(41)), age, NONE)
    assert got.level[-1] == 90.0
    assert source[-1] == ""


def test_means_of_a_foreign_forecaster_are_left_alone() -> None:
    values, first = launched(60, 60)
    starts = bucket_range(np.datetime64("2024-01-01"), 60, "W")
    state = learn(Spec(), values, starts, Season("W", np.zeros(60, dtype=np.int64)), whole_numbers(values), (1.3, 2.0))
    groups = Groups.of(keys(60))
    foreign = replace(state, path=np.ones((60, 4)))
    got, source = settle_young(foreign, values, first, groups, lend(values, first, groups, "W"))
    assert np.array_equal(got.moments.level, state.moments.level)
    assert (source == "").all()


def test_daily_history_is_young_for_as_many_weeks() -> None:
    values, first = launched(80, 300)
    groups = Groups.of(keys(80))
    daily = lend(values, first, groups, "D")
    assert daily is not None
    moments = unknown(100.0, 5.0)
    _, source = borrow(moments, Groups.of(keys(1)), np.array([100.0]), daily)
    assert source[0].startswith("level from ")


def test_what_never_sold_stays_at_nothing_unless_a_figure_is_asked_for() -> None:
    values, first = launched(60, 60)
    values[0], first[0] = np.nan, 60
    values[1, -3:], values[1, :-3], first[1] = 0.0, np.nan, 57
    starts = bucket_range(np.datetime64("2024-01-01"), 60, "W")
    state = learn(Spec(), values, starts, Season("W", np.zeros(60, dtype=np.int64)), whole_numbers(values), (1.3, 2.0))
    groups = Groups.of(keys(60))
    lenders = lend(values, first, groups, "W")
    quiet, _ = settle_young(state, values, first, groups, lenders)
    assert list(quiet.moments.level[:2]) == [0.0, 0.0]
    shown, source = settle_young(state, values, first, groups, lenders, never_sold=True)
    assert (shown.moments.level[:2] > 0.0).all()
    assert source[0].startswith("level from ")
