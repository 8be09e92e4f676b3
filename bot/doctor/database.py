"""Looks into the database: the event chain, people, orders that need somebody, mails that wait, runs, the kill switch.

It reads only; whether the file is whole is looked at by `bot.store.health`.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from bot.diagnoses.found import fine, found
from bot.diagnoses.kind import Grade
from bot.orders.model import OrderState, Person
from bot.ports import Clock, Diagnosis, RunRow
from bot.store.runs import DONE, RUNNING
from bot.wiring.app import Store

_IN_DOUBT = (OrderState.UNKNOWN, OrderState.MANUAL, OrderState.DUPLICATE, OrderState.MISMATCH)
_OVERDUE = timedelta(days=4)  # a weekend and a holiday
_STUCK_AFTER = 3  # attempts
_PART = 3  # exit code of a job that did not reach everything


def examine(opened: Store, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what the rows say about the last days."""
    if reason := opened.runs.stopped():
        yield found("stopped", f"the kill switch is on: {reason}")
    yield from _runs(opened, clock)
    doubtful = opened.orders.select(*_IN_DOUBT)
    if doubtful:
        names = ", ".join(f"{each.order.order_key} ({each.state})" for each in doubtful[:5])
        yield found("orders-need-person", f"{len(doubtful)} orders: {names}")
    stuck = [row for row in opened.orders.outbox(500) if row.attempts >= _STUCK_AFTER]
    if stuck:
        yield found("mail-waiting", f"{len(stuck)} mails were tried {_STUCK_AFTER} times or more")
    if opened.orders.verify_chain():
        yield fine("the event chain is whole")
    else:
        yield found("chain-broken", "the event chain does not fit together")


def _runs(opened: Store, clock: Clock) -> Iterator[Diagnosis]:
    plan = opened.runs.latest("plan")
    if plan is None:
        yield found("never-run", "the job plan has never run")
        return
    for job in ("plan", "submit", "approve"):
        if (last := opened.runs.latest(job)) is not None and _missed(last):
            said = " ".join(str(last.report.get("message") or last.report.get("error") or "").split())[:300]
            how = "was done in part only" if last.state == DONE else last.state
            yield found("run-failed", f"{job} of {last.business_date} {how}: {said}", job=job)
    began = f"the last plan began on {plan.started_at:%Y-%m-%d %H:%M} UTC"
    if clock.now() - plan.started_at > _OVERDUE:
        yield found("run-overdue", began)
    elif not _missed(plan):
        yield fine(f"{began} and {'runs' if plan.state == RUNNING else 'ended well'}")


def _missed(run: RunRow) -> bool:
    """Whether a run failed, was stopped, or ended without one of its systems; a kill switch is told by itself."""
    return run.state not in {DONE, RUNNING} or run.report.get("exit_code") == _PART


def people(opened: Store, locations: Iterable[str], *, watching: bool) -> Iterator[Diagnosis]:
    """Whether somebody approves for every location, releases and hears alarms; `watching` = nothing is ordered yet."""
    milder = Grade.WARNING if watching else None
    deciders = opened.people.with_role("buyer") + opened.people.with_role("admin")
    if not deciders:
        yield found("nobody-approves", "there is no buyer and no admin", grade=milder)
    else:
        for location in sorted(set(locations)):
            if not any(_covers(person, location) for person in deciders):
                yield found("location-without-buyer", f"nobody decides for {location}", grade=milder, location=location)
    if not opened.people.with_role("admin"):
        yield found("no-admin", "there is no admin")
    if not (opened.people.with_role("operator") or opened.people.with_role("admin")):
        yield found("nobody-hears-alarms", "there is no operator and no admin", grade=milder)
    for person in opened.people.all():
        if person.active and not (
            opened.accounts.password_hash(person.email) and opened.accounts.totp_secret(person.email)
        ):
            yield found("no-second-factor", f"{person.email} has no password or second factor", email=person.email)


def _covers(person: Person, location: str) -> bool:
    return not person.locations or location in person.locations
