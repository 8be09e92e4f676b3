"""Reorder point and order-up-to level from the distribution of demand over the protection interval.

The objective is the policy's: cycle service, fill rate or cost; nothing here rounds to packs or orders.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bot.forecast.distributions import gamma_guess
from bot.forecast.interval import IntervalDemand

WEEK = 7.0
YEAR = 365.25
DEFAULT_SERVICE = 0.95
DEFAULT_HOLDING_RATE = 0.20  # of the item's value per year, where neither policy nor data name one
LEAST_LEVEL, HIGHEST_LEVEL = 0.5, 0.9995
_ROUNDS = 100
_CLOSE = 1e-6  # relative width at which the search for amounts ends
_SLACK = 1e-9  # rounding of the shortage that must not move a level by a unit
_FAINT = 1e-6  # shortages below this share of what is allowed look alike
_LEAST_DEMAND = 1e-6  # base units: less is none


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
    """Targets per row: service_level, reorder_point, reorder_uncapped, order_up_to, cap [base units], capped (bool).

    `reorder_point` is the position that covers review + lead time at the objective: an order is due below
    it. `order_up_to` adds what an economic lot holds beyond one review period's demand. `caps` [n] (cover,
    shelf life, end of demand; inf = none) lower both; `reorder_uncapped` tells what they cut off.

    `demand` covers review + lead time, `lead_demand` the lead time alone (needed for fill rates);
    `interval_days` [n] is the expected length of the former. `settings` has objective, service_level_pct,
    fill_rate_pct; a fill rate that is not named means cycle service.
    """
    objective = settings["objective"].astype("str").to_numpy()
    level = _service_level(objective, settings, costs, review_days)
    goal = settings["fill_rate_pct"].to_numpy(dtype="float64", na_value=np.nan) / 100.0
    by_fill = (objective == "fill_rate") & np.isfinite(goal) & (lead_demand is not None)
    reorder = np.zeros(len(level))
    rows = np.flatnonzero(~by_fill)
    reorder[rows] = demand.take(rows).quantile(level[rows])
    if lead_demand is not None and by_fill.any():
        rows = np.flatnonzero(by_fill)
        reorder[rows] = level_for_fill_rate(demand.take(rows), lead_demand.take(rows), goal[rows])
        level[rows] = demand.take(rows).cdf(reorder[rows])
    per_week = demand.mean * WEEK / interval_days
    wanted = reorder + np.maximum(economic_lot(per_week, costs) - per_week * review_days / WEEK, 0.0)
    up_to = np.minimum(wanted, caps)
    return pd.DataFrame(
        {
            "service_level": level,
            "reorder_point": np.minimum(reorder, up_to),
            "reorder_uncapped": reorder,
            "order_up_to": up_to,
            "cap": caps,
            "capped": wanted > caps,
        }
    )


def without_demand(targets: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """The targets with nothing to keep on `rows` [n] bool: what is ordered there is what is asked for by name."""
    names = ["reorder_point", "reorder_uncapped", "order_up_to"]
    return targets.assign(**{name: targets[name].where(~rows, 0.0) for name in names})


def _service_level(objective: np.ndarray, settings: pd.DataFrame, costs: Economics, review: np.ndarray) -> np.ndarray:
    """Probability to cover, [n]: the critical ratio where costs are the objective and known, else as named."""
    named = settings["service_level_pct"].to_numpy(dtype="float64", na_value=np.nan) / 100.0
    level = np.where(np.isfinite(named), named, DEFAULT_SERVICE)
    ratio = critical_ratio(costs, review)
    by_cost = (objective == "cost") & np.isfinite(ratio) & (costs.shortage > 0.0)
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


def level_for_fill_rate(demand: IntervalDemand, lead_demand: IntervalDemand, goal: np.ndarray) -> np.ndarray:
    """Smallest level that reaches the fill rate `goal` (0 to 1), [n]; whole for counts.

    Goals above HIGHEST_LEVEL are read as that: no stock serves everything. 0 where demand of any size is less
    likely than 1 - HIGHEST_LEVEL: nothing is kept for items that are as good as dead.
    """
    review = demand.mean - lead_demand.mean
    allowed = (1.0 - np.minimum(goal, HIGHEST_LEVEL)) * review
    result = np.zeros(len(goal))
    rows = np.flatnonzero((review > 0.0) & (demand.above(_LEAST_DEMAND) > 1.0 - HIGHEST_LEVEL))
    if len(rows):
        result[rows] = _search(demand.take(rows), lead_demand.take(rows), allowed[rows])
    return result


def _search(demand: IntervalDemand, lead_demand: IntervalDemand, allowed: np.ndarray) -> np.ndarray:
    """Level at which the expected shortage per review falls to `allowed`: false position on its logarithm."""
    demand, lead_demand = demand.prepared(), lead_demand.prepared()

    def excess(level: np.ndarray, rows: np.ndarray) -> np.ndarray:
        short = demand.take(rows).shortage(level) - lead_demand.take(rows).shortage(level)
        return np.asarray(np.log(np.maximum(short, allowed[rows] * _FAINT) / allowed[rows]))

    counts, every = demand.integer, np.arange(len(allowed))
    low, f_low = np.zeros(len(allowed)), np.log((demand.mean - lead_demand.mean) / allowed)
    high = np.ceil(gamma_guess(demand.mean, demand.variance, np.full(len(allowed), DEFAULT_SERVICE))) + 1.0
    f_high = excess(high, every)
    while len(short := np.flatnonzero(f_high > _SLACK)):
        low[short], f_low[short] = high[short], f_high[short]
        high[short] = np.ceil(high[short] * 1.5)
        f_high[short] = excess(high[short], short)
    for turn in range(_ROUNDS):
        wide = np.flatnonzero(high - low > np.where(counts, 1.0, _CLOSE * high))
        if not len(wide):
            break
        middle = _between(low[wide], high[wide], f_low[wide], f_high[wide], counts[wide], halve=turn % 4 == 3)
        f = excess(middle, wide)
        up = f > _SLACK
        weaker = 0.5 if turn % 2 else 1.0
        low[wide], high[wide] = np.where(up, middle, low[wide]), np.where(up, high[wide], middle)
        f_low[wide] = np.where(up, f, f_low[wide] * weaker)
        f_high[wide] = np.where(up, f_high[wide] * weaker, f)
    return high


def _between(
    low: np.ndarray, high: np.ndarray, f_low: np.ndarray, f_high: np.ndarray, counts: np.ndarray, *, halve: bool
) -> np.ndarray:
    """Next level to try: where the chord crosses zero, or the middle; for counts a whole number strictly inside."""
    share = 0.5 if halve else np.clip(f_low / np.maximum(f_low - f_high, 1e-300), 0.02, 0.98)
    point = low + (high - low) * share
    return np.asarray(np.where(counts, np.clip(np.rint(point), low + 1.0, high - 1.0), point))


def economic_lot(per_week: np.ndarray, costs: Economics) -> np.ndarray:
    """sqrt(2 K d / h) [base units]; zero where order cost, demand or holding cost is unknown or zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lot = np.sqrt(2.0 * costs.order_cost * per_week / costs.holding_per_week)
    return np.where(np.isfinite(lot), lot, 0.0)
