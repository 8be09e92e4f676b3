"""Decided rows become purchase orders: the seam between columns and objects.

One order per supplier, receiving location, currency and verdict; it neither stores nor sends.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

import pandas as pd

from bot.orders import keys
from bot.orders.model import DraftOrder, GuardHit, Money, OrderLine, PurchaseOrder, StoredOrder, Verdict
from bot.orders.money import from_minor, rounded
from bot.orders.plan import Memory
from bot.tables.plan import EXPLANATION, FIGURES

KEPT_CHANGE = Decimal("0.1")  # a waiting draft is kept while no quantity moves by more than this share
Scalar = str | float | int | bool | None

_GROUP = ["supplier", "location", "currency", "decision"]
MINIMUM, SUPPLIER_MINIMUM = "min_order_value", "supplier_minimum"
_EVIDENCE = [*(name for name in FIGURES if name not in {"guards", "rules", MINIMUM}), *EXPLANATION, MINIMUM, "chart"]


def draft_orders(
    decisions: pd.DataFrame, *, system: str, installation: str, currency: str, memory: Memory
) -> tuple[DraftOrder, ...]:
    """Draft the orders of all rows whose decision is auto, approve or block, sorted by supplier and location.

    `decisions` has the columns of bot.tables.plan plus order_unit, unit_factor and guard_hits (tuples of
    GuardHit); `currency` is the policy's. ValueError when a quantity or price of an order is not a number.
    """
    due = decisions[decisions["decision"].isin([verdict.value for verdict in Verdict]) & (decisions["quantity"] > 0)]
    rows = due.astype(dict.fromkeys([*_GROUP, "item"], "str")).sort_values([*_GROUP, "item"], kind="stable")
    lines, evidence = _lines(rows, _sequences(memory.sequences)), _evidence(rows)
    amounts, hits, rules = (rows[name].tolist() for name in ("amount_minor", "guard_hits", "rules"))
    days = rows["order_date"].dt.date.tolist()
    keyed = enumerate(zip(*(rows[name].tolist() for name in _GROUP), strict=True))
    drafts = []
    for (supplier, location, own, verdict), members in groupby(keyed, key=itemgetter(1)):
        places = [place for place, _ in members]
        numbered = tuple(replace(lines[place], number=number) for number, place in enumerate(places, start=1))
        order = PurchaseOrder("", 0, system, supplier, location, own, days[places[0]], numbered)
        drafts.append(
            DraftOrder(
                _kept(order, memory.waiting) or _keyed(order, installation, memory.revisions),
                Verdict(verdict),
                _value([amounts[place] for place in places], currency),
                tuple(dict.fromkeys(hit for place in places for hit in hits[place])),
                tuple(dict.fromkeys(rule for place in places for rule in _word(rules[place]).split())),
                {number: evidence[place] for number, place in enumerate(places, start=1)},
            )
        )
    return tuple(drafts)


def amended(stored: StoredOrder, quantities: Mapping[int, Decimal], installation: str) -> DraftOrder:
    """The next revision of a stored draft with other quantities [base units] on some lines; 0 drops the line.

    The value scales with the amount. ValueError when no line would remain, when a quantity is negative or
    not a number, or when the draft has no such line.
    """
    draft, old = stored.draft, stored.order
    _refuse_impossible(old, quantities)
    wanted = {line.number: quantities.get(line.number, line.quantity) for line in old.lines}
    lines = tuple(replace(line, quantity=wanted[line.number]) for line in old.lines if wanted[line.number] > 0)
    if not lines:
        raise ValueError("an order without lines: reject it instead")
    key = keys.order_key(installation, [line.need_key for line in lines], old.revision + 1)
    order = replace(old, order_key=key, revision=old.revision + 1, lines=lines)
    value, before = draft.value, old.total.amount
    if value is not None and before:
        value = Money(rounded(value.amount * order.total.amount / before, value.currency), value.currency)
    kept = {line.number: draft.evidence[line.number] for line in lines if line.number in draft.evidence}
    return replace(draft, order=order, value=value, evidence=kept)


def rest_of(
    draft: DraftOrder,
    taken: set[str],
    installation: str,
    revisions: Mapping[str, tuple[int, str]],
    waiting: Mapping[str, PurchaseOrder],
) -> DraftOrder | None:
    """What is left of a draft without the lines whose need keys are `taken`; None when nothing is.

    `revisions` and `waiting` as in Memory, so the rest gets the key that the planner would have given it. An
    automatic order that falls below the supplier's minimum value this way goes to a person.
    """
    left = [line for line in draft.order.lines if line.need_key not in taken]
    if not left:
        return None
    lines = tuple(replace(line, number=number) for number, line in enumerate(left, start=1))
    cut = replace(draft.order, order_key="", revision=0, lines=lines)
    order = _kept(cut, waiting) or _keyed(cut, installation, revisions)
    evidence = {number: draft.evidence.get(line.number, {}) for number, line in enumerate(left, start=1)}
    made = replace(draft, order=order, value=_share(draft, order, evidence), evidence=evidence)
    return _with_minimum(made)


def _share(draft: DraftOrder, order: PurchaseOrder, evidence: Mapping[int, Mapping[str, Scalar]]) -> Money | None:
    """Value of the lines that are left: their own amounts, else their share of the whole."""
    value, before = draft.value, draft.order.total.amount
    if value is None:
        return None
    amounts = [figures.get("amount_minor") for figures in evidence.values()]
    if all(isinstance(amount, int) for amount in amounts):
        return _value([int(amount or 0) for amount in amounts], value.currency)
    if not before:
        return value
    return Money(rounded(value.amount * order.total.amount / before, value.currency), value.currency)


def _with_minimum(draft: DraftOrder) -> DraftOrder:
    least = max((_number(figures.get(MINIMUM)) for figures in draft.evidence.values()), default=0.0)
    total = draft.order.total.amount
    if draft.verdict is not Verdict.AUTO or total >= exact(least):
        return draft
    hit = GuardHit(SUPPLIER_MINIMUM, f"{total:,.2f}", f"{least:,.2f}")
    return replace(draft, verdict=Verdict.APPROVE, guards=(*draft.guards, hit))


def _number(value: Scalar) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _refuse_impossible(order: PurchaseOrder, quantities: Mapping[int, Decimal]) -> None:
    numbers = {line.number for line in order.lines}
    for number, quantity in quantities.items():
        if number not in numbers:
            raise ValueError(f"the order has no line {number}")
        if not quantity.is_finite() or quantity < 0:
            raise ValueError(f"line {number}: {quantity} is not a quantity")


def _kept(order: PurchaseOrder, drafts: Mapping[str, PurchaseOrder]) -> PurchaseOrder | None:
    """The draft that already waits for the same needs, where nothing material changed; a buyer is not asked anew.

    Material is another price, unit or currency, a quantity that moved by more than KEPT_CHANGE, or a date past.
    """
    waiting = drafts.get(keys.needs_digest(line.need_key for line in order.lines))
    if waiting is None or waiting.currency != order.currency:
        return None
    old = {line.need_key: line for line in waiting.lines}
    pairs = [(old[line.need_key], line) for line in order.lines]
    same = all(
        (before.price, before.price_unit, before.order_unit, before.unit_factor)
        == (now.price, now.price_unit, now.order_unit, now.unit_factor)
        and abs(before.quantity - now.quantity) <= KEPT_CHANGE * before.quantity
        and before.need_date >= order.order_date
        for before, now in pairs
    )
    order_of_lines = [line.need_key for line in waiting.lines] == [line.need_key for line in order.lines]
    return waiting if same and order_of_lines else None


def _keyed(order: PurchaseOrder, installation: str, revisions: Mapping[str, tuple[int, str]]) -> PurchaseOrder:
    """The order with its key; the revision rises only when the content differs from the newest one known."""
    needs = [line.need_key for line in order.lines]
    last, content = revisions.get(keys.needs_digest(needs), (0, ""))
    revision = last if content in {"", order.content_hash} else last + 1
    return replace(order, order_key=keys.order_key(installation, needs, revision), revision=revision)


def _lines(rows: pd.DataFrame, sequences: Mapping[tuple[str, ...], int]) -> list[OrderLine]:
    """One line per row, numbered later; column by column, as cells of a frame are slow to reach."""
    units = rows["unit"].astype("str").tolist()
    order_units = [_word(value) or unit for value, unit in zip(rows["order_unit"].tolist(), units, strict=True)]
    need_dates = rows["need_date"].dt.date.tolist()
    places = list(zip(*(rows[name].tolist() for name in ("item", "location", "supplier")), strict=True))
    needs = [_need(place, day, sequences) for place, day in zip(places, need_dates, strict=True)]
    exacts = ([exact(value) for value in rows[name].tolist()] for name in ("quantity", "price", "price_unit"))
    factors = [_fraction(_word(value) or "1") for value in rows["unit_factor"].tolist()]
    words = [_word(value) for value in rows["description"].tolist()]
    return [
        OrderLine(1, item, location, quantity, unit, price, day, need, price_unit, order_unit, factor, text)
        for (item, location, _), quantity, price, price_unit, unit, day, need, order_unit, factor, text in zip(
            places, *exacts, units, need_dates, needs, order_units, factors, words, strict=True
        )
    ]


def _need(place: tuple[str, str, str], need_date: date, sequences: Mapping[tuple[str, ...], int]) -> str:
    week = keys.bucket(need_date)
    return keys.need_key(*place, week, sequences.get((*place, week), 0))


def exact(value: object) -> Decimal:
    """A float64 cell as the decimal a person would have written: the shortest text that gives the same float.

    ValueError when it is not a finite number.
    """
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(f"{number} cannot be ordered or priced")
    written = Decimal(repr(number))
    return Decimal(int(written)) if written == written.to_integral_value() else written


@lru_cache(maxsize=4096)
def _fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below or "1")


def _word(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _sequences(frame: pd.DataFrame) -> dict[tuple[str, ...], int]:
    names = [frame[name].astype("str").tolist() for name in ("item", "location", "supplier", "bucket")]
    return dict(zip(zip(*names, strict=True), frame["sequence"].astype("int64").tolist(), strict=True))


def _value(amounts: list[int], currency: str) -> Money | None:
    """Sum of the lines in the policy's currency; None when one of them has no rate (a negative amount)."""
    return None if min(amounts) < 0 else Money(from_minor(sum(amounts), currency), currency)


def _evidence(rows: pd.DataFrame) -> list[dict[str, Scalar]]:
    """The figures of each row by name, as JSON scalars."""
    blank: list[Scalar] = [None] * len(rows)
    columns = [_scalars(rows[name]) if name in rows else blank for name in _EVIDENCE]
    return [dict(zip(_EVIDENCE, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _scalars(column: pd.Series) -> list[Scalar]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(column.dtype):
        column = column.round(6)
    cells: list[Scalar] = column.astype(object).where(column.notna(), None).tolist()
    return cells
