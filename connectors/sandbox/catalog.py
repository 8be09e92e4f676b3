"""What the demo company is made of: sites, items, suppliers and terms, drawn from one seed.

It knows nothing of demand, documents or dirt.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

LOCATIONS = (
    ("1010", "s4", "Hamburg plant", "plant", "DE-HH", ""),
    ("1020", "s4", "Leipzig plant", "plant", "DE-SN", "1010"),
    ("1030", "s4", "Rotterdam depot", "distribution_centre", "NL", "1010"),
    ("M1", "fusion", "Reno plant", "plant", "US-NV", ""),
    ("M2", "fusion", "Austin depot", "distribution_centre", "US-TX", "M1"),
)
EUR_USD = 1.09
ZERO_CODE = "0004711"  # its leading zeros carry meaning: 4711 would be another item


@dataclass(frozen=True, slots=True)
class Category:
    """A family of goods: path, stem of its codes, unit, cost range, packs, yearly swing and its peak day."""

    path: str
    stem: str
    words: tuple[str, ...]
    unit: str
    cost: tuple[float, float]
    packs: tuple[int, ...]
    swing: float
    peak: int


CATEGORIES = (
    Category(
        "fasteners/screws",
        "SCR",
        ("Hex screw M", "Wood screw ", "Set screw M"),
        "EA",
        (0.02, 0.9),
        (50, 100, 200),
        0.1,
        130,
    ),
    Category(
        "electronics/ics", "IC", ("Regulator LM", "Driver ULN", "Op amp TL"), "EA", (0.4, 14.0), (1, 25, 50), 0.05, 320
    ),
    Category(
        "packaging/boxes", "BOX", ("Carton ", "Folding box ", "Mailer "), "EA", (0.3, 3.5), (10, 20, 25), 0.45, 335
    ),
    Category(
        "chemicals/solvents", "SOL", ("Isopropanol ", "Acetone ", "Cleaner "), "L", (1.8, 22.0), (1, 5, 25), 0.35, 190
    ),
    Category(
        "bearings/ball",
        "BRG",
        ("Ball bearing 6", "Bearing unit U", "Bearing 7"),
        "EA",
        (3.0, 85.0),
        (1, 5, 10),
        0.08,
        100,
    ),
    Category(
        "tools/hand", "TOL", ("Torque wrench ", "Pliers ", "Screwdriver "), "EA", (4.0, 60.0), (1, 6, 12), 0.25, 345
    ),
)
PATTERNS = (
    ("smooth", 0.27), ("erratic", 0.15), ("intermittent", 0.16), ("lumpy", 0.10), ("seasonal", 0.12),
    ("trending", 0.08), ("new", 0.05), ("fading", 0.04), ("dead", 0.03),
)  # fmt: skip
HABITS = (("reliable", 0.5), ("slow", 0.2), ("erratic", 0.18), ("worsening", 0.12))
_NAMES = (
    "Nordwerk", "Hansen & Ko", "Müller Präzision", "Delta Fixings", "Astra Components", "Rhein Chemie Handel",
    "Pacific Bearings", "Blue Mesa Supply", "Kowalski Narzędzia", "Ferrum", "Sunrise Packaging", "Lindqvist",
    "Tritón Industrial", "Oakridge Tools", "Vega Semiconductor", "Alpine Fluids", "Brightline", "Castor & Pollux",
    "Elbe Logistik Waren", "Granit Fastening",
)  # fmt: skip
_FORMS = ("GmbH", "Inc.", "B.V.", "AG", "LLC", "S.A.")


@dataclass(frozen=True, slots=True)
class Catalog:
    """Master data: frames with canonical columns plus a few working columns that start with an underscore."""

    items: pd.DataFrame
    suppliers: pd.DataFrame
    pairs: pd.DataFrame
    sourcing: pd.DataFrame
    price_breaks: pd.DataFrame


def make_catalog(rng: np.random.Generator, as_of: date, scale: float) -> Catalog:
    """Draw the master data of a company of about 700 x `scale` item-locations."""
    suppliers = _suppliers(rng, max(12, round(40 * min(scale, 1.0))))
    items = _items(rng, max(12, round(260 * scale)), suppliers)
    pairs = _pairs(rng, items)
    sourcing = _sourcing(rng, items, pairs, suppliers, as_of)
    return Catalog(items, suppliers, pairs, sourcing, _price_breaks(rng, sourcing))


def _draw(rng: np.random.Generator, table: tuple[tuple[str, float], ...], size: int) -> np.ndarray[Any, Any]:
    names, shares = zip(*table, strict=True)
    return rng.choice(np.array(names, dtype=object), size=size, p=np.array(shares))


def _plain(name: str) -> str:
    """Upper-case ASCII letters of a name: Müller becomes MULLER."""
    return "".join(letter for letter in normalize("NFD", name).upper() if "A" <= letter <= "Z")


def _suppliers(rng: np.random.Generator, count: int) -> pd.DataFrame:
    habits = _draw(rng, HABITS, count)
    habits[:4] = ("reliable", "slow", "erratic", "worsening")
    quoted = rng.integers(4, 22, count) + np.where(habits == "slow", 20, 0)
    numeric = rng.random(count) < 0.6
    currency = np.where(np.arange(count) % 10 < 3, "USD", "EUR")
    rows = []
    for i in range(count):
        name = _NAMES[i % len(_NAMES)] + (" II" if i >= len(_NAMES) else "")
        code = str(100017 + 13 * i) if numeric[i] else f"{_plain(name)[:5]}{i:02d}"
        category = CATEGORIES[i % len(CATEGORIES)]
        rows.append(
            {
                "supplier": code, "name": f"{name} {_FORMS[i % len(_FORMS)]}", "group": category.path.split("/")[0],
                "email": f"orders@{code.lower()}.example", "currency": currency[i],
                "min_order_value": float(rng.choice([0.0, 0.0, 100.0, 250.0, 500.0])),
                "order_cost": float(rng.choice([15.0, 25.0, 40.0])),
                "order_days": str(rng.choice(["", "", "", "1,4", "2", "3"])),
                "calendar": "US" if currency[i] == "USD" else "DE", "blocked": i == count - 1,
                "auto_order": i != count - 2, "_habit": habits[i], "_quoted": int(quoted[i]),
                "_category": category.path,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _items(rng: np.random.Generator, count: int, suppliers: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for i in range(count):
        category = CATEGORIES[i % len(CATEGORIES)]
        where = ("s4", "fusion", "both")[int(rng.choice(3, p=[0.55, 0.3, 0.15]))]
        code = str(100200 + 7 * i) if i % 3 == 0 and where == "s4" else f"{category.stem}-{1000 + 7 * i}"
        low, high = category.cost
        cost = float(np.round(low * (high / low) ** rng.random(), 3 if low < 0.1 else 2))
        home = suppliers.index[(suppliers["_category"] == category.path) & ~suppliers["blocked"]]
        rows.append(
            {
                "item": code, "unit": category.unit, "category": category.path, "unit_cost": cost, "currency": "EUR",
                "description": f"{category.words[i % len(category.words)]}{rng.integers(2, 90)}",
                "shelf_life_days": 365.0 if category.stem == "SOL" else np.nan, "status": "active", "successor": "",
                "ends_on": pd.NaT, "weight": float(np.round(0.01 + cost * 0.05, 3)),
                "volume": float(np.round(0.0001 + cost * 0.0002, 5)), "_where": where,
                "_pack": int(rng.choice(category.packs)), "_supplier": int(rng.choice(home)),
                "_second": int(rng.choice(home)) if rng.random() < 0.35 else -1,
            }
        )  # fmt: skip
    items = pd.DataFrame(rows)
    zero = int(np.flatnonzero(items["_where"] == "fusion")[0])
    items.loc[zero, "item"] = ZERO_CODE
    items.loc[count // 2, "status"] = "blocked"
    items.loc[count // 2 + 1, "status"] = "discontinued"
    items.loc[count // 2 + 2, ["status", "successor"]] = ["phase_out", items.loc[count // 2 + 8, "item"]]
    return items


def _pairs(rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    codes = {"s4": [0, 1, 2], "fusion": [3, 4], "both": [0, 1, 2, 3, 4]}
    share = {"s4": 0.86, "fusion": 0.97, "both": 0.92}
    rows = []
    for i, where in enumerate(items["_where"]):
        places = [k for k in codes[where] if rng.random() < share[where]] or codes[where][:1]
        rows += [(i, k) for k in places]
    index = np.array(rows)
    pairs = pd.DataFrame({"_item": index[:, 0], "_location": index[:, 1]})
    pairs["item"] = items["item"].to_numpy()[index[:, 0]]
    pairs["location"] = np.array([row[0] for row in LOCATIONS], dtype=object)[index[:, 1]]
    pairs["_pattern"] = _draw(rng, PATTERNS, len(pairs))
    cost = items["unit_cost"].to_numpy()[index[:, 0]]
    pairs["_mean"] = np.clip(np.exp(rng.normal(1.9, 0.6, len(pairs))) / cost**0.35, 0.6, 120.0)
    return pairs


def _sourcing(
    rng: np.random.Generator, items: pd.DataFrame, pairs: pd.DataFrame, suppliers: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    first = pairs.assign(_supplier=items["_supplier"].to_numpy()[pairs["_item"]], priority=1.0)
    second = pairs.assign(_supplier=items["_second"].to_numpy()[pairs["_item"]], priority=2.0)
    second = second[(second["_supplier"] >= 0) & (second["_supplier"].to_numpy() != first["_supplier"].to_numpy())]
    rows = pd.concat([first, second], ignore_index=True)
    item = items.iloc[rows["_item"]].reset_index(drop=True)
    supplier = suppliers.iloc[rows["_supplier"]].reset_index(drop=True)
    noise = np.random.default_rng(rng.integers(1 << 30)).uniform(0.92, 1.12, (len(items), len(suppliers)))
    cost = item["unit_cost"].to_numpy() * noise[rows["_item"], rows["_supplier"]]
    cost = cost * np.where(supplier["currency"] == "USD", EUR_USD, 1.0)
    per = np.where(cost < 0.5, 100.0, 1.0)
    pack = item["_pack"].to_numpy().astype(float)
    boxed = (rows["_item"].to_numpy() % 4 == 1) & (pack > 1)
    return pd.DataFrame(
        {
            "item": rows["item"], "location": rows["location"], "supplier": supplier["supplier"],
            "price": np.round(cost * per, 2), "currency": supplier["currency"],
            "lead_time_days": supplier["_quoted"].astype(float), "price_unit": per,
            "order_unit": np.where(boxed, "BX", item["unit"]),
            "unit_factor": np.where(boxed, pack.astype(int).astype(str), "1"),
            "moq": pack * (1 + rows["_item"].to_numpy() % 3), "order_multiple": pack, "max_quantity": np.nan,
            "added_cost": 0.0, "valid_from": pd.Timestamp(as_of.year - 2, 1, 1) - timedelta(days=365),
            "valid_to": pd.NaT, "contract": "", "priority": rows["priority"],
        }
    )  # fmt: skip


def _price_breaks(rng: np.random.Generator, sourcing: pd.DataFrame) -> pd.DataFrame:
    key = ["item", "location", "supplier"]
    base = sourcing[rng.random(len(sourcing)) < 0.22].reset_index(drop=True)
    steps = [
        base[[*key, "valid_from"]].assign(min_quantity=base["moq"] * times, price=np.round(base["price"] * part, 2))
        for times, part in ((1.0, 1.0), (5.0, 0.96), (20.0, 0.91))
    ]
    rows = pd.concat(steps, ignore_index=True).assign(kind="all_units")
    return rows[[*key, "min_quantity", "price", "valid_from", "kind"]].sort_values(
        [*key, "min_quantity"], ignore_index=True
    )
