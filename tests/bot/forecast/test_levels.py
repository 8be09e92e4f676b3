import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forecast.levels import KNOTS, STATED, Levels, observed, shrunk

MAPS = st.lists(st.floats(0.001, 1.0), min_size=len(KNOTS) - 1, max_size=len(KNOTS) - 1).map(
    lambda steps: (0.0, *np.cumsum(steps) / np.sum(steps))
)


@given(MAPS, st.floats(0.0, 1.0))
def test_stated_is_the_inverse_of_calibrated(mapping: tuple[float, ...], level: float) -> None:
    levels = Levels(np.asarray([STATED, mapping]), np.asarray([0, 1]))
    there = levels.calibrated(levels.stated(np.full(2, level)))
    np.testing.assert_allclose(there, level, atol=1e-9)


def test_lines_are_the_map_between_its_knots() -> None:
    table = np.asarray([STATED, np.asarray(STATED) ** 2])
    levels = Levels(table, np.asarray([1, 0, 1]))
    a, b = levels.lines()
    middle = (KNOTS[1:] + KNOTS[:-1]) / 2
    for place, u in enumerate(middle):
        np.testing.assert_allclose(a[:, place] + b[:, place] * u, levels.calibrated(np.full(3, u)))


def test_outcomes_between_two_whole_numbers_count_in_proportion() -> None:
    found = observed(np.asarray([0.2]), np.asarray([0.6]))
    assert dict(zip(KNOTS.tolist(), found.tolist(), strict=True))[0.4] == pytest.approx(0.5)
    assert found[0] == 0.0
    assert found[-1] == 1.0


def test_few_cases_hardly_move_what_is_stated() -> None:
    low = np.zeros(10)
    few, many = (shrunk(observed(low, low), count, STATED) for count in (10, 1_000_000))
    assert few[KNOTS.tolist().index(0.5)] < 0.55
    assert many[KNOTS.tolist().index(0.5)] > 0.99
    assert np.all(np.diff(few) > 0.0)
