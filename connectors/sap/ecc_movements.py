"""Reads goods movements of ECC window by window and condenses them into demand per item, plant, day and kind.

Which movement means what stands in the table that the OData route uses too; receipts are read by `ecc_orders`.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from connectors.sap.ecc_base import Ecc
from connectors.sap.rfc_tables import between, equal
from connectors.sap.rfc_values import day, iso_column, shown_column, signed_column
from connectors.sap.s4_movements import MOVEMENT_KINDS, windows
from connectors.sap.values import plain

_COLUMNS = ["MATNR", "WERKS", "BWART", "MENGE", "SHKZG", "UMWRK"]
_KEY = ["MBLNR", "MJAHR", "ZEILE"]
_OPPOSITE = {"issue": "return", "sale": "return", "transfer": "return", "return": "issue"}
_STEPS = 1000  # quantities of movements have three decimals


def demand(ecc: Ecc, start: date) -> Iterator[pd.DataFrame]:
    """Demand since `start`, a frame per window."""
    kinds = {name: kind for name, kind in (MOVEMENT_KINDS | ecc.settings.movement_types).items() if kind != "ignore"}
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
    """Sums per item, plant, day and kind, exact to the third decimal; unreadable quantities keep rows of their own."""
    rows = rows[rows["BWART"].isin(list(kinds))]
    kind = rows["BWART"].map(dict(kinds)).astype("str")
    back, name = kind.str.startswith("-"), kind.str.removeprefix("-")
    receiving = rows["SHKZG"].where(~back, rows["SHKZG"].map({"S": "H", "H": "S"})) == "S"
    inside = (rows["UMWRK"] == "") | (rows["UMWRK"] == rows["WERKS"])
    keep = (name != "transfer") | ~(receiving | inside)
    rows, back, name = rows[keep], back[keep], name[keep]
    texts = signed_column(rows["MENGE"])
    amounts = pd.to_numeric(texts, errors="coerce")
    readable = amounts.notna() & (amounts >= 0)
    steps = (amounts[readable] * _STEPS).round().astype("int64")
    cells = pd.DataFrame(
        {
            "item": shown_column(rows.loc[readable, "MATNR"]),
            "location": rows.loc[readable, "WERKS"],
            "date": iso_column(rows.loc[readable, "BUDAT"]),
            "kind": name[readable],
            "steps": steps.where(~back[readable], -steps),
        }
    )
    sums = cells.groupby(["item", "location", "date", "kind"], as_index=False, sort=False)[["steps"]].sum()
    return pd.concat([_signed(sums), _odd(rows[~readable], name[~readable], texts[~readable])], ignore_index=True)


def _signed(sums: pd.DataFrame) -> pd.DataFrame:
    """More taken back than issued on a day counts as the opposite on that day."""
    sums = sums[sums["steps"] != 0]
    below = sums["steps"] < 0
    kind = sums["kind"].where(~below, sums["kind"].map(_OPPOSITE))
    quantity = [plain(Decimal(int(step)) / _STEPS) for step in sums["steps"].abs()]
    return sums.assign(kind=kind, quantity=pd.Series(quantity, index=sums.index, dtype="str")).drop(columns="steps")


def _odd(rows: pd.DataFrame, name: "pd.Series[str]", texts: "pd.Series[str]") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": shown_column(rows["MATNR"]),
            "location": rows["WERKS"],
            "date": iso_column(rows["BUDAT"]),
            "kind": name,
            "quantity": texts,
        }
    )
