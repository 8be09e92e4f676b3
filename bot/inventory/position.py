"""The inventory position of each planned item-location: what there is, what comes in time, what is owed.

Own orders in flight count as supply line by line; orders promised after the interval do not hide a need.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bot.snapshot.dataset import Snapshot

KEYS = ["item", "location"]
PHYSICAL = ["on_hand", "inspection", "in_transit", "blocked", "reserved", "backorders"]


def project(
    rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame] | Snapshot, in_flight: pd.DataFrame, until: np.ndarray
) -> pd.DataFrame:
    """Positions in the row order of `rows` from the tables stock, open_orders and requirements.

    `until` [n] datetime64[D] is the last day of each interval; orders without a promise count as due by then.

    Columns, in base units: the stock columns, stock_known (bool), on_order (due by `until`, overdue
    included), on_order_later, in_flight, firm (reservations and sales orders due by `until`), added
    (dependent and one-off needs due by `until`), inventory_position = on_hand + inspection + in_transit +
    on_order + in_flight - reserved - backorders.
    """
    stock, open_orders, requirements = (tables[name] for name in ("stock", "open_orders", "requirements"))
    merged = rows[KEYS].merge(stock[[*KEYS, *PHYSICAL, "counted_on"]], how="left", on=KEYS)
    place = Places(rows)
    due = open_orders["promised_on"].to_numpy().astype("datetime64[D]")
    where = place.of(open_orders)
    late = (where >= 0) & (due > until[np.maximum(where, 0)])
    quantity = open_orders["quantity_open"].to_numpy(dtype="float64")
    columns = {
        "on_order": place.total(where, np.where(late, 0.0, quantity)),
        "on_order_later": place.total(where, np.where(late, quantity, 0.0)),
        "in_flight": place.total(place.of(in_flight), in_flight["quantity"].to_numpy(dtype="float64")),
        "firm": _needs(place, requirements, until, ("reservation", "sales_order")),
        "added": _needs(place, requirements, until, ("dependent", "one_off")),
    }
    positions = merged.assign(stock_known=merged["on_hand"].notna(), **columns).fillna(dict.fromkeys(PHYSICAL, 0.0))
    supply = positions[["on_hand", "inspection", "in_transit", "on_order", "in_flight"]].sum(axis=1)
    return positions.assign(inventory_position=supply - positions["reserved"] - positions["backorders"])


def _needs(place: "Places", requirements: pd.DataFrame, until: np.ndarray, kinds: tuple[str, ...]) -> np.ndarray:
    where = place.of(requirements)
    due = requirements["due_on"].to_numpy().astype("datetime64[D]")
    counted = (where >= 0) & requirements["kind"].isin(kinds).to_numpy() & (due <= until[np.maximum(where, 0)])
    return place.total(where, np.where(counted, requirements["quantity"].to_numpy(dtype="float64"), 0.0))


class Places:
    """Finds the row number of an item-location, by category codes; frames with other dtypes are matched by text."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._known = [_categories(rows[key]) for key in KEYS]
        self._n = len(rows)
        self._codes = self._pair(rows)
        self._order = np.argsort(self._codes, kind="stable")
        self._sorted = self._codes[self._order]

    def _pair(self, frame: pd.DataFrame) -> np.ndarray:
        item, location = (_codes(frame[key], known) for key, known in zip(KEYS, self._known, strict=True))
        return np.where((item >= 0) & (location >= 0), item * max(len(self._known[1]), 1) + location, -1)

    def of(self, frame: pd.DataFrame) -> np.ndarray:
        """Row number of each row of `frame`, -1 where it is not planned."""
        if not self._n or frame.empty:
            return np.full(len(frame), -1, dtype=np.int64)
        pair = self._pair(frame)
        spot = np.minimum(np.searchsorted(self._sorted, pair), self._n - 1)
        row = self._order[spot]
        return np.where((self._codes[row] == pair) & (pair >= 0), row, -1)

    def total(self, where: np.ndarray, quantity: np.ndarray) -> np.ndarray:
        """Sum of `quantity` per row, [n]."""
        hit = where >= 0
        return np.bincount(where[hit], weights=quantity[hit], minlength=self._n)


def _categories(column: pd.Series) -> pd.Index:
    dtype = column.dtype
    return dtype.categories if isinstance(dtype, pd.CategoricalDtype) else pd.Index(column.dropna().unique())


def _codes(column: pd.Series, known: pd.Index) -> np.ndarray:
    """Position of each value in `known`, int64 [n]; -1 where it is missing or foreign."""
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.categories.equals(known):
        return np.asarray(column.cat.codes.to_numpy(dtype=np.int64))
    return np.asarray(known.astype("str").get_indexer(pd.Index(column.astype("str"))), dtype=np.int64)
