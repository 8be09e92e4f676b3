"""A class stays while its figure wanders inside the band, changes when it leaves it, and starts at the cut."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns.hysteresis import BAND, UNKNOWN, beyond, codes, places, ranked, ranked_by_rest

CUTS = (0.5, 1.0)
SHARES = (0.80, 0.95)
INSIDE = st.lists(st.floats(1.0 - BAND + 1e-9, 1.0 + BAND - 1e-9), min_size=1, max_size=20)


def one(code: int) -> np.ndarray:
    return np.asarray([code], dtype=np.int64)


def rank(figure: float, before: int) -> int:
    return int(ranked(np.asarray([figure]), CUTS, one(before))[0])


def by_rest(share: float, before: int) -> int:
    return int(ranked_by_rest(np.asarray([share]), SHARES, one(before))[0])


@given(INSIDE, st.sampled_from([0, 1]))
def test_a_figure_that_wanders_inside_the_band_changes_nothing(path: list[float], place: int) -> None:
    for start in (place, place + 1):
        code = start
        for factor in path:
            code = rank(CUTS[place] * factor, code)
            assert code == start


@given(st.floats(BAND + 1e-9, 0.4), st.sampled_from([0, 1]))
def test_a_figure_that_leaves_the_band_changes_the_class(step: float, place: int) -> None:
    assert rank(CUTS[place] * (1.0 + step), place) == place + 1
    assert rank(CUTS[place] * (1.0 - step), place + 1) == place


@given(st.floats(0.0, 3.0))
def test_without_a_word_before_the_cut_decides(figure: float) -> None:
    assert rank(figure, UNKNOWN) == sum(figure >= cut for cut in CUTS)
    share = min(figure / 3.0, 1.0)
    assert by_rest(share, UNKNOWN) == sum(share >= cut for cut in SHARES)


@given(st.floats(0.0, 5.0), st.sampled_from([UNKNOWN, 0, 1, 2]))
def test_the_same_figure_again_says_the_same(figure: float, before: int) -> None:
    first = rank(figure, before)
    assert rank(figure, first) == first


@given(st.floats(-1.0 + 1e-6, 1.0 - 1e-6), st.sampled_from([0, 1]))
def test_the_band_of_shares_is_a_tenth_of_what_is_left(place_in_band: float, place: int) -> None:
    width = BAND * (1.0 - SHARES[place])
    assert [by_rest(SHARES[place] + place_in_band * width, code) for code in (place, place + 1)] == [place, place + 1]
    assert by_rest(SHARES[place] + 1.01 * width, place) == place + 1
    assert by_rest(SHARES[place] - 1.01 * width, place + 1) == place


def test_a_flag_is_held_like_a_class() -> None:
    figure = np.asarray([0.95, 0.95, 1.05, 1.05, 0.89, 1.11, 0.95, 1.0])
    was = np.asarray([True, False, True, False, True, False, True, False])
    told = np.asarray([True] * 6 + [False] * 2)
    assert beyond(figure, 1.0, was, told).tolist() == [True, False, True, False, False, True, False, True]


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_what_was_said_is_found_by_its_keys(dtype: str) -> None:
    before = pd.DataFrame(
        {"item": ["a", "a", "b", "z"], "location": ["L2", "L1", "L1", "L9"], "word": ["B", "C", "odd", "A"]}
    ).astype(dtype)
    keys = pd.DataFrame({"item": ["b", "a", "c", "a", "z", "a"], "location": ["L1", "L1", "L1", "L3", "L1", "L2"]})
    found = codes(before, places(before, keys.astype("category")), "word", ("A", "B", "C"))
    assert found.tolist() == [UNKNOWN, 2, UNKNOWN, UNKNOWN, UNKNOWN, 1]
    for nothing in (None, before.iloc[:0]):
        assert codes(nothing, places(nothing, keys), "word", ("A",)).tolist() == [UNKNOWN] * 6
    assert codes(before, places(before, keys.iloc[:0]), "word", ("A",)).tolist() == []
