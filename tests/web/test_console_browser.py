"""The buyer's way in a real browser: from the mail's link to the decision, on a real server and a real database."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.jobs.approve import ApproveReport, apply_decisions
from bot.mail import OrderLetters, preview
from bot.orders.model import DecisionAction, OrderState
from bot.web.app import create_app
from tests.bot.web.console import BUYER, NOW, PASSWORD, Console, console, draft
from tests.fakes import ManualClock, OpenGate, RecordingFailpoints
from tests.web.browser import chromium, press

SCREENSHOTS = os.environ.get("RESTOCK_SCREENSHOTS", "")
pytestmark = [pytest.mark.browser, pytest.mark.servers]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


class Site:
    """A served console; `url` is its address."""

    def __init__(self, made: Console, url: str) -> None:
        self.console, self.url = made, url

    def letter(self) -> str:
        """The link as the buyer's mail carries it."""
        letters = OrderLetters(self.url, "restock@company.example", "Europe/Berlin")
        person, stored = self.console.deps.people.find(BUYER), self.console.orders.get(self.console.key)
        assert person is not None
        assert stored is not None
        message = letters.approval_request(stored, person)
        found = re.search(r"http://\S+", message.text)
        assert found is not None
        assert found[0] in message.html
        return found[0]

    def work(self) -> None:
        """What the worker does with the decisions."""
        app: Any = type("App", (), {"orders": self.console.orders, "people": self.console.deps.people})()
        app.failpoints, app.gate = RecordingFailpoints(), OpenGate()
        app.planning = type("Planning", (), {"installation": "test"})()
        apply_decisions(app, ApproveReport())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    holder: dict[str, Any] = {}

    def late(environ: Any, start: Any) -> Any:
        return holder["app"](environ, start)

    server = make_server("127.0.0.1", 0, late, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    made = console(tmp_path, url=url, clock=ManualClock(NOW))
    holder["app"] = create_app(made.deps)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(made, url)
    server.shutdown()
    thread.join()
    server.server_close()
    made.engine.dispose()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page: Any, site: Site) -> None:
    page.get_by_label("Mail address").fill(BUYER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your authenticator app").fill(site.console.code())
    press(page, "Sign in")


def arrive(page: Any, site: Site) -> str:
    """Open the link of the mail, sign in, land on the order."""
    link = site.letter()
    page.goto(link)
    assert page.get_by_role("heading", name="Sign in").is_visible()
    sign_in(page, site)
    assert page.url == link
    return link


def test_from_the_mail_to_an_approval_that_the_worker_applies(page: Any, site: Site) -> None:
    arrive(page, site)
    text = page.locator("main").inner_text()
    assert "210 PC on hand or under way" in text
    assert "expected to run out around Mon 30 Nov 2026" in text
    assert "Worth more than goes out alone" in text
    press(page, "Approve 3,750.00 EUR")

    assert "Approved." in page.get_by_role("status").inner_text()
    [decision] = site.console.orders.pending_decisions()
    stored = site.console.orders.get(site.console.key)
    assert stored is not None
    assert (decision.action, decision.actor) == (DecisionAction.APPROVE, BUYER)
    assert decision.content_hash == stored.content_hash
    assert stored.state is OrderState.AWAITING_APPROVAL, "the console itself moves nothing"

    site.work()
    page.reload()
    assert "Approved, goes to the ERP next" in page.get_by_role("status").inner_text()


def test_rejecting_asks_for_a_reason_and_keeps_it(page: Any, site: Site) -> None:
    arrive(page, site)
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Reason").select_option("other")
    press(page, "Reject this order")
    assert "Say in a few words why" in page.get_by_role("alert").inner_text()
    page.get_by_label("In your words").fill("we take them from the other site")
    press(page, "Reject this order")
    [decision] = site.console.orders.pending_decisions()
    assert decision.reason == "other: we take them from the other site"
    site.work()
    page.reload()
    assert "Rejected." in page.get_by_role("status").inner_text()


def test_a_changed_quantity_is_checked_shown_and_approved_with_its_new_total(page: Any, site: Site) -> None:
    arrive(page, site)
    page.locator("summary", has_text="Change quantities").click()
    page.get_by_label("10000241").fill("1210")
    press(page, "Show the new total")
    assert "it comes in steps of 50 PC" in page.get_by_role("alert").inner_text()
    page.get_by_label("10000241").fill("1200")
    press(page, "Show the new total")
    assert site.console.orders.pending_decisions() == []
    press(page, "Approve 4,000.00 EUR")
    [decision] = site.console.orders.pending_decisions()
    assert decision.action is DecisionAction.CHANGE
    assert {number: str(quantity) for number, quantity in decision.quantities.items()} == {1: "1200"}
    assert "Approved with changed quantities" in page.get_by_role("status").inner_text()

    site.work()
    page.reload()
    page.get_by_role("link", name="Open the draft that replaced it: 4,000.00 EUR, 5 lines").click()
    assert "Approved, goes to the ERP next" in page.get_by_role("status").inner_text()
    assert page.locator(".total").inner_text() == "4,000.00 EUR"


def test_a_second_click_is_answered_with_the_first_result(page: Any, site: Site) -> None:
    link = arrive(page, site)
    other = page.context.new_page()
    other.goto(link)
    press(page, "Approve 3,750.00 EUR")
    press(other, "Approve 3,750.00 EUR")
    assert "Approved." in other.get_by_role("status").inner_text()
    assert len(site.console.orders.decisions(site.console.key)) == 1
    page.goto(f"{site.url}/")
    assert "Decided, taken over within minutes" in page.locator("main").inner_text()


def test_a_stale_page_decides_nothing_and_leads_to_the_new_draft(page: Any, site: Site) -> None:
    arrive(page, site)
    changed = draft()
    from dataclasses import replace

    lines = tuple(replace(line, quantity=line.quantity + 50) for line in changed.order.lines)
    order = replace(changed.order, lines=lines, revision=1, order_key="B" * 12)
    site.console.orders.adopt([replace(changed, order=order)], system="s4", run_id="run-2", plan_id="plan-2")
    press(page, "Approve 3,750.00 EUR")
    assert page.get_by_role("heading", name="This draft changed").is_visible()
    assert site.console.orders.pending_decisions() == []
    page.get_by_role("link", name="Open the present draft").click()
    assert page.url.endswith("/a/" + "B" * 12)
    assert page.get_by_role("button", name="Approve").is_visible()


def test_opening_links_over_and_over_changes_nothing(page: Any, site: Site) -> None:
    link = site.letter()
    before = site.console.content()
    for _ in range(5):
        page.goto(link)
        page.request.head(link)
        page.request.fetch(link, method="OPTIONS")
    page.request.post(f"{link}/decisions", form={"action": "approve"}, max_redirects=0)
    assert site.console.content() == before
    sign_in(page, site)
    signed_in = site.console.content()
    for path in ("", "/change?quantity_1=1200"):
        page.goto(link + path)
        page.request.head(link + path)
    assert site.console.content() == signed_in


def test_no_page_is_wider_than_a_phone_and_targets_are_large_enough(page: Any, site: Site) -> None:
    link = arrive(page, site)
    for path in (link, f"{link}/change?quantity_1=1200", f"{site.url}/", f"{site.url}/runs"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for summary in page.locator("summary").all():
            summary.click()
        targets = [t for t in page.locator("main button, main summary, main input, nav a").all() if t.is_visible()]
        assert targets
        for target in targets:
            assert target.bounding_box()["height"] >= 44, target.evaluate("element => element.outerHTML")


@pytest.mark.skipif(not SCREENSHOTS, reason="set RESTOCK_SCREENSHOTS to a folder to take screenshots")
@pytest.mark.parametrize("width", [390, 1280])
def test_screenshots(browser: Any, site: Site, width: int) -> None:
    from playwright.sync_api import Error

    folder = Path(SCREENSHOTS)
    context = browser.new_context(viewport={"width": width, "height": 844 if width < 500 else 900})
    page = context.new_page()

    def shoot(name: str, *, whole: bool = True) -> None:
        target = folder / f"{name}-{width}.png"
        for attempts_left in (2, 1, 0):
            try:
                page.screenshot(path=str(target), full_page=whole)
                break
            except Error:  # a busy machine without a GPU sometimes cannot capture; the page itself is fine
                if not attempts_left:
                    raise
        assert target.stat().st_size < 150_000

    page.goto(site.letter())
    shoot("sign-in", whole=False)
    sign_in(page, site)
    shoot("order", whole=False)
    page.evaluate("document.querySelector('article').scrollIntoView()")
    shoot("line", whole=False)
    page.goto(f"{site.letter()}/change?quantity_1=1200")
    shoot("change", whole=False)
    page.goto(f"{site.url}/")
    shoot("inbox", whole=False)
    letters = OrderLetters(site.url, "restock@company.example", "Europe/Berlin")
    person, stored = site.console.deps.people.find(BUYER), site.console.orders.get(site.console.key)
    assert person is not None
    assert stored is not None
    page.goto("about:blank")
    page.set_content(preview(letters.approval_request(stored, person)))
    shoot("mail", whole=False)
    context.close()
