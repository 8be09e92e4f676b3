"""Judges a campaign from outside: reads its history and the ERP's own books, and nothing of the program.

It imports the standard library only and is run as a process of its own: `checker.py LEDGER HISTORY BOOKS`.
"""

import json
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

GOOD = {"sent", "verified", "released", "confirmed", "part_received", "received"}
FOR_A_PERSON = {"held", "refused", "mismatch", "duplicate", "manual"}
OUTCOMES = {"done", "not_sent", "refused", "denied", "unknown"}
NOTHING_DONE = {"not_sent", "refused", "denied"}

_S4 = """
    SELECT h."PurchaseOrder", h."CorrespncInternalReference", h."Supplier", h."PurchaseOrderDeletionCode" = '',
           i."Material", i."Plant", i."OrderQuantity" * i."OrderItemQtyToBaseQtyNmrtr" / i."OrderItemQtyToBaseQtyDnmntr"
    FROM "PurchaseOrder" h JOIN "PurchaseOrderItem" i ON i."PurchaseOrder" = h."PurchaseOrder" WHERE h."_new" = 1
"""
_FUSION = """
    SELECT h."OrderNumber", substr(h."Description", 1, 12), s."SupplierNumber", h."StatusCode" <> 'CANCELED',
           l."Item", o."OrganizationCode", p."Quantity"
    FROM "purchaseOrders" h JOIN suppliers s ON s."SupplierId" = h."SupplierId"
    JOIN "purchaseOrderLines" l ON l."POHeaderId" = h."POHeaderId"
    JOIN "purchaseOrderSchedules" p ON p."POLineId" = l."POLineId"
    LEFT JOIN "inventoryOrganizations" o ON o."LocationCode" = p."ShipToLocation" WHERE h.fresh_ = 1
    UNION ALL
    SELECT h."OrderNumber", substr(h."Description", 1, 12), s."SupplierNumber", 1, l."Item",
           p."ShipToOrganizationCode", p."Quantity"
    FROM "draftPurchaseOrders" h JOIN suppliers s ON s."SupplierId" = h."SupplierId"
    JOIN "draftLines" l ON l."POHeaderId" = h."POHeaderId" JOIN "draftSchedules" p ON p."POLineId" = l."POLineId"
    WHERE h.fresh_ = 1
"""
# an order that came about beside the requisition would be ordered twice, so orders are read as well
_FUSION_REQUISITIONS = f"""
    SELECT h."Requisition", substr(h."Description", 1, 12), s."SupplierNumber",
           h."DocumentStatusCode" NOT IN ('WITHDRAWN', 'CANCELED', 'REJECTED'),
           l."Item", l."DestinationOrganizationCode", l."Quantity"
    FROM "purchaseRequisitions" h JOIN "requisitionLines" l ON l."RequisitionHeaderId" = h."RequisitionHeaderId"
    LEFT JOIN suppliers s ON s."SupplierId" = l."SupplierId" WHERE h.fresh_ = 1
    UNION ALL {_FUSION}
"""  # noqa: S608 - fixed text
_ECC = """
    SELECT h.EBELN, h.UNSEZ, h.LIFNR, i.LOEKZ = '', i.MATNR, i.WERKS,
           CAST(i.MENGE AS REAL) * CAST(i.UMREZ AS REAL) / CAST(i.UMREN AS REAL)
    FROM EKKO h JOIN EKPO i ON i.EBELN = h.EBELN WHERE h.fresh = 1
"""
_PLAIN = "SELECT number, order_key, supplier, live, item, location, quantity FROM documents"


@dataclass
class Document:
    """One document of the ERP; `lines` are (item, location, base units)."""

    number: str
    key: str
    supplier: str
    live: bool
    lines: list[tuple[str, str, Decimal]] = field(default_factory=list)


def code(text: str) -> str:
    """An ERP pads codes of digits alone with zeros, to 10 or 18 places; shorter ones carry theirs on purpose."""
    return text.lstrip("0") if text.isdigit() and len(text) in {10, 18} else text


def _of_database(query: str) -> Callable[[Path], list[Document]]:
    def read(books: Path) -> list[Document]:
        found: dict[str, Document] = {}
        with sqlite3.connect(f"file:{books}?mode=ro", uri=True) as connection:
            for number, key, supplier, live, item, location, quantity in connection.execute(query):
                document = found.setdefault(
                    str(number), Document(code(str(number)), str(key), code(str(supplier)), bool(live))
                )
                document.lines.append((code(str(item)), str(location), Decimal(str(quantity))))
        return list(found.values())

    return read


def _of_folder(books: Path) -> list[Document]:
    found = []
    for path in sorted(books.glob("order-*")):
        if path.suffix not in {".json", ".taken", ".cancelled"} or not path.is_file():
            continue
        content = json.loads(path.read_text("utf-8"))
        lines = [(row["item"], content["location"], Decimal(row["quantity"])) for row in content["lines"]]
        key = content["number"]
        found.append(Document(key, key, content["supplier"], path.suffix != ".cancelled", lines))
    return found


def _of_import(books: Path) -> list[Document]:
    """What Fusion holds, and what was handed over and is not there yet."""
    there = _of_database(_FUSION)(books / "fusion.db")
    keys = {document.key for document in there}
    return [*there, *(document for document in _of_folder(books / "imports") if document.key not in keys)]


LEDGERS: dict[str, Callable[[Path], list[Document]]] = {
    "s4": _of_database(_S4),
    "fusion": _of_database(_FUSION),
    "fusion requisitions": _of_database(_FUSION_REQUISITIONS),
    "fusion import": _of_import,
    "ecc": _of_database(_ECC),
    "files": _of_folder,
    "plain": _of_database(_PLAIN),
}


@dataclass
class Life:
    """What the history says about one order."""

    order: dict[str, Any]
    states: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.states[-1]["to"] if self.states else self.order["state"])

    @property
    def number(self) -> str:
        return str(self.states[-1].get("number", "") if self.states else "")


@dataclass
class _Call:
    """A call that is going on: posts of its document, whether the server worked, or still may."""

    line: dict[str, Any]
    posts: int = 0
    worked: bool = False
    held: bool = False


class Check:
    """The verdict: `wrong` lists every violation, the counters feed the summary."""

    def __init__(self, history: list[dict[str, Any]], documents: list[Document]) -> None:
        self.wrong: list[str] = []
        self.faults: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.lives: dict[str, Life] = {}
        self.documents = documents
        self._open: _Call | None = None
        self.by_key: dict[str, list[Document]] = defaultdict(list)
        for document in documents:
            self.by_key[document.key].append(document)
        self._replay(history)
        for key, life in self.lives.items():
            self._judge(key, life)
        strangers = sorted({document.key for document in documents if document.key not in self.lives})
        self.wrong += [f"the ERP holds a document of {key or 'no key'}, which nobody ordered" for key in strangers]

    @property
    def duplicates(self) -> int:
        return sum(len(_live(found)) > 1 for found in self.by_key.values())

    @property
    def lost(self) -> int:
        return sum(
            life.state not in GOOD | FOR_A_PERSON or (life.state in GOOD and not _live(self.by_key[key]))
            for key, life in self.lives.items()
        )

    def _replay(self, history: list[dict[str, Any]]) -> None:
        """Read the lines in order; what must have happened before a line is checked there."""
        numbers = [line["n"] for line in history]
        if numbers != list(range(1, len(numbers) + 1)):
            self.wrong.append("lines of the history are missing or out of order")
        for line in history:
            reader = getattr(self, f"_read_{line['kind']}", None)
            if reader is not None:
                reader(line)
        if self._open is not None:
            self.wrong.append(f"a call of {self._open.line['key']} has no outcome")

    def _read_order(self, line: dict[str, Any]) -> None:
        self.lives[line["key"]] = Life(line)

    def _read_read(self, line: dict[str, Any]) -> None:
        self.faults[f"read {line['fault']}"] += 1

    def _read_disturbed(self, line: dict[str, Any]) -> None:
        self.faults[line["fault"]] += 1

    def _read_state(self, line: dict[str, Any]) -> None:
        life = self.lives.get(line["key"])
        if life is None:
            self.wrong.append(f"{line['key']} takes a step and was never ordered")
            return
        if line["before"] != life.state:
            self.wrong.append(f"{line['key']} steps from {line['before']} while it is {life.state}")
        life.states.append(line)

    def _read_call(self, line: dict[str, Any]) -> None:
        """A create needs its intent: the order's newest step says `sending`, and no create came since."""
        self._open = _Call(line)
        if line["call"] != "create":
            return
        life = self.lives.get(line["key"])
        if life is None or life.state != "sending":
            self.wrong.append(f"{line['key']} is sent without an intent before it")
            return
        claims = sum(step["to"] == "sending" for step in life.states)
        if len(life.outcomes) >= claims:
            self.wrong.append(f"{line['key']} is sent twice on one intent")

    def _read_write(self, line: dict[str, Any]) -> None:
        self.faults[line["fault"]] += 1
        call, key = self._open, line["key"]
        if call is None:
            self.wrong.append(f"a {line['method']} left outside any call: {line['path']}")
            return
        if key and call.line["call"] == "create" and key != call.line["key"]:
            self.wrong.append(f"a write of {key} left while {call.line['key']} was sent")
        if key and line["method"] == "POST" and line["fault"] != "token":
            call.posts += 1
            call.held = call.held or line["fault"].startswith("late")
        if call.posts > 1:
            self.wrong.append(f"{key}: {call.posts} posts of the document within one call")

    def _read_done(self, line: dict[str, Any]) -> None:
        """What the server answered to a write, whatever the client heard of it."""
        if self._open is None or not line["key"]:
            return
        if line["status"] == "403":
            self._open.posts -= 1  # a token was asked for before anything was done
        self._open.worked = self._open.worked or line["status"].startswith("2")

    def _read_outcome(self, line: dict[str, Any]) -> None:
        call, self._open = self._open, None
        if call is None:
            self.wrong.append(f"an outcome of {line['key']} without its call")
            return
        if line["outcome"] not in OUTCOMES:
            self.wrong.append(f"{line['key'] or line['number']}: outcome {line['outcome']} ({line['what']})")
        if line["outcome"] in {"not_sent", "denied"} and (call.worked or call.held):
            self.wrong.append(f"{line['key']} was told {line['outcome']}, and the server had the order")
        if line["call"] == "create":
            self.outcomes[line["outcome"]] += 1
            if line["key"] in self.lives:
                self.lives[line["key"]].outcomes.append(line)
        else:
            self.outcomes[f"{line['call']} {line['outcome']}"] += 1

    def _judge(self, key: str, life: Life) -> None:
        documents, live = self.by_key[key], _live(self.by_key[key])
        if len(live) > 1:
            numbers = ", ".join(document.number for document in live)
            self.wrong.append(f"{key} is ordered {len(live)} times: {numbers}")
        if life.state not in GOOD | FOR_A_PERSON:
            self.wrong.append(f"{key} ends {life.state}: neither sent nor with a person")
        if life.state in FOR_A_PERSON and life.states and not life.states[-1]["reason"]:
            self.wrong.append(f"{key} ends {life.state} without a reason")
        if life.state in GOOD:
            self._compare(key, life, documents)
        if life.state == "refused" and live:
            self.wrong.append(f"{key} is said to be refused, the ERP holds {live[0].number}")
        if not life.outcomes and life.state in GOOD and not any(s.get("number") for s in life.states):
            self.wrong.append(f"{key} is {life.state} without a call and without a number")
        self._believed(key, life)
        again = sum(step["before"] == "unknown" and step["to"] == "approved" for step in life.states)
        if again > 1:
            self.wrong.append(f"{key} was sent again {again} times after doubt")

    def _compare(self, key: str, life: Life, documents: list[Document]) -> None:
        match = [document for document in documents if document.number == life.number and document.live]
        if not match:
            self.wrong.append(f"{key} is {life.state} as {life.number or 'no number'}, which the ERP does not hold")
            return
        wanted = sorted((item, place, Decimal(amount)) for item, place, amount in life.order["lines"])
        if sorted(match[0].lines) != wanted or match[0].supplier != life.order["supplier"]:
            self.wrong.append(f"{key}: {match[0].number} holds {match[0].lines}, ordered was {wanted}")

    def _believed(self, key: str, life: Life) -> None:
        """Who is told that nothing was done may send again: then nothing may have been done."""
        if life.outcomes and all(line["outcome"] in NOTHING_DONE for line in life.outcomes) and self.by_key[key]:
            kinds = ", ".join(line["outcome"] for line in life.outcomes)
            self.wrong.append(f"{key} was told {kinds}, and the ERP holds {self.by_key[key][0].number}")

    def figures(self) -> dict[str, Any]:
        """The counts as plain values, so that several campaigns can be added up."""
        return {
            "orders": len(self.lives), "documents": len(self.documents), "duplicates": self.duplicates,
            "lost": self.lost, "violations": len(self.wrong), "faults": dict(self.faults),
            "outcomes": dict(self.outcomes), "ends": dict(Counter(life.state for life in self.lives.values())),
        }  # fmt: skip

    def summary(self, name: str) -> str:
        """Figures in words, one paragraph per subject."""
        ends = Counter(life.state for life in self.lives.values())
        return "\n".join(
            [
                f"{name}: {len(self.lives)} orders, {len(self.documents)} documents in the ERP",
                f"  faults    {_counts(self.faults)}",
                f"  outcomes  {_counts(self.outcomes)}",
                f"  ends      {_counts(ends)}",
                f"  duplicates {self.duplicates}, lost {self.lost}, violations {len(self.wrong)}",
                *(f"  ! {text}" for text in self.wrong[:20]),
            ]
        )


def _live(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document.live]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"


def read_history(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of a history."""
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def main(arguments: list[str]) -> int:
    """Print the summary; 1 when anything is wrong."""
    ledger, history, books = arguments[0], Path(arguments[1]), Path(arguments[2])
    check = Check(list(read_history(history)), LEDGERS[ledger](books))
    sys.stdout.write(check.summary(arguments[3] if len(arguments) > 3 else ledger) + "\n")
    if "--json" in arguments:
        sys.stdout.write(json.dumps(check.figures()) + "\n")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
