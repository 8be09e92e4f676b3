"""Chooses the champion of every single series of a panel; once a month is often enough.

The classes' candidates and their calibration are `bot.forecast.prepare`'s; nothing is forecast here.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bot.forecast.choose import Board
from bot.forecast.items import champions, score
from bot.forecast.moments import Floats
from bot.forecast.prepare import hashed_order, sample_of
from bot.forecast.silence import silent_tail
from bot.patterns.demand import DemandPanel


def choose_items(
    panel: DemandPanel,
    patterns: pd.DataFrame,
    board: Board,
    *,
    horizon_days: Floats | float,
    service: Floats | float,
    seed: int,
    before: Mapping[tuple[str, str], str] | None = None,
) -> pd.DataFrame:
    """Return item, location, champion, runner_up, their scores, naive_score, cases, covered, judged per judged series.

    `service` [n] (0 to 1) is the level that each series is ordered at; `before` the champions so far. Scores are mean
    losses in units of the series' ordinary demand, pulled to those of the class.
    """
    classes = sorted(board)
    label = pd.Index(classes).get_indexer(pd.Index(patterns["pattern"].astype(str)))
    order = hashed_order(panel.keys, seed)
    order = order[label[order] >= 0]
    silence = silent_tail(panel.values)
    sample = sample_of(panel, patterns, order, classes, horizon_days=horizon_days, silence=silence)
    level = np.broadcast_to(np.asarray(service, dtype=np.float64), (panel.n,))[order]
    found = champions(panel.keys.iloc[order], score(sample, classes, board, level), before or {})
    return found.sort_values(["item", "location"], ignore_index=True)
