"""The run report as data: who ordered, what waits for which reasons, and a balance that adds up."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bot.jobs.report import PARTS, balance, build_report
from bot.orders.model import DraftOrder, GuardHit, OrderState, Verdict
from bot.ports import App, RunRow
from bot.tables.plan import REASONS
from tests.makers import database, make_app, make_draft


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with database(tmp_path / "restock.db") as engine:
        yield make_app(engine, tmp_path)


def decisions(**reasons: str) -> pd.DataFrame:
    rows = [
        (item, "L1", reason, "auto" if reason == "below_reorder_point" else "none") for item, reason in reasons.items()
    ]
    return pd.DataFrame(rows, columns=["item", "location", "reason", "decision"])


def planned(app: App, frame: pd.DataFrame, *drafts: DraftOrder) -> RunRow:
    row = app.runs.open("plan", app.clock.today("UTC"))
    assert row is not None
    app.orders.adopt(drafts, system="s4", run_id=row.run_id, plan_id="p")
    system = {
        "planned": len(frame), "grade": "ok", "quarantined_rows": 3,
        "plan_frames": app.files.put_frames("plan", {"decisions": frame}, {}),
        "quarantine": [{"table": "stock", "column": "on_hand", "reason": "negative", "count": 2, "example": "-5"}],
    }  # fmt: skip
    app.runs.close(row.run_id, "done", {"as_of": "2026-03-02", "systems": {"s4": system}})
    last = app.runs.latest("plan")
    assert last is not None
    return last


def judged(items: list[str], verdict: Verdict, *guards: str, risk: float = 0.1) -> DraftOrder:
    made = make_draft(items, verdict=verdict, guards=tuple(GuardHit(name, "", "") for name in guards))
    return replace(made, evidence={1: {"stockout_risk": risk, "mode": "suggest", "supplier_name": "ACME"}})


def test_orders_drafts_and_reasons(app: App) -> None:
    frame = decisions(bolt="below_reorder_point", nut="below_reorder_point", pin="below_reorder_point", rod="covered")
    row = planned(
        app,
        frame,
        judged(["bolt"], Verdict.AUTO),
        judged(["nut"], Verdict.APPROVE, "new_item", "price_rise_max_pct", "new_item"),
        judged(["pin"], Verdict.APPROVE, risk=0.9),
    )
    bolt = app.orders.select(OrderState.APPROVED)[0].order.order_key
    for before, to in ((OrderState.APPROVED, OrderState.SENDING), (OrderState.SENDING, OrderState.SENT)):
        app.orders.move(bolt, before, to, actor="test", reason="", erp_number="4500000001")
    report = build_report(app, row)

    assert [(one["erp_number"], one["alone"], one["supplier_name"]) for one in report["orders"]] == [
        ("4500000001", True, "ACME")
    ]
    assert [one["item"] for one in report["waiting"]] == ["pin", "nut"], "the one most likely to run out comes first"
    assert [one["reasons"] for one in report["waiting"]] == [["mode suggest"], ["new_item", "price_rise_max_pct"]]
    assert report["waiting"][0]["link"] == f"{app.planning.console_url}/a/{report['waiting'][0]['order_key']}"
    [system] = report["systems"]
    assert system["balance"] == {
        "ordered": 1, "moved": 0, "waiting": 2, "held": 0, "refused": 0, "not_needed": 1, "not_plannable": 0
    }  # fmt: skip
    assert system["quarantined_rows"] == 3
    assert report["not_ordered"][0] == {
        "reason": "covered", "meaning": REASONS["covered"].meaning, "count": 1, "examples": ["rod@L1"]
    }  # fmt: skip
    assert report["quarantine"] == [{"table": "stock.on_hand", "reason": "negative", "count": 2, "example": "-5"}]


def test_every_reason_and_every_state_has_its_part_of_the_balance() -> None:
    frame = decisions(**{f"item{number}": code for number, code in enumerate(REASONS)})
    parts = balance(frame, [])
    assert sum(parts.values()) == len(REASONS)
    assert parts["held"] == 1, "a proposal without an order was left out of the orders: it is held, not ordered"
    known = {"held", "refused", "waiting"}
    assert set(PARTS.values()) == known
    sent = {OrderState.SENT, OrderState.VERIFIED, OrderState.RELEASED, OrderState.CONFIRMED}
    assert not sent & set(PARTS)


def test_a_system_that_could_not_be_planned_is_told(app: App) -> None:
    row = app.runs.open("plan", app.clock.today("UTC"))
    assert row is not None
    app.runs.close(row.run_id, "failed", {"as_of": "2026-03-02", "systems": {"s4": {"error": "no answer"}}})
    last = app.runs.latest("plan")
    assert last is not None
    [system] = build_report(app, last)["systems"]
    assert (system["planned"], system["health"], system["findings"]) == (0, "UNUSABLE", ["no answer"])
