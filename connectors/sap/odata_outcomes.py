"""What an SAP Gateway says when it says no: messages of error bodies, and what is known about a write then.

It sends nothing; the outcomes that every connector shares stand in `connectors.answers`.
"""

from collections.abc import Mapping
from typing import Any

from connectors.http import Answer, Outcome, Problem, classify_write, plain_problem

_MOST_MESSAGES = 20


def problem(answer: Answer) -> Problem:
    """All messages of an error body of either version; a body that is no JSON is described by its start."""
    try:
        error = answer.json()["error"]
        message = error["message"]
        first = message["value"] if isinstance(message, dict) else message
        code = str(error.get("code", ""))
        inner = error.get("innererror") or {}
        details = [*(error.get("details") or ()), *(inner.get("errordetails") or ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return plain_problem(answer)
    lines = [f"{code}: {first}" if code else str(first)]
    for detail in details[:_MOST_MESSAGES]:
        line = f"{detail.get('code', '')}: {detail.get('message', '')}"
        if line not in lines and detail.get("message") != first:
            lines.append(line)
    return Problem("; ".join(lines), code)


# what a write that was answered so has done; whatever is not listed is as everywhere (`connectors.answers`)
WRITE_OUTCOMES: Mapping[int, Outcome] = {
    409: Outcome.NOT_SENT,  # conflict, somebody else works on it
    423: Outcome.NOT_SENT,  # locked
}
OUTDATED = "/IWBEP/CM_COS/005"  # the id of the request was used before: it was carried out then


def classifier(lock_codes: frozenset[str]) -> Any:
    """Refine the outcomes of writes: locks, also 400 with a listed code, and a named wait did nothing."""

    def classify(result: Answer | Exception) -> Outcome:
        if isinstance(result, Exception):
            return classify_write(result)
        if result.status in WRITE_OUTCOMES or (result.status == 503 and "Retry-After" in result.headers):
            return WRITE_OUTCOMES.get(result.status, Outcome.NOT_SENT)
        code = problem(result).code if result.status == 400 else ""
        if code in lock_codes:
            return Outcome.NOT_SENT
        return Outcome.UNKNOWN if code == OUTDATED else classify_write(result)

    return classify
