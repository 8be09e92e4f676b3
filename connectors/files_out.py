"""Order files out: each order is one JSON document in a drop folder, written whole or not at all.

The file named after the order key is the document, so finding by key is looking for the file; what the
other side does with the file is not known here.
"""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.errors import OutcomeUnknown, Refused
from bot.orders.model import DraftOrder, OrderLine
from bot.ports import Document, DocumentLine, DocumentState


class FilesWriter:
    """Implements `ErpWriter` on a folder; the document number is the order key itself."""

    settle_seconds = 0.0

    def __init__(self, folder: Path, system: str = "files") -> None:
        self._folder = folder
        self._system = system

    @property
    def system(self) -> str:
        """Name of the ERP that the folder stands for."""
        return self._system

    def find(self, order_key: str) -> Sequence[Document]:
        """Return the document with this key, if its file exists."""
        path = self._path(order_key)
        return [_read(path)] if path.is_file() else []

    def create(self, draft: DraftOrder) -> str:
        """Write the order file; OutcomeUnknown when the disk answers with an error."""
        order = draft.order
        path = self._path(order.order_key)
        if path.exists():
            raise Refused(f"the file {path.name} exists already", "exists")
        content = {
            "number": order.order_key,
            "supplier": order.supplier,
            "location": order.location,
            "currency": order.currency,
            "order_date": order.order_date.isoformat(),
            "total": str(order.total.amount),
            "lines": [_line(line) for line in order.lines],
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            with part.open("w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1, ensure_ascii=False)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            raise OutcomeUnknown(order.order_key, f"writing {path}: {error}") from error
        return order.order_key

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read the named documents back from disk."""
        return [document for number in numbers for document in self.find(number)]

    def cancel(self, number: str) -> None:
        """Mark the order file as cancelled by renaming it; Refused when it is not there."""
        path = self._path(number)
        if not path.is_file():
            raise Refused(f"there is no order file {path.name}", "missing")
        path.replace(path.with_suffix(".cancelled"))

    def _path(self, order_key: str) -> Path:
        if not order_key.isalnum():
            raise Refused(f"{order_key!r} is not an order key", "key")
        return self._folder / f"order-{order_key}.json"


def _line(line: OrderLine) -> dict[str, object]:
    return {
        "line": line.number,
        "item": line.item,
        "description": line.description,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "order_unit": line.order_unit,
        "unit_factor": str(line.unit_factor),
        "price": str(line.price),
        "price_unit": str(line.price_unit),
        "need_date": line.need_date.isoformat(),
    }


def _read(path: Path) -> Document:
    content: Mapping[str, object] = json.loads(path.read_text("utf-8"))
    rows: list[dict[str, str]] = content["lines"]  # type: ignore[assignment]
    lines = tuple(
        DocumentLine(
            item=row["item"],
            location=str(content["location"]),
            quantity=Decimal(row["quantity"]),
            price=Decimal(row["price"]),
            price_unit=Decimal(row["price_unit"]),
            due_on=date.fromisoformat(row["need_date"]),
        )
        for row in rows
    )
    key = str(content["number"])
    return Document(key, key, str(content["supplier"]), str(content["currency"]), DocumentState.OPEN, lines)
