"""Approved orders go to the ERP, exactly once each; doubtful ones are searched for, sent ones read back.

It holds no rule about what to order; how one order is sent stands in `claim`, how it is compared in `readback`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, RestockError, Retryable, StopRun
from bot.jobs.claim import Sending, SubmitReport, look, send
from bot.jobs.follow_up import LOST_LEASE, look_after, own, take_note
from bot.jobs.readback import differences
from bot.orders.document import Document, DocumentState
from bot.orders.model import OrderState, StoredOrder
from bot.ports import App, ErpWriter


def never() -> bool:
    """Nobody asks to stop."""
    return False


def submit_due(app: App, *, epoch: int | None = None, should_stop: Callable[[], bool] = never) -> SubmitReport:
    """Send what is due; safe to kill at any instruction and to start again.

    `epoch` is the caller's lease; without it the lease is taken here, StopRun when another process has it.
    """
    if epoch is not None:
        return _submit(app, epoch, should_stop)
    taken = app.runs.take_lease(app.holder, app.planning.lease_seconds)
    if taken is None:
        raise StopRun("another process is sending", "wait until it ends; a process that died loses the lease by itself")
    try:
        return _submit(app, taken, should_stop)
    finally:
        app.runs.release_lease(app.holder, taken)


def _submit(app: App, epoch: int, should_stop: Callable[[], bool]) -> SubmitReport:
    run = Sending(app, epoch, app.ids.new(), SubmitReport())
    for orphan in app.orders.orphans(epoch=epoch):
        run.report.trouble(f"order {orphan.order.order_key}: {orphan.note}; it will be searched for")
    _wait_for_release(run, should_stop)
    for state, act in ((OrderState.UNKNOWN, reconcile), (OrderState.SENT, verify)):
        _each(run, state, act, should_stop)
    _each(run, OrderState.APPROVED, _send_and_verify, should_stop)
    left = len(app.orders.select(OrderState.UNKNOWN))
    if left:
        run.report.counts["unknown"] = left
    else:
        run.report.counts.pop("unknown", None)
    return run.report


def _each(
    run: Sending,
    state: OrderState,
    act: Callable[[Sending, StoredOrder, ErpWriter], object],
    should_stop: Callable[[], bool],
) -> None:
    """Do one thing to every order of a state, until a stop is asked for or the lease is lost."""
    app = run.app
    for stored in app.orders.select(state):
        if run.report.interrupted or should_stop():
            run.report.interrupted = True
            return
        writer = app.writers.get(stored.order.system)
        if writer is None or stored.order.system in run.blocked:
            run.report.add("waiting")
            continue
        if not app.runs.renew_lease(app.holder, run.epoch, app.planning.lease_seconds):
            run.report.stopped = LOST_LEASE
            return
        act(run, stored, writer)


def _send_and_verify(run: Sending, stored: StoredOrder, writer: ErpWriter) -> None:
    stopped = run.app.runs.stopped()
    if stopped:
        run.report.stopped = stopped
    if stopped or run.unruled:
        run.report.add("waiting")
        return
    sent = send(run, stored, writer)
    if sent is not None:
        verify(run, sent, writer)


def reconcile(run: Sending, stored: StoredOrder, writer: ErpWriter) -> None:
    """Search for an unknown order after the settle time and conclude: sent, one more send, duplicate or manual."""
    settle = timedelta(seconds=writer.settle_seconds)
    if run.app.clock.now() - stored.changed_at < settle:
        return
    there = look(run, stored, writer)
    if there is None:
        return
    run.app.failpoints.reach("submit.searched")
    if not there:
        _send_again_or_ask(run, stored)
    elif len(there) > 1:
        numbers = ", ".join(document.number for document in there)
        run.move(stored, OrderState.DUPLICATE, f"{len(there)} documents carry the key: {numbers}")
    elif _completed(run, stored, writer, there[0]):
        number = there[0].number
        sent = run.move(stored, OrderState.SENT, f"found as {number}", number=number, adopted="yes")
        if sent is not None:
            verify(run, sent, writer)


def _send_again_or_ask(run: Sending, stored: StoredOrder) -> None:
    events = run.app.orders.events(stored.order.order_key)
    sent_again = any(
        event.from_state is OrderState.UNKNOWN and event.to_state is OrderState.APPROVED for event in events
    )
    if sent_again:
        run.move(stored, OrderState.MANUAL, "not found after a second send: a person has to look into the ERP")
    else:
        run.move(stored, OrderState.APPROVED, "not found after the settle time: to be sent once more", resend="1")


def _completed(run: Sending, stored: StoredOrder, writer: ErpWriter, document: Document) -> bool:
    """Finish a document of ours that a broken call left incomplete; False when it must wait or go to a person."""
    complete = getattr(writer, "complete", None)
    if document.state is not DocumentState.HELD or complete is None:
        return True
    if run.app.runs.stopped():
        return False
    changed = differences(stored.order, replace(document, state=DocumentState.OPEN))
    if changed:
        words = f"{document.number} is incomplete and was changed in the ERP: {'; '.join(changed)}"
        run.move(stored, OrderState.MANUAL, words, number=document.number)
        return False
    run.app.failpoints.reach("submit.before_complete")
    try:
        complete(document.number)
    except (Retryable, StopRun) as error:
        run.report.trouble(f"{document.number} is incomplete: {error}")
        return False
    except (NeedsAdmin, Refused, OutcomeUnknown) as error:
        run.move(
            stored, OrderState.MANUAL, f"{document.number} is incomplete and cannot be completed: {error}",
            number=document.number,
        )  # fmt: skip
        return False
    run.app.failpoints.reach("submit.completed")
    return True


def verify(run: Sending, stored: StoredOrder, writer: ErpWriter) -> None:
    """Read the document back by an independent call and compare it with what was approved."""
    run.app.failpoints.reach("submit.before_verify")
    documents = _read(run, stored, writer)
    if documents is None:
        return
    document = own(run.app, stored, documents)
    if document is None:
        late = run.app.clock.now() - stored.changed_at >= timedelta(seconds=writer.settle_seconds)
        if late:
            run.move(stored, OrderState.MISMATCH, f"the ERP does not show {stored.erp_number}")
        else:
            run.report.add("unread")
        return
    found = differences(stored.order, document)
    if found:
        run.move(stored, OrderState.MISMATCH, "; ".join(found))
        run.report.trouble(f"{stored.erp_number} differs from order {stored.order.order_key}: {'; '.join(found)}")
        return
    verified = run.move(stored, OrderState.VERIFIED, f"{stored.erp_number} read back, equal to what was approved")
    run.app.failpoints.reach("submit.verified")
    if verified is not None:
        _look_on(run, verified, document, writer)


def _look_on(run: Sending, stored: StoredOrder, document: Document, writer: ErpWriter) -> None:
    """What the document that was read back says besides: released, or waiting in the ERP's own approval."""
    after = take_note(run.app, stored, document, run.report, writer)
    run.app.failpoints.reach("submit.released")
    if after is not None and after.state is OrderState.VERIFIED:
        run.report.add("pending_in_erp")


def _wait_for_release(run: Sending, should_stop: Callable[[], bool]) -> None:
    """Ask about orders that the ERP had not released when they were read back."""
    run.blocked |= look_after(run.app, (OrderState.VERIFIED,), run.report, epoch=run.epoch, should_stop=should_stop)
    waiting = len(run.app.orders.select(OrderState.VERIFIED))
    if waiting:
        run.report.add("pending_in_erp", waiting)


def _read(run: Sending, stored: StoredOrder, writer: ErpWriter) -> Sequence[Document] | None:
    """Documents of the stored number; None when the ERP gave no answer."""
    try:
        return [found for found in writer.status([stored.erp_number]) if found.number == stored.erp_number]
    except NeedsAdmin as error:
        run.blocked.add(stored.order.system)
        run.report.trouble(str(error))
    except (Retryable, Refused, RestockError) as error:
        run.report.trouble(f"{stored.erp_number} could not be read back yet: {error}")
    run.report.add("unread")
    return None
