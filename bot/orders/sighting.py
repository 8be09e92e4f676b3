"""What a look at an order's document in the ERP tells that was not known before, and where it leads the order.

It is pure: who looks, and where the news is kept, is decided elsewhere; no news changes anything in the ERP.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.orders.document import Document, DocumentState
from bot.orders.known import Known, KnownLine
from bot.orders.line_news import after, news_of, pair
from bot.orders.machine import TRANSITIONS
from bot.orders.model import OrderState, PurchaseOrder, StoredOrder
from bot.orders.news import News, NewsKind, Sighting

_S, _D = OrderState, DocumentState
# States in which the ERP holds the order and may have news about it.
FOLLOWED = (_S.VERIFIED, _S.RELEASED, _S.CONFIRMED, _S.PART_RECEIVED)
_STEPS = (_S.VERIFIED, _S.RELEASED, _S.CONFIRMED, _S.PART_RECEIVED, _S.RECEIVED)
_LIVES = frozenset({_D.OPEN, _D.CLOSED})
_ENDED = frozenset({_D.CANCELLED, _D.REFUSED})
_WAITS = frozenset({_D.PENDING, _D.HELD, _D.REFUSED})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the ERP's own approval may take before a person is told, and how long a document may be out of sight."""

    pending: timedelta
    missing: timedelta


def sight(stored: StoredOrder, document: Document | None, now: datetime, patience: Patience) -> Sighting:
    """Compare a followed order with its document, None where the ERP shows none; the same look twice has no news.

    What is expected at first is the order as it was approved. Every state in `News.to` can be reached from the one
    before, in the order of the news.
    """
    known = stored.known or expected(stored.order)
    if document is None or not (document.lines or document.state in _ENDED):
        return _out_of_sight(stored, known, now, patience)
    found = _found(stored, known)
    known = known.without_doubt()
    if document.state is _D.CANCELLED:
        gone = replace(known, state=_D.CANCELLED)
        return Sighting((*found, *_cancelled(stored.erp_number, "cancelled by a person", stored.state)), gone)
    waiting, known = _approval(stored, known, document, now, patience)
    if document.state is _D.REFUSED:
        return _in_steps(stored.state, [*found, *waiting], known)
    changes, known = _lines(known, document)
    news = [*found, *waiting, *changes, *_end(stored, document, known)]
    return _in_steps(stored.state, news, known)


def expected(order: PurchaseOrder) -> Known:
    """What is known before the first look: the order as it was approved."""
    lines = tuple(
        KnownLine(line.number, line.item, line.location, line.quantity, line.price, line.price_unit, line.need_date)
        for line in order.lines
    )
    return Known(_D.PENDING, order.supplier, lines)


def accepted(order: PurchaseOrder, document: Document) -> Known:
    """What is known once a person has accepted a document as it is: its differences are no news any more."""
    start = expected(order)
    paired = pair(start.lines, document.lines)
    lines = tuple(after(line, held, closed=document.state is _D.CLOSED) for line, held in paired.pairs)
    return Known(document.state, document.supplier, lines, paired.strangers, accepted=paired.strangers)


def _out_of_sight(stored: StoredOrder, known: Known, now: datetime, patience: Patience) -> Sighting:
    """A document that is not shown, or without lines: told once it has been so for some time; it goes on counting."""
    if known.missing_since is None:
        return Sighting((), replace(known, missing_since=now))
    if known.missing_told or now - known.missing_since < patience.missing:
        return Sighting((), known)
    text = f"{stored.erp_number} is not shown whole by the ERP; it goes on counting as supply until somebody looks"
    return Sighting((News(NewsKind.MISSING, text),), replace(known, missing_told=True))


def _found(stored: StoredOrder, known: Known) -> list[News]:
    return [News(NewsKind.FOUND, f"{stored.erp_number} is shown again")] if known.missing_told else []


def _cancelled(number: str, words: str, state: OrderState) -> list[News]:
    to = _S.CANCELLED if _S.CANCELLED in TRANSITIONS[state] else None
    return [News(NewsKind.CANCELLED, f"{number} was {words} in the ERP", to)]


def _approval(
    stored: StoredOrder, known: Known, document: Document, now: datetime, patience: Patience
) -> tuple[list[News], Known]:
    """The ERP's own approval: passed, still pending, taken back, rejected."""
    number, state = stored.erp_number, document.state
    seen = replace(known, state=state)
    if state in _LIVES:
        fresh = stored.state is _S.VERIFIED
        again = stored.known is not None and known.state in _WAITS
        text = f"{number} is {state.value}"
        passed = [News(NewsKind.RELEASED, text, _S.RELEASED if fresh else None)] if fresh or again else []
        return passed, replace(seen, waits_since=None, waiting_told=False)
    if state is _D.REFUSED:
        to = _S.REFUSED if stored.state is _S.VERIFIED else None
        text = f"{number} was refused by the ERP's own approval"
        told = stored.known is not None and known.state is state
        return [] if told else [News(NewsKind.REJECTED, text, to)], seen
    return _pending(stored, known, replace(seen, waits_since=known.waits_since or now), now, patience)


def _pending(
    stored: StoredOrder, known: Known, seen: Known, now: datetime, patience: Patience
) -> tuple[list[News], Known]:
    number, state = stored.erp_number, seen.state
    news: list[News] = []
    if state is _D.HELD and known.state is not state:
        news.append(News(NewsKind.INCOMPLETE, f"{number} was taken back in the ERP and is incomplete"))
    elif state is _D.PENDING and stored.state is not _S.VERIFIED and known.state in _LIVES:
        news.append(News(NewsKind.PENDING_AGAIN, f"{number} waits for release in the ERP again"))
    since = stored.changed_at if stored.state is _S.VERIFIED else seen.waits_since or now
    if seen.waiting_told or now - since < patience.pending:
        return news, seen
    days = (now - since).days
    words = f"{number} has waited for release in the ERP for {days} days: the supplier does not have it yet"
    return [*news, News(NewsKind.PENDING, words, details={"days": str(days)})], replace(seen, waiting_told=True)


def _lines(known: Known, document: Document) -> tuple[list[News], Known]:
    """News of the lines, and of what surrounds them."""
    paired = pair(known.lines, document.lines)
    closed = document.state is _D.CLOSED
    # a line that is gone while there are strangers was exchanged, or is not recognised: doubt, which frees nothing
    doubted = set(paired.strangers) - set(known.accepted)
    lines = tuple(line if held is None and doubted else after(line, held, closed=closed) for line, held in paired.pairs)
    news: list[News] = []
    if document.supplier != known.supplier:
        words = f"supplier changed in the ERP: {known.supplier} → {document.supplier}"
        details = {"what": "supplier", "old": known.supplier, "new": document.supplier}
        news.append(News(NewsKind.CHANGED, words, details=details))
    unfound = [line.name for line, held in paired.pairs if held is None and not line.gone] if doubted else []
    news += [
        News(NewsKind.LINE_ADDED, _stranger(name, unfound)) for name in paired.strangers if name not in known.strangers
    ]
    before = {line.number: line for line in known.lines}
    news += [each for line in lines for each in news_of(before[line.number], line)]
    promised = _all_promised(lines)
    leading = [_leading(each, promised=promised) for each in news]
    return leading, replace(known, supplier=document.supplier, lines=lines, strangers=paired.strangers)


def _stranger(name: str, unfound: Sequence[str]) -> str:
    words = f"the document has a line for {name} that was not ordered here"
    return f"{words}; not found any more, and counting on: {', '.join(unfound)}" if unfound else words


def _all_promised(lines: Sequence[KnownLine]) -> bool:
    return all(line.promised_on is not None for line in lines if not line.gone)


def _leading(news: News, *, promised: bool) -> News:
    """An order is confirmed once every line of it is, and received in part with the first goods."""
    if news.kind is NewsKind.GOODS:
        return replace(news, to=_S.PART_RECEIVED)
    return replace(news, to=_S.CONFIRMED) if news.kind is NewsKind.CONFIRMED and promised else news


def _end(stored: StoredOrder, document: Document, known: Known) -> list[News]:
    """The last news: everything came, or nothing more will."""
    if document.state not in _LIVES or not all(line.complete for line in known.lines):
        return []
    number = stored.erp_number
    if any(line.received > 0 for line in known.lines):
        short = any(line.received < line.quantity for line in known.lines if not line.gone)
        words = f"{number} is closed, less than ordered was received" if short else f"{number} is received in full"
        return [News(NewsKind.RECEIVED, words, _S.RECEIVED)]
    if document.state is not _D.CLOSED:
        return []  # an order that still lives is never given up because its lines are gone
    return _cancelled(number, "closed without goods by a person", _S.RELEASED)


def _in_steps(state: OrderState, news: Sequence[News], known: Known) -> Sighting:
    return Sighting(tuple(_stepwise(state, news)), known)


def _stepwise(state: OrderState, news: Sequence[News]) -> Iterator[News]:
    """Leave only steps forward that the order may take; other news leaves the order where it is."""
    for each in news:
        to = each.to
        if to is None or to not in TRANSITIONS[state] or _backward(state, to):
            yield replace(each, to=None)
        else:
            state = to
            yield each


def _backward(state: OrderState, to: OrderState) -> bool:
    return to in _STEPS and state in _STEPS and _STEPS.index(to) <= _STEPS.index(state)
