"""Ids and names that the Fusion-like server gives to the company's codes: items, organizations, suppliers, people.

It writes no rows; both halves of the loader ask it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import pandas as pd

from connectors.sandbox.fusion_state import identifier

BUSINESS_UNIT_ID = identifier(1, 1)
BUSINESS_UNIT = "US1 Business Unit"
STYLE_ID = 1
LINE_TYPE_ID = 1
INTEGRATION_EMAIL = "buyer@company.example"
INTEGRATION_NAME = "Restock Integration"
_UOM_NAMES = {"EA": "Each", "Ea": "Each", "KG": "Kilogram", "L": "Liter", "M": "Meter", "BX": "Box", "PC": "Piece"}


class CompanyLike(Protocol):
    """What the loader needs of a company: the morning it stands on, its tables, and who serves which location."""

    @property
    def as_of(self) -> date: ...  # noqa: D102 - the class docstring covers it
    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102 - same
    @property
    def systems(self) -> Mapping[str, str]: ...  # noqa: D102 - same


def stamp(day: object, hour: int = 12) -> str | None:
    """A day as a timestamp with offset; None when there is none."""
    text = day_text(day)
    return f"{text}T{hour:02d}:00:00+00:00" if text else None


def day_text(day: object) -> str | None:
    """A day as YYYY-MM-DD; None when there is none."""
    if isinstance(day, datetime | date) and not pd.isna(day):
        return day.isoformat()[:10]
    return None


def value(cell: object) -> object:
    """A cell as SQLite stores it: None for what is missing or empty."""
    if cell is None or cell is pd.NaT or cell == "" or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124 - NaN
        return None
    return cell


def number(cell: object) -> float | None:
    """A cell as a number, None when missing."""
    found = value(cell)
    return float(found) if isinstance(found, int | float) else None


def uom_name(code: str) -> str:
    """Name of a unit of measure, its code where none is known."""
    return _UOM_NAMES.get(code, code)


@dataclass(frozen=True)
class World:
    """The company's share on this server: frames of its locations and the id of every code."""

    as_of: date
    frames: Mapping[str, pd.DataFrame]
    organizations: Mapping[str, int]
    places: Mapping[str, str]
    items: Mapping[str, int]
    descriptions: Mapping[str, str]
    units: Mapping[str, str]
    suppliers: Mapping[str, int]
    supplier_names: Mapping[str, str]
    buyers: Mapping[str, int]

    def rows(self, table: str) -> list[dict[str, object]]:
        """Rows of a canonical table as mappings; none when the company has no such table."""
        return [{str(name): cell for name, cell in row.items()} for row in self.frames[table].to_dict("records")]

    def site(self, supplier: str) -> tuple[int, str]:
        """Id and name of the supplier's purchasing site."""
        known = self.suppliers[supplier]
        return identifier(5, (known % 1000000) * 10 + 1), f"PUR-{supplier}"[:15]

    def buyer_of(self, location: str) -> tuple[int, str]:
        """Id and name of the person who buys for a location."""
        found = self._buyers_of_locations.get(location, INTEGRATION_NAME)
        return self.buyers[found], found

    @property
    def _buyers_of_locations(self) -> dict[str, str]:
        frame = self.frames["item_locations"]
        if "buyer" not in frame:
            return {}
        known = frame.dropna(subset=["buyer"]).drop_duplicates("location")
        return dict(zip(known["location"], known["buyer"], strict=True))


_BY_LOCATION = ("stock", "demand", "receipts", "open_orders", "sourcing", "item_locations", "locations")


def make_world(company: CompanyLike, system: str) -> World:
    """Cut the company to the locations of `system` and give ids in the order of the company's tables."""
    own = [code for code, name in company.systems.items() if name == system]
    frames: dict[str, pd.DataFrame] = {}
    for table in (*_BY_LOCATION, "items", "suppliers"):
        frame = company.tables.get(table, pd.DataFrame({"item": [], "location": [], "supplier": []}))
        frames[table] = frame[frame["location"].isin(own)] if table in _BY_LOCATION else frame
    used = _codes(frames, "supplier")
    items = frames["items"]
    places = frames["locations"].set_index("location")
    names = places["name"].to_dict() if "name" in places else {}
    suppliers = frames["suppliers"]
    known = dict(zip(suppliers["supplier"], suppliers.get("name", suppliers["supplier"]), strict=True))
    buyers = frames["item_locations"].get("buyer", pd.Series([], dtype=str)).dropna().unique()
    return World(
        as_of=company.as_of,
        frames=frames,
        organizations={code: identifier(2, index + 1) for index, code in enumerate(own)},
        places={code: str(names.get(code, code)) for code in own},
        items={code: identifier(3, index + 1) for index, code in enumerate(_all_items(frames))},
        descriptions=dict(zip(items["item"], items.get("description", items["item"]), strict=True)),
        units=dict(zip(items["item"], items.get("unit", items["item"]), strict=True)),
        suppliers={code: identifier(4, index + 1) for index, code in enumerate(used)},
        supplier_names={code: str(known.get(code, code)) for code in used},
        buyers={name: identifier(6, index + 1) for index, name in enumerate([INTEGRATION_NAME, *buyers])},
    )


def _codes(frames: Mapping[str, pd.DataFrame], column: str) -> list[str]:
    """Codes that the sourcing, receipts and open orders of these locations use, in order."""
    found: dict[str, None] = {}
    for table in ("sourcing", "receipts", "open_orders"):
        if column in frames[table]:
            found |= dict.fromkeys(code for code in frames[table][column].dropna() if code)
    return list(found)


def _all_items(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    found: dict[str, None] = {}
    for table in ("items", "item_locations", "stock", "demand", "receipts", "open_orders", "sourcing"):
        if "item" in frames[table]:
            found |= dict.fromkeys(frames[table]["item"].dropna().unique())
    return list(found)
