"""What Fusion's status codes of orders and schedules mean for us.

Unknown codes count as open, not final, and are logged once each.
"""

import logging
import re
from collections.abc import Mapping

from bot.orders.document import DocumentState

_LOG = logging.getLogger(__name__)
_STATES = {
    "INCOMPLETE": DocumentState.HELD,
    "WITHDRAWN": DocumentState.HELD,
    "PENDING APPROVAL": DocumentState.PENDING,
    "PRE APPROVED": DocumentState.PENDING,
    "OPEN": DocumentState.OPEN,
    "ON HOLD": DocumentState.OPEN,
    "CLOSED FOR INVOICING": DocumentState.CLOSED,
    "CLOSED FOR RECEIVING": DocumentState.CLOSED,
    "CLOSED": DocumentState.CLOSED,
    "FINALLY CLOSED": DocumentState.CLOSED,
    "REJECTED": DocumentState.REFUSED,
    "CANCELED": DocumentState.CANCELLED,
    "CANCELLED": DocumentState.CANCELLED,
}
# words of requisitions and of supply requests; UNVERIFIED beyond Approved, Incomplete and Withdrawn
_REQUISITIONS = {
    **_STATES,
    "APPROVED": DocumentState.OPEN,
    "RETURNED": DocumentState.REFUSED,
    "WITHDRAWN": DocumentState.CANCELLED,
}
_SUPPLY = {
    **dict.fromkeys(("NEW", "SUBMITTED", "PENDING", "IN PROCESS", "PREPROCESSING"), DocumentState.PENDING),
    **dict.fromkeys(("OPEN", "IN PROGRESS", "PLANNED", "SHIPPED", "INTERFACED"), DocumentState.OPEN),
    **dict.fromkeys(("CLOSED", "COMPLETED", "FULFILLED", "DELIVERED"), DocumentState.CLOSED),
    **dict.fromkeys(("CANCELED", "CANCELLED"), DocumentState.CANCELLED),
    **dict.fromkeys(("ERROR", "EXCEPTION", "FAILED", "REJECTED"), DocumentState.REFUSED),
}
# of schedules: still delivers although invoices are complete; of orders, the lines decide
_STILL_DELIVERS = frozenset({"CLOSED FOR INVOICING"})
_seen_unknown: set[str] = set()


def _normal(code: object) -> str:
    return re.sub(r"[\s_-]+", " ", str(code or "").strip().upper())


def document_state(code: object) -> DocumentState:
    """Return the state for a status code, or for a status word when the code is missing."""
    return _state(code, _STATES)


def order_state(code: object, *, coming: bool) -> DocumentState:
    """Return the state of an order; one whose invoices are complete lives on while goods are coming."""
    return DocumentState.OPEN if coming and _normal(code) in _STILL_DELIVERS else document_state(code)


def requisition_state(code: object) -> DocumentState:
    """Return the state of a requisition; one that was withdrawn is wanted by nobody."""
    return _state(code, _REQUISITIONS)


def supply_state(code: object) -> DocumentState:
    """Return the state of a supply request or of one of its lines."""
    return _state(code, _SUPPLY)


def _state(code: object, table: Mapping[str, DocumentState]) -> DocumentState:
    word = _normal(code)
    if word not in table and word not in _seen_unknown:
        _seen_unknown.add(word)
        _LOG.warning("unknown order status %r is treated as open", word)
    return table.get(word, DocumentState.OPEN)


def delivers(code: object) -> bool:
    """Whether what is missing of a schedule with this status is still expected (in approval counts, drafts do not)."""
    word = _normal(code)
    return word in _STILL_DELIVERS or document_state(word) in {DocumentState.OPEN, DocumentState.PENDING}


def ended(code: object) -> bool:
    """Whether nothing more will come: closed, finally closed or cancelled."""
    return not delivers(code) and document_state(code) in {DocumentState.CLOSED, DocumentState.CANCELLED}
