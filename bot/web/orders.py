"""Inbox, order page and decision: who may see which draft, what they see, and the row that they insert.

It never moves an order; the worker checks person, role, state and content hash again and applies the decision.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from bot.orders.model import Decision, DecisionAction, Money, OrderState, Person, StoredOrder
from bot.orders.money import line_amount
from bot.render.reasons import label
from bot.render.svg import fan_svg, stock_svg
from bot.render.view import LineView, OrderView, view_of
from bot.web.forms import REJECT_REASONS, changed_quantities, reject_reason, with_quantities
from bot.web.security import KEY, deps, form_fields, message, page, person, require_token

orders = Blueprint("orders", __name__)

READERS = frozenset({"buyer", "operator", "admin"})
DECIDABLE = frozenset({OrderState.AWAITING_APPROVAL, OrderState.HELD})
_WORDS = {
    DecisionAction.APPROVE: "Approved.",
    DecisionAction.REJECT: "Rejected.",
    DecisionAction.CHANGE: "Approved with changed quantities.",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as the page tells it."""

    words: str
    by: str
    at: datetime
    reason: str


@orders.get("/")
def inbox() -> Response:
    """Drafts that wait for the signed-in person, the one whose stock runs out first on top."""
    given = deps()
    pending = {decision.order_key for decision in given.orders.pending_decisions()}
    states = (OrderState.AWAITING_APPROVAL, OrderState.HELD)
    mine = [stored for stored in given.orders.select(*states) if _may_see(person(), stored)]
    views = sorted((view_of(stored, given.settings.timezone) for stored in mine), key=_urgency)
    open_ones = [view for view in views if view.waiting]
    return page(
        "inbox",
        waiting=[view for view in open_ones if view.key not in pending],
        decided=[view for view in open_ones if view.key in pending],
        held=[view for view in views if not view.waiting],
        notice="",
    )


@orders.get("/a/<key>")
def order_page(key: str) -> Response:
    """One draft with its reasons; looking at it changes nothing."""
    return _order_page(_visible(key))


@orders.get("/a/<key>/change")
def change_page(key: str) -> Response:
    """What the order would be with the typed quantities; the button on it approves exactly that."""
    stored = _visible(key)
    if (refused := _closed(stored)) is not None:
        return refused
    view = view_of(stored, deps().settings.timezone)
    typed = changed_quantities(view, request.args)
    if typed.errors:
        return _order_page(stored, 422, errors=typed.errors, opened="change", entered=request.args.to_dict())
    changed = with_quantities(stored.order, typed.quantities)
    rows = [
        {
            "number": line.number,
            "label": label(line),
            "unit": line.unit,
            "proposed": before.quantity,
            "quantity": line.quantity,
            "amount": Money(
                line_amount(line.quantity, line.price, line.price_unit, changed.currency), changed.currency
            ),
        }
        for before, line in zip(stored.order.lines, changed.lines, strict=True)
    ]
    same = len(rows) - len(typed.quantities)
    return page(
        "change",
        view=view,
        rows=rows,
        same=same,
        total=changed.total,
        bound=lambda: form_fields(key, stored.content_hash),
    )


@orders.post("/a/<key>/decisions")
def decide(key: str) -> Response:
    """Insert one decision, bound to the content that was shown; a second click finds the first."""
    stored = _visible(key)
    shown = request.form.get("content_hash", "")
    require_token(key, shown)
    if (refused := _closed(stored)) is not None:
        return refused
    if shown != stored.content_hash:
        return _changed(stored)
    decision, errors = _read(stored)
    if decision is None:
        opened = request.form.get("action", "")
        return _order_page(stored, 422, errors=errors, opened=opened, entered=request.form.to_dict())
    deps().orders.record_decision(decision)
    return redirect(f"/a/{key}", 303)


def _read(stored: StoredOrder) -> tuple[Decision | None, dict[str, str]]:
    """The decision in the form, or what is wrong with it by field."""
    form, given = request.form, deps()
    action = form.get("action", "")
    if action not in set(DecisionAction):
        abort(400, "This form does not say what to do. Open the page again.")
    reason, quantities = " ".join(form.get("reason_text", "").split())[:500], {}
    errors: dict[str, str] = {}
    if action == DecisionAction.REJECT:
        reason, errors = reject_reason(form.get("reason_code", ""), reason)
    if action == DecisionAction.CHANGE:
        typed = changed_quantities(view_of(stored, given.settings.timezone), form)
        quantities, errors = typed.quantities, typed.errors
    if errors:
        return None, errors
    decision = Decision(
        decision_id=given.ids.new(),
        order_key=stored.order.order_key,
        content_hash=stored.content_hash,
        action=DecisionAction(action),
        actor=person().email,
        reason=reason,
        decided_at=given.clock.now(),
        quantities=quantities,
    )
    return decision, {}


def _closed(stored: StoredOrder) -> Response | None:
    """Why nothing can be decided here any more; the same click again simply sees its own result."""
    key, first = stored.order.order_key, _standing(stored)
    back = (f"/a/{key}", "See the order")
    if first is not None:
        if first.actor == person().email and first.action == request.form.get("action"):
            return redirect(f"/a/{key}", 303)
        said = _decided(first)
        text = f"{said.words} That was {said.by}; the first decision counts and yours changed nothing."
        return message(409, "Already decided", text, back)
    if stored.state not in DECIDABLE:
        return _changed(stored)
    if not _may_decide(person(), stored):
        who = "an admin" if stored.state is OrderState.HELD else "a buyer"
        return message(
            403, "Not yours to decide", f"You may read this draft; {who} decides on it.", (f"/a/{key}", "Back")
        )
    return None


def _changed(stored: StoredOrder) -> Response:
    """The draft is not what the page showed: nothing was decided, here is the present one."""
    newer = stored if stored.state in DECIDABLE else _newer(stored)
    view = view_of(newer or stored, deps().settings.timezone)
    link = (f"/a/{view.key}", "Open the present draft" if newer else "See what became of it")
    text = "Since the page was opened, the draft was replaced or settled. Nothing was decided by your click."
    return message(409, "This draft changed", text, link)


def _order_page(
    stored: StoredOrder,
    status: int = 200,
    *,
    errors: dict[str, str] | None = None,
    opened: str = "",
    entered: dict[str, str] | None = None,
) -> Response:
    given, key = deps(), stored.order.order_key
    view, events, first = (
        view_of(stored, given.settings.timezone, given.charts),
        given.orders.events(key),
        _standing(stored),
    )
    newer = None if view.waiting else _newer(stored)
    return page(
        "order",
        status,
        view=view,
        events=events,
        last=events[-1] if events else None,
        decision=_decided(first) if first and stored.state in DECIDABLE else None,
        not_done=_not_done(stored),
        counted=_counted(stored),
        newer=view_of(newer, given.settings.timezone) if newer else None,
        may_decide=stored.state in DECIDABLE and first is None and _may_decide(person(), stored),
        problem="Please check what is marked." if errors else "",
        errors=errors or {},
        open=opened,
        entered=entered or {},
        reject_reasons=REJECT_REASONS,
        bound=lambda: form_fields(key, stored.content_hash),
        fan_svg=fan_svg,
        stock_svg=_stock,
    )


def _visible(key: str) -> StoredOrder:
    """The order, or the same answer for one that does not exist and one that is not for this person."""
    stored = deps().orders.get(key) if KEY.fullmatch(key) else None
    if stored is None or not _may_see(person(), stored):
        abort(404)
    return stored


def _may_see(someone: Person, stored: StoredOrder) -> bool:
    in_scope = not someone.locations or stored.order.location in someone.locations
    return someone.active and in_scope and bool(someone.roles & READERS)


def _may_decide(someone: Person, stored: StoredOrder) -> bool:
    """Buyers and admins decide on what waits; what policy holds is an admin's."""
    wanted = {"admin"} if stored.state is OrderState.HELD else {"buyer", "admin"}
    return _may_see(someone, stored) and bool(someone.roles & wanted)


def _standing(stored: StoredOrder) -> Decision | None:
    """The decision that stands: one that waits for the worker, or, once the order moved on, the one applied."""
    pending_only = stored.state in DECIDABLE
    for decision, outcome in deps().orders.decisions(stored.order.order_key):
        if pending_only and not outcome and decision.content_hash == stored.content_hash:
            return decision
        if not pending_only and not outcome.startswith("refused"):
            return decision
    return None


def _not_done(stored: StoredOrder) -> str:
    """Why the person's last decision changed nothing, in the worker's words; empty when there is nothing to tell."""
    mine = [row for row in deps().orders.decisions(stored.order.order_key) if row[0].actor == person().email]
    outcome = mine[-1][1] if mine else ""
    return outcome.removeprefix("refused:").strip() if outcome.startswith("refused") else ""


def _counted(stored: StoredOrder) -> str:
    """Who has approved this content where more than one person must; empty when nobody has or it is settled."""
    found = [
        (decision, outcome)
        for decision, outcome in deps().orders.decisions(stored.order.order_key)
        if outcome.startswith("counted") and decision.content_hash == stored.content_hash
    ]
    if not found or stored.state not in DECIDABLE:
        return ""
    names = list(dict.fromkeys(_decided(decision).by for decision, _ in found))
    return f"Approved so far by {', '.join(names)}; {found[-1][1].partition(': ')[2]}."


def _decided(decision: Decision) -> Decided:
    someone = deps().people.find(decision.actor)
    by = "You" if decision.actor == person().email else (someone.name if someone else decision.actor)
    code, _, text = decision.reason.partition(": ")
    reason = ": ".join(part for part in (REJECT_REASONS.get(code, code), text) if part)
    return Decided(_WORDS[decision.action], by, decision.decided_at, reason)


def _newer(stored: StoredOrder) -> StoredOrder | None:
    """What replaced this draft: its changed revision, else what waits for the same supplier and location."""
    order = stored.order
    told = [outcome for _, outcome in deps().orders.decisions(order.order_key)]
    told += [event.details.get("successor", "") for event in deps().orders.events(order.order_key)]
    for named in KEY.findall(" ".join(told)):
        successor = deps().orders.get(named)
        if successor is not None and _may_see(person(), successor):
            return successor
    for other in deps().orders.select(OrderState.AWAITING_APPROVAL, system=order.system):
        same = (other.order.supplier, other.order.location) == (order.supplier, order.location)
        if same and other.order.order_key != order.order_key and _may_see(person(), other):
            return other
    return None


def _urgency(view: OrderView) -> tuple[datetime, str, str]:
    day = view.urgent.stock_out_on or view.need_date
    return (datetime(day.year, day.month, day.day, tzinfo=view.created_at.tzinfo), view.supplier_name, view.key)


def _stock(part: LineView) -> str:
    figures = [None if value is None else float(value) for value in (part.reorder_point, part.target)]
    return stock_svg(float(part.available or 0), float(part.line.quantity), figures[0], figures[1], part.line.unit)
