"""The whole system with a real browser: from the mail file to the purchase order in the ERP, and back to the report."""

import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import chromium, press
from tests.web.demo_site import ROOT, DemoSite, free_address, wait_for

SCREENSHOTS = os.environ.get("RESTOCK_SCREENSHOTS", "")
pytestmark = [pytest.mark.browser, pytest.mark.servers, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    made = DemoSite(tmp_path_factory.mktemp("demo") / "demo")
    assert made.made.returncode == 0, made.made.stderr
    made.serve()
    yield made
    assert made.stop() == 143
    assert not [line for line in made.told if "Traceback" in line]


@pytest.fixture(scope="module")
def desk(browser: Any, site: DemoSite) -> Iterator[Any]:
    """A buyer's phone, signed in once by following the link of a mail."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    link = site.mails()[site.fresh("fusion")]["link"]
    page.goto(link)
    assert page.get_by_role("heading", name="Sign in").is_visible()
    page.get_by_label("Mail address").fill("buyer@demo.example")
    page.get_by_label("Password").fill("restock-demo-2026")
    page.get_by_label("Code from your authenticator app").fill(site.code())
    press(page, "Sign in")
    assert page.url == link, "sign-in leads back to the mail's order"
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(desk: Any) -> Iterator[Any]:
    made = desk.new_page()
    yield made
    made.close()


def until(page: Any, text: str) -> None:
    """Reload until the page's status says it."""

    def said() -> bool:
        page.reload()
        return text in page.get_by_role("status").first.inner_text()

    wait_for(said, f"{text!r} on {page.url}")


def read_the_draft(page: Any) -> None:
    """What a buyer must see before deciding."""
    text = page.locator("main").inner_text()
    assert "If nobody acts:" in text
    assert "Why a person is asked" in text
    assert "_" not in page.locator(".note.warn").inner_text(), "reasons are words, not codes"
    assert page.locator("svg.chart").count() > 0


@pytest.mark.parametrize("system", ["s4", "fusion"])
def test_from_the_mail_to_the_purchase_order_in_the_erp(page: Any, site: DemoSite, system: str) -> None:
    key = site.fresh(system)
    assert site.purchase_orders(system, key) == []
    page.goto(site.mails()[key]["link"])
    read_the_draft(page)
    press(page, "Approve ")
    assert "Approved." in page.get_by_role("status").inner_text()
    until(page, "Ordered and released in the ERP")
    [document] = site.purchase_orders(system, key)
    number = str(document["PurchaseOrder" if system == "s4" else "OrderNumber"])
    assert number in page.locator("main").inner_text()
    assert key in str(document["CorrespncInternalReference" if system == "s4" else "Description"])


def test_a_rejected_draft_is_never_ordered(page: Any, site: DemoSite) -> None:
    key = site.fresh("fusion")
    page.goto(site.mails()[key]["link"])
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Reason").select_option("budget")
    press(page, "Reject this order")
    until(page, "Rejected.")
    assert wait_for(lambda: site.states()[key] == "rejected", "the rejection")
    assert site.purchase_orders(site.mails()[key]["system"], key) == []


def test_a_changed_quantity_is_what_the_erp_gets(page: Any, site: DemoSite) -> None:
    key = site.fresh("s4")
    page.goto(site.mails()[key]["link"])
    page.locator("summary", has_text="Change quantities").click()
    field = page.locator("input[name=quantity_1]")
    step = re.search(r"in steps of ([\d,.]+)", page.locator("#quantity_1_hint").inner_text())
    wanted = float(field.input_value()) + float(step[1].replace(",", "") if step else 1)
    field.fill(f"{wanted:g}")
    press(page, "Show the new total")
    press(page, "Approve ")

    def replaced() -> bool:
        page.reload()
        return bool(page.get_by_role("link", name="Open the draft that replaced it").count())

    wait_for(replaced, "the new revision")
    page.get_by_role("link", name="Open the draft that replaced it").click()
    until(page, "Ordered and released in the ERP")
    [document] = site.purchase_orders("s4", page.url.rpartition("/")[2])
    items = document["_PurchaseOrderItem"]
    in_base_units = [
        item["OrderQuantity"] * item["OrderItemQtyToBaseQtyNmrtr"] / item["OrderItemQtyToBaseQtyDnmntr"]
        for item in items
    ]
    assert wanted in in_base_units, "the ERP has the quantity in its order unit"
    assert site.purchase_orders("s4", key) == [], "the first revision was never sent"


def test_a_second_click_orders_nothing_more(page: Any, desk: Any, site: DemoSite) -> None:
    key = site.fresh("s4")
    mail = site.mails()[key]
    page.goto(mail["link"])
    other = desk.new_page()
    other.goto(mail["link"])
    press(page, "Approve ")
    press(other, "Approve ")
    assert "Approved" in other.get_by_role("status").first.inner_text()
    until(other, "Ordered and released in the ERP")
    other.close()
    assert len(site.purchase_orders(mail["system"], key)) == 1


def test_a_draft_that_a_new_plan_replaced_cannot_be_approved(desk: Any, site: DemoSite) -> None:
    waiting = [key for key, state in site.states().items() if state == "awaiting_approval" and key in site.mails()]
    pages = {}
    for key in waiting:
        pages[key] = desk.new_page()
        pages[key].goto(site.mails()[key]["link"])
    policies, settings = site.folder / "policies", site.folder / "restock.toml"
    shutil.copytree(ROOT / "policies" / "demo", policies)
    changed = policies / "policy.yaml"
    changed.write_text(changed.read_text("utf-8").replace("service_level_pct: 95", "service_level_pct: 99.9"), "utf-8")
    text = settings.read_text("utf-8")
    other = site.folder / "other.toml"
    other.write_text(re.sub(r'policies = "[^"]*"', f'policies = "{policies}"', text), "utf-8")
    day = json.loads((site.folder / "demo.json").read_text("utf-8"))["as_of"]
    planned = site.restock("run", "plan", "--force", "--business-date", day, "--settings", str(other))
    assert planned.returncode == 0, planned.stderr

    replaced = [key for key in waiting if site.states()[key] == "superseded"]
    assert replaced, "a higher service level changes some of the drafts"
    page, key = pages[replaced[0]], replaced[0]
    press(page, "Approve ")
    assert page.get_by_role("heading", name="This draft changed").is_visible()
    assert site.states()[key] == "superseded"
    assert site.purchase_orders(site.mails()[key]["system"], key) == []
    for opened in pages.values():
        opened.close()


def test_opening_the_link_over_and_over_changes_nothing_anywhere(page: Any, browser: Any, site: DemoSite) -> None:
    key = site.fresh("fusion")
    link = site.mails()[key]["link"]
    stranger = browser.new_context()
    wait_for(lambda: not {"approved", "sending", "sent", "verified"} & set(site.states().values()), "quiet")
    before = site.contents()
    for _ in range(15):
        stranger.request.get(link)
        stranger.request.head(link)
        page.request.get(link)
        page.request.head(link)
        page.request.get(f"{link}/change?quantity_1=5")
    stranger.request.post(f"{link}/decisions", form={"action": "approve"}, max_redirects=0)
    page.wait_for_timeout(5000)  # long enough for the jobs to carry out what there should not be
    assert site.contents() == before
    assert site.states()[key] == "awaiting_approval"
    stranger.close()


def test_the_console_shows_the_plan_and_its_report(page: Any, site: DemoSite) -> None:
    page.goto(f"{site.url}/runs")
    page.get_by_role("link", name="Plan").last.click()
    text = page.locator("main").inner_text()
    assert "What Restock did on" in text
    assert "orders created automatically" in text
    assert "does not add up" not in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_page_fits(browser: Any, site: DemoSite, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844 if width < 500 else 900})
    page.goto((site.folder / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = page.locator("main").inner_text()
    assert "every number read back by an independent GET" in text
    assert "Together:" in text
    assert page.locator("svg.chart").count() > 0
    assert not re.search(r"\b(auto_order_value_max|supplier_minimum|mode suggest)\b", text)
    if SCREENSHOTS:
        page.set_viewport_size(
            {"width": width, "height": 1500 if width < 500 else 1050}
        )  # what fits into the kept size
        target = Path(SCREENSHOTS) / f"report-{width}.png"
        page.screenshot(path=str(target))
        assert target.stat().st_size < 150_000
    page.close()


def test_what_the_demo_printed(site: DemoSite) -> None:
    text = site.made.stdout
    assert re.search(r"Ordered in s4: \d+ orders? created automatically .* read back by an independent GET", text)
    assert re.search(r"Ordered in fusion: \d+ orders? created automatically .* read back by an independent GET", text)
    assert "Waiting for a buyer" in text
    assert "DOES NOT ADD UP" not in text
    assert "Rows set aside (quarantine, counted apart)" in text


def test_serving_without_a_demo_or_twice_is_refused_in_words(site: DemoSite, tmp_path: Path) -> None:
    nothing = site.restock("demo", "--serve", "--folder", str(tmp_path / "none"))
    assert nothing.returncode == 5
    assert "there is no finished demo here" in nothing.stderr
    assert "`restock demo --folder" in nothing.stderr
    twice = site.restock("demo", "--serve", "--folder", str(site.folder))
    assert twice.returncode == 5
    assert "the address cannot be used" in twice.stderr


def test_ctrl_c_ends_with_0_and_takes_the_servers_along(site: DemoSite, tmp_path: Path) -> None:
    copy = tmp_path / "demo"
    shutil.copytree(site.folder, copy, ignore=shutil.ignore_patterns("mails"))
    second = DemoSite.__new__(DemoSite)
    second.folder, second.told, second.used = copy, [], set()
    note = json.loads((copy / "demo.json").read_text("utf-8"))
    (copy / "demo.json").write_text(json.dumps({**note, "console": free_address()}), "utf-8")
    second.serve()
    before = sandboxes(copy)
    assert len(before) == 1
    assert second.stop(signal.SIGINT) == 0
    assert sandboxes(copy) == []
    assert not [line for line in second.told if "Traceback" in line]


def sandboxes(folder: Path) -> list[str]:
    """Processes of the sandbox servers on this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            continue
        if b"connectors.sandbox" in words and str(folder / "erp").encode() in words:
            found.append(path.parent.name)
    return found
