"""What the ERP was last seen to hold of an order: plain data.

`sighting` compares it with a document, `news` says what can be new; how it is kept is the store's business.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from bot.orders.document import DocumentState


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

    `strangers` are lines that nobody ordered here, as item@location, `accepted` those that a person took over;
    `waits_since` when the ERP's own approval was first seen to be pending, `missing_since` when the document was first
    not found; the flags say what was told.
    """

    state: DocumentState
    supplier: str
    lines: tuple[KnownLine, ...]
    strangers: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    waits_since: datetime | None = None
    waiting_told: bool = False
    missing_since: datetime | None = None
    missing_told: bool = False

    @property
    def moves(self) -> int:
        """How often promises of the order's lines changed."""
        return sum(line.moves for line in self.lines)

    def without_doubt(self) -> "Known":
        """The same, the document being there."""
        return replace(self, missing_since=None, missing_told=False)
