"""One draft as people see it, in the mail and on the page alike: lines, reasons, risks, deadline.

It is made from the stored order alone and holds no markup; it decides nothing.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.orders.model import Money, OrderLine, OrderState, PurchaseOrder, StoredOrder, Verdict
from bot.orders.money import line_amount
from bot.render import reasons, words
from bot.render.chart import Chart, chart_from

CUT_OFF = time(16, 0)

STATE_WORDS = {
    OrderState.PROPOSED: "Being judged by policy",
    OrderState.HELD: "Held: policy does not let it go out",
    OrderState.AWAITING_APPROVAL: "Waiting for a decision",
    OrderState.APPROVED: "Approved, goes to the ERP next",
    OrderState.SENDING: "Being sent to the ERP",
    OrderState.SENT: "Sent to the ERP",
    OrderState.UNKNOWN: "Sent, the ERP's answer is not known yet; the worker is looking it up",
    OrderState.VERIFIED: "Ordered, read back from the ERP and equal",
    OrderState.MISMATCH: "The ERP holds something else than was approved",
    OrderState.DUPLICATE: "Found more than once in the ERP",
    OrderState.MANUAL: "Needs a person: outcome in the ERP could not be settled",
    OrderState.RELEASED: "Ordered and released in the ERP",
    OrderState.CONFIRMED: "Confirmed by the supplier",
    OrderState.PART_RECEIVED: "Partly received",
    OrderState.RECEIVED: "Received",
    OrderState.REFUSED: "Refused by the ERP",
    OrderState.REJECTED: "Rejected",
    OrderState.EXPIRED: "Expired without a decision; nothing was ordered",
    OrderState.SUPERSEDED: "Replaced by a newer plan; nothing was ordered from this draft",
    OrderState.CANCELLED: "Cancelled",
}


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with its reasons; limits are in base units and None when the evidence does not name them."""

    line: OrderLine
    amount: Money
    why: str
    behind: tuple[str, ...]
    behind_in_short: str
    figures: tuple[tuple[str, str], ...]
    stock_out: str
    stock_out_on: date | None
    available: Decimal | None
    reorder_point: Decimal | None
    target: Decimal | None
    moq: Decimal | None
    multiple: Decimal | None
    most: Decimal | None
    chart: Chart | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """One draft; `lines` come in order of urgency in `urgent`, in document order in `lines`."""

    key: str
    short: str
    state: OrderState
    state_words: str
    system: str
    supplier: str
    supplier_name: str
    location: str
    location_name: str
    total: Money
    value: Money | None
    order_date: date
    need_date: date
    decide_by: datetime
    revision: int
    content_hash: str
    erp_number: str
    created_at: datetime
    changed_at: datetime
    note: str
    lines: tuple[LineView, ...]
    why: str
    inaction: str
    flags: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def urgent(self) -> LineView:
        """The line whose stock runs out first, else the most valuable one."""
        return min(self.lines, key=_urgency)

    @property
    def waiting(self) -> bool:
        """Whether a person may decide on it now."""
        return self.state is OrderState.AWAITING_APPROVAL


Charts = Callable[[StoredOrder], Mapping[int, Chart]]


def evidence_charts(stored: StoredOrder) -> dict[int, Chart]:
    """Charts by line number, as far as the draft's own evidence carries them under `chart`."""
    found = {number: chart_from(evidence.get("chart")) for number, evidence in stored.draft.evidence.items()}
    return {number: chart for number, chart in found.items() if chart is not None}


def view_of(stored: StoredOrder, timezone: str = "UTC", charts: Charts = evidence_charts) -> OrderView:
    """The view of a stored order; days and the cut-off are in `timezone`, `charts` finds pictures."""
    order, draft, drawn = stored.order, stored.draft, charts(stored)
    lines = tuple(
        _line(line, order, draft.evidence.get(line.number, {}), drawn.get(line.number)) for line in order.lines
    )
    first = min(lines, key=_urgency)
    evidence = draft.evidence.get(first.line.number, {})
    more = f" {words.count(len(lines) - 1, 'more line').capitalize()} from the same supplier." if len(lines) > 1 else ""
    return OrderView(
        key=order.order_key,
        short=order.order_key[:4],
        state=stored.state,
        state_words=STATE_WORDS[stored.state],
        system=order.system,
        supplier=order.supplier,
        supplier_name=words.name(evidence.get("supplier_name") or order.supplier),
        location=order.location,
        location_name=words.name(evidence.get("location_name") or order.location),
        total=order.total,
        value=draft.value,
        order_date=order.order_date,
        need_date=min(line.need_date for line in order.lines),
        decide_by=_decide_by(stored, timezone),
        revision=order.revision,
        content_hash=stored.content_hash,
        erp_number=stored.erp_number,
        created_at=stored.created_at,
        changed_at=stored.changed_at,
        note=stored.note,
        lines=lines,
        why=f"{reasons.label(first.line)}: {first.why}{more}",
        inaction=_inaction(first, order.order_date),
        flags=_flags(stored),
        rules=draft.rules,
    )


def _line(line: OrderLine, order: PurchaseOrder, evidence: reasons.Evidence, chart: Chart | None) -> LineView:
    multiple = reasons.number(evidence, "order_multiple")
    return LineView(
        line=line,
        amount=Money(line_amount(line.quantity, line.price, line.price_unit, order.currency), order.currency),
        why=reasons.why(line, evidence),
        behind=tuple(reasons.behind(evidence)),
        behind_in_short=reasons.behind_in_short(evidence),
        figures=tuple(reasons.figures(line, evidence)),
        stock_out=reasons.stock_out(line, evidence, order.order_date),
        stock_out_on=reasons.runs_out_on(evidence, order.order_date),
        available=reasons.number(evidence, "inventory_position"),
        reorder_point=reasons.number(evidence, "reorder_point"),
        target=reasons.number(evidence, "order_up_to"),
        moq=reasons.number(evidence, "moq"),
        multiple=multiple if multiple is not None and multiple > 0 else None,
        most=reasons.number(evidence, "max_quantity"),
        chart=chart,
    )


def _urgency(line: LineView) -> tuple[date, Decimal, int]:
    return (line.stock_out_on or line.line.need_date, -line.amount.amount, line.line.number)


def _inaction(first: LineView, order_date: date) -> str:
    """What happens if nobody acts; a timeout never approves."""
    if first.stock_out:
        return f"Nothing is ordered without a decision. {reasons.label(first.line)}: {first.stock_out}."
    late = (first.line.need_date - order_date).days
    need = f"{reasons.label(first.line)} is needed on {words.day(first.line.need_date)}"
    rest = f"{words.count(late, 'day')} after the order date; every day of waiting comes off that"
    return f"Nothing is ordered without a decision. {need}, {rest}."


def _flags(stored: StoredOrder) -> tuple[str, ...]:
    found = reasons.guard_sentences(stored.draft.guards)
    modes = {str(row["mode"]) for row in stored.draft.evidence.values() if row.get("mode")}
    if not found and modes and stored.draft.verdict is Verdict.APPROVE:
        found += [words.spoken(reasons.reason_words(f"mode {mode}")) for mode in sorted(modes)]
    if stored.draft.value is None:
        found.append("Value not known in the policy's currency: a rate is missing")
    if stored.draft.verdict is Verdict.BLOCK:
        found.append("Policy blocks this order")
    return tuple(found)


def _decide_by(stored: StoredOrder, timezone: str) -> datetime:
    """Until when a decision keeps the planned delivery: 16:00 of the last day on which ordering meets the need date."""
    zone = ZoneInfo(timezone)
    days = []
    for line in stored.order.lines:
        evidence = stored.draft.evidence.get(line.number, {})
        if (named := reasons.day_of(evidence, "decide_by")) is not None:
            days.append(named)
        elif (lead := reasons.number(evidence, "lead_time_days")) is not None:
            days.append(line.need_date - timedelta(days=math.ceil(lead)))
    last = max(min(days, default=stored.order.order_date), stored.order.order_date)
    return datetime.combine(last, CUT_OFF, zone)
