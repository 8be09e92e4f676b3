"""What people decide becomes part of the orders' life, and what they must know goes out by mail.

It trusts no decision row: person, role, scope, state and content hash are checked again. Silence never approves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bot.errors import Refused, Retryable
from bot.orders import machine
from bot.orders.draft import amended
from bot.orders.model import Decision, DecisionAction, DraftOrder, OrderState, Person, StoredOrder
from bot.ports import App, Letters
from bot.ports_orders import OutboxRow

BUYER, ADMIN, OPERATOR = "buyer", "admin", "operator"
CHANGE_MOST = 5  # a slip of one digit is a factor of ten; nobody orders that by editing a draft
EXPIRE_AFTER_DAYS = 14
_DECIDABLE = frozenset({OrderState.AWAITING_APPROVAL, OrderState.HELD})

Amend = Callable[[StoredOrder, Mapping[int, Decimal], str], DraftOrder]


class _NotDone(Exception):
    """The decision changes nothing; its text is the outcome that the person reads."""


@dataclass(slots=True)
class ApproveReport:
    """What an approve run did."""

    counts: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def add(self, outcome: str) -> None:
        """Count one outcome."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def as_dict(self) -> dict[str, object]:
        """Render for the run ledger."""
        return {**self.counts, "troubles": list(self.troubles)}


def advance(app: App, *, amend: Amend | None = None, expire_days: int = EXPIRE_AFTER_DAYS) -> ApproveReport:
    """Apply decisions, end what nobody decided, send the mail that is due."""
    report = ApproveReport()
    apply_decisions(app, report, amend=amend)
    expire(app, report, expire_days)
    if app.letters is not None:
        send_mail(app, app.letters, report)
    return report


def apply_decisions(app: App, report: ApproveReport, *, amend: Amend | None = None) -> None:
    """Settle every pending decision: applied, or refused with the reason that the person will read.

    `amend` makes the new revision for a change of quantity; default `bot.orders.draft.amended`.
    """
    for decision in app.orders.pending_decisions():
        try:
            outcome = _apply(app, decision, amend)
        except (_NotDone, machine.StaleStateError) as error:
            outcome = f"refused: {error}"
        app.failpoints.reach("approve.applied")
        app.orders.settle_decision(decision.decision_id, outcome)
        report.add(outcome.split(":", 1)[0])


def _apply(app: App, decision: Decision, amend: Amend | None) -> str:
    stored = app.orders.get(decision.order_key)
    if stored is None:
        raise _NotDone("there is no such order")
    done = _already_applied(app, decision, stored)
    if done:
        return done
    person = _entitled(app, decision, stored)
    if stored.state not in _DECIDABLE:
        raise _NotDone(_who_was_first(app, stored))
    if decision.content_hash != stored.content_hash:
        raise _NotDone("stale: the order changed after the page was shown")
    if decision.action is DecisionAction.REJECT:
        _move(app, stored, decision, OrderState.REJECTED)
        return "rejected"
    if stored.state is OrderState.HELD:
        _may_release(app, stored, person)
    missing = _people_missing(app, decision, stored)
    if decision.action is DecisionAction.CHANGE:
        if missing:
            raise _NotDone(
                "this value needs more than one person, so nobody can change and approve it alone: reject it"
            )
        return _change(app, stored, decision, amend)
    if missing:
        return f"counted: {missing} more must approve"
    _move(app, stored, decision, OrderState.APPROVED)
    return "approved"


def _may_release(app: App, stored: StoredOrder, person: Person) -> None:
    if ADMIN not in person.roles:
        raise _NotDone("not allowed: a held order is released by an admin")
    if app.orders.events(stored.order.order_key)[0].actor == person.email:
        raise _NotDone("not allowed: whoever changed an order does not also release it; another admin has to")


def _people_missing(app: App, decision: Decision, stored: StoredOrder) -> int:
    """How many more people the route of the order's value asks for, this decision counted; each counts once."""
    needed = app.gate.people_needed(stored) if app.gate else 1
    said = {
        earlier.actor
        for earlier, outcome in app.orders.decisions(stored.order.order_key)
        if earlier.action is DecisionAction.APPROVE
        and earlier.content_hash == stored.content_hash
        and outcome.startswith("counted")
    }
    return max(needed - len(said | {decision.actor}), 0)


def _already_applied(app: App, decision: Decision, stored: StoredOrder) -> str:
    """Outcome of a decision whose step was committed before the process ended; empty when there is none."""
    for event in app.orders.events(stored.order.order_key):
        if event.details.get("decision_id") == decision.decision_id:
            return "changed" if event.to_state is OrderState.SUPERSEDED else event.to_state.value
    return ""


def _entitled(app: App, decision: Decision, stored: StoredOrder) -> Person:
    person = app.people.find(decision.actor)
    if person is None or not person.active:
        raise _NotDone(f"not allowed: {decision.actor} is not an active person here")
    if not person.roles & {BUYER, ADMIN}:
        raise _NotDone(f"not allowed: {person.email} is neither buyer nor admin")
    if person.locations and stored.order.location not in person.locations:
        raise _NotDone(f"not allowed: {stored.order.location} is outside the scope of {person.email}")
    return person


def _who_was_first(app: App, stored: StoredOrder) -> str:
    last = app.orders.events(stored.order.order_key)[-1]
    return f"already {stored.state.value} by {last.actor} at {last.at:%Y-%m-%d %H:%M} UTC"


def _move(app: App, stored: StoredOrder, decision: Decision, to: OrderState) -> None:
    app.orders.move(
        stored.order.order_key,
        stored.state,
        to,
        actor=decision.actor,
        reason=decision.reason,
        details=_details(app, stored, decision),
    )


def _details(app: App, stored: StoredOrder, decision: Decision) -> dict[str, str]:
    """What the event remembers: the decision, and the guards that a release from held overrules."""
    details = {"decision_id": decision.decision_id, "content_hash": decision.content_hash}
    if stored.state is OrderState.HELD and decision.action is not DecisionAction.REJECT:
        shown = {hit.guard for hit in stored.draft.guards}
        for event in app.orders.events(stored.order.order_key):
            shown |= set(event.details.get("guards", "").split(", "))
        details[machine.ACCEPTED_GUARDS] = ", ".join(sorted(shown - {""}))
    return details


def _change(app: App, stored: StoredOrder, decision: Decision, amend: Amend | None) -> str:
    asked = {line.number: line.quantity for line in stored.order.lines}
    beyond = [n for n, wanted in decision.quantities.items() if n in asked and wanted > CHANGE_MOST * asked[n]]
    if beyond:
        raise _NotDone(f"line {beyond[0]}: more than {CHANGE_MOST} times what was asked; order that in the ERP")
    try:
        draft = (amend or amended)(stored, decision.quantities, app.planning.installation)
        new = app.orders.amend(
            stored.order.order_key,
            draft,
            actor=decision.actor,
            reason=decision.reason or "quantity changed",
            details=_details(app, stored, decision),
        )
    except (machine.IllegalTransitionError, ValueError) as error:
        raise _NotDone(f"the new quantities are not possible: {error}") from error
    return f"changed: now order {new.order.order_key}"


def expire(app: App, report: ApproveReport, days: int = EXPIRE_AFTER_DAYS) -> None:
    """End drafts that nobody decided within `days`; they are never approved by time."""
    oldest = app.clock.now() - timedelta(days=days)
    for stored in app.orders.select(*sorted(_DECIDABLE)):
        if stored.created_at < oldest:
            reason = f"nobody decided within {days} days"
            app.orders.move(stored.order.order_key, stored.state, OrderState.EXPIRED, actor="approve", reason=reason)
            report.add("expired")


def send_mail(app: App, letters: Letters, report: ApproveReport) -> None:
    """Send every mail that is due, each at least once; the message id of a repeated mail is the same."""
    for row in app.orders.outbox():
        stored = app.orders.get(row.order_key)
        error = "the order is gone" if stored is None else _post(app, letters, row, stored, report)
        app.failpoints.reach("approve.mailed")
        app.orders.outbox_done(row.outbox_id, error)
        if error:
            report.troubles.append(f"mail {row.topic} about order {row.order_key}: {error}")


def _post(app: App, letters: Letters, row: OutboxRow, stored: StoredOrder, report: ApproveReport) -> str:
    """Send one row to everybody concerned; the error is empty when nothing is left to do."""
    if row.topic == machine.REQUEST and stored.state is not OrderState.AWAITING_APPROVAL:
        return ""
    people = recipients(app, row.topic, stored)
    if not people and row.topic in {machine.CONFIRMATION, machine.WITHDRAWN}:
        return ""  # ordered by policy alone, or withdrawn by the only person who was asked: nobody to tell
    if not people:
        return f"nobody to write to: no active person with the right role for {stored.order.location}"
    write = {
        machine.REQUEST: letters.approval_request,
        machine.WITHDRAWN: letters.withdrawn,
        machine.ALARM: letters.alarm,
        machine.CONFIRMATION: letters.confirmation,
        machine.NEWS: letters.news,
    }[row.topic]
    refused = []
    for person in people:
        try:
            app.mailer.send(write(stored, person))
            report.add("mails")
        except Refused as error:
            refused.append(f"{person.email}: {error}")
        except Retryable as error:
            return f"{person.email}: {error}"
    if refused:
        report.troubles.append(f"mail {row.topic} about order {row.order_key} was refused: {'; '.join(refused)}")
    return "; ".join(refused) if len(refused) == len(people) else ""


def recipients(app: App, topic: str, stored: StoredOrder) -> list[Person]:
    """Who gets a mail: buyers of the location, also of news; operators for alarms; the approver for a confirmation."""
    location = stored.order.location
    events = app.orders.events(stored.order.order_key)
    if topic == machine.ALARM:
        return app.people.with_role(OPERATOR) or app.people.with_role(ADMIN)
    if topic == machine.CONFIRMATION:
        approvers = [e.actor for e in events if e.to_state is OrderState.APPROVED and machine.is_person(e.actor)]
        person = app.people.find(approvers[-1]) if approvers else None
        return [person] if person and person.active else []
    buyers = app.people.with_role(BUYER, location) or app.people.with_role(ADMIN, location)
    if topic == machine.WITHDRAWN:
        return [buyer for buyer in buyers if buyer.email != events[-1].actor]
    return buyers
