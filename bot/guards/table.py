"""The table of guards: name, check, the columns it reads, what it means and what a hit leads to.

The position of a guard is its bit in stored masks: new guards go to the end, none is ever removed or moved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from bot.guards import checks
from bot.guards.measures import Bools, change_pct, first_known, ratio

APPROVE = "approve"
BLOCK = "block"
Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard; a hit for want of a figure always means `approve`, because there is nothing to block for.

    `columns` are handed to `check` in this order; guards without a check count over many orders and are
    computed by `budget`. `limit` is the policy key that holds the limit, `figure` what is compared with it.
    """

    name: str
    meaning: str
    verdict: str
    check: Callable[..., Bools] | None = None
    columns: tuple[str, ...] = ()
    limit: str = ""
    figure: Callable[[Columns], npt.NDArray[Any]] | None = None
    unit: str = ""
    at_claim: bool = False

    def hits(self, columns: Columns) -> Bools:
        """Which lines the guard hits."""
        if self.check is None:
            raise ValueError(f"{self.name} counts over many orders")
        return self.check(*(columns[name] for name in self.columns))


def _column(name: str) -> Callable[[Columns], npt.NDArray[Any]]:
    return lambda columns: columns[name]


def _usual(columns: Columns) -> npt.NDArray[Any]:
    return ratio(columns["quantity"], columns["usual_quantity"])


def _rise(columns: Columns) -> npt.NDArray[Any]:
    base = first_known(columns["contract_price"], columns["last_price"])
    return change_pct(columns["price"], base)


def _collar(columns: Columns) -> npt.NDArray[Any]:
    base = first_known(columns["last_price"], columns["contract_price"])
    return change_pct(columns["price"], base)


def _jump(columns: Columns) -> npt.NDArray[Any]:
    return ratio(columns["interval_mean"], columns["recent_mean"])


_PRICES = ("price", "contract_price", "last_price")

_ALL = (
    Guard(
        "auto_order_value_max", "order value with other open drafts of the supplier above what goes out alone",
        APPROVE, checks.value_needs_person, ("order_with_drafts_minor", "auto_order_value_max"),
        "auto_order_value_max", _column("order_with_drafts_minor"), "money", at_claim=True,
    ),
    Guard(
        "order_value_max", "order value above what is ordered here at all", BLOCK, checks.value_too_high,
        ("order_minor", "order_value_max"), "order_value_max", _column("order_minor"), "money", at_claim=True,
    ),
    Guard(
        "auto_spend_per_day_max", "spending alone in one day would pass its cap", APPROVE,
        limit="auto_spend_per_day_max", figure=_column("order_minor"), unit="money", at_claim=True,
    ),
    Guard(
        "auto_spend_per_week_max", "spending alone in seven days would pass its cap", APPROVE,
        limit="auto_spend_per_week_max", figure=_column("order_minor"), unit="money", at_claim=True,
    ),
    Guard(
        "auto_orders_per_run_max", "more orders in this run than may go out alone", APPROVE,
        limit="auto_orders_per_run_max", at_claim=True,
    ),
    Guard(
        "qty_vs_usual_max_ratio", "quantity far above the usual receipt", APPROVE, checks.quantity_unusual,
        ("quantity", "usual_quantity", "qty_vs_usual_max_ratio"), "qty_vs_usual_max_ratio", _usual, "times",
    ),
    Guard(
        "unit_slip", "quantity looks like the usual one in another unit", BLOCK, checks.unit_slip,
        ("quantity", "usual_quantity"), figure=_usual, unit="times",
    ),
    Guard(
        "price_rise_max_pct", "price risen against contract or last price paid", APPROVE, checks.price_rise,
        (*_PRICES, "price_rise_max_pct"), "price_rise_max_pct", _rise, "%",
    ),
    Guard(
        "price_collar", "price far from the last price paid", BLOCK, checks.price_collar,
        (*_PRICES, "price_collar_max_pct"), "price_collar_max_pct", _collar, "%",
    ),
    Guard(
        "cover_max_days", "stock would last longer than wanted", APPROVE, checks.above,
        ("cover_days_after", "cover_max_days"), "cover_max_days", _column("cover_days_after"), "days",
    ),
    Guard(
        "supplier_score_min_pct", "supplier scores too low", APPROVE, checks.below,
        ("supplier_score_pct", "supplier_score_min_pct"), "supplier_score_min_pct", _column("supplier_score_pct"), "%",
    ),
    Guard(
        "stock_data_age_max_hours", "stock figures too old", APPROVE, checks.above,
        ("stock_age_hours", "stock_data_age_max_hours"), "stock_data_age_max_hours", _column("stock_age_hours"),
        "hours",
    ),
    Guard(
        "forecast_jump", "forecast far above the recent level", BLOCK, checks.forecast_jump,
        ("interval_mean", "recent_mean", "forecast_jump_max_ratio"), "forecast_jump_max_ratio", _jump, "times",
    ),
    Guard(
        "supplier_blocked", "the ERP blocks the supplier", BLOCK, checks.flagged, ("supplier_blocked",),
        figure=_column("supplier_blocked"), at_claim=True,
    ),
    Guard("erp_veto", "the ERP forbids automatic orders", APPROVE, checks.vetoed,
          ("supplier_auto_order", "item_auto_order"), at_claim=True),
    Guard("data_doubt", "data of the row are in doubt", APPROVE, checks.flagged, ("data_doubt",)),
    Guard("new_item", "first order of the item", APPROVE, checks.flagged, ("new_item",)),
    Guard("new_supplier", "first order from the supplier", APPROVE, checks.flagged, ("new_supplier",)),
    Guard("freeze_approve", "a freeze shows every order to a person", APPROVE, partial(checks.frozen, level=1),
          ("freeze",), at_claim=True),
    Guard("freeze_hold", "a freeze holds orders", BLOCK, partial(checks.frozen, level=2), ("freeze",), at_claim=True),
    Guard("breaker_approve", "an open breaker shows every order to a person", APPROVE,
          partial(checks.frozen, level=1), ("breaker",), at_claim=True),
    Guard("breaker_hold", "an open breaker holds orders", BLOCK, partial(checks.frozen, level=2), ("breaker",),
          at_claim=True),
)  # fmt: skip

GUARDS: Mapping[str, Guard] = MappingProxyType({guard.name: guard for guard in _ALL})
BITS: Mapping[str, int] = MappingProxyType({name: position for position, name in enumerate(GUARDS)})


def guard_names(mask: int) -> tuple[str, ...]:
    """The guards whose bits are set in a mask, in the order of the table."""
    return tuple(name for name, bit in BITS.items() if mask >> bit & 1)
