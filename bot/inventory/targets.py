"""Reorder point and order-up-to level from the distribution of demand over the protection interval.

The objective is the policy's: cycle service, fill rate or cost; nothing here rounds to packs or orders.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bot.forecast.interval import IntervalDemand

WEEK = 7.0
YEAR = 365.25
DEFAULT_SERVICE = 0.95
DEFAULT_HOLDING_RATE = 0.20  # of the item's value per year, where neither policy nor data name one
LEAST_LEVEL, HIGHEST_LEVEL = 0.5, 0.9995
_BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class Economics:
    """Costs per row, [n]: holding per unit and week, shortage per unit (and week), cost of an order.

    All in the installation's currency per base unit; NaN where unknown.
    """

    holding_per_week: np.ndarray
    shortage: np.ndarray
    per_unit_week: np.ndarray  # bool: shortage is per unit and week, else per unit short
    order_cost: np.ndarray


def set_targets(
    demand: IntervalDemand,
    lead_demand: IntervalDemand | None,
    settings: pd.DataFrame,
    costs: Economics,
    review_days: np.ndarray,
    interval_days: np.ndarray,
    caps: np.ndarray,
) -> pd.DataFrame:
    """Targets per row: service_level, reorder_point, order_up_to [base units], capped (bool).

    `demand` covers review + lead time, `lead_demand` the lead time alone (needed for fill rates);
    `interval_days` [n] is the expected length of the former; `caps` [n] is the most that cover, shelf life or end of life allow (inf = no cap). `settings` has objective,
    service_level_pct, fill_rate_pct.
    """
    objective = settings["objective"].astype("str").to_numpy()
    level = _service_level(objective, settings, costs, review_days)
    reorder = demand.quantile(level)
    fill = np.flatnonzero(objective == "fill_rate")
    if len(fill) and lead_demand is not None:
        goal = settings["fill_rate_pct"].to_numpy(dtype="float64")[fill] / 100.0
        reorder[fill] = _for_fill_rate(demand.take(fill), lead_demand.take(fill), goal)
        level[fill] = demand.take(fill).cdf(reorder[fill])
    per_week = demand.mean * WEEK / interval_days
    wanted = reorder + np.maximum(economic_lot(per_week, costs) - per_week * review_days / WEEK, 0.0)
    up_to = np.minimum(wanted, caps)
    return pd.DataFrame(
        {
            "service_level": level,
            "reorder_point": np.minimum(reorder, up_to),
            "order_up_to": up_to,
            "capped": wanted > caps,
        }
    )


def _service_level(objective: np.ndarray, settings: pd.DataFrame, costs: Economics, review: np.ndarray) -> np.ndarray:
    named = settings["service_level_pct"].to_numpy(dtype="float64") / 100.0
    level = np.where(np.isfinite(named), named, DEFAULT_SERVICE)
    by_cost = (objective == "cost") & np.isfinite(costs.shortage) & (costs.shortage > 0.0)
    ratio = critical_ratio(costs, review)
    return np.clip(np.where(by_cost, ratio, level), LEAST_LEVEL, HIGHEST_LEVEL)


def critical_ratio(costs: Economics, review_days: np.ndarray) -> np.ndarray:
    """Newsvendor fractile p / (p + h) over one review cycle, both in the same unit (facts/inventory 4.1).

    A shortage cost per unit short is set against holding one unit for one review period; per unit and
    week against holding for one week. NaN where a cost is unknown.
    """
    weeks = np.where(costs.per_unit_week, 1.0, review_days / WEEK)
    held = costs.holding_per_week * weeks
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(costs.shortage / (costs.shortage + held))


def fill_rate(up_to: np.ndarray, demand: IntervalDemand, lead_demand: IntervalDemand) -> np.ndarray:
    """Share of demand served from stock under (R, S): 1 - (E[(D(P)-S)+] - E[(D(L)-S)+]) / E[D(R)]."""
    review = np.maximum(demand.mean - lead_demand.mean, 1e-12)
    short = demand.shortage(up_to) - lead_demand.shortage(up_to)
    return np.asarray(1.0 - np.clip(short, 0.0, None) / review)


def _for_fill_rate(demand: IntervalDemand, lead_demand: IntervalDemand, goal: np.ndarray) -> np.ndarray:
    """Smallest level that reaches the fill rate, by bisection; 0 for items without demand."""
    low = np.zeros(len(goal))
    high = demand.quantile(HIGHEST_LEVEL)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        short = fill_rate(middle, demand, lead_demand) < goal
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(demand.integer, np.ceil(high - 1e-6), high)


def economic_lot(per_week: np.ndarray, costs: Economics) -> np.ndarray:
    """sqrt(2 K d / h) [base units]; zero where order cost, demand or holding cost is unknown or zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lot = np.sqrt(2.0 * costs.order_cost * per_week / costs.holding_per_week)
    return np.where(np.isfinite(lot), lot, 0.0)
