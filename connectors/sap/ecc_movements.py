"""Reads goods movements of ECC window by window and condenses them into demand per item, plant, day and kind.

Which movement means what stands in the table that the OData route uses too; receipts are read by `ecc_orders`.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pandas as pd

from connectors.sap.ecc_base import Ecc
from connectors.sap.moved import kinds_of, leaving, per_day
from connectors.sap.rfc_tables import between, equal
from connectors.sap.rfc_values import day, iso_column, shown_column, signed_column
from connectors.sap.s4_documents import windows

_COLUMNS = ["MATNR", "WERKS", "BWART", "MENGE", "SHKZG", "UMWRK"]
_KEY = ["MBLNR", "MJAHR", "ZEILE"]


def demand(ecc: Ecc, start: date) -> Iterator[pd.DataFrame]:
    """Demand since `start`, a frame per window."""
    kinds = kinds_of(ecc.settings.movement_types)
    for first, end in windows(start, ecc.today(), ecc.settings.window_days):
        yield condense(_rows(ecc, first, end), kinds)


def _rows(ecc: Ecc, first: date, end: date | None) -> pd.DataFrame:
    """Items of the documents posted in a window, with their day."""
    inside = [f"BUDAT GE '{day(first)}'"]
    if end is not None:
        inside.append(f"BUDAT LE '{day(end - timedelta(days=1))}'")
    if ecc.settings.movement_table == "MATDOC":
        return ecc.tables.read("MATDOC", _KEY, [*_COLUMNS, "BUDAT"], [*inside, ecc.of_plants()])
    heads = ecc.tables.read("MKPF", _KEY[:2], ["BUDAT"], inside)
    parts = []
    for year, group in heads.groupby("MJAHR"):
        numbers = sorted(group["MBLNR"])
        where = [equal("MJAHR", str(year)), between("MBLNR", numbers[0], numbers[-1]), ecc.of_plants()]
        parts.append(ecc.tables.read("MSEG", _KEY, _COLUMNS, where))
    if not parts:
        return pd.DataFrame(columns=[*_KEY, *_COLUMNS, "BUDAT"], dtype="str")
    return pd.concat(parts, ignore_index=True).merge(heads, on=_KEY[:2], how="inner", validate="many_to_one")


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
