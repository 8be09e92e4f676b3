"""Today's policy at the moment of sending: what changed since the plan holds the order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.jobs.gate import PolicyGate, last_plan, lines_of
from bot.orders.draft import amended
from bot.orders.model import OrderEvent, OrderState, StoredOrder, Verdict
from bot.store.runs import SqlRuns
from tests.bot.company import AUTONOMOUS, Company, history, on_time, terms
from tests.fakes import CountingIds, ManualClock, TextPolicies
from tests.makers import database

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def stored(policy: str = AUTONOMOUS, company: Company | None = None) -> StoredOrder:
    """The order that the company's plan drafts, approved."""
    made = company or Company.small(receipts=on_time())
    made.policy = policy
    draft = made.cycle().orders[0]
    return StoredOrder(draft, OrderState.APPROVED, 1, "run", "plan", "", draft.order.content_hash, NOW, NOW)


def gate(policy: str = AUTONOMOUS) -> PolicyGate:
    return PolicyGate(TextPolicies({"policy.yaml": policy}), ManualClock(NOW), "UTC")


def step(actor: str, at: datetime = NOW) -> OrderEvent:
    """The step by which `actor` approved."""
    return OrderEvent(1, "K", at, actor, "approved", OrderState.HELD, OrderState.APPROVED, "", {}, "", "")


ANN, PLAN = step("ann@example.com"), step("plan")


def fired(order: StoredOrder, policy: str = AUTONOMOUS, approval: OrderEvent | None = PLAN) -> list[str]:
    return [hit.guard for hit in gate(policy).hits(order, approval)]


BREAKERS = AUTONOMOUS + "breakers:\n  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }\n"


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[SqlRuns]:
    with database(tmp_path / "db.sqlite") as engine:
        yield SqlRuns(engine, ManualClock(NOW), CountingIds())


def ended(runs: SqlRuns, state: str, drop: float | None, day: date = date(2026, 3, 2)) -> None:
    """A plan run of the ledger, with the drop of stock rows that it saw; None = it failed before."""
    row = runs.open("plan", day, force=True)
    assert row is not None
    seen = {"received": {"stock": 1}, "watched": {"stock_rows_drop_pct": drop}}
    runs.close(row.run_id, state, {"systems": {"files": {"error": "down"} if drop is None else seen}})


def test_a_breaker_that_the_last_plan_opened_holds_orders_at_claim(runs: SqlRuns) -> None:
    watching = replace(gate(BREAKERS), runs=runs)
    assert watching.hits(stored()) == []
    ended(runs, "done", 5)
    assert watching.hits(stored()) == []
    ended(runs, "done", 30)
    assert [hit.guard for hit in watching.hits(stored())] == ["breaker_hold"]
    ended(runs, "done", 0)
    assert watching.hits(stored()) == []


def test_a_plan_that_fails_or_still_runs_closes_no_breaker(runs: SqlRuns) -> None:
    watching = replace(gate(BREAKERS), runs=runs)
    ended(runs, "done", 30)
    ended(runs, "stopped", None)
    runs.open("plan", date(2026, 3, 3))
    assert [hit.guard for hit in watching.hits(stored())] == ["breaker_hold"]
    other = replace(stored(), draft=replace(stored().draft, order=replace(stored().order, system="other")))
    assert watching.hits(other) == []


def test_the_last_plan_is_looked_for_from_a_day_on(runs: SqlRuns) -> None:
    ended(runs, "done", 3, date(2026, 2, 1))
    assert last_plan(runs, "files")["watched"] == {"stock_rows_drop_pct": 3}
    assert last_plan(runs, "files", date(2026, 2, 2)) == {}
    assert last_plan(runs, "nowhere") == {}


def test_nothing_changed_nothing_fires() -> None:
    assert stored().draft.verdict is Verdict.AUTO
    assert fired(stored()) == []


@pytest.mark.parametrize(
    ("old", "new", "guard"),
    [
        ("auto_order_value_max: 100000 EUR", "auto_order_value_max: 5 EUR", "auto_order_value_max"),
        ("limits:", "limits:\n  order_value_max: 5 EUR", "order_value_max"),
        ("autonomous", "suggest", "mode"),
        ("autonomous", "observe", "mode"),
        ("limits:", "freeze:\n  - { id: f, until: 2026-03-09, reason: count }\nlimits:", "freeze_hold"),
    ],
)
def test_a_policy_that_changed_since_holds_what_the_bot_approved(old: str, new: str, guard: str) -> None:
    changed = AUTONOMOUS.replace(old, new)
    assert changed != AUTONOMOUS
    assert guard in fired(stored(), changed)


def test_a_rule_for_one_item_reaches_its_order_only() -> None:
    rule = AUTONOMOUS + "rules:\n  - { id: r, match: { item: %s }, set: { mode: observe } }\n"
    assert fired(stored(), rule % "bolt") == ["mode"]
    assert fired(stored(), rule % "nut") == []


def test_a_rule_for_a_category_or_price_reads_the_stored_figures() -> None:
    company = Company.small(receipts=on_time(), items=[{"item": "bolt", "unit": "EA", "category": "fasteners/hex"}])
    order = stored(company=company)
    for match in ("{ category: fasteners/** }", "{ unit_price: { lt: 1 } }", "{ pattern: smooth }"):
        rule = AUTONOMOUS + f"rules:\n  - {{ id: r, match: {match}, set: {{ mode: observe }} }}\n"
        assert fired(order, rule) == ["mode"], match


def test_what_a_person_approved_is_stopped_by_blocks_only() -> None:
    order = stored()
    assert fired(order, AUTONOMOUS.replace("value_max: 100000 EUR", "value_max: 5 EUR"), ANN) == []
    assert fired(order, AUTONOMOUS.replace("autonomous", "suggest"), ANN) == []
    assert fired(order, AUTONOMOUS.replace("autonomous", "observe"), ANN) == ["mode"]
    assert fired(order, AUTONOMOUS.replace("limits:", "limits:\n  order_value_max: 5 EUR"), ANN) == ["order_value_max"]


def test_a_quantity_that_a_person_raised_is_judged_by_its_new_value() -> None:
    order = stored()
    limit = AUTONOMOUS.replace("limits:", "limits:\n  order_value_max: 100 EUR")
    assert fired(order, limit, ANN) == []
    raised = replace(order, draft=amended(order, {1: order.order.lines[0].quantity * 10}, "test"))
    assert fired(raised, limit, ANN) == ["order_value_max"]


def test_an_order_of_unknown_value_is_stopped_in_words_that_say_so() -> None:
    order = stored()
    evidence = {
        line: {name: figure for name, figure in known.items() if name != "amount_minor"}
        for line, known in order.draft.evidence.items()
    }
    unknown = replace(order, draft=replace(order.draft, value=None, evidence=evidence))
    limit = AUTONOMOUS.replace("limits:", "limits:\n  order_value_max: 100 EUR")
    [hit] = [hit for hit in gate(limit).hits(unknown, ANN) if hit.guard == "order_value_max"]
    assert hit.found == "when it was about to be sent; its value in EUR is unknown"


def test_a_broken_policy_lets_nothing_through() -> None:
    hits = gate("version: 1\ndefaults: { moed: assist }\n").hits(stored())
    assert [hit.guard for hit in hits] == ["policy"]
    assert "policy.yaml:2:13" in hits[0].source


def test_a_policy_in_another_currency_lets_nothing_through() -> None:
    hits = gate(AUTONOMOUS.replace("EUR", "USD")).hits(stored())
    assert [(hit.guard, hit.found, hit.limit) for hit in hits] == [
        ("policy_currency", "value in EUR", "amounts in USD")
    ]


def test_caps_are_for_what_no_person_approved() -> None:
    found = gate().limits(stored())
    assert (found.currency, found.per_day, found.per_week, found.orders_per_run) == ("EUR", 10**8, 10**8, 1000)
    free = gate().limits(stored(), ANN)
    assert (free.per_day, free.per_week, free.orders_per_run) == (None, None, None)


def test_the_lines_carry_the_value_of_the_whole_order_once() -> None:
    company = Company.small(
        items=[{"item": name, "unit": "EA"} for name in ("bolt", "nut")],
        stock=[{"item": name, "location": "L1", "on_hand": 0} for name in ("bolt", "nut")],
        demand=[*history([10] * 90), *history([4] * 90, "nut")],
        sourcing=[terms(), terms("nut")],
        receipts=[*on_time(), *on_time(item="nut")],
    )
    order = stored(company=company)
    lines = lines_of(order)
    assert len(lines) == 2
    assert order.draft.value is not None
    assert lines["amount_minor"].sum() == order.draft.value.amount * 100
    unknown = replace(order, draft=replace(order.draft, value=None))
    assert lines_of(unknown)["amount_minor"].sum() == order.order.total.amount * Decimal(100)


def on(day: date, approval: OrderEvent | None) -> list[str]:
    """What an order of 2 March, needed on 7 March, is told on a later day."""
    order = stored()
    assert [line.need_date for line in order.order.lines] == [date(2026, 3, 7)]
    clock = ManualClock(datetime(day.year, day.month, day.day, 6, 0, tzinfo=UTC))
    return [
        f"{hit.found}: {hit.limit}"
        for hit in replace(gate(), clock=clock).hits(order, approval)
        if hit.guard == "too_old"
    ]


@pytest.mark.parametrize("approval", [None, PLAN, ANN])
def test_an_order_that_waited_too_long_is_held_in_words(approval: OrderEvent | None) -> None:
    assert on(date(2026, 3, 7), approval) == []
    assert on(date(2026, 3, 8), approval) == ["needed on 2026-03-07: today, 2026-03-08"]
    assert on(date(2026, 3, 9), approval) == ["needed on 2026-03-07: today, 2026-03-09"]
    assert on(date(2026, 3, 10), approval)[0] == "approved 8 days ago, on 2026-03-02: 7 days"


def test_a_person_who_approves_a_late_order_knows_its_date_for_a_week() -> None:
    late = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
    assert on(date(2026, 4, 8), step("ann@example.com", late)) == []
    assert on(date(2026, 4, 9), step("ann@example.com", late)) == ["approved 8 days ago, on 2026-04-01: 7 days"]
    assert on(date(2026, 4, 1), step("plan", late)) == ["needed on 2026-03-07: today, 2026-04-01"]
