"""Words and ranges in the small, and whether two of them can meet."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.policy.match import Meeting, Span, Words, meeting

PATHS = st.sampled_from(["a", "a/b", "a/b/c", "b", "ab", "a/bc"])
PATTERNS = st.one_of(PATHS, PATHS.map(lambda path: f"{path}/**"))
WORDS = st.builds(Words, st.lists(PATTERNS, min_size=1, max_size=3).map(tuple), st.booleans())
BOUND = st.one_of(st.none(), st.integers(0, 4).map(Decimal))
SPANS = st.builds(Span, gte=BOUND, gt=BOUND, lte=BOUND, lt=BOUND)


@given(one=WORDS, two=WORDS, word=PATHS)
def test_two_that_cover_one_word_meet(one: Words, two: Words, word: str) -> None:
    if one.covers(word) and two.covers(word):
        assert one.meets(two)
        assert two.meets(one)
        assert meeting([("category", one)], [("category", two)]) is Meeting.SURELY


@given(one=SPANS, two=SPANS)
def test_ranges_meet_when_a_number_lies_in_both(one: Span, two: Span) -> None:
    steps = [Decimal(step) / 2 for step in range(-2, 12)]
    shared = [step for step in steps if _inside(one, step) and _inside(two, step)]
    assert one.meets(two) == bool(shared)


def _inside(span: Span, value: Decimal) -> bool:
    return (
        (span.gte is None or value >= span.gte)
        and (span.gt is None or value > span.gt)
        and (span.lte is None or value <= span.lte)
        and (span.lt is None or value < span.lt)
    )


def test_matches_read_like_sentences() -> None:
    assert str(Words(("a", "b"), negated=True)) == "not a or b"
    assert str(Span(gte=Decimal(5), lt=Decimal(9))) == ">= 5 and < 9"
