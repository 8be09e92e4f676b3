"""Pictures: small enough for a mail, tolerant of missing figures, described in words."""

import json
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from bot.render.chart import LARGEST_PNG, Chart, Fan, alternative, chart_from, chart_png
from bot.render.svg import fan_svg, stock_svg
from tests.bot.web.console import chart_figures


def long_chart(periods: int) -> Chart:
    start = date(2024, 1, 1)
    history = tuple((start + timedelta(days=n), float((n * 7919) % 1000)) for n in range(periods))
    fan = tuple(Fan(start + timedelta(days=periods + n), 100.0, 500.0, 900.0) for n in range(60))
    return Chart(history, fan, 300.0)


@pytest.mark.parametrize("periods", [1, 2, 104, 730])
def test_a_mail_can_carry_the_picture(periods: int) -> None:
    png = chart_png(long_chart(periods), "PC")
    assert png.startswith(b"\x89PNG")
    assert len(png) <= LARGEST_PNG


def test_the_picture_changes_with_the_figures() -> None:
    one, other = long_chart(50), long_chart(51)
    assert chart_png(one) != chart_png(other)
    assert chart_png(one) == chart_png(one)


@pytest.mark.parametrize("figures", [None, "", "no json", "[]", {}, {"history": [["x", 1]]}, {"history": [[1]]}, 7])
def test_a_missing_or_broken_picture_is_no_reason_to_fail(figures: object) -> None:
    assert chart_from(figures) is None


def test_figures_may_be_text_or_data() -> None:
    assert chart_from(chart_figures()) == chart_from(json.loads(chart_figures()))


def test_the_words_carry_the_numbers() -> None:
    chart = Chart(((date(2026, 1, 5), 10.0), (date(2026, 1, 12), 20.0)), (Fan(date(2026, 1, 19), 5, 15, 30),))
    assert alternative(chart, "PC") == (
        "Demand per period: the last 2 averaged 15.0 PC; forecast about 15.0, most likely between 5.0 and 30.0."
    )


@pytest.mark.parametrize("chart", [long_chart(1), long_chart(60), Chart(((date(2026, 1, 5), 0.0),))])
def test_svg_is_well_formed_and_stays_inside(chart: Chart) -> None:
    root = ET.fromstring(str(fan_svg(chart, "PC")))  # noqa: S314 - our own output
    for shape in root:
        for pair in shape.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= 640
            assert 0 <= y <= 240


def test_the_stock_bar_says_its_figures_and_escapes_the_unit() -> None:
    svg = str(stock_svg(210, 1000, 880, 1210, '"><script>'))
    assert "Reorder point 880" in svg
    assert "<script>" not in svg
    ET.fromstring(svg)  # noqa: S314 - our own output
