"""Sentences from the figures of a draft: why a line is proposed, what happens if nobody acts, what is risky.

It takes the evidence as it is and leaves out what is not there; it never computes a quantity.

The evidence has the figures of `bot.tables.plan` by name, all optional here, in base units where not said
otherwise. Beside them are read: `supplier_name`, `location_name`, `stockout_on` and `decide_by` (ISO days),
`max_quantity`, and `chart` (JSON text, see `chart.chart_from`).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.orders.model import GuardHit, OrderLine
from bot.render import words

Evidence = Mapping[str, str | float | int | bool | None]

GUARD_WORDS = {
    "auto_order_value_max": "Above the value that may go out alone",
    "order_value_max": "Above the largest order value",
    "spend_per_day_max": "Above the spend of the day",
    "spend_per_week_max": "Above the spend of the week",
    "quantity_vs_usual": "Quantity unlike the usual orders",
    "price_change": "Price moved against the last one",
    "cover_max_days": "Covers more days than allowed",
    "supplier_score_min": "Supplier reliability below the minimum",
    "always_for": "Policy always asks a person here",
    "mode": "The mode of this scope asks a person",
    "new_supplier": "First order at this supplier",
    "forecast_confidence": "Forecast is uncertain",
    "stock_data_age": "Stock figures are old",
}

_FIGURES = (
    ("on_hand", "On hand"),
    ("on_order", "On order, arriving in time"),
    ("in_flight", "Ordered, not yet seen in the ERP"),
    ("reserved", "Promised"),
    ("backorders", "Owed and overdue"),
    ("inventory_position", "Available in total"),
    ("reorder_point", "Reorder point"),
    ("order_up_to", "Target"),
    ("needed", "Needed before lot sizes"),
    ("moq", "Minimum order quantity"),
    ("order_multiple", "Order multiple"),
)


def number(evidence: Evidence, key: str) -> Decimal | None:
    """A finite figure of the evidence, exact as written; None when absent or not a number."""
    value = evidence.get(key)
    if value is None or isinstance(value, bool):
        return None
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def day_of(evidence: Evidence, key: str) -> date | None:
    """A day of the evidence; None when absent or not an ISO day."""
    try:
        return date.fromisoformat(str(evidence.get(key) or "")[:10])
    except ValueError:
        return None


def figures(line: OrderLine, evidence: Evidence) -> list[tuple[str, str]]:
    """The figures behind a line as (label, text), in reading order, only those that are known."""
    found = [
        (label, words.quantity(value, line.unit))
        for key, label in _FIGURES
        if (value := number(evidence, key)) is not None
    ]
    found += _demand_figures(line, evidence)
    for key, label in (("lead_time_days", "Lead time"), ("cover_days_after", "Lasts after this order")):
        if (days := number(evidence, key)) is not None:
            found.append((label, words.count(round(days), "day")))
    if (score := number(evidence, "supplier_score_pct")) is not None:
        sample = number(evidence, "supplier_lines")
        behind = f", {words.count(round(sample), 'order line')} behind it" if sample is not None else ""
        found.append(("On time in full, at least", f"{score:.0f} %{behind}"))
    for key, label in (("pattern", "Demand pattern"), ("forecaster", "Forecast by"), ("mode", "Mode")):
        if evidence.get(key):
            found.append((label, words.spoken(evidence[key])))
    return found


def _demand_figures(line: OrderLine, evidence: Evidence) -> list[tuple[str, str]]:
    """What is expected to be used until the next chance to order, with its range."""
    mean, low, high = (number(evidence, f"interval_{name}") for name in ("mean", "q10", "q90"))
    found = []
    if mean is not None:
        found.append(("Expected demand" + _within(evidence), words.quantity(round(mean, 1), line.unit)))
    if low is not None and high is not None:
        span = f"{words.quantity(round(low))} to {words.quantity(round(high), line.unit)}"
        found.append(("8 of 10 times between", span))
    if (level := number(evidence, "service_level")) is not None:
        found.append(("To be covered with", words.percent(float(level))))
    return found


def _within(evidence: Evidence) -> str:
    days = number(evidence, "interval_days")
    return "" if days is None else f" in {words.count(round(days), 'day')}"


def why(line: OrderLine, evidence: Evidence) -> str:
    """The one sentence that says why this line is proposed; the item is named by whoever shows it."""
    position, reorder = number(evidence, "inventory_position"), number(evidence, "reorder_point")
    demand, target = number(evidence, "interval_mean"), number(evidence, "order_up_to")
    if position is None:
        return f"{words.quantity(line.quantity, line.unit)} needed by {words.day(line.need_date)}."
    text = f"{words.quantity(position, line.unit)} on hand or under way"
    if demand is not None:
        text += f", {words.quantity(round(demand))} expected to be used{_within(evidence)}"
    if reorder is not None:
        side = "below" if position < reorder else "at" if position == reorder else "above"
        text += f": {side} the reorder point of {words.quantity(reorder)}"
    elif target is not None:
        text += f": short of the target of {words.quantity(target)}"
    return text + "."


def stock_out(line: OrderLine, evidence: Evidence) -> str:
    """What happens to this line's item without the order, or an empty text when nothing is known."""
    runs_out, risk = day_of(evidence, "stockout_on"), number(evidence, "stockout_risk")
    where = f"the stock at {words.name(line.location)}"
    if runs_out is not None:
        return f"{where} is expected to run out around {words.day(runs_out)}"
    if risk is not None:
        return f"{where} runs out before the next delivery with a probability of {words.percent(float(risk))}"
    return ""


def label(line: OrderLine) -> str:
    """How people call the item: `Hex bolt M8 (10000241)`, or the code alone."""
    code = words.name(line.item, 40)
    return f"{words.name(line.description, 60)} ({code})" if line.description else code


def guard_sentence(guard: GuardHit) -> str:
    """A guard that fired, in words: what was found, what the limit is."""
    head = GUARD_WORDS.get(guard.guard, words.spoken(guard.guard))
    tail = words.name(guard.found)
    if guard.limit:
        tail += f", limit {words.name(guard.limit)}" if tail else f"limit {words.name(guard.limit)}"
    return f"{head}: {tail}" if tail else head
