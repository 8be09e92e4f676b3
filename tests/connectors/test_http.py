"""The HTTP base against a real server on loopback; time moves only when the session sleeps."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import urllib3

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from connectors.http import (
    Answer,
    HttpSession,
    Limits,
    Outcome,
    Redactor,
    basic_auth,
    bearer_auth,
    classify_write,
)
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import ManualClock

PASSWORD = "pä ss/wörd"
HTML = Step(200, b"<html><form>Sign in</form></html>", {"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def session(server: Scripted, clock: ManualClock, **limits: Any) -> HttpSession:
    return HttpSession(
        f"{server.url}/base/", clock, basic_auth("BOT", PASSWORD), replace(Limits(), **{"read": 5.0, **limits})
    )


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_read_sends_logon_and_blanks_as_percent_20(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(body={"a": 1}))
    answer = session(server, clock).get("things", {"$filter": "A eq 'b c'", "x": "1+1"})
    assert answer.json() == {"a": 1}
    assert server.got[0].path == "/base/things?$filter=A%20eq%20'b%20c'&x=1%2B1"
    assert server.got[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_read_is_repeated_after_the_time_that_the_server_names(
    server: Scripted, clock: ManualClock, status: int
) -> None:
    server.say(Step(status, headers={"Retry-After": "7"}), Step(body={"ok": True}))
    before = clock.monotonic()
    assert session(server, clock).get("x").json() == {"ok": True}
    assert 7 <= clock.monotonic() - before <= 20


def test_retry_after_as_a_date_and_beyond_the_cap(server: Scripted, clock: ManualClock) -> None:
    server.say(
        Step(503, headers={"Retry-After": "Mon, 02 Mar 2026 05:00:09 GMT"}),
        Step(503, headers={"Retry-After": "86400"}),
        Step(503, headers={"Retry-After": "soon"}),
        Step(),
    )
    before = clock.monotonic()
    session(server, clock).get("x")
    assert 9 + 60 <= clock.monotonic() - before < 9 + 60 + 60


def test_attempts_are_bounded(server: Scripted, clock: ManualClock) -> None:
    server.say(*[Step(503)] * 9)
    with pytest.raises(Retryable, match="HTTP 503"):
        session(server, clock, attempts=3).get("x")
    assert len(server.got) == 3


def test_total_time_is_bounded(server: Scripted, clock: ManualClock) -> None:
    server.say(*[Step(503, headers={"Retry-After": "50"})] * 9)
    with pytest.raises(Retryable) as raised:
        session(server, clock, total=120.0, attempts=9).get("x")
    assert len(server.got) == 3
    assert raised.value.retry_after == 50


@pytest.mark.parametrize("fault", [Step(drop=True), Step(body=b'{"a": 1', cut=True)])
def test_read_is_repeated_when_the_connection_breaks(server: Scripted, clock: ManualClock, fault: Step) -> None:
    server.say(fault, Step(body={"a": 1}))
    assert session(server, clock).get("x").json() == {"a": 1}


def test_failed_logon_is_asked_once(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(401, b"<html>Anmeldung fehlgeschlagen</html>", {"Content-Type": "text/html"}), Step())
    with pytest.raises(NeedsAdmin, match="no user is locked"):
        session(server, clock).get("x")
    assert len(server.got) == 1


@pytest.mark.parametrize("step", [HTML, Step(200, b" <!DOCTYPE html><p>Sign in"), Step(403), Step(404), Step(400)])
def test_sign_in_page_and_other_statuses_need_an_admin(server: Scripted, clock: ManualClock, step: Step) -> None:
    server.say(step)
    with pytest.raises(NeedsAdmin):
        session(server, clock).get("x")
    assert len(server.got) == 1


def test_allowed_status_is_returned(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(404))
    assert session(server, clock).get("x", allow=(404,)).status == 404


def test_redirect_on_the_same_host_is_followed_on_reads_only(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(302, headers={"Location": "/base/y"}), Step(body={"y": 1}), Step(307, headers={"Location": "/z"}))
    http = session(server, clock)
    assert http.get("x").json() == {"y": 1}
    with pytest.raises(OutcomeUnknown):
        http.send_once("POST", "x", b"{}", key="K")
    assert [got.path for got in server.got] == ["/base/x", "/base/y", "/base/x"]


def test_a_question_by_post_is_asked_again_and_never_redirected(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(503), Step(drop=True), Step(body=b"<a/>", headers={"Content-Type": "text/xml"}))
    assert session(server, clock).ask("q", b"<q/>", headers={"SOAPAction": "run"}).body == b"<a/>"
    assert [(got.method, got.body, got.headers["soapaction"]) for got in server.got] == [("POST", b"<q/>", "run")] * 3
    server.say(Step(302, headers={"Location": f"{server.url}/base/other"}))
    with pytest.raises(NeedsAdmin):
        session(server, clock).ask("q", b"<q/>", headers={})


def test_endless_redirects_end(server: Scripted, clock: ManualClock) -> None:
    server.say(*[Step(302, headers={"Location": "/base/x"})] * 9)
    with pytest.raises(NeedsAdmin):
        session(server, clock).get("x")
    assert len(server.got) == 4


@pytest.mark.parametrize("link", ["http://evil.example/x", "https://127.0.0.1/x", "http://127.0.0.1:1/x"])
def test_other_hosts_never_get_the_logon(server: Scripted, clock: ManualClock, link: str) -> None:
    server.say(Step(302, headers={"Location": link}))
    http = session(server, clock)
    with pytest.raises(NeedsAdmin, match="another host"):
        http.get("x")
    with pytest.raises(NeedsAdmin, match="another host"):
        http.get(link)
    with pytest.raises(NeedsAdmin, match="another host"):
        http.send_once("POST", link, b"{}")
    assert len(server.got) == 1


def test_answer_beyond_the_size_limit_is_refused(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(body=b"x" * 5000))
    with pytest.raises(NeedsAdmin, match="larger than 1000 bytes"):
        session(server, clock, body=1000).get("x")


def test_dripping_answer_ends_at_the_deadline(server: Scripted, clock: ManualClock) -> None:
    server.on_piece = lambda: clock.advance(100)
    server.say(Step(body=b"x" * 400_000, drip=8))
    with pytest.raises(Retryable, match="longer than 300 s"):
        session(server, clock, attempts=1).get("x")


def test_answer_that_drips_byte_by_byte_ends_at_the_deadline_and_not_with_its_last_byte(
    server: Scripted, clock: ManualClock
) -> None:
    gone = []
    server.on_piece = lambda: (clock.advance(100), gone.append(1))
    server.say(Step(body=b"x" * 40, drip=40, pause=0.02))
    with pytest.raises(Retryable, match="longer than 300 s"):
        session(server, clock, attempts=1).get("x")
    assert len(gone) < 20


# --- writes


@pytest.mark.parametrize("status", [500, 502, 503, 504, 409, 408, 302, 418])
def test_doubtful_write_is_unknown_and_never_repeated(server: Scripted, clock: ManualClock, status: int) -> None:
    server.say(Step(status), Step(201))
    with pytest.raises(OutcomeUnknown) as raised:
        session(server, clock).send_once("POST", "orders", b"{}", key="KEY1")
    assert raised.value.key == "KEY1"
    assert len(server.got) == 1


@pytest.mark.parametrize("step", [Step(drop=True), Step(201, b'{"n": 1', cut=True), HTML])
def test_lost_answer_is_unknown_and_never_repeated(server: Scripted, clock: ManualClock, step: Step) -> None:
    server.say(step, Step(201))
    with pytest.raises(OutcomeUnknown):
        session(server, clock).send_once("POST", "orders", b"{}", key="KEY1")
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (404, Refused), (422, Refused), (401, NeedsAdmin), (403, NeedsAdmin), (429, Retryable)],
)
def test_write_that_did_nothing_says_what_to_do(
    server: Scripted, clock: ManualClock, status: int, error: type[Exception]
) -> None:
    server.say(Step(status, b"no", {"Retry-After": "5"}), Step(201))
    with pytest.raises(error):
        session(server, clock).send_once("POST", "orders", b"{}", key="K")
    assert len(server.got) == 1


def test_wait_that_a_write_is_told_is_capped(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(429, headers={"Retry-After": "99999"}))
    with pytest.raises(Retryable) as raised:
        session(server, clock).send_once("POST", "orders", b"{}")
    assert raised.value.retry_after == 900


def test_refused_connection_and_unknown_name_are_not_sent(clock: ManualClock) -> None:
    for base in (f"http://127.0.0.1:{closed_port()}", "http://name.invalid"):
        http = HttpSession(base, clock, limits=Limits(connect=2))
        with pytest.raises(Retryable):
            http.send_once("POST", "x", b"{}", key="K")


def test_failed_handshake_needs_an_admin_and_sends_nothing(server: Scripted, clock: ManualClock) -> None:
    http = HttpSession(server.url.replace("http:", "https:"), clock)
    with pytest.raises(NeedsAdmin, match="certificate authority"):
        http.get("x")
    with pytest.raises(OutcomeUnknown):  # the same words come when a proxy fails after the whole request
        http.send_once("POST", "x", b"{}", key="K")
    assert server.got == []


def test_idle_connection_that_the_server_closed_does_not_make_a_write_doubtful(clock: ManualClock) -> None:
    with scripted_server() as server:
        server.say(Step(body={"a": 1}))
        http = session(server, clock)
        http.get("x")
    with pytest.raises(Retryable):
        http.send_once("POST", "x", b"{}", key="K")


def test_write_keeps_cookies(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(headers={"Set-Cookie": "SAP_SESSIONID=abc; path=/"}), Step(201))
    http = session(server, clock)
    http.get("x")
    http.send_once("POST", "x", b"{}")
    assert server.got[1].headers["cookie"] == "SAP_SESSIONID=abc"


def test_admitted_answer_is_returned_unjudged(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(403))
    assert session(server, clock).send_once("POST", "x", admit=lambda answer: answer.status == 403).status == 403


def wrapped(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/x", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (requests.ConnectTimeout(), Outcome.NOT_SENT),
        (requests.exceptions.ProxyError(), Outcome.NOT_SENT),
        (wrapped(urllib3.exceptions.NewConnectionError(None, "no")), Outcome.NOT_SENT),  # type: ignore[arg-type]
        (wrapped(urllib3.exceptions.ProtocolError("reset")), Outcome.UNKNOWN),
        (requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"), Outcome.NOT_SENT),
        (requests.exceptions.SSLError("[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), Outcome.UNKNOWN),
        (requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER]"), Outcome.UNKNOWN),
        (requests.exceptions.SSLError("[SSL: TLSV1_ALERT_PROTOCOL_VERSION]"), Outcome.UNKNOWN),
        (requests.ReadTimeout(), Outcome.UNKNOWN),
        (requests.ConnectionError("reset"), Outcome.UNKNOWN),
        (requests.exceptions.ChunkedEncodingError(), Outcome.UNKNOWN),
        (Answer(407, {}, b"", ""), Outcome.NOT_SENT),
        (Answer(201, {"Content-Type": "application/json"}, b"{}", ""), Outcome.OK),
        (Answer(999, {}, b"", ""), Outcome.UNKNOWN),
    ],
)
def test_outcomes(result: Answer | Exception, outcome: Outcome) -> None:
    assert classify_write(result) is outcome


# --- secrets


def test_no_secret_in_any_error(server: Scripted, clock: ManualClock) -> None:
    echo = f"user BOT password {PASSWORD} Authorization: Basic Qk9UOnDDpCBzcy93w7ZyZA== end".encode()
    http = session(server, clock, attempts=1)
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    texts = []
    for status in (400, 401, 403, 404, 429, 500, 503):
        server.say(Step(status, echo, plain), Step(status, echo, plain))
        for call in (lambda: http.get(f"x?p={PASSWORD}"), lambda: http.send_once("POST", "x", b"{}", key="K")):
            with pytest.raises((Retryable, Refused, NeedsAdmin, OutcomeUnknown)) as raised:
                call()
            texts.append(f"{raised.value} {raised.value.__cause__}")
    assert len(texts) == 14
    assert not [text for text in texts if PASSWORD in text or "Qk9U" in text or "wörd" in text]


def test_redactor_hides_telling_headers_and_keeps_the_rest() -> None:
    text = Redactor(["s3cret", "a"])("a s3cret here\nx-csrf-token: abc==\nCookie=k=v\nbanana")
    assert text == "a *** here\nx-csrf-token: ***\nCookie=***\nbanana"


def test_bearer_token_is_asked_for_at_every_call(server: Scripted, clock: ManualClock) -> None:
    tokens = iter(["t-one", "t-two"])
    http = HttpSession(server.url, clock, bearer_auth(lambda: next(tokens)))
    server.say(Step(), Step(400, b"the token t-two is odd"))
    http.get("x")
    with pytest.raises(NeedsAdmin, match=r"the token \*\*\* is odd"):
        http.get("x")
    assert [got.headers["authorization"] for got in server.got] == ["Bearer t-one", "Bearer t-two"]


def test_closed_session_forgets_cookies(server: Scripted, clock: ManualClock) -> None:
    server.say(Step(headers={"Set-Cookie": "a=b"}), Step())
    http = session(server, clock)
    http.get("x")
    http.close()
    http.get("x")
    assert "cookie" not in server.got[1].headers
