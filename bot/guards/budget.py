"""Caps over many orders: what may be spent alone and how many orders may go out alone in one run.

It hands out what is left to the orders most at risk of a stock-out first and reserves nothing anywhere.
"""

import numpy as np
import numpy.typing as npt

from bot.guards.measures import Bools, Floats, Minor


def _ranked(group: npt.NDArray[np.int64], risk: Floats, counted: Bools) -> tuple[Minor, npt.NDArray[np.intp]]:
    """Groups with a counted line by falling risk, then by number: codes of all lines, groups in order."""
    names, codes = np.unique(group, return_inverse=True)
    worst = np.full(len(names), -np.inf)
    np.maximum.at(worst, codes, np.nan_to_num(risk, nan=-np.inf))
    counts = np.zeros(len(names), dtype=bool)
    np.logical_or.at(counts, codes, counted)
    order = np.lexsort((np.arange(len(names)), -worst, ~counts))
    return np.asarray(codes, dtype=np.int64), order[: int(counts.sum())]


def over_spend(
    amount_minor: Minor, group: npt.NDArray[np.int64], risk: Floats, counted: Bools, spent: int | None, cap: int | None
) -> Bools:
    """Counted lines of the orders that come after the cap [minor units] is reached.

    `spent` is what already went out in the cap's time; unknown spending or an unknown amount is a hit. Once the
    cap is reached every later order waits, also a small one, so that a dearer order never lets another pass.
    """
    if cap is None or not len(group):
        return np.zeros(len(group), dtype=bool)
    if spent is None:
        return counted.copy()
    codes, order = _ranked(group, risk, counted)
    totals = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    np.add.at(totals, codes, np.where(counted, np.maximum(amount_minor, 0), 0))
    over = np.zeros(len(totals), dtype=bool)
    over[order] = spent + np.cumsum(totals[order]) > cap
    return np.asarray(counted & (over[codes] | (amount_minor < 0)), dtype=bool)


def over_count(group: npt.NDArray[np.int64], risk: Floats, counted: Bools, sent: int | None, cap: int | None) -> Bools:
    """Counted lines of the orders beyond the number that one run may send alone; `sent` went out already."""
    if cap is None or not len(group):
        return np.zeros(len(group), dtype=bool)
    if sent is None:
        return counted.copy()
    codes, order = _ranked(group, risk, counted)
    over = np.zeros(int(codes.max()) + 1, dtype=bool)
    over[order[max(0, cap - sent) :]] = True
    return np.asarray(counted & over[codes], dtype=bool)
