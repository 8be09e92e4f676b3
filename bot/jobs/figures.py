"""The columns beside each decision: what policy may match on, and the figures for people and guards.

It moves numbers between the pure steps and decides nothing itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bot.forecast.interval import IntervalDemand
from bot.forecast.named import NOT_USED
from bot.forecast.result import Forecast
from bot.inventory.lead_time import LeadTimes
from bot.patterns.demand import DemandPanel
from bot.policy.words import Watch
from bot.snapshot.dataset import Snapshot

KEYS = ["item", "location"]
TOLD_MOST = 10  # reasons for not using a named forecaster that people are told
_NOISE = 1e-9  # days: a mean of nine lengths is whole but for float arithmetic


@dataclass(frozen=True, slots=True)
class Interval:
    """Protection intervals: days until this order and from it to the next one [n], and the lengths [n, K]."""

    wait: np.ndarray
    review: np.ndarray
    lead: LeadTimes
    days: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Expected length in days, [n]."""
        return np.asarray(self.days.mean(axis=1))

    def last_day(self, as_of: date) -> np.ndarray:
        """Last day that the expected interval covers, [n] datetime64[D]: an arrival on its morning still serves it.

        Of the expected one, because demand is: supply of unlikely days would be set against demand of likely ones.
        """
        length = np.maximum(np.ceil(self.mean - _NOISE), 1.0)
        return np.asarray(np.datetime64(as_of, "D") + (length - 1.0).astype("timedelta64[D]"))


@dataclass(frozen=True, slots=True)
class Steps:
    """What the pure steps of one cycle produced, all in the row order of `rows`."""

    rows: pd.DataFrame
    matching: pd.DataFrame  # the attributes that policy rules match on
    offers: pd.DataFrame
    panel: DemandPanel
    patterns: pd.DataFrame
    interval: Interval
    forecast: Forecast
    demand: IntervalDemand
    targets: pd.DataFrame
    positions: pd.DataFrame
    proposals: pd.DataFrame


def attributes(snapshot: Snapshot, rows: pd.DataFrame, offers: pd.DataFrame, patterns: pd.DataFrame) -> pd.DataFrame:
    """What policy rules may match on, per planned item-location."""
    items = rows[["item"]].merge(snapshot["items"][["item", "category"]], how="left", on="item")
    return pd.DataFrame(
        {
            "item": rows["item"],
            "location": rows["location"],
            "supplier": offers["supplier"],
            "category": items["category"],
            "unit_price": offers["unit_price"],
            **{name: patterns[name].to_numpy() for name in ("abc", "xyz", "pattern", "lifecycle")},
        }
    )


def totals(snapshot: Snapshot, worth: np.ndarray, unit_price: np.ndarray, per_day: np.ndarray) -> dict[str, float]:
    """Figures of the whole run that breakers compare from run to run.

    `stock_rows`: usable rows of stock above zero, because connectors complete lists with zeros;
    `forecast_per_day`: expected demand per day at unit cost, else at the price, in the installation's currency, so
    that grams and engines can be added up.
    """
    value = np.where(np.isfinite(worth), worth, unit_price)
    held = float((snapshot["stock"]["on_hand"] > 0).sum())
    return {"stock_rows": held, "forecast_per_day": float(np.nansum(value * per_day))}


def changes(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """What breakers watch, in percent: how far stock rows fell and the forecast moved, either way.

    Zero where no run before is known.
    """
    rows, forecast = (before.get(name, 0.0) for name in ("stock_rows", "forecast_per_day"))
    return {
        str(Watch.STOCK_ROWS_DROP_PCT): 100.0 * max(rows - now["stock_rows"], 0.0) / rows if rows else 0.0,
        str(Watch.FORECAST_TOTAL_CHANGE_PCT): (
            100.0 * abs(now["forecast_per_day"] - forecast) / forecast if forecast else 0.0
        ),
    }


OFFERED = (
    "supplier", "currency", "price", "price_unit", "unit_price", "order_unit", "unit_factor", "moq", "order_multiple",
    "max_quantity", "contract", "currency_doubt", "supplier_lines", "supplier_blocked", "supplier_auto_order",
    "min_order_value", "rate", "offers",
)  # fmt: skip
HELD = (
    "on_hand", "inspection", "in_transit", "on_order", "on_order_later", "on_order_in_doubt", "in_flight", "reserved",
    "backorders", "firm", "added", "inventory_position", "counted_on",
)  # fmt: skip


def figures(snapshot: Snapshot, steps: Steps) -> pd.DataFrame:
    """One row per planned item-location with the figures of bot.tables.plan; nothing is ordered yet."""
    names = ["item", "unit", "description", "category"]
    master = steps.rows[["item"]].merge(snapshot["items"][names], how="left", on="item")
    known = steps.offers[["supplier"]].merge(snapshot["suppliers"][["supplier", "name"]], how="left", on="supplier")
    places = steps.rows[["location"]].merge(snapshot["locations"][["location", "name"]], how="left", on="location")
    return pd.DataFrame(
        {
            **{key: steps.rows[key] for key in KEYS},
            **{name: steps.offers[name] for name in OFFERED},
            **{name: steps.positions[name] for name in HELD},
            **{name: steps.targets[name] for name in ("service_level", "reorder_point", "order_up_to")},
            **{name: steps.proposals[name] for name in ("needed", "quantity", "reason")},
            **{name: steps.patterns[name].to_numpy() for name in ("pattern", "lifecycle", "recent_mean", "abc", "xyz")},
            "from_location": pd.Series(pd.NA, index=steps.rows.index, dtype="str"),
            "unit": master["unit"],
            "description": master["description"],
            "category": master["category"],
            "supplier_name": known["name"],
            "location_name": places["name"],
            "doubts": _doubts(snapshot, steps),
            **_ahead(snapshot, steps),
        }
    )


def forecasters_not_used(decisions: pd.DataFrame) -> list[str]:
    """Named forecasters that were not used: a sentence per reason, at most TOLD_MOST, and how many more there are."""
    notes = decisions["forecast_fallback"].astype("str")
    counts: pd.Series = notes[notes.str.contains(NOT_USED, regex=False)].value_counts()
    told = [f"forecast of {count:,} item-locations: {text}" for text, count in counts.head(TOLD_MOST).items()]
    return told + [f"{len(counts) - TOLD_MOST:,} more reasons"] * (len(counts) > TOLD_MOST)


def _doubts(snapshot: Snapshot, steps: Steps) -> pd.Series:
    """What a person has to look at before the row is ordered, in words; empty where nothing is odd."""
    ahead = steps.positions["counted_on"] > pd.Timestamp(snapshot.as_of)
    flags = (
        ("an open order is long overdue and does not count", steps.positions["on_order_in_doubt"] > 0.0),
        ("stock was counted after the day of the plan", ahead),
        ("the supplier's lots exceed what cover, shelf life or end of demand allow", steps.proposals["lots_over_cap"]),
    )
    texts = pd.Series("", index=steps.rows.index, dtype="str")
    for words, flagged in flags:
        hit = flagged.to_numpy(dtype=bool)
        texts = texts.where(~hit, texts.where(texts == "", texts + "; ") + words)
    return texts


def _ahead(snapshot: Snapshot, steps: Steps) -> dict[str, object]:
    """Figures about the days to come."""
    interval, demand = steps.interval, steps.demand
    as_of = pd.Timestamp(snapshot.as_of)
    position = np.maximum(steps.positions["inventory_position"].to_numpy(), 0.0)
    soon = np.maximum((steps.positions["inventory_position"] - steps.positions["on_order_slow"]).to_numpy(), 0.0)
    per_day = np.maximum(demand.mean / interval.mean, 1e-12)
    planned_lead = np.ceil(steps.offers["lead_time_days"].fillna(0.0).to_numpy(dtype="float64"))
    return {
        "lead_time_days": interval.lead.mean,
        "lead_time_lines": interval.lead.lines,
        "review_days": interval.review,
        "interval_days": interval.mean,
        "interval_mean": demand.mean,
        "interval_q10": demand.quantile(0.1),
        "interval_q50": demand.quantile(0.5),
        "interval_q90": demand.quantile(0.9),
        "stockout_risk": demand.above(soon),
        "supplier_score_pct": 100.0 * steps.offers["score_low"],
        "cover_days_after": (position + steps.proposals["quantity"].to_numpy()) / per_day,
        "forecaster": steps.forecast.model,
        "forecast_fallback": steps.forecast.fallback,
        "wait": interval.wait,
        "order_date": (as_of + pd.to_timedelta(interval.wait, unit="D")).astype("datetime64[s]"),
        "need_date": (as_of + pd.to_timedelta(interval.wait + planned_lead, unit="D")).astype("datetime64[s]"),
    }
