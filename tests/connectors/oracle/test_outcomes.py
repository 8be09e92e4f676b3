"""What is known about a write to Fusion, row by row."""

import pytest
import requests
import urllib3

from bot.orders.document import DocumentState
from connectors.answers import WRITE_OUTCOMES, Answer, Outcome
from connectors.oracle.outcomes import OUTCOMES, after_action, classify

OK, REFUSED, DENIED, NOT_SENT, UNKNOWN = (
    Outcome.OK, Outcome.REFUSED, Outcome.DENIED, Outcome.NOT_SENT, Outcome.UNKNOWN,
)  # fmt: skip
ANSWERS = {
    200: OK, 201: OK, 202: OK, 204: OK,
    301: UNKNOWN, 302: UNKNOWN, 303: UNKNOWN, 307: UNKNOWN, 308: UNKNOWN,
    400: REFUSED, 401: DENIED, 403: DENIED, 404: REFUSED, 405: REFUSED, 406: REFUSED, 407: NOT_SENT, 408: UNKNOWN,
    409: UNKNOWN, 410: REFUSED, 411: REFUSED, 412: REFUSED, 413: REFUSED, 414: REFUSED, 415: REFUSED, 422: REFUSED,
    423: UNKNOWN, 428: REFUSED, 429: NOT_SENT, 431: REFUSED,
    500: UNKNOWN, 501: UNKNOWN, 502: UNKNOWN, 503: UNKNOWN, 504: UNKNOWN,
}  # fmt: skip
ACTIONS = {
    DocumentState.HELD: REFUSED, DocumentState.PENDING: OK, DocumentState.OPEN: OK, DocumentState.CLOSED: OK,
    DocumentState.REFUSED: REFUSED, DocumentState.CANCELLED: REFUSED, None: UNKNOWN,
}  # fmt: skip


def answer(status: int, content_type: str = "application/json", **headers: str) -> Answer:
    return Answer(status, {"Content-Type": content_type, **headers}, b"{}", "u")


@pytest.mark.parametrize(("status", "outcome"), ANSWERS.items())
def test_each_status_has_its_outcome(status: int, outcome: Outcome) -> None:
    assert classify(answer(status)) is outcome
    assert classify(answer(status, **{"Retry-After": "5"})) is outcome


@pytest.mark.parametrize("status", [299, 300, 304, 418, 451, 505, 599])
def test_a_status_that_nobody_has_listed_is_doubt_or_done(status: int) -> None:
    assert classify(answer(status)) is (OK if status < 300 else UNKNOWN)


def test_a_page_for_people_in_place_of_an_answer_is_doubt() -> None:
    assert classify(answer(200, "text/html")) is UNKNOWN


def test_without_an_answer_only_what_never_left_was_not_sent() -> None:
    refused = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type] # no connection to name
    assert classify(requests.ConnectionError(refused)) is NOT_SENT
    assert classify(requests.ConnectTimeout()) is NOT_SENT
    for lost in (requests.ReadTimeout(), requests.ConnectionError("reset"), ValueError()):
        assert classify(lost) is UNKNOWN


@pytest.mark.parametrize(("state", "outcome"), ACTIONS.items())
def test_after_an_action_the_state_decides(state: DocumentState | None, outcome: Outcome) -> None:
    assert after_action(state) is outcome


def test_every_row_of_the_table_is_tested() -> None:
    rows: set[tuple[str, object]] = {("answer", status) for status in ANSWERS}
    rows |= {("action", state) for state in ACTIONS}
    rows |= {("answer", "page for people"), ("lost", "left"), ("lost", "never left")}
    assert set(OUTCOMES) == rows
    assert set(ACTIONS) == {*DocumentState, None}


def test_nothing_is_believed_more_than_everywhere_else() -> None:
    """What the shared table calls doubt is nowhere better known here."""
    for status, outcome in WRITE_OUTCOMES.items():
        assert classify(answer(status)) is outcome
