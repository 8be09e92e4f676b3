"""The order's life as one table: which state may follow which, who may do it, and what it sets off.

It is pure: it reads no clock and no store; `bot.store` writes what `step` returns in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import RestockError
from bot.orders.model import OrderEvent, OrderState, StoredOrder

_S = OrderState

TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    _S.PROPOSED: frozenset({_S.HELD, _S.AWAITING_APPROVAL, _S.APPROVED, _S.SUPERSEDED}),
    _S.HELD: frozenset({_S.AWAITING_APPROVAL, _S.APPROVED, _S.REJECTED, _S.EXPIRED, _S.SUPERSEDED}),
    _S.AWAITING_APPROVAL: frozenset({_S.APPROVED, _S.REJECTED, _S.HELD, _S.EXPIRED, _S.SUPERSEDED}),
    _S.APPROVED: frozenset({_S.SENDING, _S.HELD, _S.SUPERSEDED, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.SENT, _S.REFUSED, _S.APPROVED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.SENT, _S.APPROVED, _S.DUPLICATE, _S.MANUAL}),
    _S.SENT: frozenset({_S.VERIFIED, _S.MISMATCH}),
    _S.VERIFIED: frozenset({_S.RELEASED, _S.REFUSED, _S.CANCELLED}),
    _S.RELEASED: frozenset({_S.CONFIRMED, _S.PART_RECEIVED, _S.RECEIVED, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.CONFIRMED, _S.PART_RECEIVED, _S.RECEIVED, _S.CANCELLED}),
    _S.PART_RECEIVED: frozenset({_S.CONFIRMED, _S.PART_RECEIVED, _S.RECEIVED, _S.CANCELLED}),
    _S.REFUSED: frozenset({_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED}),
    _S.MISMATCH: frozenset({_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED}),
    _S.DUPLICATE: frozenset({_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED}),
    _S.MANUAL: frozenset({_S.SENT, _S.VERIFIED, _S.SUPERSEDED, _S.CANCELLED}),
    _S.RECEIVED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.SUPERSEDED: frozenset(),
    _S.CANCELLED: frozenset(),
}

STUCK = frozenset({_S.REFUSED, _S.MISMATCH, _S.DUPLICATE, _S.MANUAL})
NEEDS_PERSON: frozenset[tuple[OrderState, OrderState]] = frozenset(
    {
        (_S.HELD, _S.APPROVED),
        (_S.HELD, _S.REJECTED),
        (_S.AWAITING_APPROVAL, _S.APPROVED),
        (_S.AWAITING_APPROVAL, _S.REJECTED),
        (_S.APPROVED, _S.CANCELLED),
        *((stuck, to) for stuck in STUCK for to in TRANSITIONS[stuck]),
    }
) - {(_S.REFUSED, _S.SUPERSEDED)}

# What the ERP may know of, or will be told of: it counts as supply until an extract shows it.
SUPPLY = frozenset(
    {
        _S.APPROVED,
        _S.SENDING,
        _S.UNKNOWN,
        _S.SENT,
        _S.VERIFIED,
        _S.MISMATCH,
        _S.DUPLICATE,
        _S.MANUAL,
        _S.RELEASED,
        _S.CONFIRMED,
        _S.PART_RECEIVED,
    }
)
# A need of such an order is taken: no other order may be made for it.
UNDER_WAY = SUPPLY | {_S.RECEIVED}
# The ERP holds a document: the bucket's next order is a need of its own.
IN_ERP = UNDER_WAY - {_S.APPROVED, _S.SENDING, _S.UNKNOWN, _S.MANUAL}
# The next plan may replace these without asking anybody.
REPLACEABLE = frozenset({_S.PROPOSED, _S.HELD, _S.AWAITING_APPROVAL, _S.REFUSED})
# Over, and the same content may be proposed again only under a new key.
ENDED = frozenset({_S.EXPIRED, _S.SUPERSEDED, _S.CANCELLED, _S.REFUSED})

REQUEST = "approval_request"
WITHDRAWN = "withdrawn"
ALARM = "alarm"
CONFIRMATION = "confirmation"
NEWS = "news"

# Event detail: guards that a person saw when releasing an order from held, as one comma-separated text.
ACCEPTED_GUARDS = "accepted_guards"

_ALARMING = frozenset({_S.REFUSED, _S.UNKNOWN, _S.DUPLICATE, _S.MISMATCH, _S.MANUAL})
_WITHDRAWING = frozenset({_S.SUPERSEDED, _S.REJECTED, _S.EXPIRED, _S.HELD})


class IllegalTransitionError(RestockError):
    """A step that the table does not know, or that only a person may take: a mistake in the program."""


class StaleStateError(RestockError):
    """The order is no longer in the state that the caller saw; somebody else was first."""

    def __init__(self, order_key: str, expected: OrderState, found: OrderState | None) -> None:
        now = f"is {found.value}, not {expected.value}" if found else f"is unknown here, not {expected.value}"
        super().__init__(f"order {order_key} {'has gone on meanwhile' if found is expected else now}")
        self.order_key = order_key
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Step:
    """The order after a transition and the outbox topics that the transition sets off."""

    before: OrderState
    order: StoredOrder
    topics: tuple[str, ...]


def is_replaceable(state: OrderState, erp_number: str | None) -> bool:
    """Whether a plan may replace the order.

    What the ERP's own approval refused is still a document there, which somebody may submit again: a person settles it.
    """
    return state in REPLACEABLE and not (state is _S.REFUSED and erp_number)


def is_person(actor: str) -> bool:
    """Persons act under their mail address; parts of the program under a plain word such as `submit`."""
    return "@" in actor


def approval(events: Sequence[OrderEvent]) -> OrderEvent | None:
    """The newest step by which somebody approved; coming back from a send that did not happen approves nothing."""
    for event in reversed(events):
        if event.to_state is _S.APPROVED and event.from_state not in {_S.SENDING, _S.UNKNOWN}:
            return event
    return None


def step(
    order: StoredOrder, to: OrderState, *, actor: str, at: datetime, reason: str = "", erp_number: str | None = None
) -> Step:
    """Take one step; raises IllegalTransitionError when the table or the actor forbids it.

    `at` is the instant of the step; `erp_number` replaces the stored number when given. `sent` needs a number.
    """
    before = order.state
    if to not in TRANSITIONS[before]:
        raise IllegalTransitionError(f"order {order.order.order_key}: {before.value} cannot become {to.value}")
    if (before, to) in NEEDS_PERSON and not is_person(actor):
        raise IllegalTransitionError(
            f"order {order.order.order_key}: only a person may take it from {before.value} to {to.value}, not {actor}"
        )
    number = order.erp_number if erp_number is None else erp_number
    if to is _S.SENT and not number:
        raise IllegalTransitionError(f"order {order.order.order_key}: sent without the number of the ERP's document")
    changed = replace(
        order,
        state=to,
        version=order.version + 1,
        erp_number=number,
        changed_at=at,
        attempts=order.attempts + (to is _S.SENDING),
        note=reason,
    )
    return Step(before, changed, topics(before, to))


def topics(before: OrderState, to: OrderState) -> tuple[str, ...]:
    """Mails that a transition sets off."""
    if to is _S.AWAITING_APPROVAL:
        return (REQUEST,)
    if before is _S.AWAITING_APPROVAL and to in _WITHDRAWING:
        return (WITHDRAWN,)
    if to in _ALARMING:
        return (ALARM,)
    if before is _S.SENT and to is _S.VERIFIED:
        return (CONFIRMATION,)
    return ()
