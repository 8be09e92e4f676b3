"""Decided rows become purchase orders: the seam between columns and objects.

One order per supplier, receiving location, currency and verdict; it neither stores nor sends.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from bot.orders import keys
from bot.orders.model import DraftOrder, GuardHit, Money, OrderLine, PurchaseOrder, StoredOrder, Verdict
from bot.orders.money import from_minor
from bot.orders.plan import Memory
from bot.tables.plan import FIGURES

_GROUP = ["supplier", "location", "currency", "decision"]
_EVIDENCE = [*(name for name in FIGURES if name not in {"guards", "rules"}), "chart"]


def draft_orders(
    decisions: pd.DataFrame, *, system: str, installation: str, currency: str, memory: Memory
) -> tuple[DraftOrder, ...]:
    """Draft the orders of all rows whose decision is auto, approve or block, sorted by supplier and location.

    `decisions` has the columns of bot.tables.plan plus order_unit, unit_factor and guard_hits (tuples of
    GuardHit); `currency` is the policy's.
    """
    due = decisions[decisions["decision"].isin([verdict.value for verdict in Verdict]) & (decisions["quantity"] > 0)]
    sequences = _sequences(memory.sequences)
    drafts = []
    for _, group in due.astype(dict.fromkeys(_GROUP, "str")).sort_values([*_GROUP, "item"]).groupby(_GROUP, sort=True):
        rows = group.to_dict("records")
        order = _order(rows, system, installation, sequences, memory.revisions)
        drafts.append(_draft(order, rows, currency))
    return tuple(drafts)


def amended(stored: StoredOrder, quantities: Mapping[int, Decimal], installation: str) -> DraftOrder:
    """The next revision of a stored draft with other quantities [base units] on some lines; 0 drops the line.

    The value scales with the amount; ValueError when no line would remain.
    """
    draft, old = stored.draft, stored.order
    lines = tuple(
        _with_quantity(line, quantities.get(line.number, line.quantity))
        for line in old.lines
        if quantities.get(line.number, line.quantity) > 0
    )
    if not lines:
        raise ValueError("an order without lines: reject it instead")
    key = keys.order_key(installation, [line.need_key for line in lines], old.revision + 1)
    order = PurchaseOrder(
        key, old.revision + 1, old.system, old.supplier, old.location, old.currency, old.order_date, lines
    )
    before = old.total.amount
    value = draft.value
    if value is not None and before:
        value = Money((value.amount * order.total.amount / before).quantize(value.amount), value.currency)
    kept = {line.number: draft.evidence[line.number] for line in lines if line.number in draft.evidence}
    return DraftOrder(order, draft.verdict, value, draft.guards, draft.rules, kept)


def _with_quantity(line: OrderLine, quantity: Decimal) -> OrderLine:
    return OrderLine(
        line.number, line.item, line.location, quantity, line.unit, line.price, line.need_date, line.need_key,
        line.price_unit, line.order_unit, line.unit_factor, line.description,
    )  # fmt: skip


def _order(
    rows: list[dict[str, object]],
    system: str,
    installation: str,
    sequences: Mapping[tuple[str, ...], int],
    revisions: Mapping[str, tuple[int, str]],
) -> PurchaseOrder:
    lines = tuple(_line(number, row, sequences) for number, row in enumerate(rows, start=1))
    needs = [line.need_key for line in lines]
    last, content = revisions.get(keys.needs_digest(needs), (0, ""))
    first = rows[0]

    def revised(revision: int) -> PurchaseOrder:
        key = keys.order_key(installation, needs, revision)
        return PurchaseOrder(
            key, revision, system, str(first["supplier"]), str(first["location"]), str(first["currency"]),
            _day(first["order_date"]), lines,
        )  # fmt: skip

    same = revised(last)
    return same if content in {"", same.content_hash} else revised(last + 1)


def _line(number: int, row: Mapping[str, object], sequences: Mapping[tuple[str, ...], int]) -> OrderLine:
    item, location, supplier = str(row["item"]), str(row["location"]), str(row["supplier"])
    need_date = _day(row["need_date"])
    week = keys.bucket(need_date)
    return OrderLine(
        number=number,
        item=item,
        location=location,
        quantity=exact(row["quantity"]),
        unit=str(row["unit"]),
        price=exact(row["price"]),
        need_date=need_date,
        need_key=keys.need_key(item, location, supplier, week, sequences.get((item, location, supplier, week), 0)),
        price_unit=exact(row["price_unit"]),
        order_unit=_word(row["order_unit"]) or str(row["unit"]),
        unit_factor=_fraction(_word(row["unit_factor"]) or "1"),
        description=_word(row["description"]),
    )


def exact(value: object) -> Decimal:
    """A float64 cell as the decimal a person would have written: the shortest text that gives the same float."""
    text = repr(float(value))  # type: ignore[arg-type]
    number = Decimal(text)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _fraction(text: str) -> Fraction:
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below or "1")


def _word(value: object) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN is the one value unlike itself


def _day(value: object) -> date:
    return pd.Timestamp(value).date()  # type: ignore[arg-type]


def _sequences(frame: pd.DataFrame) -> dict[tuple[str, ...], int]:
    columns = [frame[name].astype("str") for name in ("item", "location", "supplier", "bucket")]
    return {
        key: int(count)
        for *key_parts, count in zip(*columns, frame["sequence"], strict=True)
        for key in [tuple(key_parts)]
    }


def _draft(order: PurchaseOrder, rows: list[dict[str, object]], currency: str) -> DraftOrder:
    minor = sum(int(row["amount_minor"]) for row in rows)  # type: ignore[call-overload]
    hits: Iterable[GuardHit] = (hit for row in rows for hit in row["guard_hits"])  # type: ignore[attr-defined]
    rules = (rule for row in rows for rule in str(row["rules"]).split() if rule)
    evidence = {
        number: {name: _scalar(row.get(name)) for name in _EVIDENCE} for number, row in enumerate(rows, start=1)
    }
    return DraftOrder(
        order,
        Verdict(str(rows[0]["decision"])),
        Money(from_minor(minor, currency), currency),
        tuple(dict.fromkeys(hits)),
        tuple(dict.fromkeys(rules)),
        evidence,
    )


def _scalar(value: object) -> str | float | int | bool | None:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return round(float(value), 6)  # type: ignore[arg-type]
