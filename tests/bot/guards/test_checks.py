"""Each guard: the edge of its limit, a missing figure, a missing limit."""

import numpy as np
import pytest

from bot.guards import checks
from bot.guards.measures import NO_LIMIT, UNKNOWN

NAN = np.nan


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def minor(*values: int | np.int64) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_value_needs_a_person_above_the_limit_and_where_nothing_is_known_or_allowed() -> None:
    amounts = minor(100, 101, UNKNOWN, 0, 5)
    limits = minor(100, 100, 100, 0, NO_LIMIT)
    assert checks.value_needs_person(amounts, limits).tolist() == [False, True, True, True, True]


def test_value_too_high_needs_a_limit() -> None:
    amounts, limits = minor(100, 101, UNKNOWN, 5, UNKNOWN), minor(100, 100, 100, NO_LIMIT, NO_LIMIT)
    assert checks.value_too_high(amounts, limits).tolist() == [False, True, True, False, False]


def test_above_and_below_take_the_limit_itself_as_good_and_missing_as_exceeded() -> None:
    figures, limits = floats(5, 5.1, NAN, NAN, np.inf), floats(5, 5, 5, NAN, 5)
    assert checks.above(figures, limits).tolist() == [False, True, True, False, True]
    assert checks.below(floats(70, 69.9, NAN, NAN), floats(70, 70, 70, NAN)).tolist() == [False, True, True, False]


def test_quantity_against_the_usual_receipt() -> None:
    hit = checks.quantity_unusual(floats(30, 31, 30, 30), floats(10, 10, NAN, 0), floats(3, 3, 3, 3))
    assert hit.tolist() == [False, True, True, True]


@pytest.mark.parametrize("factor", [10, 12, 24, 100, 144, 1000])
def test_a_unit_slip_is_found_within_three_percent_both_ways(factor: int) -> None:
    times = floats(factor, factor * 1.029, factor * 0.971, factor * 1.05, 1 / factor, 1 / factor / 1.029, 1.0, NAN)
    hit = checks.unit_slip(times * 7.0, np.full(8, 7.0))
    assert hit.tolist() == [True, True, True, False, True, True, False, True]


def test_price_rise_prefers_the_contract_and_counts_only_upwards() -> None:
    hit = checks.price_rise(
        floats(105, 106, 106, 50, 106, NAN, 5), floats(100, 100, NAN, 100, 104, 100, NAN),
        floats(NAN, NAN, 100, NAN, 10, 100, NAN), floats(5, 5, 5, 5, 5, 5, 5),
    )  # fmt: skip
    assert hit.tolist() == [False, True, True, False, False, True, True]


def test_a_rise_of_exactly_the_limit_is_not_above_it() -> None:
    prices = np.round(np.arange(1, 500) * 0.01, 2)
    assert not checks.price_rise(prices * 1.05, prices, prices, np.full(499, 5.0)).any()


def test_price_collar_prefers_the_last_price_and_counts_both_ways() -> None:
    hit = checks.price_collar(
        floats(120, 121, 80, 79, 130, 130), np.array([NAN, NAN, NAN, NAN, 130, 130]),
        floats(100, 100, 100, 100, 100, NAN), np.full(6, 20.0),
    )  # fmt: skip
    assert hit.tolist() == [False, True, False, True, True, False]


def test_forecast_jump() -> None:
    hit = checks.forecast_jump(floats(100, 101, 5, 0, NAN, 5), floats(10, 10, 0, 0, 10, NAN), np.full(6, 10.0))
    assert hit.tolist() == [False, True, True, False, True, True]


def test_flags_and_vetoes_count_missing_as_set() -> None:
    assert checks.flagged(floats(0, 1, NAN)).tolist() == [False, True, True]
    veto = checks.vetoed(floats(1, 0, 1, NAN), floats(1, 1, 0, 1))
    assert veto.tolist() == [False, True, True, True]


def test_frozen_compares_the_strength() -> None:
    state = np.array([0, 1, 2], dtype=np.int8)
    assert checks.frozen(state, 1).tolist() == [False, True, False]
    assert checks.frozen(state, 2).tolist() == [False, False, True]
