"""What a person may type on the order page, read and judged: reject reasons and changed quantities.

It is pure; nothing is stored here and the worker judges everything again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from bot.orders.model import PurchaseOrder
from bot.render.view import LineView, OrderView
from bot.render.words import quantity

REJECT_REASONS = {
    "demand_overstated": "The forecast is too high",
    "already_ordered": "Already ordered another way",
    "stock_wrong": "The stock figure is wrong",
    "phase_out": "The item is being phased out",
    "price_too_high": "The price is too high",
    "supplier_problem": "A problem with the supplier",
    "timing": "Not now",
    "budget": "No budget",
    "duplicate": "A duplicate",
    "other": "Something else",
}
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Typed:
    """What was understood, and what was not: `errors` maps form fields to sentences."""

    quantities: dict[int, Decimal]
    errors: dict[str, str]


def reject_reason(code: str, text: str) -> tuple[str, dict[str, str]]:
    """The reason as stored (`code` or `code: text`) and the errors by field."""
    said = " ".join(text.split())[:LONGEST_TEXT]
    if code not in REJECT_REASONS:
        return "", {"reason_code": "Choose a reason; it keeps the next plan from proposing the same again."}
    if code == "other" and not said:
        return "", {"reason_text": "Say in a few words why."}
    return (f"{code}: {said}" if said else code), {}


def changed_quantities(view: OrderView, typed: Mapping[str, str]) -> Typed:
    """Quantities in base units that differ from the proposal, each within the limits of its line; 0 drops it."""
    quantities: dict[int, Decimal] = {}
    errors: dict[str, str] = {}
    for part in view.lines:
        name = f"quantity_{part.line.number}"
        if name not in typed:
            continue
        value = _number(typed[name])
        problem = "Type a number, such as 1250 or 12.5" if value is None else _problem(part, value)
        if value is None or problem:
            errors[name] = f"{part.line.item}: {problem}."
        elif value != part.line.quantity:
            quantities[part.line.number] = value
    left = [quantities.get(part.line.number, part.line.quantity) for part in view.lines]
    if not errors and not any(left):
        errors[f"quantity_{view.lines[0].line.number}"] = "Nothing would be left; reject the order instead."
    if not errors and not quantities:
        errors[f"quantity_{view.lines[0].line.number}"] = "No quantity differs from the proposal."
    return Typed(quantities, errors)


def with_quantities(order: PurchaseOrder, quantities: Mapping[int, Decimal]) -> PurchaseOrder:
    """The order as it would be with other quantities, dropped lines shown with 0; everything else stays."""
    lines = tuple(replace(line, quantity=quantities.get(line.number, line.quantity)) for line in order.lines)
    return replace(order, lines=lines)


def _number(text: str) -> Decimal | None:
    """A plain decimal with a point; no exponent, no separators that could mean two things."""
    typed = text.strip()
    if not typed or len(typed) > 20 or any(character not in "0123456789." for character in typed):
        return None
    try:
        return Decimal(typed)
    except InvalidOperation:
        return None


def _problem(part: LineView, value: Decimal) -> str:
    unit = part.line.unit
    if not value:
        return ""
    if part.moq is not None and value < part.moq:
        return f"the supplier's minimum is {quantity(part.moq, unit)}"
    if part.most is not None and value > part.most:
        return f"at most {quantity(part.most, unit)}"
    if part.multiple is not None and value % part.multiple:
        return f"it comes in steps of {quantity(part.multiple, unit)}"
    return ""
