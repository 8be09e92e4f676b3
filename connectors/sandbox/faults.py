"""Faults on demand for the sandbox servers, so that tests can break exactly one call.

It serves no data; a server asks it at fixed places of each request.
"""

import json
import threading
from dataclasses import dataclass, field, fields


@dataclass
class Faults:
    """What is to go wrong. Counters count down by one per hit; switches stay until they are set again.

    `drop_before` / `drop_after_commit`: writes whose connection is cut before or after the work.
    `csrf_expire`: writes whose token is refused once. `status`: answers given instead of the next requests
    (with `retry_after` seconds where set; only requests whose path contains `match`). `write_status`: answers given
    instead of the next writes, of which nothing is done. `html_login`: reads and writes
    answered by 200 and a logon page. `delay_commit_s`: seconds before each commit. `hide_orders`: orders created
    after the load are missing from lists that do not ask for a reference or a number.
    """

    drop_before: int = 0
    drop_after_commit: int = 0
    csrf_expire: int = 0
    html_login: int = 0
    status: list[int] = field(default_factory=list)
    write_status: list[int] = field(default_factory=list)
    retry_after: float | None = None
    match: str = ""
    delay_commit_s: float = 0.0
    hide_orders: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def set(self, **values: object) -> None:
        """Set some faults; ValueError names those that do not exist."""
        known = {item.name for item in fields(self) if not item.name.startswith("_")}
        if unknown := values.keys() - known:
            raise ValueError(f"unknown fault {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
        with self._lock:
            for name, value in values.items():
                setattr(self, name, value)

    def clear(self) -> None:
        """Forget all faults."""
        fresh = Faults()
        self.set(**{item.name: getattr(fresh, item.name) for item in fields(self) if not item.name.startswith("_")})

    def hit(self, name: str) -> bool:
        """Whether the counter `name` is above 0; counts it down."""
        with self._lock:
            left = int(getattr(self, name))
            if left > 0:
                setattr(self, name, left - 1)
            return left > 0

    def next_status(self, path: str) -> int | None:
        """The status to answer instead of the request at `path`, if any."""
        with self._lock:
            return self.status.pop(0) if self.status and self.match in path else None

    def next_write_status(self) -> int | None:
        """The status to answer instead of the next write, if any."""
        with self._lock:
            return self.write_status.pop(0) if self.write_status else None

    def wait(self) -> None:
        """Wait as long as a commit is to be late."""
        if self.delay_commit_s > 0:
            threading.Event().wait(self.delay_commit_s)

    def as_json(self) -> str:
        """The present settings."""
        return json.dumps({item.name: getattr(self, item.name) for item in fields(self) if item.name[0] != "_"})
