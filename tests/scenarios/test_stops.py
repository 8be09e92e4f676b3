"""What must stop orders does: an unusable extract, a broken policy, the kill switch; and only where it must."""

import pytest

from bot.orders.model import OrderState
from connectors.answers import Limits
from connectors.sap.s4 import S4Reader
from connectors.sap.s4_base import connect
from connectors.sap.settings import S4Settings
from tests.scenarios.company import SYSTEMS, World

pytestmark = pytest.mark.servers


def check_that_only_fusion_orders(world: World, reason: str) -> None:
    """Plan and send: S/4 gets nothing and says why, Fusion goes on."""
    plan = world.run("plan")
    systems = plan.report["systems"]
    assert reason in str(systems["s4"].get("error", "")), systems["s4"]  # type: ignore[index]
    assert plan.exit_code != 0, "a system without a plan must not look like success"
    assert reason in plan.message
    assert systems["fusion"]["planned"] > 0  # type: ignore[index]
    assert world.run("submit").exit_code == 0
    assert world.app().orders.select(system="s4") == []
    assert world.documents("s4") == []
    assert world.documents("fusion")
    world.check_books()


def test_an_unusable_extract_of_one_system_orders_nothing_there_and_the_other_goes_on(fresh: World) -> None:
    changed = fresh.change(
        "s4", 'UPDATE "A_MatlStkInAcctMod" SET "MatlWrhsStkQtyInMatlBaseUnit" = -5 WHERE rowid % 2 = 0'
    )
    assert changed >= 20
    check_that_only_fusion_orders(fresh, "of stock was set aside")


def test_an_extract_that_shrank_orders_nothing(planned: World) -> None:
    """Fault 39: fewer than 80 % of the last run's rows; and the bad extract does not become the yardstick."""
    before = {o.order.order_key: o.state for o in planned.app().orders.select()}
    assert planned.change("s4", 'DELETE FROM "A_PurgInfoRecdOrgPlantData" WHERE rowid % 2 = 0') >= 20
    for _ in range(2):
        plan = planned.run("plan")
        assert "sourcing shrank" in str(plan.report["systems"]["s4"].get("error", "")), plan.message  # type: ignore[index]
    assert {o.order.order_key: o.state for o in planned.app().orders.select()} == before


NO_STOCK = {"s4": 'DELETE FROM "A_MatlStkInAcctMod"', "fusion": 'DELETE FROM "onhandQuantityDetails"'}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_stock_list_without_rows_is_not_taken_for_empty_shelves(fresh: World, system: str) -> None:
    """Fault 39: 200 OK and nothing in it; zeros everywhere would order everything."""
    assert fresh.change(system, NO_STOCK[system]) >= 20
    plan = fresh.run("plan")
    assert "stock" in str(plan.report["systems"][system].get("error", "")), plan.report  # type: ignore[index]
    assert plan.exit_code != 0
    assert fresh.app().orders.select(system=system) == []
    other = SYSTEMS[1 - SYSTEMS.index(system)]
    assert fresh.app().orders.select(OrderState.APPROVED, system=other)


def test_a_stock_list_that_lost_half_of_its_rows_orders_nothing_alone(planned: World) -> None:
    before = {o.order.order_key for o in planned.app().orders.select()}
    assert planned.change("s4", 'DELETE FROM "A_MatlStkInAcctMod" WHERE rowid % 2 = 0') >= 20
    planned.run("plan")
    new = [o for o in planned.app().orders.select(system="s4") if o.order.order_key not in before]
    assert new, "half of the stock is gone and nothing is needed?"
    assert {o.state for o in new} == {OrderState.HELD}
    assert all("breaker_hold" in {hit.guard for hit in o.draft.guards} for o in new)


def test_a_number_with_a_comma_orders_nothing_for_its_system(fresh: World) -> None:
    """Fault 47: nobody can say whether 1,000 is one or a thousand."""
    path = fresh.folder / "erp" / "s4_side" / "requirements.csv"
    lines = path.read_text("utf-8").splitlines()
    quantity = lines[0].split(",").index("quantity")
    cells = lines[1].split(",")
    cells[quantity] = '"1,000"'
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", "utf-8")
    check_that_only_fusion_orders(fresh, "1,000")


def test_an_answer_beyond_all_measure_orders_nothing_for_its_system(fresh: World) -> None:
    """Fault 55: the size limit of the session ends the read."""
    app = fresh.app()
    values = fresh.loaded.of_system("s4")
    small = S4Reader(connect(S4Settings.model_validate(values), fresh.clock, Limits(body=20_000)))
    readers = {"s4": small, "fusion": app.readers["fusion"]}
    plan = fresh.run("plan", app=fresh.app(readers=readers))
    error = plan.report["systems"]["s4"]["error"]  # type: ignore[index]
    assert "larger than 20000 bytes" in str(error)
    assert plan.exit_code != 0
    assert fresh.app().orders.select(system="s4") == []
    assert fresh.app().orders.select(system="fusion")


def test_a_blocked_supplier_gets_no_order(fresh: World, planned: World) -> None:
    """Fault 51: the block list of the ERP is read with every plan."""
    supplier = planned.app().orders.select(OrderState.APPROVED, system="s4")[0].order.supplier
    fresh.change("s4", 'UPDATE "A_Supplier" SET "PurchasingIsBlocked" = 1 WHERE "Supplier" = ?', supplier)
    decisions = fresh.decisions(fresh.run("plan")).query("system == 's4'")
    left = decisions[decisions["supplier"].astype("str") == supplier]
    assert not len(left[left["decision"] == "auto"]), "a blocked supplier gets automatic orders"
    assert "supplier_blocked" in set(left["reason"])
    assert supplier not in {o.order.supplier for o in fresh.app().orders.select(OrderState.APPROVED, system="s4")}


DISCONTINUED = {
    "s4": 'UPDATE "A_Product" SET "CrossPlantStatus" = \'01\' WHERE "Product" = ?',
    "fusion": 'UPDATE "itemsV2" SET "PurchasableFlag" = 0 WHERE "ItemNumber" = ?',
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_item_that_ends_between_plan_and_sending_is_not_ordered(planned: World, system: str) -> None:
    """Fault 53: item status is read when planning; afterwards the ERP itself refuses, and a person is told."""
    order = planned.app().orders.select(OrderState.APPROVED, system=system)[0].order
    assert planned.change(system, DISCONTINUED[system], order.lines[0].item) >= 1
    outcome = planned.run("submit")
    now = planned.app().orders.get(order.order_key)
    assert now is not None
    assert now.state in (OrderState.REFUSED, OrderState.HELD), now.note
    assert order.order_key in outcome.message
    assert order.order_key not in planned.numbers(system)
    planned.check_books()


def test_a_policy_that_breaks_between_plan_and_sending_lets_nothing_through(planned: World) -> None:
    path = planned.folder / "policies" / "policy.yaml"
    good = path.read_text("utf-8")
    path.write_text(good.replace("auto_order_value_max: 9000 EUR", "auto_order_value_max: plenty"), "utf-8")
    due = len(planned.app().orders.select(OrderState.APPROVED))
    broken = planned.run("submit")
    assert (broken.exit_code, "policy.yaml" in broken.message) == (3, True), broken.message
    assert [planned.documents(system) for system in SYSTEMS] == [[], []]
    assert len(planned.app().orders.select(OrderState.APPROVED)) == due, "the files are broken, not the orders"
    path.write_text(good, "utf-8")
    assert planned.run("submit").exit_code == 0
    assert all(planned.documents(system) for system in SYSTEMS)
    planned.check_books()


class StopInTheMiddle:
    """Failpoints that pull the kill switch, by its command, when the second order was recorded."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.recorded = 0

    def reach(self, name: str) -> None:
        if name == "submit.recorded":
            self.recorded += 1
            if self.recorded == 2:
                assert self._world.command("stop", "wrong prices").returncode == 0


def test_the_kill_switch_stops_the_running_batch(planned: World) -> None:
    due = len(planned.app().orders.select(OrderState.APPROVED))
    planned.failpoints = StopInTheMiddle(planned)
    stopped = planned.run("submit")
    assert stopped.exit_code == 7, stopped.message
    assert "STOP" in stopped.message
    assert sum(len(planned.numbers(system)) for system in SYSTEMS) == 2
    assert planned.states()["approved"] == due - 2
    assert planned.run("submit").exit_code == 7
    assert sum(len(planned.numbers(system)) for system in SYSTEMS) == 2

    planned.failpoints = None
    assert planned.command("start").returncode == 0
    assert planned.run("submit").exit_code == 0
    assert sum(len(planned.numbers(system)) for system in SYSTEMS) == due
    planned.check_books()
