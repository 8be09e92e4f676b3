"""Sign-on of the Fusion-like server and the faults that tests arm through /__faults."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.sandbox.fusion import Credentials
from tests.connectors.sandbox.fusion_pod import Pod, running_pod, self_link

pytestmark = pytest.mark.servers


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    with running_pod(tmp_path) as running:
        yield running


def drafts(pod: Pod) -> int:
    return len(pod.items("draftPurchaseOrders"))


def test_wrong_credentials_get_a_page_not_json(pod: Pod) -> None:
    pod.session.auth = ("restock", "wrong")
    response = pod.get("itemsV2")
    assert (response.status_code, response.headers["Content-Type"]) == (401, "text/html; charset=utf-8")


def test_a_token_opens_the_door_until_it_ends(tmp_path: Path) -> None:
    for life, status in ((3600, 200), (0, 401)):
        with running_pod(tmp_path, credentials=Credentials(token_life_s=life)) as pod:
            answer = requests.post(
                f"{pod.url}/oauth2/v1/token",
                {"grant_type": "client_credentials", "scope": "urn:opc:resource:consumer::all"},
                auth=("restock-client", "restock-client-demo"),
                timeout=10,
            )
            assert answer.json()["expires_in"] == life
            pod.session.auth = None
            bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            assert pod.get("suppliers", bearer).status_code == status


def test_a_token_needs_the_client_and_the_grant(pod: Pod) -> None:
    for form, secret in (
        ({"grant_type": "password"}, "restock-client-demo"),
        ({"grant_type": "client_credentials"}, "x"),
    ):
        answer = requests.post(f"{pod.url}/oauth2/v1/token", form, auth=("restock-client", secret), timeout=10)
        assert answer.status_code == 401


def test_drop_after_commit_leaves_the_document_behind(pod: Pod) -> None:
    body = pod.draft()
    pod.arm(drop_after_commit=1)
    with pytest.raises(requests.ConnectionError):
        pod.post("draftPurchaseOrders", body)
    assert drafts(pod) == 1
    assert pod.post("draftPurchaseOrders", body).status_code == 201


def test_drop_before_leaves_nothing_behind(pod: Pod) -> None:
    body = pod.draft()
    pod.arm(drop_before=1)
    with pytest.raises(requests.ConnectionError):
        pod.post("draftPurchaseOrders", body)
    assert drafts(pod) == 0


def test_a_late_commit_appears_after_the_client_has_gone(pod: Pod) -> None:
    body = pod.draft()
    pod.arm(drop_after_commit=1, delay_commit_s=0.3)
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        pod.post("draftPurchaseOrders", body)
    assert drafts(pod) == 0
    while drafts(pod) == 0:
        assert time.monotonic() - started < 10
    assert time.monotonic() - started >= 0.25


def test_statuses_come_in_turn_with_retry_after(pod: Pod) -> None:
    pod.arm(status=[503, 429], retry_after=2)
    busy, many, fine = pod.get("suppliers"), pod.get("suppliers"), pod.get("suppliers")
    assert (busy.status_code, busy.headers["Retry-After"], busy.headers["Content-Type"][:9]) == (503, "2", "text/html")
    assert (many.status_code, many.json()["title"]) == (429, "Too Many Requests")
    assert fine.status_code == 200


def test_a_sign_on_page_is_a_redirect_that_must_not_be_followed(pod: Pod) -> None:
    pod.arm(html_login=1)
    response = pod.get("suppliers")
    assert (response.status_code, response.headers["Location"]) == (302, "/oauth2/v1/authorize")
    assert "Sign In" in pod.get(f"{pod.url}/oauth2/v1/authorize").text


def test_submit_can_be_made_to_fail_once(pod: Pod) -> None:
    link = self_link(pod.post("draftPurchaseOrders", pod.draft()).json())
    pod.arm(submit_result="ERROR")
    assert pod.act(link, "submit").json() == {"result": "ERROR"}
    assert pod.act(link, "submit").json() == {"result": "SUCCESS"}


def test_hidden_orders_are_missing_from_extracts_but_found_by_search(pod: Pod) -> None:
    row = pod.post("draftPurchaseOrders", pod.draft()).json()
    pod.act(self_link(row), "submit")
    number = row["OrderNumber"]
    pod.arm(hide_orders=True)
    assert number not in {found["OrderNumber"] for found in pod.items("purchaseOrders")}
    assert number not in {found["OrderNumber"] for found in pod.items("purchaseOrderSchedules", q="Supplier<>'x'")}
    for q in (f"SupplierId={row['SupplierId']} and BuyerId={row['BuyerId']}", f"OrderNumber='{number}'"):
        assert number in {found["OrderNumber"] for found in pod.items("purchaseOrders", q=q)}
    pod.arm(hide_orders=False)
    assert number in {found["OrderNumber"] for found in pod.items("purchaseOrderSchedules")}


def test_unknown_faults_are_refused_and_all_can_be_cleared(pod: Pod) -> None:
    assert pod.session.post(f"{pod.url}/__faults", json={"explode": 1}, timeout=10).status_code == 400
    pod.arm(status=[503])
    assert pod.session.delete(f"{pod.url}/__faults", timeout=10).json() == {}
    assert pod.get("suppliers").status_code == 200
