"""Condenses goods movements of ECC into demand per item, plant, day and kind.

Which movement means what stands in the table that the OData route uses too; receipts are read by `ecc_orders`.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from bot.ports_reading import Mirror
from connectors.sap.ecc_base import Ecc
from connectors.sap.ecc_documents import movements
from connectors.sap.moved import kinds_of, leaving, per_day
from connectors.sap.rfc_values import iso_column, shown_column, signed_column


def demand(ecc: Ecc, start: date, mirror: Mirror | None = None) -> Iterator[pd.DataFrame]:
    """Demand since `start`."""
    yield condense(movements(ecc, mirror, start), kinds_of(ecc.settings.movement_types))


def condense(rows: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Sums per item, plant, day and kind."""
    rows = rows[rows["BWART"].isin(list(kinds))]
    kind = rows["BWART"].map(dict(kinds)).astype("str")
    keep = leaving(kind, rows["SHKZG"], inside=(rows["UMWRK"] == "") | (rows["UMWRK"] == rows["WERKS"]))
    rows, kind = rows[keep], kind[keep]
    cells = {
        "item": shown_column(rows["MATNR"]), "location": rows["WERKS"], "date": iso_column(rows["BUDAT"]),
        "quantity": signed_column(rows["MENGE"]), "kind": kind,
    }  # fmt: skip
    return per_day(pd.DataFrame(cells))
