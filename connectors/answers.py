"""What an HTTP call gives back and how it is bounded: answers, problems, outcomes, limits, redaction.

It makes no calls; `connectors.http` does.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any
from urllib.parse import quote

from bot.errors import OutcomeUnknown

_HEADER_SECRETS = re.compile(
    r"(?i)\b(authorization|cookie|set-cookie|x-csrf-token|api[-_]?key|password)\b(\"?\s*[:=]\s*)[^\n]+"
)


class Outcome(StrEnum):
    """What is known about a write after one attempt."""

    OK = "ok"
    NOT_SENT = "not_sent"  # provably nothing was done: may be tried again
    REFUSED = "refused"  # the other side said no to this document
    DENIED = "denied"  # logon or authorisation: nothing was done, a person must act
    UNKNOWN = "unknown"  # may have been done: reconcile by key


# facts: reliability 1.6; 2xx is OK, every status that is not listed is UNKNOWN
WRITE_OUTCOMES: Mapping[int, Outcome] = {
    **dict.fromkeys((400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 422, 428, 431), Outcome.REFUSED),
    **dict.fromkeys((401, 403), Outcome.DENIED),
    **dict.fromkeys((407, 429), Outcome.NOT_SENT),
}


class AnswerLost(OutcomeUnknown):
    """A write was sent and the connection broke before its answer was complete."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer; header names are case-insensitive, `body` is decoded from its transfer encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people, which an interface never sends on purpose."""
        return self.content_type == "text/html" or self.body[:15].lstrip().lower().startswith((b"<!doctype", b"<html"))

    def json(self, *, exact: type | None = None) -> Any:
        """Parse the body; `exact=Decimal` keeps decimals exact. ValueError when it is no JSON."""
        return json.loads(self.body, parse_float=exact)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error body says: all messages joined, and the vendor's code."""

    message: str
    code: str = ""


def plain_problem(answer: Answer) -> Problem:
    """Describe an error without knowing the vendor: the status and the start of a text body."""
    text = "" if answer.is_html else " ".join(answer.body[:300].decode("utf-8", "replace").split())
    return Problem(f"HTTP {answer.status} {text}".strip())


class Redactor:
    """Takes secrets out of texts: the known ones in every spelling, and values of telling headers."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._spellings: list[str] = []
        self._lock = Lock()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Remember one more secret; shorter than three characters it would only garble texts."""
        if len(secret) >= 3 and secret not in self._spellings:
            with self._lock:
                spellings = {*self._spellings, secret, quote(secret, safe="")}
                self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text with every secret replaced by ***."""
        for spelling in self._spellings:
            text = text.replace(spelling, "***")
        return _HEADER_SECRETS.sub(r"\1\2***", text)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one session; seconds and bytes."""

    connect: float = 10.0
    read: float = 60.0  # silence between two pieces of an answer
    call: float = 300.0  # one call from start to the last byte
    total: float = 600.0  # one read with all its attempts
    attempts: int = 5
    longest_wait: float = 60.0  # cap on Retry-After inside a read
    body: int = 256 << 20
