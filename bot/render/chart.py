"""Charts of demand history and forecast: the figures behind them and the PNG that a mail carries.

It computes no forecast; matplotlib is imported only when a picture is drawn.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
    """History and forecast per period in base units; `level` is one horizontal line, such as the stock position."""

    history: tuple[Point, ...]
    fan: tuple[Fan, ...] = ()
    level: float | None = None

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
        return max([*values, 0.0]) or 1.0


def chart_from(figures: object) -> Chart | None:
    """A chart from `{"history": [[day, quantity]], "fan": [[day, q10, q50, q90]], "level": x}` or its JSON text.

    Gives None when the figures are absent or not of that form: a missing picture is no reason to fail.
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
        level = data.get("level")
        return Chart(history, fan, None if level is None else float(level))
    except (ValueError, TypeError, KeyError):
        return None


def alternative(chart: Chart, unit: str = "") -> str:
    """The chart in one sentence, for people who do not see it."""
    recent = [value for _, value in chart.history][-8:]
    text = f"Demand per period: the last {len(recent)} averaged {sum(recent) / len(recent):,.1f} {unit}".rstrip()
    if not chart.fan:
        return text + "."
    low, high = min(step.low for step in chart.fan), max(step.high for step in chart.fan)
    middle = sum(step.middle for step in chart.fan) / len(chart.fan)
    return f"{text}; forecast about {middle:,.1f}, most likely between {low:,.1f} and {high:,.1f}."


def fan_chart(
    history: Sequence[Point], quantiles: Mapping[float, Sequence[Point]], stock: float | None = None, unit: str = ""
) -> bytes:
    """A PNG of at most 40 kB, 560 points wide, readable on a phone: history as steps, forecast as a fan.

    `quantiles` maps a level such as 0.1 to (first day of the period, quantity); levels are paired from
    the outside in. `stock` draws the present stock position as a dashed line.
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
    _dress(axes, unit)
    _day_ticks(axes, [d for d, _ in history] + [d for points in quantiles.values() for d, _ in points])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True})
    return buffer.getvalue()


def chart_png(chart: Chart, unit: str = "") -> bytes:
    """The PNG of a chart; see `fan_chart`."""
    quantiles = {
        0.1: [(step.start, step.low) for step in chart.fan],
        0.5: [(step.start, step.middle) for step in chart.fan],
        0.9: [(step.start, step.high) for step in chart.fan],
    }
    return fan_chart(chart.steps, quantiles if chart.fan else {}, chart.level, unit)


def _dress(axes: object, unit: str) -> None:
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
    axes.set_title(f"Demand and forecast{f' [{unit}]' if unit else ''}", loc="left", fontsize=13, color=INK)


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
