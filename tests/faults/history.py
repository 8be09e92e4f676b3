"""The history of a campaign as JSON lines: what the bot wrote down, called and concluded, and what the wire did.

Every line gets the next number under one lock, so the order of lines is the order of events over all threads.
"""

import json
import threading
from pathlib import Path
from typing import Any


class History:
    """Appends lines to a file; each is flushed before the next event may happen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._count = 0
        self._stream = path.open("w", encoding="utf-8")

    def write(self, kind: str, **values: object) -> None:
        with self._lock:
            if self._stream.closed:
                return
            self._count += 1
            self._stream.write(json.dumps({"n": self._count, "kind": kind, **values}, ensure_ascii=False) + "\n")
            self._stream.flush()

    def close(self) -> None:
        with self._lock:
            self._stream.close()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
