"""Sending one approved order: guards, look, claim, create, record, in this order.

At most one create follows a claim; whatever is in doubt becomes `unknown` and is never sent again from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.errors import NeedsAdmin, Refused, RestockError, Retryable
from bot.jobs.follow_up import FollowReport
from bot.jobs.gate import TOO_OLD, UNREADABLE
from bot.orders.document import Document
from bot.orders.machine import ACCEPTED_GUARDS, StaleStateError, approval
from bot.orders.model import GuardHit, OrderEvent, OrderState, StoredOrder
from bot.ports import App, ErpWriter
from bot.ports_orders import SpendLimits

ACTOR = "submit"


@dataclass(slots=True)
class SubmitReport(FollowReport):
    """What a submit run did: counts by outcome, and what a person should read."""

    def trouble(self, text: str) -> None:
        """Keep a sentence for the report."""
        self.troubles.append(text)


@dataclass(slots=True)
class Sending:
    """One submit run: its lease epoch, its id, its report, and the systems that need an administrator first."""

    app: App
    epoch: int
    run_id: str
    report: SubmitReport
    blocked: set[str] = field(default_factory=set)
    unruled: bool = False  # today's policy cannot be read, so nothing may be sent

    def move(
        self, stored: StoredOrder, to: OrderState, reason: str, *, number: str | None = None, **details: str
    ) -> StoredOrder | None:
        """Take a step and count it; None when somebody else moved the order first."""
        try:
            moved = self.app.orders.advance(stored, to, actor=ACTOR, reason=reason, erp_number=number, details=details)
        except StaleStateError as error:
            self.report.trouble(str(error))
            return None
        self.report.add(to.value)
        return moved


def send(run: Sending, stored: StoredOrder, writer: ErpWriter) -> StoredOrder | None:
    """Send one approved order; returns it when it is `sent`, else None (see the report).

    Raises nothing that an ERP can cause.
    """
    approved = approval(run.app.orders.events(stored.order.order_key))
    hits = _hits(run.app, stored, approved)
    if any(hit.guard == UNREADABLE for hit in hits):
        _stop_sending(run, hits[0])
        return None
    if hits:
        guards = ", ".join(hit.guard for hit in hits)
        words = "; ".join(_in_words(hit) for hit in hits)
        run.move(stored, OrderState.HELD, words, guards=guards)
        return None
    there = look(run, stored, writer)
    if there is None:
        return None
    run.app.failpoints.reach("submit.found")
    claimed = run.app.orders.claim(
        stored.order.order_key, epoch=run.epoch, run_id=run.run_id, limits=_limits(run.app, stored, approved)
    )
    if claimed is None:
        _count_unclaimed(run, stored)
        return None
    run.app.failpoints.reach("submit.claimed")
    if there:
        return _adopt(run, claimed, there)
    return _create(run, claimed, writer)


def look(run: Sending, stored: StoredOrder, writer: ErpWriter) -> Sequence[Document] | None:
    """Documents of the order's key; None when the ERP gave no answer, and then nothing is concluded."""
    key = stored.order.order_key
    try:
        return writer.find(key)
    except NeedsAdmin as error:
        _block(run, stored, error)
    except RestockError as error:
        run.report.add("waiting")
        run.report.trouble(f"order {key}: search in {stored.order.system} failed: {error}")
    return None


def _in_words(hit: GuardHit) -> str:
    return f"{hit.guard}: {hit.found}" + (f", limit {hit.limit}" if hit.limit else "")


def _hits(app: App, stored: StoredOrder, approved: OrderEvent | None) -> list[GuardHit]:
    """Guards that hold the order now; those that a person saw when releasing it do not hold it a second time.

    Age is never accepted for good: it is counted from the newest approval.
    """
    if app.gate is None:
        return []
    seen = approved.details.get(ACCEPTED_GUARDS, "").split(", ") if approved else []
    return [hit for hit in app.gate.hits(stored, approved) if hit.guard not in {*seen} - {TOO_OLD, UNREADABLE}]


def _stop_sending(run: Sending, hit: GuardHit) -> None:
    """The files are broken, not the order: it stays approved, and goes out when they are mended."""
    run.unruled = True
    run.report.add("waiting")
    run.report.trouble(f"nothing is sent until the policy files are mended: {hit.source}")


def _limits(app: App, stored: StoredOrder, approved: OrderEvent | None) -> SpendLimits:
    return app.gate.limits(stored, approved) if app.gate else SpendLimits(app.planning.currency)


def _count_unclaimed(run: Sending, stored: StoredOrder) -> None:
    now = run.app.orders.get(stored.order.order_key)
    held = now is not None and now.state is OrderState.HELD
    run.report.add("held" if held else "waiting")
    if held and now is not None:
        run.report.trouble(f"order {stored.order.order_key} is held: {now.note}")


def _adopt(run: Sending, claimed: StoredOrder, there: Sequence[Document]) -> StoredOrder | None:
    if len(there) == 1 and there[0].number:
        run.report.add("adopted")
        return run.move(
            claimed, OrderState.SENT, f"{there[0].number} was already there", number=there[0].number, adopted="yes"
        )
    run.move(claimed, OrderState.UNKNOWN, f"{len(there)} documents carry the key before anything was sent")
    return None


def _create(run: Sending, claimed: StoredOrder, writer: ErpWriter) -> StoredOrder | None:
    reach = run.app.failpoints.reach
    try:
        reach("submit.before_create")
        number = writer.create(claimed.draft)
        reach("submit.after_create")
    except Retryable as error:
        details = {} if error.retry_after is None else {"retry_after": str(error.retry_after)}
        run.move(claimed, OrderState.APPROVED, f"not sent: {error}", **details)
    except NeedsAdmin as error:
        run.move(claimed, OrderState.APPROVED, f"not sent: {error.what}")
        _block(run, claimed, error)
    except Refused as error:
        run.move(claimed, OrderState.REFUSED, str(error))
        run.report.trouble(f"order {claimed.order.order_key} was refused: {error}")
    except Exception as error:  # noqa: BLE001 (money: any doubt about a create is written down before all else)
        _doubt(run, claimed, f"{type(error).__name__}: {error}")
    else:
        return _record(run, claimed, number)
    return None


def _record(run: Sending, claimed: StoredOrder, number: str) -> StoredOrder | None:
    if not number:
        _doubt(run, claimed, "the answer names no document number")
        return None
    run.app.failpoints.reach("submit.before_record")
    sent = run.move(claimed, OrderState.SENT, f"created as {number}", number=number)
    run.app.failpoints.reach("submit.recorded")
    if sent is None:
        run.report.trouble(
            f"order {claimed.order.order_key}: {number} was created after another process had taken the order on; "
            "look in the ERP for two documents with this key"
        )
    return sent


def _doubt(run: Sending, claimed: StoredOrder, why: str) -> None:
    run.move(claimed, OrderState.UNKNOWN, why)
    run.report.trouble(f"order {claimed.order.order_key}: outcome unknown, it will be searched for: {why}")


def _block(run: Sending, stored: StoredOrder, error: NeedsAdmin) -> None:
    """Leave the system's other orders alone until a person has acted."""
    run.blocked.add(stored.order.system)
    run.report.add("waiting")
    run.report.trouble(str(error))
