"""Turns the figures beside a decision into sentences for mail, console and command line.

It computes nothing that the plan did not record; numbers come from the decisions table only.
"""

from collections.abc import Mapping

import pandas as pd

from bot.tables.plan import REASONS

Row = Mapping[str, object]


def explain(row: Row) -> list[str]:
    """Sentences that answer: why this order, or why none; headline first.

    `row` is one row of the decisions table (see bot.tables.plan), values as stored.
    """
    sentences = [headline(row)]
    if _known(row, "inventory_position"):
        sentences.append(_position(row))
    if _known(row, "interval_mean"):
        sentences.append(_demand(row))
    if _known(row, "reorder_point"):
        sentences.append(_target(row))
    if _number(row, "quantity") > 0:
        sentences.extend(_quantity(row))
    return [*sentences, *_policy(row)]


def headline(row: Row) -> str:
    """One sentence: what happens with this item-location, and why."""
    name = f"{row['item']}@{row['location']}"
    reason = REASONS[str(row["reason"])].meaning
    quantity = _number(row, "quantity")
    if quantity > 0:
        verb = _VERBS.get(str(row["decision"]), "would order")
        return (
            f"{name}: {verb} {_show(quantity)} {_word(row, 'unit')} from {row['supplier']}, "
            f"needed by {_day(row, 'need_date')}, because {reason}."
        )
    return f"{name}: no order, because {reason}."


_VERBS = {"auto": "order", "approve": "ask a buyer to order", "block": "hold back an order of"}


def _position(row: Row) -> str:
    unit = _word(row, "unit")
    parts = [f"{_show(_number(row, 'on_hand'))} on hand"]
    parts += [
        f"{sign} {_show(_number(row, name))} {words}"
        for name, sign, words in _PARTS
        if _known(row, name) and _number(row, name)
    ]
    return f"Inventory position {_show(_number(row, 'inventory_position'))} {unit} = {' '.join(parts)}."


_PARTS = (
    ("inspection", "+", "in inspection"),
    ("in_transit", "+", "in transit"),
    ("on_order", "+", "on order and due in time"),
    ("in_flight", "+", "in own orders that the ERP does not show yet"),
    ("reserved", "-", "reserved"),
    ("backorders", "-", "owed"),
)


def _demand(row: Row) -> str:
    unit = _word(row, "unit")
    return (
        f"Over the next {_show(_number(row, 'interval_days'))} days (to the next order "
        f"{_show(_number(row, 'review_days'))}, lead time {_show(_number(row, 'lead_time_days'))}) demand is expected "
        f"to be {_show(_number(row, 'interval_mean'))} {unit}; in one case of ten it is above "
        f"{_show(_number(row, 'interval_q90'))}. Demand is {_word(row, 'pattern')}, model {_word(row, 'forecaster')}."
    )


def _target(row: Row) -> str:
    return (
        f"To cover it with probability {_number(row, 'service_level'):.1%} an order is due below "
        f"{_show(_number(row, 'reorder_point'))} and goes up to {_show(_number(row, 'order_up_to'))}; without an order "
        f"the risk of running out is {_number(row, 'stockout_risk'):.0%}."
    )


def _quantity(row: Row) -> list[str]:
    sentences = [
        f"Needed {_show(_number(row, 'needed'))}, ordered {_show(_number(row, 'quantity'))} "
        f"(minimum {_show(_number(row, 'moq'))}, in steps of {_show(_number(row, 'order_multiple'))}); the position "
        f"then lasts about {_show(_number(row, 'cover_days_after'))} days."
    ]
    if _known(row, "supplier_score_pct"):
        sentences.append(
            f"Supplier {row['supplier']} is on time in full for at least {_number(row, 'supplier_score_pct'):.0f} % of "
            f"lines ({_show(_number(row, 'supplier_lines'))} lines known)."
        )
    return sentences


def _policy(row: Row) -> list[str]:
    sentences = []
    if guards := _word(row, "guards"):
        sentences.append(f"Guards that fired: {guards.replace(' ', ', ')}.")
    if rules := _word(row, "rules"):
        sentences.append(f"Policy rules behind it: {rules.replace(' ', ', ')} (mode {_word(row, 'mode')}).")
    return sentences


def _known(row: Row, name: str) -> bool:
    value = row.get(name)
    return value is not None and not pd.isna(value)  # type: ignore[call-overload,no-any-return]


def _number(row: Row, name: str) -> float:
    return float(row[name]) if _known(row, name) else 0.0  # type: ignore[arg-type]


def _word(row: Row, name: str) -> str:
    return str(row[name]) if _known(row, name) else ""


def _day(row: Row, name: str) -> str:
    return _word(row, name)[:10]


def _show(value: float) -> str:
    """A number as people write it: whole where it is whole, else one decimal (more for small ones)."""
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
