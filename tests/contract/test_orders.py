"""Cases of writing: what each route does with an order, with its repetition, and with every kind of doubt about it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.jobs.readback import differences
from bot.orders.document import DocumentState
from bot.orders.model import DraftOrder, OrderState
from tests.contract.cases import WIRELESS, case
from tests.contract.company import draft
from tests.contract.struck import Struck

pytestmark = pytest.mark.servers
GONE = (OrderState.RELEASED, OrderState.VERIFIED)
_ON_REQUISITION = (
    '"RequisitionHeaderId" = (SELECT "RequisitionHeaderId" FROM "purchaseRequisitions" WHERE "Requisition" = ?)'
)


def order(there: Struck, sequence: int = 0, place: int = 0) -> DraftOrder:
    return draft(there.far.offers()[place], sequence, system=there.far.system)


def live(there: Struck, one: DraftOrder) -> int:
    """Living documents of an order, counted in the ERP's own books."""
    return sum(found.live and found.key == one.order.order_key for found in there.far.documents())


@case("C20", "what was created reads back equal to what was approved")
def test_read_back(there: Struck, route_name: str) -> None:
    one, writer = order(there), there.writer()
    number = writer.create(one)
    (found,) = writer.status([number])
    assert differences(one.order, found) == []
    assert [same.number for same in writer.find(one.order.order_key)] == [number]
    assert live(there, one) == 1


@case("C21", "an order nobody made is found by neither key nor number")
def test_nothing_is_found(there: Struck, route_name: str) -> None:
    writer = there.writer()
    assert list(writer.find("ZZZZZZZZZZZZ")) == []
    assert list(writer.status(["999999999999"])) == []


@case("C22", "answer lost after the commit: adopted, one document, one post")
def test_answer_lost_after_the_commit(there: Struck, route_name: str) -> None:
    one = order(there)
    there.strike("reply_lost")
    with there.sending(one) as sending:
        sending.run()
        assert sending.state(one) is OrderState.UNKNOWN
        sending.later()
        assert sending.state(one) in GONE
    assert live(there, one) == 1
    assert there.posts(one.order.order_key) <= 1


@case("C23", "request lost before the server: searched for, sent once more")
def test_request_lost(there: Struck, route_name: str) -> None:
    one = order(there)
    there.strike("lost")
    with there.sending(one) as sending:
        sending.run()
        assert sending.state(one) is OrderState.UNKNOWN
        assert live(there, one) == 0
        for _ in range(3):
            sending.later()
        assert sending.state(one) in GONE
    assert live(there, one) == 1


@case("C24", "late commit: not sent again before the settle time, then adopted",
      dict.fromkeys(("Fusion file", "files"), "a rename is done or not: nothing commits later"))  # fmt: skip
def test_late_commit(there: Struck, route_name: str) -> None:
    one = order(there)
    there.strike("late")
    with there.sending(one) as sending:
        sending.run()
        sending.later(0.4)
        assert sending.state(one) is OrderState.UNKNOWN
        there.release()
        sending.later(0.8)
        assert sending.state(one) in GONE
    assert live(there, one) == 1


@case("C25", "two documents with one key: told as duplicate, never a third",
      dict.fromkeys(("Fusion file", "files"), "the key is the file's name: there cannot be two"))  # fmt: skip
def test_duplicate_key(there: Struck, route_name: str) -> None:
    one, writer = order(there), there.writer()
    numbers = {writer.create(one), writer.create(one)}
    assert {found.number for found in writer.find(one.order.order_key)} == numbers
    with there.sending(one) as sending:
        sending.run()
        sending.later()
        assert sending.state(one) is OrderState.DUPLICATE
    assert live(there, one) == 2


@case("C26", "an order that is there already is adopted, not created again")
def test_adopted(there: Struck, route_name: str) -> None:
    one = order(there)
    number = there.writer().create(one)
    with there.sending(one) as sending:
        sending.run()
        assert sending.state(one) in GONE
        assert sending.stored(one).erp_number == number
    assert live(there, one) == 1


@case("C27", "a cancelled document with our key is an answer, not a free pass")
def test_cancelled(there: Struck, route_name: str) -> None:
    one, writer = order(there), there.writer()
    writer.cancel(writer.create(one))
    (found,) = writer.find(one.order.order_key)
    assert found.state is DocumentState.CANCELLED
    with there.sending(one) as sending:
        sending.run()
        assert sending.state(one) not in {OrderState.APPROVED, *GONE}
    assert live(there, one) == 0


@case("C28", "partial refusal: the refused order goes to a person, the others go out",
      {"files": "a folder refuses nobody: the other side judges later"})  # fmt: skip
def test_partial_refusal(there: Struck, route_name: str) -> None:
    bad = draft(there.far.offers(blocked=True)[0], 7, system=there.far.system)
    good = [order(there, place=place) for place in range(3)]
    with there.sending(good[0], bad, *good[1:]) as sending:
        sending.run()
        assert sending.state(bad) is OrderState.REFUSED
        assert sending.stored(bad).note
        assert {sending.state(one) for one in good} <= set(GONE)
    assert live(there, bad) == 0


@case("C29", "one bad line of two: the whole order is refused, nothing is created",
      dict.fromkeys(("Fusion file", "files"), "a folder knows no items: the other side judges later"))  # fmt: skip
def test_bad_line(there: Struck, route_name: str) -> None:
    one = order(there)
    line = one.order.lines[0]
    odd = replace(line, number=2, item="NO-SUCH-ITEM", need_key="other")
    both = replace(one, order=replace(one.order, lines=(line, odd)))
    with pytest.raises(Refused):
        there.writer().create(both)
    assert live(there, both) == 0


@case("C30", "throttled write: not sent, the wait that was asked for is capped, then sent",
      dict.fromkeys(("Fusion file", "files"), "writes take no wire: a folder"))  # fmt: skip
def test_throttled(there: Struck, route_name: str) -> None:
    one = order(there)
    there.script.wait = "31536000"
    there.strike("busy")
    with pytest.raises(Retryable) as raised:
        there.writer().create(one)
    assert (raised.value.retry_after or 0) <= 900
    assert live(there, one) == 0
    there.strike("busy")
    with there.sending(one) as sending:
        sending.run()
        assert sending.state(one) is OrderState.APPROVED
        sending.later(2)
        assert sending.state(one) in GONE
    assert live(there, one) == 1


DOUBTS = ("truncated", "page", "empty", "error", "error_after", "reset", "silent", "drip")


@case("C31", "every broken answer to a write is unknown, and is sent once", WIRELESS)
@pytest.mark.parametrize("fault", DOUBTS)
def test_doubt(there: Struck, route_name: str, fault: str) -> None:
    one = order(there)
    there.strike(fault)
    with pytest.raises(OutcomeUnknown) as raised:
        there.writer().create(one)
    assert raised.value.key == one.order.order_key
    assert there.posts(one.order.order_key) == 1
    assert live(there, one) == (fault != "error")


@case("C32", "nobody listens: not sent", WIRELESS)
def test_refused_connection(there: Struck, route_name: str) -> None:
    one, writer = order(there), there.writer()
    writer.find(one.order.order_key)
    assert there.proxy is not None
    there.proxy.close_port()
    with pytest.raises(Retryable):
        writer.create(one)
    assert live(there, one) == 0


@case("C33", "logon refused: told once, nothing is sent, other orders wait", WIRELESS)
def test_denied(there: Struck, route_name: str) -> None:
    one, two = order(there), order(there, place=1)
    there.strike("denied")
    with there.sending(one, two) as sending:
        report = sending.run()
        assert report.counts.get("waiting")
        assert [sending.state(each) for each in (one, two)] == [OrderState.APPROVED] * 2
        assert live(there, one) + live(there, two) == 0
        sending.later(2)
        assert {sending.state(each) for each in (one, two)} <= set(GONE)


@case("C34", "a quantity that the wire cannot say exactly is refused, never rounded",
      {"files": "text holds every number", "simulated": "memory holds every number"})  # fmt: skip
def test_inexact(there: Struck, route_name: str) -> None:
    one = order(there)
    third = replace(one.order.lines[0], quantity=Decimal(1), order_unit="BX", unit_factor=Fraction(3))
    with pytest.raises(Refused):
        there.writer().create(replace(one, order=replace(one.order, lines=(third,))))
    assert there.far.documents() == []


@case("C35", "a unit that the ERP does not know is refused, nothing is created",
      {"files": "a folder knows no units", "simulated": "memory counts in base units"})  # fmt: skip
def test_unknown_unit(there: Struck, route_name: str) -> None:
    one = order(there)
    odd = replace(one.order.lines[0], order_unit="ZZZ", unit_factor=Fraction(10))
    with pytest.raises(Refused):
        there.writer().create(replace(one, order=replace(one.order, lines=(odd,))))
    assert there.far.documents() == []


@case("C36", "a price finer than the currency's coins keeps its value on both ways")
@pytest.mark.parametrize("price", ["0.0123", "1.5", "99.99"])
def test_fine_price(there: Struck, route_name: str, price: str) -> None:
    one, writer = draft(there.far.offers()[0], 3, system=there.far.system, price=Decimal(price)), there.writer()
    (found,) = writer.status([writer.create(one)])
    assert differences(one.order, found) == []


@case("C37", "a currency other than the approved one is a mismatch, told to a person",
      {**dict.fromkeys(("Fusion file", "files"), "the file is what was written"),
       "simulated": "memory is what was written"})  # fmt: skip
def test_currency(there: Struck, route_name: str) -> None:
    one, writer = order(there), there.writer()
    number = writer.create(one)
    with there.sending(one) as sending:
        tables = {
            "s4": ("PurchaseOrder", "DocumentCurrency", '"PurchaseOrder" = ?'),
            "fusion": ("purchaseOrders", "CurrencyCode", '"OrderNumber" = ?'),
            "fusion requisitions": ("requisitionLines", "CurrencyCode", _ON_REQUISITION),
            "ecc": ("EKKO", "WAERS", '"EBELN" = ?'),
        }
        table, column, where = tables[there.far.ledger]
        assert there.far.change(f'UPDATE "{table}" SET "{column}" = ? WHERE {where}', "JPY", number)  # noqa: S608
        sending.run()
        assert sending.state(one) is OrderState.MISMATCH
        assert "JPY" in sending.stored(one).note


@case("C38", "expired session token between two writes: fetched again, each order once",
      {**dict.fromkeys(("Fusion", "Fusion req."), "writes carry no session token"), **WIRELESS})  # fmt: skip
def test_expired_token(begin: Callable[..., Struck], route_name: str) -> None:
    there = begin()
    one, two, writer = order(there), order(there, place=1), there.writer()
    writer.create(one)
    there.far.app.faults.set(csrf_expire=1)  # type: ignore[attr-defined]
    writer.create(two)
    assert (live(there, one), live(there, two)) == (1, 1)


@case("C39", "an order of an unknown location is stopped before anything leaves",
      {"files": "a folder knows no locations"})  # fmt: skip
def test_unknown_location(there: Struck, route_name: str) -> None:
    one = order(there)
    line = replace(one.order.lines[0], location="NOWHERE")
    lost = replace(one, order=replace(one.order, location="NOWHERE", lines=(line,)))
    with pytest.raises((Refused, NeedsAdmin)):
        there.writer().create(lost)
    assert there.far.documents() == []
    assert there.posts(one.order.order_key) == 0
