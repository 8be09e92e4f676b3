"""Costs and caps per planned item-location, from the policy's keys and the ERP's data.

All money is the installation's currency per base unit; unknown stays NaN and turns the cost objective
into the service default.
"""

import numpy as np
import pandas as pd

from bot.inventory.targets import DEFAULT_HOLDING_RATE, WEEK, YEAR, Economics


def economics(settings: pd.DataFrame, offers: pd.DataFrame, unit_cost: np.ndarray) -> Economics:
    """Costs per row: policy first, then the supplier's order cost, then a holding rate on the unit cost."""
    value = np.where(np.isfinite(unit_cost), unit_cost, offers["unit_price"].to_numpy(dtype="float64"))
    rate = number(settings, "holding_rate_pct_per_year") / 100.0
    rate = np.where(np.isfinite(rate), rate, DEFAULT_HOLDING_RATE)
    named = number(settings, "holding_cost_per_week")
    theirs = offers["order_cost"].to_numpy(dtype="float64") * offers["rate"].to_numpy(dtype="float64")
    own = number(settings, "order_cost")
    return Economics(
        holding_per_week=np.where(np.isfinite(named), named, value * rate * WEEK / YEAR),
        shortage=number(settings, "shortage_cost"),
        per_unit_week=settings["shortage_cost_per"].astype("str").to_numpy() == "unit_week",
        order_cost=np.where(np.isfinite(own), own, theirs),
    )


def number(settings: pd.DataFrame, key: str) -> np.ndarray:
    """A settings column as float64, NaN where the policy is silent."""
    if key not in settings:
        return np.full(len(settings), np.nan)
    return pd.to_numeric(settings[key]).to_numpy(dtype="float64", na_value=np.nan)


def unit_costs(
    rows: pd.DataFrame, items: pd.DataFrame, item_locations: pd.DataFrame, rates: dict[str, float]
) -> np.ndarray:
    """Value of one base unit in the installation's currency, [n]: of the item-location, else of the item."""
    here = rows.merge(
        item_locations[["item", "location", "unit_cost", "currency"]], how="left", on=["item", "location"]
    )
    general = rows.merge(items[["item", "unit_cost", "currency"]], how="left", on="item")
    return np.asarray(_home(here, rates).fillna(_home(general, rates)).to_numpy(dtype="float64"))


def _home(frame: pd.DataFrame, rates: dict[str, float]) -> pd.Series:
    currency = frame["currency"].astype("str")
    return frame["unit_cost"] * currency.map(rates).where(currency.notna(), 1.0).astype("float64")


def caps(
    settings: pd.DataFrame, items: pd.DataFrame, rows: pd.DataFrame, per_day: np.ndarray, as_of: pd.Timestamp
) -> np.ndarray:
    """Most stock [base units] that cover, shelf life and the end of demand allow, [n]; inf = no cap.

    `per_day` is the expected demand per day; `settings` may hold cover_max_days. The last day of demand
    counts, as stock of the morning serves the day.
    """
    life = rows[["item"]].merge(items[["item", "shelf_life_days", "ends_on"]], how="left", on="item")
    left = (life["ends_on"] - as_of).dt.days.to_numpy(dtype="float64", na_value=np.nan) + 1.0
    days = np.fmin(np.fmin(number(settings, "cover_max_days"), life["shelf_life_days"].to_numpy(dtype="float64")), left)
    return np.where(np.isfinite(days), np.maximum(days, 0.0) * per_day, np.inf)
