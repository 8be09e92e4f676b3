"""The writer where Fusion's answers are odd: cancelled twice, numbers shared, submit that half worked."""

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused
from connectors.oracle.orders import FusionWriter
from tests.connectors.oracle.fusion_parts import KEY, Pod, draft_order, fusion_settings, order_writer, page
from tests.connectors.oracle.test_fusion_orders import LINK, answers, created, header, lists
from tests.fakes import ManualClock


@pytest.fixture
def fusion(clock: ManualClock) -> FusionWriter:
    return order_writer(fusion_settings(settle_seconds=2), clock)


def test_settings_give_system_and_settle_time(fusion: FusionWriter) -> None:
    assert (fusion.system, fusion.settle_seconds) == ("fusion", 2)


def test_create_refuses_what_is_no_key(pod: Pod, fusion: FusionWriter) -> None:
    with pytest.raises(Refused, match="order key"):
        fusion.create(draft_order("lower"))
    assert not pod.mock.calls


def test_what_is_cancelled_is_not_cancelled_again(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, StatusCode="CANCELED")))
    fusion.cancel("US165840")
    assert not pod.sent("POST")
    assert not pod.sent("DELETE")


@pytest.mark.parametrize(("now", "done"), [("CANCELED", True), ("OPEN", False)])
def test_a_cancellation_with_another_word_counts_by_the_state(
    pod: Pod,
    fusion: FusionWriter,
    now: str,
    done: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, StatusCode="OPEN")), page(header(pod, StatusCode=now)))
    pod.gives(f"{LINK}/action/cancel", {"result": "WARNING"}, method="POST")
    if done:
        fusion.cancel("US165840")
    else:
        with pytest.raises(Refused, match="not cancelled: WARNING"):
            fusion.cancel("US165840")


def test_a_number_that_two_documents_bear_is_not_touched(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page(header(pod)))
    pod.gives("purchaseOrders", page(header(pod, POHeaderId=5)))
    with pytest.raises(Refused, match="2 purchase documents"):
        fusion.cancel("US165840")


def test_a_document_of_another_business_unit_is_not_ours(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, ProcurementBUId=5)))
    assert fusion.status(["US165840"]) == []


def test_a_submit_that_the_approval_rejects_at_once_is_refused(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod, submit="ERROR")
    pod.gives("draftPurchaseOrders", page(header(pod, StatusCode="REJECTED")))
    pod.gives("purchaseOrders", page())
    with pytest.raises(Refused, match="is refused: ERROR"):
        fusion.create(draft_order())
    assert not pod.sent("DELETE")


def test_a_submit_refused_with_400_deletes_the_draft(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    pod.gives(f"{LINK}/action/submit", {"detail": "Funds are short."}, method="POST", status=400)
    answers(pod)
    pod.gives("draftPurchaseOrders", page(header(pod)))
    pod.gives("purchaseOrders", page())
    pod.gives(LINK, "", method="DELETE", status=204)
    with pytest.raises(Refused, match="Funds are short"):
        fusion.create(draft_order())
    assert pod.sent("DELETE")


def test_a_document_that_vanished_after_a_failed_submit_is_unknown(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    answers(pod, submit="ERROR")
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page())
    with pytest.raises(OutcomeUnknown, match="cannot be seen"):
        fusion.create(draft_order())


@pytest.mark.parametrize("number", ["US9", None])
def test_a_number_that_is_given_at_submit_is_read_afterwards(
    pod: Pod, fusion: FusionWriter, number: str | None
) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", header(pod, OrderNumber=None), method="POST", status=201)
    answers(pod)
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(header(pod, OrderNumber=number, StatusCode="OPEN")))
    if number:
        assert fusion.create(draft_order()) == number
    else:
        with pytest.raises(OutcomeUnknown, match="no number yet"):
            fusion.create(draft_order())


def test_a_validation_refused_with_400_is_a_message(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    pod.gives(f"{LINK}/action/validateDocument", {"detail": "No price."}, method="POST", status=400)
    pod.gives(LINK, "", method="DELETE", status=204)
    with pytest.raises(Refused, match="No price"):
        fusion.create(draft_order())


def test_an_action_without_a_result_is_unknown(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    created(pod)
    pod.gives(f"{LINK}/action/validateDocument", {}, method="POST")
    with pytest.raises(OutcomeUnknown, match="no result"):
        fusion.create(draft_order())


@pytest.mark.parametrize(("last_day", "pages"), [("2026-02-20", 2), ("2026-02-10", 1)])
def test_a_busy_day_does_not_push_a_document_out_of_sight(
    pod: Pod, clock: ManualClock, last_day: str, pages: int
) -> None:
    lists(pod)
    many = [{"POHeaderId": 100 - i, "CreationDate": f"{last_day if i else '2026-03-02'}T00:00:00Z"} for i in range(50)]
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page(*many, more=True), page())
    settings = fusion_settings(search_rows=50, search_days=14, page_size=50)
    assert order_writer(settings, clock).find(KEY) == []
    assert len([path for path, _ in pod.sent("GET") if path.startswith("purchaseOrders")]) == pages


def test_find_may_be_narrowed_to_a_supplier(pod: Pod, fusion: FusionWriter) -> None:
    lists(pod)
    pod.gives("draftPurchaseOrders", page())
    pod.gives("purchaseOrders", page())
    assert fusion.find(KEY, "1252") == []
    asked = [path for path, _ in pod.sent("GET") if path.startswith(("draft", "purchaseOrders"))]
    assert len(asked) == 2
    assert all("SupplierId%3D300000047414503%20and%20BuyerId" in path.replace("=3000", "%3D3000") for path in asked)


def test_a_business_unit_that_does_not_exist_is_told_with_the_setting(pod: Pod, clock: ManualClock) -> None:
    from connectors.oracle.fusion import writer

    lists(pod)
    place = {"procurement_bu": "Nowhere", "buyer": "b"}
    with pytest.raises(NeedsAdmin, match="procurement_bu"):
        writer(fusion_settings(organizations={"M1": place}), clock).create(draft_order())
    nowhere = {"procurement_bu": "US1 Business Unit", "requisitioning_bu": "Nowhere", "buyer": "buyer@company.example"}
    with pytest.raises(NeedsAdmin, match="Nowhere"):
        writer(fusion_settings(organizations={"M1": nowhere}), clock).create(draft_order())


def test_a_location_that_is_not_set_up_is_refused(pod: Pod, clock: ManualClock) -> None:
    from connectors.oracle.fusion import writer

    place = {"procurement_bu": "US1 Business Unit", "buyer": "b"}
    with pytest.raises(Refused, match="M1"):
        writer(fusion_settings(organizations={"M7": place}), clock).create(draft_order())
