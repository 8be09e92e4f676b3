"""Charts of demand history and forecast: the figures behind them and the PNG that a mail carries.

It computes no forecast; matplotlib is imported only when a picture is drawn.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from bot.render.marks import SIGNS, legend
from bot.render.words import MONTHS

INK, ACCENT, FAINT, WARN = "#1d2b2a", "#0f6b5c", "#8a9694", "#b3541e"
LARGEST_PNG = 40_000
Point = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Fan:
    """Forecast quantities of one period: 10 %, 50 % and 90 % quantiles in base units."""

    start: date
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """History and forecast per period in base units; `level` is one horizontal line, such as the stock position.

    `mean` is the expected quantity per period, `marks` are periods with a kind of `bot.render.marks.SIGNS`, `shift`
    is the day since which demand is at another level.
    """

    history: tuple[Point, ...]
    fan: tuple[Fan, ...] = ()
    level: float | None = None
    mean: tuple[Point, ...] = ()
    marks: tuple[tuple[date, str], ...] = ()
    shift: date | None = None

    @property
    def legend(self) -> str:
        """What is marked, in words; empty where nothing is."""
        return legend({kind for _, kind in self.marks}, self.shift)

    def places(self) -> list[tuple[float, float, str]]:
        """Where the marks stand: the middle of their period (days of the calendar), its quantity, else the axis."""
        known, half = dict(self.history), self._period().days / 2.0
        return [(day.toordinal() + half, known.get(day, 0.0), kind) for day, kind in self.marks]

    @property
    def ahead(self) -> tuple[Fan, ...]:
        """The forecast with its last period drawn to the end."""
        return (*self.fan, replace(self.fan[-1], start=self.fan[-1].start + self._period())) if self.fan else ()

    @property
    def expected(self) -> tuple[Point, ...]:
        """The mean with its last period drawn to the end."""
        return (*self.mean, (self.mean[-1][0] + self._period(), self.mean[-1][1])) if self.mean else ()

    def _period(self) -> timedelta:
        """Length of a period: the shortest step between two days of the forecast, else of the history."""
        days = [step.start for step in self.fan]
        days = days if len(days) > 1 else [day for day, _ in self.history]
        return min((after - before for before, after in pairwise(days)), default=timedelta(days=1))

    @property
    def steps(self) -> tuple[Point, ...]:
        """The history with its last period drawn to the end: to the forecast's beginning, else one period on."""
        if len(self.history) < 2:
            return self.history
        (before, _), (last, value) = self.history[-2:]
        end = self.fan[0].start if self.fan and self.fan[0].start > last else last + (last - before)
        return (*self.history, (end, value))

    @property
    def top(self) -> float:
        """The largest quantity that must fit, never zero."""
        values = [value for _, value in self.history] + [step.high for step in self.fan] + [self.level or 0.0]
        values += [value for _, value in self.mean]
        return max([*values, 0.0]) or 1.0


def chart_from(figures: object) -> Chart | None:
    """A chart from `{"history": [[day, quantity]], "fan": [[day, q10, q50, q90]], "level": x}` or its JSON text.

    It may have `mean` [[day, quantity]], `marks` [[day, kind]] and `shift` (a day) too. Gives None when the figures are
    absent or not of that form: a missing picture is no reason to fail.
    """
    try:
        data = json.loads(figures) if isinstance(figures, str) else figures
        if not isinstance(data, Mapping) or not data.get("history"):
            return None
        history = tuple((date.fromisoformat(str(day)), float(value)) for day, value in data["history"])
        fan = tuple(
            Fan(date.fromisoformat(str(day)), float(low), float(middle), float(high))
            for day, low, middle, high in data.get("fan") or ()
        )
        level, shift = data.get("level"), data.get("shift")
        mean = tuple((date.fromisoformat(str(day)), float(value)) for day, value in data.get("mean") or ())
        marks = tuple((date.fromisoformat(str(day)), str(kind)) for day, kind in data.get("marks") or ())
        return Chart(
            history,
            fan,
            None if level is None else float(level),
            mean,
            tuple((day, kind) for day, kind in marks if kind in SIGNS),
            date.fromisoformat(str(shift)) if shift else None,
        )
    except (ValueError, TypeError, KeyError):
        return None


def alternative(chart: Chart, unit: str = "") -> str:
    """The chart in one sentence, for people who do not see it."""
    recent = [value for _, value in chart.history][-8:]
    text = f"Demand per period: the last {len(recent)} averaged {sum(recent) / len(recent):,.1f} {unit}".rstrip()
    marked = f" Marked: {chart.legend}." if chart.legend else ""
    if not chart.fan:
        return text + "." + marked
    low, high = min(step.low for step in chart.fan), max(step.high for step in chart.fan)
    middle = sum(step.middle for step in chart.fan) / len(chart.fan)
    return f"{text}; forecast about {middle:,.1f}, most likely between {low:,.1f} and {high:,.1f}.{marked}"


def fan_chart(
    history: Sequence[Point],
    quantiles: Mapping[float, Sequence[Point]],
    stock: float | None = None,
    unit: str = "",
    more: Chart | None = None,
) -> bytes:
    """A PNG of at most 40 kB, 560 points wide, readable on a phone: history as steps, forecast as a fan.

    `quantiles` maps a level such as 0.1 to (first day of the period, quantity); levels are paired from
    the outside in. `stock` draws the present stock position as a dashed line; `more` has mean, marks and shift.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - a second of import, only when drawn
    from matplotlib.dates import date2num  # noqa: PLC0415 - same reason
    from matplotlib.figure import Figure  # noqa: PLC0415 - same reason

    figure = Figure(figsize=(5.6, 2.9), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.11, 0.15, 0.87, 0.7))
    axes.step(date2num([d for d, _ in history]), [q for _, q in history], where="post", color=INK, linewidth=1.8)
    levels = sorted(quantiles)
    for low, high in zip(levels[: len(levels) // 2], reversed(levels[(len(levels) + 1) // 2 :]), strict=True):
        days = date2num([d for d, _ in quantiles[low]])
        bottom, top = [q for _, q in quantiles[low]], [q for _, q in quantiles[high]]
        axes.fill_between(days, bottom, top, color=ACCENT, alpha=0.22, linewidth=0)
    if len(levels) % 2:
        middle = quantiles[levels[len(levels) // 2]]
        axes.plot(date2num([d for d, _ in middle]), [q for _, q in middle], color=ACCENT, linewidth=2.6)
    if stock is not None:
        axes.axhline(stock, color=WARN, linewidth=1.2, linestyle=(0, (4, 3)))
    if more is not None:
        _draw_more(axes, more)
    _dress(axes, unit, more.legend if more is not None else "")
    _day_ticks(axes, [d for d, _ in history] + [d for points in quantiles.values() for d, _ in points])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True})
    return buffer.getvalue()


def chart_png(chart: Chart, unit: str = "") -> bytes:
    """The PNG of a chart; see `fan_chart`."""
    quantiles = {
        0.1: [(step.start, step.low) for step in chart.ahead],
        0.5: [(step.start, step.middle) for step in chart.ahead],
        0.9: [(step.start, step.high) for step in chart.ahead],
    }
    return fan_chart(chart.steps, quantiles if chart.fan else {}, chart.level, unit, chart)


def _draw_more(axes: object, chart: Chart) -> None:
    """The expected quantity as a dotted line, marks at their periods, and the day of a shift."""
    from matplotlib.axes import Axes  # noqa: PLC0415 - a second of import, only when drawn
    from matplotlib.dates import date2num  # noqa: PLC0415 - same reason

    assert isinstance(axes, Axes)  # noqa: S101 - narrows an untyped library's object for the type checker
    if chart.mean:
        days, values = [d for d, _ in chart.expected], [q for _, q in chart.expected]
        axes.plot(date2num(days), values, ":", color=INK, linewidth=1.8)
    if chart.shift is not None:
        axes.axvline(float(date2num(chart.shift)), color=FAINT, linewidth=1.4, linestyle=(0, (2, 2)))
    began = date2num(date(1970, 1, 1)) - date(1970, 1, 1).toordinal()
    for day, value, kind in chart.places():
        axes.plot([day + began], [value], SIGNS[kind].marker, color=WARN, markersize=6, clip_on=False)


def _dress(axes: object, unit: str, legend: str = "") -> None:
    """Take away what does not speak: frame, half of the ticks, the grid's weight."""
    from matplotlib.axes import Axes  # noqa: PLC0415 - a second of import, only when drawn
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - same reason

    assert isinstance(axes, Axes)  # noqa: S101 - narrows an untyped library's object for the type checker
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.grid(axis="y", color="#e4e8e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=13, length=0)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    title = f"Demand and forecast{f' [{unit}]' if unit else ''}"
    axes.set_title(f"{title}\n{legend}" if legend else title, loc="left", fontsize=11 if legend else 13, color=INK)


def _day_ticks(axes: object, days: Sequence[date]) -> None:
    """Three days on the axis: first, middle, last; with the year when the picture spans most of one."""
    from matplotlib.axes import Axes  # noqa: PLC0415 - a second of import, only when drawn
    from matplotlib.dates import date2num  # noqa: PLC0415 - same reason

    assert isinstance(axes, Axes)  # noqa: S101 - narrows an untyped library's object for the type checker
    first, last = min(days), max(days)
    shown = sorted({first, first + (last - first) / 2, last})
    long = (last - first).days > 250
    texts = [f"{MONTHS[day.month - 1]} {day.year}" if long else f"{day.day} {MONTHS[day.month - 1]}" for day in shown]
    axes.set_xticks(list(date2num(shown)), texts)
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")
