"""One row per order line with its outcome: what was promised, what came, when; receipts and open lines together.

It judges nothing; `score` and the lead-time distribution read it.
"""

import numpy as np
import pandas as pd

TOLERANCE_DAYS = 1  # a line this many days after its promise is still on time
FULL_SHARE = 0.95  # a line with this share received is complete
_NAMES = ["order_ref", "line", "schedule"]


def outcomes(receipts: pd.DataFrame, open_orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row per purchase order line that ended or is overdue on `as_of` (known: what happened before it).

    A line that was received in part and is still open counts once: as overdue, or not yet at all.

    Columns: supplier, item, location, ordered_on, due_on (first promise, else last), ended_on (last
    receipt or closing; NaT = still open), quantity_ordered, quantity_received, days (order to weighted
    receipt; for open lines their age), arrived (False = the days are a lower bound), theirs (False = the
    buyer closed the line, so it says nothing about the supplier).
    """
    missing = open_orders["quantity_open"] > (1.0 - FULL_SHARE) * open_orders["quantity_ordered"].fillna(0.0)
    still_open = open_orders[missing.to_numpy(dtype=bool) & open_orders["supplier"].notna().to_numpy(dtype=bool)]
    lines, schedules = _numbers(pd.concat([receipts[_NAMES].astype("str"), still_open[_NAMES].astype("str")]))
    ended = ~_among(lines, schedules, len(receipts))
    closed = _closed(receipts[ended], schedules[: len(receipts)][ended], as_of)
    return pd.concat([closed, _overdue(still_open, as_of)], ignore_index=True)


def _numbers(names: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """One number per order line and one per schedule of it, [n] each; schedule numbers of rows without one are < 0."""
    order, line, schedule = (pd.factorize(names[name])[0].astype(np.int64) for name in _NAMES)
    lines = order * (line.max(initial=0) + 1) + line
    return lines, np.where(schedule < 0, -1 - lines, lines * (schedule.max(initial=0) + 1) + schedule)


def _among(lines: np.ndarray, schedules: np.ndarray, count: int) -> np.ndarray:
    """Which of the first `count` rows (receipts) belong to the rest (lines still open), [count].

    Where either side names no schedule, the line decides.
    """
    vague = schedules[count:] < 0
    of_line = np.isin(lines[:count], lines[count:]) & (schedules[:count] < 0)
    of_vague = np.isin(lines[:count], lines[count:][vague])
    return np.asarray(of_line | of_vague | np.isin(schedules[:count], schedules[count:]))


def _closed(receipts: pd.DataFrame, schedules: np.ndarray, as_of: pd.Timestamp) -> pd.DataFrame:
    ahead = (receipts["received_on"] >= as_of) | (receipts["received_on"].isna() & (receipts["closed_on"] >= as_of))
    known = receipts[~ahead.to_numpy(dtype=bool)]
    quantity = known["quantity_received"].to_numpy()
    days = (known["received_on"] - known["ordered_on"]).dt.days.to_numpy(dtype="float64", na_value=np.nan)
    came = np.isfinite(days) & (quantity > 0)
    rows = known.assign(
        due_on=known["first_promised_on"].fillna(known["promised_on"]),
        ended_on=known["received_on"].fillna(known["closed_on"]),
        weighted=np.where(came, days * quantity, 0.0),
        weight=np.where(came, quantity, 0.0),
        theirs=(known["closed_by"].astype("str") != "buyer").fillna(True),
        _line=schedules[~ahead.to_numpy(dtype=bool)],
    )
    lines = rows.groupby("_line", sort=False, observed=True).agg(
        supplier=("supplier", "first"), item=("item", "first"), location=("location", "first"),
        ordered_on=("ordered_on", "min"), due_on=("due_on", "min"), ended_on=("ended_on", "max"),
        quantity_ordered=("quantity_ordered", "max"), quantity_received=("quantity_received", "sum"),
        weighted=("weighted", "sum"), weight=("weight", "sum"), theirs=("theirs", "all"),
    )  # fmt: skip
    weight = lines["weight"].to_numpy()
    mean_days = np.divide(lines["weighted"].to_numpy(), weight, out=np.full(len(lines), np.nan), where=weight > 0)
    return lines.drop(columns=["weighted", "weight"]).assign(days=mean_days, arrived=weight > 0).reset_index(drop=True)


def _overdue(open_orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Open purchase lines past their promise and the tolerance: failures so far, lead times at least their age."""
    due_on = open_orders["first_promised_on"].fillna(open_orders["promised_on"])
    late = due_on < as_of - pd.Timedelta(days=TOLERANCE_DAYS)
    rows, due_on = open_orders[late], due_on[late]
    return pd.DataFrame(
        {
            "supplier": rows["supplier"], "item": rows["item"], "location": rows["location"],
            "ordered_on": rows["ordered_on"], "due_on": due_on, "ended_on": pd.NaT,
            "quantity_ordered": rows["quantity_ordered"].fillna(rows["quantity_open"]),
            "quantity_received": (rows["quantity_ordered"] - rows["quantity_open"]).clip(lower=0.0).fillna(0.0),
            "days": (as_of - rows["ordered_on"]).dt.days.astype("float64"), "arrived": False, "theirs": True,
        }
    ).astype({"ended_on": "datetime64[s]"})  # fmt: skip
