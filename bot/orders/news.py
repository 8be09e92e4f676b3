"""What can be new about a document in the ERP, whom it concerns, and where it leads the order.

It compares nothing; `line_news` and `sighting` find the news.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.orders.known import Known
from bot.orders.model import OrderState


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
IN_ERP = "erp"  # who said no when a person did so in the ERP: its documents do not always name the person

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
class Sighting:
    """One look at a document: what is new, in the order in which it is to be told, and what is known afterwards."""

    news: tuple[News, ...]
    known: Known
