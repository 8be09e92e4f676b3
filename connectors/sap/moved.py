"""Sums movements per item, place, day and kind, exact to the third decimal, whichever interface they came by.

It knows no movement type and no field of the wire.
"""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from connectors.sap.values import plain

# movement type -> kind of demand; a minus takes back what its partner posted
MOVEMENT_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("231", "251", "601"), "sale"),
    **dict.fromkeys(("232", "252", "602"), "-sale"),
    **dict.fromkeys(("201", "221", "261", "281", "291"), "issue"),
    **dict.fromkeys(("202", "222", "262", "282", "292"), "-issue"),
    **dict.fromkeys(("651", "653"), "return"),
    **dict.fromkeys(("652", "654"), "-return"),
    **dict.fromkeys(("301", "303", "351", "641", "643", "645", "647"), "transfer"),
    **dict.fromkeys(("302", "304", "352", "642", "644", "646", "648"), "-transfer"),
}
_OPPOSITE = {"issue": "return", "sale": "return", "transfer": "return", "return": "issue"}
_STEPS = 1000  # quantities of movements have three decimals
_BY = ["item", "location", "date", "kind"]


def kinds_of(own: Mapping[str, str]) -> dict[str, str]:
    """Kind by movement type, the settings' own words first; types to be ignored are left out."""
    return {name: kind for name, kind in {**MOVEMENT_KINDS, **own}.items() if kind != "ignore"}


def leaving(kind: "pd.Series[str]", side: "pd.Series[str]", *, inside: "pd.Series[bool]") -> "pd.Series[bool]":
    """Whether a row is no transfer, or the giving plant's row of one; a move `inside` one plant is none.

    `side` is H where stock leaves, S where it comes, empty where the system does not say.
    """
    back = kind.str.startswith("-")
    receiving = side.where(~back, side.map({"S": "H", "H": "S"})) == "S"
    return (kind.str.removeprefix("-") != "transfer") | ~(receiving | inside)


def per_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Demand of rows with item, location, date, kind and quantity (unsigned text; a minus of the kind takes back).

    More taken back than issued on a day counts as the opposite on that day. Quantities that cannot be read, or are
    below zero, keep rows of their own.
    """
    back, name = rows["kind"].str.startswith("-"), rows["kind"].str.removeprefix("-")
    rows = rows.assign(kind=name)
    amounts = pd.to_numeric(rows["quantity"].mask(rows["quantity"] == ""), errors="coerce").astype("float64")
    readable = np.isfinite(amounts) & (amounts >= 0)
    steps = (amounts[readable] * _STEPS).round().astype("int64")
    cells = rows.loc[readable, _BY].assign(steps=steps.where(~back[readable], -steps))
    sums = cells.groupby(_BY, as_index=False, sort=False)[["steps"]].sum()
    odd = rows.loc[~readable, [*_BY, "quantity"]]
    return pd.concat([_signed(sums), odd], ignore_index=True)


def _signed(sums: pd.DataFrame) -> pd.DataFrame:
    sums = sums[sums["steps"] != 0]
    below = sums["steps"] < 0
    kind = sums["kind"].where(~below, sums["kind"].map(_OPPOSITE))
    quantity = [plain(Decimal(int(step)) / _STEPS) for step in sums["steps"].abs()]
    return sums.assign(kind=kind, quantity=pd.Series(quantity, index=sums.index, dtype="str")).drop(columns="steps")
