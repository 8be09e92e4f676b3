"""What the ERP was last seen to hold of an order, and what is new about it: plain data.

`sighting` compares it with a document; how it is kept is the store's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bot.orders.document import DocumentState
from bot.orders.model import OrderState, PurchaseOrder


class NewsKind(StrEnum):
    """What happened to a document in the ERP; the words stand in events, reports and metrics."""

    RELEASED = "released"
    PENDING = "pending"  # still in the ERP's own approval after the agreed days
    PENDING_AGAIN = "pending_again"  # a change sent it back there
    REJECTED = "rejected"
    INCOMPLETE = "incomplete"  # taken back or parked by a person
    CHANGED = "changed"  # supplier, quantity, price or date, by a person
    LINE_ADDED = "line_added"
    LINE_CANCELLED = "line_cancelled"
    LINE_BACK = "line_back"
    CONFIRMED = "confirmed"
    PROMISE_MOVED = "promise_moved"
    GOODS = "goods"  # goods came on a line
    GOODS_BACK = "goods_back"  # a receipt was reversed or sent back
    CLOSED_SHORT = "closed_short"
    RECEIVED = "received"
    CANCELLED = "cancelled"
    MISSING = "missing"
    FOUND = "found"


KIND = "news"  # event detail: which kind of news the event is

# A person must look: mailed as an alarm.
ALARMING = frozenset({NewsKind.PENDING, NewsKind.REJECTED, NewsKind.INCOMPLETE, NewsKind.MISSING})
# A person changed what was approved: the buyer is told, nothing reacts by itself.
TOLD = frozenset(
    {
        NewsKind.CHANGED,
        NewsKind.LINE_ADDED,
        NewsKind.LINE_CANCELLED,
        NewsKind.LINE_BACK,
        NewsKind.CLOSED_SHORT,
        NewsKind.CANCELLED,
        NewsKind.PENDING_AGAIN,
    }
)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is new: its kind, a sentence, the figures in it, and the state that it leads to, if to another."""

    kind: NewsKind
    text: str
    to: OrderState | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One order line as the ERP holds it, in base units; `number` is that of our line.

    `first_promised_on` is the first day that the supplier confirmed and never changes; `moves` counts how often the
    promise changed since; `ended` = nothing more will come; `gone` = the document has no such line any more.
    """

    number: int
    item: str
    location: str
    quantity: Decimal
    price: Decimal
    price_unit: Decimal
    due_on: date | None
    promised_on: date | None = None
    first_promised_on: date | None = None
    moves: int = 0
    received: Decimal = Decimal(0)
    ended: bool = False
    gone: bool = False
    ref: str = ""

    @property
    def coming(self) -> Decimal:
        """What is still expected, in base units."""
        return Decimal(0) if self.ended or self.gone else max(self.quantity - self.received, Decimal(0))

    @property
    def complete(self) -> bool:
        """Whether nothing more is expected."""
        return self.coming <= 0

    @property
    def name(self) -> str:
        """The line in words."""
        return f"line {self.number} ({self.item} at {self.location})"


@dataclass(frozen=True, slots=True)
class Known:
    """The newest sight of an order's document.

    `strangers` are lines that nobody ordered here, as item@location; `waits_since` when the ERP's own approval was
    first seen to be pending, `missing_since` when the document was first not found; the flags say what was told.
    """

    state: DocumentState
    supplier: str
    lines: tuple[KnownLine, ...]
    strangers: tuple[str, ...] = ()
    waits_since: datetime | None = None
    waiting_told: bool = False
    missing_since: datetime | None = None
    missing_told: bool = False

    @staticmethod
    def of(order: PurchaseOrder) -> "Known":
        """What is expected before the first look: the order as it was approved."""
        lines = tuple(
            KnownLine(line.number, line.item, line.location, line.quantity, line.price, line.price_unit, line.need_date)
            for line in order.lines
        )
        return Known(DocumentState.PENDING, order.supplier, lines)

    @property
    def moves(self) -> int:
        """How often promises of the order's lines changed."""
        return sum(line.moves for line in self.lines)

    def without_doubt(self) -> "Known":
        """The same, the document being there."""
        return replace(self, missing_since=None, missing_told=False)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at a document: what is new, in the order in which it is to be told, and what is known afterwards."""

    news: tuple[News, ...]
    known: Known
