"""One row per order line with its outcome: what was promised, what came, when; receipts and open lines together.

It judges nothing; `score` and the lead-time distribution read it.
"""

import numpy as np
import pandas as pd

LINE = ["order_ref", "line", "schedule"]


def outcomes(receipts: pd.DataFrame, open_orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return one row per purchase order line that ended or is overdue on `as_of`.

    Columns: supplier, item, location, ordered_on, due_on (first promise, else last), ended_on (last
    receipt or closing; NaT = still open), quantity_ordered, quantity_received, days (order to weighted
    receipt; for open lines their age), arrived (False = the days are a lower bound), theirs (False = the
    buyer closed the line, so it says nothing about the supplier).
    """
    return pd.concat([_closed(receipts, as_of), _overdue(open_orders, as_of)], ignore_index=True)


def _closed(receipts: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    known = receipts[~(receipts["received_on"] >= as_of)]
    quantity = known["quantity_received"].to_numpy()
    days = (known["received_on"] - known["ordered_on"]).dt.days.to_numpy(dtype="float64", na_value=np.nan)
    came = np.isfinite(days) & (quantity > 0)
    rows = known.assign(
        due_on=known["first_promised_on"].fillna(known["promised_on"]),
        ended_on=known["received_on"].fillna(known["closed_on"]),
        weighted=np.where(came, days * quantity, 0.0),
        weight=np.where(came, quantity, 0.0),
        theirs=(known["closed_by"].astype("str") != "buyer").fillna(True),
        _line=known["order_ref"].astype("str") + "\x1f" + known["line"].astype("str") + "\x1f"
        + known["schedule"].astype("str").fillna(""),
    )  # fmt: skip
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
    """Open purchase lines past their promise: failures so far, and lead times of at least their age."""
    due_on = open_orders["first_promised_on"].fillna(open_orders["promised_on"])
    late = open_orders["supplier"].notna() & (due_on < as_of)
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
