"""Orders over a real connection: what is created, what is found, and what each fault means."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable, StopRun
from bot.orders.document import DocumentLine, DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder, Verdict
from connectors.sap.s4 import CONNECTOR
from connectors.sap.s4_write import S4Writer
from tests.connectors.sap.stub import settings
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import ManualClock

KEY = "7K3Q9X2MBDHC"
TOKEN = Step(200, b"{}", {"x-csrf-token": "tok1", "Set-Cookie": "SAP_SESSIONID_S4H_100=abc; path=/"})
REQUIRED = Step(403, b"", {"x-csrf-token": "Required"})
CREATED = Step(201, {"PurchaseOrder": "4500000001"})
LINE = OrderLine(
    1, "42", "1010", Decimal(24), "EA", Decimal("2.00"), date(2026, 12, 24), "need", Decimal(1), "CAR", Fraction(12)
)
DRAFT = DraftOrder(
    PurchaseOrder(KEY, 1, "s4", "17300001", "1010", "EUR", date(2026, 12, 1), (LINE,)), Verdict.AUTO, None
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def writer(server: Scripted) -> S4Writer:
    made = CONNECTOR.writer(
        settings(base_url=server.url, user="BOT", password="very-secret", settle_seconds=2.0), ManualClock()
    )
    assert isinstance(made, S4Writer)
    return made


def item(**values: Any) -> dict[str, Any]:
    line = {
        "PurchaseOrder": "4500000001", "PurchaseOrderItem": "10", "ScheduleLine": "1",
        "ScheduleLineDeliveryDate": "2026-12-24", "ScheduleLineOrderQuantity": 2, "OpenPurchaseOrderQuantity": 1.5,
    }  # fmt: skip
    return {
        "PurchaseOrder": "4500000001", "PurchaseOrderItem": "10", "Material": "42", "Plant": "1010",
        "OrderQuantity": 2.000, "PurchasingDocumentDeletionCode": "", "IsCompletelyDelivered": False,
        "IsReturnsItem": False,
        "OrderItemQtyToBaseQtyNmrtr": 12, "OrderItemQtyToBaseQtyDnmntr": 1, "NetPriceAmount": 24.00,
        "NetPriceQuantity": 1, "OrderPriceUnitToOrderUnitNmrtr": 1, "OrdPriceUnitToOrderUnitDnmntr": 1,
        "_PurchaseOrderScheduleLineTP": [line], **values,
    }  # fmt: skip


def order(*items: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "PurchaseOrder": "4500000001", "Supplier": "0017300001", "DocumentCurrency": "EUR",
        "PurchaseOrderDeletionCode": "", "PurchasingCompletenessStatus": False, "PurchasingProcessingStatus": "05",
        "ReleaseIsNotCompleted": False, "CorrespncInternalReference": KEY, "CorrespncExternalReference": "",
        "_PurchaseOrderItem": list(items) or [item()], **values,
    }  # fmt: skip


def found(*orders: dict[str, Any]) -> Step:
    return Step(body={"@odata.count": len(orders), "value": list(orders)})


def test_create_sends_one_deep_insert_and_returns_the_number(server: Scripted, writer: S4Writer) -> None:
    server.say(TOKEN, CREATED)
    assert writer.create(DRAFT) == "4500000001"
    assert server.methods() == ["GET", "POST"]
    sent = server.got[1].json()
    assert sent["CorrespncInternalReference"] == KEY
    assert sent["_PurchaseOrderItem"][0]["OrderQuantity"] == 2.0
    assert isinstance(sent["_PurchaseOrderItem"][0]["NetPriceAmount"], float)
    assert (writer.system, writer.settle_seconds) == ("s4", 2.0)


def test_token_that_expires_between_two_orders(server: Scripted, writer: S4Writer) -> None:
    server.say(TOKEN, CREATED, REQUIRED, TOKEN, Step(201, {"PurchaseOrder": "4500000002"}))
    assert [writer.create(DRAFT), writer.create(DRAFT)] == ["4500000001", "4500000002"]
    assert server.methods() == ["GET", "POST", "POST", "GET", "POST"]


def test_answer_lost_after_the_order_is_unknown_and_found_by_key(server: Scripted, writer: S4Writer) -> None:
    server.say(TOKEN, Step(drop=True), found(order()))
    with pytest.raises(OutcomeUnknown) as raised:
        writer.create(DRAFT)
    assert raised.value.key == KEY
    assert [document.number for document in writer.find(KEY)] == ["4500000001"]
    assert server.methods().count("POST") == 1
    assert f"$filter=CorrespncInternalReference%20eq%20'{KEY}'" in server.got[-1].path


@pytest.mark.parametrize(
    "step",
    [
        Step(201, {"hello": 1}),
        Step(201, {"PurchaseOrder": ""}),
        Step(201, {"PurchaseOrder": None}),
        Step(201, b'{"PurchaseOrder": "45'),
        Step(201, b""),
        Step(201, []),
        Step(200, b"<html>Logon</html>", {"Content-Type": "text/html"}),
    ],
)
def test_success_without_a_number_is_unknown(server: Scripted, writer: S4Writer, step: Step) -> None:
    server.say(TOKEN, step, CREATED)
    with pytest.raises(OutcomeUnknown):
        writer.create(DRAFT)
    assert server.methods() == ["GET", "POST"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(400, {"error": {"code": "ME/083", "message": "Enter a supplier"}}), Refused),
        (Step(429), Retryable),
        (Step(423), OutcomeUnknown),
        (Step(503, headers={"Retry-After": "5"}), OutcomeUnknown),
        (Step(500), OutcomeUnknown),
        (Step(401), NeedsAdmin),
    ],
)
def test_refusals_and_doubt_are_kept_apart(
    server: Scripted, writer: S4Writer, step: Step, error: type[Exception]
) -> None:
    server.say(TOKEN, step, CREATED)
    with pytest.raises(error) as raised:
        writer.create(DRAFT)
    assert server.methods() == ["GET", "POST"]
    assert "very-secret" not in str(raised.value)


def test_failed_logon_is_asked_once_and_sends_no_order(server: Scripted, writer: S4Writer) -> None:
    server.say(Step(401, b"<html>no</html>", {"Content-Type": "text/html"}), TOKEN, CREATED)
    with pytest.raises(NeedsAdmin):
        writer.create(DRAFT)
    assert server.methods() == ["GET"]


def test_order_that_cannot_be_written_exactly_reaches_nobody(server: Scripted, writer: S4Writer) -> None:
    odd = replace(LINE, quantity=Decimal(1), unit_factor=Fraction(7))
    with pytest.raises(Refused):
        writer.create(replace(DRAFT, order=replace(DRAFT.order, lines=(odd,))))
    assert server.got == []


def test_document_is_read_back_in_base_units(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order()))
    (document,) = writer.status(["4500000001"])
    assert (document.order_key, document.supplier, document.currency) == (KEY, "17300001", "EUR")
    assert document.lines == (
        DocumentLine("42", "1010", Decimal(24), Decimal(24), Decimal(12), date(2026, 12, 24), Decimal(6), line="10"),
    )


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (order(), DocumentState.OPEN),
        (order(PurchasingCompletenessStatus=True), DocumentState.HELD),  # labelled "Incomplete" in the metadata
        (order(PurchasingProcessingStatus="03"), DocumentState.PENDING),
        (order(ReleaseIsNotCompleted=True), DocumentState.PENDING),
        (order(PurchasingProcessingStatus="08"), DocumentState.REFUSED),
        (order(item(IsCompletelyDelivered=True)), DocumentState.CLOSED),
        (order(PurchaseOrderDeletionCode="L"), DocumentState.CANCELLED),
        (order(item(PurchasingDocumentDeletionCode="L")), DocumentState.CANCELLED),
        (order(item(PurchasingDocumentDeletionCode="S")), DocumentState.HELD),  # blocked: it can deliver again
        (order(PurchaseOrderDeletionCode="S"), DocumentState.HELD),
    ],
)
def test_states(server: Scripted, writer: S4Writer, made: dict[str, Any], state: DocumentState) -> None:
    server.say(found(made))
    (document,) = writer.find(KEY)
    assert document.state is state
    assert len(document.lines) == 1


def test_deleted_order_and_two_orders_with_our_key_are_all_returned(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order(PurchaseOrderDeletionCode="L"), order(PurchaseOrder="4500000002")))
    documents = writer.find(KEY)
    assert [(each.number, each.state) for each in documents] == [
        ("4500000001", DocumentState.CANCELLED),
        ("4500000002", DocumentState.OPEN),
    ]


def test_deleted_item_of_a_living_order_is_not_shown(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order(item(), item(PurchaseOrderItem="20", PurchasingDocumentDeletionCode="L"))))
    assert len(writer.find(KEY)[0].lines) == 1


def test_a_blocked_item_has_not_ended(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order(item(), item(PurchaseOrderItem="20", PurchasingDocumentDeletionCode="S"))))
    assert [line.ended for line in writer.find(KEY)[0].lines] == [False, False]


def test_an_order_whose_items_did_not_come_proves_nothing(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order() | {"_PurchaseOrderItem": []}))
    with pytest.raises(Retryable, match="its items did not come"):
        writer.find(KEY)


def test_an_item_of_goods_that_go_back_is_not_ordered(server: Scripted, writer: S4Writer) -> None:
    back = item(PurchaseOrderItem="20", IsReturnsItem=True)
    server.say(found(order(item(), back)), found(order(item(IsCompletelyDelivered=True), back)))
    assert [line.line for line in writer.find(KEY)[0].lines] == ["10"]
    assert writer.find(KEY)[0].state is DocumentState.CLOSED


def test_search_that_ignores_the_filter_stops_the_run(server: Scripted, writer: S4Writer) -> None:
    server.say(found(order(CorrespncInternalReference="SOMEBODYELSE")))
    with pytest.raises(StopRun, match="4500000001"):
        writer.find(KEY)


def test_an_order_with_the_key_in_the_field_of_before_is_found_and_read_back_as_ours(server: Scripted) -> None:
    """Somebody changed `reference_field` while the order was in doubt."""
    made = CONNECTOR.writer(settings(base_url=server.url, reference_field="CorrespncExternalReference"), ManualClock())
    server.say(found(order()), found(order()), found(order(CorrespncExternalReference="4711")))
    assert [(each.number, each.order_key) for each in made.find(KEY)] == [("4500000001", KEY)]
    where = unquote(server.got[0].path)
    assert f"$filter=CorrespncExternalReference eq '{KEY}' or CorrespncInternalReference eq '{KEY}'" in where
    assert made.status(["4500000001"])[0].order_key == KEY
    assert made.status(["4500000001"])[0].order_key == KEY


@pytest.mark.parametrize(
    "made",
    [order(item(OrderQuantity=None)), order(item(OrderItemQtyToBaseQtyDnmntr=0)), order(item(NetPriceAmount="x"))],
)
def test_half_read_order_proves_nothing(server: Scripted, writer: S4Writer, made: dict[str, Any]) -> None:
    server.say(found(made))
    with pytest.raises(Retryable):
        writer.find(KEY)


def test_order_without_a_readable_date_has_none(server: Scripted, writer: S4Writer) -> None:
    broken = item()
    broken["_PurchaseOrderScheduleLineTP"][0]["ScheduleLineDeliveryDate"] = None
    server.say(found(order(broken)))
    assert writer.find(KEY)[0].lines[0].due_on is None


def test_many_numbers_are_asked_in_chunks_and_strangers_dropped(server: Scripted, writer: S4Writer) -> None:
    """A system that offers no batches is asked chunk by chunk, and asked for a batch only once."""
    server.say(TOKEN, Step(501, b""), found(order(), order(PurchaseOrder="4999999999")), found())
    numbers = [str(4500000001 + n) for n in range(31)]
    assert [document.number for document in writer.status(numbers)] == ["4500000001"]
    assert server.methods() == ["GET", "POST", "GET", "GET"]
    server.say(found(), found())
    assert writer.status(numbers) == []
    assert server.methods()[4:] == ["GET", "GET"]
    assert writer.status([]) == []


def test_cancel_deletes_what_it_read_and_reads_back(server: Scripted, writer: S4Writer) -> None:
    there = Step(body={"PurchaseOrder": "4500000001", "@odata.etag": 'W/"1"'})
    server.say(there, TOKEN, Step(204, b""), found(order(PurchaseOrderDeletionCode="L")))
    writer.cancel("4500000001")
    assert server.methods() == ["GET", "GET", "DELETE", "GET"]
    assert "/PurchaseOrder('4500000001')?" in server.got[2].path
    assert server.got[2].headers["if-match"] == 'W/"1"'
    server.say(there, Step(204, b""), found())
    writer.cancel("4500000001")
    server.say(there, Step(204, b""), found(order()))
    with pytest.raises(Refused, match="not deleted"):
        writer.cancel("4500000001")


def test_cancelling_what_is_not_there_is_refused(server: Scripted, writer: S4Writer) -> None:
    server.say(Step(404), TOKEN, Step(404, {"error": {"code": "/IWBEP/CM_MGW_RT/020", "message": "not found"}}))
    with pytest.raises(Refused, match="not found"):
        writer.cancel("4500000001")


@pytest.mark.parametrize(("user", "sent"), [("BOT", True), ("", False)])
def test_without_a_user_no_empty_logon_is_sent(server: Scripted, tmp_path: Path, user: str, *, sent: bool) -> None:
    server.say(found())
    certificate = tmp_path / "client.pem"
    certificate.touch()  # plain http needs no more of it
    made = settings(base_url=server.url, user=user, password="very-secret", client_certificate=str(certificate))
    CONNECTOR.writer(made, ManualClock()).find(KEY)
    assert ("authorization" in server.got[0].headers) is sent


def test_document_type_of_orders_is_a_setting(server: Scripted) -> None:
    made = CONNECTOR.writer(settings(base_url=server.url, order_type="ZNB"), ManualClock())
    server.say(TOKEN, CREATED)
    made.create(DRAFT)
    assert server.got[1].json()["PurchaseOrderType"] == "ZNB"
