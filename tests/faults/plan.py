"""Which fault strikes which request: drawn from a seed, the same draw for the same count of requests.

It breaks nothing; the proxy and the far sides do what a fault says.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

ODD_WAITS = (
    "0", "1", "30", "-5", "1.5", "soon", "", "31536000", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 02 Mar 2026 05:00:30 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 02 Mar 2026 05:00:30 -0000", "1, 2",
)  # fmt: skip

# name -> weight; the names say what happens, and to which side of the server's commit
WRITES: Mapping[str, float] = {
    "pass": 40,
    "delay": 5,
    "drop_before": 6,
    "drop_after": 8,
    "reset_before": 4,
    "reset_after": 6,
    "late": 3,
    "late_soon": 3,
    "silent_after": 3,
    "drip": 2,
    "truncate": 5,
    "cut_request": 2,
    "error_before": 4,
    "error_after": 5,
    "busy": 6,
    "unavailable": 2,
    "page_after": 2,
    "empty_after": 2,
    "denied": 1,
    "redirect": 1,
}
READS: Mapping[str, float] = {
    "pass": 190,
    "delay": 2,
    "drop_before": 2,
    "reset_after": 1,
    "truncate": 2,
    "error_before": 2,
    "busy": 2,
    "silent_after": 0.3,
    "drip": 0.3,
    "page_after": 0.4,
}


@dataclass
class FaultPlan:
    """Draws fault names; reads and writes have streams of their own, so that one does not shift the other."""

    seed: str
    writes: Mapping[str, float] = field(default_factory=lambda: WRITES)
    reads: Mapping[str, float] = field(default_factory=lambda: READS)

    def __post_init__(self) -> None:
        self._writes = random.Random(f"{self.seed} writes")  # noqa: S311 - a seeded plan, no secret
        self._reads = random.Random(f"{self.seed} reads")  # noqa: S311 - same
        self._details = random.Random(f"{self.seed} details")  # noqa: S311 - same

    def of_write(self) -> str:
        return self._writes.choices(list(self.writes), list(self.writes.values()))[0]

    def of_read(self) -> str:
        return self._reads.choices(list(self.reads), list(self.reads.values()))[0]

    def odd_wait(self) -> str:
        return self._details.choice(ODD_WAITS)

    def error(self) -> int:
        return self._details.choice((500, 502, 503, 504))


def plan_for(seed: str, writes: int) -> FaultPlan:
    """A plan for orders that take so many writes each: about half of the orders are struck while they are written."""
    return FaultPlan(seed, {**WRITES, "pass": WRITES["pass"] * (2 * writes - 1)})


def calm(seed: str = "") -> FaultPlan:
    """A plan without faults."""
    return FaultPlan(seed, {"pass": 1}, {"pass": 1})
