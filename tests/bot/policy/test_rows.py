"""Which rows match: fast paths give what a plain look at every row gives."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.match import Words
from bot.policy.model import Match, validation_errors
from bot.policy.rows import Rows

CODES = st.sampled_from(["a", "b", "c", None])
SOME = st.lists(st.sampled_from(["a", "b", "c", "z"]), min_size=1, max_size=3)


def match(**content: object) -> Match:
    found, errors = validation_errors(Match, content)
    assert found is not None, errors
    return found


@given(items=st.lists(CODES, max_size=12), wanted=SOME, negated=st.booleans())
def test_items_match_as_words_do_and_missing_ones_never(
    *, items: list[str | None], wanted: list[str], negated: bool
) -> None:
    rows = Rows(pd.DataFrame({"item": pd.array(items, dtype="str")}))
    words = Words(tuple(wanted), negated)
    expected = [place for place, item in enumerate(items) if item is not None and words.covers(item)]
    assert rows.matching(match(item={"not": wanted} if negated else wanted)).tolist() == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"item": "a", "location": "x"}, [0]),
        ({"item": ["a", "a"]}, [0, 2]),
        ({"location": {"not": "x"}}, [1]),
        ({"abc": "A"}, []),
        ({"abc": {"not": "A"}}, []),
        ({"unit_price": {"gte": "5", "lt": "9"}}, [0]),
        ({"unit_price": {"gt": "5", "lte": "9"}}, [1]),
        ({}, [0, 1, 2]),
    ],
)
def test_attributes_are_joined_by_and(content: dict[str, object], expected: list[int]) -> None:
    frame = pd.DataFrame({"item": ["a", "b", "a"], "location": ["x", "y", None], "unit_price": [5.0, 9.0, None]})
    assert Rows(frame).matching(match(**content)).tolist() == expected


def test_a_range_without_prices_matches_nothing() -> None:
    assert Rows(pd.DataFrame({"item": ["a"]})).matching(match(unit_price={"gte": "0"})).tolist() == []
