"""Broken answers while sending: every order ends as exactly one document, or is refused and reported."""

from dataclasses import replace

import pytest

from bot.orders.model import OrderState
from bot.ports import ErpWriter
from bot.wiring.world import SystemClock
from connectors.answers import Limits
from connectors.oracle.client import FusionClient
from connectors.oracle.orders import FusionWriter
from connectors.oracle.settings import FusionSettings
from connectors.sap.s4_base import connect
from connectors.sap.s4_write import S4Writer
from connectors.sap.settings import S4Settings
from tests.scenarios.company import SYSTEMS, World, next_day, stop_after

pytestmark = pytest.mark.servers

FAULTS: dict[str, dict[str, object]] = {
    "reply lost after the commit": {"drop_after_commit": 1},
    "two replies lost after the commit": {"drop_after_commit": 2},
    "connection cut before the work": {"drop_before": 1},
    "503 instead of a write": {"write_status": [503]},
    "500 and 502 instead of writes": {"write_status": [500, 502]},
    "429 instead of a write": {"write_status": [429], "retry_after": 1},
    "504 instead of reads": {"status": [504]},
    "a logon page instead of an answer": {"html_login": 1},
}


def wanted(world: World) -> dict[str, list[tuple[str, str, str, float]]]:
    """Key, item, location and base units of every line that is approved."""
    due = world.app().orders.select(OrderState.APPROVED)
    return {
        system: sorted(
            (order.order.order_key, line.item, line.location, float(line.quantity))
            for order in due
            if order.order.system == system
            for line in order.order.lines
        )
        for system in SYSTEMS
    }


def ordered(world: World, system: str) -> list[tuple[str, str, str, float]]:
    return sorted((key, item, place, quantity) for key, _, place, item, quantity in world.documents(system))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_order_ends_as_one_document(planned: World, fault: str) -> None:
    due = wanted(planned)
    for system in SYSTEMS:
        planned.fault(system, **FAULTS[fault])
    first = planned.run("submit")
    assert first.report, first.message
    planned.settle()
    for system in SYSTEMS:
        armed = planned.company.control(system, "GET")
        assert not any(armed.get(name) for name in FAULTS[fault] if name != "retry_after"), f"{system} was not struck"
        assert ordered(planned, system) == due[system], f"{system} after: {fault}"
    planned.check_books()


def test_a_token_that_expires_inside_the_batch_is_fetched_again(planned: World) -> None:
    due = wanted(planned)
    planned.fault("s4", csrf_expire=1)
    outcome = planned.run("submit")
    assert outcome.exit_code == 0, outcome.message
    assert ordered(planned, "s4") == due["s4"]
    planned.check_books()


def impatient(world: World, system: str) -> ErpWriter:
    """The system's real writer, which waits half a second for an answer."""
    limits = Limits(read=0.5)
    values = {key: value for key, value in world.loaded.of_system(system).items() if key != "settle_seconds"}
    if system == "s4":
        s4 = S4Settings.model_validate({**values, "settle_seconds": 4})
        return S4Writer(connect(s4, world.clock, limits))
    settings = FusionSettings.model_validate({**values, "settle_seconds": 4})
    client = FusionClient(settings, world.clock)
    client._session.limits = replace(client._session.limits, read=0.5)
    return FusionWriter(client, settings, world.clock)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_commit_later_than_our_patience_is_found_and_not_repeated(planned: World, system: str) -> None:
    planned.clock = next_day()
    app = planned.app()
    app = replace(app, writers={system: impatient(planned, system)})
    position = next(n for n, o in enumerate(app.orders.select(OrderState.APPROVED)) if o.order.system == system)
    planned.fault(system, delay_commit_s=1.5)
    first = planned.run("submit", app=app, should_stop=stop_after(position + 1))
    planned.calm()
    late = app.orders.select(OrderState.UNKNOWN)
    assert len(late) == 1, first.report
    assert planned.documents(system) == [], "the commit was not late"

    planned.run("submit", app=app, should_stop=stop_after(1))
    assert [o.order.order_key for o in app.orders.select(OrderState.UNKNOWN)] == [late[0].order.order_key]
    SystemClock().sleep(4.0)
    planned.run("submit", app=app, should_stop=stop_after(1))
    now = app.orders.get(late[0].order.order_key)
    assert now is not None
    assert planned.numbers(system)[late[0].order.order_key] == 1
    assert now.state in (OrderState.RELEASED, OrderState.VERIFIED, OrderState.SENT), now.note
    planned.check_books()


REFUSALS = {
    "s4": ('UPDATE "A_Supplier" SET "PurchasingIsBlocked" = 1 WHERE "Supplier" = ?', "blocked"),
    "fusion": ('UPDATE suppliers SET "Status" = \'INACTIVE\' WHERE "SupplierNumber" = ?', "active"),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_supplier_blocked_after_the_plan_is_refused_and_reported(planned: World, system: str) -> None:
    due = planned.app().orders.select(OrderState.APPROVED, system=system)
    supplier = due[0].order.supplier
    statement, word = REFUSALS[system]
    assert planned.change(system, statement, supplier) == 1
    outcome = planned.run("submit")
    mine = {o.order.order_key for o in due if o.order.supplier == supplier}
    after = {o.order.order_key: o for o in planned.app().orders.select(system=system)}
    assert {after[key].state for key in mine} == {OrderState.REFUSED}, outcome.message
    assert all(word in after[key].note for key in mine)
    assert outcome.exit_code == 3
    assert all(key in outcome.message for key in mine)
    others = {o.order.order_key for o in due} - mine
    assert {after[key].state for key in others} == {OrderState.RELEASED}
    assert set(planned.numbers(system)) == others
    planned.check_books()
