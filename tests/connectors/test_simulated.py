"""The ERP in memory: what it shows, what it refuses, how it fails, and that it does so the same every time."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import DocumentState, StockTransfer, TransferLine
from connectors.simulated import Fault, SimulatedErp
from tests.fakes import ManualClock
from tests.makers import NEED_DATE, make_draft

FRAMES = {
    "item_locations": pd.DataFrame({"item": ["bolt", "bolt", "nut"], "location": ["L1", "L2", "L1"]}),
    "suppliers": pd.DataFrame({"supplier": ["acme", "bad"], "blocked": [False, True]}),
    "demand": pd.DataFrame({"item": "bolt", "location": "L1", "date": pd.date_range("2026-02-01", periods=20)}),
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def erp(clock: ManualClock) -> SimulatedErp:
    return SimulatedErp(FRAMES, clock)


def rows(erp: SimulatedErp, table: str, since: date | None = None) -> pd.DataFrame:
    return next(iter(erp.pull(table, since)), pd.DataFrame())


def test_tables_are_frames_and_what_was_ordered_of_them(erp: SimulatedErp) -> None:
    assert erp.tables == {*FRAMES, "open_orders"}
    assert rows(erp, "open_orders").empty
    number = erp.create(make_draft({"bolt": "100"}))
    open_orders = rows(erp, "open_orders")
    assert open_orders.loc[0, ["order_ref", "item", "quantity_open", "price"]].tolist() == [number, "bolt", 100.0, 0.5]
    assert open_orders.loc[0, "promised_on"] == pd.Timestamp(NEED_DATE)


def test_since_bounds_histories_and_nothing_else(erp: SimulatedErp) -> None:
    assert len(rows(erp, "demand", date(2026, 2, 11))) == 10
    assert len(rows(erp, "suppliers", date(2026, 2, 11))) == 2
    erp.show("demand", FRAMES["demand"].head(3))
    assert len(rows(erp, "demand")) == 3


def test_goods_close_a_document(erp: SimulatedErp) -> None:
    number = erp.create(make_draft({"bolt": "100", "nut": "5"}))
    erp.receive(number, "1", Decimal(40))
    assert rows(erp, "open_orders").set_index("item")["quantity_open"].to_dict() == {"bolt": 60.0, "nut": 5.0}
    erp.receive(number, "1", Decimal(60))
    erp.receive(number, "2", Decimal(1), final=True)
    assert erp.status([number])[0].state is DocumentState.CLOSED
    assert rows(erp, "open_orders").empty
    with pytest.raises(Refused):
        erp.cancel(number)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"supplier": "bad"}, "blocked"), ({"supplier": "none"}, "does not exist")],
)
def test_it_refuses_as_an_erp_does(erp: SimulatedErp, change: dict[str, str], word: str) -> None:
    draft = make_draft()
    with pytest.raises(Refused, match=word):
        erp.create(replace(draft, order=replace(draft.order, **change)))
    assert erp.documents() == ()


@pytest.mark.parametrize(
    ("fault", "error", "documents"),
    [
        (Fault.BUSY, Retryable, 0),
        (Fault.LOGON, NeedsAdmin, 0),
        (Fault.REFUSED, Refused, 0),
        (Fault.LOST, OutcomeUnknown, 0),
        (Fault.REPLY_LOST, OutcomeUnknown, 1),
        (Fault.LATE, OutcomeUnknown, 1),
        (Fault.TWICE, OutcomeUnknown, 2),
    ],
)
def test_each_fault_leaves_what_it_says(
    erp: SimulatedErp, fault: Fault, error: type[Exception], documents: int
) -> None:
    erp.write_faults.append(fault)
    with pytest.raises(error):
        erp.create(make_draft())
    assert len(erp.documents()) == documents
    assert erp.create(make_draft(["nut"]))


def test_a_late_document_shows_itself_in_its_time(erp: SimulatedErp, clock: ManualClock) -> None:
    draft = make_draft()
    erp.write_faults.append(Fault.LATE)
    with pytest.raises(OutcomeUnknown):
        erp.create(draft)
    assert list(erp.find(draft.order.order_key)) == []
    clock.advance(erp.late_seconds)
    assert len(erp.find(draft.order.order_key)) == 1


def test_an_answer_without_number_and_reads_that_fail(erp: SimulatedErp) -> None:
    erp.write_faults.append(Fault.NO_NUMBER)
    assert erp.create(make_draft()) == ""
    erp.read_faults.extend([Fault.BUSY, Fault.LOST, None])
    for _ in range(2):
        with pytest.raises(Retryable):
            erp.find("x")
    assert list(erp.find("x")) == []


def test_transfers_are_documents_of_their_own(erp: SimulatedErp) -> None:
    lines = (TransferLine(1, "bolt", Decimal(7), "EA", NEED_DATE),)
    number = erp.request_transfer(StockTransfer("KEY", "simulated", "L2", "L1", lines))
    (found,) = erp.find_transfer("KEY")
    assert (found.number, found.from_location, found.lines[0].location) == (number, "L2", "L1")
    assert list(erp.find("KEY")) == []
    assert list(erp.status([number])) == []
    assert len(erp.transfer_status([number])) == 1
    with pytest.raises(Refused):
        erp.request_transfer(StockTransfer("KEY", "simulated", "NOWHERE", "L1", lines))


def test_equal_calls_give_equal_documents(clock: ManualClock) -> None:
    made = [SimulatedErp(FRAMES, clock) for _ in range(2)]
    for erp in made:
        erp.create(make_draft())
        erp.create(make_draft(["nut"]))
    assert made[0].documents() == made[1].documents()
