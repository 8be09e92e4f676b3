"""Stock transfers on ECC: a purchase requisition with a supplying plant, found by our key and read back.

The requisition waits for the company's own planners; nothing is released or converted here.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bot.errors import StopRun
from bot.orders.document import Document, DocumentLine, DocumentState, StockTransfer
from connectors.sap.ecc_base import Ecc, Row, records
from connectors.sap.ecc_payload import transfer_values
from connectors.sap.ecc_write import EccWriter
from connectors.sap.rfc_tables import equal
from connectors.sap.rfc_values import iso, padded, shown, signed
from connectors.sap.values import number

_COLUMNS = ["MATNR", "WERKS", "RESWK", "MENGE", "LFDAT", "LOEKZ", "AFNAM", "EBELN", "FRGKZ", "BSMNG"]


class EccTransfers(EccWriter):
    """Implements `bot.ports.TransferWriter` beside the writer of orders."""

    def __init__(self, ecc: Ecc) -> None:
        super().__init__(ecc)

    def find_transfer(self, order_key: str) -> Sequence[Document]:
        """Every requisition whose requisitioner is our key, deleted ones included."""
        rows = self._ecc.tables.read("EBAN", ["BANFN", "BNFPO"], _COLUMNS, [equal("AFNAM", order_key.upper())])
        strangers = [row["BANFN"] for row in records(rows) if row["AFNAM"] != order_key.upper()]
        if strangers:
            remedy = "Ask the administrator whether AFNAM of requisitions can be searched."
            raise StopRun(f"the search by order key also returned {', '.join(strangers[:3])}", remedy)
        return _documents(records(rows))

    def request_transfer(self, transfer: StockTransfer) -> str:
        """Create the requisition, commit, and return its number; raises as `create` does."""
        values = transfer_values(transfer, self._settings)
        return shown(self.carry_out("BAPI_PR_CREATE", values, "NUMBER", transfer.order_key))

    def transfer_status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read requisitions back by number."""
        found: list[Row] = []
        for each in dict.fromkeys(numbers):
            rows = self._ecc.tables.read("EBAN", ["BANFN", "BNFPO"], _COLUMNS, [equal("BANFN", padded(each, 10))])
            found += records(rows)
        return _documents(found)


def _documents(rows: list[Row]) -> list[Document]:
    by_number: dict[str, list[Row]] = {}
    for row in rows:
        by_number.setdefault(row["BANFN"], []).append(row)
    return [
        Document(
            number=shown(banfn),
            order_key=items[0]["AFNAM"],
            supplier="",
            currency="",
            state=_state(items),
            lines=tuple(_line(item) for item in items),
            from_location=items[0]["RESWK"],
        )
        for banfn, items in by_number.items()
    ]


def _state(items: list[Row]) -> DocumentState:
    live = [item for item in items if not item["LOEKZ"]]
    if not live:
        return DocumentState.CANCELLED
    return DocumentState.OPEN if all(item["EBELN"] for item in live) else DocumentState.PENDING


def _line(item: Row) -> DocumentLine:
    try:
        due: date | None = date.fromisoformat(iso(item["LFDAT"]))
    except ValueError:
        due = None
    return DocumentLine(
        item=shown(item["MATNR"]),
        location=item["WERKS"],
        quantity=number(signed(item["MENGE"])) or Decimal(0),
        price=Decimal(0),
        price_unit=Decimal(1),
        due_on=due,
        ended=bool(item["LOEKZ"]),
        line=shown(item["BNFPO"]),
    )
