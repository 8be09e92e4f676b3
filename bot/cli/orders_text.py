"""How `restock orders` words an order: cells of the list, JSON, and everything about one order as text.

It reads no database; the figures are those that the plan recorded.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.explain import explain
from bot.jobs.settle import possible
from bot.orders.model import OrderEvent, OrderState, StoredOrder
from bot.orders.news import KIND
from bot.render import words
from bot.render.reasons import guard_sentences, label

SHORT = 4


def fields(stored: StoredOrder) -> dict[str, Any]:
    """What list and show say alike, as JSON; amounts are exact texts, instants are UTC."""
    order = stored.order
    value = stored.draft.value or order.total
    return {
        "order_key": order.order_key,
        "short_key": order.order_key[:SHORT],
        "state": stored.state.value,
        "system": order.system,
        "supplier": order.supplier,
        "location": order.location,
        "value": {"amount": str(value.amount), "currency": value.currency},
        "created_at": stored.created_at.isoformat(),
        "changed_at": stored.changed_at.isoformat(),
        "erp_number": stored.erp_number,
        "attempts": stored.attempts,
        "note": stored.note,
    }


def row(stored: StoredOrder, age: str) -> list[str]:
    """The cells of one order in the list; `age` is the time in its state."""
    order = stored.order
    codes = [words.name(text, 24) for text in (order.system, order.supplier, order.location)]
    value = words.money(stored.draft.value or order.total)
    return [
        f"#{order.order_key[:SHORT]}", order.order_key, stored.state.value, *codes, value, age, stored.erp_number or "-"
    ]  # fmt: skip


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _differences(events: Sequence[OrderEvent]) -> list[str]:
    """What the newest read-back found to differ; empty when none did."""
    found = [event.reason for event in events if event.to_state is OrderState.MISMATCH]
    return found[-1].split("; ") if found else []


def details(stored: StoredOrder, events: Sequence[OrderEvent]) -> dict[str, Any]:
    """Lines, guards, differences and history as JSON."""
    order, evidence = stored.order, stored.draft.evidence
    return {
        "revision": order.revision,
        "order_date": order.order_date.isoformat(),
        "run_id": stored.run_id,
        "plan_id": stored.plan_id,
        "content_hash": stored.content_hash,
        "lines": [
            {
                "line": line.number, "item": line.item, "location": line.location, "description": line.description,
                "quantity": str(line.quantity), "unit": line.unit, "price": str(line.price),
                "price_unit": str(line.price_unit), "currency": order.currency,
                "need_date": line.need_date.isoformat(), "evidence": evidence.get(line.number, {}),
                "sentences": _sentences(stored, line.number),
            }
            for line in order.lines
        ],
        "guards": guard_sentences(stored.draft.guards),
        "rules": list(stored.draft.rules),
        "differences": _differences(events),
        "known": _known(stored),
        "events": [
            {
                "sequence": event.sequence, "at": event.at.isoformat(), "actor": event.actor,
                "from": event.from_state.value if event.from_state else None, "to": event.to_state.value,
                "reason": event.reason, "details": event.details,
            }
            for event in events
        ],
    }  # fmt: skip


def _known(stored: StoredOrder) -> dict[str, Any] | None:
    """What the ERP was last seen to hold, as JSON; None before the first look."""
    known = stored.known
    if known is None:
        return None
    lines = [
        {
            "line": line.number, "quantity": str(line.quantity), "received": str(line.received),
            "coming": str(line.coming), "due_on": _iso(line.due_on), "promised_on": _iso(line.promised_on),
            "first_promised_on": _iso(line.first_promised_on), "promise_moves": line.moves, "gone": line.gone,
        }
        for line in known.lines
    ]  # fmt: skip
    return {"state": known.state.value, "supplier": known.supplier, "lines": lines}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _in_erp(stored: StoredOrder, number: int, unit: str) -> list[str]:
    """What the ERP was last seen to hold of a line, in one sentence; nothing before the first look."""
    lines = stored.known.lines if stored.known else ()
    line = next((line for line in lines if line.number == number), None)
    if line is None:
        return []
    if line.gone:
        return ["In the ERP: the line was taken out by a person."]
    came = f"{words.quantity(line.received, unit)} of {words.quantity(line.quantity, unit)} received"
    promise = f", promised for {words.day(line.promised_on)}" if line.promised_on else ""
    first = f" (first {words.day(line.first_promised_on)}, moved {line.moves} times)" if line.moves else ""
    if line.moves and not line.promised_on:
        promise = ", no promise at present"
    return [f"In the ERP: {came}, {words.quantity(line.coming, unit)} to come{promise}{first}."]


def _sentences(stored: StoredOrder, number: int) -> list[str]:
    """Why this line: the figures that the plan recorded, in words; the headline is the line itself."""
    order = stored.order
    line = next(line for line in order.lines if line.number == number)
    answer = {"supplier": order.supplier, "quantity": float(line.quantity), "unit": line.unit}
    return explain({**stored.draft.evidence.get(number, {}), **answer})[1:]


def told(stored: StoredOrder, events: Sequence[OrderEvent]) -> list[str]:
    """Everything about one order, line by line of text."""
    order = stored.order
    number = f", {stored.erp_number} in the ERP" if stored.erp_number else ""
    parties = f"{order.system}: {words.name(order.supplier)} for {words.name(order.location)}"
    sent = words.count(stored.attempts, "attempt")
    text = [
        f"Order {order.order_key} (#{order.order_key[:SHORT]}): {stored.state.value}{number}",
        f"{parties}, {words.money(order.total)}, order date {words.day(order.order_date)}, {sent}",
    ]
    if stored.note:
        text.append(words.name(stored.note, 400))
    for line in order.lines:
        price = words.price(line.price, order.currency, line.price_unit)
        amount = f"{words.quantity(line.quantity, line.unit)} at {price}, needed by {words.day(line.need_date)}"
        text += ["", f"Line {line.number}: {label(line)}, {amount}"]
        text += [f"  {words.name(sentence, 600)}" for sentence in _sentences(stored, line.number)]
        text += [f"  {sentence}" for sentence in _in_erp(stored, line.number, line.unit)]
    for title, found in (("Guards", guard_sentences(stored.draft.guards)), ("Differences", _differences(events))):
        text += ["", f"{title}:", *(f"  {words.name(sentence, 400)}" for sentence in found)] if found else []
    text += ["", "History (UTC):", *map(_event, events)]
    ways = ", ".join(to.value for to in possible(stored.state))
    return [*text, "", f"A person may settle it to: {ways} (`restock orders settle`)"] if ways else text


def _event(event: OrderEvent) -> str:
    stayed = event.from_state is event.to_state
    what = event.details.get(KIND, "noted").replace("_", " ") if stayed else event.to_state.value
    head = f"  {event.at:%Y-%m-%d %H:%M:%S}  {what}, by {words.name(event.actor)}"
    return head + (f": {words.name(event.reason, 400)}" if event.reason else "")
