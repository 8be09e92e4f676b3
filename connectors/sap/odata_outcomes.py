"""What an SAP Gateway says when it says no: messages of error bodies, and what is known about a write then.

It sends nothing; the outcomes that every connector shares stand in `connectors.answers`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from connectors.answers import WRITE_OUTCOMES as SHARED
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


OUTDATED = "/IWBEP/CM_COS/005"  # the id of the request was used before: it was carried out then
_REFUSED = frozenset(status for status, outcome in SHARED.items() if outcome is Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a write, as far as its outcome depends on it; `locked` = a code that the settings list."""

    status: int
    is_page: bool = False
    code: str = ""
    locked: bool = False
    guarded: bool = False  # the write was a change with If-Match


def _is_page(reply: Reply) -> bool:
    return reply.is_page


def _is_locked(reply: Reply) -> bool:
    return reply.locked


def _is_outdated(reply: Reply) -> bool:
    return reply.code == OUTDATED


def _is_guarded(reply: Reply) -> bool:
    return reply.guarded


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One row of the table: what is seen, what is known then, and why or what follows."""

    seen: str
    outcome: Outcome
    then: str
    statuses: frozenset[int] = frozenset()
    when: Callable[[Reply], bool] = lambda _: True


def _row(seen: str, outcome: Outcome, then: str, statuses: Iterable[int] = (), **more: Any) -> WriteRow:
    return WriteRow(seen, outcome, then, frozenset(statuses), **more)


# the first row that fits counts; what a create met with 409, 412, 423 or 503 may have been said by something in front
# of a system that commits a moment later, hence doubt without the Gateway's own word (facts: reliability 1.6)
WRITE_ROWS: tuple[WriteRow, ...] = (
    _row("a page for people with 200 to 299", Outcome.UNKNOWN, "searched by key", range(200, 300), when=_is_page),
    _row("200 to 299", Outcome.OK, "without a document number in the body: unknown", range(200, 300)),
    _row("400, 409, 423 with a code of lock_codes", Outcome.NOT_SENT, "somebody works on it; later", {400, 409, 423},
         when=_is_locked),
    _row(f"400 with {OUTDATED}", Outcome.UNKNOWN, "was carried out before; searched by key", {400}, when=_is_outdated),
    _row("409, 412, 423 to a change with If-Match", Outcome.NOT_SENT, "changed meanwhile; to be read and decided again",
         {409, 412, 423}, when=_is_guarded),
    _row("409, 412, 423 to anything else", Outcome.UNKNOWN, "searched by key", {409, 412, 423}),
    _row("407, 429", Outcome.NOT_SENT, "after the time that is named, at most 15 minutes", {407, 429}),
    _row("401", Outcome.DENIED, "with OAuth sent once more with a new token; else an administrator", {401}),
    _row("403", Outcome.DENIED, "with x-csrf-token: Required sent once more with a new token; else as 401", {403}),
    _row("400 and other refusals", Outcome.REFUSED, "a person decides; all messages are shown", _REFUSED),
    _row("500 to 504 with Retry-After or without, redirects, anything else", Outcome.UNKNOWN, "searched by key",
         range(600)),
)  # fmt: skip
# what becomes of a write that nothing answered
SILENT_ROWS: tuple[WriteRow, ...] = (
    _row("no name, no connection, proxy or TLS handshake failed", Outcome.NOT_SENT, "nothing has left; later"),
    _row("connection lost, time-out, half an answer", Outcome.UNKNOWN, "searched by key"),
)


def classifier(lock_codes: frozenset[str]) -> Callable[[Answer | Exception], Outcome]:
    """Judge writes by the table; `lock_codes` are codes of an error body that mean "locked, nothing was done"."""

    def classify(result: Answer | Exception) -> Outcome:
        if isinstance(result, Exception):
            return classify_write(result)
        code = problem(result).code
        return row_of(Reply(result.status, result.is_html, code, locked=code in lock_codes - {""})).outcome

    return classify


def token_required(answer: Answer) -> bool:
    """Whether the token of a write was refused, which the Gateway does before anything else."""
    return answer.status == 403 and answer.headers.get("x-csrf-token", "").lower() == "required"


def nothing_changed(answer: Answer) -> bool:
    """Whether this answer to a change with If-Match says that the entity stands as it stood."""
    reply = Reply(answer.status, answer.is_html, guarded=True)
    return row_of(reply).when is _is_guarded


def row_of(reply: Reply) -> WriteRow:
    """The row of the table that judges this reply."""
    fitting = (row for row in WRITE_ROWS if reply.status in row.statuses and row.when(reply))
    return next(fitting, WRITE_ROWS[-1])
