"""The report service over real HTTP: parts, faults, faults of the network, secrets."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from bot.errors import NeedsAdmin, Retryable, StopRun
from connectors.oracle.reports import ReportService
from tests.connectors.oracle.fusion_parts import fusion_settings
from tests.connectors.oracle.report_parts import PATHS, fault, first, part, soap, whole
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import DictPages, ManualClock

PATH = PATHS["demand"]
PASSWORD = "s3cret&<word>"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


def service(server: Scripted, **changes: Any) -> ReportService:
    given = {"base_url": server.url, "password": PASSWORD, "report_paths": PATHS, "report_chunk_bytes": 1024}
    return ReportService(fusion_settings(**(given | changes)), ManualClock())


def test_a_report_is_asked_for_by_path_and_parameters(server: Scripted) -> None:
    server.say(whole(b"a,b\r\n"))
    assert service(server).csv(PATH, {"P_FROM": "2026-01-01"}) == b"a,b\r\n"
    got = server.got[0]
    assert (got.method, got.path) == ("POST", "/xmlpserver/services/v2/ReportService")
    assert (got.headers["soapaction"], got.headers["content-type"]) == ("runReport", "text/xml; charset=utf-8")
    text = got.body.decode()
    assert f"<v2:reportAbsolutePath>{PATH}</v2:reportAbsolutePath>" in text
    assert "<v2:item><v2:name>P_FROM</v2:name><v2:values><v2:item>2026-01-01</v2:item></v2:values></v2:item>" in text
    assert "<v2:userID>restock</v2:userID><v2:password>s3cret&amp;&lt;word&gt;</v2:password>" in text


def test_parts_are_fetched_until_the_last_and_put_together(server: Scripted) -> None:
    server.say(first(b"abc"), part(b"def", 6), part(b"g", -1))
    assert service(server).csv(PATH, {}) == b"abcdefg"
    assert [got.headers["soapaction"] for got in server.got] == ["runReport", *["downloadReportDataChunk"] * 2]
    assert b"<v2:beginIdx>6</v2:beginIdx>" in server.got[2].body


@pytest.mark.parametrize("odd", [part(b"de", 6), part(b"", 3), part(b"def", 6, "xdo2")], ids=["gap", "no end", "other"])
def test_parts_that_do_not_fit_stop_the_run(server: Scripted, odd: Step) -> None:
    server.say(first(b"abc"), odd)
    with pytest.raises(StopRun):
        service(server).csv(PATH, {})


@pytest.mark.parametrize(
    "said",
    ["Failed to log into BI Publisher: invalid username or password", "InvalidParametersException: x", "AccessDenied"],
)
def test_a_fault_that_a_person_must_mend_is_not_asked_again(server: Scripted, said: str) -> None:
    server.say(fault(said), whole(b""))
    with pytest.raises(NeedsAdmin, match="Transactions"):
        service(server).csv(PATH, {})
    assert len(server.got) == 1


def test_another_fault_may_pass(server: Scripted) -> None:
    server.say(fault("OperationFailedException: the database is busy"))
    with pytest.raises(Retryable, match="database is busy"):
        service(server).csv(PATH, {})


@pytest.mark.parametrize("step", [Step(503), Step(drop=True), Step(cut=True, body=b"<a/>")], ids=["503", "drop", "cut"])
def test_running_a_report_is_reading_and_done_again(server: Scripted, step: Step) -> None:
    server.say(step, whole(b"x"))
    assert service(server).csv(PATH, {}) == b"x"


@pytest.mark.parametrize(
    "step",
    [Step(200, b"no xml"), soap("other"), soap("runReport", reportBytes="*"), soap("runReport", reportBytes="YQ")],
    ids=["text", "other", "no base64", "half base64"],
)
def test_what_is_no_answer_is_no_report(server: Scripted, step: Step) -> None:
    server.say(step)
    with pytest.raises(Retryable):
        service(server).csv(PATH, {})


def test_the_sign_on_page_is_for_people(server: Scripted) -> None:
    server.say(Step(302, b"", {"Location": f"{server.url}/login"}))
    with pytest.raises(NeedsAdmin):
        service(server).csv(PATH, {})
    assert len(server.got) == 1


def test_a_report_of_a_history_that_was_read_is_not_run_again_by_the_next_process(server: Scripted) -> None:
    server.say(first(b"abc"), part(b"d", -1), whole(b"other"))
    pages = DictPages()
    for _ in range(2):
        again = service(server)
        again.kept = pages
        assert again.csv(PATH, {"P_FROM": "2026-01-01"}, lasting=True) == b"abcd"
    assert again.csv(PATH, {"P_FROM": "2026-02-01"}, lasting=True) == b"other"


def test_a_report_of_stock_is_always_run_again(server: Scripted) -> None:
    server.say(whole(b"then"), whole(b"now"))
    asked = service(server)
    asked.kept = DictPages()
    assert [asked.csv(PATH, {}) for _ in range(2)] == [b"then", b"now"]
    assert not asked.kept.kept


def test_a_report_of_another_pod_or_user_is_never_taken(server: Scripted) -> None:
    pages = DictPages()
    with scripted_server() as other:
        others = [service(server), service(other), service(server, user="somebody")]
        server.say(whole(b"test"), whole(b"theirs"))
        other.say(whole(b"production"))
        for each in others:
            each.kept = pages
        assert [each.csv(PATH, {}, lasting=True) for each in others] == [b"test", b"production", b"theirs"]


def test_the_password_is_in_no_error(server: Scripted) -> None:
    server.say(fault(f"invalid password {base64.b64encode(b'x').decode()} s3cret&amp;&lt;word&gt;"))
    with pytest.raises(NeedsAdmin) as caught:
        service(server).csv(PATH, {})
    assert "s3cret" not in str(caught.value)
