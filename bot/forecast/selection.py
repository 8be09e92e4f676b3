"""Chooses the champion of every single series of a panel; once a month is often enough.

The classes' candidates and their calibration are `bot.forecast.prepare`'s; nothing is forecast here.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from bot.forecast.backtest import Sample
from bot.forecast.choose import Board
from bot.forecast.forecasters import whole_numbers
from bot.forecast.items import champions, score
from bot.forecast.moments import Floats
from bot.forecast.prepare import labels_of, length_in_buckets
from bot.forecast.silence import forget_tail, silent_tail
from bot.patterns.demand import DemandPanel
from bot.patterns.spikes import cap_spikes


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
    marks = pd.util.hash_pandas_object(panel.keys.astype(str), index=False, hash_key=f"{seed % 10**16:016d}").to_numpy()
    order = np.argsort(marks, kind="stable")
    classes = sorted(board)
    label = pd.Index(classes).get_indexer(pd.Index(patterns["pattern"].astype(str)))
    order = order[label[order] >= 0]
    days = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (panel.n,))
    history = panel.values[order]  # noqa: PD011 - a matrix, not a frame
    sample = Sample(
        forget_tail(cap_spikes(history)[0], silent_tail(panel.values)), panel.starts, panel.freq,
        length_in_buckets(panel, days)[order], np.zeros(len(order), dtype=np.int64), whole_numbers(history),
        label[order].astype(np.int64), label_of=partial(labels_of, tuple(classes)),
    )  # fmt: skip
    level = np.broadcast_to(np.asarray(service, dtype=np.float64), (panel.n,))[order]
    found = champions(panel.keys.iloc[order], score(sample, classes, board, level), before or {})
    return found.sort_values(["item", "location"], ignore_index=True)
