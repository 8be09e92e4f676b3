"""When an order may go out and when the next one may: review periods and suppliers' order days.

Days are calendar days; closed days of suppliers and sites are not known here yet.
"""

import numpy as np
import pandas as pd


def next_orders(as_of: pd.Timestamp, order_days: pd.Series, review_days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days from `as_of` to this and to the following order opportunity, both [n].

    Without order days the next order is today and the following after the review period (whole days, at
    least one); with order days (ISO weekdays `1,4`) they are the listed weekdays, the following one at least
    a review period later.
    """
    wait = np.zeros(len(order_days))
    review = np.maximum(np.rint(review_days), 1.0)
    following = review.copy()
    codes, texts = pd.factorize(order_days.astype("str"))
    for code, text in enumerate(texts):
        ahead = _ahead(as_of.isoweekday(), str(text))
        if len(ahead):
            rows = np.flatnonzero(codes == code)
            wait[rows] = ahead[0]
            following[rows] = _first_at_or_after(ahead, ahead[0] + review[rows])
    return wait, following


def _ahead(today: int, text: str) -> np.ndarray:
    """Days from today to each listed weekday, 0 to 6, ascending; empty when none is listed."""
    return np.unique([(int(day) - today) % 7 for day in text.split(",") if day.strip()])


def _first_at_or_after(ahead: np.ndarray, least: np.ndarray) -> np.ndarray:
    """First listed weekday on or after `least` days from today, [n]."""
    weeks, rest = np.divmod(least, 7.0)
    return np.asarray(7.0 * weeks + np.append(ahead, ahead[0] + 7)[np.searchsorted(ahead, rest)])
