"""Ids of creates over version 2: which request they name, and when a lost answer may be asked for once more."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.errors import OutcomeUnknown, Refused, Retryable
from connectors.answers import AnswerLost
from connectors.http import HttpSession
from connectors.sap.odata import ODataSession, Service
from connectors.sap.odata_outcomes import OUTDATED, classifier, problem
from connectors.sap.repeatability import Repeatable
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import ManualClock

V2 = Service("/sap/opu/odata/sap/API_X")
KEY = "7K3Q9X2MBDHC"
TOKEN = Step(200, b"{}", {"x-csrf-token": "tok1"})
MADE = Step(201, {"d": {"PurchaseOrder": "4500000001"}})
ACCEPTED = Step(201, {"d": {"PurchaseOrder": "4500000001"}}, {"RepeatabilityResult": "accepted"})
UNSUPPORTED = Step(201, {"d": {"PurchaseOrder": "4500000002"}}, {"RepeatabilityResult": "unsupported"})
LOST = Step(drop=True)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


def creates(server: Scripted, *, repeat_lost: bool = True) -> Repeatable:
    clock = ManualClock(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    http = HttpSession(server.url, clock, describe=problem, classify=classifier(frozenset({"06/999"})))
    return Repeatable(ODataSession(http, {}), clock, repeat_lost=repeat_lost)


def send(made: Repeatable, key: str = KEY, entity_set: str = "A_Set") -> str:
    return str(made.create(V2, entity_set, {}, key).json()["d"]["PurchaseOrder"])


def ids(server: Scripted) -> list[str]:
    return [got.headers["requestid"] for got in server.got if got.method == "POST"]


def test_the_id_follows_from_the_key_and_is_what_a_gateway_takes(server: Scripted) -> None:
    server.say(TOKEN, MADE, TOKEN, MADE, MADE, MADE)
    send(creates(server))
    made = creates(server)
    send(made)
    send(made, "AAAAAAAAAAAA")
    send(made, entity_set="B_Set")
    first, again, other, elsewhere = ids(server)
    assert first == again
    assert len({first, other, elsewhere}) == 3
    assert len(first) == 32
    assert set(first) <= set("0123456789ABCDEF")
    assert server.got[1].headers["repeatabilitycreation"] == "2026-03-02T05:00:00Z"


@pytest.mark.parametrize(("step", "error"), [(Step(400), Refused), (Step(429), Retryable)])
def test_what_was_provably_not_done_is_another_request_next_time(
    server: Scripted, step: Step, error: type[Exception]
) -> None:
    server.say(TOKEN, step, MADE)
    made = creates(server)
    with pytest.raises(error):
        send(made)
    send(made)
    first, second = ids(server)
    assert first != second


def test_what_is_in_doubt_is_the_same_request_next_time(server: Scripted) -> None:
    server.say(TOKEN, Step(500), MADE)
    made = creates(server)
    with pytest.raises(OutcomeUnknown):
        send(made)
    send(made)
    assert len(set(ids(server))) == 1


def test_a_lost_answer_is_asked_for_once_where_the_gateway_accepts_ids(server: Scripted) -> None:
    server.say(TOKEN, ACCEPTED, LOST, ACCEPTED)
    made = creates(server)
    send(made, "AAAAAAAAAAAA")
    assert send(made) == "4500000001"
    assert len(ids(server)) == 3
    assert len(set(ids(server)[1:])) == 1


@pytest.mark.parametrize("before", [MADE, UNSUPPORTED])
def test_a_lost_answer_stays_unknown_where_no_gateway_has_accepted_ids(server: Scripted, before: Step) -> None:
    server.say(TOKEN, before, LOST, ACCEPTED)
    made = creates(server)
    send(made, "AAAAAAAAAAAA")
    with pytest.raises(AnswerLost):
        send(made)
    assert len(ids(server)) == 2


def test_a_lost_answer_stays_unknown_unless_the_settings_allow_more(server: Scripted) -> None:
    server.say(TOKEN, ACCEPTED, LOST, ACCEPTED)
    made = creates(server, repeat_lost=False)
    send(made, "AAAAAAAAAAAA")
    with pytest.raises(AnswerLost):
        send(made)
    assert len(ids(server)) == 2


@pytest.mark.parametrize(
    "second",
    [
        LOST, Step(500), Step(400), Step(403), MADE, UNSUPPORTED,
        Step(400, {"error": {"code": OUTDATED, "message": "RequestID is outdated"}}),
    ],
)  # fmt: skip
def test_anything_but_acceptance_leaves_the_outcome_unknown(server: Scripted, second: Step) -> None:
    server.say(TOKEN, ACCEPTED, LOST, second, ACCEPTED)
    made = creates(server)
    send(made, "AAAAAAAAAAAA")
    with pytest.raises(AnswerLost):
        send(made)
    assert len(ids(server)) == 3


def test_an_answer_of_the_server_is_never_asked_for_again(server: Scripted) -> None:
    server.say(TOKEN, ACCEPTED, Step(500), ACCEPTED)
    made = creates(server)
    send(made, "AAAAAAAAAAAA")
    with pytest.raises(OutcomeUnknown):
        send(made)
    assert len(ids(server)) == 2
