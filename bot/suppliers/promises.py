"""First promises that follow-up has seen, for ERPs that show only the newest one.

It fills gaps; a first promise that the ERP itself keeps is never replaced.
"""

import pandas as pd

_LINE = ("item", "location")


def with_first_promises(table: pd.DataFrame, promises: pd.DataFrame) -> pd.DataFrame:
    """Return `table` (receipts or open_orders) with `first_promised_on` filled where it is empty.

    `promises` has order_ref, order_key, item, location, first_promised_on; lines are found by order_ref, else by
    order_key. Several first promises of one item in an order count as the earliest.
    """
    if table.empty or promises.empty:
        return table
    found = table["first_promised_on"].copy()
    for name in ("order_ref", "order_key"):
        ours = promises[promises[name].astype("str") != ""]
        rows = table.index[found.isna() & table[name].astype("str").isin(set(ours[name].astype("str")))]
        if len(rows):
            found[rows] = _looked_up(table.loc[rows], ours, name).astype(found.dtype)
    return table.assign(first_promised_on=found)


def _looked_up(rows: pd.DataFrame, promises: pd.DataFrame, name: str) -> pd.Series:
    keys = [name, *_LINE]
    days = promises.groupby([promises[key].astype("str") for key in keys])["first_promised_on"].min()
    wanted = pd.MultiIndex.from_arrays([rows[key].astype("str") for key in keys])
    return pd.Series(days.reindex(wanted).to_numpy(), index=rows.index)
