"""One fake per port, documented; no patching anywhere."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.ports import Message


class ManualClock:
    """A clock that moves only when told to; sleeping moves it."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def today(self, timezone: str) -> date:
        return self._now.astimezone(ZoneInfo(timezone)).date()

    def monotonic(self) -> float:
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class CountingIds:
    """Identifiers id-1, id-2 …"""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"id-{self._count}"


class SeededRandomness:
    """The same name gives the same stream."""

    def __init__(self, seed: int = 7) -> None:
        self._seed = seed

    def generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, *name.encode()])


class RecordingFailpoints:
    """Remembers the names that were reached; raises what a test put in `raises`."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.raises: dict[str, Exception] = {}

    def reach(self, name: str) -> None:
        self.reached.append(name)
        if name in self.raises:
            raise self.raises.pop(name)


class SilentProgress:
    """Shows nothing."""

    def step(self, name: str, done: int = 0, total: int | None = None) -> None:
        """Do nothing."""


class RecordingMailer:
    """Keeps every message; raises what a test put in `fails`, once."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.fails: list[Exception] = []

    def send(self, message: Message) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append(message)


class TextPolicies:
    """Policy texts held in memory."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def texts(self) -> Mapping[str, str]:
        return self._texts
