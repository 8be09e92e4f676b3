"""What an order is: its lines, its identity, its content hash, its state, its history.

Everything here is frozen and free of clocks and stores; the transitions live in `machine` and the
keys are made in `keys`.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bot.orders.known import Known
from bot.orders.money import line_amount


class OrderState(StrEnum):
    """Every state of an order; `machine.TRANSITIONS` says which may follow which."""

    PROPOSED = "proposed"
    HELD = "held"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    DUPLICATE = "duplicate"
    MANUAL = "manual"
    RELEASED = "released"
    CONFIRMED = "confirmed"
    PART_RECEIVED = "part_received"
    RECEIVED = "received"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What policy says about a proposal: auto → approved, approve → awaiting_approval, block → held."""

    AUTO = "auto"
    APPROVE = "approve"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount with its currency; arithmetic only between equal currencies."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """Render as `1234.50 EUR`."""
        return f"{self.amount} {self.currency}"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line; quantities are in the item's base unit, `price` is for `price_unit` base units."""

    number: int
    item: str
    location: str
    quantity: Decimal
    unit: str
    price: Decimal
    need_date: date
    need_key: str
    price_unit: Decimal = Decimal(1)
    order_unit: str = ""
    unit_factor: Fraction = Fraction(1)
    description: str = ""

    @property
    def order_quantity(self) -> Fraction:
        """Quantity in order units, exact; the writer turns it into the wire's decimals or refuses."""
        return Fraction(self.quantity) / self.unit_factor


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """What one supplier would receive: one supplier, one receiving location, one currency."""

    order_key: str
    revision: int
    system: str
    supplier: str
    location: str
    currency: str
    order_date: date
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Money:
        """Sum of the line amounts, rounded to the currency's minor units line by line."""
        amounts = [line_amount(line.quantity, line.price, line.price_unit, self.currency) for line in self.lines]
        return Money(sum(amounts, Decimal(0)), self.currency)

    @property
    def content_hash(self) -> str:
        """SHA-256 over what the supplier would see; no snapshot, policy or run id enters it."""
        return hashlib.sha256(json.dumps(self._content(), sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def _content(self) -> dict[str, object]:
        return {
            "form": "restock-order-1",
            "system": self.system,
            "supplier": self.supplier,
            "location": self.location,
            "currency": self.currency,
            "lines": [
                {
                    "item": line.item,
                    "location": line.location,
                    "quantity": _plain(line.quantity),
                    "unit": line.unit,
                    "order_unit": line.order_unit,
                    "unit_factor": str(line.unit_factor),
                    "price": _plain(line.price),
                    "price_unit": _plain(line.price_unit),
                    "need_date": line.need_date.isoformat(),
                }
                for line in sorted(self.lines, key=lambda line: line.number)
            ],
        }


def _plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros, so that 5, 5.0 and 5.00 hash alike."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class GuardHit:
    """One guard that fired: which, what was found, what the limit is, and where the limit is written."""

    guard: str
    found: str
    limit: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """An order with the verdict on it; `value` is in the policy's currency, None when no rate is known.

    `evidence` holds per line number the figures that led to the line (names as in the decisions
    table); values are JSON scalars.
    """

    order: PurchaseOrder
    verdict: Verdict
    value: Money | None
    guards: tuple[GuardHit, ...] = ()
    rules: tuple[str, ...] = ()
    evidence: dict[int, dict[str, str | float | int | bool | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """A draft as the database holds it, with its life so far; `known` is the newest sight of its ERP document."""

    draft: DraftOrder
    state: OrderState
    version: int
    run_id: str
    plan_id: str
    erp_number: str
    content_hash: str
    created_at: datetime
    changed_at: datetime
    attempts: int = 0
    note: str = ""
    known: Known | None = None

    @property
    def order(self) -> PurchaseOrder:
        """The order itself."""
        return self.draft.order


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One step of an order's life; `digest` chains it to the step before (`previous`)."""

    sequence: int
    order_key: str
    at: datetime
    actor: str
    action: str
    from_state: OrderState | None
    to_state: OrderState
    reason: str
    details: dict[str, str]
    previous: str
    digest: str


class DecisionAction(StrEnum):
    """What a person may do with a draft."""

    APPROVE = "approve"
    REJECT = "reject"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a signed-in person decided, bound to the content hash that the page showed.

    `quantities` maps line numbers to new quantities in base units and is used by CHANGE only;
    a change makes a new revision that is approved by the same person in the same step.
    """

    decision_id: str
    order_key: str
    content_hash: str
    action: DecisionAction
    actor: str
    reason: str
    decided_at: datetime
    quantities: dict[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in: mail address, roles (buyer, admin, operator) and scope (locations; empty = all)."""

    email: str
    name: str
    roles: frozenset[str]
    locations: frozenset[str] = frozenset()
    active: bool = True
