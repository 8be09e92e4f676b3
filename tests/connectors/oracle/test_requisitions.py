"""The requisition route against the Fusion-like server: once, in doubt, read back, withdrawn, followed to its order."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder
from connectors.oracle.client import FusionClient
from connectors.oracle.fusion import reader, writer
from connectors.oracle.requisitioned import with_keys
from connectors.oracle.requisitions import RequisitionWriter
from connectors.oracle.settings import FusionSettings
from tests.connectors.oracle.fusion_parts import KEY, draft_order, fusion_settings
from tests.connectors.oracle.report_parts import PATHS
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers
OTHER = "ZZZZZZZZZZ22"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("requisitions")


@pytest.fixture
def running(folder: Path) -> Iterator[Pod]:
    with running_pod(folder, approval_limit=Decimal(10_000)) as pod:
        yield pod


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))


def settings(pod: Pod, **changes: Any) -> FusionSettings:
    return fusion_settings(base_url=pod.url, password="restock-demo", write_route="requisition", **changes)


@pytest.fixture
def fusion(running: Pod) -> RequisitionWriter:
    chosen = settings(running)
    return RequisitionWriter(FusionClient(chosen, clock()), chosen, clock())


def draft(key: str = KEY, **line: Any) -> DraftOrder:
    made = draft_order(key, **line)
    return replace(made, order=replace(made.order, supplier="1001"))


def made(pod: Pod) -> list[dict[str, Any]]:
    return pod.items("purchaseRequisitions")


def test_a_requisition_is_created_submitted_and_read_back(running: Pod, fusion: RequisitionWriter) -> None:
    assert fusion.find(KEY) == []
    number = fusion.create(draft())
    (found,) = fusion.find(KEY)
    assert fusion.status([number, "R1"]) == [found]
    assert (found.number, found.order_key, found.supplier, found.currency) == (number, KEY, "1001", "USD")
    assert found.state is DocumentState.OPEN
    (line,) = found.lines
    assert (line.item, line.location, line.quantity, line.price) == ("AS-1001", "M1", Decimal(20), Decimal("12.5"))
    assert (line.due_on, line.received, line.ended, line.line) == (date(2026, 10, 1), 0, False, "1")
    assert made(running)[0]["Description"].startswith(f"{KEY} Restock M1 1001")
    lines = running.items(f"purchaseRequisitions/{made(running)[0]['RequisitionHeaderId']}/child/lines")
    assert lines[0]["SupplierSiteId"] == running.draft()["SupplierSiteId"]


def test_other_requisitions_and_other_keys_are_not_found(running: Pod, fusion: RequisitionWriter) -> None:
    fusion.create(draft())
    assert fusion.find(OTHER) == []
    with pytest.raises(Refused, match="not an order key"):
        fusion.find("x")
    with pytest.raises(Refused, match="not an order key"):
        fusion.create(draft("x"))


def test_a_lost_answer_is_doubt_and_the_key_finds_and_completes_it(running: Pod, fusion: RequisitionWriter) -> None:
    running.arm(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        fusion.create(draft())
    (found,) = fusion.find(KEY)
    assert found.state is DocumentState.HELD
    fusion.complete(found.number)
    fusion.complete(found.number)
    assert fusion.find(KEY)[0].state is DocumentState.OPEN
    assert len(made(running)) == 1


def test_what_is_not_accepted_at_submit_stays_incomplete_for_a_person(running: Pod, fusion: RequisitionWriter) -> None:
    running.arm(submit_result="FAILED: funds")
    with pytest.raises(OutcomeUnknown, match="FAILED: funds"):
        fusion.create(draft())
    (found,) = fusion.find(KEY)
    assert found.state is DocumentState.HELD
    running.arm(submit_result="FAILED")
    with pytest.raises(Retryable, match="still be incomplete"):
        fusion.complete(found.number)
    with pytest.raises(Refused, match="held"):
        fusion.cancel(found.number)


def test_a_busy_pod_is_doubt_and_leaves_nothing(running: Pod, fusion: RequisitionWriter) -> None:
    running.arm(write_status=[503])
    with pytest.raises(OutcomeUnknown):
        fusion.create(draft())
    assert fusion.find(KEY) == []


def test_it_waits_for_approval_and_can_be_withdrawn(running: Pod, fusion: RequisitionWriter) -> None:
    number = fusion.create(draft(quantity=Decimal(2000)))
    assert fusion.find(KEY)[0].state is DocumentState.PENDING
    fusion.cancel(number)
    (found,) = fusion.status([number])
    assert (found.state, found.lines[0].ended) == (DocumentState.CANCELLED, True)
    fusion.cancel(number)


def turn_into(folder: Path, order: str) -> None:
    """Play the buyer: put the requisition on a purchase order."""
    with closing(sqlite3.connect(folder / "fusion.db")) as connection:
        connection.execute("UPDATE requisitionLines SET PurchaseOrder = ?, Quantity = 100", [order])
        connection.commit()


def join(folder: Path) -> None:
    """Play the buyer: put every requisition on order 5001, which has 100 pieces."""
    with closing(sqlite3.connect(folder / "fusion.db")) as connection:
        connection.execute("UPDATE requisitionLines SET PurchaseOrder = '5001'")
        connection.commit()


def test_on_an_order_it_is_followed_there_and_not_withdrawn(folder: Path, fusion: RequisitionWriter) -> None:
    number = fusion.create(draft())
    turn_into(folder, "5001")
    (found,) = fusion.status([number])
    assert found.lines[0].received == 60
    with pytest.raises(Refused, match="can't be withdrawn"):
        fusion.cancel(number)


@pytest.mark.parametrize("paths", [{}, PATHS], ids=["lists", "reports"])
def test_orders_made_of_our_requisitions_carry_their_key(
    running: Pod, folder: Path, fusion: RequisitionWriter, paths: dict[str, str]
) -> None:
    fusion.create(draft())
    turn_into(folder, "5001")
    made = reader(settings(running, report_paths=paths), clock())
    orders, receipts = (pd.concat(made.pull(name)) for name in ("open_orders", "receipts"))
    assert set(orders.loc[orders["order_ref"] == "5001", "order_key"]) == {KEY}
    assert set(receipts["order_key"]) == {KEY, ""}


def receive(folder: Path, quantity: int, *, closed: bool) -> None:
    """Play the warehouse and the buyer: goods on order 5001, and its end."""
    code = "CLOSED" if closed else "OPEN"
    with closing(sqlite3.connect(folder / "fusion.db")) as connection:
        connection.execute("UPDATE purchaseOrders SET StatusCode = ? WHERE OrderNumber = '5001'", [code])
        change = (
            "UPDATE purchaseOrderSchedules SET ReceivedQuantity = ?, ScheduleStatusCode = ? WHERE OrderNumber = '5001'"
        )
        connection.execute(change, [quantity, code])
        connection.commit()


@pytest.mark.parametrize("paths", [{}, PATHS], ids=["lists", "reports"])
def test_two_requisitions_on_one_order_line_both_have_their_key_there(
    running: Pod, folder: Path, fusion: RequisitionWriter, paths: dict[str, str]
) -> None:
    fusion.create(draft(quantity=Decimal(60)))
    fusion.create(draft(OTHER, quantity=Decimal(40)))
    join(folder)
    made = reader(settings(running, report_paths=paths), clock())
    rows = pd.concat(made.pull("open_orders")).query("order_ref == '5001'")
    assert rows["order_key"].tolist() == [f"{KEY} {OTHER}"]
    assert f"{KEY} {OTHER}" in set(pd.concat(made.pull("receipts"))["order_key"])


@pytest.mark.parametrize(
    ("received", "closed", "came"),
    [
        (60, False, {"60": (0, False), "40": (0, False)}),
        (100, False, {"60": (60, True), "40": (40, True)}),
        (110, True, {"60": (60, True), "40": (40, True)}),
        (50, True, {"60": (30, True), "40": (20, True)}),
        (0, True, {"60": (0, True), "40": (0, True)}),
    ],
)
def test_two_requisitions_on_one_order_line_end_with_it(
    folder: Path, fusion: RequisitionWriter, received: int, came: dict[str, tuple[int, bool]], *, closed: bool
) -> None:
    numbers = [fusion.create(draft(quantity=Decimal(60))), fusion.create(draft(OTHER, quantity=Decimal(40)))]
    join(folder)
    receive(folder, received, closed=closed)
    lines = [line for document in fusion.status(numbers) for line in document.lines]
    assert {str(line.quantity): (line.received, line.ended) for line in lines} == came


def test_each_line_is_followed_to_its_own_order(folder: Path, fusion: RequisitionWriter) -> None:
    one = draft(quantity=Decimal(60))
    second = replace(one.order.lines[0], number=2, need_key="n2")
    number = fusion.create(replace(one, order=replace(one.order, lines=(one.order.lines[0], second))))
    with closing(sqlite3.connect(folder / "fusion.db")) as connection:
        connection.execute(
            "UPDATE requisitionLines SET PurchaseOrder = CASE LineNumber WHEN 1 THEN '5001' ELSE 'X' END"
        )
        connection.commit()
    receive(folder, 100, closed=True)
    assert [(line.received, line.ended) for line in fusion.status([number])[0].lines] == [(60, True), (0, False)]


def test_a_key_of_the_order_itself_stays_beside_those_of_its_requisitions() -> None:
    rows = pd.DataFrame({"order_ref": ["1", "1", "2", "2"], "item": ["a", "a", "a", "b"],
                         "order_key": [KEY, None, "", OTHER]})  # fmt: skip
    filled = with_keys(rows, {("1", "a"): f"{KEY} {OTHER}", ("2", "a"): OTHER})
    assert filled["order_key"].tolist() == [f"{KEY} {OTHER}", f"{KEY} {OTHER}", OTHER, OTHER]


def test_names_that_do_not_exist_are_told_before_anything_is_created(running: Pod) -> None:
    place = {"procurement_bu": "US1 Business Unit", "buyer": "buyer@company.example", "preparer": "Nobody"}
    wrong = writer(settings(running, organizations={"M1": place}), clock())
    with pytest.raises(NeedsAdmin, match="'Nobody' does not exist"):
        wrong.create(draft())
    assert made(running) == []


def test_a_refusal_at_creation_leaves_nothing(running: Pod, fusion: RequisitionWriter) -> None:
    with pytest.raises(Refused, match="NO-SUCH"):
        fusion.create(draft(item="NO-SUCH"))
    with pytest.raises(Refused, match="0 requisitions have the number R1"):
        fusion.complete("R1")
    assert made(running) == []
