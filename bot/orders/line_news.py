"""What is new on the lines of a document: changes by people, promises, goods, endings.

It pairs lines and compares figures; what that means for the order as a whole is `sighting`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.orders.document import DocumentLine
from bot.orders.known import KnownLine
from bot.orders.news import News, NewsKind

Pair = tuple[KnownLine, DocumentLine | None]


@dataclass(frozen=True, slots=True)
class Paired:
    """Every known line with what the document holds for it, None where it holds nothing, and lines of nobody."""

    pairs: tuple[Pair, ...]
    strangers: tuple[str, ...]


def pair(known: Sequence[KnownLine], held: Sequence[DocumentLine]) -> Paired:
    """Pair by item and location; several of one item by the ERP's name of the line, then by day and quantity.

    Where an ERP shows one line in parts (delivery schedules), the parts are added up.
    """
    pairs: list[Pair] = []
    for place in dict.fromkeys((line.item, line.location) for line in known):
        ours = [line for line in known if (line.item, line.location) == place]
        theirs = [line for line in held if (line.item, line.location) == place]
        pairs += _of_place(ours, theirs)
    ordered = {(line.item, line.location) for line in known}
    strangers = sorted({f"{line.item}@{line.location}" for line in held if (line.item, line.location) not in ordered})
    return Paired(tuple(sorted(pairs, key=lambda each: each[0].number)), tuple(strangers))


def _of_place(ours: list[KnownLine], theirs: list[DocumentLine]) -> list[Pair]:
    if len(ours) == 1:
        return [(ours[0], _together(theirs))]
    named = {line.ref: line for line in ours if line.ref}
    parts: dict[int, list[DocumentLine]] = {line.number: [] for line in ours}
    left: list[DocumentLine] = []
    for line in theirs:
        owner = named.get(line.line) if line.line else None
        (parts[owner.number] if owner else left).append(line)
    free = sorted((o for o in ours if not parts[o.number]), key=lambda o: (str(o.due_on), o.quantity))
    rest = sorted(left, key=lambda line: (str(line.due_on), line.quantity))
    for place, line in enumerate(rest):
        owner = free[min(place, len(free) - 1)] if free else ours[-1]
        parts[owner.number].append(line)
    return [(line, _together(parts[line.number])) for line in ours]


def _together(parts: list[DocumentLine]) -> DocumentLine | None:
    """One line out of its parts: the first asked day, and a promise only once every open part has one."""
    if not parts:
        return None
    alive = [part for part in parts if not part.ended] or parts
    promises = [part.promised_on for part in alive]
    return replace(
        parts[0],
        quantity=sum((part.quantity for part in parts), Decimal(0)),
        received=sum((part.received for part in parts), Decimal(0)),
        due_on=min((part.due_on for part in parts if part.due_on), default=None),
        promised_on=None if None in promises else max(day for day in promises if day),
        ended=all(part.ended for part in parts),
    )


def after(line: KnownLine, held: DocumentLine | None, *, closed: bool) -> KnownLine:
    """What is known of a line after this look; `closed` = the document as a whole is."""
    if held is None:
        return replace(line, gone=True)
    moved = held.promised_on != line.promised_on and line.first_promised_on is not None
    return replace(
        line,
        quantity=held.quantity,
        price=held.price,
        price_unit=held.price_unit,
        due_on=held.due_on,
        promised_on=held.promised_on,
        first_promised_on=line.first_promised_on or held.promised_on,
        moves=line.moves + moved,
        received=held.received,
        ended=held.ended or closed,
        gone=False,
        ref=held.line or line.ref,
    )


def news_of(before: KnownLine, now: KnownLine) -> Iterator[News]:
    """What is new on a line, in the order in which people would tell it."""
    if now.gone:
        if not before.gone:
            yield _news(NewsKind.LINE_CANCELLED, now, "is no longer in the document: a person took it out")
        return
    if before.gone or (before.ended and not now.ended):
        yield _news(NewsKind.LINE_BACK, now, "delivers again")
    yield from _changes(before, now)
    yield from _promises(before, now)
    yield from _goods(before, now)
    if now.ended and not before.ended and now.received < now.quantity:
        words = f"ended in the ERP with {plain(now.received)} of {plain(now.quantity)} received"
        yield _news(NewsKind.CLOSED_SHORT, now, words, received=plain(now.received), quantity=plain(now.quantity))


def _changes(before: KnownLine, now: KnownLine) -> Iterator[News]:
    """What people changed of what was approved."""
    if before.quantity != now.quantity:
        yield _changed(now, "quantity", plain(before.quantity), plain(now.quantity))
    if before.price * now.price_unit != now.price * before.price_unit:
        yield _changed(now, "price", _price(before), _price(now))
    if before.due_on != now.due_on:
        yield _changed(now, "date", _day(before.due_on), _day(now.due_on))


def _changed(line: KnownLine, what: str, old: str, new: str) -> News:
    return _news(NewsKind.CHANGED, line, f"{what} changed in the ERP: {old} → {new}", what=what, old=old, new=new)


def _promises(before: KnownLine, now: KnownLine) -> Iterator[News]:
    if before.promised_on == now.promised_on:
        return
    if before.first_promised_on is None:
        words = f"confirmed for {_day(now.promised_on)}, asked for {_day(now.due_on)}"
        yield _news(NewsKind.CONFIRMED, now, words, promised_on=_day(now.promised_on), due_on=_day(now.due_on))
        return
    old, new, first = _day(before.promised_on), _day(now.promised_on), _day(now.first_promised_on)
    words = f"promise moved: {old} → {new}; first promised {first}, moved {now.moves} times"
    yield _news(NewsKind.PROMISE_MOVED, now, words, old=old, new=new, first=first, moves=str(now.moves))


def _goods(before: KnownLine, now: KnownLine) -> Iterator[News]:
    if before.received == now.received:
        return
    kind = NewsKind.GOODS if now.received > before.received else NewsKind.GOODS_BACK
    back = "" if kind is NewsKind.GOODS else f", {plain(before.received)} before: a receipt was reversed or sent back"
    words = f"{plain(now.received)} of {plain(now.quantity)} received{back}"
    yield _news(kind, now, words, received=plain(now.received), before=plain(before.received))


def _news(kind: NewsKind, line: KnownLine, words: str, **details: str) -> News:
    return News(kind, f"{line.name}: {words}", details={"line": str(line.number), **details})


def plain(value: Decimal) -> str:
    """A figure without exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _price(line: KnownLine) -> str:
    return plain(line.price) if line.price_unit == 1 else f"{plain(line.price)} per {plain(line.price_unit)}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no day"
