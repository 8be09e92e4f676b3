"""Both routes of one system, each looking for what the other made, against the Fusion-like server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import OutcomeUnknown, Refused, Retryable
from bot.jobs.follow_up import follow_up
from bot.jobs.submit import never, submit_due
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderState
from connectors.oracle.fusion import writer
from connectors.oracle.routes import Routes
from tests.connectors.oracle.fusion_parts import KEY, draft_order, fusion_settings
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.fakes import ManualClock
from tests.makers import database, make_app

pytestmark = pytest.mark.servers
ROUTES = ["draft_order", "requisition"]
TURNS = [("draft_order", "requisition"), ("requisition", "draft_order")]
OTHER = "ZZZZZZZZZZ22"
_OFFICE_CHAIRS = {
    "requisition": "UPDATE purchaseRequisitions SET Requisition = ?, Description = 'Office chairs'",
    "draft_order": "UPDATE purchaseOrders SET OrderNumber = ?, Description = 'Chairs' WHERE OrderNumber = '5001'",
}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("routes")


@pytest.fixture
def running(folder: Path) -> Iterator[Pod]:
    with running_pod(folder, approval_limit=Decimal(10**6)) as pod:
        yield pod


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))


def by(pod: Pod, route: str) -> Routes:
    return writer(fusion_settings(base_url=pod.url, password="restock-demo", write_route=route), clock())


def draft(key: str = KEY) -> DraftOrder:
    made = draft_order(key)
    return replace(made, order=replace(made.order, supplier="1001"))


def alter(folder: Path, statement: str, *values: str) -> None:
    """Play the people in Fusion."""
    with closing(sqlite3.connect(folder / "fusion.db")) as connection:
        assert connection.execute(statement, values).rowcount > 0
        connection.commit()


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_creates_its_own_kind(running: Pod, route: str) -> None:
    resources = ("draftPurchaseOrders", "purchaseOrders", "purchaseRequisitions")
    before = [len(running.items(resource)) for resource in resources]
    by(running, route).create(draft())
    drafts, orders, requisitions = (len(running.items(r)) - n for r, n in zip(resources, before, strict=True))
    assert (drafts + orders > 0, requisitions) == (route == "draft_order", route == "requisition")


@pytest.mark.parametrize(("before", "now"), TURNS)
def test_what_the_other_route_made_is_found_and_read_back(running: Pod, before: str, now: str) -> None:
    made = by(running, before)
    number, changed = made.create(draft()), by(running, now)
    assert list(changed.find(KEY)) == list(made.find(KEY))
    assert [one.number for one in changed.find(KEY)] == [number]
    assert list(changed.status([number, "none"])) == list(made.status([number]))
    assert changed.status([number])[0].order_key == KEY
    assert changed.find(OTHER) == []
    assert changed.status(["none"]) == []


@pytest.mark.parametrize(("before", "now"), TURNS)
def test_a_switch_while_an_order_is_in_doubt_orders_once(folder: Path, running: Pod, before: str, now: str) -> None:
    time = clock()
    with database(folder / "r.db") as engine:
        app = make_app(engine, folder, clock=time, writer=_Dying(by(running, before)))
        app.orders.adopt([draft()], system="fusion", run_id="r", plan_id="p")
        with pytest.raises(_DeathError):
            submit_due(app)
        changed = by(running, now)
        app = make_app(engine, folder, clock=time, writer=changed, holder="w2")
        for _ in range(4):
            time.advance(1000)
            submit_due(app)
        assert len(changed.find(KEY)) == 1
        stored = app.orders.get(KEY)
        assert stored is not None
        assert stored.state is OrderState.RELEASED
        epoch = app.runs.take_lease(app.holder, 60)
        assert epoch is not None
        time.advance(10_000)
        report = follow_up(app, epoch=epoch, should_stop=never)
        assert "missing" not in report.counts
        assert not report.troubles


class _DeathError(BaseException):
    """The process ends."""


class _Dying:
    """Hands everything on, and dies after Fusion has the order."""

    def __init__(self, inner: Routes) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def create(self, order: DraftOrder) -> str:
        self._inner.create(order)
        raise _DeathError


@pytest.mark.parametrize(("before", "now"), TURNS)
def test_documents_on_both_routes_are_two(running: Pod, before: str, now: str) -> None:
    by(running, before).create(draft())
    by(running, now).create(draft())
    assert len(by(running, before).find(KEY)) == len(by(running, now).find(KEY)) == 2


@pytest.mark.parametrize("route", ROUTES)
def test_an_order_that_fusion_made_of_our_requisition_is_no_second_document(
    folder: Path, running: Pod, route: str
) -> None:
    """Even where the company lets the order take over the description of the requisition."""
    number = by(running, "requisition").create(draft())
    alter(folder, "UPDATE requisitionLines SET PurchaseOrder = '5001'")
    alter(folder, "UPDATE purchaseOrders SET Description = ? WHERE OrderNumber = '5001'", f"{KEY} Restock M1 1001")
    assert [one.number for one in by(running, route).find(KEY)] == [number]


@pytest.mark.parametrize(("before", "now"), TURNS)
def test_a_stranger_with_the_number_of_ours_on_the_other_route_is_not_ours(
    folder: Path, running: Pod, before: str, now: str
) -> None:
    if now == "requisition":
        by(running, now).create(draft(OTHER))
    number = by(running, before).create(draft())
    alter(folder, _OFFICE_CHAIRS[now], number)
    (found,) = by(running, now).status([number])
    assert found.order_key == KEY


@pytest.mark.parametrize(("before", "now"), TURNS)
def test_an_incomplete_document_of_the_other_route_is_completed_and_taken_back_there(
    running: Pod, before: str, now: str
) -> None:
    running.arm(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        by(running, before).create(draft())
    changed = by(running, now)
    (held,) = changed.find(KEY)
    assert held.state is DocumentState.HELD
    changed.complete(held.number)
    (found,) = changed.status([held.number])
    assert found.state is DocumentState.OPEN
    changed.cancel(held.number)
    assert changed.status([held.number])[0].state is DocumentState.CANCELLED


_IN_BOXES = {
    "requisition": "UPDATE requisitionLines SET UOMCode = 'BX', UOM = 'Box', Quantity = 2",
    "draft_order": "UPDATE purchaseOrderLines SET UOMCode = 'BX', Quantity = 2 WHERE POHeaderId = "
    "(SELECT max(POHeaderId) FROM purchaseOrders)",
}


@pytest.mark.parametrize("route", ROUTES)
def test_an_order_unit_that_nobody_has_explained_is_doubt(folder: Path, running: Pod, route: str) -> None:
    """A person turned the pieces into boxes: two pieces would be far from what is coming."""
    number = by(running, route).create(draft())
    alter(folder, _IN_BOXES[route])
    with pytest.raises(Retryable, match="how many base units of item AS-1001 one BX is"):
        by(running, route).status([number])
    told = fusion_settings(
        base_url=running.url, password="restock-demo", write_route=route,
        conversions=[{"unit": "BX", "base_units": "12"}],
    )  # fmt: skip
    (line,) = writer(told, clock()).status([number])[0].lines
    assert line.price_unit == 12


@pytest.mark.parametrize("route", ROUTES)
def test_a_number_that_nobody_knows_is_the_business_of_the_route_in_use(running: Pod, route: str) -> None:
    words = "requisitions have" if route == "requisition" else "documents have"
    with pytest.raises(Refused, match=f"0 .*{words} the number none"):
        by(running, route).complete("none")
