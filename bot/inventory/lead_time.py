"""The lead time as a distribution per item-location and its supplier, learned from receipts and open lines.

It learns ratios of actual to planned days and shrinks them: item at supplier → supplier → all → plan.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

POINTS = 9  # equally likely support points per distribution
PRIOR = 4.0  # lines that the wider group counts for
HALF_LIFE_DAYS = 180.0
OLDEST_DAYS = 16 * HALF_LIFE_DAYS  # older lines weigh as much: fainter weights would drown in rounding
LONGEST_RATIO = 6.0
TAIL = 1.25  # mass beyond the last arrival, when the longest waits are still open, sits here times the longest


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """`days` [n, K]: K equally likely lead times in calendar days; `lines` [n]: item's own lines behind them."""

    days: np.ndarray
    lines: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Expected lead time in days, [n]."""
        return np.asarray(self.days.mean(axis=1))


def lead_time_distributions(lines: pd.DataFrame, offers: pd.DataFrame, as_of: pd.Timestamp) -> LeadTimes:
    """Distributions for the offers (columns item, location, supplier, lead_time_days), in their row order.

    `lines` are order-line outcomes; lines still open are censored at their age (product-limit estimate,
    facts/inventory 3.4). Without any history the planned lead time stands alone.
    """
    planned = offers["lead_time_days"].to_numpy(dtype="float64")
    plain = np.where(np.isfinite(planned), planned, 1.0)
    seen = _ratios(lines, offers, as_of)
    if seen.empty:
        return LeadTimes(np.maximum(np.rint(plain), 1.0)[:, None], np.zeros(len(offers), dtype=int))
    quantiles, own = _shrunk(seen, offers)
    days = np.maximum(np.rint(quantiles * plain[:, None]), 1.0)
    return LeadTimes(days, own)


def _ratios(lines: pd.DataFrame, offers: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Actual over planned days per line, with its weight; lines without a plan use their supplier's median."""
    used = lines[lines["theirs"] & np.isfinite(lines["days"].to_numpy(dtype="float64"))]
    used = used[used["days"] >= 0]
    keys = ["item", "location", "supplier"]
    merged = used.merge(offers[[*keys, "lead_time_days"]].dropna().drop_duplicates(keys), how="left", on=keys)
    median = offers.groupby("supplier", observed=True)["lead_time_days"].median()
    theirs = merged["supplier"].astype("str").map(dict(zip(median.index.astype("str"), median, strict=True)))
    planned = merged["lead_time_days"].fillna(theirs.astype("float64"))
    age = (as_of - merged["ordered_on"]).dt.days.astype("float64")
    merged = merged.assign(
        ratio=(merged["days"].clip(lower=1.0) / planned).clip(upper=LONGEST_RATIO),
        weight=0.5 ** (age.clip(0.0, OLDEST_DAYS) / HALF_LIFE_DAYS),
    )
    usable: pd.DataFrame = merged[merged["ratio"].notna() & merged["weight"].notna()]
    return usable


def _shrunk(seen: pd.DataFrame, offers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Blend the quantile functions of the three levels and the plan (ratio 1), by recency-weighted lines.

    Also the plain number of lines of the narrowest level, [n].
    """
    blended = np.ones((len(offers), POINTS))
    lines = np.zeros(len(offers), dtype=np.int64)
    for keys in ([], ["supplier"], ["item", "location", "supplier"]):
        quantiles, weight, lines = _level(seen, offers, keys)
        share = (weight / (weight + PRIOR))[:, None]
        blended = np.where(share > 0.0, share * quantiles + (1.0 - share) * blended, blended)
    return blended, lines


def _level(seen: pd.DataFrame, offers: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantiles [n, K], weight [n] and number [n] of lines of each offer's group; all 0 lines where it has none."""
    seen_group, offer_group, groups = _groups(seen, offers, keys)
    weight = seen["weight"].to_numpy()
    table = product_limit(seen_group, seen["ratio"].to_numpy(), seen["arrived"].to_numpy(dtype=bool), weight, groups)
    total = np.append(np.bincount(seen_group, weights=weight, minlength=groups), 0.0)
    lines = np.append(np.bincount(seen_group, minlength=groups), 0)
    return np.vstack([table, np.ones(POINTS)])[offer_group], total[offer_group], lines[offer_group]


def _groups(seen: pd.DataFrame, offers: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray, int]:
    if not keys:
        return np.zeros(len(seen), dtype=np.int64), np.zeros(len(offers), dtype=np.int64), 1
    codes = pd.DataFrame({key: seen[key].cat.codes.to_numpy(dtype=np.int64) for key in keys})
    wanted = pd.DataFrame({key: offers[key].cat.codes.to_numpy(dtype=np.int64) for key in keys})
    names = pd.MultiIndex.from_frame(codes.drop_duplicates())
    return (
        names.get_indexer(pd.MultiIndex.from_frame(codes)),
        names.get_indexer(pd.MultiIndex.from_frame(wanted)),
        len(names),
    )


def product_limit(
    group: np.ndarray, value: np.ndarray, arrived: np.ndarray, weight: np.ndarray, groups: int
) -> np.ndarray:
    """Weighted product-limit quantiles per group, [groups, POINTS], at probabilities (k + 0.5) / POINTS.

    Censored values (not `arrived`) leave the risk set after arrivals of the same value (Kaplan-Meier); mass
    that no arrival explains sits at TAIL times the longest value. Weights > 0, of
    like size (a factor of a million at most). Groups without values are NaN.
    """
    order = np.lexsort((~arrived, value, group))
    group, value = group[order], value[order]
    start = np.searchsorted(group, np.arange(groups + 1))
    filled = start[1:] > start[:-1]
    cdf = _arrived_share(group, arrived[order], weight[order], start[:-1])
    result = np.full((groups, POINTS), np.nan)
    for point in range(POINTS):
        below = cdf < (point + 0.5) / POINTS - 1e-9
        place = start[:-1] + np.bincount(group[below], minlength=groups)
        inside = filled & (place < start[1:])
        result[inside, point] = value[place[inside]]
        beyond = filled & ~inside
        result[beyond, point] = TAIL * value[start[1:][beyond] - 1]
    return result


def _arrived_share(group: np.ndarray, arrived: np.ndarray, weight: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Product-limit distribution function at each value; rows sorted by group, value and arrivals first."""
    # scaled per group, so that groups of faint weights keep their digits in the running sums
    weight = weight / np.bincount(group, weights=weight)[group]
    before = np.cumsum(weight) - weight
    at_risk = np.maximum(1.0 - (before - before[start[group]]), weight)
    hazard = np.where(arrived, weight / at_risk, 0.0)
    last = hazard >= 1.0 - 1e-12  # everything that was left arrived; its logarithm would be infinite
    log_stay = np.log1p(-np.where(last, 0.0, hazard))
    run = np.cumsum(log_stay)
    return np.asarray(np.where(last, 1.0, -np.expm1(run - (run - log_stay)[start[group]])))
