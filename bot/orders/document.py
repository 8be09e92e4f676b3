"""What an ERP holds and shows again: purchase documents, stock transfers, their lines and states.

It is pure data; connectors fill it, `jobs` compares it with what was approved.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class DocumentState(StrEnum):
    """What the ERP says about a purchase document."""

    HELD = "held"  # incomplete, parked, a draft not yet submitted
    PENDING = "pending"  # in the ERP's own release or approval
    OPEN = "open"
    CLOSED = "closed"  # received in full or closed
    REFUSED = "refused"  # rejected in the ERP's own approval
    CANCELLED = "cancelled"  # deleted or cancelled


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line read back: quantities in base units, price per `price_unit` base units.

    `due_on` is the day that the document asks for, `promised_on` the one that the supplier has confirmed, None
    while there is none; `ended` = nothing more will come on this line.
    """

    item: str
    location: str
    quantity: Decimal
    price: Decimal
    price_unit: Decimal
    due_on: date | None
    received: Decimal = Decimal(0)
    promised_on: date | None = None
    ended: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the ERP holds it, found by our key or by its number.

    `from_location` is the giving location of a stock transfer, which has no supplier.
    """

    number: str
    order_key: str
    supplier: str
    currency: str
    state: DocumentState
    lines: tuple[DocumentLine, ...]
    from_location: str = ""


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One item to move; `quantity` in the item's base unit `unit`."""

    number: int
    item: str
    quantity: Decimal
    unit: str
    need_date: date


@dataclass(frozen=True, slots=True)
class StockTransfer:
    """What one location is asked to give to another; `order_key` as for purchases."""

    order_key: str
    system: str
    from_location: str
    location: str
    lines: tuple[TransferLine, ...]
