"""Exchange rates of one day: from any currency to the installation's, pinned for the run.

It invents no rate; a missing one stays missing and stops the lines that need it.
"""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd


def pin(rates: pd.DataFrame, home: str, as_of: pd.Timestamp) -> Mapping[str, Decimal]:
    """Home-currency units per unit of each currency: the newest rate not after `as_of`, direct or inverse.

    A direct rate wins over an inverse one of the same day; rates between two other currencies are not used.
    """
    known = rates[rates["date"] <= as_of]
    source, target = known["from_currency"].astype("str"), known["to_currency"].astype("str")
    direct = ((target == home) & (source != home)).to_numpy(dtype=bool)
    inverse = ((source == home) & (target != home)).to_numpy(dtype=bool)
    sides = pd.DataFrame(
        {"code": source.where(direct, target), "date": known["date"], "direct": direct, "rate": known["rate"]}
    )[direct | inverse]
    newest = sides.sort_values(["date", "direct"], kind="stable").drop_duplicates("code", keep="last")
    pinned = {home: Decimal(1)}
    for code, is_direct, rate in zip(newest["code"], newest["direct"], newest["rate"], strict=True):
        exact = Decimal(repr(float(rate)))
        pinned[str(code)] = exact if is_direct else Decimal(1) / exact
    return pinned
