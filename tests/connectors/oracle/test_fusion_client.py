"""Pages, sign-on, redirects and secrets of the Fusion session."""

import json
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from pydantic import ValidationError

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable, StopRun
from connectors.oracle.client import FusionClient, take
from connectors.oracle.settings import FusionSettings
from connectors.oracle.wire import Row
from tests.connectors.oracle.fusion_parts import KEY, POD, SECRET, Pod, fusion_settings, page
from tests.fakes import DictPages, ManualClock

ID = ("POHeaderId",)


def _query(call: responses.Call) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(call.request.url)).query)


def test_pages_advance_by_what_came_when_the_server_caps_the_limit(pod: Pod, client: FusionClient) -> None:
    pod.gives("purchaseOrders", page({"POHeaderId": 1}, {"POHeaderId": 2}, more=True, limit=2))
    pod.gives("purchaseOrders", page({"POHeaderId": 3}))
    assert client.columns("purchaseOrders", ID, ("POHeaderId",), "BuyerId=7") == {"POHeaderId": [1, 2, 3]}
    first, second = map(_query, pod.mock.calls)
    assert first["orderBy"] == ["POHeaderId:asc"]
    assert (first["limit"], first["q"], first["onlyData"]) == (["500"], ["BuyerId=7"], ["true"])
    assert second["q"] == ["BuyerId=7 and POHeaderId>2"]
    assert (first["offset"], second["offset"]) == (["0"], ["0"])


def test_headers_pin_framework_version_and_language(pod: Pod, client: FusionClient) -> None:
    pod.gives("suppliers", {"count": 0, "hasMore": False, "limit": 25, "offset": 0})
    assert client.rows("suppliers", ("SupplierId",)) == []
    headers = pod.mock.calls[0].request.headers
    assert (headers["REST-Framework-Version"], headers["Accept-Language"]) == ("4", "en-US")


@pytest.mark.parametrize(
    "body",
    [
        page({"POHeaderId": 1}, count=2),
        page(more=True),
        page({"POHeaderId": 1}, offset=5),
        page({"POHeaderId": 1}, {"POHeaderId": 1}),
        {"items": {"POHeaderId": 1}, "count": 1, "hasMore": False, "offset": 0},
        [],
    ],
)
def test_pages_that_contradict_themselves_stop_the_run(pod: Pod, client: FusionClient, body: object) -> None:
    pod.gives("purchaseOrders", body)
    with pytest.raises(StopRun, match="purchaseOrders"):
        client.rows("purchaseOrders", ID)


def test_keys_that_repeat_on_the_next_page_stop_the_run(pod: Pod, client: FusionClient) -> None:
    pod.gives("purchaseOrders", page({"POHeaderId": 1}, more=True), page({"POHeaderId": 1}))
    with pytest.raises(StopRun, match="repeat"):
        client.rows("purchaseOrders", ID)


def test_newest_first_a_server_that_turns_in_circles_stops_the_run(pod: Pod, client: FusionClient) -> None:
    pod.gives("b", page({"POHeaderId": 9}, more=True), page({"POHeaderId": 9}, more=True))
    with pytest.raises(StopRun):
        list(client.pages("b", ID, newest_first=True))


def test_take_reads_no_more_pages_than_it_needs(pod: Pod, client: FusionClient) -> None:
    pod.gives("a", page({"POHeaderId": 9}, {"POHeaderId": 8}, more=True))
    found = take(client.pages("a", ID, newest_first=True), 1, lambda row: row["POHeaderId"] == 9, lambda *_: True)
    assert [row["POHeaderId"] for row in found] == [9]
    assert len(pod.mock.calls) == 1


def test_take_goes_on_until_it_is_told_that_it_is_enough(pod: Pod, client: FusionClient) -> None:
    for number in (9, 8, 7):
        pod.gives("a", page({"POHeaderId": number}, more=True))

    def enough(first: Row, last: Row) -> bool:
        return bool(first["POHeaderId"] - last["POHeaderId"] == 2)

    assert len(take(client.pages("a", ID, newest_first=True), 1, lambda _: True, enough)) == 3


def test_fractions_and_long_ids_are_exact(pod: Pod, client: FusionClient) -> None:
    pod.gives("a", '{"items":[{"POHeaderId":300100175278468999,"Price":0.1}],"count":1,"hasMore":false,"offset":0}')
    assert client.rows("a", ID) == [{"POHeaderId": 300100175278468999, "Price": Decimal("0.1")}]


def test_self_links_stay_on_our_host(client: FusionClient) -> None:
    row = {"links": [{"rel": "child", "href": "x"}, {"rel": "self", "href": f"{POD}/fscmRestApi/a/00EACED"}]}
    assert client.self_link(row).endswith("/a/00EACED")
    other = {"links": [{"rel": "self", "href": "https://behind-the-gateway.example.com/fscmRestApi/a/00EACED"}]}
    assert client.self_link(other) == f"{POD}/fscmRestApi/a/00EACED"
    for links in ([], [{"rel": "self", "href": "https://evil.example.com/a"}], ["self"]):
        with pytest.raises(StopRun, match="self link"):
            client.self_link({"links": links})


def test_a_401_is_not_tried_again(pod: Pod, client: FusionClient) -> None:
    pod.gives("a", "", status=401, content_type="text/html")
    with pytest.raises(NeedsAdmin, match="401"):
        client.rows("a", ID)
    assert len(pod.mock.calls) == 1


@pytest.mark.parametrize("host", ["https://idcs.example.com", POD])
def test_a_redirect_to_a_sign_on_page_is_an_authentication_problem(pod: Pod, client: FusionClient, host: str) -> None:
    location = f"{host}/oauth2/v1/authorize"
    pod.mock.add("GET", location, body="<html>Sign in</html>", content_type="text/html")
    pod.gives("a", "", status=302, headers={"Location": location})
    with pytest.raises(NeedsAdmin, match=r"sign-in|another host"):
        client.rows("a", ID)
    pod.gives("examples", "", method="POST", status=302, headers={"Location": location})
    with pytest.raises(OutcomeUnknown, match="302"):
        client.create("examples", {}, KEY)
    assert not any("idcs" in str(call.request.url) for call in pod.mock.calls)
    assert len(pod.sent("POST")) == 1


def test_busy_reads_are_tried_again_and_writes_never(pod: Pod, client: FusionClient, clock: ManualClock) -> None:
    before = clock.monotonic()
    pod.gives("a", "<html>busy</html>", status=503, headers={"Retry-After": "30", "Content-Type": "text/html"})
    pod.gives("a", page({"POHeaderId": 1}))
    assert client.rows("a", ID) == [{"POHeaderId": 1}]
    assert clock.monotonic() - before >= 30
    pod.gives("examples", "<html>busy</html>", method="POST", status=503, content_type="text/html")
    with pytest.raises(OutcomeUnknown, match=KEY):
        client.create("examples", {}, KEY)
    assert len(pod.sent("POST")) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(400, {"detail": "no"}, Refused), (404, "", Refused), (403, "", NeedsAdmin), (429, "", Retryable),
     (500, "", OutcomeUnknown), (201, "no json", OutcomeUnknown), (201, [], OutcomeUnknown)],
)  # fmt: skip
def test_outcomes_of_writes(pod: Pod, client: FusionClient, status: int, body: object, error: type[Exception]) -> None:
    pod.gives("examples", body, method="POST", status=status)
    with pytest.raises(error):
        client.create("examples", {}, KEY)


def test_lost_answers_are_unknown_and_refused_connections_are_not_sent(pod: Pod, client: FusionClient) -> None:
    pod.gives("examples", requests.ReadTimeout("slow"), method="POST")
    with pytest.raises(OutcomeUnknown) as lost:
        client.create("examples", {}, KEY)
    assert lost.value.key == KEY
    pod.gives("x", requests.ConnectTimeout("no route"), method="POST")
    with pytest.raises(Retryable):
        client.create("x", {}, KEY)


def test_media_types_of_creation_and_action(pod: Pod, client: FusionClient) -> None:
    pod.gives("examples", {"POHeaderId": 1}, method="POST", status=201)
    client.create("examples", {}, KEY)
    pod.gives("draftPurchaseOrders/1/action/submit", {"result": "SUCCESS"}, method="POST")
    link = f"{pod.root}/draftPurchaseOrders/1"
    assert client.act(link, "submit", {"validateBeforeSubmitFlag": True}, KEY) == "SUCCESS"
    kinds = [call.request.headers["Content-Type"] for call in pod.mock.calls]
    assert kinds == ["application/vnd.oracle.adf.resourceitem+json", "application/vnd.oracle.adf.action+json"]


def test_no_secret_in_any_error(pod: Pod, client: FusionClient) -> None:
    echo = {"detail": f"user restock password {SECRET} is wrong"}
    pod.gives("a", echo, status=400)
    with pytest.raises(NeedsAdmin) as read:
        client.rows("a", ID)
    pod.gives("b", echo, method="POST", status=400)
    with pytest.raises(Refused) as write:
        client.create("b", {}, KEY)
    pod.gives("c", requests.ConnectionError(f"https://restock:{SECRET}@pod"), method="POST")
    with pytest.raises(OutcomeUnknown) as lost:
        client.create("c", {}, KEY)
    for error in (read, write, lost):
        assert SECRET not in str(error.value)
    assert SECRET not in repr(fusion_settings())


@pytest.fixture
def oauth(clock: ManualClock) -> FusionClient:
    client = {"token_url": "https://id.example.com/oauth2/v1/token", "client_id": "c", "client_secret": SECRET}
    return FusionClient(fusion_settings(user="", password="", oauth=client), clock)


def test_tokens_are_kept_renewed_early_and_asked_again_once_on_401(
    pod: Pod, oauth: FusionClient, clock: ManualClock
) -> None:
    url = "https://id.example.com/oauth2/v1/token"
    for name in ("one", "two", "three"):
        pod.mock.add("POST", url, json={"access_token": name, "expires_in": 3600})
    pod.gives("a", page(), page())
    oauth.rows("a", ID)
    oauth.rows("a", ID)
    clock.advance(3550)
    pod.gives("b", page())
    oauth.rows("b", ID)
    pod.gives("c", "", status=401)
    pod.gives("c", page())
    oauth.rows("c", ID)
    used = [call.request.headers["Authorization"] for call in pod.mock.calls if call.request.method == "GET"]
    assert used == ["Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer three"]
    form = pod.mock.calls[0].request.body
    assert b"grant_type=client_credentials" in form


@pytest.mark.parametrize(
    ("answer", "error"),
    [({"status": 401, "json": {"error": "invalid_client"}}, NeedsAdmin), ({"status": 503}, Retryable),
     ({"status": 200, "json": {}}, Retryable)],
)  # fmt: skip
def test_without_a_token_nothing_is_sent(
    pod: Pod, oauth: FusionClient, answer: dict[str, object], error: type[Exception]
) -> None:
    pod.mock.add("POST", "https://id.example.com/oauth2/v1/token", **answer)
    with pytest.raises(error):
        oauth.create("examples", {}, KEY)
    assert [str(call.request.url) for call in pod.mock.calls] == ["https://id.example.com/oauth2/v1/token"]


@pytest.mark.reference
def test_every_page_sample_of_the_contract_is_read(pod: Pod, client: FusionClient, reference: Path) -> None:
    samples = json.loads((reference / "samples" / "responses.json").read_text(encoding="utf-8"))
    read = 0
    for sample in samples:
        body = sample.get("body")
        if not isinstance(body, dict) or "hasMore" not in body or body["hasMore"] or body["offset"]:
            continue
        read += 1
        pod.gives(f"r{read}", body)
        assert len(client.rows(f"r{read}", ID)) == body["count"]
    assert read >= 3


@pytest.mark.parametrize(
    "changes",
    [{"user": ""}, {"base_url": "http://pod.example.com"}, {"organizations": {}}, {"unknown": 1}, {"page_size": 501},
     {"conversions": [{"unit": "BX", "base_units": "0"}]},
     {"oauth": {"token_url": "https://id.example.com/t", "client_id": "c", "client_secret": "s"}}],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        fusion_settings(**changes)


def test_two_organizations_need_two_addresses() -> None:
    one = {"procurement_bu": "B", "buyer": "b", "ship_to_location": "Seattle"}
    with pytest.raises(ValidationError, match="ship_to_location"):
        fusion_settings(organizations={"M1": one, "M2": one})


def test_conversions_prefer_the_item() -> None:
    pairs = [{"unit": "BX", "base_units": "12"}, {"unit": "BX", "base_units": "1000/3", "item": "A"}]
    settings: FusionSettings = fusion_settings(conversions=pairs)
    assert settings.factor("B", "BX") == 12
    assert str(settings.factor("A", "BX")) == "1000/3"
    assert settings.factor("A", "CS") is None
    assert settings.factor("A", "Ea", "Ea") == 1


def test_pages_of_a_history_that_a_killed_reading_kept_are_not_asked_for_again(pod: Pod, client: FusionClient) -> None:
    client.kept = DictPages()
    pod.gives("a", page({"POHeaderId": 1, "Price": 1}, more=True))
    pod.gives("a", "not json", content_type="application/json")
    with pytest.raises(Retryable):
        client.rows("a", ID, lasting=True)
    pod.mock.reset()
    pod.gives("a", page({"POHeaderId": 2}))
    assert [row["POHeaderId"] for row in client.rows("a", ID, lasting=True)] == [1, 2]
    assert len(pod.mock.calls) == 1
    assert [row["POHeaderId"] for row in client.rows("a", ID, lasting=True)] == [1, 2]
    assert len(pod.mock.calls) == 1
