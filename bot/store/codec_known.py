"""What is known of an order's document as text in the database and back, without loss.

Decimals are strings, days and instants ISO; the same knowledge always gives the same text.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.orders.document import DocumentState
from bot.orders.known import Known, KnownLine


def dump_known(known: Known | None) -> str:
    """Write it as JSON; empty for an order that was not looked at yet."""
    if known is None:
        return ""
    content = {
        "state": known.state.value,
        "supplier": known.supplier,
        "lines": [_dump_line(line) for line in known.lines],
        "strangers": list(known.strangers),
        "accepted": list(known.accepted),
        "waits_since": _iso(known.waits_since),
        "waiting_told": known.waiting_told,
        "missing_since": _iso(known.missing_since),
        "missing_told": known.missing_told,
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def load_known(text: str) -> Known | None:
    """Inverse of `dump_known`."""
    if not text:
        return None
    content: dict[str, Any] = json.loads(text)
    return Known(
        state=DocumentState(content["state"]),
        supplier=content["supplier"],
        lines=tuple(_load_line(line) for line in content["lines"]),
        strangers=tuple(content["strangers"]),
        accepted=tuple(content["accepted"]),
        waits_since=_instant(content["waits_since"]),
        waiting_told=content["waiting_told"],
        missing_since=_instant(content["missing_since"]),
        missing_told=content["missing_told"],
    )


def _dump_line(line: KnownLine) -> dict[str, object]:
    return {
        "number": line.number,
        "item": line.item,
        "location": line.location,
        "quantity": str(line.quantity),
        "price": str(line.price),
        "price_unit": str(line.price_unit),
        "due_on": _iso(line.due_on),
        "promised_on": _iso(line.promised_on),
        "first_promised_on": _iso(line.first_promised_on),
        "moves": line.moves,
        "received": str(line.received),
        "ended": line.ended,
        "gone": line.gone,
        "ref": line.ref,
    }


def _load_line(line: dict[str, Any]) -> KnownLine:
    return KnownLine(
        number=line["number"],
        item=line["item"],
        location=line["location"],
        quantity=Decimal(line["quantity"]),
        price=Decimal(line["price"]),
        price_unit=Decimal(line["price_unit"]),
        due_on=_day(line["due_on"]),
        promised_on=_day(line["promised_on"]),
        first_promised_on=_day(line["first_promised_on"]),
        moves=line["moves"],
        received=Decimal(line["received"]),
        ended=line["ended"],
        gone=line["gone"],
        ref=line["ref"],
    )


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
