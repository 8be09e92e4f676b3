"""Sending under the real policy on the real store: what holds an order, and what a person's release is worth."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from bot.jobs.approve import ApproveReport, apply_decisions
from bot.jobs.gate import PolicyGate
from bot.jobs.memory import remember
from bot.jobs.submit import submit_due
from bot.orders.model import Decision, DecisionAction, DraftOrder, OrderState, Person
from bot.orders.plan import Memory
from bot.ports import App
from bot.store.people import SqlPeople
from tests.bot.company import AUTONOMOUS, Company, history, on_time, terms
from tests.fakes import FakeErpWriter, ManualClock, TextPolicies
from tests.makers import ADMIN, BUYER, database, make_app

S = OrderState
DAY = 86_400
CAPPED = AUTONOMOUS.replace("per_day_max: 1000000 EUR", "per_day_max: 40 EUR")
BROKEN = "version: 1\ndefaults: { moed: assist }\n"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    with database(tmp_path / "restock.db") as engine:
        yield engine


@pytest.fixture
def app(engine: sa.Engine, tmp_path: Path) -> Iterator[App]:
    app = make_app(engine, tmp_path)
    for person in (BUYER, ADMIN):
        cast("SqlPeople", app.people).put(person)
    yield under(app, AUTONOMOUS)
    cast("FakeErpWriter", app.writers["s4"]).close()


def under(app: App, policy: str) -> App:
    """The same App under other policy files."""
    return replace(app, gate=PolicyGate(TextPolicies({"policy.yaml": policy}), app.clock, "UTC"))


def plan(app: App) -> list[DraftOrder]:
    """Two orders that the plan approves by itself, one per supplier."""
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        demand=[*history([10] * 90), *history([10] * 90, "nut")],
        sourcing=[terms(), terms("nut", "other")],
        receipts=[*on_time(), *on_time("other", "nut")],
    )
    company.policy = AUTONOMOUS
    drafts = [replace(draft, order=replace(draft.order, system="s4")) for draft in company.cycle().orders]
    app.orders.adopt(drafts, system="s4", run_id="run", plan_id="plan")
    return drafts


def states(app: App, drafts: list[DraftOrder]) -> list[OrderState]:
    found = [app.orders.get(draft.order.order_key) for draft in drafts]
    return [stored.state for stored in found if stored]


def approve(app: App, draft: DraftOrder, person: Person, quantities: dict[int, Decimal] | None = None) -> str:
    """Record a decision, with quantities a change, and apply it; returns the outcome."""
    order, action = draft.order, DecisionAction.CHANGE if quantities else DecisionAction.APPROVE
    app.orders.record_decision(
        Decision(
            app.ids.new(), order.order_key, order.content_hash, action, person.email, "needed", app.clock.now(),
            quantities or {},
        )
    )  # fmt: skip
    apply_decisions(app, ApproveReport())
    return app.orders.decisions(order.order_key)[-1][1]


def capped(app: App) -> DraftOrder:
    """The second order, held because the first one used the cap up."""
    drafts = plan(app)
    assert submit_due(under(app, CAPPED)).counts == {"sent": 1, "verified": 1, "released": 1, "held": 1}
    (held,) = [draft for draft, state in zip(drafts, states(app, drafts), strict=True) if state is S.HELD]
    return held


def test_an_admins_release_of_a_capped_order_sends_it(app: App) -> None:
    held = capped(app)
    assert approve(app, held, ADMIN) == "approved"
    assert submit_due(under(app, CAPPED)).counts["sent"] == 1
    assert states(app, [held]) == [S.RELEASED]


def test_a_capped_order_that_the_next_plan_wants_again_is_a_buyers_to_approve(app: App) -> None:
    held = capped(app)
    app.orders.adopt([held], system="s4", run_id="run-2", plan_id="plan-2")
    assert states(app, [held]) == [S.AWAITING_APPROVAL]
    assert approve(app, held, BUYER) == "approved"
    assert submit_due(under(app, CAPPED)).counts["sent"] == 1


def test_a_send_that_did_not_happen_takes_no_persons_word_away(app: App) -> None:
    held = capped(app)
    approve(app, held, ADMIN)
    cast("FakeErpWriter", app.writers["s4"]).faults = ["retryable"]
    assert submit_due(under(app, CAPPED)).counts == {"approved": 1}
    cast("ManualClock", app.clock).advance(60)
    assert submit_due(under(app, CAPPED)).counts["sent"] == 1


def test_a_broken_policy_sends_nothing_and_holds_nothing(app: App) -> None:
    drafts = plan(app)
    report = submit_due(under(app, BROKEN))
    assert states(app, drafts) == [S.APPROVED, S.APPROVED]
    assert report.counts == {"waiting": 2}
    assert len(report.troubles) == 1
    assert "policy.yaml:2:13" in report.troubles[0]
    assert submit_due(app).counts["sent"] == 2


def test_what_the_kill_switch_kept_for_a_month_waits_for_a_person(app: App) -> None:
    drafts = plan(app)
    app.runs.stop("wrong prices", "ops@example.com")
    assert submit_due(app).stopped == "wrong prices"
    cast("ManualClock", app.clock).advance(30 * DAY)
    app.runs.start("ops@example.com")
    assert submit_due(app).counts == {"held": 2}
    stored = app.orders.get(drafts[0].order.order_key)
    assert stored is not None
    assert stored.note.startswith("too_old: approved 30 days ago, on 2026-03-02, limit 7 days")
    assert "not allowed" in approve(app, drafts[0], BUYER)
    assert approve(app, drafts[0], ADMIN) == "approved"
    assert submit_due(app).counts["sent"] == 1


def test_a_release_grows_old_like_any_approval(app: App) -> None:
    (first, _) = plan(app)
    cast("ManualClock", app.clock).advance(8 * DAY)
    assert submit_due(app).counts == {"held": 2}
    approve(app, first, ADMIN)
    cast("ManualClock", app.clock).advance(8 * DAY)
    assert submit_due(app).counts == {"held": 1}


def test_a_buyers_cut_is_not_ordered_automatically_by_the_next_plan(app: App) -> None:
    company = Company.small(receipts=on_time())
    company.policy = AUTONOMOUS.replace("order_value_max: 100000 EUR", "order_value_max: 30 EUR")
    first = company.cycle()
    draft = replace(first.orders[0], order=replace(first.orders[0].order, system="s4"))
    app.orders.adopt([draft], system="s4", run_id="run", plan_id="plan")
    assert states(app, [draft]) == [S.AWAITING_APPROVAL]
    approve(app, draft, BUYER, {1: Decimal(30)})
    flying, undone = remember(app, "s4"), replace(remember(app, "s4"), rejections=Memory.blank().rejections)
    assert company.cycle(undone).decisions["decision"].tolist() == ["auto"]  # else this test proves nothing
    again = company.cycle(flying).decisions
    assert again[["decision", "reason"]].to_numpy().tolist() == [["none", "rejected_before"]]
