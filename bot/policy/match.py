"""Which rows a rule is for: words, category trees and number ranges, and whether two of them can meet.

It reads one attribute at a time; putting the attributes of a rule together is `resolve`'s and `checks`' work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from bot.policy.values import BadValueError, number, text

TREE = "/**"


class Meeting(IntEnum):
    """Whether two matches have rows in common: surely not, depends on the data, surely."""

    NEVER = 0
    MAYBE = 1
    SURELY = 2


@dataclass(frozen=True, slots=True)
class Words:
    """One or several words joined by OR, or everything but them; a missing attribute matches neither."""

    words: tuple[str, ...]
    negated: bool = False

    def covers(self, word: str) -> bool:
        """Whether a row whose attribute is `word` matches."""
        return any(_covers(value, word) for value in self.words) is not self.negated

    def covers_tags(self, tags: str) -> bool:
        """Whether a row with these tags (joined by commas) matches: any of them, or none when negated."""
        own = {tag.strip() for tag in tags.split(",")}
        return any(value in own for value in self.words) is not self.negated

    def meets(self, other: "Words") -> bool:
        """Whether some word is covered by both."""
        if self.negated and other.negated:
            return True
        if self.negated or other.negated:
            excluded, wanted = (self, other) if self.negated else (other, self)
            return any(not any(_within(value, out) for out in excluded.words) for value in wanted.words)
        return any(_within(a, b) or _within(b, a) for a in self.words for b in other.words)

    def __str__(self) -> str:
        """Render as a person would read it."""
        joined = " or ".join(self.words)
        return f"not {joined}" if self.negated else joined


def _covers(pattern: str, word: str) -> bool:
    if not pattern.endswith(TREE):
        return pattern == word
    root = pattern.removesuffix(TREE)
    return word == root or word.startswith(root + "/")


def _within(inner: str, outer: str) -> bool:
    """Whether everything that `inner` covers is covered by `outer`."""
    if inner.endswith(TREE) and not outer.endswith(TREE):
        return False
    return _covers(outer, inner.removesuffix(TREE))


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers; absent bounds are open."""

    gte: Decimal | None = None
    gt: Decimal | None = None
    lte: Decimal | None = None
    lt: Decimal | None = None

    def meets(self, other: "Span") -> bool:
        """Whether some number lies in both ranges."""
        low = max([(b, 0) for b in (self.gte, other.gte) if b is not None]
                  + [(b, 1) for b in (self.gt, other.gt) if b is not None], default=None)  # fmt: skip
        high = min([(b, 0) for b in (self.lte, other.lte) if b is not None]
                   + [(b, -1) for b in (self.lt, other.lt) if b is not None], default=None)  # fmt: skip
        if low is None or high is None:
            return True
        return low[0] < high[0] or (low[0] == high[0] and low[1] == 0 and high[1] == 0)

    def __str__(self) -> str:
        """Render as a person would read it."""
        bounds = {">=": self.gte, ">": self.gt, "<=": self.lte, "<": self.lt}
        return " and ".join(f"{sign} {bound}" for sign, bound in bounds.items() if bound is not None)


def words(*, tree: bool = False) -> Callable[[object], Words]:
    """A reader of `x`, `[x, y]` and `{ not: x }`; only a category may end in `/**`."""

    def read(raw: object) -> Words:
        if isinstance(raw, dict):
            if set(raw) != {"not"}:
                raise BadValueError("only { not: ... } is possible here")
            if isinstance(raw["not"], dict):
                raise BadValueError("not cannot be nested")
            return Words(_values(raw["not"], tree=tree), negated=True)
        return Words(_values(raw, tree=tree))

    return read


def _values(raw: object, *, tree: bool) -> tuple[str, ...]:
    values = tuple(text(value) for value in (raw if isinstance(raw, list) else [raw]))
    if not values:
        raise BadValueError("an empty list matches nothing")
    for value in values:
        root = value.removesuffix(TREE) if tree else value
        if "*" in root or not root:
            where = "only at the end of a category, as in fasteners/**"
            raise BadValueError(f'"{value}" cannot be matched', remedy=f"* is possible {where}")
    return values


def span(raw: object) -> Span:
    """A reader of `{ gte: 10, lt: 50 }`."""
    if not isinstance(raw, dict) or not raw or not set(raw) <= {"gte", "gt", "lte", "lt"}:
        raise BadValueError("a range is expected here", remedy="write bounds: { gte: 10, lt: 50 }")
    found = Span(**{bound: number()(value) for bound, value in raw.items()})
    if not found.meets(found):
        raise BadValueError("no number lies in this range")
    return found


def meeting(one: Sequence[tuple[str, "Words | Span"]], two: Sequence[tuple[str, "Words | Span"]]) -> Meeting:
    """Whether two matches (attribute and matcher, joined by AND) have rows in common, before seeing data."""
    first, second = dict(one), dict(two)
    sure = first.keys() <= second.keys() or second.keys() <= first.keys()
    for attribute in first.keys() & second.keys():
        a, b = first[attribute], second[attribute]
        meet = a.meets(b) if isinstance(a, Words) and isinstance(b, Words) else _spans_meet(a, b)
        if not meet and attribute != "tags":  # one row can carry both tags
            return Meeting.NEVER
        sure = sure and meet
    return Meeting.SURELY if sure else Meeting.MAYBE


def _spans_meet(one: "Words | Span", two: "Words | Span") -> bool:
    return isinstance(one, Span) and isinstance(two, Span) and one.meets(two)
