"""The ECC writer: finds, creates, reads back and cancels purchase orders, one connection for creating and committing.

After any trouble nothing is committed; no call that writes is repeated here.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from bot.errors import OutcomeUnknown, Refused, Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder
from connectors.sap.ecc_base import Ecc, Row, records
from connectors.sap.ecc_messages import failures, locked, refusal, write_error
from connectors.sap.ecc_orders import REJECTED_BY_RELEASE, reference_columns
from connectors.sap.ecc_payload import cancel_values, order_values
from connectors.sap.rfc import Lease, RfcProblem, Values, read_error
from connectors.sap.rfc_tables import equal
from connectors.sap.rfc_values import day, iso, padded, shown, signed
from connectors.sap.values import number, order_key_of, ratio

_CREATE, _CHANGE, _DETAIL = "BAPI_PO_CREATE1", "BAPI_PO_CHANGE", "BAPI_PO_GETDETAIL1"
_IN_RELEASE = "03"
_STATES = ["LIFNR", "WAERS", "LOEKZ", "MEMORY", "PROCSTAT", "FRGRL", "RESWK", "UNSEZ", "IHREZ"]
_ITEMS = ["MATNR", "WERKS", "MENGE", "UMREZ", "UMREN", "BPUMZ", "BPUMN", "NETPR", "PEINH", "LOEKZ", "ELIKZ", "RETPO"]


class EccWriter:
    """Implements `bot.ports.ErpWriter` for one system."""

    def __init__(self, ecc: Ecc) -> None:
        self._ecc = ecc
        self._settings = ecc.settings

    @property
    def system(self) -> str:
        """Name of the system in the settings."""
        return self._settings.system

    @property
    def settle_seconds(self) -> float:
        """How long a doubtful order may take to become visible."""
        return self._settings.settle_seconds

    def find(self, order_key: str) -> Sequence[Document]:
        """Every order with our key of the last `search_days`: held, blocked and deleted ones included.

        Both columns that may carry a key are searched.
        """
        columns = reference_columns(self._ecc)
        since = self._ecc.today() - timedelta(days=self._settings.search_days)
        either = " OR ".join(equal(column, order_key) for column in columns)
        where = [f"( {either} )", equal("BSTYP", "F"), f"BEDAT GE '{day(since)}'"]
        rows = records(self._ecc.tables.read("EKKO", ["EBELN"], _STATES, where))
        strangers = [row["EBELN"] for row in rows if order_key not in {row[column] for column in columns}]
        if strangers:
            remedy = (
                f"Ask the administrator whether {' and '.join(columns)} can be searched; see docs/connect-sap-ecc.md."
            )
            raise StopRun(f"the search by order key also returned {', '.join(strangers[:3])}", remedy)
        return [self._document(row, order_key) for row in rows]

    def create(self, draft: DraftOrder) -> str:
        """Create the order, commit, and return its number; see `ErpWriter` for what is raised."""
        order = draft.order
        values = order_values(order, self._settings)
        if self._settings.test_first:
            self._rehearse(values, order.order_key)
        return shown(self.carry_out(_CREATE, values, "EXPPURCHASEORDER", order.order_key))

    def _rehearse(self, values: Values, key: str) -> None:
        """Let the system check the order without keeping it; nothing can have been created by this."""
        stage = "open"
        try:
            with self._ecc.pool.lease(self._settings.write_seconds) as lease:
                stage = "call"
                answer = lease.call(_CREATE, TESTRUN="X", **values)
                lease.roll_back()
        except RfcProblem as problem:
            error = write_error(problem, stage, key, self.system)
            raise (Retryable(str(problem)) if isinstance(error, OutcomeUnknown) else error) from problem
        self._judge(answer)

    def carry_out(self, function: str, values: Values, number_from: str, key: str) -> str:
        """Call a module that creates something, commit on the same connection, return what it is called."""
        stage = "open"
        try:
            with self._ecc.pool.lease(self._settings.write_seconds) as lease:
                stage = "call"
                answer = lease.call(function, **values)
                found = self._accepted(lease, answer, number_from)
                stage = "commit"
                committed = lease.commit()
        except RfcProblem as problem:
            raise write_error(problem, stage, key, self.system) from problem
        if failures(committed):
            raise OutcomeUnknown(key, f"{self.system}: the commit answered {refusal(failures(committed))}")
        return found

    def _accepted(self, lease: Lease, answer: Values, number_from: str) -> str:
        """Number of what was created; rolls back and refuses when there are bad messages or no number."""
        found = str(answer.get(number_from, "")).strip() if number_from else ""
        try:
            self._judge(answer, created=bool(found) or not number_from)
        except (Refused, Retryable):
            lease.roll_back()
            raise
        return found

    def _judge(self, answer: Values, *, created: bool = True) -> None:
        """Raise what the messages mean: Retryable for a lock, Refused for everything bad, or for nothing created."""
        bad = failures(answer, self._settings.blocking_warnings)
        if bad and locked(bad, self._settings.lock_codes):
            raise Retryable(f"{self.system}: {refusal(bad)}")
        if bad:
            raise refusal(bad)
        if not created:
            raise Refused("the system created nothing and gave no reason", "NONUMBER")

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read orders back by number; numbers that do not exist are missing from the result."""
        found = []
        for number_ in dict.fromkeys(numbers):
            rows = self._ecc.tables.read("EKKO", ["EBELN"], _STATES, [equal("EBELN", padded(number_, 10))])
            found += [self._document(row, self._key(row)) for row in records(rows)]
        return found

    def cancel(self, number: str) -> None:
        """Delete every item and read back; Refused when something of the order is still alive."""
        rows = self._ecc.tables.read("EKPO", ["EBELN", "EBELP"], ["LOEKZ"], [equal("EBELN", padded(number, 10))])
        live = list(rows.loc[rows["LOEKZ"] != "L", "EBELP"])
        if live:
            self.carry_out(_CHANGE, cancel_values(number, live), "", number)
        if any(document.state is not DocumentState.CANCELLED for document in self.status([number])):
            raise Refused(f"{self.system} accepted the cancellation of {number}, but the order is not deleted")

    def _key(self, header: Row) -> str:
        return order_key_of([header[column] for column in reference_columns(self._ecc)])

    def _document(self, header: Row, order_key: str) -> Document:
        """The order whole: header and items from the tables, schedule, history and confirmations from the module."""
        where = [equal("EBELN", header["EBELN"])]
        rows = records(self._ecc.tables.read("EKPO", ["EBELN", "EBELP"], _ITEMS, where))
        items = [item for item in rows if not item["RETPO"]]  # without goods that go back
        detail = self._detail(header["EBELN"])
        if not items:
            raise Retryable(f"order {header['EBELN']}: its items did not come with it")
        live = [item for item in items if item["LOEKZ"] != "L"]
        state = _state(header, live, detail)
        shown_items = items if state is DocumentState.CANCELLED else live
        return Document(
            number=shown(header["EBELN"]),
            order_key=order_key,
            supplier=shown(header["LIFNR"]),
            currency=header["WAERS"],
            state=state,
            lines=tuple(_line(item, detail) for item in shown_items),
            from_location=header["RESWK"],
        )

    def _detail(self, order: str) -> Values:
        try:
            with self._ecc.pool.lease(self._settings.read_seconds) as lease:
                return lease.call(_DETAIL, PURCHASEORDER=order)
        except RfcProblem as problem:
            raise read_error(problem, self.system) from problem


def _state(header: Row, live: list[Row], detail: Values) -> DocumentState:
    if header["LOEKZ"] == "L" or not live:
        return DocumentState.CANCELLED
    if header["PROCSTAT"] == REJECTED_BY_RELEASE:
        return DocumentState.REFUSED
    if header["MEMORY"] or header["LOEKZ"] or any(item["LOEKZ"] for item in live):
        return DocumentState.HELD  # what is only blocked can deliver again
    if header["PROCSTAT"] == _IN_RELEASE or header["FRGRL"]:
        return DocumentState.PENDING
    closed = all(item["ELIKZ"] or _received(item["EBELP"], detail) >= _figure(item, "MENGE") for item in live)
    return DocumentState.CLOSED if closed else DocumentState.OPEN


def _line(item: Row, detail: Values) -> DocumentLine:
    factor, per = ratio(signed(item["UMREZ"]), signed(item["UMREN"])), _figure(item, "PEINH") or Fraction(1)
    if factor is None:
        raise Retryable(f"order {item['EBELN']} item {item['EBELP']}: the unit conversion cannot be read")
    in_order_unit = ratio(signed(item["BPUMZ"]), signed(item["BPUMN"])) or Fraction(1)
    price = _price(item, detail)
    return DocumentLine(
        item=shown(item["MATNR"]),
        location=item["WERKS"],
        quantity=_decimal(_figure(item, "MENGE") * factor),
        price=price,
        price_unit=_decimal(per * factor / in_order_unit),
        due_on=min(_days(detail, "POSCHEDULE", "DELIVERY_DATE", item["EBELP"]), default=None),
        received=_decimal(max(_received(item["EBELP"], detail), Fraction(0)) * factor),
        promised_on=max(_days(detail, "POCONFIRMATION", "DELIV_DATE", item["EBELP"]), default=None),
        ended=bool(item["ELIKZ"]) or item["LOEKZ"] == "L",
        line=shown(item["EBELP"]),
    )


def _of(detail: Values, table: str, position: str) -> list[Row]:
    rows = [row for row in detail.get(table) or [] if row.get("PO_ITEM") == position]
    return [row for row in rows if not row.get("DELETE_IND")]


def _received(position: str, detail: Values) -> Fraction:
    """Goods received in order units, returns and reversals taken off."""
    found = Fraction(0)
    for row in _of(detail, "POHISTORY", position):
        if row.get("PROCESS_ID") == "1":
            quantity = Fraction(number(row.get("QUANTITY")) or 0)
            found += -quantity if row.get("DB_CR_IND") == "H" else quantity
    return found


def _price(item: Row, detail: Values) -> Decimal:
    """True price as the module shows it; the table keeps it with two decimals whatever the currency has."""
    for row in _of(detail, "POITEM", item["EBELP"]):
        value = number(row.get("NET_PRICE"))
        if value is not None:
            return value
    raise Retryable(f"order {item['EBELN']} item {item['EBELP']}: the price cannot be read")


def _days(detail: Values, table: str, field: str, position: str) -> list[date]:
    found = []
    for row in _of(detail, table, position):
        text = iso(str(row.get(field) or ""))
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            continue
    return found


def _figure(row: Row, field: str) -> Fraction:
    value = number(signed(row[field]))
    if value is None:
        raise Retryable(f"order {row['EBELN']} item {row['EBELP']}: {field} cannot be read")
    return Fraction(value)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
