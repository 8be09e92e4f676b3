"""`RequisitionWriter`: orders as purchase requisitions, which the company's own buyers or rules turn into orders.

It creates, submits, finds, reads back and withdraws; no requisition is converted, and no write is repeated here.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from bot.errors import OutcomeUnknown, Refused, Retryable, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder
from connectors.answers import Outcome
from connectors.oracle.bodies import requisition_body
from connectors.oracle.client import take
from connectors.oracle.documents import far_back, iso_day, times
from connectors.oracle.keys import is_key, key_of
from connectors.oracle.outcomes import after_action
from connectors.oracle.query import both, either, equal
from connectors.oracle.states import requisition_state
from connectors.oracle.wire import Row, messages, number, succeeded, whole
from connectors.oracle.writing import Writer, after_creation

REQUISITIONS = "purchaseRequisitions"
_KEY = ("RequisitionHeaderId",)
_CHUNK = 20
_STEP = Decimal("0.001")
_REMEDY = "Report the answer to the administrator of the Fusion system."


class RequisitionWriter(Writer):
    """Writes to one system; implements `ErpWriter` and, beyond it, `complete` and `TransferWriter`."""

    def find(self, order_key: str, supplier: str = "") -> Sequence[Document]:  # noqa: ARG002 - as the other route
        """Requisitions whose description starts with the key, incomplete ones (HELD) included; changes nothing.

        Looks among the newest `search_rows` of our preparers and `search_days` back.
        """
        return self.find_with_orders(order_key)[0]

    def find_with_orders(self, order_key: str) -> tuple[list[Document], frozenset[str]]:
        """The same, with the numbers of the orders that Fusion made of them."""
        if not is_key(order_key):
            raise Refused(f"{order_key!r} is not an order key of 12 characters", "KEY")

        def ours(row: Row) -> bool:
            return key_of(row.get("Description")) == order_key

        found: dict[int, Row] = {}
        for who in self._preparers():
            pages = self._client.pages(REQUISITIONS, _KEY, q=who, newest_first=True)
            rows = take(pages, self._settings.search_rows, ours, far_back(self._settings.search_days))
            found |= {whole(row["RequisitionHeaderId"]) or 0: row for row in rows}
        lines = {header: self._lines_of(row) for header, row in found.items()}
        orders = frozenset(number for each in lines.values() for number in _orders(each))
        return [self._document(row, lines[header]) for header, row in found.items()], orders

    def create(self, draft: DraftOrder) -> str:
        """Create and submit one requisition; returns its number. Look it up by `find` first.

        Raises Retryable (provably not sent), Refused or NeedsAdmin (before anything was created) or OutcomeUnknown:
        what Fusion does not accept at submit stays as an incomplete requisition, which a person must judge.
        """
        order = draft.order
        if not is_key(order.order_key):
            raise Refused(f"{order.order_key!r} is not an order key of 12 characters", "KEY")
        body = requisition_body(order, self._lookups.requisition_terms(order.supplier, order.location), self._settings)
        self._described.check(REQUISITIONS, body, ("submitRequisition", "withdraw"))
        row = self._client.create(REQUISITIONS, body, order.order_key)
        with after_creation(order.order_key):
            if whole(row.get("RequisitionHeaderId")) is None:
                raise OutcomeUnknown(order.order_key, "the answer names no requisition")
            self._submit(row, order.order_key)
            return str(row.get("Requisition") or "") or self._number_of(row, order.order_key)

    def complete(self, number: str) -> None:
        """Submit a HELD requisition of ours; does nothing when it was submitted already. Retryable on any doubt."""
        row = self._one(number)
        key = key_of(row.get("Description"))
        if not key:
            raise Refused(f"{number} was not created by Restock: its description has no order key", "KEY")
        if _state(row) is not DocumentState.HELD:
            return
        try:
            self._submit(row, key)
        except OutcomeUnknown as error:
            raise Retryable(f"{number} may still be incomplete: {error.what}") from error

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requisitions back in base units, with what came on their orders; unknown numbers are left out."""
        found = {str(row.get("Requisition")): row for row in self._matching("Requisition", numbers)}
        return [
            self._document(found[each], self._lines_of(found[each])) for each in dict.fromkeys(numbers) if each in found
        ]

    def cancel(self, number: str) -> None:
        """Withdraw a requisition that was submitted; Refused once it is on an order, or was never submitted."""
        row = self._one(number)
        state, key = _state(row), key_of(row.get("Description")) or number
        if state is DocumentState.CANCELLED:
            return
        if state not in {DocumentState.PENDING, DocumentState.OPEN}:
            raise Refused(f"{number} is {state}: delete or cancel it in Fusion", "STATE")
        result = self._client.act(self._client.self_link(row), "withdraw", {}, key)
        now = self._by_id(row)
        if not succeeded(result) and (now is None or after_action(_state(now)) is Outcome.OK):
            why = "; ".join(messages(result)) or "no reason given"
            raise Refused(f"{number} was not withdrawn: {why}", "CANCEL")

    def _submit(self, row: Row, key: str) -> None:
        link = self._client.self_link(row)
        try:
            result = self._client.act(link, "submitRequisition", {}, key)
        except Refused as error:
            result = error.reason
        if succeeded(result):
            return
        now = self._by_id(row)
        if after_action(_state(now) if now else None) is not Outcome.OK:
            why = "; ".join(messages(result)) or "no reason given"
            raise OutcomeUnknown(key, f"requisition {row.get('Requisition')} stays incomplete, not accepted: {why}")

    def _number_of(self, row: Row, key: str) -> str:
        now = self._by_id(row)
        if now is None or not now.get("Requisition"):
            raise OutcomeUnknown(key, "the requisition has no number yet")
        return str(now["Requisition"])

    def _preparers(self) -> list[str]:
        """One search per pair of preparer and business unit."""
        pairs = {(self._lookups.unit_of(code), self._lookups.preparer(code)) for code in self._settings.organizations}
        return [
            both(equal("RequisitioningBUId", unit), equal("PreparerId", preparer)) for unit, preparer in sorted(pairs)
        ]

    def _matching(self, attribute: str, numbers: Sequence[str]) -> list[Row]:
        units = {self._lookups.unit_of(code) for code in self._settings.organizations}
        terms = [equal(attribute, text) for text in dict.fromkeys(numbers)]
        rows: list[Row] = []
        for i in range(0, len(terms), _CHUNK):
            rows += self._client.rows(REQUISITIONS, _KEY, either(*terms[i : i + _CHUNK]))
        return [row for row in rows if whole(row.get("RequisitioningBUId")) in units]

    def _by_id(self, row: Row) -> Row | None:
        q = equal("RequisitionHeaderId", whole(row.get("RequisitionHeaderId")) or 0)
        return next(iter(self._client.rows(REQUISITIONS, _KEY, q)), None)

    def _one(self, number: str) -> Row:
        found = self._matching("Requisition", [number])
        if len(found) != 1:
            raise Refused(f"{len(found)} requisitions have the number {number}", "NUMBER")
        return found[0]

    def _lines_of(self, row: Row) -> list[Row]:
        return self._client.rows(f"{self._client.self_link(row)}/child/lines", ("LineNumber",))

    def _document(self, row: Row, lines: list[Row]) -> Document:
        self._documents.units.prepare(str(line.get("Item") or "") for line in lines)
        orders = _orders(lines)
        made = [self._documents.read(found) for found in self._documents.by_numbers(sorted(orders))] if orders else []
        supplier = next((line for line in lines if line.get("SupplierId")), {})
        known = whole(supplier.get("SupplierId"))
        return Document(
            number=str(row.get("Requisition") or ""),
            order_key=key_of(row.get("Description")),
            supplier=self._lookups.supplier_code(known, str(supplier.get("Supplier") or "")) if known else "",
            currency=next((str(line["CurrencyCode"]) for line in lines if line.get("CurrencyCode")), ""),
            state=_state(row),
            lines=tuple(_followed(self._line(line), str(line.get("PurchaseOrder") or ""), made) for line in lines),
        )

    def _line(self, line: Row) -> DocumentLine:
        item, unit = str(line.get("Item") or ""), str(line.get("UOMCode") or line.get("UOM") or "")
        quantity, price = number(line.get("Quantity")), number(line.get("UnitPrice"))
        if quantity is None:
            raise StopRun(f"Quantity of a requisition is no number: {line.get('Quantity')!r}", _REMEDY)
        factor = self._documents.factor(f"requisition line {line.get('LineNumber')}", item, unit)
        state = requisition_state(line.get("LineStatusCode") or "OPEN")
        return DocumentLine(
            item=item,
            location=str(line.get("DestinationOrganizationCode") or ""),
            quantity=times(quantity, factor),
            price=price or Decimal(0),
            price_unit=times(Decimal(1), factor),
            due_on=iso_day(line.get("RequestedDeliveryDate")),
            ended=state in {DocumentState.CANCELLED, DocumentState.REFUSED},
            line=str(line.get("LineNumber") or ""),
        )


def _state(row: Row) -> DocumentState:
    return requisition_state(row.get("DocumentStatusCode") or row.get("DocumentStatus"))


def _orders(lines: list[Row]) -> set[str]:
    """Numbers of the orders that the lines of a requisition are on."""
    return {str(line["PurchaseOrder"]) for line in lines if line.get("PurchaseOrder")}


def _followed(line: DocumentLine, order: str, made: list[Document]) -> DocumentLine:
    """The line with what its order has received and promised.

    An order line that joins several requisitions does not say whose goods came first: it tells nothing until all
    have come or no more will; then each has its share.
    """
    there = [one for document in made if document.number == order for one in document.lines]
    same = [one for one in there if (one.item, one.location) == (line.item, line.location)]
    ordered, received = sum((one.quantity for one in same), Decimal(0)), sum((one.received for one in same), Decimal(0))
    if len(same) == 1 and ordered == line.quantity:
        return replace(line, received=received, promised_on=same[0].promised_on, ended=same[0].ended)
    if same and (received >= ordered or all(one.ended for one in same)):
        return replace(line, received=_share(line.quantity, received, ordered), ended=True)
    return line


def _share(quantity: Decimal, received: Decimal, ordered: Decimal) -> Decimal:
    """What came for a requisition of an order line that was made of several; never more than it asked for."""
    if received >= ordered:
        return quantity
    return min(quantity, (quantity * received / ordered).quantize(_STEP, ROUND_DOWN))
