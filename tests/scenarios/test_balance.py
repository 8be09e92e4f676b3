"""The report adds up: every planned item-location is accounted for once, and what is ordered is in the ERP."""

from typing import Any

import pytest

from bot.jobs.report import build_report
from bot.orders.model import OrderState
from tests.scenarios.company import SYSTEMS, World

pytestmark = pytest.mark.servers

PARTS = ("ordered", "moved", "waiting", "held", "refused", "not_needed", "not_plannable")


def report(world: World) -> dict[str, Any]:
    app = world.app()
    row = app.runs.latest("plan")
    assert row is not None
    return build_report(app, row)


def check_balance(world: World) -> dict[str, dict[str, int]]:
    balances = {}
    for system in report(world)["systems"]:
        parts = {name: system["balance"][name] for name in PARTS}
        assert set(system["balance"]) == set(PARTS)
        assert sum(parts.values()) == system["planned"] > 0, system
        balances[system["system"]] = parts
    assert set(balances) == set(SYSTEMS)
    return balances


def pairs(world: World, system: str) -> set[tuple[str, str]]:
    return {(item, place) for _, _, place, item, _ in world.documents(system)}


def test_the_balance_follows_the_orders_from_plan_to_erp(planned: World) -> None:
    before = check_balance(planned)
    assert all(parts["ordered"] == 0 and parts["waiting"] > 0 for parts in before.values()), before
    supplier = planned.app().orders.select(OrderState.APPROVED, system="s4")[0].order.supplier
    planned.change("s4", 'UPDATE "A_Supplier" SET "PurchasingIsBlocked" = 1 WHERE "Supplier" = ?', supplier)
    planned.run("submit")
    planned.run("approve")
    after = check_balance(planned)
    for system in SYSTEMS:
        assert after[system]["ordered"] == len(pairs(planned, system)) > 0
        moved_on = sum(after[system][name] for name in ("ordered", "refused"))
        assert before[system]["waiting"] - after[system]["waiting"] == moved_on
        for same in ("held", "not_needed", "not_plannable", "moved"):
            assert after[system][same] == before[system][same]
    assert after["s4"]["refused"] >= 1
    assert after["fusion"]["refused"] == 0


def test_an_unknown_order_is_counted_apart(planned: World) -> None:
    planned.fault("fusion", drop_after_commit=1)
    planned.run("submit")
    unknown = planned.app().orders.select(OrderState.UNKNOWN)
    assert len(unknown) == 1
    parts = check_balance(planned)["fusion"]
    assert parts["refused"] == len(unknown[0].order.lines)
    planned.settle()
    parts = check_balance(planned)["fusion"]
    assert parts["refused"] == 0
    assert parts["ordered"] == len(pairs(planned, "fusion"))


def test_every_number_of_the_report_is_in_the_erp(planned: World) -> None:
    planned.run("submit")
    shown = report(planned)["orders"]
    assert {row["order_key"] for row in shown} == {key for system in SYSTEMS for key in planned.numbers(system)}
    for row in shown:
        found = planned.app().writers[row["system"]].status([row["erp_number"]])
        assert [document.order_key for document in found] == [row["order_key"]]
        assert found[0].supplier == row["supplier"]
