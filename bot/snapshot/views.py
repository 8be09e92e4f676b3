"""Questions about a snapshot that several steps ask: which demand counts, what was usual, what is in doubt.

It answers in columns aligned to the planned item-locations; it forecasts and judges nothing.
"""

import numpy as np
import pandas as pd

from bot.snapshot.dataset import Snapshot

KEYS = ["item", "location"]
USUAL_ORDERS = 12
USUAL_PRICES = 3  # one wrong price among them does not become the usual one
ORDERABLE = frozenset(("active",))
DOUBTFUL_SHARE = 0.05  # share of an item-location's demand rows set aside that calls for a person


def demand_history(snapshot: Snapshot) -> pd.DataFrame:
    """Demand rows that count: transfers are left out where a receiver is planned with its own supplier.

    The receivers of a location are those whose `supplied_from` it is.
    """
    demand = snapshot["demand"]
    if "kind" not in demand or not snapshot.has("locations"):
        return demand
    transfers = (demand["kind"] == "transfer").to_numpy(dtype=bool)
    if not transfers.any():
        return demand
    fed = snapshot["locations"][["location", "supplied_from"]].dropna()
    bought = snapshot["sourcing"][KEYS].drop_duplicates()
    if snapshot.has("item_locations"):
        bought = bought.merge(snapshot["item_locations"][KEYS], on=KEYS)
    givers = bought.merge(fed, on="location")[["item", "supplied_from"]].drop_duplicates()
    pairs = pd.MultiIndex.from_frame(demand.loc[transfers, KEYS].astype("str"))
    out = np.zeros(len(demand), dtype=bool)
    out[np.flatnonzero(transfers)] = pairs.isin(pd.MultiIndex.from_frame(givers.astype("str")))
    return demand[~out]


def known_signals(snapshot: Snapshot, morning: pd.Timestamp | None = None) -> pd.DataFrame:
    """Signals as they were known on a morning (default: the planning day's): the last value published before it.

    A backtest asks for each of its mornings, so that a value that came later, or was corrected later, is not seen.
    """
    day = pd.Timestamp(snapshot.as_of) if morning is None else morning
    signals = snapshot["signals"]
    known = signals[signals["available_on"] < day]
    what = ["name", "date", *KEYS, "category"]
    return known.sort_values("available_on", kind="stable").drop_duplicates(what, keep="last").sort_index()


def set_aside(snapshot: Snapshot, rows: pd.DataFrame, *tables: str) -> np.ndarray:
    """Number of quarantined rows of these tables per planned item-location, [n].

    Demand of the planning day or later is not read, so a bad row of it does not count.
    """
    bad = snapshot.quarantine[snapshot.quarantine["table"].isin(tables)].drop_duplicates(["table", "row"])
    bad = bad[(bad["table"] != "demand") | (bad["date"] < snapshot.as_of.isoformat())]
    if bad.empty:
        return np.zeros(len(rows))
    counts = bad.groupby(KEYS).size()
    wanted = pd.MultiIndex.from_frame(rows[KEYS].astype("str"))
    return counts.reindex(wanted).fillna(0).to_numpy(dtype="float64")


def items_set_aside(snapshot: Snapshot, rows: pd.DataFrame) -> np.ndarray:
    """Rows whose item has only quarantined master data, or any such row for the item at the location, [n] bool.

    What was set aside there may have been a veto: a status, or that nothing is ordered automatically.
    """
    here = set_aside(snapshot, rows, "item_locations") > 0
    if not snapshot.received.get("items"):
        return np.asarray(here)
    return np.asarray(here | ~rows["item"].isin(snapshot["items"]["item"].astype("str")).to_numpy(dtype=bool))


def suppliers_set_aside(snapshot: Snapshot, offers: pd.DataFrame) -> np.ndarray:
    """Offers of which any master data row of the supplier was set aside, [n] bool: it may have been a veto."""
    bad = snapshot.quarantine.loc[snapshot.quarantine["table"] == "suppliers", "supplier"]
    return np.asarray(offers["supplier"].astype("str").isin(bad[bad != ""]).to_numpy(dtype=bool))


def inactive(snapshot: Snapshot, rows: pd.DataFrame) -> np.ndarray:
    """Rows whose item, or item at the location, may not be ordered: blocked, phased out, discontinued, ended."""
    items = rows[["item"]].merge(snapshot["items"][["item", "status", "ends_on"]], how="left", on="item")
    here = rows[KEYS].merge(snapshot["item_locations"][[*KEYS, "status"]], how="left", on=KEYS)
    stopped = ~items["status"].astype("str").fillna("active").isin(ORDERABLE)
    stopped |= ~here["status"].astype("str").fillna("active").isin(ORDERABLE)
    return np.asarray(stopped | (items["ends_on"] < pd.Timestamp(snapshot.as_of)))


def usual_orders(snapshot: Snapshot, offers: pd.DataFrame) -> pd.DataFrame:
    """Median size of the last 12 orders [base units] and of the last 3 prices paid per base unit.

    Aligned to `offers` (item, location, supplier, currency); NaN where nothing was ever received, or paid in the
    offer's currency. A line that arrived in parts is one order.
    """
    lines = _order_lines(snapshot)
    last = lines.groupby(KEYS, observed=True).tail(USUAL_ORDERS)
    usual = last.groupby(KEYS, observed=True)["quantity_ordered"].median().rename("usual_quantity")
    merged = offers[KEYS].merge(usual.reset_index(), how="left", on=KEYS)
    return pd.DataFrame({"usual_quantity": merged["usual_quantity"], "last_price": _paid(lines, offers)})


def _order_lines(snapshot: Snapshot) -> pd.DataFrame:
    """Order lines with receipts before the planning day, one row each, oldest first; ties by order and line."""
    as_of = pd.Timestamp(snapshot.as_of)
    ahead = (snapshot["receipts"]["ordered_on"] >= as_of) | (snapshot["receipts"]["received_on"] >= as_of)
    receipts = snapshot["receipts"][~ahead.to_numpy(dtype=bool)]
    receipts = receipts.sort_values(["ordered_on", "order_ref", "line", "schedule", "received_on"], kind="stable")
    return receipts.drop_duplicates(["order_ref", "line", "schedule", *KEYS], keep="last")


def _paid(lines: pd.DataFrame, offers: pd.DataFrame) -> np.ndarray:
    """Median of the last prices paid to the supplier, [n]; NaN where none was in the offer's currency."""
    key = [*KEYS, "supplier"]
    last = lines[lines["price"].notna()].groupby(key, observed=True).tail(USUAL_PRICES)
    wanted = offers[[*key, "currency"]].assign(place=np.arange(len(offers)))
    found = wanted.merge(last[[*key, "price", "currency"]], on=key, suffixes=("", "_paid"))
    same = found["currency_paid"].isna() | (found["currency"].astype("str") == found["currency_paid"].astype("str"))
    medians = found[same.to_numpy(dtype=bool)].groupby("place")["price"].median()
    return medians.reindex(range(len(offers))).to_numpy(dtype="float64")


def lots_in_doubt(snapshot: Snapshot, offers: pd.DataFrame) -> np.ndarray:
    """Offers whose lots contradict what was ordered before, as when boxes are counted as pieces, [n] bool.

    That is so when the least that can be ordered (moq, order_multiple) is above each of the last 12 orders, or
    when none of the last 3 was a whole number of packs.
    """
    lines = _order_lines(snapshot)[[*KEYS, "quantity_ordered"]]
    grouped = lines.groupby(KEYS, observed=True)
    lots = offers[[*KEYS, "moq", "order_multiple"]].assign(place=np.arange(len(offers)))
    least = np.fmax(lots["moq"].to_numpy(dtype="float64"), lots["order_multiple"].to_numpy(dtype="float64"))
    largest = grouped.tail(USUAL_ORDERS).groupby(KEYS, observed=True)["quantity_ordered"].max().reset_index()
    known = lots[[*KEYS, "place"]].merge(largest, how="left", on=KEYS).sort_values("place")
    recent = lots.merge(grouped.tail(USUAL_PRICES), on=KEYS)
    rest = recent["quantity_ordered"] % recent["order_multiple"].where(recent["order_multiple"] > 0)
    whole = (rest < 1e-6) | (recent["order_multiple"] - rest < 1e-6) | rest.isna()
    torn = (~whole).groupby(recent["place"]).all().reindex(range(len(offers)), fill_value=False).to_numpy(dtype=bool)
    return np.asarray((least > known["quantity_ordered"].to_numpy(dtype="float64")) | torn)


def known_codes(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """The canonical codes of items, locations, suppliers and categories, for checking policies against."""
    return {
        "items": frozenset(snapshot["items"]["item"].astype("str")),
        "locations": frozenset(snapshot["locations"]["location"].astype("str")),
        "suppliers": frozenset(
            code for name in ("sourcing", "suppliers") for code in snapshot[name]["supplier"].astype("str")
        ),
        "categories": frozenset(snapshot["items"]["category"].dropna().astype("str")),
    }
