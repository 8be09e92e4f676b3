"""Turns the simulated history into canonical demand, receipts and open orders with document numbers.

It makes no choice about quantities or days; those come from `supply`.
"""

from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import LOCATIONS, Catalog
from connectors.sandbox.demand import Wanted
from connectors.sandbox.supply import Supplied

Array = np.ndarray[Any, Any]
_FIRST = {"s4": 4500010000, "fusion": 160001}


def history_tables(
    rng: np.random.Generator, catalog: Catalog, wanted: Wanted, supplied: Supplied
) -> dict[str, pd.DataFrame]:
    """Return demand, receipts and open_orders."""
    lines = _lines(catalog, wanted, supplied)
    return {
        "demand": _demand(rng, catalog, wanted, supplied),
        "receipts": _receipts(lines, wanted, supplied),
        "open_orders": _open_orders(lines, supplied),
    }


def _demand(rng: np.random.Generator, catalog: Catalog, wanted: Wanted, supplied: Supplied) -> pd.DataFrame:
    """Sales and issues that took place, plus rows of 0 on days without stock, plus returns."""
    dry = supplied.open_share < 1.0
    pair, day = np.nonzero((supplied.sold > 0) | dry)
    item, location = catalog.pairs["_item"].to_numpy()[pair], catalog.pairs["_location"].to_numpy()[pair]
    promoted = wanted.promoted[item]
    sales = _demand_rows(
        catalog, pair, wanted.days[day], supplied.sold[pair, day], np.where(location == 1, "issue", "sale")
    )
    sales["in_stock"] = np.round(supplied.open_share[pair, day], 4)
    sales["price"] = np.where(location == 1, np.nan, wanted.price[item, day])
    sales["promotion"] = np.where(promoted, wanted.promotion[item, day], 0.0)
    back = np.flatnonzero((rng.random(len(sales)) < 0.004) & (sales["quantity"].to_numpy() >= 4))
    later = np.minimum(day[back] + rng.integers(1, 9, len(back)), len(wanted.days) - 1)
    amount = np.ceil(sales["quantity"].to_numpy()[back] * 0.25)
    returned = _demand_rows(catalog, pair[back], wanted.days[later], amount, np.full(len(back), "return"))
    rows = pd.concat([sales, returned.assign(in_stock=np.nan, price=np.nan, promotion=np.nan)], ignore_index=True)
    return rows.sort_values(["location", "item", "date"], kind="stable", ignore_index=True)


def _demand_rows(catalog: Catalog, pair: Array, days: pd.DatetimeIndex, quantity: Array, kind: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": catalog.pairs["item"].to_numpy()[pair], "location": catalog.pairs["location"].to_numpy()[pair],
            "date": days, "quantity": quantity, "kind": kind.astype(object),
        }
    )  # fmt: skip


def _lines(catalog: Catalog, wanted: Wanted, supplied: Supplied) -> pd.DataFrame:
    """Order lines with document numbers: one document per day, supplier and location."""
    raw = supplied.lines
    location = catalog.pairs["_location"].to_numpy()[raw["pair"]]
    frame = raw.assign(location=np.array([row[0] for row in LOCATIONS], dtype=object)[location])
    frame["item"] = catalog.pairs["item"].to_numpy()[raw["pair"]]
    frame["system"] = np.array([row[1] for row in LOCATIONS], dtype=object)[location]
    frame["supplier_code"] = catalog.suppliers["supplier"].to_numpy()[raw["supplier"]]
    document = frame.groupby(["day", "supplier", "location"], sort=True).ngroup()
    frame["position"] = frame.groupby(document).cumcount() + 1
    numbers = []
    for system, first in _FIRST.items():
        own = frame["system"] == system
        numbers.append((document[own].rank(method="dense").astype(int) + first - 1).astype(str))
    frame["order_ref"] = pd.concat(numbers).sort_index()
    step = np.where(frame["system"] == "s4", 10, 1)
    terms = catalog.sourcing.drop_duplicates(["item", "location"])[
        ["item", "location", "price", "currency", "price_unit"]
    ]
    frame = frame.merge(terms, on=["item", "location"], how="left", validate="many_to_one")
    start = wanted.days[0]
    return pd.DataFrame(
        {
            "order_ref": frame["order_ref"], "line": (frame["position"] * step).astype(str), "schedule": "1",
            "item": frame["item"], "location": frame["location"], "supplier": frame["supplier_code"],
            "quantity_ordered": frame["quantity"], "ordered_on": _days(start, frame["day"]),
            "requested_on": _days(start, frame["first_promise"]), "promised_on": _days(start, frame["last_promise"]),
            "first_promised_on": _days(start, frame["first_promise"]),
            "price": np.round(frame["price"] / frame["price_unit"], 6), "currency": frame["currency"],
            "order_key": "", "_line": frame["line"],
            "_closed": frame["closed"] & (frame["closed_day"] < len(wanted.days)),
            "_closed_on": _days(start, frame["closed_day"]),
        }
    )  # fmt: skip


def _days(start: pd.Timestamp, day: pd.Series) -> pd.Series:
    return start + pd.to_timedelta(day.astype(int), unit="D")


def _receipts(lines: pd.DataFrame, wanted: Wanted, supplied: Supplied) -> pd.DataFrame:
    """One row per arrival; a line closed without goods has quantity 0, no day, and says who closed it."""
    arrivals = supplied.arrivals.rename(columns={"line": "_line"})
    arrived = arrivals.merge(lines, on="_line", validate="many_to_one")
    never = pd.Series(pd.NaT, index=range(len(arrived) + len(lines)), dtype="datetime64[us]")
    arrived = arrived.assign(
        quantity_received=arrived["quantity"], quantity_rejected=arrived["rejected"],
        received_on=_days(wanted.days[0], arrived["day"]), closed_on=never, closed_by="",
    )  # fmt: skip
    closed = lines[lines["_closed"]]
    closed = closed.assign(
        quantity_received=0.0, quantity_rejected=0.0, received_on=never,
        closed_on=closed["_closed_on"],
        closed_by="supplier",
    )  # fmt: skip
    names = [
        "order_ref", "line", "item", "location", "supplier", "quantity_ordered", "quantity_received", "ordered_on",
        "promised_on", "received_on", "schedule", "requested_on", "first_promised_on", "quantity_rejected", "price",
        "currency", "order_key", "closed_on", "closed_by",
    ]  # fmt: skip
    return pd.concat([arrived[names], closed[names]], ignore_index=True)


def _open_orders(lines: pd.DataFrame, supplied: Supplied) -> pd.DataFrame:
    got = supplied.arrivals.groupby("line")["quantity"].sum()
    rest = lines["quantity_ordered"] - lines["_line"].map(got).fillna(0.0)
    open_lines = lines[(rest > 0) & ~lines["_closed"]]
    names = [
        "order_ref", "line", "item", "location", "quantity_open", "promised_on", "schedule", "supplier",
        "from_location", "ordered_on", "requested_on", "first_promised_on", "quantity_ordered", "order_key", "price",
        "currency",
    ]  # fmt: skip
    return open_lines.assign(quantity_open=rest, from_location="")[names].reset_index(drop=True)
