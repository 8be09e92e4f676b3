"""First promises that follow-up has seen, for ERPs that show only the newest one.

It fills gaps; a first promise that the ERP itself keeps is never replaced.
"""

import pandas as pd

_LINE = ["item", "location"]


def with_first_promises(table: pd.DataFrame, promises: pd.DataFrame) -> pd.DataFrame:
    """Return `table` (receipts or open_orders) with `first_promised_on` filled where it is empty.

    `promises` has order_ref, order_key, item, location, first_promised_on; lines are found by order_ref, else by
    order_key. Several first promises of one item in an order count as the earliest.
    """
    if table.empty or promises.empty:
        return table
    found = table["first_promised_on"]
    for name in ("order_ref", "order_key"):
        found = found.fillna(_looked_up(table, promises, name))
    return table.assign(first_promised_on=found.astype(table["first_promised_on"].dtype))


def _looked_up(table: pd.DataFrame, promises: pd.DataFrame, name: str) -> pd.Series:
    known = promises[promises[name].astype("str") != ""]
    first = known.groupby([known[name].astype("str"), *(known[key].astype("str") for key in _LINE)])
    days = first["first_promised_on"].min()
    wanted = pd.MultiIndex.from_arrays([table[key].astype("str") for key in (name, *_LINE)])
    return pd.Series(days.reindex(wanted).to_numpy(), index=table.index)
