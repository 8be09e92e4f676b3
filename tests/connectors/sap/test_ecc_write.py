"""Orders on an ECC-like system: created once or not at all, whatever breaks in between."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.jobs.readback import differences
from bot.orders.document import DocumentState, StockTransfer, TransferLine
from bot.ports import ErpWriter, TransferWriter
from connectors.sandbox.ecc_load import pad
from connectors.sandbox.ecc_state import opened, put
from tests.connectors.sap.ecc_parts import AS_OF, System

KEY = "7K3Q9X2MBDHC"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System.load(tmp_path_factory.mktemp("ecc") / "ecc.db")


@pytest.fixture
def ecc(tmp_path: Path, loaded: System) -> System:
    return loaded.copy(tmp_path / "ecc.db")


def orders(ecc: System, key: str = KEY) -> list[tuple[str, str]]:
    """Number and deletion mark of the orders with a key, past every connector."""
    with closing(sqlite3.connect(ecc.path)) as connection:
        rows = connection.execute("SELECT EBELN, LOEKZ FROM EKKO WHERE UNSEZ = ? ORDER BY EBELN", (key,))
        return [(str(number), str(mark)) for number, mark in rows]


def calls(ecc: System) -> list[str]:
    with closing(sqlite3.connect(ecc.path)) as connection:
        return [str(row[0]) for row in connection.execute("SELECT function FROM calls ORDER BY id")]


def wait_for_late(ecc: System) -> None:
    for _ in range(8):
        ecc.writer().find("ABCDEFGHJKMN")


def test_the_writer_is_both_ports(ecc: System) -> None:
    writer: ErpWriter = ecc.writer()
    mover: TransferWriter = ecc.writer()
    assert writer.system == "ecc"
    assert writer.settle_seconds == 60.0
    assert mover.find_transfer(KEY) == []


def test_what_was_approved_is_created_found_and_read_back(ecc: System) -> None:
    draft = ecc.draft(lines=3)
    number = ecc.writer().create(draft)
    assert orders(ecc) == [(number, "")]
    (found,) = ecc.writer().find(KEY)
    (read,) = ecc.writer().status([number])
    assert found == read
    assert differences(draft.order, read) == []
    assert read.state is DocumentState.OPEN
    assert [line.line for line in read.lines] == ["10", "20", "30"]
    assert "BAPI_TRANSACTION_COMMIT" in calls(ecc)


def test_the_rehearsal_leaves_nothing_and_draws_no_number(ecc: System) -> None:
    first = ecc.writer(test_first=False).create(ecc.draft("AAAAAAAAAAAA"))
    second = ecc.writer(test_first=True).create(ecc.draft("BBBBBBBBBBBB"))
    assert int(second) == int(first) + 1
    assert calls(ecc).count("BAPI_TRANSACTION_ROLLBACK") == 1


def test_a_refusal_names_the_cause_first_and_creates_nothing(ecc: System) -> None:
    with pytest.raises(Refused) as raised:
        ecc.writer(test_first=False).create(ecc.draft(supplier="999999"))
    assert raised.value.reason.startswith("06/000: Vendor 0000999999 does not exist")
    assert "No instance of object type PurchaseOrder" in raised.value.reason
    assert orders(ecc) == []
    assert calls(ecc)[-1] == "BAPI_TRANSACTION_ROLLBACK"


def test_warnings_are_success_unless_the_settings_say_otherwise(ecc: System) -> None:
    ecc.faults.queue("BAPI_PO_CREATE1", "warning")
    assert ecc.writer(test_first=False).create(ecc.draft())
    ecc.faults.queue("BAPI_PO_CREATE1", "warning")
    strict = ecc.writer(test_first=False, blocking_warnings=["ME/040"])
    with pytest.raises(Refused, match="Delivery date is in the past"):
        strict.create(ecc.draft("BBBBBBBBBBBB"))
    assert orders(ecc, "BBBBBBBBBBBB") == []


def test_a_lock_is_tried_again_later_only_where_its_message_is_known(ecc: System) -> None:
    ecc.faults.queue("BAPI_PO_CREATE1", "locked", 2)
    with pytest.raises(Refused, match="locked by user"):
        ecc.writer(test_first=False).create(ecc.draft())
    with pytest.raises(Retryable, match="locked by user"):
        ecc.writer(test_first=False, lock_codes=["ME/006"]).create(ecc.draft())
    assert orders(ecc) == []


@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "timeout", "dump"])
def test_trouble_while_creating_is_doubt_and_nothing_is_committed(ecc: System, mode: str) -> None:
    ecc.faults.queue("BAPI_PO_CREATE1", mode)
    with pytest.raises(OutcomeUnknown) as raised:
        ecc.writer(test_first=False).create(ecc.draft())
    assert raised.value.key == KEY
    assert orders(ecc) == []
    assert "BAPI_TRANSACTION_COMMIT" not in calls(ecc)


@pytest.mark.parametrize(("mode", "there"), [("drop_before", False), ("drop_after", True), ("timeout", False)])
def test_trouble_while_committing_is_doubt_that_the_search_settles(ecc: System, mode: str, *, there: bool) -> None:
    ecc.faults.queue("BAPI_TRANSACTION_COMMIT", mode)
    with pytest.raises(OutcomeUnknown):
        ecc.writer(test_first=False).create(ecc.draft())
    assert calls(ecc).count("BAPI_TRANSACTION_COMMIT") == 1
    assert len(ecc.writer().find(KEY)) == there


@pytest.mark.parametrize(("before", "now"), [("OUR_REF", "REF_1"), ("REF_1", "OUR_REF")])
def test_an_order_with_the_key_in_the_field_of_before_is_found_and_read_back_as_ours(
    ecc: System, before: str, now: str
) -> None:
    """Somebody changed `reference_field` while the order was in doubt."""
    number = ecc.writer(reference_field=before).create(ecc.draft())
    changed = ecc.writer(reference_field=now)
    assert [(one.number, one.order_key) for one in changed.find(KEY)] == [(number, KEY)]
    assert changed.status([number])[0].order_key == KEY
    rows = pd.concat(ecc.reader(reference_field=now).pull("open_orders"))
    assert set(rows.loc[rows["order_ref"] == number, "order_key"]) == {KEY}


def test_an_item_of_goods_that_go_back_is_not_ordered(ecc: System) -> None:
    number = ecc.writer().create(ecc.draft(lines=2))
    with closing(sqlite3.connect(ecc.path)) as connection:
        connection.execute("UPDATE EKPO SET RETPO = 'X' WHERE EBELN = ? AND EBELP = '00020'", (number.zfill(10),))
        connection.commit()
    assert [line.line for line in ecc.writer().status([number])[0].lines] == ["10"]


def test_a_blocked_item_holds_the_order_and_has_not_ended_and_cancelling_deletes_it(ecc: System) -> None:
    number = ecc.writer().create(ecc.draft(lines=2))
    with closing(sqlite3.connect(ecc.path)) as connection:
        connection.execute("UPDATE EKPO SET LOEKZ = 'S' WHERE EBELN = ?", (number.zfill(10),))
        connection.commit()
    (document,) = ecc.writer().status([number])
    assert (document.state, [line.ended for line in document.lines]) == ("held", [False, False])
    ecc.writer().cancel(number)
    assert ecc.writer().status([number])[0].state == "cancelled"


def test_a_commit_that_comes_late_is_found_later(ecc: System) -> None:
    ecc.faults.queue("BAPI_TRANSACTION_COMMIT", "late")
    with pytest.raises(OutcomeUnknown):
        ecc.writer(test_first=False).create(ecc.draft())
    assert ecc.writer().find(KEY) == []
    wait_for_late(ecc)
    assert len(ecc.writer().find(KEY)) == 1


def test_the_next_order_after_a_trouble_gets_a_connection_of_its_own(ecc: System) -> None:
    writer = ecc.writer(test_first=False)
    ecc.faults.queue("BAPI_PO_CREATE1", "dump")
    with pytest.raises(OutcomeUnknown):
        writer.create(ecc.draft("AAAAAAAAAAAA"))
    assert writer.create(ecc.draft("BBBBBBBBBBBB"))
    assert orders(ecc, "AAAAAAAAAAAA") == []


def test_no_connection_is_not_sent_and_a_wrong_password_is_not_tried_again(ecc: System) -> None:
    ecc.faults.queue("LOGON", "down")
    with pytest.raises(Retryable):
        ecc.writer().create(ecc.draft())
    wrong = ecc.writer(password="no")
    for _ in range(2):
        with pytest.raises(NeedsAdmin, match="RFC_LOGON_FAILURE"):
            wrong.create(ecc.draft())
    ecc.faults.queue("LOGON", "logon")
    right = ecc.writer()
    for _ in range(2):  # the second time the fault is gone, but nothing logs on again by itself
        with pytest.raises(NeedsAdmin):
            right.create(ecc.draft())


def test_another_system_than_the_pinned_one_gets_no_order(ecc: System) -> None:
    with pytest.raises(NeedsAdmin, match="this is system ECP, not ECQ"):
        ecc.writer(system_id="ECQ").create(ecc.draft())
    assert orders(ecc) == []


def test_a_cancelled_order_is_an_answer_not_a_free_pass(ecc: System) -> None:
    writer = ecc.writer()
    number = writer.create(ecc.draft(lines=2))
    writer.cancel(number)
    (found,) = writer.find(KEY)
    assert found.state is DocumentState.CANCELLED
    assert len(found.lines) == 2


def test_states_receipts_and_confirmations_are_read_from_the_document(ecc: System) -> None:
    number = ecc.writer().create(ecc.draft())

    def state(change: str) -> DocumentState:
        with opened(ecc.path) as connection:
            connection.execute(change.replace("KEY", number))
        return ecc.writer().status([number])[0].state

    assert state("UPDATE EKKO SET PROCSTAT = '03' WHERE EBELN = 'KEY'") is DocumentState.PENDING
    assert state("UPDATE EKKO SET PROCSTAT = '08' WHERE EBELN = 'KEY'") is DocumentState.REFUSED
    assert state("UPDATE EKKO SET PROCSTAT = '05', FRGRL = 'X' WHERE EBELN = 'KEY'") is DocumentState.PENDING
    assert state("UPDATE EKKO SET FRGRL = '', MEMORY = 'X' WHERE EBELN = 'KEY'") is DocumentState.HELD
    assert state("UPDATE EKKO SET MEMORY = '' WHERE EBELN = 'KEY'") is DocumentState.OPEN
    history = {"EBELN": number, "EBELP": "00010", "ZEKKN": "00", "VGABE": "1", "GJAHR": "2025", "BUZEI": "0001"}
    with opened(ecc.path) as connection:
        put(connection, "EKBE", {**history, "BELNR": "1", "BWART": "101", "MENGE": "10", "SHKZG": "S"})
        put(connection, "EKBE", {**history, "BELNR": "2", "BWART": "102", "MENGE": "4", "SHKZG": "H"})
        put(connection, "EKES", {"EBELN": number, "EBELP": "00010", "ETENS": "0001", "EBTYP": "AB",
                                 "EINDT": "20250401", "MENGE": "24"})  # fmt: skip
    (line,) = ecc.writer().status([number])[0].lines
    assert line.received == 6
    assert line.promised_on == date(2025, 4, 1)
    assert not line.ended


def test_prices_of_currencies_without_minor_units_come_back_as_sent(ecc: System) -> None:
    order = ecc.draft(currency="JPY").order
    lines = tuple(replace(line, price=Decimal(125)) for line in order.lines)
    yen = replace(ecc.draft(), order=replace(order, lines=lines))
    number = ecc.writer().create(yen)
    assert differences(yen.order, ecc.writer().status([number])[0]) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_key": "7K3Q9X2MBDHCX"}, "12 characters"),
        ({"lines": 0}, "no lines"),
        ({"currency": "TOOLONG"}, "CURRENCY"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_call(ecc: System, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        ecc.writer().create(ecc.draft(**changes))
    assert calls(ecc) == []


def test_a_plant_without_settings_names_what_is_missing(ecc: System) -> None:
    draft = ecc.draft()
    other = next(p for p in ecc.settings().plants if p != draft.order.location)
    plants = {other: ecc.settings().plants[other].model_dump()}
    with pytest.raises(NeedsAdmin, match="no settings for the location"):
        ecc.writer(plants=plants).create(draft)


def transfer(ecc: System) -> StockTransfer:
    rows = ecc.made.tables["item_locations"].query("status == 'active'")
    rows = rows[rows["location"].isin(ecc.settings().plants) & rows["item"].str.isascii()]
    item = rows.groupby("item")["location"].nunique().idxmax()
    places = sorted(set(rows.loc[rows["item"] == item, "location"]))
    line = TransferLine(1, str(item), Decimal("6.500"), "EA", date(2025, 3, 20))
    return StockTransfer(KEY, "ecc", places[0], places[1], (line,))


def test_a_transfer_becomes_a_requisition_with_a_supplying_plant(ecc: System) -> None:
    asked = transfer(ecc)
    number = ecc.writer().request_transfer(asked)
    (found,) = ecc.writer().find_transfer(KEY)
    assert found == ecc.writer().transfer_status([number])[0]
    assert (found.number, found.order_key, found.supplier, found.from_location) == (
        number,
        KEY,
        "",
        asked.from_location,
    )
    assert found.state is DocumentState.PENDING
    (line,) = found.lines
    assert (line.item, line.location, line.quantity, line.due_on) == (
        asked.lines[0].item, asked.location, Decimal("6.500"), date(2025, 3, 20),
    )  # fmt: skip
    with closing(sqlite3.connect(ecc.path)) as connection:
        row = connection.execute("SELECT RESWK, PSTYP, MATNR FROM EBAN WHERE AFNAM = ?", (KEY,)).fetchone()
    assert row == (asked.from_location, "7", pad(asked.lines[0].item, 18))


def test_doubt_about_a_requisition_is_settled_by_its_key_too(ecc: System) -> None:
    ecc.faults.queue("BAPI_TRANSACTION_COMMIT", "drop_after")
    with pytest.raises(OutcomeUnknown):
        ecc.writer().request_transfer(transfer(ecc))
    assert len(ecc.writer().find_transfer(KEY)) == 1


def test_days_are_those_of_the_company(ecc: System) -> None:
    assert ecc.clock.now().date() == AS_OF
