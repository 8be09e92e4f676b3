"""What is known about a write over OData, row by row, and the messages of an error."""

import json

import pytest
import requests

from connectors.answers import WRITE_OUTCOMES, Answer, Outcome
from connectors.sap.odata_outcomes import OUTDATED, SILENT_ROWS, WRITE_ROWS, Reply, classifier, nothing_changed, row_of

ROWS: list[tuple[int, dict[str, str], str, Outcome]] = [
    (200, {}, "", Outcome.OK),
    (201, {}, "", Outcome.OK),
    (204, {}, "", Outcome.OK),
    (200, {"Content-Type": "text/html"}, "", Outcome.UNKNOWN),
    (400, {}, "ME/083", Outcome.REFUSED),
    (400, {}, "06/999", Outcome.NOT_SENT),
    (400, {}, OUTDATED, Outcome.UNKNOWN),
    (401, {}, "", Outcome.DENIED),
    (403, {}, "", Outcome.DENIED),
    (404, {}, "", Outcome.REFUSED),
    (405, {}, "", Outcome.REFUSED),
    (407, {}, "", Outcome.NOT_SENT),
    (409, {}, "", Outcome.UNKNOWN),
    (409, {}, "06/999", Outcome.NOT_SENT),
    (412, {}, "", Outcome.UNKNOWN),
    (412, {}, "06/999", Outcome.UNKNOWN),
    (415, {}, "", Outcome.REFUSED),
    (422, {}, "", Outcome.REFUSED),
    (423, {}, "", Outcome.UNKNOWN),
    (423, {}, "06/999", Outcome.NOT_SENT),
    (428, {}, "", Outcome.REFUSED),
    (429, {}, "", Outcome.NOT_SENT),
    (500, {}, "", Outcome.UNKNOWN),
    (501, {}, "", Outcome.UNKNOWN),
    (502, {}, "", Outcome.UNKNOWN),
    (503, {}, "", Outcome.UNKNOWN),
    (503, {"Retry-After": "5"}, "", Outcome.UNKNOWN),
    (503, {"Retry-After": "5"}, "06/999", Outcome.UNKNOWN),
    (504, {}, "", Outcome.UNKNOWN),
    (599, {}, "", Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("status", "headers", "code", "outcome"), ROWS)
def test_each_answer_has_its_outcome(status: int, headers: dict[str, str], code: str, outcome: Outcome) -> None:
    body = json.dumps({"error": {"code": code, "message": "x"}}).encode()
    answer = Answer(status, {"Content-Type": "application/json", **headers}, body, "u")
    assert classifier(frozenset({"06/999"}))(answer) is outcome


@pytest.mark.parametrize("status", range(200, 600))
def test_a_status_that_is_not_listed_is_doubt(status: int) -> None:
    known = {each for each, *_ in ROWS} | {406, 410, 411, 413, 414, 431} | set(range(200, 300))
    if status not in known:
        assert classifier(frozenset())(Answer(status, {}, b"", "u")) is Outcome.UNKNOWN


def test_every_row_of_the_table_judges_something_and_is_tested() -> None:
    judged = {
        row_of(Reply(status, "Content-Type" in headers, code, locked=code == "06/999"))
        for status, headers, code, _ in ROWS
    }
    assert judged | {row_of(Reply(412, guarded=True))} == set(WRITE_ROWS)


@pytest.mark.parametrize("status", range(200, 600))
def test_a_change_with_a_condition_is_known_not_to_have_happened_by_three_answers(status: int) -> None:
    assert nothing_changed(Answer(status, {}, b"", "u")) is (status in {409, 412, 423})


def test_what_the_table_says_is_what_is_believed_of_silence() -> None:
    left, lost = (row.outcome for row in SILENT_ROWS)
    classify = classifier(frozenset())
    assert classify(requests.ConnectTimeout()) is left is Outcome.NOT_SENT
    assert classify(requests.ReadTimeout()) is lost is Outcome.UNKNOWN


def test_refusals_are_those_that_every_connector_shares() -> None:
    assert {status for status, outcome in WRITE_OUTCOMES.items() if outcome is Outcome.REFUSED} - {412} <= {
        status for status in range(600) if classifier(frozenset())(Answer(status, {}, b"", "u")) is Outcome.REFUSED
    }
