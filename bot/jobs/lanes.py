"""Works through lanes of tables with a few threads: the first error stops the others and is raised as it is.

It knows no reader; what a lane's tables share is their own business.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event, Lock
from typing import TypeVar

from bot.errors import Retryable
from bot.ports import Progress
from bot.ports_reading import Pages

_T = TypeVar("_T")


class StoppedError(Exception):
    """Another lane has failed; nobody sees this one."""


class StoppablePages:
    """Pages that let a reading end between two of them, because another lane failed or the process was told to end.

    Implements `Pages`; what was kept stays kept.
    """

    def __init__(self, pages: Pages, told_to_end: Callable[[], bool] = lambda: False) -> None:
        self._pages, self._told_to_end = pages, told_to_end
        self._stop = Event()

    def stop(self) -> None:
        """Let every reading that asks for its next page end there."""
        self._stop.set()

    def go_on(self) -> None:
        """Raise where nothing more is to be read."""
        if self._stop.is_set():
            raise StoppedError
        if self._told_to_end():
            raise Retryable("told to end while reading; the next run goes on from here")

    def get(self, name: str) -> bytes | None:
        """Return what was kept under a name."""
        self.go_on()
        return self._pages.get(name)

    def put(self, name: str, content: bytes) -> None:
        """Keep an answer."""
        self._pages.put(name, content)

    def clear(self) -> None:
        """Forget everything."""
        self._pages.clear()


class Counted:
    """Progress of several threads as one: steps come one at a time and count the tables that are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done, self._lock = progress, total, 0, Lock()

    @contextmanager
    def table(self, name: str) -> Iterator[None]:
        """Show that a table is begun, count it when it is done."""
        with self._lock:
            self._progress.step(name, self._done, self._total)
        yield
        with self._lock:
            self._done += 1


def each_table(
    lanes: Sequence[Sequence[str]], threads: int, work: Callable[[str], _T], pages: StoppablePages
) -> dict[str, _T]:
    """What `work` gives for every table; tables of one lane follow one another, lanes run side by side."""
    found: dict[str, _T] = {}
    errors: list[BaseException] = []

    def run(lane: Sequence[str]) -> None:
        try:
            for table in lane:
                pages.go_on()
                found[table] = work(table)
        except StoppedError:
            return
        except BaseException as error:
            errors.append(error)  # before the others see the stop: the first one counts
            pages.stop()
            raise

    if threads <= 1 or len(lanes) <= 1:
        for lane in lanes:
            run(lane)
        return found
    with ThreadPoolExecutor(threads, thread_name_prefix="lane") as pool:
        futures = [pool.submit(run, lane) for lane in lanes]
        try:
            wait(futures)
        except BaseException:  # this thread itself is told to end
            pages.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if errors:
        raise errors[0]
    return found
