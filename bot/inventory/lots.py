"""Quantities as suppliers accept them: at least the minimum, a whole multiple, at most the maximum.

Impossible combinations give NaN, never a silent zero; prices by quantity are looked up here too.
"""

import numpy as np
import pandas as pd

_EXACT = 6  # decimals to which quantities are kept; finer differences are rounding noise


def fit(wanted: np.ndarray, moq: np.ndarray, multiple: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Smallest allowed quantity >= `wanted` (0 stays 0), else the largest allowed; NaN where none exists.

    All [n], base units; `most` may be NaN (no maximum).
    """
    step = np.where(np.isfinite(multiple) & (multiple > 0.0), multiple, 1.0)
    least = np.maximum(wanted, np.nan_to_num(moq, nan=0.0))
    up = np.round(np.ceil(np.round(least / step, _EXACT)) * step, _EXACT)
    ceiling = np.where(np.isfinite(most), np.round(np.floor(np.round(most / step, _EXACT)) * step, _EXACT), np.inf)
    quantity = np.minimum(up, ceiling)
    possible = (quantity > 0.0) & (quantity >= np.nan_to_num(moq, nan=0.0) - 1e-9)
    return np.where(wanted > 0.0, np.where(possible, quantity, np.nan), 0.0)


def broken_price(
    rows: pd.DataFrame, breaks: pd.DataFrame, quantity: np.ndarray, price: np.ndarray, as_of: pd.Timestamp
) -> np.ndarray:
    """Price per price_unit at the ordered quantity, [n]: the break with the highest min_quantity reached.

    `rows` has item, location, supplier. For incremental breaks it is the average price over the quantity.
    """
    valid = breaks[~(breaks["valid_from"] > as_of)]
    if valid.empty:
        return price
    keys = ["item", "location", "supplier"]
    asked = rows[keys].assign(_row=np.arange(len(rows)), _quantity=quantity, _base=price)
    joined = asked.merge(valid, on=keys, how="inner").sort_values(["_row", "min_quantity"], kind="stable")
    joined = joined[joined["min_quantity"] <= joined["_quantity"]]
    result = price.copy()
    flat = joined[joined["kind"] == "all_units"].drop_duplicates("_row", keep="last")
    result[flat["_row"].to_numpy()] = flat["price"].to_numpy()
    steps = joined[joined["kind"] == "incremental"]
    if len(steps):
        result = _averaged(steps, result)
    return result


def _averaged(steps: pd.DataFrame, result: np.ndarray) -> np.ndarray:
    """Average price of incremental breaks: units below the first break cost the base price."""
    upper = steps.groupby("_row")["min_quantity"].shift(-1).fillna(steps["_quantity"]).to_numpy()
    first = ~steps.duplicated("_row").to_numpy()
    cost = (upper - steps["min_quantity"].to_numpy()) * steps["price"].to_numpy()
    cost = cost + np.where(first, steps["min_quantity"].to_numpy() * steps["_base"].to_numpy(), 0.0)
    total = pd.Series(cost).groupby(steps["_row"].to_numpy()).sum()
    quantity = steps.groupby("_row")["_quantity"].first()
    out = result.copy()
    out[total.index.to_numpy()] = total.to_numpy() / quantity.loc[total.index].to_numpy()
    return out
