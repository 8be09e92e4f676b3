"""Leases and the pool: one connection for one unit of work, nothing committed after trouble."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.errors import NeedsAdmin, Retryable
from connectors.sap.rfc import COMMIT, ROLLBACK, RfcPool, RfcProblem, Trouble, Values, read_error
from tests.fakes import ManualClock


@dataclass
class FakeSession:
    """Implements `RfcSession`; fails as told and counts what it is asked."""

    fails: dict[str, Trouble] = field(default_factory=dict)
    reopens: frozenset[Trouble] = frozenset({Trouble.COMMUNICATION, Trouble.RUNTIME, Trouble.TIMEOUT})
    valid: bool = True
    handle: object = 1
    calls: list[str] = field(default_factory=list)
    closed: bool = False

    def call(self, function: str, seconds: float, values: Mapping[str, Any]) -> Values:
        self.calls.append(function)
        trouble = self.fails.get(function)
        if trouble is not None:
            if trouble in self.reopens:  # as the real library does before it raises
                self.handle = object()
            raise RfcProblem(trouble, "as told")
        return {"RETURN": {}}

    def ping(self) -> None:
        self.call("RFC_PING", 1.0, {})

    def is_valid(self) -> bool:
        return self.valid

    def close(self) -> None:
        self.closed = True

    def describe(self, function: str) -> dict[str, frozenset[str]]:
        return {}

    def attributes(self) -> dict[str, str]:
        return {}


class Opening:
    """Opens the given sessions in their order; an exception is raised instead."""

    def __init__(self, *sessions: FakeSession | RfcProblem) -> None:
        self._left = list(sessions)
        self.count = 0

    def __call__(self) -> FakeSession:
        self.count += 1
        found = self._left.pop(0)
        if isinstance(found, RfcProblem):
            raise found
        return found


def pool(opening: Opening, clock: ManualClock | None = None, **limits: Any) -> RfcPool:
    return RfcPool(opening, clock or ManualClock(), **limits)


def test_creating_and_committing_share_one_connection_which_is_used_again() -> None:
    session = FakeSession()
    made = pool(Opening(session))
    for _ in range(2):
        with made.lease(10.0) as lease:
            lease.call("CREATE")
            lease.commit()
    assert session.calls == ["CREATE", COMMIT, "CREATE", COMMIT]
    assert not session.closed


@pytest.mark.parametrize("trouble", [t for t in Trouble if t is not Trouble.APPLICATION])
def test_after_any_trouble_nothing_is_committed_and_the_connection_is_given_up(trouble: Trouble) -> None:
    session = FakeSession({"CREATE": trouble})
    made = pool(Opening(session, FakeSession()))
    with made.lease(10.0) as lease:
        with pytest.raises(RfcProblem):
            lease.call("CREATE")
        with pytest.raises(RfcProblem):
            lease.commit()
        lease.roll_back()
    assert session.calls == ["CREATE"]
    assert session.closed


def test_an_exception_that_the_module_declares_leaves_the_session_alive() -> None:
    session = FakeSession({"CREATE": Trouble.APPLICATION})
    made = pool(Opening(session))
    with made.lease(10.0) as lease:
        with pytest.raises(RfcProblem):
            lease.call("CREATE")
        lease.roll_back()
    assert session.calls == ["CREATE", ROLLBACK]
    assert not session.closed


def test_a_session_that_was_opened_anew_behind_our_back_commits_nothing() -> None:
    session = FakeSession()
    made = pool(Opening(session))
    with made.lease(10.0) as lease:
        lease.call("CREATE")
        session.handle = 2
        with pytest.raises(RfcProblem) as raised:
            lease.commit()
    assert raised.value.trouble is Trouble.CLOSED
    assert session.calls == ["CREATE"]
    assert session.closed


def test_idle_connections_are_asked_for_a_sign_of_life_and_old_ones_replaced() -> None:
    clock, first, second, third = ManualClock(), FakeSession(), FakeSession(), FakeSession()
    made = pool(Opening(first, second, third), clock, idle_seconds=60.0, life_seconds=600.0)
    with made.lease(1.0):
        pass
    clock.advance(61)
    with made.lease(1.0):
        assert first.calls == ["RFC_PING"]
    first.fails["RFC_PING"] = Trouble.COMMUNICATION
    clock.advance(61)
    with made.lease(1.0):
        assert first.closed
    clock.advance(601)
    with made.lease(1.0):
        assert second.closed
    made.close()
    assert third.closed


def test_a_failed_logon_is_never_tried_again() -> None:
    opening = Opening(RfcProblem(Trouble.LOGON, "Name or password is incorrect"))
    made = pool(opening)
    for _ in range(3):
        with pytest.raises(RfcProblem) as raised, made.lease(1.0):
            pass
        assert raised.value.opening
    assert opening.count == 1


def test_a_system_that_was_down_is_asked_again() -> None:
    opening = Opening(RfcProblem(Trouble.COMMUNICATION, "gateway down"), FakeSession())
    made = pool(opening)
    with pytest.raises(RfcProblem), made.lease(1.0):
        pass
    with made.lease(1.0):
        pass
    assert opening.count == 2


def test_more_leases_than_connections_wait_for_each_other() -> None:
    made = pool(Opening(FakeSession()), size=1)
    with made.lease(1.0):
        assert not made._room.acquire(blocking=False)
    assert made._room.acquire(blocking=False)


@pytest.mark.parametrize(
    ("trouble", "key", "kind"),
    [
        (Trouble.COMMUNICATION, "", Retryable),
        (Trouble.RUNTIME, "", Retryable),
        (Trouble.TIMEOUT, "", Retryable),
        (Trouble.CLOSED, "", Retryable),
        (Trouble.LOGON, "", NeedsAdmin),
        (Trouble.AUTHORISATION, "", NeedsAdmin),
        (Trouble.INTERFACE, "", NeedsAdmin),
        (Trouble.APPLICATION, "FU_NOT_FOUND", NeedsAdmin),
        (Trouble.APPLICATION, "NOT_AUTHORIZED", NeedsAdmin),
    ],
)
def test_troubles_of_reading_are_for_later_or_for_a_person(trouble: Trouble, key: str, kind: type[Exception]) -> None:
    assert isinstance(read_error(RfcProblem(trouble, "x", key), "ecc"), kind)
