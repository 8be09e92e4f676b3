"""Which supplier each planned item-location would be ordered from, and on what terms.

One offer per row: priority first, then landed price corrected for lateness; it places no order.
"""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

LATE_COST_SHARE = 0.10  # share of the price that a line which always fails is taken to cost

TERMS = [
    "supplier", "price", "currency", "price_unit", "lead_time_days", "order_unit", "unit_factor", "moq",
    "order_multiple", "max_quantity", "added_cost", "contract", "currency_doubt",
]  # fmt: skip
OF_SUPPLIER = ["min_order_value", "order_cost", "order_days", "blocked", "auto_order"]


def choose(
    rows: pd.DataFrame,
    sourcing: pd.DataFrame,
    suppliers: pd.DataFrame,
    scores: pd.DataFrame,
    rates: Mapping[str, Decimal],
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One offer per planned item-location, in the order of `rows` (item, location).

    Adds to the terms: unit_price (home currency per base unit, NaN without a rate), rate, score, score_low
    (0 to 1), supplier_lines, supplier_blocked, supplier_auto_order, offers (how many could deliver),
    lapsed (there are offers, none valid today). Rows without an offer have supplier NaN. Of several valid
    terms of one supplier the last to begin counts.
    """
    terms = _with_supplier(_valid(sourcing, as_of), suppliers, scores, rates)
    ranked = terms.sort_values(
        ["supplier_blocked", "_rank", "_cost", "lead_time_days", "supplier"], kind="stable", na_position="last"
    )
    best = ranked.drop_duplicates(["item", "location"])
    counts = terms[~terms["supplier_blocked"]].groupby(["item", "location"], observed=True).size().rename("offers")
    chosen = rows.merge(best.drop(columns=["_rank", "_cost"]), how="left", on=["item", "location"])
    chosen = chosen.merge(counts.reset_index(), how="left", on=["item", "location"])
    any_offer = sourcing[["item", "location"]].drop_duplicates().assign(_any=True)
    had = rows.merge(any_offer, how="left", on=["item", "location"])["_any"].fillna(False).to_numpy(dtype=bool)
    return chosen.assign(offers=chosen["offers"].fillna(0).astype(int), lapsed=had & chosen["supplier"].isna())


def _valid(sourcing: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The terms that hold on `as_of`, one row per item, location and supplier."""
    lapsed = (sourcing["valid_from"] > as_of) | (sourcing["valid_to"] < as_of)
    held = sourcing[~lapsed.to_numpy(dtype=bool)]
    by_start = held.sort_values("valid_from", kind="stable", na_position="first")
    return by_start.drop_duplicates(["item", "location", "supplier"], keep="last").sort_index()


def _with_supplier(
    sourcing: pd.DataFrame, suppliers: pd.DataFrame, scores: pd.DataFrame, rates: Mapping[str, Decimal]
) -> pd.DataFrame:
    master = suppliers[["supplier", *OF_SUPPLIER]].rename(
        columns={"blocked": "supplier_blocked", "auto_order": "supplier_auto_order"}
    )
    terms = sourcing[["item", "location", *TERMS, "priority"]].merge(master, how="left", on="supplier")
    codes = pd.Index(terms["supplier"].astype("str"))
    rate = terms["currency"].astype("str").map({code: float(value) for code, value in rates.items()})
    unit_price = (terms["price"] / terms["price_unit"] + terms["added_cost"]) * rate.astype("float64")
    score = scores["otif"].reindex(codes).to_numpy()
    return terms.assign(
        supplier_blocked=terms["supplier_blocked"].fillna(False).astype(bool),
        supplier_auto_order=terms["supplier_auto_order"].fillna(True).astype(bool),
        rate=rate,
        unit_price=unit_price,
        score=score,
        score_low=scores["otif_low"].reindex(codes).to_numpy(),
        supplier_lines=scores["lines"].reindex(codes).to_numpy(),
        _rank=terms["priority"].fillna(np.inf),
        _cost=unit_price * (1.0 + LATE_COST_SHARE * (1.0 - np.nan_to_num(score, nan=1.0))),
    ).drop(columns=["priority"])
