"""Turns the figures beside a decision into sentences for mail, console and command line.

It computes nothing that the plan did not record; numbers come from the decisions table only.
"""

from bot.cells import UNKNOWN, Row, amount, counts, day, exact, figure, known, number, share, show, word
from bot.explain_forecast import changed, forecast_sentences
from bot.guards.table import GUARDS
from bot.tables.plan import REASONS

LONG_DAYS = 3650.0
_VERBS = {"auto": "order", "approve": "ask a buyer to order", "block": "hold back an order of"}
_PARTS = (
    ("inspection", "+", "in inspection"),
    ("in_transit", "+", "in transit"),
    ("on_order", "+", "on order and due in time"),
    ("in_flight", "+", "in own orders that the ERP does not show yet"),
    ("reserved", "-", "reserved"),
    ("backorders", "-", "owed"),
)


def explain(row: Row) -> list[str]:
    """Sentences that answer: why this order, or why none; headline first.

    `row` is one row of the decisions table (see bot.tables.plan), values as stored; a figure that is missing
    is called unknown or left out with its sentence, never shown as zero.
    """
    sentences = [headline(row)]
    for name, sentence in _ABOUT:
        if known(row, name):
            sentences.append(sentence(row))
    sentences += [*forecast_sentences(row), *changed(row)]
    if _ordered(row):
        sentences.extend(_quantity(row))
    return [*sentences, *_policy(row)]


def headline(row: Row) -> str:
    """One sentence: what happens with this item-location, and why."""
    name = f"{word(row, 'item') or UNKNOWN}@{word(row, 'location') or UNKNOWN}"
    code = word(row, "reason")
    reason = REASONS[code].meaning if code in REASONS else f"of {code or 'an unknown reason'}"
    if not _ordered(row):
        return f"{name}: no order, because {reason}."
    verb = _VERBS.get(word(row, "decision"), "would order")
    return (
        f"{name}: {verb} {amount(row, 'quantity')} from {word(row, 'supplier') or UNKNOWN}, "
        f"needed by {day(row, 'need_date')}, because {reason}."
    )


def _position(row: Row) -> str:
    parts = [f"{figure(row, 'on_hand')} on hand"]
    parts += [f"{sign} {figure(row, name)} {words}" for name, sign, words in _PARTS if counts(row, name)]
    later = f" {figure(row, 'on_order_later')} more on order come too late to count." if _late(row) else ""
    return f"Inventory position {amount(row, 'inventory_position')} = {' '.join(parts)}.{later}"


def _late(row: Row) -> bool:
    return counts(row, "on_order_later")


def _demand(row: Row) -> str:
    return (
        f"Over the next {figure(row, 'interval_days')} days (to the next order {figure(row, 'review_days')}, "
        f"lead time {figure(row, 'lead_time_days')} from {figure(row, 'lead_time_lines')} lines of its own) demand "
        f"is expected to be {amount(row, 'interval_mean')}; half the time it is above {figure(row, 'interval_q50')}, "
        f"in one case of ten above {figure(row, 'interval_q90')} and in one below {figure(row, 'interval_q10')}. "
        f"Recently it was {figure(row, 'recent_mean')} per day. "
        f"Demand is {word(row, 'pattern') or UNKNOWN}, model {word(row, 'forecaster') or UNKNOWN}.{_mended(row)}"
    )


def _mended(row: Row) -> str:
    """What had to be mended in the forecast, or why the forecaster that policy names was not used."""
    note = word(row, "forecast_fallback")
    return f" About the forecast: {note}." if note else ""


def _target(row: Row) -> str:
    told = [
        f"{figure(row, name)} {words}" for name, words in (("firm", "firm"), ("added", "on top")) if counts(row, name)
    ]
    needs = f" Known needs in that time: {', '.join(told)}." if told else ""
    return (
        f"To cover it with probability {share(row, 'service_level', 1)} an order is due below "
        f"{figure(row, 'reorder_point')} and goes up to {figure(row, 'order_up_to')}; without an order "
        f"the risk of running out is {share(row, 'stockout_risk', 0)}.{needs}"
    )


_ABOUT = (("inventory_position", _position), ("interval_mean", _demand), ("reorder_point", _target))


def _quantity(row: Row) -> list[str]:
    most = f", at most {figure(row, 'max_quantity')}" if counts(row, "max_quantity") else ""
    lots = f"minimum {figure(row, 'moq')}, in steps of {figure(row, 'order_multiple')}{most}"
    needed = f"Needed {figure(row, 'needed')}, ordered {figure(row, 'quantity')} ({lots})"
    sentences = [f"{needed}; the position then lasts {_cover(row)}."]
    if known(row, "price"):
        price = f"{exact(row, 'price')} {word(row, 'currency')}".strip()
        sentences.append(f"Price {price} per {figure(row, 'price_unit')} {word(row, 'unit')}".strip() + ".")
    if known(row, "supplier_score_pct"):
        sentences.append(
            f"Supplier {word(row, 'supplier') or UNKNOWN} is on time in full for at least "
            f"{number(row, 'supplier_score_pct'):.0f} % of lines ({figure(row, 'supplier_lines')} lines known)."
        )
    return sentences


def _cover(row: Row) -> str:
    if number(row, "cover_days_after") > LONG_DAYS:
        return "more than ten years"
    return f"about {figure(row, 'cover_days_after')} days"


def _policy(row: Row) -> list[str]:
    sentences = []
    if guards := word(row, "guards"):
        named = [GUARDS[name].meaning if name in GUARDS else name.replace("_", " ") for name in guards.split()]
        sentences.append(f"What a person should look at (a check without figures counts too): {'; '.join(named)}.")
    if doubts := word(row, "doubts"):
        sentences.append(f"In doubt: {doubts}.")
    if rules := word(row, "rules"):
        sentences.append(f"Policy rules behind it: {rules.replace(' ', ', ')} (mode {word(row, 'mode') or UNKNOWN}).")
    return sentences


def _ordered(row: Row) -> bool:
    return number(row, "quantity") > 0.0


__all__ = ["explain", "headline", "show"]
