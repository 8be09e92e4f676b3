"""Faults that a test arms through `/__faults`: dropped connections, statuses, late commits, other words of submit.

It breaks nothing by itself; the server asks it at the places where a fault can strike.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

_COUNTED = ("drop_before", "drop_reads", "drop_after_commit", "html_login")
_KNOWN = {
    *_COUNTED,
    "status",
    "write_status",
    "retry_after",
    "delay_commit_s",
    "submit_result",
    "hide_orders",
    "set_status",
}


class Faults:
    """Armed faults; counted ones strike that many times, `hide_orders` stays until it is taken back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, Any] = {}

    def arm(self, wanted: Mapping[str, Any]) -> list[str]:
        """Arm what is asked; returns the names that are not known (then nothing is armed)."""
        unknown = sorted(set(wanted) - _KNOWN)
        if not unknown:
            with self._lock:
                self._armed |= {name: armed for name, armed in wanted.items() if name != "set_status"}
        return unknown

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()

    def shown(self) -> dict[str, Any]:
        """What is armed now."""
        with self._lock:
            return dict(self._armed)

    def strike(self, name: str) -> bool:
        """Whether a counted fault strikes here; one strike is used up."""
        with self._lock:
            left = int(self._armed.get(name, 0))
            self._armed[name] = max(left - 1, 0)
            return left > 0

    def status(self, *, write: bool = False) -> tuple[int, str] | None:
        """The next status to answer any request with, or a writing one, and its Retry-After."""
        with self._lock:
            name = "write_status" if write and not self._armed.get("status") else "status"
            statuses = self._armed.get(name) or []
            if not statuses:
                return None
            self._armed[name] = statuses[1:]
            return int(statuses[0]), str(self._armed.get("retry_after", ""))

    def delay(self) -> float:
        """Seconds by which the next commit is late; used up."""
        with self._lock:
            return float(self._armed.pop("delay_commit_s", 0))

    def word(self) -> str:
        """The word with which the next submit fails, '' when it may work; used up."""
        with self._lock:
            words = self._armed.pop("submit_result", "")
            if isinstance(words, list):
                self._armed["submit_result"] = words[1:]
                return str(words[0]) if words else ""
            return str(words)

    @property
    def hides_orders(self) -> bool:
        """Whether list extracts leave out orders made after the load."""
        with self._lock:
            return bool(self._armed.get("hide_orders"))


def cut(environ: Mapping[str, Any]) -> None:
    """Cut the connection under a request, where the server lets us reach it."""
    for name in ("werkzeug.socket", "gunicorn.socket"):
        connection = environ.get(name)
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # it may be cut already
                connection.shutdown(socket.SHUT_RDWR)


def drop(environ: Mapping[str, Any]) -> NoReturn:
    """End a request without an answer."""
    cut(environ)
    raise ConnectionResetError("the connection was dropped on purpose")
