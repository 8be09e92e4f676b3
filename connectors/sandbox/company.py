"""The demo company: `make_company` gives canonical tables with two years of consistent history and known dirt.

It serves nothing itself; the sandbox servers load it, and `write_side_folder` writes what no ERP serves.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from connectors.sandbox.catalog import LOCATIONS, Catalog, make_catalog
from connectors.sandbox.demand import make_demand
from connectors.sandbox.dirt import Dirt, soil
from connectors.sandbox.documents import history_tables
from connectors.sandbox.side import side_tables, write_side_folder
from connectors.sandbox.supply import Supplied, simulate

__all__ = ["Company", "Dirt", "make_company", "write_side_folder"]
DAYS = 730


@dataclass(frozen=True)
class Company:
    """The company on the morning of `as_of`.

    `tables` has canonical table and column names (codes text, quantities float in base units, days
    datetime64); `systems` maps each location to the ERP that serves it; `dirt` lists every dirty row with
    where it enters and how it must end; `files` holds raw text rows of dirt that no wire type can carry,
    table by table, to be read through the files connector.
    """

    as_of: date
    tables: dict[str, pd.DataFrame]
    systems: dict[str, str]
    dirt: tuple[Dirt, ...] = ()
    files: dict[str, list[dict[str, str]]] = field(default_factory=dict)


def make_company(as_of: date, seed: int = 7, scale: float = 1.0) -> Company:
    """Make the company of about 700 x `scale` item-locations; equal arguments give equal companies."""
    rng = np.random.default_rng([seed, 4711])
    catalog = make_catalog(rng, as_of, scale)
    wanted = make_demand(rng, catalog, as_of, DAYS)
    supplied = simulate(rng, catalog, wanted)
    tables = _master(rng, catalog, supplied) | history_tables(rng, catalog, wanted, supplied)
    tables |= side_tables(rng, catalog, wanted, as_of)
    systems = {row[0]: row[1] for row in LOCATIONS}
    tables, dirt, files = soil(np.random.default_rng([seed, 666]), tables, systems, as_of)
    return Company(as_of, tables, systems, dirt, files)


def _public(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[name for name in frame.columns if not name.startswith("_")]].copy()


def _master(rng: np.random.Generator, catalog: Catalog, supplied: Supplied) -> dict[str, pd.DataFrame]:
    locations = pd.DataFrame(
        [
            dict(zip(("location", "system", "name", "kind", "calendar", "supplied_from"), row, strict=True))
            for row in LOCATIONS
        ]
    )
    units = catalog.sourcing[catalog.sourcing["order_unit"] == "BX"].drop_duplicates("item")
    return {
        "items": _public(catalog.items),
        "locations": locations,
        "item_locations": _item_locations(catalog, supplied),
        "stock": _stock(rng, catalog, supplied),
        "sourcing": catalog.sourcing,
        "price_breaks": catalog.price_breaks,
        "suppliers": _public(catalog.suppliers),
        "units": pd.DataFrame(
            {"item": units["item"], "unit": "BX", "base_units": units["unit_factor"].astype(float)}
        ).reset_index(drop=True),
    }


def _item_locations(catalog: Catalog, supplied: Supplied) -> pd.DataFrame:
    pairs = catalog.pairs
    items = catalog.items.iloc[pairs["_item"]].reset_index(drop=True)
    buyers = np.array(["001", "001", "002", "101", "102"], dtype=object)
    point = np.ceil(supplied.reorder_point)
    return pd.DataFrame(
        {
            "item": pairs["item"], "location": pairs["location"], "status": items["status"],
            "unit_cost": items["unit_cost"], "currency": "EUR", "reorder_point": point,
            "order_up_to": np.ceil(supplied.order_up_to), "safety_stock": np.ceil(point * 0.3),
            "auto_order": np.arange(len(pairs)) % 97 != 5, "buyer": buyers[pairs["_location"]],
        }
    )  # fmt: skip


def _stock(rng: np.random.Generator, catalog: Catalog, supplied: Supplied) -> pd.DataFrame:
    n = len(catalog.pairs)
    some: np.ndarray[Any, Any] = rng.random(n)
    held = np.where(some < 0.04, np.ceil(supplied.reorder_point * 0.2), 0.0)
    return pd.DataFrame(
        {
            "item": catalog.pairs["item"], "location": catalog.pairs["location"], "on_hand": supplied.stock,
            "inspection": held, "in_transit": 0.0, "blocked": np.where(some > 0.97, 3.0, 0.0), "reserved": 0.0,
            "backorders": 0.0,
        }
    )  # fmt: skip
