"""Figures that guards compare: exact sums, ratios, changes; unknown stays unknown."""

import numpy as np
import pytest

from bot.guards.measures import UNKNOWN, change_pct, first_known, group_total, ratio

NAN = np.nan


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def minor(*values: int | np.int64) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_group_totals_are_exact_and_unknown_spreads() -> None:
    big = 2**53 + 1
    groups = np.array([7, 3, 7, 3, 9])
    totals = group_total(minor(big, 5, 1, UNKNOWN, 4), groups)
    assert totals.tolist() == [big + 1, UNKNOWN, big + 1, UNKNOWN, 4]
    extra = group_total(minor(1, 2, 3, 4, 5), groups, minor(10, 20, 10, 20, UNKNOWN))
    assert extra.tolist() == [14, 26, 14, 26, UNKNOWN]


def test_a_change_needs_a_base() -> None:
    assert change_pct(floats(110), floats(100))[0] == pytest.approx(10.0)
    assert np.isnan(change_pct(floats(110), floats(0))[0])


def test_a_ratio_needs_something_above_zero_below_the_line() -> None:
    assert ratio(floats(30, 1), floats(10, 1e-320)).tolist() == [3.0, np.inf]
    assert np.isnan(ratio(floats(30, 30, 30), floats(0, -1, NAN))).all()


def test_the_preferred_figure_counts_where_it_is_known() -> None:
    assert first_known(floats(1, NAN), floats(5, 6)).tolist() == [1.0, 6.0]
