"""Reads purchase orders of ECC: what is still to come, and what came when against which promise.

Receipts stand in the order history; they fill the schedule lines from the earliest on.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

from bot.ports_reading import Mirror
from connectors.sap.arrivals import pour
from connectors.sap.ecc_base import Ecc, Row, records
from connectors.sap.ecc_documents import history
from connectors.sap.ecc_master import decimals
from connectors.sap.rfc_tables import between, chunks, equal
from connectors.sap.rfc_values import amount, day, iso, shown, signed
from connectors.sap.s4_movements import Posting
from connectors.sap.s4_orders import net_arrivals
from connectors.sap.values import frame, number, order_key_of, plain, ratio, scaled

REJECTED_BY_RELEASE = "08"
_ORDERED_BEFORE = timedelta(days=180)  # orders that old may have had their receipts inside the window
_CHUNK = 2000
_BACK = frozenset({"122", "123", "161", "162"})  # sent back to the supplier, and its reversal
_HEADER = ["LIFNR", "BEDAT", "WAERS", "LOEKZ", "UNSEZ", "IHREZ", "RESWK", "PROCSTAT", "MEMORY"]
_ITEM = ["MATNR", "WERKS", "MENGE", "MEINS", "UMREZ", "UMREN", "BPUMZ", "BPUMN", "NETPR", "PEINH", "LOEKZ", "ELIKZ",
         "RETPO", "PSTYP"]  # fmt: skip
_SCHEDULE = ["EINDT", "SLFDT", "MENGE", "WEMNG"]
_OPEN_COLUMNS = (
    "order_ref", "line", "schedule", "item", "location", "quantity_open", "promised_on", "supplier", "from_location",
    "ordered_on", "first_promised_on", "quantity_ordered", "order_key", "price", "currency",
)  # fmt: skip
_RECEIPT_COLUMNS = (
    "order_ref", "line", "schedule", "item", "location", "supplier", "quantity_ordered", "quantity_received",
    "ordered_on", "promised_on", "received_on", "first_promised_on", "quantity_rejected", "price", "currency",
    "order_key",
)  # fmt: skip
_REFERENCES = {"OUR_REF": "UNSEZ", "REF_1": "IHREZ"}


def reference_columns(ecc: Ecc) -> tuple[str, ...]:
    """Columns of EKKO that may carry our order key, the one in use first."""
    used = _REFERENCES[ecc.settings.reference_field]
    return (used, *(column for column in _REFERENCES.values() if column != used))


def open_orders(ecc: Ecc) -> Iterator[pd.DataFrame]:
    """Schedule lines of which something is still to come, in base units."""
    items = ecc.tables.read(
        "EKPO", ["EBELN", "EBELP"], _ITEM,
        [ecc.of_plants(), equal("LOEKZ", ""), equal("ELIKZ", ""), equal("RETPO", "")],
    )  # fmt: skip
    book = _Book(ecc, sorted(set(items["EBELN"])))
    rows: list[tuple[Any, ...]] = []
    for item in records(items):
        header = book.headers.get(item["EBELN"])
        if header is not None and _lives(header):
            rows.extend(book.open_rows(header, item))
    yield frame(_OPEN_COLUMNS, rows)


def receipts(ecc: Ecc, start: date, mirror: Mirror | None = None) -> Iterator[pd.DataFrame]:
    """Receipts since `start` on the schedule lines of their orders; closed lines without goods are rows of zero."""
    postings: dict[tuple[str, str], list[Posting]] = {}
    for row in records(history(ecc, mirror, start)):
        postings.setdefault((row["EBELN"], row["EBELP"]), []).append(_posting(row))
    recent = ecc.tables.read(
        "EKKO", ["EBELN"], ["BEDAT"], [equal("BSTYP", "F"), f"BEDAT GE '{day(start - _ORDERED_BEFORE)}'"]
    )
    numbers = sorted({*recent["EBELN"], *(order for order, _ in postings)})
    for chunk in chunks(numbers, _CHUNK):
        yield _receipt_frame(ecc, chunk, postings)


def _receipt_frame(ecc: Ecc, numbers: list[str], postings: dict[tuple[str, str], list[Posting]]) -> pd.DataFrame:
    book = _Book(ecc, numbers)
    items = ecc.tables.read(
        "EKPO", ["EBELN", "EBELP"], _ITEM, [between("EBELN", numbers[0], numbers[-1]), ecc.of_plants()]
    )
    wanted = set(numbers)
    rows: list[tuple[Any, ...]] = []
    for item in records(items):
        header = book.headers.get(item["EBELN"])
        bought = header is not None and not header["RESWK"] and item["RETPO"] == "" and item["EBELN"] in wanted
        if header is not None and bought:
            rows.extend(book.receipt_rows(header, item, postings.get((item["EBELN"], item["EBELP"]), [])))
    return frame(_RECEIPT_COLUMNS, rows)


def _lives(header: Row) -> bool:
    """Whether the order still delivers: not deleted, held or rejected."""
    return not header["LOEKZ"] and not header["MEMORY"] and header["PROCSTAT"] != REJECTED_BY_RELEASE


def _posting(row: Row) -> Posting:
    quantity = number(signed(row["MENGE"]))
    back = row["BWART"] in _BACK
    minus = row["SHKZG"] == "H"
    if back:
        minus = not minus  # a return is booked with a minus and counts as rejected
    value = None if quantity is None or quantity < 0 else (-quantity if minus else quantity)
    return Posting(iso(row["BUDAT"]), value, row["MENGE"], back)


class _Book:
    """Headers and schedule lines of some orders."""

    def __init__(self, ecc: Ecc, numbers: list[str]) -> None:
        self._keys, self._places = reference_columns(ecc), decimals(ecc)
        self.headers: dict[str, Row] = {}
        self._lines: dict[tuple[str, str], list[Row]] = {}
        wanted = set(numbers)
        for chunk in chunks(numbers, _CHUNK):
            inside = between("EBELN", chunk[0], chunk[-1])
            headers = ecc.tables.read("EKKO", ["EBELN"], _HEADER, [inside, equal("BSTYP", "F")])
            self.headers |= {row["EBELN"]: row for row in records(headers) if row["EBELN"] in wanted}
            lines = ecc.tables.read("EKET", ["EBELN", "EBELP", "ETENR"], _SCHEDULE, [inside])
            for row in records(lines):
                if row["EBELN"] in wanted:
                    self._lines.setdefault((row["EBELN"], row["EBELP"]), []).append(row)

    def schedule(self, item: Row) -> list[Row]:
        """Schedule lines of an item by day, then number."""
        found = self._lines.get((item["EBELN"], item["EBELP"]), [])
        return sorted(found, key=lambda line: (iso(line["EINDT"]) or "9", line["ETENR"]))

    def open_rows(self, header: Row, item: Row) -> Iterator[tuple[Any, ...]]:
        """What is still to come: ordered less received of the whole item, taken from the earliest lines."""
        factor, lines = base_factor(item), self.schedule(item)
        came = sum((_exact(line["WEMNG"]) for line in lines), Fraction(0))
        for line in lines:
            ordered = number(signed(line["MENGE"]))
            if ordered is None:
                yield self._open_row(header, item, line, factor, line["MENGE"])
                continue
            taken = min(came, Fraction(ordered))
            came -= taken
            rest = Fraction(ordered) - taken
            if rest > 0:
                yield self._open_row(header, item, line, factor, plain(rest))

    def _open_row(self, header: Row, item: Row, line: Row, factor: Fraction | None, rest: str) -> tuple[Any, ...]:
        return (
            *self._names(item, line), scaled(rest, factor, item["MEINS"]), iso(line["EINDT"]), shown(header["LIFNR"]),
            header["RESWK"], iso(header["BEDAT"]), iso(line["SLFDT"]),
            scaled(signed(line["MENGE"]), factor, item["MEINS"]), self._key(header), self._price(header, item),
            header["WAERS"],
        )  # fmt: skip

    def _key(self, header: Row) -> str:
        return order_key_of([header[column] for column in self._keys])

    @staticmethod
    def _names(item: Row, line: Row) -> tuple[str, ...]:
        numbers = (shown(item["EBELN"]), shown(item["EBELP"]), shown(line["ETENR"]))
        return (*numbers, shown(item["MATNR"]), item["WERKS"])

    def _price(self, header: Row, item: Row) -> str:
        """Price of one base unit."""
        value = number(amount(item["NETPR"], self._places.get(header["WAERS"], 2)))
        base = price_base(item)
        return "" if value is None or base is None else plain(Fraction(value) / base)

    def receipt_rows(self, header: Row, item: Row, postings: list[Posting]) -> Iterator[tuple[Any, ...]]:
        """Arrivals on the schedule lines; quantities of the history are in order units (UNVERIFIED)."""
        lines, factor = self.schedule(item), base_factor(item)
        arrivals = net_arrivals(postings)
        if not lines:
            return
        ordered, unit = [_exact(line["MENGE"]) for line in lines], item["MEINS"]
        back = sum((Fraction(p.quantity) for p in postings if p.rejected and p.quantity is not None), Fraction(0))
        for position, index, quantity in pour(ordered, [each.quantity for each in arrivals]):
            taken = min(back, quantity)
            back -= taken
            came, sent_back = scaled(plain(quantity), factor, unit), scaled(plain(taken), factor, unit)
            yield self._receipt_row(header, item, lines[position], came, arrivals[index].on, sent_back)
        for posting in postings:
            if posting.quantity is None:
                yield self._receipt_row(header, item, lines[0], posting.raw, posting.on, "")
        if not arrivals and item["ELIKZ"] and not item["LOEKZ"]:
            for line in lines:
                yield self._receipt_row(header, item, line, "0", "", "0")

    def _receipt_row(self, header: Row, item: Row, line: Row, received: str, on: str, rejected: str) -> tuple[Any, ...]:
        return (
            *self._names(item, line), shown(header["LIFNR"]),
            scaled(signed(line["MENGE"]), base_factor(item), item["MEINS"]), received, iso(header["BEDAT"]),
            iso(line["EINDT"]), on, iso(line["SLFDT"]), rejected, self._price(header, item), header["WAERS"],
            self._key(header),
        )  # fmt: skip


def _exact(text: str) -> Fraction:
    return Fraction(number(signed(text)) or 0)


def base_factor(item: Row) -> Fraction | None:
    """Base units per order unit."""
    return ratio(signed(item["UMREZ"]), signed(item["UMREN"]))


def price_base(item: Row) -> Fraction | None:
    """Base units that the net price is for: so many price units, of which an order unit has BPUMZ/BPUMN."""
    factor, count = base_factor(item), number(signed(item["PEINH"]))
    in_order_unit = ratio(signed(item["BPUMZ"]), signed(item["BPUMN"]))
    return None if factor is None or not count or count < 0 else Fraction(count) * factor / (in_order_unit or 1)
