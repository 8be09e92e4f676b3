"""Positions and targets become proposed quantities with a reason for every row, ordered or not.

It applies lots but neither policy nor money limits; doubt about the data always means no order.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bot.inventory.lots import fit

MOST_OVER_CAP = 3.0  # lots that exceed what may be used by more than this factor are not worth asking about
_NOISE = 1e-9  # base units: differences that come from float arithmetic


@dataclass(frozen=True, slots=True)
class Doubts:
    """Rows, [n] bool each, about which something is not known well enough to order."""

    inactive: np.ndarray
    item_set_aside: np.ndarray
    orders_set_aside: np.ndarray
    sourcing_set_aside: np.ndarray
    no_history: np.ndarray
    forecast_failed: np.ndarray


def propose(positions: pd.DataFrame, targets: pd.DataFrame, offers: pd.DataFrame, doubts: Doubts) -> pd.DataFrame:
    """Return columns needed [base units, before lots], quantity (after lots, 0 = none), reason and lots_over_cap.

    In row order. A quantity is positive only with the reason `below_reorder_point`. Reservations and sales
    orders take the place of the forecast as far as they exceed it, dependent and one-off needs come on top of
    both levels and of the cap. `lots_over_cap` (bool): rounding to lots lifts the position above the cap.
    """
    position = positions["inventory_position"].to_numpy()
    below = position < _with_known(targets["reorder_point"], positions) - _NOISE
    needed = np.where(below, np.maximum(_with_known(targets["order_up_to"], positions) - position, 0.0), 0.0)
    lots = [offers[name].to_numpy(dtype="float64") for name in ("moq", "order_multiple", "max_quantity")]
    quantity = fit(needed, *lots)
    # a whole unit is the least that anybody orders, whatever the cap
    cap = np.ceil(_with_known(targets["cap"], positions))
    useless = below & (fit(np.full(len(cap), _NOISE), *lots) > MOST_OVER_CAP * (cap + np.maximum(-position, 0.0)))
    reason = _reason(positions, targets, offers, doubts, below, useless, quantity)
    ordered = reason == "below_reorder_point"
    over = ordered & (quantity > needed + _NOISE) & (position + quantity > cap + _NOISE)
    quantity = np.where(ordered, quantity, 0.0)
    return pd.DataFrame({"needed": needed, "quantity": quantity, "reason": reason, "lots_over_cap": over})


def _with_known(level: pd.Series, positions: pd.DataFrame) -> np.ndarray:
    """A target level [base units] with the known needs of the interval, [n]."""
    return np.asarray(np.maximum(level.to_numpy(), positions["firm"].to_numpy()) + positions["added"].to_numpy())


def _reason(
    positions: pd.DataFrame,
    targets: pd.DataFrame,
    offers: pd.DataFrame,
    doubts: Doubts,
    below: np.ndarray,
    useless: np.ndarray,
    quantity: np.ndarray,
) -> np.ndarray:
    """First reason that applies, in order of what a person would have to mend first."""
    none = offers["supplier"].isna().to_numpy()
    position = positions["inventory_position"].to_numpy()
    level = _with_known(targets["reorder_point"], positions)
    asked = (positions["firm"] + positions["added"]).to_numpy() > 0.0
    own = position - positions["in_flight"].to_numpy() < level - _NOISE
    capped = position < _with_known(targets["reorder_uncapped"], positions) - _NOISE
    unknown = ~np.isfinite(position) | ~np.isfinite(targets[["reorder_point", "order_up_to"]].to_numpy()).all(axis=1)
    ladder: list[tuple[str, np.ndarray]] = [
        ("item_in_quarantine", doubts.item_set_aside),
        ("item_inactive", doubts.inactive),
        ("stock_unknown", ~positions["stock_known"].to_numpy()),
        ("open_orders_in_doubt", doubts.orders_set_aside),
        ("terms_not_valid", none & offers["lapsed"].to_numpy()),
        ("sourcing_in_quarantine", none & doubts.sourcing_set_aside),
        ("no_supplier", none),
        ("supplier_blocked", offers["supplier_blocked"].fillna(False).to_numpy(dtype=bool)),
        ("no_history", doubts.no_history & ~asked),
        ("forecast_failed", doubts.forecast_failed | unknown),
        ("cover_cap", ~below & capped),
        ("no_demand", ~below & ~asked & (targets["order_up_to"].to_numpy() <= 0.0)),
        ("covered_by_own_orders", ~below & own),
        ("covered", ~below),
        ("cover_cap", useless),
        ("lots_impossible", np.isnan(quantity)),
    ]
    codes = np.select([mask for _, mask in ladder], np.arange(len(ladder)), default=len(ladder))
    return np.array([name for name, _ in ladder] + ["below_reorder_point"], dtype=object)[codes]
