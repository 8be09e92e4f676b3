"""The pace of one system: calls at once, calls per second, and what the system asks for itself."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.wiring.world import SystemClock
from connectors.answers import Limits
from connectors.http import HttpSession
from connectors.pace import Pace, pace_of
from connectors.sandbox.serve import serve
from tests.connectors.scripted import Step, scripted_server
from tests.fakes import ManualClock


def begun(pace: Pace, clock: ManualClock, count: int) -> list[float]:
    """Seconds since the first at which so many calls began."""
    moments = []
    for _ in range(count):
        with pace.turn():
            moments.append(clock.monotonic())
    return [round(moment - moments[0], 3) for moment in moments]


def test_a_seconds_worth_goes_at_once_and_the_rest_evenly() -> None:
    clock = ManualClock()
    pace = Pace(clock, 2, 4)
    assert begun(pace, clock, 8) == [0, 0, 0, 0, 0.25, 0.5, 0.75, 1.0]
    clock.advance(100)  # rest saves up one second, no more
    assert begun(pace, clock, 6) == [0, 0, 0, 0, 0.25, 0.5]


def test_less_than_one_call_a_second_is_possible() -> None:
    clock = ManualClock()
    assert begun(Pace(clock, 1, 0.5), clock, 3) == [0, 2, 4]


def test_zero_is_no_limit() -> None:
    clock = ManualClock()
    assert begun(Pace(clock, 1, 0), clock, 500) == [0] * 500


def test_what_the_system_asks_for_holds_for_everybody() -> None:
    clock = ManualClock()
    pace = Pace(clock, 2, 0)
    began = clock.monotonic()
    pace.hold(30)
    pace.hold(5)  # a shorter wish does not shorten the longer one
    with pace.turn():
        assert clock.monotonic() - began == 30


def test_sessions_of_one_system_share_a_pace_and_others_do_not() -> None:
    clock = ManualClock()
    first = pace_of("https://s4.example/a", clock, 2, 10)
    assert pace_of("https://S4.example/b", clock, 2, 10) is first
    assert pace_of("https://other.example/a", clock, 2, 10) is not first
    assert pace_of("https://s4.example/a", clock, 3, 10) is not first
    assert pace_of("https://s4.example/a", ManualClock(), 2, 10) is not first


@dataclass
class Counting:
    """A server that counts how many requests it is answering at once."""

    now: int = 0
    most: int = 0
    served: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with self.lock:
            self.now, self.served = self.now + 1, self.served + 1
            self.most = max(self.most, self.now)
        SystemClock().sleep(0.03)
        with self.lock:
            self.now -= 1
        start_response("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", f"n={self.served}")])
        return [b"{}"]


@pytest.mark.parametrize("allowed", [1, 3])
def test_no_more_calls_at_once_than_allowed_over_all_sessions_and_threads(allowed: int) -> None:
    counting, clock = Counting(), SystemClock()
    server = serve(counting)
    pace = Pace(clock, allowed, 0)
    sessions = [HttpSession(server.base_url, clock, pace=pace) for _ in range(2)]
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda n: sessions[n % 2].get("x"), range(24)))
    finally:
        server.close()
    assert (counting.served, counting.most) == (24, allowed)


def test_threads_of_one_session_do_not_share_cookies() -> None:
    counting, clock = Counting(), SystemClock()
    server = serve(counting)
    session = HttpSession(server.base_url, clock)
    try:
        session.get("x")
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(session.cookies).result() == []
        assert session.cookies() == ["n"]
    finally:
        server.close()


def test_a_busy_answer_holds_the_other_sessions_too() -> None:
    clock = ManualClock()
    pace = Pace(clock, 2, 0)
    with scripted_server() as server:
        server.say(Step(status=429, headers={"Retry-After": "40"}), Step(body={}), Step(body={}))
        limits = Limits(attempts=1)
        with pytest.raises(Exception, match="HTTP 429"):
            HttpSession(server.url, clock, limits=limits, pace=pace).get("a")
        began = clock.monotonic()
        HttpSession(server.url, clock, limits=limits, pace=pace).get("b")
        assert clock.monotonic() - began == 40
