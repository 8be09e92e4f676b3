"""Stock transfers as supply requests: Fusion makes transfer orders of them in its own time, under its own rules.

The order key is the batch and the reference number, made for that purpose; nothing is released or shipped here.
"""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import Refused, StopRun
from bot.orders.document import Document, DocumentLine, DocumentState, StockTransfer, TransferLine
from bot.ports import Clock
from connectors.oracle.client import FusionClient
from connectors.oracle.described import Described
from connectors.oracle.keys import is_key
from connectors.oracle.query import equal
from connectors.oracle.settings import FusionSettings, Organization
from connectors.oracle.states import supply_state
from connectors.oracle.wire import Row, day, exact, number

REQUESTS = "supplyRequests"
_KEY = ("InterfaceBatchNumber", "SupplyOrderNumber")
_LINE_KEY = ("SupplyOrderReferenceLineNumber",)
_CODE_LENGTH = 3
_REMEDY = "Ask the administrator of the Fusion system whether supply requests can be searched by reference number."


class TransferRequests:
    """Writes to one system; implements `bot.ports.TransferWriter`."""

    def __init__(self, client: FusionClient, settings: FusionSettings, clock: Clock, described: Described) -> None:
        self._client, self._settings, self._clock = client, settings, clock
        self._described = described
        self._zone = ZoneInfo(settings.timezone)

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Every supply request whose reference number is our key."""
        if not is_key(order_key):
            raise Refused(f"{order_key!r} is not an order key of 12 characters", "KEY")
        return self._matching("SupplyOrderReferenceNumber", order_key)

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Create the request; returns its supply order number, or the key while Fusion has given none.

        Look it up by `find_transfer` first. Raises as `ErpWriter.create` does.
        """
        if not is_key(transfer.order_key):
            raise Refused(f"{transfer.order_key!r} is not an order key of 12 characters", "KEY")
        body = self._body(transfer)
        self._described.check(REQUESTS, body)
        row = self._client.create(REQUESTS, body, transfer.order_key)
        return str(row.get("SupplyOrderNumber") or transfer.order_key)

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requests back by supply order number or key; unknown ones are left out."""
        found: list[Document] = []
        for each in dict.fromkeys(numbers):
            known = self._matching("SupplyOrderNumber", each)
            if not known and is_key(each):
                known = self._matching("SupplyOrderReferenceNumber", each)
            found += known
        return found

    def _matching(self, attribute: str, text: str) -> list[Document]:
        rows = self._client.rows(REQUESTS, _KEY, equal(attribute, text))
        strangers = [str(row.get(attribute)) for row in rows if row.get(attribute) != text]
        if strangers:
            raise StopRun(f"the search for {attribute} {text} also returned {', '.join(strangers[:3])}", _REMEDY)
        return [self._document(row) for row in rows]

    def _document(self, row: Row) -> Document:
        lines = self._client.rows(
            f"{self._client.self_link(row)}/child/supplyOrderLines", ("SupplyOrderReferenceLineNumber",)
        )
        states = [supply_state(line.get("SupplyLineStatus")) for line in lines]
        reference = str(row.get("SupplyOrderReferenceNumber") or "")
        return Document(
            number=str(row.get("SupplyOrderNumber") or reference),
            order_key=reference if is_key(reference) else "",
            supplier="",
            currency="",
            state=_whole_state(states, supply_state(row.get("SupplyOrderStatus"))),
            lines=tuple(self._line(line, state) for line, state in zip(lines, states, strict=True)),
            from_location=next((str(line["SourceOrganizationCode"]) for line in lines if _source(line)), ""),
        )

    def _line(self, line: Row, state: DocumentState) -> DocumentLine:
        quantity = number(line.get("Quantity"))
        if quantity is None:
            raise StopRun(f"Quantity of a supply request is no number: {line.get('Quantity')!r}", _REMEDY)
        return DocumentLine(
            item=str(line.get("ItemNumber") or ""),
            location=str(line.get("DestinationOrganizationCode") or ""),
            quantity=quantity,
            price=Decimal(0),
            price_unit=Decimal(1),
            due_on=day(line.get("NeedByDate"), self._zone),
            received=number(line.get("DeliveredQuantity")) or Decimal(0),
            ended=state in {DocumentState.CANCELLED, DocumentState.CLOSED, DocumentState.REFUSED},
            line=str(line.get("SupplyOrderReferenceLineNumber") or ""),
        )

    def _body(self, transfer: StockTransfer) -> Row:
        places = [self._settings.organizations.get(code) for code in (transfer.from_location, transfer.location)]
        giving, taking = places
        if giving is None or taking is None:
            codes = f"{transfer.from_location} or {transfer.location}"
            raise Refused(f"location {codes} is not among the organizations of the settings", "LOCATION")
        return {
            "InterfaceBatchNumber": transfer.order_key,
            "InterfaceSourceCode": self._settings.supply_source,
            "SupplyOrderSource": self._settings.supply_source,
            "SupplyRequestDate": self._clock.now().isoformat(timespec="seconds"),
            "SupplyRequestStatus": "NEW",
            "TrustedSource": self._settings.supply_trusted_source,
            "SupplyOrderReferenceNumber": transfer.order_key,
            "ProcessRequestFlag": True,
            "supplyRequestLines": [
                self._line_body(transfer, line, giving, taking)
                for line in sorted(transfer.lines, key=lambda one: one.number)
            ],
        }

    def _line_body(
        self, transfer: StockTransfer, line: TransferLine, giving: Organization, taking: Organization
    ) -> Row:
        if not 0 < len(line.unit) <= _CODE_LENGTH:
            raise Refused(f"item {line.item}: a supply request takes unit codes, not {line.unit!r}", "UNIT")
        body: dict[str, Any] = {
            "InterfaceBatchNumber": transfer.order_key,
            "ProcessStatus": "NEW",
            "SupplyOrderReferenceLineNumber": str(line.number),
            "SupplyType": "TRANSFER",
            "ItemNumber": line.item,
            "Quantity": exact(line.quantity, f"line {line.number}, item {line.item}: quantity"),
            "UOMCode": line.unit,
            "NeedByDate": datetime.combine(line.need_date, time(), self._zone).isoformat(),
            "SourceOrganizationCode": transfer.from_location,
            "DestinationOrganizationCode": transfer.location,
            "DestinationTypeCode": "INVENTORY",
        }
        ends = {"Source": giving.transfer_subinventory, "Destination": taking.transfer_subinventory}
        return body | {f"{end}SubinventoryCode": name for end, name in ends.items() if name}


def _source(line: Row) -> bool:
    return bool(line.get("SourceOrganizationCode"))


def _whole_state(lines: list[DocumentState], header: DocumentState) -> DocumentState:
    """One state for all lines: refused or still waiting when one is, cancelled or closed when all are."""
    if not lines:
        return header
    for state in (DocumentState.REFUSED, DocumentState.PENDING, DocumentState.OPEN, DocumentState.CLOSED):
        if state in lines:
            return state
    return DocumentState.CANCELLED
