"""The inventory position of each planned item-location: what there is, what comes in time, what is owed.

Own orders in flight count as supply line by line; orders promised later than a new one would be do not hide a need.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bot.snapshot.dataset import Snapshot

KEYS = ["item", "location"]
PHYSICAL = ["on_hand", "inspection", "in_transit", "blocked", "reserved", "backorders"]


OVERDUE_DAYS = 90  # open orders overdue by more, and by more than OVERDUE_LEADS planned lead times, are in doubt
OVERDUE_LEADS = 3.0


@dataclass(frozen=True, slots=True)
class Due:
    """Days that decide what counts, datetime64[D] [n] each.

    `until`: last day of the interval; `planned`: when the supplier would promise an order of today; `arrival`:
    when it is expected; `oldest`: open orders promised earlier are no longer believed.
    """

    until: np.ndarray
    planned: np.ndarray
    arrival: np.ndarray
    oldest: np.ndarray


def due_days(as_of: date, until: np.ndarray, wait: np.ndarray, planned: np.ndarray, lead: np.ndarray) -> Due:
    """The days for intervals that end with `until`; all others are days [n]: `planned` and expected lead times.

    An unknown planned lead time is none.
    """
    today = np.datetime64(as_of, "D")
    known = np.nan_to_num(planned)
    return Due(
        until,
        today + _days(wait + known),
        today + _days(wait + np.maximum(known, lead)),
        today - _days(np.maximum(OVERDUE_DAYS, OVERDUE_LEADS * known)),
    )


def _days(count: np.ndarray) -> np.ndarray:
    return np.asarray(np.ceil(count).astype("timedelta64[D]"))


def project(
    rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame] | Snapshot, in_flight: pd.DataFrame, due: Due
) -> pd.DataFrame:
    """Positions in the row order of `rows` from the tables stock, open_orders and requirements.

    An open order counts unless it is due after the interval and after the day that an order of today would be
    promised for: otherwise own orders would vanish behind a supplier who is faster than planned, and be
    ordered again every day. Orders without a promise count.

    Columns, in base units: the stock columns, stock_known (bool), on_order (overdue included), on_order_later,
    on_order_slow (part of on_order that arrives after an order of today would), on_order_in_doubt (overdue for
    so long that it counts no more), in_flight, firm (reservations and sales orders due by `until`), added
    (dependent and one-off needs due by `until`), inventory_position = on_hand + inspection + in_transit +
    on_order + in_flight - reserved - backorders.
    """
    stock, requirements = tables["stock"], tables["requirements"]
    merged = rows[KEYS].merge(stock[[*KEYS, *PHYSICAL, "counted_on"]], how="left", on=KEYS)
    place = Places(rows)
    columns = {
        **_open(place, tables["open_orders"], due),
        "in_flight": place.total(place.of(in_flight), in_flight["quantity"].to_numpy(dtype="float64")),
        "firm": _needs(place, requirements, due.until, ("reservation", "sales_order")),
        "added": _needs(place, requirements, due.until, ("dependent", "one_off")),
    }
    positions = merged.assign(stock_known=merged["on_hand"].notna(), **columns).fillna(dict.fromkeys(PHYSICAL, 0.0))
    supply = positions[["on_hand", "inspection", "in_transit", "on_order", "in_flight"]].sum(axis=1)
    return positions.assign(inventory_position=supply - positions["reserved"] - positions["backorders"])


def _open(place: "Places", open_orders: pd.DataFrame, due: Due) -> dict[str, np.ndarray]:
    """Open orders by what they are good for, [n] each."""
    promised = open_orders["promised_on"].to_numpy().astype("datetime64[D]")
    quantity = open_orders["quantity_open"].to_numpy(dtype="float64")
    where = place.of(open_orders)
    where, promised, quantity = (each[where >= 0] for each in (where, promised, quantity))
    late = promised > np.maximum(due.until, due.planned)[where]
    doubted = promised < due.oldest[where]
    counted = ~late & ~doubted
    parts = {
        "on_order": counted,
        "on_order_later": late,
        "on_order_slow": counted & (promised > due.arrival[where]),
        "on_order_in_doubt": doubted,
    }
    return {name: place.total(where, np.where(part, quantity, 0.0)) for name, part in parts.items()}


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
