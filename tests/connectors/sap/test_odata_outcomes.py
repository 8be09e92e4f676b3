"""What is known about a write over OData, row by row, and the messages of an error."""

import json

import pytest

from connectors.answers import WRITE_OUTCOMES, Answer, Outcome
from connectors.sap.odata_outcomes import OUTDATED, classifier
from connectors.sap.odata_outcomes import WRITE_OUTCOMES as OWN

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
    (409, {}, "", Outcome.NOT_SENT),
    (412, {}, "", Outcome.REFUSED),
    (415, {}, "", Outcome.REFUSED),
    (422, {}, "", Outcome.REFUSED),
    (423, {}, "", Outcome.NOT_SENT),
    (428, {}, "", Outcome.REFUSED),
    (429, {}, "", Outcome.NOT_SENT),
    (500, {}, "", Outcome.UNKNOWN),
    (501, {}, "", Outcome.UNKNOWN),
    (502, {}, "", Outcome.UNKNOWN),
    (503, {}, "", Outcome.UNKNOWN),
    (503, {"Retry-After": "5"}, "", Outcome.NOT_SENT),
    (504, {}, "", Outcome.UNKNOWN),
    (599, {}, "", Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("status", "headers", "code", "outcome"), ROWS)
def test_each_answer_has_its_outcome(status: int, headers: dict[str, str], code: str, outcome: Outcome) -> None:
    body = json.dumps({"error": {"code": code, "message": "x"}}).encode()
    answer = Answer(status, {"Content-Type": "application/json", **headers}, body, "u")
    assert classifier(frozenset({"06/999"}))(answer) is outcome


def test_every_row_of_the_tables_is_tested() -> None:
    assert set(OWN) | set(WRITE_OUTCOMES) <= {status for status, *_ in ROWS} | {406, 410, 411, 413, 414, 431}
