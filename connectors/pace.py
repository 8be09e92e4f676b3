"""How fast one system may be asked: calls at once and calls per second, over all threads and sessions of this process.

It makes no calls and knows no vendor; what a system asks for itself (Retry-After) holds for everybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from bot.ports import Clock

_SHORTEST = 0.001  # seconds; a clock may not be able to tell a shorter wait from none


class Pace:
    """At most `max_concurrent` calls at once and `per_second` on average, a second's worth of them at a stroke.

    Zero per second is no limit.
    """

    def __init__(self, clock: Clock, max_concurrent: int, per_second: float) -> None:
        self._clock, self._per_second = clock, per_second
        self._room, self._lock = BoundedSemaphore(max_concurrent), Lock()
        self._most = max(1.0, per_second)
        self._left, self._at = self._most, clock.monotonic()
        self._held_until = self._at

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one more call is allowed, and hold its place until it is over."""
        with self._room:
            while (wait := self._wait()) > 0:
                self._clock.sleep(wait)
            yield

    def hold(self, seconds: float) -> None:
        """Let nobody begin a call for so long."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    def _wait(self) -> float:
        """Seconds to wait before asking again; 0 when a call may begin, which is then counted."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._held_until:
                return self._held_until - now
            if not self._per_second:
                return 0.0
            self._left = min(self._most, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left > 1.0 - 1e-9:
                self._left -= 1.0
                return 0.0
            return max((1.0 - self._left) / self._per_second, _SHORTEST)


_known: WeakValueDictionary[tuple[str, int, int, float], Pace] = WeakValueDictionary()
_lock = Lock()


def pace_of(base_url: str, clock: Clock, max_concurrent: int, per_second: float) -> Pace:
    """The pace of the system at an address: readers, writers and reports of one process share it."""
    key = (urlsplit(base_url).netloc.lower(), id(clock), max_concurrent, per_second)
    with _lock:
        found = _known.get(key)
        if found is None:
            found = _known[key] = Pace(clock, max_concurrent, per_second)
        return found
