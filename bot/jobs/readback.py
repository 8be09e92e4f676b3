"""Does the ERP hold what was approved? Compares an order with the document read back.

It is pure and asks no ERP; any difference is for a person, however small.
"""

from collections.abc import Sequence
from decimal import Decimal

from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import OrderLine, PurchaseOrder

DEAD = frozenset({DocumentState.REFUSED, DocumentState.CANCELLED})


def differences(order: PurchaseOrder, document: Document) -> list[str]:
    """What differs, in words: approved value against value found; empty = equal.

    Compared are supplier, currency, and per line item, location, quantity [base units], unit price and due date.
    """
    found = []
    if document.order_key != order.order_key:
        found.append(f"reference {order.order_key} approved, {document.order_key or 'none'} found")
    if document.supplier != order.supplier:
        found.append(f"supplier {order.supplier} approved, {document.supplier} found")
    if document.currency != order.currency:
        found.append(f"currency {order.currency} approved, {document.currency} found")
    if document.state in DEAD or document.state is DocumentState.HELD:
        found.append(f"the document is {document.state.value}")
    return found + _line_differences(order.lines, document.lines)


def _line_differences(approved: Sequence[OrderLine], held: Sequence[DocumentLine]) -> list[str]:
    if len(approved) != len(held):
        return [f"{len(approved)} lines approved, {len(held)} found"]
    wanted = sorted(approved, key=lambda line: (line.item, line.location, line.need_date, line.quantity))
    there = sorted(held, key=lambda line: (line.item, line.location, str(line.due_on), line.quantity))
    return [text for pair in zip(wanted, there, strict=True) for text in _differences_of_line(*pair)]


def _differences_of_line(line: OrderLine, held: DocumentLine) -> list[str]:
    pairs = {
        "item": (line.item, held.item),
        "location": (line.location, held.location),
        "quantity": (line.quantity, held.quantity),
        "due date": (line.need_date, held.due_on),
    }
    found = [
        f"line {line.number}: {what} {approved} approved, {there} found"
        for what, (approved, there) in pairs.items()
        if approved != there
    ]
    if not _same_price(line, held):
        found.append(
            f"line {line.number}: price {line.price} per {line.price_unit} approved, "
            f"{held.price} per {held.price_unit} found"
        )
    return found


def _same_price(line: OrderLine, held: DocumentLine) -> bool:
    """Compare exactly without dividing: 5 per 10 equals 50 per 100."""
    if held.price_unit <= Decimal(0):
        return False
    return line.price * held.price_unit == held.price * line.price_unit
