"""History and fan of chosen rows, as small JSON texts that mails, pages and the command line draw.

It draws nothing; which rows are shown is up to those who call.
"""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from bot.forecast.result import Forecast
from bot.patterns.censoring import TRUSTED_SHARE
from bot.patterns.demand import DemandPanel
from bot.patterns.events import promoted, single_orders
from bot.patterns.spikes import cap_spikes

HISTORY = {"D": 60, "W": 52, "M": 36}
LEAST, AHEAD = {"D": 2, "W": 4, "M": 3}, 28  # buckets ahead: fewer would not be seen
LEVELS = (0.1, 0.5, 0.9)
CAPPED, PROMOTION, SINGLE, HIDDEN = "capped", "promotion", "single", "hidden"


def chart_texts(
    panel: DemandPanel, patterns: pd.DataFrame, forecast: Forecast, days: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """One JSON text per row number in `rows` of what belongs to the same rows; `days` [n] is the interval's length.

    history [[day, quantity]], fan [[day, q10, q50, q90]], mean [[day, quantity]], marks [[day, kind]] of buckets that
    have an explanation, and shift, the day of the latest lasting one, where there are any.
    """
    if not len(rows):
        return np.array([], dtype=object)
    shown = _Shown(panel.take(rows), patterns["shifted_on"].to_numpy(dtype="datetime64[D]")[rows])
    length = np.ceil(float(np.median(days[rows])) / panel.bucket_days)
    periods = int(np.clip(length, LEAST[panel.freq], AHEAD))
    ahead = forecast.take(rows)
    fan, mean = ahead.quantiles(LEVELS, periods), ahead.mean(periods)
    starts = [str(day) for day in ahead.period_starts(periods).astype("datetime64[D]")]
    texts = [
        json.dumps(
            {
                **shown.past(row),
                "fan": [[day, *_short(q)] for day, q in zip(starts, fan[row], strict=True)],
                "mean": [[day, *_short([value])] for day, value in zip(starts, mean[row], strict=True)],
            },
            separators=(",", ":"),
        )
        for row in range(len(rows))
    ]
    return np.array(texts, dtype=object)


class _Shown:
    """The last buckets of a small panel, with what is known about single ones."""

    def __init__(self, panel: DemandPanel, shifts: np.ndarray) -> None:
        count = HISTORY[panel.freq]
        self.values = np.asarray(panel.values)[:, -count:]
        self.days = [str(day) for day in panel.starts[-count:].astype("datetime64[D]")]
        self.kinds = {kind: where[:, -count:] for kind, where in _kinds(panel).items()}
        self.shifts = shifts

    def past(self, row: int) -> dict[str, object]:
        """The history of one row, its marks and its shift as far as they are shown."""
        found = zip(self.days, self.values[row], strict=True)
        past: dict[str, object] = {"history": [[day, *_short([value])] for day, value in found if np.isfinite(value)]}
        if marks := [[self.days[at], kind] for kind, where in self.kinds.items() for at in np.flatnonzero(where[row])]:
            past["marks"] = sorted(marks)
        shift = self.shifts[row]
        if not np.isnat(shift) and self.days and str(shift) >= self.days[0]:
            past["shift"] = str(shift)
        return past


def _kinds(panel: DemandPanel) -> dict[str, np.ndarray]:
    """Which buckets are capped, promoted, single orders, or hidden by a stock-out, [n, T] each; one kind per bucket."""
    values = np.asarray(panel.values)
    on_promotion = promoted(panel) & ~np.isnan(values)
    single = single_orders(values, on_promotion)
    capped = (cap_spikes(values)[0] < values) & ~on_promotion
    hidden = np.zeros(values.shape, dtype=bool) if panel.share is None else panel.share < TRUSTED_SHARE
    return {CAPPED: capped, PROMOTION: on_promotion, SINGLE: single & ~capped, HIDDEN: hidden & ~on_promotion}


def _short(values: Sequence[float] | np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]
