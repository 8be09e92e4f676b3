"""The tables that neither ERP of the demo serves: rates, lanes, calendars, signals, requirements, locations.

It writes them as a folder of CSV files in canonical form; it holds nothing that a server should know.
"""

import csv
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import EUR_USD, Catalog
from connectors.sandbox.demand import FUTURE_DAYS, Wanted

_ALWAYS = ("rates", "calendars")


class _Company(Protocol):
    @property
    def tables(self) -> dict[str, pd.DataFrame]: ...
    @property
    def systems(self) -> dict[str, str]: ...
    @property
    def files(self) -> dict[str, list[dict[str, str]]]: ...


def side_tables(rng: np.random.Generator, catalog: Catalog, wanted: Wanted, as_of: date) -> dict[str, pd.DataFrame]:
    """Return rates, lanes, calendars, signals and requirements."""
    return {
        "rates": _rates(rng, as_of),
        "lanes": _lanes(),
        "calendars": _calendars(as_of),
        "signals": _signals(catalog, wanted),
        "requirements": _requirements(rng, catalog, as_of),
    }


def _rates(rng: np.random.Generator, as_of: date) -> pd.DataFrame:
    days = pd.date_range(end=pd.Timestamp(as_of), periods=60)
    rate = np.round(EUR_USD * np.exp(np.cumsum(rng.normal(0, 0.003, 60))[::-1]), 5)
    there = pd.DataFrame({"date": days, "from_currency": "EUR", "to_currency": "USD", "rate": rate})
    back = pd.DataFrame({"date": days, "from_currency": "USD", "to_currency": "EUR", "rate": np.round(1 / rate, 6)})
    return pd.concat([there, back], ignore_index=True)


def _lanes() -> pd.DataFrame:
    rows = [("1010", "1020", 2.0), ("1010", "1030", 3.0), ("M1", "M2", 4.0)]
    frame = pd.DataFrame(rows, columns=["from_location", "to_location", "lead_time_days"])
    return frame.assign(item="", unit_cost=0.02, fixed_cost=30.0)


def _calendars(as_of: date) -> pd.DataFrame:
    """Company holidays between the years, on top of the library's public ones."""
    days = [date(year, 12, day) for year in range(as_of.year - 2, as_of.year + 2) for day in range(27, 32)]
    return pd.DataFrame({"calendar": "SHUTDOWN", "date": pd.to_datetime(pd.Series(days)), "open": False})


def _signals(catalog: Catalog, wanted: Wanted) -> pd.DataFrame:
    """Prices and promotions by item and day, known 60 days ahead, future ones included."""
    days = pd.date_range(wanted.days[0], periods=len(wanted.days) + FUTURE_DAYS)
    frames = []
    for row in np.flatnonzero(wanted.promoted):
        for name, values in (("price", wanted.price[row]), ("promotion", wanted.promotion[row])):
            frame = pd.DataFrame({"name": name, "date": days, "value": values})
            frames.append(frame.assign(available_on=days - timedelta(days=60), item=catalog.items["item"].iloc[row]))
    empty = pd.DataFrame(columns=["name", "date", "value", "available_on", "item"])
    rows = pd.concat(frames, ignore_index=True) if frames else empty
    return rows.assign(location="", category="")


def _requirements(rng: np.random.Generator, catalog: Catalog, as_of: date) -> pd.DataFrame:
    alive = np.flatnonzero(~catalog.pairs["_pattern"].isin(["dead", "fading"]).to_numpy())
    who = rng.choice(alive, size=max(4, len(alive) // 30), replace=False)
    mean = catalog.pairs["_mean"].to_numpy()[who]
    kind = np.array(["reservation", "sales_order", "one_off"], dtype=object)[np.arange(len(who)) % 3]
    return pd.DataFrame(
        {
            "item": catalog.pairs["item"].to_numpy()[who], "location": catalog.pairs["location"].to_numpy()[who],
            "due_on": pd.Timestamp(as_of) + pd.to_timedelta(rng.integers(1, 25, len(who)), unit="D"),
            "quantity": np.ceil(mean * rng.uniform(1, 5, len(who))), "kind": kind,
        }
    )  # fmt: skip


def write_side_folder(company: _Company, system: str, folder: Path, *, dirty: bool = True) -> None:
    """Write the tables that `system` cannot serve as CSV files, with the dirt of `company.files` when `dirty`.

    `demand.csv` holds rows of quantity 0 on days without stock (`in_stock` 0 to 1): documents of an ERP
    carry no such days, and demand rows add up, so they complete the rows from the wire.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = {place for place, served_by in company.systems.items() if served_by == system}
    stock = company.tables["stock"]
    items = set(stock.loc[stock["location"].isin(places), "item"])
    tables = _own_tables(company, places, items)
    for name in tables.keys() | (company.files.keys() if dirty else set()):
        extra = [row for row in company.files.get(name, []) if dirty and _belongs(row, places, items)]
        _write(folder / f"{name}.csv", tables.get(name), extra)


def _own_tables(company: _Company, places: set[str], items: set[str]) -> dict[str, pd.DataFrame]:
    tables = company.tables
    demand = tables["demand"]
    dry = demand[demand["location"].isin(places) & (demand["in_stock"] < 1.0)]
    own = {name: tables[name] for name in _ALWAYS}
    own["locations"] = tables["locations"][tables["locations"]["location"].isin(places)]
    own["lanes"] = tables["lanes"][tables["lanes"]["from_location"].isin(places)]
    own["signals"] = tables["signals"][tables["signals"]["item"].isin(items)]
    own["requirements"] = tables["requirements"][tables["requirements"]["location"].isin(places)]
    own["demand"] = dry.assign(quantity=0.0)[["item", "location", "date", "quantity", "kind", "in_stock"]]
    return own


def _belongs(row: dict[str, str], places: set[str], items: set[str]) -> bool:
    """A raw row goes where its location is served, without location where its item is stocked."""
    return row["location"] in places if "location" in row else row.get("item") in items


def _write(path: Path, frame: pd.DataFrame | None, extra: list[dict[str, str]]) -> None:
    """Write a frame as text (ISO days, true or false) and append raw rows unchanged."""
    names = list(frame.columns) if frame is not None else []
    names += [name for row in extra for name in row if name not in names]
    if not names:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(dict.fromkeys(names))
        if frame is not None and len(frame):
            writer.writerows(
                zip(
                    *[_text(frame[name]) for name in frame.columns],
                    *[[""] * len(frame)] * (len(set(names)) - frame.shape[1]),
                    strict=True,
                )
            )
        writer.writerows([row.get(name, "") for name in dict.fromkeys(names)] for row in extra)


def _text(column: pd.Series) -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return list(column.dt.strftime("%Y-%m-%d").fillna(""))
    if pd.api.types.is_bool_dtype(column):
        return ["true" if value else "false" for value in column]
    if pd.api.types.is_float_dtype(column):
        return ["" if math.isnan(value) else format(value, ".12g") for value in column]
    return [str(value) for value in column.fillna("")]
