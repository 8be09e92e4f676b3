"""`ImportWriter`: hands orders over as files of Fusion's import, which somebody else uploads, and finds them in Fusion.

It uploads nothing and submits nothing. A file is no order in Fusion: until Fusion shows the order, it is pending.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import NeedsAdmin, Refused, Retryable
from bot.orders.document import Document, DocumentState
from bot.orders.model import DraftOrder, PurchaseOrder
from bot.ports import Clock
from connectors.files_journal import CANCELLED, sync_folder
from connectors.files_out import FilesWriter, read_order
from connectors.oracle.client import FusionClient
from connectors.oracle.documents import Documents, Found
from connectors.oracle.fbdi import archive, members
from connectors.oracle.keys import is_key
from connectors.oracle.lookups import Lookups
from connectors.oracle.orders import FusionWriter
from connectors.oracle.settings import FusionSettings
from connectors.oracle.writing import Writer

FORM = "restock-import-1"
TAKEN = ".taken"


class ImportFolder(FilesWriter):
    """Per order a zip and, written last, `order-KEY.json`, without which the zip is not handed over.

    Who uploads first renames the JSON file to `.taken`; from then on it cannot be withdrawn here.
    """

    def __init__(self, folder: Path, system: str, settings: FusionSettings, lookups: Lookups) -> None:
        super().__init__(folder, system)
        self._settings, self._lookups = settings, lookups

    def find(self, order_key: str) -> Sequence[Document]:
        """The order as it was handed over: pending, however long ago, or cancelled."""
        path = self._path(order_key)
        states = {".json": DocumentState.PENDING, TAKEN: DocumentState.PENDING, CANCELLED: DocumentState.CANCELLED}
        for suffix, state in states.items():
            there = path.with_suffix(suffix)
            try:
                if there.is_file():
                    return [read_order(there, state)]
            except NeedsAdmin:
                if there.is_file():  # else it was renamed meanwhile, onward in this list
                    raise
        return []

    def taken(self, order_key: str) -> bool:
        """Whether somebody took the order to upload it."""
        return not self._path(order_key).is_file() and self._path(order_key).with_suffix(TAKEN).is_file()

    def cancel(self, number: str) -> None:
        """Withdraw an order that nobody has taken: whoever renames the file first wins."""
        path = self._path(number)
        try:
            path.replace(path.with_suffix(CANCELLED))
        except FileNotFoundError:
            raise Refused(f"{number} was taken for upload, or is not there: cancel it in Fusion", "STATE") from None
        sync_folder(self._folder)

    def _remember(self, order_key: str, content: bytes) -> None:
        """Nothing: what is taken here is renamed, never taken away."""

    def _content(self, order: PurchaseOrder) -> dict[str, object]:
        """The order and what its zip must be; the zip lies there whole before."""
        rows = members(order, self._lookups.import_names(order.supplier, order.location), self._settings)
        content, path = archive(rows), self._path(order.order_key).with_suffix(".zip")
        part = self._written(path.with_suffix(".zip.part"), content)
        try:
            part.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            raise Retryable(f"{path} cannot be written: {error.strerror}") from error
        sealed = {"file": path.name, "sha256": hashlib.sha256(content).hexdigest()}
        rows_of = {member: len(found) for member, found in rows.items()}
        return {"form": FORM, **super()._content(order), "import": {**sealed, "rows": rows_of}}


class ImportWriter(Writer):
    """Writes to one folder and looks into one system; implements `ErpWriter` and `TransferWriter`."""

    def __init__(self, client: FusionClient, settings: FusionSettings, clock: Clock) -> None:
        super().__init__(client, settings, clock)
        if settings.import_folder is None:
            raise ValueError("there is no import_folder")
        lookups = Lookups(client, settings, clock)
        self._documents = Documents(client, settings, lookups)
        self._orders = FusionWriter(client, settings, clock)
        self._folder = ImportFolder(settings.import_folder, settings.system, settings, lookups)

    def find(self, order_key: str) -> Sequence[Document]:
        """What Fusion holds of the order, by number and by description; else the file, pending; changes nothing."""
        if not is_key(order_key):
            raise Refused(f"{order_key!r} is not an order key of 12 characters", "KEY")
        there = {
            one.header_id: one for one in [*self._documents.by_numbers([order_key]), *self._documents.by_key(order_key)]
        }
        return [self._documents.read(one) for one in there.values()] or self._folder.find(order_key)

    def create(self, draft: DraftOrder) -> str:
        """Hand the order over; returns its key, which is also the number that the import asks for.

        Look it up by `find` first. Raises as `FilesWriter.create` does, and Refused where the import could not take it.
        """
        order = draft.order
        if not is_key(order.order_key):
            raise Refused(f"{order.order_key!r} is not an order key of 12 characters", "KEY")
        if self._folder.find(order.order_key):
            raise Refused(f"the order {order.order_key} was handed over already", "exists")
        return self._folder.create(draft)

    def status(self, numbers: Sequence[str]) -> Sequence[Document]:
        """Read back what Fusion holds, else what was handed over; the number stays the one that is asked for."""
        by_number: dict[str, list[Found]] = {number: [] for number in numbers}
        for one in self._documents.by_numbers(list(by_number)):
            by_number.setdefault(one.number, []).append(one)
        return [found for number in dict.fromkeys(numbers) for found in self._now(number, by_number[number])]

    def cancel(self, number: str) -> None:
        """Cancel the order in Fusion, or withdraw a file that nobody has taken; Refused in between."""
        if self._documents.by_numbers([number]):
            self._orders.cancel(number)
        else:
            self._folder.cancel(number)

    def _now(self, number: str, there: list[Found]) -> Sequence[Document]:
        """Only what was taken can be in Fusion under another number than the one that the file asked for."""
        if not there and is_key(number) and self._folder.taken(number):
            there = self._documents.by_key(number)
        found = [self._documents.read(one) for one in there]
        if len(found) == 1:
            return [replace(found[0], number=number)]
        return found or (self._folder.find(number) if is_key(number) else [])
