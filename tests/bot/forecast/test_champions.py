"""Champions survive being stored, and only young ones of the same bucket length are taken up."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forecast.champions import OLDEST_DAYS, as_frame, blank, of_frame, usable
from bot.forecast.choose import Board, Choice
from bot.forecast.fit import PowerLaw, Spec
from bot.forecast.levels import KNOTS
from bot.forecast.pool import SIZE, Pool
from bot.store.files import ParquetFiles

DAY = date(2026, 3, 2)
NUMBERS = st.floats(0.1, 1e6)
SPECS = st.builds(
    Spec,
    half_life=st.sampled_from([60.0, float("inf")]),
    season=st.booleans(),
    yearly=st.booleans(),
    trend=st.booleans(),
    window=st.integers(0, 400),
    pooled=st.booleans(),
    native=st.sampled_from(["", "tsb"]),
)
PLAIN = Choice(loss=1.0, naive_loss=2.0, coverage=0.9)
CHOICES = st.builds(
    Choice,
    SPECS,
    phi=NUMBERS,
    kappa=NUMBERS,
    loss=NUMBERS,
    naive_loss=NUMBERS,
    coverage=NUMBERS,
    cases=st.integers(0),
    pool=st.builds(Pool, st.tuples(*[NUMBERS] * SIZE), NUMBERS),
    levels=st.tuples(*[NUMBERS] * len(KNOTS)),
    law=st.builds(PowerLaw, NUMBERS, NUMBERS),
).filter(lambda choice: choice.cases < 2**63)


BOARDS = st.dictionaries(
    st.sampled_from(["smooth", "erratic", "lumpy"]), st.lists(CHOICES, min_size=1, max_size=3).map(tuple)
)


@given(BOARDS)
def test_nothing_is_lost_in_the_table(board: Board) -> None:
    assert of_frame(as_frame(board, "W", DAY)) == board


def test_nothing_is_lost_in_a_file(tmp_path: Path) -> None:
    choices = {"smooth": (Choice(Spec(float("inf"), trend=True), 1.2, 4.0, 0.5, 0.6, 0.94, 120), PLAIN)}
    frame = as_frame(choices, "D", DAY)
    files = ParquetFiles(tmp_path)
    stored = files.frames("learned", files.put_frames("learned", {"champions": frame, "none": blank()}, {}))
    assert of_frame(stored["champions"]) == choices
    pd.testing.assert_frame_equal(stored["champions"], frame)
    assert of_frame(usable(stored["none"], "D", DAY)) == {}


@pytest.mark.parametrize(
    ("freq", "days", "taken"),
    [("D", 0, True), ("D", OLDEST_DAYS, True), ("D", OLDEST_DAYS + 1, False), ("D", -1, False), ("W", 0, False)],
)
def test_only_young_ones_of_the_same_bucket_length_are_usable(freq: str, days: int, *, taken: bool) -> None:
    frame = as_frame({"smooth": (Choice(),)}, "D", DAY)
    assert len(usable(frame, freq, DAY + timedelta(days=days))) == taken


def test_choices_of_an_earlier_version_are_not_used() -> None:
    frame = as_frame({"smooth": (Choice(),)}, "D", DAY)
    assert usable(frame.drop(columns=["levels"]), "D", DAY).empty


def test_a_memory_without_champions_has_none() -> None:
    assert of_frame(usable(pd.DataFrame(), "D", DAY)) == {}
