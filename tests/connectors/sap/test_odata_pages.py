"""Sets of an OData service that change while they are read: what stays is read, once."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NeedsAdmin, Retryable, StopRun
from connectors.sap.odata_pages import Page, page_of, pages
from connectors.sap.odata_query import Query

QUERY = Query("Items", ("Order", "Item"), "(Plant eq '1' or Plant eq '2')")
_BOUND = re.compile(r"\(Plant eq '1' or Plant eq '2'\)(?: and Order (ge|gt|eq) '(\w+)')?")
_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "ge": lambda a, b: a >= b, "gt": lambda a, b: a > b, "eq": lambda a, b: a == b,
}  # fmt: skip
Pair = tuple[str, str]


@dataclass
class Server:
    """A set of orders' items; after each page it changes as `then` says. Its own links count rows."""

    there: list[Pair]
    size: int = 2
    then: list[Callable[[list[Pair]], list[Pair]]] = field(default_factory=list)
    offered: bool = True  # whether it can be ordered
    counts: int = 0  # how many more rows it counts than it shows
    asked: list[str] = field(default_factory=list)
    forgot: bool = False

    def first(self, query: Query, *, again: bool) -> Page:
        return self.follow(query, f"{query.where}|0", again=again)

    def ordered(self, query: Query, *, again: bool) -> Page | None:
        return self.first(query, again=again) if self.offered else None

    def follow(self, query: Query, link: str, *, again: bool) -> Page:
        self.asked.append(f"{link}{' again' if again else ''}")
        where, _, text = link.partition("|")
        match, skip = _BOUND.fullmatch(where), int(text)
        assert match is not None, where
        rows = sorted(p for p in self.there if not match[1] or _HOLDS[match[1]](p[0], match[2]))
        part = [dict(zip(query.select, pair, strict=True)) for pair in rows[skip : skip + self.size]]
        if self.then:
            self.there = self.then.pop(0)(self.there)
        more = f"{where}|{skip + self.size}" if skip + self.size < len(rows) else None
        return Page(part, more, len(rows) + self.counts)

    def forget(self) -> None:
        self.forgot = True


def without(*pairs: Pair) -> Callable[[list[Pair]], list[Pair]]:
    return lambda there: [pair for pair in there if pair not in pairs]


def orders(text: str) -> list[Pair]:
    return [(letter, "10") for letter in text]


def read(server: Server, query: Query = QUERY) -> list[Pair]:
    return [(row["Order"], row["Item"]) for rows in pages(server, query) for row in rows]


def test_an_order_that_is_delivered_meanwhile_takes_no_other_one_with_it() -> None:
    server = Server(orders("ABCDE"), then=[lambda there: [*there[1:], ("F", "10")]])
    assert read(server) == orders("ABCDEF")


def test_orders_of_many_items_are_read_until_they_hold_still() -> None:
    items = [("A", f"{n}0") for n in range(1, 6)]
    server = Server([*items, ("B", "10")], then=[lambda there: there, lambda there: there, without(("A", "10"))])
    assert read(server) == [*items[1:], ("B", "10")]


def test_a_set_by_links_that_never_holds_still_is_read_another_time() -> None:
    many = [(f"{n:03d}", "10") for n in range(90)]
    server = Server(many, offered=False, then=[without(pair) for pair in many])
    with pytest.raises(Retryable, match="changed 3 times"):
        read(server)
    assert server.forgot


def test_a_history_by_links_is_read_again_when_its_count_changes() -> None:
    history = Query("Items", ("Order", "Item"), QUERY.where, lasting=True)
    for leaves, readings in (([], 1), ([without(("A", "10"))], 2)):
        server = Server(orders("ABCDE"), offered=False, then=leaves)
        assert read(server, history) == server.there
        assert sum("|2" in asked for asked in server.asked) == readings


def test_rows_that_are_counted_and_never_come_stop_the_run() -> None:
    for offered in (True, False):
        with pytest.raises(StopRun, match="rows came"):
            read(Server(orders("ABCDE"), offered=offered, counts=1))


def test_a_service_that_does_not_heed_the_condition_stops_the_run() -> None:
    class Deaf(Server):
        def ordered(self, query: Query, *, again: bool) -> Page | None:
            return self.first(QUERY, again=again)

    with pytest.raises(StopRun, match="came twice"):
        read(Deaf(orders("ABCDE")))


@pytest.mark.parametrize("body", [{}, {"value": [], "@odata.count": "x"}, []])
def test_what_is_no_collection_needs_an_admin(body: object) -> None:
    with pytest.raises(NeedsAdmin):
        page_of(4, body, "https://host/a?b", "https://host/")


_PAIRS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("1234")), unique=True, max_size=14)
_LEAVES = st.lists(st.lists(st.integers(0, 13), max_size=2), max_size=10)


@settings(deadline=None, max_examples=60)
@given(_PAIRS, _LEAVES, st.integers(1, 4), st.booleans())
def test_what_stays_is_read_once_whatever_leaves(
    pairs: list[Pair],
    leaves: list[list[int]],
    size: int,
    offered: bool,  # noqa: FBT001
) -> None:
    gone = [[pairs[n] for n in each if n < len(pairs)] for each in leaves]
    stay = set(pairs) - {pair for each in gone for pair in each}
    server = Server(pairs, size=size, offered=offered, then=[without(*each) for each in gone])
    try:
        found = read(server)
    except Retryable:
        return
    assert len(found) == len(set(found))
    assert stay <= set(found) <= set(pairs)
