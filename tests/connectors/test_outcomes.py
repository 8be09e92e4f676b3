"""What each connector believes after a write, status by status, against the classes that the design asks for."""

import pytest

from connectors.answers import Answer, Outcome
from connectors.http import classify_write
from connectors.oracle.outcomes import classify as fusion
from connectors.sap.ecc_messages import OUTCOMES
from connectors.sap.odata_outcomes import classifier
from connectors.sap.rfc import Trouble

SENT = {"shared": classify_write, "S/4HANA": classifier(frozenset({"ME/999"})), "Fusion": fusion}
REFUSED = {400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 422, 428, 431}
# where a connector is more careful than the rule: SAP documents 412 for changes only
CAREFUL = {("S/4HANA", 412): Outcome.UNKNOWN}


def rule(status: int) -> Outcome:
    """The class of a status where no vendor says otherwise; doubt is the class of everything that is not listed."""
    if 200 <= status < 300:
        return Outcome.OK
    if status in REFUSED:
        return Outcome.REFUSED
    if status in {401, 403}:
        return Outcome.DENIED
    return Outcome.NOT_SENT if status in {407, 429} else Outcome.UNKNOWN


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {"Content-Type": "application/json", **headers}, b"{}", "https://erp.example/orders")


@pytest.mark.parametrize("name", SENT)
def test_every_status_has_the_class_of_the_rule_or_a_more_careful_one(name: str) -> None:
    found = {status: SENT[name](answer(status)) for status in range(200, 600)}
    wanted = {status: CAREFUL.get((name, status), rule(status)) for status in range(200, 600)}
    assert found == wanted


@pytest.mark.parametrize("name", SENT)
def test_a_page_for_people_is_doubt(name: str) -> None:
    assert SENT[name](Answer(200, {"Content-Type": "text/html"}, b"<html>", "u")) is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 409, 423, 503])
@pytest.mark.parametrize("name", SENT)
def test_conflicts_waits_and_redirects_are_doubt_whoever_says_so(name: str, status: int) -> None:
    assert SENT[name](answer(status, **{"Retry-After": "5", "Location": "/elsewhere"})) is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [400, 409, 423])
def test_only_a_listed_lock_in_a_readable_answer_did_nothing(status: int) -> None:
    locked = Answer(status, {}, b'{"error": {"code": "ME/999", "message": "locked"}}', "u")
    assert SENT["S/4HANA"](locked) is Outcome.NOT_SENT
    assert SENT["Fusion"](locked) is not Outcome.NOT_SENT
    cut = Answer(status, {}, locked.body[:-2], "u")
    assert SENT["S/4HANA"](cut) is (Outcome.REFUSED if status == 400 else Outcome.UNKNOWN)
    nameless = Answer(status, {}, b'{"error": {"code": "", "message": "locked"}}', "u")
    assert classifier(frozenset({""}))(nameless) is not Outcome.NOT_SENT


@pytest.mark.parametrize("stage", ["open", "call", "commit"])
@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_of_a_remote_call_has_a_class(stage: str, trouble: Trouble) -> None:
    found = OUTCOMES[stage, trouble]
    if stage == "commit" and trouble is not Trouble.CLOSED:
        assert found is Outcome.UNKNOWN
    if stage == "open":
        assert found in {Outcome.NOT_SENT, Outcome.DENIED}
    assert found is not Outcome.OK
