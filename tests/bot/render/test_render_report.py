"""The run report as page and as text."""

import re

import pytest

from bot.render.report import run_report, run_report_text
from tests.bot.golden import same_as_kept
from tests.bot.report_sample import sample


def test_the_text_is_as_kept() -> None:
    same_as_kept("report.txt", run_report_text(sample()))


def test_the_page_is_self_contained_and_complete() -> None:
    page = run_report(sample())
    assert not re.search(r"(src|href)=\"(?!http://127\.0\.0\.1:8484/a/)", page), "nothing is fetched"
    assert "<script" not in page
    assert page.count("<svg") == 3
    for text in ("4500000001", "Released", "3,750.00 EUR", "590", "Unreadable date", "701", "11.9 s"):
        assert text in page


def test_a_balance_that_does_not_add_up_is_shouted_in_both() -> None:
    report = sample()
    report["systems"][0]["planned"] = 500  # type: ignore[index]
    assert "DOES NOT ADD UP: parts make 431" in run_report_text(report)
    assert "does not add up: 431 instead of 500" in run_report(report)


@pytest.mark.parametrize("count", [0, 1, 30, 1000])
def test_the_text_fits_a_screen(count: int) -> None:
    report = sample()
    for part in ("orders", "waiting", "not_ordered", "quarantine"):
        report[part] = [report[part][0]] * count  # type: ignore[index]
    text = run_report_text(report)
    assert len(text.splitlines()) <= 60
    assert ("… and" in text) == (count > 15)
    assert "Balance" in text


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
