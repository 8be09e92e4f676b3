"""Order files out: each order is one JSON document in a drop folder, written whole or not at all.

The file named after the order key is the document. The other side may take it away as soon as it has its name; the
journal remembers it then. What the other side does with it is not known here.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.errors import NeedsAdmin, OutcomeUnknown, Refused, Retryable
from bot.orders.document import Document, DocumentLine, DocumentState
from bot.orders.model import DraftOrder, OrderLine, PurchaseOrder
from connectors.files_journal import CANCELLED, Journal, beside, sync_folder, write_whole


class FilesWriter:
    """Implements `ErpWriter` on a folder; the document number is the order key itself."""

    settle_seconds = 60.0  # folders on a share show a new file late

    def __init__(self, folder: Path, system: str = "files", journal: Path | None = None) -> None:
        self._folder = folder
        self._journal = Journal(journal or beside(folder))
        self._system = system

    @property
    def system(self) -> str:
        """Name of the ERP that the folder stands for."""
        return self._system

    def find(self, order_key: str) -> Sequence[Document]:
        """Return the document with this key: its file, or its entry in the journal once the file was taken away.

        A cancelled order is still a document. Retryable while the folder is not there.
        """
        path = self._path(order_key)
        if path.is_file():
            return [read_order(path, DocumentState.OPEN)]
        for gone in (path.with_suffix(CANCELLED), self._journal.cancelled(order_key)):
            if gone.is_file():
                return [read_order(gone, DocumentState.CANCELLED)]
        return [read_order(self._journal.entry(order_key), DocumentState.OPEN)] if self._taken(path, order_key) else []

    def _taken(self, path: Path, order_key: str) -> bool:
        """Whether an order file had its name and is gone; one that never got it lies there under its working name."""
        if not self._journal.entry(order_key).is_file():
            return False
        if not self._folder.is_dir():
            raise Retryable(f"{self._folder} is not there: nobody can tell whether {path.name} was written")
        return not path.exists() and not path.with_suffix(".part").exists()

    def create(self, draft: DraftOrder) -> str:
        """Write the order file, also against loss of power.

        Refused when the key exists already, Retryable when nothing was written, NeedsAdmin when the folder may
        not be written, OutcomeUnknown when the disk fails while the file gets its name.
        """
        order = draft.order
        path = self._path(order.order_key)
        if path.exists() or self.find(order.order_key):
            raise Refused(f"the order {order.order_key} exists already in {self._folder}", "exists")
        content = json.dumps(self._content(order), indent=1, ensure_ascii=False).encode()
        part = self._written(path.with_suffix(".part"), content)
        self._remember(order.order_key, content)
        self._named(part, path, order.order_key)
        return order.order_key

    def _content(self, order: PurchaseOrder) -> dict[str, object]:
        """What stands in the order file."""
        return _content(order)

    def _remember(self, order_key: str, content: bytes) -> None:
        """Write down that the order file is about to get its name."""
        self._journal.record(order_key, content)

    def _named(self, part: Path, path: Path, order_key: str) -> None:
        """Give the order file its name, from which moment on it may be taken away."""
        try:
            try:
                part.replace(path)
            except FileNotFoundError:  # it cannot have got its name
                self._journal.forget(order_key)
                raise
            sync_folder(self._folder)
        except OSError as error:
            raise OutcomeUnknown(order_key, f"writing {path}: {error}") from error

    def _written(self, part: Path, content: bytes) -> Path:
        """The file under its working name, which nobody takes for an order."""
        try:
            write_whole(part, content)
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
        """Mark the order file as cancelled by renaming it; Refused when it is not there, or was taken away."""
        path = self._path(number)
        try:
            path.replace(path.with_suffix(CANCELLED))
        except FileNotFoundError:
            taken = self._taken(path, number)
            why = f"{path.name} was taken away already: cancel the order there" if taken else ""
            raise Refused(why or f"there is no order file {path.name}", "taken" if taken else "missing") from None
        sync_folder(self._folder)
        self._journal.cancel(number)

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
