"""Ids by which a gateway with idempotent services (version 2) recognises a request that it has carried out before.

Most gateways ignore them: they are sent always and trusted only after the gateway has said that it accepts them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import NeedsAdmin, Refused, RestockError, Retryable
from bot.ports import Clock
from connectors.answers import Answer, AnswerLost
from connectors.sap.odata import ODataSession, Service

_RESULT, _ACCEPTED = "RepeatabilityResult", "accepted"


@dataclass(frozen=True, slots=True)
class _Attempt:
    number: int
    since: datetime


class Repeatable:
    """Sends creates with an id that follows from the order key and the number of the attempt.

    An attempt lasts until its outcome is known: an order of doubt that is sent once more after the search is the same
    request to the gateway, one that was refused or locked is another. A restarted process begins with attempt 1, which
    a gateway may at worst answer with what it said before.
    """

    def __init__(self, odata: ODataSession, clock: Clock, *, repeat_lost: bool) -> None:
        self._odata, self._clock, self._repeat_lost = odata, clock, repeat_lost
        self._attempts: dict[str, _Attempt] = {}
        self._accepted = False

    def create(self, service: Service, entity_set: str, body: object, key: str) -> Answer:
        """Create once; raises as `ODataSession.write`.

        A lost answer is asked for at once by the same request, once, where `repeat_lost` allows it and this gateway
        has accepted such an id before; without its word that it knew the request, the outcome stays unknown.
        """
        attempt = self._attempts.setdefault(key, _Attempt(1, self._clock.now()))
        headers = _headers(entity_set, key, attempt)
        try:
            answer = self._odata.write(service, "POST", entity_set, body, key=key, headers=headers)
        except AnswerLost as lost:
            if not (self._repeat_lost and self._accepted):
                raise
            answer = self._asked_again(service, entity_set, body, headers, lost)
        except (Refused, Retryable, NeedsAdmin):
            self._attempts[key] = _Attempt(attempt.number + 1, self._clock.now())
            raise
        self._accepted = _accepts(answer)
        return answer

    def _asked_again(
        self, service: Service, entity_set: str, body: object, headers: Mapping[str, str], lost: AnswerLost
    ) -> Answer:
        """Answer to the same request; the loss again when anything but its acceptance comes back."""
        try:
            answer = self._odata.write(service, "POST", entity_set, body, key=lost.key, headers=headers)
        except RestockError:
            raise lost from None
        if not _accepts(answer):
            raise lost
        return answer


def _headers(entity_set: str, key: str, attempt: _Attempt) -> dict[str, str]:
    digest = hashlib.sha256(f"restock {entity_set} {key} {attempt.number}".encode()).hexdigest()
    since = attempt.since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"RequestID": digest[:32].upper(), "RepeatabilityCreation": since}


def _accepts(answer: Answer) -> bool:
    return answer.headers.get(_RESULT, "").strip().lower() == _ACCEPTED
