"""Runs forecasters of libraries in a process of their own, which is killed when their time is over.

It knows no forecaster and no panel; `bot.forecast.broadcast` says what is run and what an answer is.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection

from bot.errors import Retryable
from bot.forecast.broadcast import ENDED, LATE, Answer, Ask, Find, Piece, by_name, collected, never, pieces
from bot.ports import Clock
from bot.wiring.world import SystemClock

SECONDS = 120.0
_LOOK = 0.5  # seconds between two looks at whether this process is to end
_GRACE = 5.0  # seconds after which the other process ends itself, should nobody be left to kill it
Numbered = tuple[int, Piece]


class Apart:
    """Implements `Broadcast`: what is answered within `seconds` counts, the rest has its reason.

    A forecaster may hang, print, eat memory or take its process down: this process goes on.
    """

    def __init__(self, seconds: float = SECONDS, clock: Clock | None = None, find: Find = by_name) -> None:
        self.seconds, self._clock, self._find = seconds, clock or SystemClock(), find

    def __call__(self, asks: Sequence[Ask], told_to_end: Callable[[], bool] = never) -> list[Answer]:
        """Run the asks one after the other, in one process; raises Retryable when told to end."""
        deadline = self._clock.monotonic() + self.seconds
        spawning = get_context("spawn")  # a copy of this process would hold its threads' locks
        receiver, sender = spawning.Pipe(duplex=False)
        process = spawning.Process(target=_work, args=(sender, list(asks), self._find, self.seconds), daemon=True)
        try:
            process.start()
        except OSError:  # no process or memory left; the plan goes on without
            return collected(asks, [], ENDED)
        sender.close()
        try:
            found = list(self._received(receiver, deadline, told_to_end, process.pid or 0))
        finally:
            _end(process.pid or 0)
            process.join()
            receiver.close()
        late = self._clock.monotonic() >= deadline
        return collected(asks, found, LATE if late else ENDED)

    def _received(
        self, receiver: Connection, deadline: float, told_to_end: Callable[[], bool], process: int
    ) -> Iterator[Numbered]:
        """What comes until all is said or the process has ended; at the deadline it is ended, what it said counts."""
        with suppress(EOFError, OSError):
            while True:
                if told_to_end():
                    raise Retryable("told to end while forecasting; the next run begins anew")
                left = deadline - self._clock.monotonic()
                if left <= 0.0:
                    _end(process)
                if receiver.poll(min(max(left, 0.0), _LOOK)):
                    if (said := receiver.recv()) is None:
                        return
                    yield said
                elif left <= 0.0:
                    return


def _end(process: int) -> None:
    """Kill a process that nobody has waited for yet, and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)  # not there before it has a group of its own
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _work(sender: Connection, asks: Sequence[Ask], find: Find, seconds: float) -> None:
    """The other process: a group of its own, silent, and with an end even if nobody waits for it any more."""
    os.setsid()
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    with suppress(BrokenPipeError):
        for numbered in pieces(asks, find):
            sender.send(numbered)
        sender.send(None)
