"""Inline SVG for web pages and the run report: the demand fan and the stock bar, without scripts or styles.

Colours come from the page's style sheet through classes, so that dark mode works; it computes no figures.
"""

import math

from markupsafe import Markup, escape

from bot.render import words
from bot.render.chart import Chart, alternative
from bot.render.marks import SIGNS

STYLE = (
    "text{font:13px sans-serif;fill:#566360}.grid{stroke:#dcdfd9}.history{fill:none;stroke:#1d2b2a;stroke-width:1.6}"
    ".fan{fill:#0f6b5c;opacity:.22}.middle{fill:none;stroke:#0f6b5c;stroke-width:2.4}"
    ".mean{fill:none;stroke:#1d2b2a;stroke-width:2;stroke-dasharray:2 4}.shift{stroke:#8a9694;stroke-dasharray:3 3}"
    ".level{stroke:#b3541e;stroke-dasharray:5 4}.sign{fill:#b3541e;stroke:#b3541e;stroke-width:1.6}"
    "@media(max-width:500px){text{font-size:21px}}"
)
_SHAPES = {
    "promotion": ((-5, -3), (0, -12), (5, -3), (-5, -3)),
    "single": ((0, -14), (5, -8), (0, -2), (-5, -8), (0, -14)),
    "capped": ((-5, -12), (0, -3), (5, -12), (-5, -12)),
    "hidden": ((-4, -10), (4, -2), (0, -6), (4, -10), (-4, -2), (0, -6)),
}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 240, 58, 32, 20


def fan_svg(chart: Chart, unit: str = "") -> Markup:
    """History as steps, forecast as a band with its middle line, the stock position dashed."""
    first = chart.history[0][0].toordinal()
    last_known = max([day for day, _ in chart.steps] + [step.start for step in chart.ahead])
    span = max(1, last_known.toordinal() - first)

    def x(ordinal: float) -> float:
        return LEFT + (WIDTH - LEFT - 6) * (ordinal - first) / span

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / chart.top

    parts = [_gridline(y(value), value) for value in _ticks(chart.top)]
    if chart.fan:
        upper = [(x(s.start.toordinal()), y(s.high)) for s in chart.ahead]
        lower = [(x(s.start.toordinal()), y(s.low)) for s in reversed(chart.ahead)]
        parts.append(f'<polygon class="fan" points="{_points(upper + lower)}"/>')
        middle = [(x(s.start.toordinal()), y(s.middle)) for s in chart.ahead]
        parts.append(f'<polyline class="middle" points="{_points(middle)}"/>')
    if chart.mean:
        mean = [(x(day.toordinal()), y(value)) for day, value in chart.expected]
        parts.append(f'<polyline class="mean" points="{_points(mean)}"/>')
    if chart.shift is not None:
        place = f"{x(max(chart.shift.toordinal(), first)):.1f}"
        parts.append(f'<line class="shift" x1="{place}" x2="{place}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    parts.append(f'<polyline class="history" points="{_steps([(x(d.toordinal()), y(q)) for d, q in chart.steps])}"/>')
    if chart.level is not None:
        height = f"{y(chart.level):.1f}"
        parts.append(f'<line class="level" x1="{LEFT}" x2="{WIDTH - 6}" y1="{height}" y2="{height}"/>')
    parts += [_sign(x(day), y(value), kind) for day, value, kind in chart.places()]
    ends = [(chart.history[0][0], LEFT, "start"), (last_known, WIDTH - 6, "end")]
    parts += [
        f'<text x="{place}" y="{HEIGHT - 6}" text-anchor="{anchor}">{words.short_day(day)} {day.year}</text>'
        for day, place, anchor in ends
    ]
    return _figure(HEIGHT, alternative(chart, unit), parts)


def alone(chart: Chart, title: str, unit: str = "") -> str:
    """The chart as a file of its own: with title, legend, colours and a white ground."""
    inner = str(fan_svg(chart, unit)).partition(">")[2].removesuffix("</svg>")
    lines = [title, chart.legend] if chart.legend else [title]
    head = 24 * len(lines) + 8
    texts = "".join(f'<text x="8" y="{24 * row + 22}">{escape(line)}</text>' for row, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + head}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(alternative(chart, unit))}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{texts}<g transform="translate(0 {head})">{inner}</g></svg>\n'
    )


def _sign(x: float, y: float, kind: str) -> str:
    """A mark of one period: a shape of its own per kind, so that colour is not needed to tell them apart."""
    dots = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in _SHAPES[kind])
    return f'<polyline class="sign" points="{dots}"><title>{SIGNS[kind].meaning}</title></polyline>'


def stock_svg(available: float, ordered: float, reorder_point: float | None, target: float | None, unit: str) -> Markup:
    """One bar: what is there and under way, what this line adds, with marks for reorder point and target."""
    top = max(available + ordered, target or 0, reorder_point or 0, 1e-9) * 1.04
    scale = WIDTH / top
    have = max(0.0, available) * scale
    parts = [
        f'<rect class="track" x="0" y="30" width="{WIDTH}" height="20" rx="3"/>',
        f'<rect class="have" x="0" y="30" width="{have:.1f}" height="20" rx="3"/>',
        f'<rect class="adds" x="{have:.1f}" y="30" width="{ordered * scale:.1f}" height="20" rx="3"/>',
    ]
    sentence = f"Available {words.quantity(available, unit)}, this order adds {words.quantity(ordered, unit)}"
    for label, value, row in (("Reorder point", reorder_point, 18), ("Target", target, 74)):
        if value is None:
            continue
        place = value * scale
        anchor = "start" if place < WIDTH * 0.2 else "end" if place > WIDTH * 0.8 else "middle"
        parts.append(f'<line class="mark" x1="{place:.1f}" x2="{place:.1f}" y1="24" y2="56"/>')
        parts.append(f'<text x="{place:.1f}" y="{row}" text-anchor="{anchor}">{label} {words.quantity(value)}</text>')
        sentence += f", {label.lower()} {words.quantity(value, unit)}"
    return _figure(82, sentence + ".", parts)


def _figure(height: int, sentence: str, parts: list[str]) -> Markup:
    opening = f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(sentence)}">'
    return Markup(opening + "".join(parts) + "</svg>")  # noqa: S704 - built from numbers; the sentence is escaped above


def _gridline(y: float, value: float) -> str:
    label = words.quantity(value)
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 6}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )


def _ticks(top: float) -> list[float]:
    """Zero and round steps of 1, 2 or 5 times a power of ten below `top`, at most five of them."""
    power = 10.0 ** math.floor(math.log10(top / 2))
    step = max(power * factor for factor in (1, 2, 5) if power * factor <= top / 2)
    return [step * count for count in range(int(top / step) + 1)]


def _points(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _steps(places: list[tuple[float, float]]) -> str:
    corners: list[tuple[float, float]] = []
    for place in places:
        if corners:
            corners.append((place[0], corners[-1][1]))
        corners.append(place)
    return _points(corners)
