"""Decisions count only from the right person on the right content; mail goes to whom it concerns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from bot.errors import Refused, Retryable
from bot.jobs.approve import ApproveReport, advance, apply_decisions, send_mail
from bot.jobs.submit import submit_due
from bot.orders.model import Decision, DecisionAction, DraftOrder, GuardHit, OrderState, Person, StoredOrder, Verdict
from bot.ports import App, Letters
from bot.store.people import SqlPeople
from tests.fakes import FakeErpWriter, ManualClock, OpenGate, RecordingMailer
from tests.makers import ADMIN, BUYER, OPERATOR, OTHER_BUYER, database, make_app, make_draft

S = OrderState
ASK = make_draft(["bolt"], verdict=Verdict.APPROVE)
HELD = make_draft(["nut"], verdict=Verdict.BLOCK, guards=(GuardHit("price_jump", "80 %", "20 %"),))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    for person in (BUYER, OTHER_BUYER, ADMIN, OPERATOR):
        people(app).put(person)
    app.orders.adopt([ASK, HELD], system="s4", run_id="r", plan_id="p")
    yield app
    cast("FakeErpWriter", app.writers["s4"]).close()


def people(app: App) -> SqlPeople:
    return cast("SqlPeople", app.people)


def decide(
    app: App,
    draft: DraftOrder = ASK,
    action: DecisionAction = DecisionAction.APPROVE,
    actor: str = BUYER.email,
    **changes: object,
) -> str:
    """Record a decision, run the job, return the outcome."""
    key = draft.order.order_key
    decision = Decision(app.ids.new(), key, draft.order.content_hash, action, actor, "because", app.clock.now())
    app.orders.record_decision(replace(decision, **changes))  # type: ignore[arg-type]  # test helper
    apply_decisions(app, ApproveReport())
    return app.orders.decisions(key)[-1][1]


def state(app: App, draft: DraftOrder = ASK) -> OrderState:
    found = app.orders.get(draft.order.order_key)
    assert found is not None
    return found.state


def mails(app: App) -> list[tuple[str, str]]:
    sent = cast("RecordingMailer", app.mailer).sent
    return [(mail.subject.split()[0], mail.to) for mail in sent]


def test_a_buyers_approval_counts_and_is_remembered(app: App) -> None:
    assert decide(app) == "approved"
    assert state(app) is S.APPROVED
    last = app.orders.events(ASK.order.order_key)[-1]
    assert (last.actor, last.reason, last.details["content_hash"]) == (
        BUYER.email,
        "because",
        ASK.order.content_hash,
    )


def test_a_rejection_ends_the_order(app: App) -> None:
    assert decide(app, action=DecisionAction.REJECT) == "rejected"
    assert state(app) is S.REJECTED


@pytest.mark.parametrize(
    ("actor", "word"),
    [
        ("nobody@example.com", "not an active person"),
        (OPERATOR.email, "neither buyer nor admin"),
        (OTHER_BUYER.email, "outside the scope"),
        ("submit", "not an active person"),
    ],
)
def test_the_wrong_person_changes_nothing(app: App, actor: str, word: str) -> None:
    outcome = decide(app, actor=actor)
    assert outcome.startswith("refused: not allowed")
    assert word in outcome
    assert state(app) is S.AWAITING_APPROVAL


def test_whoever_left_between_click_and_job_decides_nothing(app: App) -> None:
    people(app).put(replace(BUYER, active=False))
    assert "not an active person" in decide(app)
    assert state(app) is S.AWAITING_APPROVAL


def test_a_stale_page_changes_nothing(app: App) -> None:
    assert decide(app, content_hash="0" * 64).startswith("refused: stale")
    assert state(app) is S.AWAITING_APPROVAL


def test_the_second_of_two_people_is_told_who_was_first(app: App) -> None:
    decide(app, action=DecisionAction.REJECT)
    outcome = decide(app, actor=ADMIN.email)
    assert outcome.startswith(f"refused: already rejected by {BUYER.email}")
    assert state(app) is S.REJECTED


def test_a_decision_on_an_order_that_was_replaced_is_refused(app: App) -> None:
    app.orders.adopt([], system="s4", run_id="r2", plan_id="p2")
    assert "already superseded by plan" in decide(app)


def test_a_held_order_is_released_by_an_admin_only(app: App) -> None:
    assert "by an admin" in decide(app, HELD)
    assert state(app, HELD) is S.HELD
    assert decide(app, HELD, actor=ADMIN.email) == "approved"
    assert state(app, HELD) is S.APPROVED


def test_a_buyer_may_reject_a_held_order(app: App) -> None:
    assert decide(app, HELD, DecisionAction.REJECT) == "rejected"


def test_what_an_admin_released_is_held_only_by_other_guards(app: App) -> None:
    decide(app, HELD, actor=ADMIN.email)
    gate = cast("OpenGate", app.gate)
    gate.fired = [GuardHit("price_jump", "80 %", "20 %"), GuardHit("stale_stock", "50 h", "24 h")]
    submit_due(app)
    found = app.orders.get(HELD.order.order_key)
    assert found is not None
    assert (found.state, found.note) == (S.HELD, "stale_stock: 50 h, limit 24 h")
    decide(app, HELD, actor=ADMIN.email)
    submit_due(app)
    assert state(app, HELD) is S.RELEASED


def test_a_change_of_quantity_makes_an_approved_revision(app: App) -> None:
    outcome = decide(app, action=DecisionAction.CHANGE, quantities={1: Decimal(120)})
    new_key = outcome.removeprefix("changed: now order ")
    new = app.orders.get(new_key)
    assert new is not None
    assert (new.state, new.order.lines[0].quantity, new.order.revision) == (S.APPROVED, Decimal(120), 1)
    assert state(app) is S.SUPERSEDED
    assert app.orders.events(new_key)[-1].actor == BUYER.email
    submit_due(app)
    assert cast("FakeErpWriter", app.writers["s4"]).count() == 1


def test_an_impossible_change_is_refused_with_the_reason(app: App) -> None:
    outcome = decide(app, action=DecisionAction.CHANGE, quantities={1: Decimal(0)})
    assert outcome.startswith("refused: the new quantities are not possible")
    assert state(app) is S.AWAITING_APPROVAL


class _Killed(BaseException):
    """As SIGKILL."""


@pytest.mark.parametrize("action", list(DecisionAction))
def test_a_kill_between_step_and_settlement_is_made_good(app: App, action: DecisionAction) -> None:
    class Killer:
        def reach(self, name: str) -> None:
            if name == "approve.applied":
                raise _Killed

    quantities = {1: Decimal(120)} if action is DecisionAction.CHANGE else {}
    decision = Decision(
        "d1", ASK.order.order_key, ASK.order.content_hash, action, BUYER.email, "", app.clock.now(), quantities
    )
    app.orders.record_decision(decision)
    with pytest.raises(_Killed):
        apply_decisions(replace(app, failpoints=Killer()), ApproveReport())
    count = len(app.orders.select())
    apply_decisions(app, ApproveReport())
    assert len(app.orders.select()) == count
    ((_, outcome),) = app.orders.decisions(ASK.order.order_key)
    assert outcome in {"approved", "rejected", "changed"}


def test_time_ends_a_draft_and_never_approves_it(app: App) -> None:
    cast("ManualClock", app.clock).advance(14 * 86_400)
    advance(app)
    assert state(app) is S.AWAITING_APPROVAL
    cast("ManualClock", app.clock).advance(1)
    report = advance(app)
    assert report.counts["expired"] == 2
    assert state(app) is S.EXPIRED
    assert S.APPROVED not in {event.to_state for event in app.orders.events(ASK.order.order_key)}


def test_the_request_goes_to_the_buyers_of_the_location_once(app: App) -> None:
    advance(app)
    advance(app)
    assert mails(app) == [("approval_request", BUYER.email)]


def test_withdrawal_goes_to_everybody_but_the_one_who_did_it(app: App) -> None:
    people(app).put(Person("amy@example.com", "Amy", frozenset({"buyer"})))
    advance(app)
    decide(app, action=DecisionAction.REJECT)
    advance(app)
    assert mails(app)[2:] == [("withdrawn", "amy@example.com")]


def test_the_approver_hears_that_it_was_ordered_and_operators_of_trouble(app: App) -> None:
    decide(app)
    decide(app, HELD, actor=ADMIN.email)
    cast("FakeErpWriter", app.writers["s4"]).faults = ["refused"]
    submit_due(app)
    advance(app)
    assert sorted(mails(app)) == sorted(
        [
            ("alarm", OPERATOR.email),
            ("confirmation", BUYER.email if state(app) is S.RELEASED else ADMIN.email),
        ]
    )


def test_an_automatic_order_needs_no_confirmation(app: App) -> None:
    app.orders.adopt([make_draft(["x"])], system="s4", run_id="r2", plan_id="p2")
    submit_due(app)
    report = advance(app)
    assert ("confirmation", BUYER.email) not in mails(app)
    assert not report.troubles
    assert app.orders.outbox() == []


def test_mail_that_cannot_leave_is_tried_again_with_the_same_id(app: App) -> None:
    mailer = cast("RecordingMailer", app.mailer)
    mailer.fails = [Retryable("no connection")]
    report = advance(app)
    assert "no connection" in report.troubles[0]
    assert mailer.sent == []
    cast("ManualClock", app.clock).advance(61)
    advance(app)
    assert [mail.message_id for mail in mailer.sent] == [f"<{ASK.order.order_key}.approval_request.{BUYER.email}>"]


def test_one_refused_address_does_not_hide_the_mail_from_the_others(app: App) -> None:
    people(app).put(Person("amy@example.com", "Amy", frozenset({"buyer"})))
    mailer = cast("RecordingMailer", app.mailer)
    mailer.fails = [Refused("no such mailbox")]
    report = advance(app)
    assert len(mailer.sent) == 1
    assert "no such mailbox" in report.troubles[0]
    cast("ManualClock", app.clock).advance(86_400)
    advance(app)
    assert len(mailer.sent) == 1


def test_an_order_without_anybody_to_ask_is_reported(app: App) -> None:
    for person in (BUYER, ADMIN):
        people(app).put(replace(person, active=False))
    report = advance(app)
    assert "nobody to write to" in report.troubles[0]
    assert "L1" in report.troubles[0]


def test_a_request_that_is_no_longer_open_is_not_mailed(app: App) -> None:
    decide(app)
    advance(app)
    assert mails(app) == []


def test_an_amender_may_be_given(app: App) -> None:
    def fails(_stored: StoredOrder, _quantities: object, _installation: str) -> DraftOrder:
        raise ValueError("below the minimum of 200")

    decision = Decision(
        "d1", ASK.order.order_key, ASK.order.content_hash, DecisionAction.CHANGE, BUYER.email, "",
        app.clock.now() + timedelta(seconds=1), {1: Decimal(3)},
    )  # fmt: skip
    app.orders.record_decision(decision)
    apply_decisions(app, ApproveReport(), amend=fails)
    assert "below the minimum of 200" in app.orders.decisions(ASK.order.order_key)[-1][1]


def test_a_route_for_two_people_waits_for_the_second(app: App) -> None:
    cast("OpenGate", app.gate).people = 2
    assert decide(app) == "counted: 1 more must approve"
    assert decide(app) == "counted: 1 more must approve"
    assert state(app) is S.AWAITING_APPROVAL
    assert decide(app, actor=ADMIN.email) == "approved"
    assert state(app) is S.APPROVED


def test_nobody_changes_and_approves_alone_what_needs_two(app: App) -> None:
    cast("OpenGate", app.gate).people = 2
    outcome = decide(app, action=DecisionAction.CHANGE, quantities={1: Decimal(120)})
    assert outcome.startswith("refused")
    assert state(app) is S.AWAITING_APPROVAL


def test_a_slip_of_a_digit_is_not_taken_for_a_change(app: App) -> None:
    asked = ASK.order.lines[0].quantity
    outcome = decide(app, action=DecisionAction.CHANGE, quantities={1: asked * 10})
    assert outcome == "refused: line 1: more than 5 times what was asked; order that in the ERP"
    assert state(app) is S.AWAITING_APPROVAL


def test_whoever_changed_an_order_does_not_release_it(app: App) -> None:
    outcome = decide(app, action=DecisionAction.CHANGE, actor=ADMIN.email, quantities={1: Decimal(120)})
    new = app.orders.get(outcome.removeprefix("changed: now order "))
    assert new is not None
    app.orders.move(new.order.order_key, S.APPROVED, S.HELD, actor="bot", reason="order_value_max")
    outcome = decide(app, new.draft, actor=ADMIN.email)
    assert outcome.startswith("refused: not allowed: whoever changed")
    assert state(app, new.draft) is S.HELD


def test_a_withdrawal_with_nobody_else_to_tell_is_no_trouble(app: App) -> None:
    decide(app, action=DecisionAction.REJECT)
    report = ApproveReport()
    send_mail(app, cast("Letters", app.letters), report)
    assert not [text for text in report.troubles if "withdrawn" in text]
