"""The run report as a page, and the figures that page and text share."""

import re

from bot.render.report import run_report
from bot.render.report_text import run_report_text
from tests.bot.report_sample import sample


def test_the_page_is_self_contained_and_complete() -> None:
    page = run_report(sample())
    assert not re.search(r"(src|href)=\"(?!http://127\.0\.0\.1:8484/a/)", page), "nothing is fetched"
    assert "<script" not in page
    assert page.count("<svg") == 3
    for text in ("4500000001", "read back: open", "3,750.00 EUR", "590", "Unreadable date", "701", "11.9 s"):
        assert text in page


def test_a_balance_that_does_not_add_up_is_shouted_in_both() -> None:
    report = sample()
    report["systems"][0]["planned"] = 500  # type: ignore[index]
    assert "DOES NOT ADD UP: parts make 431" in run_report_text(report)
    assert "does not add up: 431 instead of 500" in run_report(report)


def test_empty_runs_say_so() -> None:
    text = run_report_text({"run_id": "r", "as_of": "2026-11-23"})
    assert "No order placed, nothing waits" in text
    assert "Nothing waits" in run_report({"run_id": "r", "as_of": "2026-11-23"})


def test_currencies_are_never_added_up() -> None:
    assert "3,702.00 EUR + 1,234.00 USD" in run_report_text(sample())


def test_master_data_is_escaped() -> None:
    report = sample()
    report["waiting"][0]["supplier"] = "<b>Evil</b>"  # type: ignore[index]
    assert "<b>Evil" not in run_report(report)


def test_orders_say_what_was_read_back_and_who_decided() -> None:
    report = sample()
    report["orders"][0]["read_back"] = "missing"  # type: ignore[index]
    page = run_report(report)
    assert "3 orders created automatically, 1 more after approval" in page
    assert "3 of 4 numbers read back by an independent GET" in page
    assert "every number read back by an independent GET" in page
    assert page.count("read back: open") == 7
    assert "not found in the ERP" in page


def test_both_balances_and_their_sum_are_told() -> None:
    page = run_report(sample())
    assert "431 planned = 38 ordered + 0 moved + 12 waiting + 3 held or blocked + 0 refused or unknown + 371" in page
    assert "Together:</strong> 701 planned = 59 ordered + 2 moved + 18 waiting" in page


def test_names_of_suppliers_stand_beside_their_codes() -> None:
    report = sample()
    report["waiting"][0] |= {"supplier": "100173", "supplier_name": "Bolt & Sons", "risk": 0.83}  # type: ignore[index]
    page = run_report(report)
    assert "Bolt &amp; Sons (100173)" in page
    assert "risk of running out 83 %" in page


def test_drafts_without_a_chart_are_behind_one_touch() -> None:
    report = sample()
    report["waiting"] = [report["waiting"][0]] * 9  # type: ignore[index]
    page = run_report(report)
    assert "<summary>3 more drafts</summary>" in page
    assert page.count("<svg") == 6
