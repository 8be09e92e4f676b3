"""When an order may go out and when the next one may: review periods and suppliers' order days.

Days are calendar days; closed days of suppliers and sites are not known here yet.
"""

import numpy as np
import pandas as pd


def next_orders(as_of: pd.Timestamp, order_days: pd.Series, review_days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days from `as_of` to this and to the following order opportunity, both [n].

    Without order days the next order is today and the following after the review period; with order days
    (ISO weekdays `1,4`) they are the listed weekdays, the following one at least a review period later.
    """
    wait = np.zeros(len(order_days))
    following = np.maximum(np.rint(review_days), 1.0)
    words = order_days.astype("str")
    for text in words.dropna().unique():
        rows = np.flatnonzero((words == text).to_numpy(dtype=bool, na_value=False))
        ahead = _ahead(as_of.isoweekday(), [int(day) for day in str(text).split(",")])
        wait[rows] = ahead[0]
        later = np.array([ahead[0] + 7.0 * week + step for week in range(60) for step in _steps(ahead)])
        later = np.unique(later[later > ahead[0]])
        following[rows] = later[np.searchsorted(later, ahead[0] + np.maximum(review_days[rows], 1.0) - 1e-9)]
    return wait, following


def _ahead(today: int, days: list[int]) -> list[int]:
    return sorted((day - today) % 7 for day in days)


def _steps(ahead: list[int]) -> list[int]:
    return [day - ahead[0] for day in ahead]
