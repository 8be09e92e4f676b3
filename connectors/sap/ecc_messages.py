"""What modules answer beside their data: messages by class, and what troubles of a write mean for the order.

It calls nothing; texts are shown to people and never decide anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from connectors.answers import Outcome
from connectors.sap.rfc import RfcProblem, Trouble

_BAD = frozenset("EAX")
_MOST = 20

# (where it happened, what happened) -> what is known; facts: reliability 1.6. Nothing is in the database before the
# commit, so what breaks in `call` did nothing by itself, but code of the customer may commit: only what never ran is
# provably not sent.
OUTCOMES: Mapping[tuple[str, Trouble], Outcome] = {
    ("open", Trouble.COMMUNICATION): Outcome.NOT_SENT,
    ("open", Trouble.TIMEOUT): Outcome.NOT_SENT,
    ("open", Trouble.CLOSED): Outcome.NOT_SENT,
    ("open", Trouble.RUNTIME): Outcome.NOT_SENT,
    ("open", Trouble.APPLICATION): Outcome.NOT_SENT,
    ("open", Trouble.LOGON): Outcome.DENIED,
    ("open", Trouble.AUTHORISATION): Outcome.DENIED,
    ("open", Trouble.INTERFACE): Outcome.DENIED,
    ("call", Trouble.COMMUNICATION): Outcome.UNKNOWN,
    ("call", Trouble.TIMEOUT): Outcome.UNKNOWN,
    ("call", Trouble.RUNTIME): Outcome.UNKNOWN,
    ("call", Trouble.CLOSED): Outcome.NOT_SENT,
    ("call", Trouble.APPLICATION): Outcome.REFUSED,
    ("call", Trouble.LOGON): Outcome.DENIED,
    ("call", Trouble.AUTHORISATION): Outcome.DENIED,
    ("call", Trouble.INTERFACE): Outcome.DENIED,
    **{("commit", trouble): Outcome.UNKNOWN for trouble in Trouble},
    ("commit", Trouble.CLOSED): Outcome.NOT_SENT,
}


def messages(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rows of RETURN, which is a table in most modules and a structure in some; initial rows are left out."""
    found = answer.get("RETURN") or []
    rows = [found] if isinstance(found, Mapping) else list(found)
    return [row for row in rows if str(row.get("TYPE", "")).strip()]


def code(message: Mapping[str, Any]) -> str:
    """Identity of a message: ID/NUMBER, or the CODE of older modules."""
    if message.get("ID") or message.get("NUMBER"):
        return f"{str(message.get('ID', '')).strip()}/{str(message.get('NUMBER', '')).strip()}"
    return str(message.get("CODE", "")).strip()


def failures(answer: Mapping[str, Any], blocking: frozenset[str] = frozenset()) -> list[Mapping[str, Any]]:
    """Messages of class E, A and X, and warnings that the settings let block."""
    return [row for row in messages(answer) if row["TYPE"] in _BAD or (row["TYPE"] == "W" and code(row) in blocking)]


def refusal(rows: Sequence[Mapping[str, Any]]) -> Refused:
    """All messages, the last one first: general rows come before the cause."""
    ordered = [rows[-1], *rows[:-1]][:_MOST]
    texts = [f"{code(row)}: {row['MESSAGE']}" if code(row) else str(row["MESSAGE"]) for row in ordered]
    return Refused("; ".join(dict.fromkeys(texts)), code(rows[-1]))


def locked(rows: Sequence[Mapping[str, Any]], lock_codes: frozenset[str]) -> bool:
    """Whether somebody holds what the order needs: then nothing was done, and later it may work."""
    return any(code(row) in lock_codes for row in rows)


def write_error(problem: RfcProblem, stage: str, key: str, system: str) -> Exception:
    """What a trouble while writing means for the order with that key; `stage` is open, call or commit."""
    outcome = OUTCOMES["open" if problem.opening else stage, problem.trouble]
    what = f"{system}: {problem}"
    if outcome is Outcome.NOT_SENT:
        return Retryable(what)
    if outcome is Outcome.REFUSED:
        return Refused(problem.message, problem.key)
    if outcome is Outcome.DENIED:
        remedy = (
            "Correct user, authorisations or library; `restock doctor` says which. It is not tried again by itself."
        )
        return NeedsAdmin(str(problem), f"system {system}", remedy)
    return OutcomeUnknown(key, what)
