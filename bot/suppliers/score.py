"""How reliable each supplier is: on time in full per line, recency-weighted and shrunk, with its lower bound.

No data is the prior, never 100 %. Price is not part of reliability; choosing is `choose`'s work.
"""

import numpy as np
import pandas as pd
from scipy import special

from bot.suppliers.lines import FULL_SHARE, TOLERANCE_DAYS

HALF_LIFE_DAYS = 180.0
PRIOR_LINES = 10.0
PRIOR_RATE = 0.8  # before anything is known about any supplier
LOWER = 0.20  # automation gates on the 20 % credible bound (facts/inventory 7.2)


def score_suppliers(lines: pd.DataFrame, suppliers: pd.Index, as_of: pd.Timestamp) -> pd.DataFrame:
    """Score per supplier code (index) from order-line outcomes.

    Columns: lines (count), lines_effective (recency-weighted), otif (posterior mean, 0 to 1), otif_low
    (20 % bound), late_share. Beta posterior around the mean of all suppliers; source: facts/inventory 7.2.
    """
    used = lines[lines["theirs"] & lines["due_on"].notna()]
    good = _on_time(used) & _in_full(used)
    late = ~_on_time(used)
    age = (as_of - used["ended_on"].fillna(as_of)).dt.days.to_numpy(dtype="float64")
    weight = 0.5 ** (np.maximum(age, 0.0) / HALF_LIFE_DAYS)
    code = suppliers.get_indexer(pd.Index(used["supplier"].astype("str")))
    kept = code >= 0
    total, squares, hits, lates = (
        np.bincount(code[kept], weights=values[kept].astype("float64"), minlength=len(suppliers)).astype("float64")
        for values in (weight, weight**2, weight * good, weight * late)
    )
    rate = (hits.sum() + PRIOR_RATE * PRIOR_LINES) / (total.sum() + PRIOR_LINES)
    a, b = hits + rate * PRIOR_LINES, total - hits + (1.0 - rate) * PRIOR_LINES
    effective = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return pd.DataFrame(
        {
            "lines": np.bincount(code[kept], minlength=len(suppliers)),
            "lines_effective": effective,
            "otif": a / (a + b),
            "otif_low": special.betaincinv(a, b, LOWER),
            "late_share": np.divide(lates, total, out=np.full_like(total, np.nan), where=total > 0),
        },
        index=suppliers,
    )


def _on_time(lines: pd.DataFrame) -> np.ndarray:
    tolerated = lines["due_on"] + pd.Timedelta(days=TOLERANCE_DAYS)
    return np.asarray((lines["ended_on"] <= tolerated) & lines["arrived"])


def _in_full(lines: pd.DataFrame) -> np.ndarray:
    return np.asarray(lines["quantity_received"] >= FULL_SHARE * lines["quantity_ordered"])
