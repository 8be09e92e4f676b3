"""Asks for goods movements and the order history of ECC, by the day they were posted or entered, as columns of text.

What a movement means is the business of `ecc_movements` and `ecc_orders`; nothing is judged here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pandas as pd

from bot.ports_reading import Mirror
from connectors.mirrored import DOCUMENT, ENTERED, KEY, POSTED, Documents, Terms, form_of, joined, read
from connectors.sap.ecc_base import Ecc
from connectors.sap.rfc_tables import between, equal
from connectors.sap.rfc_values import day, iso_column
from connectors.sap.s4_documents import windows

_VERSION = 1  # a change of what the columns hold
_MOVED_KEY = ["MBLNR", "MJAHR", "ZEILE"]
_MOVED = ["MATNR", "WERKS", "BWART", "MENGE", "SHKZG", "UMWRK"]
_HISTORY_KEY = ["EBELN", "EBELP", "ZEKKN", "VGABE", "GJAHR", "BELNR", "BUZEI"]
_HISTORY = ["BWART", "MENGE", "SHKZG", "WERKS"]
_DAYS = ["BUDAT", "CPUDT"]


def movements(ecc: Ecc, mirror: Mirror | None, start: date) -> pd.DataFrame:
    """Items of goods movements posted since `start`."""
    return _read(ecc, mirror, Movements(ecc), start)


def history(ecc: Ecc, mirror: Mirror | None, start: date) -> pd.DataFrame:
    """Receipts of purchase orders posted since `start`, as the order history has them."""
    return _read(ecc, mirror, History(ecc), start)


def _read(ecc: Ecc, mirror: Mirror | None, documents: Documents, start: date) -> pd.DataFrame:
    settings = ecc.settings
    place = (settings.ashost, settings.mshost, settings.sysnr, settings.client, settings.system_id)
    form = form_of(_VERSION, documents.name, _MOVED, _HISTORY, place, sorted(settings.plants), settings.movement_table)
    terms = Terms(settings.overlap_days, settings.full_read_days, form)
    return read(documents, mirror, terms, start, ecc.today())


class _Unchanging:
    """Documents that nothing changes once they are entered: reversals are documents of their own."""

    def doubtful(self, old: pd.DataFrame, fresh: pd.DataFrame) -> "pd.Series[bool]":  # noqa: ARG002 - the port's
        """None of them."""
        return pd.Series(False, index=old.index)

    def again(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Never asked."""
        return rows


class Movements(_Unchanging):
    """Implements `Documents`: items of goods movements at the configured plants."""

    name = "movements"

    def __init__(self, ecc: Ecc) -> None:
        self._ecc = ecc

    def whole(self, start: date) -> pd.DataFrame:
        """Everything posted since `start`, window by window."""
        return self._windows("BUDAT", start)

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002 - the port's
        """What was entered since a day and posted since `start`."""
        return self._windows("CPUDT", since, f"BUDAT GE '{day(start)}'")

    def _windows(self, field: str, since: date, *also: str) -> pd.DataFrame:
        found: list[pd.DataFrame] = []
        for first, end in windows(since, self._ecc.today(), self._ecc.settings.window_days):
            inside = [f"{field} GE '{day(first)}'", *also]
            if end is not None:
                inside.append(f"{field} LE '{day(end - timedelta(days=1))}'")
            found += self._items(inside)
        return _dated(joined(found, [*_MOVED_KEY, *_MOVED, *_DAYS]), _MOVED_KEY, _MOVED_KEY[:2])

    def _items(self, inside: Sequence[str]) -> Iterator[pd.DataFrame]:
        tables, plants = self._ecc.tables, self._ecc.of_plants()
        if self._ecc.settings.movement_table == "MATDOC":
            yield tables.read("MATDOC", _MOVED_KEY, [*_MOVED, *_DAYS], [*inside, plants])
            return
        heads = tables.read("MKPF", _MOVED_KEY[:2], _DAYS, inside)
        for year, group in heads.groupby("MJAHR"):
            numbers = sorted(group["MBLNR"])
            where = [equal("MJAHR", str(year)), between("MBLNR", numbers[0], numbers[-1]), plants]
            items = tables.read("MSEG", _MOVED_KEY, _MOVED, where)
            yield items.merge(heads, on=_MOVED_KEY[:2], how="inner", validate="many_to_one")


class History(_Unchanging):
    """Implements `Documents`: goods receipts in the history of purchase orders."""

    name = "history"

    def __init__(self, ecc: Ecc) -> None:
        self._ecc = ecc

    def whole(self, start: date) -> pd.DataFrame:
        """Everything posted since `start`."""
        return self._rows(f"BUDAT GE '{day(start)}'")

    def entered(self, since: date, start: date, known: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002 - the port's
        """What was entered since a day and posted since `start`."""
        return self._rows(f"BUDAT GE '{day(start)}'", f"CPUDT GE '{day(since)}'")

    def _rows(self, *inside: str) -> pd.DataFrame:
        where = [equal("VGABE", "1"), *inside, self._ecc.of_plants()]
        rows = self._ecc.tables.read("EKBE", _HISTORY_KEY, [*_HISTORY, *_DAYS], where)
        return _dated(rows, _HISTORY_KEY, ["GJAHR", "BELNR"])


def _dated(rows: pd.DataFrame, key: Sequence[str], document: Sequence[str]) -> pd.DataFrame:
    """The rows with the columns that `connectors.mirrored` asks for."""
    days = {POSTED: iso_column(rows["BUDAT"]), ENTERED: iso_column(rows["CPUDT"])}
    return rows.assign(**days, **{KEY: _together(rows, key), DOCUMENT: _together(rows, document)})


def _together(rows: pd.DataFrame, columns: Sequence[str]) -> "pd.Series[str]":
    found = rows[columns[0]]
    for name in columns[1:]:
        found = found + "/" + rows[name]
    return found
