"""Lanes of tables worked through by a few threads: same result, first error as it is, the others end early."""

import threading
from collections.abc import Callable

import pytest

from bot.errors import NeedsAdmin, Retryable
from bot.jobs.lanes import Counted, StoppablePages, StoppedError, each_table

LANES = [["demand", "receipts"], ["items"], ["stock"], ["units"]]


class NoPages:
    def __init__(self) -> None:
        self.cleared = False

    def get(self, name: str) -> bytes | None:
        return name.encode()

    def put(self, name: str, content: bytes) -> None:
        raise AssertionError("not used")

    def clear(self) -> None:
        self.cleared = True


def pages() -> StoppablePages:
    return StoppablePages(NoPages())


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_every_table_is_worked_through_once(threads: int) -> None:
    asked: list[str] = []

    def work(table: str) -> int:
        asked.append(table)
        return len(table)

    assert each_table(LANES, threads, work, pages()) == {"demand": 6, "receipts": 8, "items": 5, "stock": 5, "units": 5}
    assert sorted(asked) == ["demand", "items", "receipts", "stock", "units"]
    assert asked.index("demand") < asked.index("receipts")


def test_lanes_run_side_by_side_and_no_more_than_allowed() -> None:
    both, now, most, lock = threading.Barrier(2), [0], [0], threading.Lock()

    def work(table: str) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        if table in {"demand", "items"}:
            both.wait(10)  # breaks unless two are at work at once
        with lock:
            now[0] -= 1

    each_table(LANES, 2, work, pages())
    assert most == [2]


@pytest.mark.parametrize("error", [NeedsAdmin("no right", "s4", "give it"), Retryable("busy"), KeyboardInterrupt()])
def test_the_first_error_is_raised_as_it_is_and_the_others_end_at_their_next_page(error: BaseException) -> None:
    reading, ended, asked = threading.Event(), [], list[str]()
    kept = pages()

    def work(table: str) -> None:
        asked.append(table)
        if table == "items":
            reading.wait(10)
            raise error
        try:
            while True:
                kept.get("page")
                reading.set()
        except BaseException as seen:
            ended.append(type(seen).__name__)
            raise

    with pytest.raises(type(error)) as raised:
        each_table(LANES, 2, work, kept)
    assert raised.value is error
    assert ended == ["StoppedError"]
    assert sorted(asked) == ["demand", "items"]


def test_one_thread_meets_errors_where_they_happen() -> None:
    def work(table: str) -> None:
        raise KeyError(table)

    with pytest.raises(KeyError, match="demand"):
        each_table(LANES, 1, work, pages())


def test_progress_counts_tables_that_are_done_and_steps_come_one_at_a_time() -> None:
    class Steps:
        def __init__(self) -> None:
            self.seen: list[tuple[str, int, int | None]] = []

        def step(self, name: str, done: int = 0, total: int | None = None) -> None:
            self.seen.append((name, done, total))

    steps = Steps()
    counted = Counted(steps, 3)
    work: Callable[[str], None] = lambda table: counted.table(table).__enter__()  # noqa: E731 - begun, not done
    with counted.table("items"):
        work("stock")
    with counted.table("units"):
        pass
    assert steps.seen == [("items", 0, 3), ("stock", 0, 3), ("units", 1, 3)]


def test_pages_are_those_below_until_the_stop() -> None:
    below = NoPages()
    kept = StoppablePages(below)
    assert kept.get("a") == b"a"
    kept.clear()
    assert below.cleared
    kept.stop()
    with pytest.raises(StoppedError):
        kept.get("a")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_process_that_is_told_to_end_reads_no_further_page(threads: int) -> None:
    told = threading.Event()
    kept = StoppablePages(NoPages(), told.is_set)

    def work(table: str) -> None:
        told.set()
        kept.get("page")

    with pytest.raises(Retryable, match="told to end"):
        each_table(LANES, threads, work, kept)
