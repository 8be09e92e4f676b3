"""Remote function calls to an ABAP system, whatever library carries them: sessions, problems, exclusive leases.

It knows no function module and no field; a lease that met trouble never commits anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol

from bot.errors import NeedsAdmin, Retryable
from bot.ports import Clock

Values = dict[str, Any]
COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"


class Trouble(StrEnum):
    """What went wrong with a call, by what it means and not by what a library calls it."""

    COMMUNICATION = "communication"  # network, gateway, system down
    LOGON = "logon"
    AUTHORISATION = "authorisation"
    RUNTIME = "runtime"  # short dump or a message of type A or X: the ABAP session is over
    APPLICATION = "application"  # an exception that the module declares; the session lives
    INTERFACE = "interface"  # unknown parameter or field, wrong type: nothing ran
    TIMEOUT = "timeout"  # our own limit; the session is over
    CLOSED = "closed"  # nothing ran


class RfcProblem(Exception):
    """A call that failed; `key` is the library's or the module's short name of the reason."""

    def __init__(self, trouble: Trouble, message: str, key: str = "", *, opening: bool = False) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.trouble, self.key, self.message, self.opening = trouble, key, message, opening


class RfcSession(Protocol):
    """One connection; `handle` changes when the library opens it anew, and with it the ABAP session is another.

    `call` raises RfcProblem and nothing else. `describe` names the parameters of a module and the fields of those
    that are structures or tables.
    """

    @property
    def handle(self) -> object: ...
    def call(self, function: str, seconds: float, values: Mapping[str, Any]) -> Values: ...
    def ping(self) -> None: ...
    def is_valid(self) -> bool: ...
    def close(self) -> None: ...
    def describe(self, function: str) -> dict[str, frozenset[str]]: ...
    def attributes(self) -> dict[str, str]: ...


@dataclass(slots=True)
class Lease:
    """A session for one unit of work; after any trouble but an application exception it is spoiled."""

    session: RfcSession
    handle: object
    seconds: float
    spoiled: bool = False

    def call(self, function: str, **values: Any) -> Values:
        """Call a module; raises RfcProblem."""
        if self.spoiled:
            raise RfcProblem(Trouble.CLOSED, f"{function} is not called on a connection that met trouble")
        try:
            return self.session.call(function, self.seconds, values)
        except RfcProblem as problem:
            self.spoiled = problem.trouble is not Trouble.APPLICATION
            raise

    def commit(self) -> Values:
        """Commit and wait for the update; RfcProblem (CLOSED) before anything is sent when the session is another."""
        if self.session.handle != self.handle:
            self.spoiled = True
            raise RfcProblem(Trouble.CLOSED, "the connection was opened anew, what it held is gone")
        return self.call(COMMIT, WAIT="X")

    def roll_back(self) -> None:
        """Forget what the session holds; a session that cannot is given up."""
        if self.spoiled:
            return
        try:
            self.call(ROLLBACK)
        except RfcProblem:
            self.spoiled = True

    def describe(self, function: str) -> dict[str, frozenset[str]]:
        """Parameters and fields of a module as the system has them."""
        return self.session.describe(function)

    def attributes(self) -> dict[str, str]:
        """What the system says about itself and the logon."""
        return self.session.attributes()


@dataclass(slots=True)
class _Idle:
    session: RfcSession
    opened: float
    used: float


class RfcPool:
    """At most `size` sessions; a lease is exclusive, idle sessions are pinged, old ones closed.

    `opening` raises RfcProblem; a failed logon closes the pool for good: SAP locks users after some tries.
    """

    def __init__(
        self,
        opening: Callable[[], RfcSession],
        clock: Clock,
        *,
        size: int = 2,
        idle_seconds: float = 60.0,
        life_seconds: float = 1800.0,
    ) -> None:
        self._opening, self._clock = opening, clock
        self._idle_seconds, self._life_seconds = idle_seconds, life_seconds
        self._free: list[_Idle] = []
        self._lock, self._room = Lock(), BoundedSemaphore(size)
        self._denied: RfcProblem | None = None

    @contextmanager
    def lease(self, seconds: float) -> Iterator[Lease]:
        """Hold a session; calls may take `seconds` each. Raises RfcProblem with `opening` set when none can be had."""
        with self._room:
            slot = self._take()
            lease = Lease(slot.session, slot.session.handle, seconds)
            try:
                yield lease
            except BaseException:
                lease.spoiled = lease.spoiled or not _alive(slot.session, lease.handle)
                raise
            finally:
                self._give_back(slot, lease)

    def close(self) -> None:
        """Close every idle session."""
        with self._lock:
            free, self._free = self._free, []
        for slot in free:
            slot.session.close()

    def _take(self) -> _Idle:
        if self._denied is not None:
            raise self._denied
        now = self._clock.monotonic()
        while True:
            with self._lock:
                slot = self._free.pop() if self._free else None
            if slot is None:
                return self._open(now)
            if self._usable(slot, now):
                return slot
            slot.session.close()

    def _open(self, now: float) -> _Idle:
        try:
            return _Idle(self._opening(), now, now)
        except RfcProblem as problem:
            problem.opening = True
            if problem.trouble is Trouble.LOGON:
                self._denied = problem
            raise

    def _usable(self, slot: _Idle, now: float) -> bool:
        if now - slot.opened > self._life_seconds or not slot.session.is_valid():
            return False
        if now - slot.used <= self._idle_seconds:
            return True
        try:
            slot.session.ping()
        except RfcProblem:
            return False
        return True

    def _give_back(self, slot: _Idle, lease: Lease) -> None:
        if lease.spoiled or not _alive(slot.session, lease.handle):
            slot.session.close()
            return
        slot.used = self._clock.monotonic()
        with self._lock:
            self._free.append(slot)


def _alive(session: RfcSession, handle: object) -> bool:
    return session.is_valid() and session.handle == handle


def read_error(problem: RfcProblem, system: str) -> Exception:
    """What a failed read means: again later, or a person."""
    what = f"{system}: {problem}"
    if problem.trouble is Trouble.LOGON:
        remedy = "Correct user, password or client; it is not tried again, so that no user is locked."
        return NeedsAdmin(str(problem), f"system {system}", remedy)
    if problem.trouble is Trouble.AUTHORISATION or problem.key in {"NOT_AUTHORIZED", "RFC_NO_AUTHORITY"}:
        remedy = "Give the RFC user the authorisations that docs/connect-sap-ecc.md lists."
        return NeedsAdmin(str(problem), f"system {system}", remedy)
    if problem.trouble in {Trouble.INTERFACE, Trouble.APPLICATION}:
        remedy = "Run `restock doctor`: this release of the system differs from what the connector expects."
        return NeedsAdmin(str(problem), f"system {system}", remedy)
    return Retryable(what)
