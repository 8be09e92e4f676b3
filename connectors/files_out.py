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
from typing import Any

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder

CANCELLED = ".cancelled"


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
        """Return the document with this key, if its file exists; a cancelled order is still a document."""
        path = self._path(order_key)
        gone = path.with_suffix(CANCELLED)
        if path.is_file():
            return [read_order(path, DocumentState.OPEN)]
        return [read_order(gone, DocumentState.CANCELLED)] if gone.is_file() else []

    def create(self, draft: DraftOrder) -> str:
        """Write the order file, also against loss of power.

        Refused when the key exists already, Retryable when nothing was written, NeedsAdmin when the folder may
        not be written, OutcomeUnknown when the disk fails while the file gets its name.
        """
        order = draft.order
        path = self._path(order.order_key)
        if path.exists() or path.with_suffix(CANCELLED).exists():
            raise Refused(f"the order {order.order_key} exists already in {self._folder}", "exists")
        content = json.dumps(self._content(order), indent=1, ensure_ascii=False)
        part = self._written(path.with_suffix(".part"), content.encode())
        try:
            part.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            raise OutcomeUnknown(order.order_key, f"writing {path}: {error}") from error
        return order.order_key

    def _content(self, order: PurchaseOrder) -> dict[str, object]:
        """What stands in the order file."""
        return _content(order)

    def _written(self, part: Path, content: bytes) -> Path:
        """The file under its working name, which nobody takes for an order."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            remedy = "let the account that runs restock write there, or correct orders_folder in the settings"
            raise NeedsAdmin(f"order files cannot be written: {error.strerror}", str(self._folder), remedy) from error
        except OSError as error:
            raise Retryable(f"{part} cannot be written: {error.strerror}") from error
        return part

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read the named documents back from disk."""
        return [document for number in numbers for document in self.find(number)]

    def cancel(self, number: str) -> None:
        """Mark the order file as cancelled by renaming it; Refused when it is not there."""
        path = self._path(number)
        if not path.is_file():
            raise Refused(f"there is no order file {path.name}", "missing")
        path.replace(path.with_suffix(CANCELLED))
        sync_folder(self._folder)

    def _path(self, order_key: str) -> Path:
        if not (order_key.isascii() and order_key.isalnum()):
            raise Refused(f"{order_key!r} is not an order key", "key")
        return self._folder / f"order-{order_key}.json"


def _content(order: PurchaseOrder) -> dict[str, object]:
    return {
        "number": order.order_key,
        "supplier": order.supplier,
        "location": order.location,
        "currency": order.currency,
        "order_date": order.order_date.isoformat(),
        "total": str(order.total.amount),
        "lines": [_line(line) for line in order.lines],
    }


def sync_folder(folder: Path) -> None:
    """Make a new name in the folder survive loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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


def read_order(path: Path, state: DocumentState) -> Document:
    """The document in a file; NeedsAdmin when somebody spoiled it."""
    try:
        return _document(json.loads(path.read_text("utf-8")), state)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        remedy = "look at the file and put it right or restore it; until then its order stays in doubt"
        raise NeedsAdmin(f"is not an order file that restock wrote: {error}", str(path), remedy) from error


def _document(content: Mapping[str, Any], state: DocumentState) -> Document:
    lines = tuple(
        DocumentLine(
            item=row["item"],
            location=str(content["location"]),
            quantity=Decimal(row["quantity"]),
            price=Decimal(row["price"]),
            price_unit=Decimal(row["price_unit"]),
            due_on=date.fromisoformat(row["need_date"]),
        )
        for row in content["lines"]
    )
    key = str(content["number"])
    return Document(key, key, str(content["supplier"]), str(content["currency"]), state, lines)
