"""Lists of Fusion that change while they are read: what stays in the list is read, once."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Retryable, StopRun
from connectors.oracle.client import FusionClient
from connectors.oracle.paging import Walk
from connectors.oracle.wire import Row
from tests.connectors.oracle.fusion_parts import Pod, fusion_settings
from tests.fakes import DictPages, ManualClock

ONE, TWO = ("Id",), ("Item", "Lot")
_BOUND = re.compile(r"(?:BuyerId=7 and )?(\w+)(>=|<=|>|<)(\d+)\Z")


def shown(rows: Sequence[Row], key: Sequence[str], bound: str, *, newest_first: bool = False) -> list[Row]:
    """What a pod shows of a list behind a condition on its key, in order."""
    match = _BOUND.match(bound)
    if match:
        name, operator, value = match[1], match[2], int(match[3])
        holds: dict[str, Callable[[int], bool]] = {
            ">": lambda x: x > value, "<": lambda x: x < value, ">=": lambda x: x >= value, "<=": lambda x: x <= value,
        }  # fmt: skip
        rows = [row for row in rows if holds[operator](row[name])]
    return sorted(rows, key=lambda row: tuple(row[name] for name in key), reverse=newest_first)


class ListServer:
    """Answers one list; `rows` change as `then` says after each page, and `searched` lists take conditions on a key."""

    def __init__(self, pod: Pod, key: Sequence[str], rows: list[Row], *, searched: bool = True) -> None:
        self.rows, self.key, self.searched = rows, key, searched
        self.then: list[Callable[[], None]] = []
        self.asked: list[dict[str, str]] = []
        pod.mock.add_callback(responses.GET, f"{pod.root}/list", callback=self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        args = dict(request.params)  # type: ignore[attr-defined]
        self.asked.append(args)
        bound, offset, limit = args.get("q", ""), int(args["offset"]), int(args["limit"])
        if _BOUND.match(bound) and not self.searched:
            return 400, {}, json.dumps({"detail": "the attribute cannot be searched"})
        rows = shown(self.rows, self.key, bound, newest_first=":desc" in args["orderBy"])
        part = rows[offset : offset + limit]
        body = {"items": part, "count": len(part), "offset": offset, "hasMore": offset + limit < len(rows)}
        if self.then:
            self.then.pop(0)()
        return 200, {"Content-Type": "application/json"}, json.dumps(body)

    def without(self, *rows: Row) -> Callable[[], None]:
        """Take rows out of the list."""

        def change() -> None:
            self.rows = [row for row in self.rows if row not in rows]

        return change


def ids(*numbers: int) -> list[Row]:
    return [{"Id": number} for number in numbers]


@pytest.fixture
def small() -> FusionClient:
    return FusionClient(fusion_settings(page_size=2), ManualClock())


@pytest.mark.parametrize("searched", [True, False])
def test_a_row_that_leaves_takes_no_other_one_with_it(pod: Pod, small: FusionClient, searched: bool) -> None:  # noqa: FBT001
    server = ListServer(pod, ONE, ids(1, 2, 3, 4, 5), searched=searched)
    server.then = [server.without({"Id": 1})]
    assert small.columns("list", ONE, ONE, "BuyerId=7")["Id"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("searched", [True, False])
def test_newest_first_a_document_behind_one_that_leaves_is_found(pod: Pod, small: FusionClient, searched: bool) -> None:  # noqa: FBT001
    server = ListServer(pod, ONE, ids(1, 2, 3, 4, 5), searched=searched)
    server.then = [server.without({"Id": 5})]
    read = [row["Id"] for rows in small.pages("list", ONE, q="BuyerId=7", newest_first=True) for row in rows]
    assert read == [5, 4, 3, 2, 1]


def test_the_next_page_begins_behind_the_key_and_keeps_the_question(pod: Pod, small: FusionClient) -> None:
    server = ListServer(pod, ONE, ids(1, 2, 3))
    small.rows("list", ONE, "BuyerId=7")
    assert [args.get("q") for args in server.asked] == ["BuyerId=7", "BuyerId=7 and Id>2"]
    assert {args["offset"] for args in server.asked} == {"0"}


def test_a_list_that_is_not_searched_by_its_key_is_asked_so_once(pod: Pod, small: FusionClient) -> None:
    server = ListServer(pod, ONE, ids(1, 2, 3, 4), searched=False)
    assert small.columns("list", ONE, ONE)["Id"] == [1, 2, 3, 4]
    assert small.columns("list", ONE, ONE)["Id"] == [1, 2, 3, 4]
    assert [args.get("q") for args in server.asked].count("Id>2") == 1
    assert [args["offset"] for args in server.asked] == ["0", "0", "1", "2", "0", "1", "2"]


def lots(*pairs: tuple[int, str]) -> list[Row]:
    return [{"Item": item, "Lot": lot} for item, lot in pairs]


def test_lots_of_an_item_are_read_together_and_a_longer_list_of_them_by_overlap(pod: Pod, small: FusionClient) -> None:
    rows = lots((1, "A"), (2, "A"), (2, "B"), (2, "C"), (3, "A"))
    server = ListServer(pod, TWO, rows)
    server.then = [server.without(rows[0]), server.without(rows[1])]
    read = small.rows("list", TWO)
    assert [(row["Item"], row["Lot"]) for row in read] == [(1, "A"), (2, "A"), (2, "B"), (2, "C"), (3, "A")]


def test_a_list_that_never_holds_still_is_read_another_time(pod: Pod, small: FusionClient) -> None:
    rows = lots(*((1, f"{n:02d}") for n in range(20)))
    server = ListServer(pod, TWO, rows)
    server.then = [server.without(row) for row in rows]
    with pytest.raises(Retryable, match="left the list while it was read"):
        small.rows("list", TWO)
    assert len(server.asked) < 20


def test_pages_that_contradict_a_change_are_not_taken_from_a_run_before(pod: Pod, small: FusionClient) -> None:
    small.kept = DictPages()
    rows = lots((1, "A"), (1, "B"), (1, "C"), (1, "D"))
    server = ListServer(pod, TWO, rows)
    next(small.pages("list", TWO, lasting=True))
    server.rows = rows[2:]
    read = small.rows("list", TWO, lasting=True)
    assert [row["Lot"] for row in read] == ["A", "B", "C", "D"]


def test_a_list_that_changes_by_the_minute_is_never_taken_from_a_run_before(pod: Pod, small: FusionClient) -> None:
    small.kept = DictPages()
    server = ListServer(pod, ONE, ids(1, 2, 3))
    assert len(small.rows("list", ONE)) == 3
    server.rows = ids(3)
    assert small.rows("list", ONE) == ids(3)
    assert not small.kept.kept


def test_a_pod_that_turns_in_circles_stops_the_run() -> None:
    for key, first in ((ONE, ids(1, 2)), (TWO, lots((1, "A"), (1, "B")))):
        walk = Walk("list", key, newest_first=False, by_key=True)
        walk.take(first, more=True)
        with pytest.raises(StopRun, match="rows repeat"):
            walk.take(first, more=True)


_ROWS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), unique=True, max_size=14)


@settings(deadline=None, max_examples=60)
@given(_ROWS, st.lists(st.lists(st.integers(0, 13), max_size=2), max_size=12), st.integers(2, 4), st.booleans())
def test_what_stays_is_read_once_whatever_leaves(
    pairs: list[tuple[int, int]],
    leaves: list[list[int]],
    limit: int,
    by_key: bool,  # noqa: FBT001
) -> None:
    there = [{"Item": item, "Lot": lot} for item, lot in pairs]
    stay = {pair for n, pair in enumerate(pairs) if not any(n in each for each in leaves)}
    walk, read = Walk("list", TWO, newest_first=False, by_key=by_key), list[Any]()
    moments = iter(leaves)
    try:
        while not walk.done:
            rows = shown(there, TWO, walk.bound)
            page = rows[walk.offset : walk.offset + limit]
            read += walk.take(page, more=walk.offset + limit < len(rows))
            gone = [{"Item": pairs[n][0], "Lot": pairs[n][1]} for n in next(moments, []) if n < len(pairs)]
            there = [row for row in there if row not in gone]
    except Retryable:
        return
    found = [(row["Item"], row["Lot"]) for row in read]
    assert len(found) == len(set(found))
    assert stay <= set(found) <= set(pairs)
