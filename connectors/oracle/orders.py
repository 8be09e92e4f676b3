"""`FusionWriter`: creates a draft purchase order, validates and submits it, and finds, reads and cancels documents.

Approval stays inside Fusion, bypass is never set. No write is repeated here: after the draft exists, every doubt is
OutcomeUnknown, and `find` and `complete` take it up later.
"""

import logging
from collections.abc import Sequence

from bot.errors import OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document, DocumentState
from bot.orders.model import DraftOrder
from connectors.answers import Outcome
from connectors.oracle.bodies import draft_body
from connectors.oracle.documents import DRAFTS, Found
from connectors.oracle.keys import is_key, key_of
from connectors.oracle.outcomes import after_action
from connectors.oracle.wire import messages, succeeded, whole
from connectors.oracle.writing import Writer, after_creation

_LOG = logging.getLogger(__name__)


class FusionWriter(Writer):
    """Writes to one system; implements `ErpWriter` and, beyond it, `complete` and `TransferWriter`."""

    def find(self, order_key: str, supplier: str = "") -> Sequence[Document]:
        """Documents whose description starts with the key, drafts (HELD) included; changes nothing.

        Looks among the newest `search_rows` documents of our buyers and `search_days` back, of one supplier if it
        is named. A HELD draft of ours was never submitted: `complete` finishes it; who cannot call that leaves it
        to a person.
        """
        if not is_key(order_key):
            raise Refused(f"{order_key!r} is not an order key of 12 characters", "KEY")
        return [self._documents.read(found) for found in self._documents.by_key(order_key, supplier)]

    def create(self, draft: DraftOrder) -> str:
        """Create, validate and submit one order; returns its number. Look it up by `find` first.

        Raises Retryable (provably not sent), Refused (Fusion's messages; the draft is deleted again), NeedsAdmin
        (before anything was created) or OutcomeUnknown.
        """
        order = draft.order
        if not is_key(order.order_key):
            raise Refused(f"{order.order_key!r} is not an order key of 12 characters", "KEY")
        terms = self._lookups.terms(order.supplier, order.location)
        body = draft_body(order, terms, self._settings)
        self._described.check(DRAFTS, body, ("submit",))
        row = self._client.create(DRAFTS, body, order.order_key)
        with after_creation(order.order_key):
            if whole(row.get("POHeaderId")) is None:
                raise OutcomeUnknown(order.order_key, "the answer names no document")
            return self._finish(Found(DRAFTS, row), order.order_key)

    def complete(self, number: str) -> None:
        """Validate and submit a HELD draft of ours; does nothing when it was submitted already.

        It reads the state first, so it may be called again after any doubt, which is therefore Retryable.
        Raises Refused (the draft is deleted again) and NeedsAdmin as `create` does.
        """
        found = self._one(number)
        key = key_of(found.row.get("Description"))
        if not key:
            raise Refused(f"{number} was not created by Restock: its description has no order key", "KEY")
        if not found.is_draft or found.state is not DocumentState.HELD:
            return
        try:
            self._finish(found, key)
        except OutcomeUnknown as error:
            raise Retryable(f"{number} may still be incomplete: {error.what}") from error

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read documents back in base units, with received quantities; unknown numbers are left out.

        Numbers are not unique over business units: several documents may come for one.
        """
        return [self._documents.read(one) for one in self._documents.by_numbers(numbers)]

    def cancel(self, number: str) -> None:
        """Delete a draft that was never submitted, cancel an open order; Refused while it waits for approval."""
        found = self._one(number)
        key = key_of(found.row.get("Description")) or number
        if found.state is DocumentState.CANCELLED:
            return
        link = self._client.self_link(found.row)
        if found.is_draft and found.state is DocumentState.HELD:
            self._client.delete(link, key)
        elif found.is_draft or found.state is not DocumentState.OPEN:
            raise Refused(f"{number} is {found.state}: withdraw or cancel it in Fusion", "STATE")
        else:
            result = self._client.act(link, "cancel", {"cancellationReason": "Cancelled in Restock"}, key)
            self._check_cancelled(found, result)

    def _check_cancelled(self, found: Found, result: object) -> None:
        if succeeded(result):
            return
        now = self._documents.by_id(found.header_id)
        if now is None or now.state is not DocumentState.CANCELLED:
            why = "; ".join(messages(result)) or "no reason given"
            raise Refused(f"{found.number} was not cancelled: {why}", "CANCEL")

    def _one(self, number: str) -> Found:
        found = self._documents.by_numbers([number])
        if len(found) != 1:
            raise Refused(f"{len(found)} purchase documents have the number {number}", "NUMBER")
        return found[0]

    def _finish(self, draft: Found, key: str) -> str:
        """Validate and submit a draft; on messages delete it and refuse. Returns the number."""
        link = self._client.self_link(draft.row)
        found = self._validate(link, key)
        if found:
            self._discard(link, key, found, "VALIDATION")
        try:
            result = self._client.act(link, "submit", {"validateBeforeSubmitFlag": True}, key)
        except Refused as error:
            result = error.reason
        if not succeeded(result):
            self._settle_submit(draft, link, key, messages(result))
        return draft.number or self._number_of(draft, key)

    def _validate(self, link: str, key: str) -> list[str]:
        """Messages that stand against a draft; releases before 25A have no such action and check at submit."""
        try:
            return messages(self._client.act(link, "validateDocument", {}, key))
        except Refused as error:
            if error.reason.startswith(("HTTP 404", "HTTP 405")):
                return []
            return [error.reason]

    def _settle_submit(self, draft: Found, link: str, key: str, found: list[str]) -> None:
        """Submit did not say SUCCESS: what counts is the state that the document has now."""
        now = self._documents.by_id(draft.header_id)
        outcome = after_action(now.state if now else None)
        if now is None or outcome is Outcome.UNKNOWN:
            raise OutcomeUnknown(key, "the document cannot be seen after submit")
        if now.is_draft and now.state is DocumentState.HELD:
            self._discard(link, key, found, "SUBMIT")
        if outcome is not Outcome.OK:
            raise Refused(f"{draft.number} is {now.state}: {'; '.join(found)}", "SUBMIT")
        _LOG.warning("%s is %s although submit answered %s", draft.number, now.state, found)

    def _discard(self, link: str, key: str, found: list[str], code: str) -> None:
        """Delete a draft that Fusion does not accept, then refuse with all its messages."""
        try:
            self._client.delete(link, key)
        except Refused as error:
            raise OutcomeUnknown(key, f"the draft was not accepted and cannot be deleted: {error.reason}") from None
        raise Refused("; ".join(dict.fromkeys(found)) or "no reason given", code)

    def _number_of(self, draft: Found, key: str) -> str:
        now = self._documents.by_id(draft.header_id)
        if now is None or not now.number:
            raise OutcomeUnknown(key, "the document has no number yet")
        return now.number
