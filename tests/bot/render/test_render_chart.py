"""Pictures: small enough for a mail, tolerant of missing figures, described in words."""

import json
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from bot.render.chart import LARGEST_PNG, Chart, Fan, alternative, chart_from, chart_png
from bot.render.marks import SIGNS
from bot.render.svg import alone, fan_svg, stock_svg
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


def marked() -> Chart:
    start = date(2026, 1, 5)
    weeks = [start + timedelta(weeks=n) for n in range(8)]
    return Chart(
        tuple((day, 10.0 + n) for n, day in enumerate(weeks[:4])),
        tuple(Fan(day, 5.0, 12.0, 20.0) for day in weeks[4:]),
        mean=tuple((day, 13.0) for day in weeks[4:]),
        marks=tuple(zip(weeks, SIGNS, strict=False)),
        shift=weeks[2],
    )


def test_every_mark_has_a_shape_and_a_word_of_its_own() -> None:
    chart = marked()
    svg = str(fan_svg(chart, "PC"))
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    signs = [shape.get("points") for shape in root if shape.get("class") == "sign"]
    assert len(set(signs)) == len(SIGNS)
    assert all(sign.meaning in svg and sign.meaning in alternative(chart) for sign in SIGNS.values())
    assert {"mean", "shift"} <= {shape.get("class") for shape in root}
    assert "other level since Mon 19 Jan 2026" in chart.legend
    assert chart_png(chart) != chart_png(replace(chart, marks=(), shift=None))
    assert fan_svg(Chart(chart.history)).count("sign") == 0


def test_the_last_period_ahead_is_drawn_to_its_end() -> None:
    chart = marked()
    assert chart.ahead[-1].start - chart.fan[-1].start == timedelta(weeks=1)
    assert chart.expected[-1] == (chart.fan[-1].start + timedelta(weeks=1), 13.0)
    assert Chart(chart.history).ahead == ()


def test_marks_stand_in_the_middle_of_their_period_and_unknown_ones_on_the_axis() -> None:
    start = date(2026, 1, 5)
    chart = Chart(((start, 10.0), (start + timedelta(weeks=2), 4.0)), marks=((start + timedelta(weeks=1), "hidden"),))
    assert chart.places() == [(start.toordinal() + 7 + 7.0, 0.0, "hidden")]


def test_a_file_of_its_own_is_whole() -> None:
    root = ET.fromstring(alone(marked(), "bolt <&> nut", "PC"))  # noqa: S314 - our own output
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "bolt <&> nut"
    assert texts[1] == marked().legend


def test_more_of_a_chart_is_read_from_its_text() -> None:
    figures = {"history": [["2026-01-05", 1]], "mean": [["2026-01-12", 2]], "marks": [["2026-01-05", "promotion"],
               ["2026-01-05", "new kind"]], "shift": "2026-01-05"}  # fmt: skip
    chart = chart_from(figures)
    assert chart is not None
    assert chart.mean == ((date(2026, 1, 12), 2.0),)
    assert chart.marks == ((date(2026, 1, 5), "promotion"),), "a kind that is not known is left out"
    assert chart.shift == date(2026, 1, 5)
