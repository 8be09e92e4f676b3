"""Makes about one in a hundred rows dirty and remembers where each enters and how it must end.

The rules that catch dirt live elsewhere and are not known here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import ZERO_CODE

Tables = dict[str, pd.DataFrame]
Files = dict[str, list[dict[str, str]]]
Pair = tuple[str, str]
_NAMES = ("زيت المحرك \u200f10", "Bolt 🔩 M8", "Cafe\u0301 filter", "=cmd|' /C calc'!A0")


@dataclass(frozen=True, slots=True)
class Dirt:
    """One dirty row: fault number, table, key, route `wire` or `files`, and how it must end.

    `expected` is quarantine (the row is set aside), not_plannable (its item-location is left out with a reason),
    hold (an order for it goes to a person), counted_once, or harmless (read as if it were clean).
    """

    fault: int
    table: str
    key: dict[str, str]
    route: str
    expected: str
    note: str = ""


def soil(
    rng: np.random.Generator, tables: Tables, systems: dict[str, str], as_of: date
) -> tuple[Tables, tuple[Dirt, ...], Files]:
    """Return the tables with wire dirt, the list of all dirt, and raw rows for the files connector."""
    work = _Soiler(rng, {name: frame.copy() for name, frame in tables.items()}, systems, as_of)
    for step in (work.stock, work.terms, work.lead_times, work.spikes, work.dates, work.names, work.raw_rows):
        step()
    return work.tables, tuple(work.found), work.files


class _Soiler:
    """Soils a copy of the tables step by step; every step takes item-locations that no other step took."""

    def __init__(self, rng: np.random.Generator, tables: Tables, systems: dict[str, str], as_of: date) -> None:
        self.tables = tables
        self.found: list[Dirt] = []
        self.files: Files = {}
        self._as_of = as_of
        self._systems = systems
        short, ample, rest = _by_need(tables)
        parts = (short, ample, rest)
        pools = {system: [self._pool(rng, part, system) for part in parts] for system in ("s4", "fusion")}
        self._ample = {system: chain(pool[1], pool[2]) for system, pool in pools.items()}
        self._short = {system: chain(pool[0], self._ample[system]) for system, pool in pools.items()}

    def _pool(self, rng: np.random.Generator, pairs: list[Pair], system: str) -> Iterator[Pair]:
        own = [pair for pair in pairs if self._systems[pair[1]] == system]
        return iter([own[i] for i in rng.permutation(len(own))])

    def _note(self, fault: int, table: str, key: dict[str, str], expected: str, note: str, route: str = "wire") -> None:
        self.found.append(Dirt(fault, table, key, route, expected, note))

    def _rows(self, table: str, pair: Pair) -> pd.Series:
        frame = self.tables[table]
        mask: pd.Series = (frame["item"] == pair[0]) & (frame["location"] == pair[1])
        return mask

    def _set(self, table: str, column: str, pair: Pair, change: Callable[[pd.Series], Any]) -> None:
        frame, mask = self.tables[table], self._rows(table, pair)
        frame.loc[mask, column] = change(frame.loc[mask, column])

    def stock(self) -> None:
        """43: stock below zero."""
        for pair in (next(self._ample["s4"]), next(self._ample["s4"]), next(self._ample["fusion"])):
            self._set("stock", "on_hand", pair, lambda _: -7.0)
            self._note(43, "stock", _key(pair), "not_plannable", "stock is negative")

    def terms(self) -> None:
        """44 units, 45 price units, 46 currencies, all on item-locations that need an order."""
        for system in ("s4", "fusion"):
            pair = next(self._short[system])
            for column in ("moq", "order_multiple"):
                self._set("sourcing", column, pair, lambda values: values * 100.0)
            self._drop_breaks(pair)
            self._note(44, "sourcing", _key(pair), "hold", "minimum and pack count boxes of 100 as pieces")
        pair = next(self._short["s4"])
        self._set("sourcing", "price", pair, lambda values: np.round(values * 100.0, 2))
        self._drop_breaks(pair)
        self._note(45, "sourcing", _key(pair), "hold", "price for 100 stands as price for one")
        self._newest_price()
        self._currencies()
        priced = self.tables["sourcing"].query("price_unit == 100").iloc[0]
        self._note(45, "sourcing", _key((priced["item"], priced["location"])), "harmless", "price per 100, said so")

    def _newest_price(self) -> None:
        """45 where prices live in orders: Fusion serves no price of a source but that of its newest order."""
        receipts, coming = self.tables["receipts"], self.tables["open_orders"]
        for pair in self._short["fusion"]:
            rows = receipts[self._rows("receipts", pair)].sort_values("ordered_on", kind="stable")
            if len(rows) < 3 or len(coming[self._rows("open_orders", pair)]):
                continue
            last = rows.iloc[-1]
            same = (receipts["order_ref"] == last["order_ref"]) & (receipts["line"] == last["line"])
            same &= receipts["location"] == last["location"]
            receipts.loc[same, "price"] = np.round(receipts.loc[same, "price"] * 100.0, 2)
            key = {**_key(pair), "order_ref": str(last["order_ref"])}
            self._note(45, "receipts", key, "hold", "price for 100 stands as price for one in the newest order")
            break

    def _drop_breaks(self, pair: Pair) -> None:
        """Without its price breaks, which would contradict the soiled terms and hide the fault."""
        self.tables["price_breaks"] = self.tables["price_breaks"][~self._rows("price_breaks", pair)]

    def _currencies(self) -> None:
        other, yen, blank = (next(self._short["s4"]) for _ in range(3))
        self._set("sourcing", "currency", other, lambda values: values.map({"EUR": "USD", "USD": "EUR"}))
        self._note(46, "sourcing", _key(other), "hold", "not the supplier's currency")
        self._set("sourcing", "price", yen, lambda values: np.ceil(values * 160.0))
        self._set("sourcing", "currency", yen, lambda _: "JPY")
        self._drop_breaks(yen)
        self._note(46, "sourcing", _key(yen), "hold", "yen, for which no rate is known")
        self._set("sourcing", "currency", blank, lambda _: "")
        self._note(46, "sourcing", _key(blank), "harmless", "no currency: the supplier's holds")

    def lead_times(self) -> None:
        """57: no time at all, and 27 years."""
        for system, days in (("s4", 0.0), ("fusion", 9999.0)):
            pair = next(self._ample[system])
            self._set("sourcing", "lead_time_days", pair, _always(days))
            self._note(57, "sourcing", _key(pair), "not_plannable", f"lead time {days:g} days")

    def spikes(self) -> None:
        """56: one wrong sales order, a thousand times too large, three weeks ago."""
        demand = self.tables["demand"]
        recent = demand["date"] >= pd.Timestamp(self._as_of - timedelta(days=21))
        for system in ("s4", "fusion"):
            for pair in self._short[system]:
                rows = demand.index[self._rows("demand", pair) & recent & (demand["quantity"] >= 2)]
                if len(rows):
                    demand.loc[rows[0], "quantity"] *= 1000.0
                    day = demand.loc[rows[0], "date"].date().isoformat()
                    self._note(56, "demand", {**_key(pair), "date": day}, "hold", "a thousand times too much")
                    break

    def dates(self) -> None:
        """49 and 50: an open end, a year without its thousand, a day with a time."""
        orders = self.tables["open_orders"]
        own = orders.index[orders["location"].map(self._systems) == "s4"]
        orders.loc[own[-1], "promised_on"] = np.datetime64("0202-03-04", "s")
        key = {name: str(orders.loc[own[-1], name]) for name in ("order_ref", "line", "item", "location")}
        self._note(49, "open_orders", key, "quarantine", "promised in the year 202")
        first = self.tables["sourcing"].iloc[0]
        self._note(49, "sourcing", _key((first["item"], first["location"])), "harmless", "valid until 9999-12-31")
        day = (self._as_of - timedelta(days=11)).isoformat()
        self._note(50, "demand", {"location": "1010", "date": day}, "harmless", "posting date at 22:00 UTC")

    def names(self) -> None:
        """54: names from right to left, with pictures, with combining marks, with a formula."""
        items = self.tables["items"]
        for row, text in zip(range(3, len(items), max(1, len(items) // 5)), _NAMES, strict=False):
            items.loc[row, "description"] = text
            self._note(54, "items", {"item": str(items.loc[row, "item"])}, "harmless", "strange name")
        self.tables["suppliers"].loc[1, "name"] = "=HYPERLINK(1) & Söhne"
        code = str(self.tables["suppliers"].loc[1, "supplier"])
        self._note(54, "suppliers", {"supplier": code}, "harmless", "name is a formula")

    def raw_rows(self) -> None:
        """What no wire type can carry: rows of text for the files connector."""
        yesterday = (self._as_of - timedelta(days=1)).isoformat()
        soon = (self._as_of + timedelta(days=6)).isoformat()
        for system in ("s4", "fusion"):
            pair = next(self._ample[system])
            row = {**_key(pair), "date": yesterday, "quantity": "0", "kind": "sale"}
            for text in ("NaN", "inf", "1e308", "-3"):
                self._raw(43, "demand", {**row, "quantity": text}, "quarantine")
            self._raw(43, "demand", {**row, "quantity": "-0.0"}, "harmless")
            for text in ("03/04/05", "00000000", "0202-03-04"):
                self._raw(49, "demand", {**row, "date": text}, "quarantine")
            self._raw(54, "demand", {**row, "item": "SCR\u00078"}, "quarantine")
            need = {**_key(pair), "due_on": soon, "quantity": "1", "kind": "one_off"}
            self._raw(49, "requirements", {**need, "due_on": "9999-12-31"}, "quarantine")
            self._raw(50, "requirements", {**need, "due_on": f"{soon}T23:00:00+02:00"}, "quarantine")
            self._raw(44, "units", {"item": pair[0], "unit": "PAL", "base_units": ""}, "quarantine")
            self._twice(pair, soon)
        lost = {"item": ZERO_CODE.lstrip("0"), "location": "M1", "date": yesterday, "quantity": "4", "kind": "sale"}
        self._raw(48, "demand", lost, "quarantine")

    def _raw(self, fault: int, table: str, row: dict[str, str], expected: str) -> None:
        self.files.setdefault(table, []).append(row)
        self._note(fault, table, row, expected, "raw row", route="files")

    def _twice(self, pair: Pair, soon: str) -> None:
        """52: an open order that the extract shows twice."""
        order = {
            "order_ref": f"OLD-{pair[1]}", "line": "1", **_key(pair), "quantity_open": "1", "promised_on": soon,
        }  # fmt: skip
        self.files.setdefault("open_orders", []).extend([order, dict(order)])
        self._note(52, "open_orders", order, "counted_once", "the same row twice", route="files")


def _always(value: float) -> Callable[[pd.Series], Any]:
    return lambda _: value


def _key(pair: Pair) -> dict[str, str]:
    return {"item": str(pair[0]), "location": str(pair[1])}


def _by_need(tables: Tables) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Ordinary item-locations that need an order, those that do not, and the rest; the first two have one source."""
    key = ["item", "location"]
    frame = tables["item_locations"].merge(tables["stock"], on=key)
    coming = tables["open_orders"].groupby(key)["quantity_open"].sum().rename("coming").reset_index()
    frame = frame.merge(coming, on=key, how="left").fillna({"coming": 0.0})
    sources = tables["sourcing"].groupby(key).size().rename("sources").reset_index()
    frame = frame.merge(sources, on=key).merge(tables["items"][["item", "status"]], on="item", suffixes=("", "_item"))
    usual = (frame["status_item"] == "active") & (frame["sources"] == 1) & (frame["reorder_point"] >= 4)
    usual &= frame["auto_order"] & (frame["item"] != ZERO_CODE)
    needy = frame["on_hand"] + frame["coming"] <= frame["reorder_point"]
    ample = usual & ~needy & (frame["coming"] == 0)
    parts = [frame[usual & needy], frame[ample], frame[~ample & ~(usual & needy)]]
    first, second, third = (list(zip(part["item"], part["location"], strict=True)) for part in parts)
    return first, second, third
