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
