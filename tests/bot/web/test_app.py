"""Pages, sign-in, rights and decisions over the test client, on the real SQLite store."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.web.app import create_app
from bot.web.deps import ConsoleSettings
from bot.web.security import safe_next
from tests.bot.golden import same_as_kept
from tests.bot.web.console import ADMIN, BUYER, FOREIGN, PASSWORD, READER, Console, console, draft

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def client(site: Console) -> Any:
    return create_app(site.deps).test_client()


def sign_in(client: Any, site: Console, email: str = BUYER, **change: str) -> Any:
    form = {"email": email, "password": PASSWORD, "code": site.code(), "next": f"/a/{site.key}", **change}
    return client.post("/sign-in", data=form, headers=SAME)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first decision form on a page."""
    form = page.split("/decisions")[1].split("</form>", 1)[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def decide(client: Any, key: str, **fields: str) -> Any:
    return client.post(f"/a/{key}/decisions", data=fields, headers=SAME)


def test_the_order_page_is_as_kept(client: Any, site: Console) -> None:
    sign_in(client, site)
    page = re.sub(r'name="token" value="\w+"', 'name="token" value="…"', client.get(f"/a/{site.key}").text)
    same_as_kept("web/order.html", page)


def test_signing_in_leads_back_to_the_link(client: Any, site: Console) -> None:
    asked = client.get(f"/a/{site.key}")
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/sign-in?next=/a/{site.key}")
    answer = sign_in(client, site)
    assert answer.headers["Location"] == f"/a/{site.key}"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_pinned_and_secure(tmp_path: Path) -> None:
    made = console(tmp_path, url="https://restock.company.example")
    app = create_app(made.deps)
    client = app.test_client()
    form = {"email": BUYER, "password": PASSWORD, "code": made.code(), "next": "/"}
    answer = client.post("/sign-in", base_url="https://restock.company.example", data=form, headers=SAME)
    assert answer.headers["Set-Cookie"].startswith("__Host-restock=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers
    made.engine.dispose()


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"code": "000000"}, {"email": "nobody@company.example"}])
def test_one_wrong_part_is_enough_and_is_not_named(client: Any, site: Console, change: dict[str, str]) -> None:
    answer = sign_in(client, site, **change)
    assert answer.status_code == 403
    assert "Mail address, password or code is not right" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_code_works_once(client: Any, site: Console) -> None:
    code = site.code()
    assert sign_in(client, site, code=code).status_code == 303
    assert sign_in(create_app(site.deps).test_client(), site, code=code).status_code == 403
    site.clock.advance(30)
    assert sign_in(create_app(site.deps).test_client(), site).status_code == 303


def test_guessing_is_slowed_down_and_forgiven_later(client: Any, site: Console) -> None:
    for _ in range(5):
        assert sign_in(client, site, code="000000").status_code == 403
    blocked = sign_in(client, site)
    assert blocked.status_code == 429
    assert blocked.headers["Retry-After"] == "900"
    site.clock.advance(901)
    assert sign_in(client, site).status_code == 303


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 303)])
def test_an_idle_session_ends(client: Any, site: Console, minutes: int, status: int) -> None:
    sign_in(client, site)
    site.clock.advance(minutes * 60)
    assert client.get("/").status_code == status


def test_a_busy_session_ends_after_twelve_hours(client: Any, site: Console) -> None:
    sign_in(client, site)
    for _ in range(36):
        assert client.get("/").status_code == 200
        site.clock.advance(20 * 60)
    assert client.get("/").status_code == 303


def test_a_person_who_was_switched_off_is_out_at_once(client: Any, site: Console) -> None:
    sign_in(client, site)
    people: Any = site.deps.people
    people.put(replace(people.find(BUYER), active=False))
    assert client.get("/").status_code == 303


def test_signing_out_needs_the_form_and_ends_the_session(client: Any, site: Console) -> None:
    sign_in(client, site)
    assert client.post("/sign-out", data={"token": "x"}, headers=SAME).status_code == 403
    token = re.search(r'name="token" value="(\w+)"', client.get("/").text)
    assert token is not None
    assert client.post("/sign-out", data={"token": token[1]}, headers=SAME).status_code == 303
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/a/../x", "/a/ABC", "/sign-out", "javascript:1", ""]
)
def test_sign_in_never_leads_elsewhere(target: str) -> None:
    assert safe_next(target) == "/"


def test_unknown_and_foreign_orders_answer_alike(client: Any, site: Console) -> None:
    sign_in(client, site)
    answers = [client.get(f"/a/{key}") for key in (site.foreign_key, "ZZZZZZZZZZZZ", "short", "%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert decide(client, site.foreign_key, action="approve").status_code == 404


def test_the_inbox_shows_only_what_is_mine(client: Any, site: Console) -> None:
    sign_in(client, site, FOREIGN, next="/")
    page = client.get("/").text
    assert f"/a/{site.foreign_key}" in page
    assert f"/a/{site.key}" not in page


def test_an_operator_reads_but_does_not_decide(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    other = create_app(site.deps).test_client()
    sign_in(other, site, READER)
    page = other.get(f"/a/{site.key}")
    assert page.status_code == 200
    assert "/decisions" not in page.text
    assert decide(other, site.key, **fields).status_code == 403
    assert site.orders.pending_decisions() == []


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
                {"Origin": "https://evil.example"}, {"Origin": "null"}]
)  # fmt: skip
def test_a_decision_from_elsewhere_is_refused(client: Any, site: Console, headers: dict[str, str]) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    assert client.post(f"/a/{site.key}/decisions", data=fields, headers=headers).status_code == 403
    assert site.orders.pending_decisions() == []


def test_our_own_origin_is_enough_for_browsers_that_name_no_site(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    origin = {"Origin": "http://localhost"}
    assert client.post(f"/a/{site.key}/decisions", data=fields, headers=origin).status_code == 303


def test_a_form_of_another_session_order_or_content_is_refused(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    assert decide(client, site.small_key, **fields).status_code == 403
    assert decide(client, site.key, **{**fields, "content_hash": "0" * 64}).status_code == 403
    assert decide(client, site.key, **{**fields, "token": "ü"}).status_code == 403
    site.clock.advance(30)
    other = create_app(site.deps).test_client()
    sign_in(other, site)
    assert decide(other, site.key, **fields).status_code == 403
    assert site.orders.pending_decisions() == []


def test_another_decision_after_the_first_is_told_who_was_first(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    assert decide(client, site.key, **fields).status_code == 303
    assert decide(client, site.key, **fields).status_code == 303
    refused = decide(client, site.key, **{**fields, "action": "reject", "reason_code": "budget"})
    assert refused.status_code == 409
    assert "Approved. That was You" in refused.text
    other = create_app(site.deps).test_client()
    sign_in(other, site, ADMIN)
    assert "Approved." in other.get(f"/a/{site.key}").text
    assert len(site.orders.decisions(site.key)) == 1


def test_a_form_without_action_decides_nothing(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    for action in ("", "buy", "APPROVE"):
        assert decide(client, site.key, **{**fields, "action": action}).status_code == 400
    assert site.orders.pending_decisions() == []


def test_a_refused_decision_is_told_and_may_be_repeated(client: Any, site: Console) -> None:
    sign_in(client, site)
    fields = hidden(client.get(f"/a/{site.key}").text)
    decide(client, site.key, **fields)
    [decision] = site.orders.pending_decisions()
    site.orders.settle_decision(decision.decision_id, "refused: the new quantities are not possible")
    page = client.get(f"/a/{site.key}").text
    assert "the new quantities are not possible" in page
    assert "Approve 3,750.00 EUR" in page


def test_a_superseded_draft_says_so_and_shows_no_form(client: Any, site: Console) -> None:
    sign_in(client, site)
    site.orders.adopt([draft("17300002")], system="s4", run_id="run-2", plan_id="plan-2")
    page = client.get(f"/a/{site.key}").text
    assert "Replaced by a newer plan" in page
    assert "/decisions" not in page


SAFE_PATHS = ("/", "/a/{key}", "/a/{key}/change?quantity_1=1200", "/runs", "/sign-in", "/livez", "/readyz")


@pytest.mark.parametrize("path", [*SAFE_PATHS, "/a/{key}/decisions", "/sign-out"])
@pytest.mark.parametrize("who", ["nobody", BUYER])
def test_safe_methods_change_nothing(client: Any, site: Console, path: str, who: str) -> None:
    sign_in(client, site, who)
    before = site.content()
    for _ in range(10):
        for method in ("get", "head", "options"):
            getattr(client, method)(path.format(key=site.key))
    assert site.content() == before


@pytest.mark.parametrize("path", [*SAFE_PATHS, "/static/console.css", "/nowhere", "/a/{key}/decisions"])
def test_every_answer_carries_the_headers(client: Any, site: Console, path: str) -> None:
    sign_in(client, site)
    headers = client.get(path.format(key=site.key)).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_pages_carry_no_script_and_no_inline_style(client: Any, site: Console) -> None:
    sign_in(client, site)
    for path in ("/", f"/a/{site.key}", f"/a/{site.key}/change?quantity_1=1200", "/runs"):
        page = client.get(path).text
        assert "<script" not in page
        assert " style=" not in page
        assert '<html lang="en">' in page


def test_other_hosts_are_not_answered_except_by_probes(client: Any) -> None:
    assert client.get("/", base_url="http://evil.example").status_code == 400
    assert client.get("/livez", base_url="http://10.0.0.7").status_code == 200
    assert client.get("/readyz", base_url="http://10.0.0.7").status_code == 200


def test_large_bodies_are_refused(client: Any) -> None:
    form = {"email": "x" * 70_000, "password": "x", "code": "1"}
    assert client.post("/sign-in", data=form, headers=SAME).status_code == 413


def test_a_first_of_two_approvals_is_told_and_leaves_the_draft_open(client: Any, site: Console) -> None:
    sign_in(client, site)
    decide(client, site.key, **hidden(client.get(f"/a/{site.key}").text))
    [decision] = site.orders.pending_decisions()
    site.orders.settle_decision(decision.decision_id, "counted: 1 more must approve")
    page = client.get(f"/a/{site.key}").text
    assert "Approved so far by You; 1 more must approve." in page
    assert "/decisions" in page


def test_settings_name_their_hosts() -> None:
    settings = ConsoleSettings("https://restock.company.example:8443/", frozenset({"inner:8484"}))
    assert settings.origin == "https://restock.company.example:8443"
    assert settings.allowed_hosts == {"inner:8484", "restock.company.example:8443"}
