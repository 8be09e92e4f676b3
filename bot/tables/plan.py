"""What a plan says about each planned item-location: the columns, and the closed list of reasons.

One row per planned item-location and chosen supplier; the same frame is explained, stored and, without EXPLANATION,
written to orders.csv. Nothing is computed here.
"""

from dataclasses import dataclass

ORDERED, NOT_NEEDED, NOT_PLANNABLE = "ordered", "not_needed", "not_plannable"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row has its outcome: a code, what it means, and in which part of the balance it counts."""

    code: str
    part: str
    meaning: str


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("below_reorder_point", ORDERED, "the inventory position is below the reorder point"),
        Reason("covered", NOT_NEEDED, "stock and open orders cover the interval at the target service"),
        Reason("covered_by_own_orders", NOT_NEEDED, "covered because of own orders that the ERP does not show yet"),
        Reason("no_demand", NOT_NEEDED, "nothing is expected to be asked for in the interval"),
        Reason("not_an_order_day", NOT_NEEDED, "below the reorder point, but the supplier takes orders on another day"),
        Reason("rejected_before", NOT_NEEDED, "a buyer rejected the same need and it has not changed since"),
        Reason("mode_orders_nothing", NOT_NEEDED, "below the reorder point, but the mode is observe or shadow"),
        Reason("cover_cap", NOT_NEEDED, "below the reorder point, but the cap on cover or shelf life allows no more"),
        Reason("item_inactive", NOT_PLANNABLE, "the item is blocked, phased out or discontinued"),
        Reason(
            "item_in_quarantine",
            NOT_PLANNABLE,
            "the item's own master data, or that of the item at the location, was set aside",
        ),
        Reason("stock_unknown", NOT_PLANNABLE, "no usable stock figure: none was sent, or its row was set aside"),
        Reason(
            "open_orders_in_doubt", NOT_PLANNABLE, "a row of its open orders was set aside; ordering could double it"
        ),
        Reason("no_supplier", NOT_PLANNABLE, "no supplier is known for it"),
        Reason("sourcing_in_quarantine", NOT_PLANNABLE, "its only terms of supply were set aside"),
        Reason("terms_not_valid", NOT_PLANNABLE, "its terms of supply are not valid today"),
        Reason("supplier_blocked", NOT_PLANNABLE, "its only suppliers are blocked"),
        Reason("no_history", NOT_PLANNABLE, "nothing is known about its demand"),
        Reason("lots_impossible", NOT_PLANNABLE, "minimum, multiple and maximum of the supplier allow no quantity"),
        Reason("forecast_failed", NOT_PLANNABLE, "the forecast is not usable"),
    )
}

KEYS = ("item", "location", "supplier", "from_location")
ANSWER = ("quantity", "need_date", "order_date", "decision", "reason")
FIGURES = {
    "unit": "base unit",
    "description": "name of the item",
    "supplier_name": "name of the supplier",
    "location_name": "name of the location",
    "category": "category path of the item",
    "abc": "class by value",
    "xyz": "class by steadiness",
    "on_hand": "usable now",
    "on_order": "open orders that arrive in time",
    "in_flight": "own orders that the ERP does not show yet",
    "reserved": "promised to somebody",
    "backorders": "owed and overdue",
    "inventory_position": "on_hand + inspection + in_transit + on_order + in_flight - reserved - backorders",
    "lead_time_days": "expected days from order to usable stock",
    "lead_time_lines": "own receipts behind the lead time",
    "review_days": "days to the next chance to order",
    "interval_days": "expected length of the protection interval",
    "interval_mean": "expected demand over the protection interval",
    "interval_q10": "demand that is exceeded with probability 0.9",
    "interval_q50": "median demand over the protection interval",
    "interval_q90": "demand that is exceeded with probability 0.1",
    "recent_mean": "mean demand per day, recently",
    "service_level": "probability with which the interval is to be covered",
    "reorder_point": "order when the position is below",
    "order_up_to": "order up to this position",
    "needed": "order_up_to - inventory_position, before lots",
    "moq": "minimum order quantity",
    "order_multiple": "orders are whole multiples of it",
    "price": "price per price_unit at this quantity",
    "price_unit": "base units that the price is for",
    "currency": "currency of the price",
    "amount_minor": "value of the line in minor units of the policy currency",
    "stockout_risk": "probability that the interval is not covered without an order",
    "supplier_score_pct": "lower bound of on time in full",
    "supplier_lines": "order lines behind the score",
    "cover_days_after": "days that the position lasts after the order arrives",
    "unit_price": "policy currency per base unit, with added costs",
    "max_quantity": "largest order",
    "supplier_blocked": "the ERP blocks the supplier",
    "supplier_auto_order": "the ERP allows automatic orders to the supplier",
    "item_auto_order": "the ERP allows automatic orders of the item",
    "pattern": "kind of demand",
    "lifecycle": "new, active, fading or dead",
    "forecaster": "model behind the forecast",
    "forecast_fallback": "what had to be mended in the forecast, or why a named forecaster was not used",
    "mode": "mode that policy sets for the row",
    "doubts": "what a person should look at before it is ordered",
    "guards": "guards that fired, by name",
    "rules": "policy rules that set values for the row",
}

# Beside the figures, for sentences: in the stored plan and with each order line, not in orders.csv.
EXPLANATION = {
    "champion": "model chosen on replayed intervals; a forecaster that policy names stands in its place",
    "runner_up": "the best other candidate",
    "judged_on": "item or class: whose replayed intervals the scores are of",
    "score": "mean loss of the champion in units of ordinary demand, less is better",
    "runner_up_score": "the same of the runner-up",
    "naive_score": "the same of the naive forecast, the mean of the last interval",
    "value_added_pct": "by how much the champion loses less than the naive forecast",
    "level_per_day": (
        "level of the own history; interval_mean = level_per_day * interval_days * the factors common, size, seen, "
        "memories, group, season and trend"
    ),
    "common_factor": "what all items of the panel did after such a history",
    "size_factor": "what items of this size did",
    "seen_factor": "what items with as many sales did",
    "memories_factor": "what items with such a recent rise or fall did",
    "group_factor": "what items with the same attributes say about a young one",
    "season_factor": "the interval against as many average days, or the course that a named forecaster sees",
    "trend_factor": "the trend over the interval",
    "trend_pct_per_week": "change of the level per week at the beginning, fading ahead",
    "stated_level": "level of the model's own law at which service_level is read",
    "class_covered_pct": "replayed intervals of the class that the 0.95 quantile covered",
    "class_cases": "replayed intervals of the class",
    "own_covered": "own replayed intervals that the 0.95 quantile covered",
    "own_cases": "own replayed intervals",
    "bucket": "length of a bucket of the history: D, W or M",
    "bucket_mean": "expected demand of the bucket that the day of the plan lies in",
    "before_on": "day of the plan before, empty without one or where it did not have the item-location",
    "mean_before": "interval_mean of the plan before",
    "days_before": "interval_days of the plan before",
    "service_before": "service_level of the plan before",
    "forecaster_before": "forecaster of the plan before",
    "pattern_before": "pattern of the plan before",
    "lifecycle_before": "lifecycle of the plan before",
    "last_bucket": "first day of the first bucket that ended since the plan before",
    "last_buckets": "buckets that ended since the plan before",
    "last_quantity": "demand in them, empty where it is not known",
    "last_expected": "what the plan before expected of them",
    "last_peak": "known buckets right before the last one that were all smaller",
}
