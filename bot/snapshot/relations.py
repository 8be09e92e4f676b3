"""What the tables say about each other: unknown codes are set aside, empty terms are filled in.

It works on cleaned tables and never repairs a contradiction; contradictions are marked as doubt.
"""

import numpy as np
import pandas as pd

from bot.snapshot import quarantine as aside
from bot.tables.erp import TABLES

Tables = dict[str, pd.DataFrame]

_REFERENCES = (("item", "items"), ("location", "locations"))
_NEEDS_SUPPLIER = ("sourcing", "price_breaks")


def relate(tables: Tables, currency: str, dropped: Tables | None = None) -> tuple[Tables, pd.DataFrame]:
    """Set aside rows that name an unknown item, location or supplier; fill currencies and unit factors.

    `currency` is the installation's; `dropped` are rows that were set aside before, which are judged too,
    because a row counts under each of its reasons. Returns the tables that remain and this step's quarantine.
    """
    parts: list[pd.DataFrame] = []
    for name, frame in (dropped or {}).items():
        _known(name, frame, tables, parts)
    kept = {name: _known(name, frame, tables, parts) for name, frame in tables.items()}
    if "sourcing" in kept:
        kept["sourcing"] = _terms(kept["sourcing"], kept, currency, parts)
    for name in ("receipts", "open_orders"):
        if name in kept:
            kept[name] = kept[name].assign(currency=_currency(kept[name], kept, currency))
    return kept, aside.join(parts)


def _known(name: str, frame: pd.DataFrame, tables: Tables, parts: list[pd.DataFrame]) -> pd.DataFrame:
    bad = np.zeros(len(frame), dtype=bool)
    references = [*_REFERENCES, ("supplier", "suppliers")] if name in _NEEDS_SUPPLIER else [*_REFERENCES]
    for column, home in references:
        if name == home or column not in TABLES[name] or home not in tables or tables[home].empty:
            continue
        unknown = ~is_in(frame[column], tables[home][column])
        # an empty cell means all of them, or was found missing before
        unknown &= frame[column].notna().to_numpy()
        if unknown.any():
            parts.append(aside.entries(name, frame, unknown, column, f"{column} is not in {home}"))
            bad |= unknown
    return frame[~bad] if bad.any() else frame


def is_in(values: pd.Series, known: pd.Series) -> np.ndarray:
    """Where a categorical column holds one of the known codes; works on categories, not on rows."""
    codes = values.cat.codes.to_numpy()
    hit = np.append(values.cat.categories.isin(known.astype("str").unique()), False)
    return np.asarray(hit[codes])


def _terms(sourcing: pd.DataFrame, tables: Tables, currency: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = sourcing.assign(unit_factor=_unit_factor(sourcing, tables))
    lost = filled["unit_factor"].isna().to_numpy()
    if lost.any():
        parts.append(aside.entries("sourcing", filled, lost, "order_unit", "no conversion from the order unit"))
        filled = filled[~lost]
    own = filled["currency"].astype("str")
    theirs = _supplier_currency(filled, tables)
    doubt = (own.notna() & theirs.notna() & (own != theirs)).to_numpy(dtype=bool)
    return filled.assign(currency=_currency(filled, tables, currency), currency_doubt=doubt)


def _currency(frame: pd.DataFrame, tables: Tables, currency: str) -> pd.Series:
    """Currency of the row, else of its supplier, else of the installation."""
    own = frame["currency"].astype("str")
    return own.where(own.notna(), _supplier_currency(frame, tables)).fillna(currency).astype("category")


def _supplier_currency(frame: pd.DataFrame, tables: Tables) -> pd.Series:
    if "suppliers" not in tables:
        return pd.Series(pd.NA, index=frame.index, dtype="str")
    by_supplier = tables["suppliers"].set_index(tables["suppliers"]["supplier"].astype("str"))["currency"].astype("str")
    return frame["supplier"].astype("str").map(by_supplier).astype("str")


def _unit_factor(sourcing: pd.DataFrame, tables: Tables) -> pd.Series:
    """Factor as given; else 1 for the base unit, else from units; NA where none is known."""
    given = sourcing["unit_factor"].astype("str")
    order_unit = sourcing["order_unit"].astype("str")
    if given.notna().all() or order_unit.isna().all():
        return given.fillna("1")
    item = sourcing["item"].astype("str")
    base = pd.Series(pd.NA, index=sourcing.index, dtype="str")
    if "items" in tables:
        units = tables["items"].set_index(tables["items"]["item"].astype("str"))["unit"].astype("str")
        base = item.map(units).astype("str")
    plain = order_unit.isna() | (order_unit == base).fillna(False)
    return given.where(
        given.notna(), pd.Series("1", index=given.index).where(plain, _from_units(item, order_unit, tables))
    )


def _from_units(item: pd.Series, order_unit: pd.Series, tables: Tables) -> pd.Series:
    if "units" not in tables or tables["units"].empty:
        return pd.Series(pd.NA, index=item.index, dtype="str")
    units = tables["units"]
    names = units["item"].astype("str") + "\x1f" + units["unit"].astype("str")
    factors = pd.Series([f"{value:.12g}" for value in units["base_units"]], index=names)
    return (item + "\x1f" + order_unit).map(factors).astype("str")
