"""The real clock, identifiers, randomness and failpoints behind the ports.

Nothing else in the program may ask the operating system for the time or for chance.
"""

import os
import secrets
import signal
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

FAILPOINT_VARIABLE = "RESTOCK_FAILPOINT"


class SystemClock:
    """The machine's clock; implements `Clock`."""

    def now(self) -> datetime:
        """Instant in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the port's one real implementation

    def today(self, timezone: str) -> date:
        """Day in a named zone."""
        return self.now().astimezone(ZoneInfo(timezone)).date()

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: TID251 - this is the port's one real implementation


class DatedClock(SystemClock):
    """The machine's clock moved so that it stands on a given day; for demonstrations on a fixed date."""

    def __init__(self, day: date) -> None:
        real = super().now()
        self._shift = datetime.combine(day, real.time(), UTC) - real

    def now(self) -> datetime:
        """Instant in UTC, moved."""
        return super().now() + self._shift


class RandomIds:
    """Unguessable identifiers; implements `Ids`."""

    def new(self) -> str:
        """128 random bits as text."""
        return secrets.token_hex(16)


class SeededGenerators:
    """One seed, one stream per name; implements `Randomness`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def generator(self, name: str) -> np.random.Generator:
        """The stream called `name`."""
        return np.random.default_rng([self._seed, *name.encode()])


class KillingFailpoints:
    """Kills this process with SIGKILL at the failpoint that the environment names; otherwise does nothing.

    `NAME` kills at the first time, `NAME:3` at the third.
    """

    def __init__(self, wanted: str | None = None) -> None:
        text = os.environ.get(FAILPOINT_VARIABLE, "") if wanted is None else wanted
        self._name, _, turn = text.partition(":")
        self._left = int(turn or "1")

    def reach(self, name: str) -> None:
        """Count down at the wanted name and kill at zero."""
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
