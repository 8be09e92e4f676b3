"""The history and the fan of the ordered rows, as small JSON texts that mails and pages draw.

It draws nothing and looks only at rows that were proposed.
"""

import json

import numpy as np

from bot.jobs.figures import Steps

HISTORY = {"D": 60, "W": 52, "M": 36}
AHEAD = 28
LEVELS = (0.1, 0.5, 0.9)


def chart_texts(steps: Steps, rows: np.ndarray) -> np.ndarray:
    """One JSON text per row number in `rows`: history [[day, quantity]], fan [[day, q10, q50, q90]]."""
    if not len(rows):
        return np.array([], dtype=object)
    panel = steps.panel.take(rows)
    longest = float(np.median(steps.interval.mean[rows]))
    periods = int(np.clip(np.ceil(longest / panel.bucket_days), 2, AHEAD))
    forecast = steps.forecast.take(rows)
    fan = forecast.quantiles(LEVELS, periods)
    days = [str(day) for day in forecast.period_starts(periods).astype("datetime64[D]")]
    shown = HISTORY[panel.freq]
    starts = [str(day) for day in panel.starts[-shown:].astype("datetime64[D]")]
    return np.array(
        [_text(starts, panel.values[row, -shown:], days, fan[row]) for row in range(len(rows))], dtype=object
    )


def _text(starts: list[str], history: np.ndarray, days: list[str], fan: np.ndarray) -> str:
    past = [[day, round(float(value), 3)] for day, value in zip(starts, history, strict=True) if np.isfinite(value)]
    ahead = [[day, *(round(float(value), 3) for value in row)] for day, row in zip(days, fan, strict=True)]
    return json.dumps({"history": past, "fan": ahead}, separators=(",", ":"))
