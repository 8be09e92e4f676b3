"""Sentences from the figures of a draft: why a line is proposed, what happens if nobody acts, what is risky.

It takes the evidence as it is and leaves out what is not there; the one figure derived here is the day on which
the stock is used up at the expected demand.

The evidence has the figures of `bot.tables.plan` by name, all optional here, in base units where not said
otherwise. Beside them are read: `supplier_name`, `location_name`, `stockout_on` and `decide_by` (ISO days),
`max_quantity`, and `chart` (JSON text, see `chart.chart_from`).
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from bot.explain_forecast import changed, forecast_sentences, in_short
from bot.orders.model import GuardHit, OrderLine
from bot.render import words

FAR_DAYS = 400
Evidence = Mapping[str, str | float | int | bool | None]

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
        if text := str(evidence.get(key) or ""):
            code = "(" not in text  # Name(key=value) stays as it was written
            found.append((label, words.spoken(text) if code else words.name(text)))
    if evidence.get("forecast_fallback"):
        found.append(("About the forecast", words.name(str(evidence["forecast_fallback"]), 2 * words.LONGEST_NAME)))
    if evidence.get("doubts"):
        found.append(("To be looked at", words.name(str(evidence["doubts"]))))
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


def behind(evidence: Evidence) -> list[str]:
    """How the forecast of a line knows, at length; what changed most is in `behind_in_short`."""
    told = (*forecast_sentences(evidence), *changed(evidence)[1:])
    return [words.name(text, 4 * words.LONGEST_NAME) for text in told]


def behind_in_short(evidence: Evidence) -> str:
    """One sentence about the forecast and one about what changed, for a mail; empty where nothing is known."""
    told = [text for text in (in_short(evidence), *changed(evidence)[:1]) if text]
    return words.name(" ".join(told), 4 * words.LONGEST_NAME)


def runs_out_on(evidence: Evidence, order_date: date) -> date | None:
    """Day on which stock and what is under way are used up at the expected demand; None when that is far or unknown.

    `stockout_on` wins when the evidence names it.
    """
    if (named := day_of(evidence, "stockout_on")) is not None:
        return named
    position, mean, days = (number(evidence, key) for key in ("inventory_position", "interval_mean", "interval_days"))
    if position is None or not mean or not days or mean < 0:
        return None
    lasts = max(position, Decimal(0)) * days / mean
    return order_date + timedelta(days=int(lasts)) if lasts <= FAR_DAYS else None


def stock_out(line: OrderLine, evidence: Evidence, order_date: date) -> str:
    """What happens to this line's item without the order, or an empty text when nothing is known."""
    runs_out, risk = runs_out_on(evidence, order_date), number(evidence, "stockout_risk")
    where = f"the stock at {words.name(line.location)}"
    chance = "" if risk is None else words.percent(float(risk))
    if runs_out is not None:
        known = f" (risk before the next delivery: {chance})" if chance else ""
        return f"{where} is expected to run out around {words.day(runs_out)}{known}"
    return f"{where} runs out before the next delivery with a probability of {chance}" if chance else ""


def label(line: OrderLine) -> str:
    """How people call the item: `Hex bolt M8 (10000241)`, or the code alone."""
    code = words.name(line.item, 40)
    return f"{words.name(line.description, 60)} ({code})" if line.description else code


GUARD_WORDS = {
    "auto_order_value_max": "worth more than goes out alone",
    "order_value_max": "worth more than may be ordered at all",
    "auto_spend_per_day_max": "the day's money for ordering alone is used up",
    "auto_spend_per_week_max": "the week's money for ordering alone is used up",
    "auto_orders_per_run_max": "more orders than may go out alone in one run",
    "qty_vs_usual_max_ratio": "quantity far above the usual receipt",
    "unit_slip": "quantity looks like a mixed-up unit",
    "price_rise_max_pct": "price has risen",
    "price_collar": "price far from the last one paid",
    "cover_max_days": "stock would last longer than wanted",
    "supplier_score_min_pct": "supplier delivers too unreliably",
    "stock_data_age_max_hours": "stock figures are too old",
    "forecast_jump": "forecast jumps far above recent demand",
    "supplier_blocked": "the ERP blocks the supplier",
    "erp_veto": "the ERP wants a person to order this",
    "data_doubt": "some of its data are in doubt",
    "new_item": "first order of this item",
    "new_supplier": "first order from this supplier",
    "freeze_approve": "a freeze shows every order to a person",
    "freeze_hold": "a freeze holds orders",
    "breaker_approve": "unusual data: every order is shown to a person",
    "breaker_hold": "unusual data: orders are held",
    "supplier_minimum": "below the supplier's minimum order value",
    "policy": "the policy files cannot be read",
    "policy_currency": "its value is not in the currency of the policy",
    "too_old": "approved too long ago, or needed before today",
    "spend": "over a spending cap",
}
UNCHECKED = "unknown"  # what a guard has found when a figure is missing, which counts as a hit
MODE_WORDS = {
    "observe": "observe mode: nothing is ordered",
    "shadow": "shadow mode: drafts are kept to be compared, nothing is ordered",
    "suggest": "suggest mode: every order is shown to a buyer",
    "assist": "assist mode: a person is asked about this one",
    "autonomous": "autonomous mode: a person is asked about this one",
}


def guard_words(name: str) -> str:
    """What a guard found, in a buyer's words and short enough for one line; unknown names are spelled out."""
    return GUARD_WORDS.get(name) or words.spoken(name).lower()


def reason_words(reason: object) -> str:
    """Why a person is asked, in words: a guard's name, `mode <mode>`, or a text that is kept."""
    text = str(reason)
    mode = text.removeprefix("mode ") if text.startswith("mode ") else ""
    return MODE_WORDS.get(mode) or GUARD_WORDS.get(text) or (guard_words(text) if "_" in text else text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def guard_sentence(guard: GuardHit) -> str:
    """A guard that fired, in words: what was found, what the limit is."""
    found, limit = words.name(guard.found), words.name(guard.limit)
    if found == UNCHECKED:
        return f"Could not be checked, figures are missing: {guard_words(guard.guard)}"
    tail = ", ".join(part for part in (found, f"limit {limit}" if limit else "") if part)
    said = _sentence(guard_words(guard.guard))
    return f"{said}: {tail}" if tail else said


def guard_sentences(guards: Iterable[GuardHit]) -> list[str]:
    """One sentence per guard; when it hit several times, the first hit speaks and the count is told."""
    hits: dict[str, list[GuardHit]] = {}
    for guard in guards:
        hits.setdefault(guard.guard, []).append(guard)
    return [
        guard_sentence(group[0]) + (f" (and {len(group) - 1} more like it)" if len(group) > 1 else "")
        for group in hits.values()
    ]
