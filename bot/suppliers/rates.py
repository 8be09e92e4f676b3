"""Exchange rates of one day: from any currency to the installation's, pinned for the run.

It invents no rate; a missing one stays missing and stops the lines that need it.
"""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd


def pin(rates: pd.DataFrame, home: str, as_of: pd.Timestamp) -> Mapping[str, Decimal]:
    """Home-currency units per unit of each currency: the newest rate not after `as_of`, direct or inverse."""
    pinned = {home: Decimal(1)}
    for row in rates[rates["date"] <= as_of].sort_values("date").itertuples(index=False):
        rate = Decimal(repr(float(row.rate)))
        if row.to_currency == home:
            pinned[str(row.from_currency)] = rate
        elif row.from_currency == home and str(row.to_currency) not in _direct(rates, home):
            pinned[str(row.to_currency)] = Decimal(1) / rate
    return pinned


def _direct(rates: pd.DataFrame, home: str) -> set[str]:
    return set(rates.loc[(rates["to_currency"] == home).to_numpy(dtype=bool), "from_currency"].astype("str"))
