"""Times Restock's default tier on the generated company; run as a process of its own by `worker.measure`.

`fit` takes a ready panel; `table` starts from demand rows. Both print JSON.
"""

import sys

import numpy as np
import pandas as pd

from bot.patterns.buckets import bucket_range
from bot.patterns.classify import classify
from bot.patterns.demand import regularise

from . import door, generator
from .worker import tell, timed


def fit(n: int) -> None:
    """Re-selection, then classify, fit and predict with its champions."""
    panel = door.panel_of(generator.demand(n), "W", generator.START)
    days = generator.spans(n)
    champions, choosing = timed(lambda: door.choose(panel, days))
    _, classifying = timed(lambda: classify(panel))
    forecast, fitting = timed(lambda: door.forecast(panel, days, champions))
    answer, predicting = timed(lambda: forecast.quantiles(list(generator.LEVELS), generator.STEPS))
    lead = days[:, None] * np.linspace(0.6, 1.6, 9)[None, :]
    law, mixing = timed(lambda: forecast.interval(lead, np.full(lead.shape, 1 / 9)))
    _, answering = timed(lambda: law.quantile(0.95))
    assert np.isfinite(answer).all()
    figures = {"choose": choosing, "classify": classifying, "fit": fitting, "predict": predicting}
    tell({"n": n, **figures, "interval": {kind: mixing[kind] + answering[kind] for kind in mixing}})


def table(n: int) -> None:
    """From a demand table of n * 104 rows to a panel."""
    rows = np.repeat(np.arange(n), generator.PERIODS)
    starts = bucket_range(np.datetime64(generator.START), generator.PERIODS, "W").astype("datetime64[s]")
    demand = pd.DataFrame(
        {
            "item": pd.Categorical.from_codes(rows // 5, [f"i{k:06d}" for k in range(-(-n // 5))]),
            "location": pd.Categorical.from_codes(rows % 5, list("abcde")),
            "date": np.tile(starts, n),
            "quantity": generator.demand(n).ravel(),
        }
    )
    day = (pd.Timestamp(generator.START) + pd.Timedelta(weeks=generator.PERIODS)).date()
    panel, seconds = timed(lambda: regularise(demand, day))
    tell({"n": panel.n, "rows": len(demand), "regularise": seconds})


if __name__ == "__main__":
    {"fit": fit, "table": table}[sys.argv[1]](int(sys.argv[2]))
