"""Turns the figures beside a decision into sentences for mail, console and command line.

It computes nothing that the plan did not record; numbers come from the decisions table only.
"""

import math
from collections.abc import Mapping

import pandas as pd

from bot.guards.table import GUARDS
from bot.tables.plan import REASONS

Row = Mapping[str, object]

UNKNOWN = "unknown"
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
        if _known(row, name):
            sentences.append(sentence(row))
    if _ordered(row):
        sentences.extend(_quantity(row))
    return [*sentences, *_policy(row)]


def headline(row: Row) -> str:
    """One sentence: what happens with this item-location, and why."""
    name = f"{_word(row, 'item') or UNKNOWN}@{_word(row, 'location') or UNKNOWN}"
    code = _word(row, "reason")
    reason = REASONS[code].meaning if code in REASONS else f"of {code or 'an unknown reason'}"
    if not _ordered(row):
        return f"{name}: no order, because {reason}."
    verb = _VERBS.get(_word(row, "decision"), "would order")
    return (
        f"{name}: {verb} {_amount(row, 'quantity')} from {_word(row, 'supplier') or UNKNOWN}, "
        f"needed by {_day(row, 'need_date')}, because {reason}."
    )


def _position(row: Row) -> str:
    parts = [f"{_figure(row, 'on_hand')} on hand"]
    parts += [f"{sign} {_figure(row, name)} {words}" for name, sign, words in _PARTS if _counts(row, name)]
    later = f" {_figure(row, 'on_order_later')} more on order come too late to count." if _late(row) else ""
    return f"Inventory position {_amount(row, 'inventory_position')} = {' '.join(parts)}.{later}"


def _late(row: Row) -> bool:
    return _counts(row, "on_order_later")


def _demand(row: Row) -> str:
    return (
        f"Over the next {_figure(row, 'interval_days')} days (to the next order {_figure(row, 'review_days')}, "
        f"lead time {_figure(row, 'lead_time_days')} from {_figure(row, 'lead_time_lines')} lines of its own) demand "
        f"is expected to be {_amount(row, 'interval_mean')}; half the time it is above {_figure(row, 'interval_q50')}, "
        f"in one case of ten above {_figure(row, 'interval_q90')} and in one below {_figure(row, 'interval_q10')}. "
        f"Recently it was {_figure(row, 'recent_mean')} per day. "
        f"Demand is {_word(row, 'pattern') or UNKNOWN}, model {_word(row, 'forecaster') or UNKNOWN}.{_mended(row)}"
    )


def _mended(row: Row) -> str:
    """What had to be mended in the forecast, or why the forecaster that policy names was not used."""
    note = _word(row, "forecast_fallback")
    return f" About the forecast: {note}." if note else ""


def _target(row: Row) -> str:
    known = [
        f"{_figure(row, name)} {words}" for name, words in (("firm", "firm"), ("added", "on top")) if _counts(row, name)
    ]
    needs = f" Known needs in that time: {', '.join(known)}." if known else ""
    return (
        f"To cover it with probability {_share(row, 'service_level', 1)} an order is due below "
        f"{_figure(row, 'reorder_point')} and goes up to {_figure(row, 'order_up_to')}; without an order "
        f"the risk of running out is {_share(row, 'stockout_risk', 0)}.{needs}"
    )


_ABOUT = (("inventory_position", _position), ("interval_mean", _demand), ("reorder_point", _target))


def _quantity(row: Row) -> list[str]:
    most = f", at most {_figure(row, 'max_quantity')}" if _counts(row, "max_quantity") else ""
    lots = f"minimum {_figure(row, 'moq')}, in steps of {_figure(row, 'order_multiple')}{most}"
    needed = f"Needed {_figure(row, 'needed')}, ordered {_figure(row, 'quantity')} ({lots})"
    sentences = [f"{needed}; the position then lasts {_cover(row)}."]
    if _known(row, "price"):
        price = f"{_exact(row, 'price')} {_word(row, 'currency')}".strip()
        sentences.append(f"Price {price} per {_figure(row, 'price_unit')} {_word(row, 'unit')}".strip() + ".")
    if _known(row, "supplier_score_pct"):
        sentences.append(
            f"Supplier {_word(row, 'supplier') or UNKNOWN} is on time in full for at least "
            f"{_number(row, 'supplier_score_pct'):.0f} % of lines ({_figure(row, 'supplier_lines')} lines known)."
        )
    return sentences


def _cover(row: Row) -> str:
    if _number(row, "cover_days_after") > LONG_DAYS:
        return "more than ten years"
    return f"about {_figure(row, 'cover_days_after')} days"


def _policy(row: Row) -> list[str]:
    sentences = []
    if guards := _word(row, "guards"):
        named = [GUARDS[name].meaning if name in GUARDS else name.replace("_", " ") for name in guards.split()]
        sentences.append(f"What a person should look at (a check without figures counts too): {'; '.join(named)}.")
    if doubts := _word(row, "doubts"):
        sentences.append(f"In doubt: {doubts}.")
    if rules := _word(row, "rules"):
        sentences.append(f"Policy rules behind it: {rules.replace(' ', ', ')} (mode {_word(row, 'mode') or UNKNOWN}).")
    return sentences


def _known(row: Row, name: str) -> bool:
    value = row.get(name)
    return value is not None and not pd.isna(value)  # type: ignore[call-overload]


def _number(row: Row, name: str) -> float:
    return float(row[name]) if _known(row, name) else math.nan  # type: ignore[arg-type]


def _counts(row: Row, name: str) -> bool:
    """Whether the figure is known and not zero."""
    return _known(row, name) and _number(row, name) != 0.0


def _ordered(row: Row) -> bool:
    return _number(row, "quantity") > 0.0


def _word(row: Row, name: str) -> str:
    return str(row[name]) if _known(row, name) else ""


def _day(row: Row, name: str) -> str:
    return _word(row, name)[:10] or f"an {UNKNOWN} day"


def _figure(row: Row, name: str) -> str:
    return show(_number(row, name))


def _amount(row: Row, name: str) -> str:
    """A quantity with its unit."""
    return f"{_figure(row, name)} {_word(row, 'unit')}".strip()


def _exact(row: Row, name: str) -> str:
    """A price with all its decimals."""
    return f"{_number(row, name):,.6f}".rstrip("0").rstrip(".")


def _share(row: Row, name: str, decimals: int) -> str:
    return f"{_number(row, name):.{decimals}%}" if _known(row, name) else UNKNOWN


def show(value: float) -> str:
    """A number as people write it: whole where it is whole, else one decimal (more for small ones)."""
    if not math.isfinite(value):
        return UNKNOWN if math.isnan(value) else "without limit"
    if value == round(value):
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:,.1f}"
    return f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"
