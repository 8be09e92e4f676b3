"""The run report for the terminal: kept as it was looked at, and never longer than it may be."""

import pytest

from bot.render.report_text import LONGEST, run_report_text
from tests.bot.golden import same_as_kept
from tests.bot.report_sample import sample


def test_the_text_is_as_kept() -> None:
    same_as_kept("report.txt", run_report_text(sample()))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_the_text_fits_a_screen(count: int) -> None:
    report = sample()
    for part in ("orders", "waiting", "not_ordered", "quarantine"):
        report[part] = [report[part][0]] * count  # type: ignore[index]
    text = run_report_text(report)
    assert len(text.splitlines()) <= LONGEST
    assert ("… and" in text) == (count > 30)
    assert "Balance" in text


def test_both_systems_are_visible_however_many_orders_the_first_has() -> None:
    report = sample()
    report["orders"] = [*([report["orders"][0]] * 500), report["orders"][1]]  # type: ignore[index]
    text = run_report_text(report)
    assert "Ordered in s4: 500 orders created automatically" in text
    assert "Ordered in fusion: 1 order created automatically" in text
    assert "#4500000002" in text
    assert "more, see the HTML report" in text


def test_reasons_are_whole() -> None:
    report = sample()
    report["waiting"][0]["reasons"] = ["mode suggest"]  # type: ignore[index]
    text = run_report_text(report)
    assert "suggest mode: every order is shown to a buyer" in text
    assert "worth more than goes out alone, first order from this supplier" in text
    assert not [line for line in text.splitlines() if "…" in line and "more" not in line]
