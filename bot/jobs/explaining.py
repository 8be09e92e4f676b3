"""The columns that explain a decision beside its figures: evidence and parts of the forecast, and what changed since.

It decides nothing and words nothing; the columns are those of `bot.tables.plan.EXPLANATION`.
"""

from typing import Any

import numpy as np

from bot.forecast.explained import FACTORS, explained
from bot.jobs.earlier import Earlier, since
from bot.jobs.figures import Steps

_AS_THEY_ARE = ("champion", "runner_up", "score", "runner_up_score", "naive_score", "level_per_day", *FACTORS,
                "stated_level", "class_cases", "own_covered", "own_cases")  # fmt: skip
_PERCENT = {
    "value_added_pct": "value_added",
    "trend_pct_per_week": "trend_per_week",
    "class_covered_pct": "class_coverage",
}


def explaining(steps: Steps, earlier: Earlier) -> dict[str, Any]:
    """Columns of EXPLANATION in the row order of the plan."""
    service = steps.targets["service_level"].to_numpy(dtype="float64")
    table = explained(steps.forecast, steps.interval.days, service)
    return {
        **{name: table[name].to_numpy() for name in _AS_THEY_ARE},
        **{name: 100.0 * table[column].to_numpy() for name, column in _PERCENT.items()},
        "judged_on": np.where(table["by_item"].to_numpy(dtype=bool), "item", "class"),
        "bucket": np.full(len(table), steps.panel.freq, dtype=object),
        "bucket_mean": steps.forecast.mean(1)[:, 0],
        **since(earlier, steps.panel),
    }
