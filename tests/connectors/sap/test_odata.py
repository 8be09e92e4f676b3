"""OData of both versions against a real server that answers with recorded-style bodies."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable, StopRun
from connectors.http import Answer, HttpSession, Outcome, basic_auth
from connectors.sap import odata, odata_outcomes
from connectors.sap.odata import ODataSession, Query, Service
from tests.connectors.scripted import Scripted, Step, scripted_server
from tests.fakes import DictPages, ManualClock

V2 = Service("/sap/opu/odata/sap/API_X")
V4 = Service("/sap/opu/odata4/sap/api_x/0001", 4)
QUERY = Query("A_Set", ("Id", "Name"))
HISTORY = Query("A_Set", ("Id", "Name"), lasting=True)
TOKEN = Step(200, b"{}", {"x-csrf-token": "tok1", "Set-Cookie": "SAP_SESSIONID_S4H_100=abc; path=/"})
REQUIRED = Step(403, b"CSRF token validation failed", {"x-csrf-token": "Required", "Content-Type": "text/plain"})
V2_ERROR = {
    "error": {
        "code": "ME/083",
        "message": {"lang": "en", "value": "Enter a supplier"},
        "innererror": {
            "transactionid": "5F",
            "errordetails": [
                {"code": "ME/083", "message": "Enter a supplier", "severity": "error"},
                {"code": "06/012", "message": "Plant 9999 is unknown", "severity": "error"},
            ],
        },
    }
}
V4_ERROR = {
    "error": {
        "code": "06/054",
        "message": "Price is missing",
        "details": [{"code": "MEPO/002", "message": "PO header data still faulty", "@SAP__common.Severity": "error"}],
    }
}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def session(server: Scripted) -> ODataSession:
    http = HttpSession(
        server.url,
        ManualClock(),
        basic_auth("BOT", "secret-word"),
        describe=odata_outcomes.problem,
        classify=odata_outcomes.classifier(frozenset({"06/999"})),
    )
    return ODataSession(http, {"sap-client": "100", "sap-language": "EN"})


def v2(*rows: dict[str, object], following: str = "", count: int | None = None) -> Step:
    inner: dict[str, object] = {"results": list(rows)}
    if following:
        inner["__next"] = following
    if count is not None:
        inner["__count"] = str(count)
    return Step(body={"d": inner})


NO_ORDER = Step(400, {"error": {"code": "X", "message": {"value": "$orderby is not offered"}}})


def read(session: ODataSession, service: Service = V2) -> list[odata.Row]:
    return list(session.rows(service, QUERY))


def test_the_next_page_begins_behind_the_key_of_the_page_before(server: Scripted, session: ODataSession) -> None:
    link = f"{server.url}{V2.path}/A_Set?$skiptoken=2%2C5&sap-client=100"
    server.say(v2({"Id": "1"}, {"Id": "2"}, following=link, count=3), v2({"Id": "2"}, {"Id": "3"}, count=2))
    assert [row["Id"] for row in read(session)] == ["1", "2", "3"]
    first, second = (got.path for got in server.got)
    more = "$orderby=Id&$inlinecount=allpages&$format=json"
    assert first == f"{V2.path}/A_Set?sap-client=100&sap-language=EN&$select=Id,Name&{more}"
    where = "$filter=Id%20ge%20'2'"
    assert second == f"{V2.path}/A_Set?sap-client=100&sap-language=EN&$select=Id,Name&{where}&{more}"


@pytest.mark.parametrize("link", ["A_Set?$skiptoken=2", f"{V4.path}/A_Set?$skiptoken=2"])
def test_v4_links_may_be_relative_and_decimals_stay_exact(server: Scripted, session: ODataSession, link: str) -> None:
    first = b'{"@odata.count": 2, "value": [{"Id": "1", "Q": 0.100}], "@odata.nextLink": "%s"}' % link.encode()
    server.say(NO_ORDER, *[Step(body=first), Step(body={"value": [{"Id": "2"}]}), Step(body=first)] * 2)
    rows = read(session, V4)
    assert [row["Id"] for row in rows] == ["1", "2"]
    assert rows[0]["Q"] == Decimal("0.100")
    assert isinstance(rows[0]["Q"], Decimal)
    assert server.got[2].path == f"{V4.path}/A_Set?$skiptoken=2"
    assert "$count=true" in server.got[1].path


def test_a_service_without_an_order_is_read_by_its_links_until_nothing_changes(
    server: Scripted, session: ODataSession
) -> None:
    link = f"{server.url}{V2.path}/A_Set?$skiptoken=2%2C5&sap-client=100"

    def reading(*rows: str) -> list[Step]:
        one, two, *rest = ({"Id": each} for each in rows)
        return [v2(one, two, following=link, count=4), v2(*rest), v2(one, two, following=link, count=4)]

    server.say(NO_ORDER, *reading("1", "2", "4", "5"), *reading("2", "3", "4", "5"), *reading("2", "3", "4", "5"))
    assert [row["Id"] for row in read(session)] == ["2", "3", "4", "5"]
    assert [got.path for got in server.got[2::3]] == [f"{V2.path}/A_Set?$skiptoken=2%2C5&sap-client=100"] * 3
    assert sum("$orderby" in got.path for got in server.got) == 1
    server.say(*reading("1", "2", "3", "4"), *reading("2", "3", "4", "5"), *reading("3", "4", "5", "6"))
    with pytest.raises(Retryable, match="changed 3 times"):
        read(session)


def test_link_that_repeats_stops_the_run(server: Scripted, session: ODataSession) -> None:
    link = f"{server.url}{V2.path}/A_Set?$skiptoken=2"
    server.say(NO_ORDER, v2({"Id": "1"}, following=link), v2({"Id": "2"}, following=link), v2({"Id": "3"}))
    with pytest.raises(StopRun, match="links back"):
        read(session)
    assert len(server.got) == 3


def test_page_that_repeats_under_another_link_stops_the_run(server: Scripted, session: ODataSession) -> None:
    link = f"{server.url}{V2.path}/A_Set?$skiptoken="
    server.say(NO_ORDER, v2({"Id": "1"}, following=f"{link}2"), v2({"Id": "1"}, following=f"{link}3"))
    with pytest.raises(StopRun, match="came twice"):
        read(session)


def test_rows_that_are_missing_stop_the_run(server: Scripted, session: ODataSession) -> None:
    server.say(v2({"Id": "1"}, count=2))
    with pytest.raises(StopRun, match="1 of 2 rows"):
        read(session)


def test_link_to_another_host_is_refused(server: Scripted, session: ODataSession) -> None:
    server.say(NO_ORDER, v2({"Id": "1"}, following="http://evil.example/A_Set"))
    with pytest.raises(NeedsAdmin, match="another host"):
        read(session)


def test_cut_json_is_asked_for_again_once(server: Scripted, session: ODataSession) -> None:
    server.say(Step(body=b'{"d": {"results": ['), v2({"Id": "1"}))
    assert read(session) == [{"Id": "1"}]
    server.say(Step(body=b'{"d": {'), Step(body=b'{"d": {'))
    with pytest.raises(Retryable, match="cut off"):
        read(session)


def test_atom_and_foreign_json_need_an_admin(server: Scripted, session: ODataSession) -> None:
    server.say(Step(body=b"<feed/>", headers={"Content-Type": "application/atom+xml"}), Step(body={"hello": 1}))
    with pytest.raises(NeedsAdmin, match=r"atom\+xml"):
        read(session)
    with pytest.raises(NeedsAdmin, match="not the collection"):
        read(session)


def test_sign_in_page_with_200_and_failed_logon_are_asked_once(server: Scripted, session: ODataSession) -> None:
    for status in (200, 401):
        server.say(Step(status, b"<html>Logon</html>", {"Content-Type": "text/html"}))
        with pytest.raises(NeedsAdmin):
            read(session)
    assert len(server.got) == 2


def test_busy_service_is_read_again(server: Scripted, session: ODataSession) -> None:
    server.say(Step(429, headers={"Retry-After": "3"}), Step(503), v2({"Id": "1"}))
    assert read(session) == [{"Id": "1"}]


def write(session: ODataSession) -> Answer:
    return session.write(V4, "POST", "Orders", {"Quantity": Decimal("12.500")}, key="KEY1")


def test_write_fetches_a_token_with_cookies_once(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, Step(201), Step(201))
    write(session)
    write(session)
    assert server.methods() == ["GET", "POST", "POST"]
    assert server.got[0].path.startswith(f"{V4.path}/?")
    assert server.got[0].headers["x-csrf-token"] == "Fetch"
    for post in server.got[1:]:
        assert post.headers["x-csrf-token"] == "tok1"
        assert "SAP_SESSIONID_S4H_100=abc" in post.headers["cookie"]
        assert "sap-client=100" in post.path
    assert server.got[1].json() == {"Quantity": 12.5}


def test_token_that_expired_between_two_writes_is_fetched_once_more(server: Scripted, session: ODataSession) -> None:
    fresh = Step(200, b"{}", {"x-csrf-token": "tok2"})
    server.say(TOKEN, Step(201), REQUIRED, fresh, Step(201))
    write(session)
    assert write(session).status == 201
    assert server.methods() == ["GET", "POST", "POST", "GET", "POST"]
    assert server.got[-1].headers["x-csrf-token"] == "tok2"


def test_token_that_is_refused_twice_needs_an_admin(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, REQUIRED, TOKEN, REQUIRED, TOKEN, Step(201))
    with pytest.raises(NeedsAdmin):
        write(session)
    assert server.methods() == ["GET", "POST", "GET", "POST"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(400, V4_ERROR), Refused),
        (Step(400, {"error": {"code": "06/999", "message": "locked by SMITH"}}), Retryable),
        (Step(409, {"error": {"code": "06/999", "message": "locked by SMITH"}}), Retryable),
        (Step(409), OutcomeUnknown),
        (Step(412), OutcomeUnknown),
        (Step(423), OutcomeUnknown),
        (Step(429), Retryable),
        (Step(503, headers={"Retry-After": "5"}), OutcomeUnknown),
        (Step(503), OutcomeUnknown),
        (Step(500, V4_ERROR), OutcomeUnknown),
        (Step(504), OutcomeUnknown),
        (Step(drop=True), OutcomeUnknown),
        (Step(403), NeedsAdmin),
        (Step(401), NeedsAdmin),
    ],
)
def test_write_is_sent_once_whatever_happens(
    server: Scripted, session: ODataSession, step: Step, error: type[Exception]
) -> None:
    server.say(TOKEN, step, Step(201))
    with pytest.raises(error):
        write(session)
    assert server.methods() == ["GET", "POST"]


def test_token_that_cannot_be_fetched_means_nothing_was_sent(server: Scripted, session: ODataSession) -> None:
    server.say(*[Step(503)] * 5)
    with pytest.raises(Retryable):
        write(session)
    assert set(server.methods()) == {"GET"}


def test_token_never_shows_in_an_error(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, Step(400, {"error": {"code": "X", "message": "token tok1 of BOT secret-word"}}))
    with pytest.raises(Refused) as raised:
        write(session)
    assert str(raised.value) == "X: X: token *** of BOT ***"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (V2_ERROR, "ME/083: Enter a supplier; 06/012: Plant 9999 is unknown"),
        (V4_ERROR, "06/054: Price is missing; MEPO/002: PO header data still faulty"),
        ({"error": "odd"}, 'HTTP 400 {"error": "odd"}'),
        (b"<error><code>X</code></error>", "HTTP 400 <error><code>X</code></error>"),
        (b"", "HTTP 400"),
    ],
)
def test_every_message_of_an_error_is_shown(body: object, message: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert odata_outcomes.problem(Answer(400, {}, content, "")).message == message


def test_exceptions_are_classified_by_the_base() -> None:
    assert odata_outcomes.classifier(frozenset())(ValueError()) is Outcome.UNKNOWN


BOUNDARY = "multipart/mixed; boundary=abc"


def parts(*answers: tuple[int, object]) -> Step:
    """Answer to a batch: status and JSON of each part."""
    text = "".join(
        f"--abc\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status} X\r\n\r\n{json.dumps(body)}\r\n"
        for status, body in answers
    )
    return Step(202, f"{text}--abc--\r\n".encode(), {"Content-Type": BOUNDARY})


def rows_of(*names: str, **more: object) -> dict[str, object]:
    return {"d": {"results": [{"Id": name} for name in names], **more}}


def together(session: ODataSession) -> list[list[str]]:
    return [[row["Id"] for row in rows] for rows in session.batch(V2, [QUERY, QUERY])]


def test_a_part_that_is_busy_is_read_alone_and_waits(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, parts((200, rows_of("1")), (503, {})), Step(503), v2({"Id": "2"}))
    assert together(session) == [["1"], ["2"]]
    assert server.methods() == ["GET", "POST", "GET", "GET"]


def test_a_part_that_may_not_be_read_needs_an_admin(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, parts((200, rows_of("1")), (403, {})), Step(403))
    with pytest.raises(NeedsAdmin):
        together(session)


def test_rows_that_are_missing_from_a_part_stop_the_run(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, parts((200, rows_of("1", __count="2")), (200, rows_of("2"))))
    with pytest.raises(StopRun, match="1 of 2 rows"):
        together(session)


def test_parts_that_are_missing_stop_the_run(server: Scripted, session: ODataSession) -> None:
    server.say(TOKEN, parts((200, rows_of("1"))))
    with pytest.raises(StopRun, match="1 answers came to 2 questions"):
        together(session)


def test_a_part_that_is_not_the_whole_is_read_by_itself(server: Scripted, session: ODataSession) -> None:
    link = f"{server.url}{V2.path}/A_Set?$skiptoken=1"
    server.say(TOKEN, parts((200, rows_of("1", "2", __next=link)), (200, rows_of("9"))))
    server.say(v2({"Id": "1"}, {"Id": "2"}, following=link), v2({"Id": "2"}, {"Id": "3"}))
    assert together(session) == [["1"], ["2", "3"], ["9"]]


@pytest.mark.parametrize(
    ("service", "entity"),
    [
        (V2, Step(body={"d": {"__metadata": {"etag": 'W/"7"'}, "Id": "1"}})),
        (V4, Step(body={"@odata.etag": 'W/"7"', "Id": "1"})),
        (V4, Step(body={"Id": "1"}, headers={"ETag": 'W/"7"'})),
    ],
)
def test_a_change_names_what_it_changes(
    server: Scripted, session: ODataSession, service: Service, entity: Step
) -> None:
    server.say(entity, TOKEN, Step(204, b""))
    session.change(service, "DELETE", "A_Set('1')", key="K", select="Id")
    assert server.methods() == ["GET", "GET", "DELETE"]
    assert "$select=Id" in server.got[0].path
    assert server.got[-1].headers["if-match"] == 'W/"7"'


@pytest.mark.parametrize("entity", [Step(body={"Id": "1"}), Step(404), Step(body=b"[]")])
def test_a_change_without_an_etag_goes_as_it_is(server: Scripted, session: ODataSession, entity: Step) -> None:
    server.say(entity, TOKEN, Step(204, b""))
    session.change(V4, "DELETE", "A_Set('1')", key="K", select="Id")
    assert "if-match" not in server.got[-1].headers


def test_a_conflict_of_a_change_without_a_condition_is_doubt(server: Scripted, session: ODataSession) -> None:
    server.say(Step(404), TOKEN, Step(409))
    with pytest.raises(OutcomeUnknown):
        session.change(V4, "PATCH", "B('1')", {"A": 1}, key="k", select="Id")


@pytest.mark.parametrize("status", [409, 412, 423])
def test_what_somebody_changed_meanwhile_is_not_changed(server: Scripted, session: ODataSession, status: int) -> None:
    server.say(Step(body={"@odata.etag": "1", "Id": "1"}), TOKEN, Step(status))
    with pytest.raises(Retryable):
        session.change(V4, "PATCH", "A_Set('1')", {"Id": "2"}, key="K", select="Id")
    assert server.methods() == ["GET", "GET", "PATCH"]


@pytest.fixture
def pinned(server: Scripted) -> ODataSession:
    return ODataSession(HttpSession(server.url, ManualClock()), {}, system_id="S4H")


def other(name: str) -> Step:
    return Step(200, b"{}", {"x-csrf-token": "tok1", "Set-Cookie": f"{name}=abc; path=/"})


@pytest.mark.parametrize("cookie", ["SAP_SESSIONID_S4D_100", "sap-usercontext"])
def test_nothing_is_sent_to_a_system_that_is_not_known_to_be_the_pinned_one(
    server: Scripted, pinned: ODataSession, cookie: str
) -> None:
    server.say(other(cookie), Step(201))
    with pytest.raises(NeedsAdmin, match="S4H"):
        write(pinned)
    assert server.methods() == ["GET"]


def test_the_pinned_system_is_written_to(server: Scripted, pinned: ODataSession) -> None:
    server.say(TOKEN, Step(201))
    assert write(pinned).status == 201


def test_a_session_that_moves_to_another_system_is_noticed(server: Scripted, pinned: ODataSession) -> None:
    moved = Step(200, {"d": {"results": []}}, {"Set-Cookie": "SAP_SESSIONID_S4D_100=x; path=/"})
    server.say(TOKEN, Step(201), moved)
    write(pinned)
    with pytest.raises(NeedsAdmin, match="S4D"):
        read(pinned)


def test_pages_of_a_history_that_a_killed_reading_kept_are_not_asked_for_again(
    server: Scripted, session: ODataSession
) -> None:
    session.kept = DictPages()
    first = v2({"Id": "1"}, {"Id": "2"}, following="A_Set?$skiptoken=1", count=3)
    server.say(first, Step(200, b'{"d": {"res'), Step(200, b"{"))
    with pytest.raises(Retryable, match="cut off"):
        list(session.rows(V2, HISTORY))
    asked = len(server.got)
    server.say(v2({"Id": "2"}, {"Id": "3"}, count=2))
    for _ in range(2):
        assert [row["Id"] for row in session.rows(V2, HISTORY)] == ["1", "2", "3"]
        assert len(server.got) == asked + 1
    session.kept = None
    server.say(v2({"Id": "3"}, count=1))
    assert [row["Id"] for row in session.rows(V2, HISTORY)] == ["3"]


def test_a_set_that_changes_by_the_minute_is_never_taken_from_a_run_before(
    server: Scripted, session: ODataSession
) -> None:
    session.kept = DictPages()
    server.say(v2({"Id": "1"}, count=1), v2({"Id": "2"}, count=1))
    assert [row["Id"] for _ in range(2) for row in session.rows(V2, QUERY)] == ["1", "2"]
    assert not session.kept.kept
