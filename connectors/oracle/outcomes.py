"""What is known about a write to Fusion after its answer, or without one: one table, row by row.

It sends nothing; what to do about each class is the business of the order's life.
"""

from collections.abc import Mapping

from bot.orders.document import DocumentState
from connectors.answers import Answer, Outcome
from connectors.http import classify_write

# Facts: reliability 1.6 and oracle 2. `answer`: by status of an answer to any write; a status that is not listed is
# doubt. `lost`: no answer came. `action`: an action answered 200 without saying SUCCESS, or refused: the state that
# the document has afterwards decides; None = it cannot be seen.
OUTCOMES: Mapping[tuple[str, int | str | DocumentState | None], Outcome] = {
    **{("answer", status): Outcome.OK for status in (200, 201, 202, 204)},
    **{("answer", status): Outcome.DENIED for status in (401, 403)},
    **{
        ("answer", status): Outcome.REFUSED
        for status in (400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 422, 428, 431)
    },
    **{("answer", status): Outcome.NOT_SENT for status in (407, 429)},
    # Fusion documents no conflict and no wait that did nothing, with Retry-After or without
    **{("answer", status): Outcome.UNKNOWN for status in (408, 409, 423, 500, 501, 502, 503, 504)},
    # the sign-on page of a gateway, or "see the result over there": nobody tells which
    **{("answer", status): Outcome.UNKNOWN for status in (301, 302, 303, 307, 308)},
    ("answer", "page for people"): Outcome.UNKNOWN,
    ("lost", "never left"): Outcome.NOT_SENT,
    ("lost", "left"): Outcome.UNKNOWN,
    ("action", DocumentState.HELD): Outcome.REFUSED,
    ("action", DocumentState.PENDING): Outcome.OK,
    ("action", DocumentState.OPEN): Outcome.OK,
    ("action", DocumentState.CLOSED): Outcome.OK,
    ("action", DocumentState.REFUSED): Outcome.REFUSED,
    ("action", DocumentState.CANCELLED): Outcome.REFUSED,
    ("action", None): Outcome.UNKNOWN,
}


def classify(result: Answer | Exception) -> Outcome:
    """Outcome of one write."""
    if isinstance(result, Exception):
        sent = classify_write(result) is not Outcome.NOT_SENT
        return OUTCOMES["lost", "left" if sent else "never left"]
    if 200 <= result.status < 300 and result.is_html:
        return OUTCOMES["answer", "page for people"]
    known = OUTCOMES.get(("answer", result.status))
    if known is None:
        return Outcome.OK if 200 <= result.status < 300 else Outcome.UNKNOWN
    return known


def after_action(state: DocumentState | None) -> Outcome:
    """Outcome of an action that did not say SUCCESS, by the state of the document afterwards."""
    return OUTCOMES["action", state]
