"""Stock transfers against the Fusion-like server: asked once, found by key, read back; doubt is doubt."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, StopRun
from bot.orders.document import DocumentState, StockTransfer, TransferLine
from bot.ports import TransferWriter
from connectors.oracle.fusion import reader, writer
from tests.connectors.oracle.fusion_parts import KEY, fusion_settings, page
from tests.connectors.oracle.fusion_parts import Pod as Scripted
from tests.connectors.sandbox.fusion_pod import Pod, running_pod
from tests.fakes import ManualClock

pytestmark = pytest.mark.servers


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    with running_pod(tmp_path_factory.mktemp("transfers")) as pod:
        yield pod


def mover(url: str, **changes: Any) -> TransferWriter:
    password = {"password": "restock-demo"} if url.startswith("http:") else {}
    settings = fusion_settings(base_url=url, timezone="America/Los_Angeles", **password, **changes)
    return writer(settings, ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC)))


def transfer(key: str = KEY, **line: Any) -> StockTransfer:
    values = {"number": 1, "item": "AS-1001", "quantity": Decimal("2.5"), "unit": "Ea", "need_date": date(2026, 3, 9)}
    return StockTransfer(key, "fusion", "M1", "M2", (TransferLine(**(values | line)),))


@pytest.mark.parametrize("route", ["draft_order", "requisition"])
def test_a_request_is_created_found_by_key_and_read_back(running: Pod, route: str) -> None:
    made = mover(running.url, write_route=route)
    assert made.find_transfer(KEY) == []
    number = made.request_transfer(transfer())
    (found,) = made.find_transfer(KEY)
    assert made.transfer_status([number, "SO999"]) == [found]
    assert (found.number, found.order_key, found.from_location, found.state) == (
        number, KEY, "M1", DocumentState.OPEN
    )  # fmt: skip
    (line,) = found.lines
    assert (line.item, line.location, line.quantity, line.due_on) == ("AS-1001", "M2", Decimal("2.5"), date(2026, 3, 9))
    assert (line.line, line.ended) == ("1", False)
    moved = running.items("transferOrders")[0]
    assert moved["Description"] == number
    settings = fusion_settings(base_url=running.url, password="restock-demo")
    orders = pd.concat(reader(settings, ManualClock(datetime(2026, 3, 2, 6, tzinfo=UTC))).pull("open_orders"))
    (under_way,) = orders[orders["from_location"] == "M1"].to_dict("records")
    assert (under_way["order_ref"], under_way["location"], under_way["quantity_open"]) == (
        moved["HeaderNumber"], "M2", "2.5"
    )  # fmt: skip


def test_the_key_is_batch_and_reference_of_header_and_lines(running: Pod) -> None:
    mover(running.url, supply_source="RST", supply_trusted_source=7).request_transfer(transfer())
    row = running.items("supplyRequests")[0]
    names = ("InterfaceBatchNumber", "SupplyOrderReferenceNumber", "SupplyOrderSource", "TrustedSource")
    assert [row[name] for name in names] == [KEY, KEY, "RST", 7]


def test_a_lost_answer_is_doubt_and_the_key_finds_what_was_made(running: Pod) -> None:
    made = mover(running.url)
    running.arm(drop_after_commit=1)
    with pytest.raises(OutcomeUnknown):
        made.request_transfer(transfer())
    assert len(made.find_transfer(KEY)) == 1


@pytest.mark.parametrize(
    ("given", "why"), [({"item": "NO-SUCH"}, "NO-SUCH"), ({"unit": "Piece"}, "unit codes"), ({"unit": ""}, "codes")]
)
def test_what_fusion_would_not_take_is_refused(running: Pod, given: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        mover(running.url).request_transfer(transfer(**given))
    assert running.items("supplyRequests") == []


def test_places_outside_the_settings_and_odd_keys_are_refused() -> None:
    made = mover("https://pod.example.com")
    with pytest.raises(Refused, match="M1 or M9"):
        made.request_transfer(StockTransfer(KEY, "fusion", "M1", "M9", ()))
    for call in (made.find_transfer, lambda key: made.request_transfer(transfer(key))):
        with pytest.raises(Refused, match="not an order key"):
            call("short")


def request(pod: Scripted, **changes: Any) -> dict[str, Any]:
    link = {"rel": "self", "href": f"{pod.root}/supplyRequests/1"}
    return {"SupplyOrderReferenceNumber": KEY, "SupplyOrderNumber": None, "links": [link]} | changes


def test_a_search_that_is_not_one_stops_the_run(pod: Scripted) -> None:
    pod.gives("supplyRequests", page(request(pod, SupplyOrderReferenceNumber="ANOTHERKEY23")))
    with pytest.raises(StopRun, match="also returned ANOTHERKEY23"):
        mover("https://pod.example.com").find_transfer(KEY)


def test_a_pod_that_cannot_search_is_told(pod: Scripted) -> None:
    pod.gives("supplyRequests", {"title": "Bad Request", "detail": "not queryable"}, status=400)
    with pytest.raises(NeedsAdmin, match="not queryable"):
        mover("https://pod.example.com").find_transfer(KEY)


def test_without_a_number_yet_the_key_stands_for_it(pod: Scripted) -> None:
    pod.gives("supplyRequests", request(pod), method="POST", status=201)
    made = mover("https://pod.example.com")
    assert made.request_transfer(transfer()) == KEY
    pod.gives("supplyRequests", page(), page(request(pod, SupplyOrderStatus="NEW")))
    pod.gives("supplyRequests/1/child/supplyOrderLines", page())
    (found,) = made.transfer_status([KEY])
    assert (found.number, found.state) == (KEY, DocumentState.PENDING)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("CANCELED", "CANCELED"), DocumentState.CANCELLED),
        (("CANCELED", "CLOSED"), DocumentState.CLOSED),
        (("OPEN", "CLOSED"), DocumentState.OPEN),
        (("OPEN", "ERROR"), DocumentState.REFUSED),
        (("Something new",), DocumentState.OPEN),
    ],
)
def test_the_lines_make_the_state(pod: Scripted, words: tuple[str, ...], state: DocumentState) -> None:
    pod.gives("supplyRequests", page(request(pod)))
    rows = [
        {"SupplyOrderReferenceLineNumber": str(i), "SupplyLineStatus": word, "Quantity": 1}
        for i, word in enumerate(words)
    ]
    pod.gives("supplyRequests/1/child/supplyOrderLines", page(*rows))
    (found,) = mover("https://pod.example.com").find_transfer(KEY)
    assert found.state is state
    assert [line.ended for line in found.lines] == [word not in {"OPEN", "Something new"} for word in words]
