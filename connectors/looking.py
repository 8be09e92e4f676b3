"""Reads for an examination: one try per request, every answer is handed on, nothing is ever sent but GET.

It judges no answer; connectors turn what they see into findings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import NeedsAdmin, Retryable
from bot.ports import Clock
from connectors.answers import Answer, Limits
from connectors.http import HttpSession

LIMITS = Limits(connect=5.0, read=10.0, call=15.0, total=15.0, attempts=1, longest_wait=0.0, body=32 << 20)
_EVERY = frozenset(range(200, 600))


def few(names: Iterable[str], most: int = 10) -> str:
    """Some of the names, each once and in order, for a person who looks for the right one."""
    all_ = sorted({name for name in names if name})
    more = f" and {len(all_) - most} more" if len(all_) > most else ""
    return ", ".join(all_[:most]) + more if all_ else "none"


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer, or `text` why there is none (status 0); `sent` and `received` are our clock around the call."""

    status: int
    text: str
    sent: datetime
    received: datetime
    answer: Answer | None = None

    @property
    def is_page(self) -> bool:
        """Whether a page for people came although the status is good, or a redirect to one."""
        return self.answer is not None and (300 <= self.status < 400 or (self.status < 300 and self.answer.is_html))

    @property
    def good(self) -> bool:
        """Whether data came."""
        return 200 <= self.status < 300 and not self.is_page

    def header(self, name: str) -> str:
        """A header of the answer, empty without one."""
        return self.answer.headers.get(name, "") if self.answer else ""

    def json(self) -> dict[str, Any]:
        """The answer as a JSON object; empty when it is none."""
        try:
            found = self.answer.json() if self.answer else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Looker:
    """GET over one session; no answer makes it raise."""

    def __init__(self, http: HttpSession, clock: Clock) -> None:
        self._http, self._clock = http, clock

    def get(
        self, path: str, query: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Seen:
        """Read once; secrets are taken out of texts."""
        sent = self._clock.now()
        try:
            answer = self._http.get(
                path, query, headers={"Accept": "application/json", **(headers or {})}, allow=_EVERY
            )
        except (Retryable, NeedsAdmin) as error:
            return Seen(0, str(error.what), sent, self._clock.now())
        return Seen(answer.status, self._said(answer), sent, self._clock.now(), answer)

    def _said(self, answer: Answer) -> str:
        if answer.status < 300:
            return ""
        return self._http.redact(self._http.describe(answer).message)[:300]
