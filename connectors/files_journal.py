"""A journal of the order files that were handed over: what each held, kept where no importer looks.

An order file may be taken away the moment it has its name; the journal says afterwards that it was there. It decides
nothing about orders.
"""

import os
from pathlib import Path

from bot.errors import NeedsAdmin, Retryable

CANCELLED = ".cancelled"


def beside(orders: Path) -> Path:
    """Where the journal lies unless somebody names another place: next to the folder of the order files."""
    return orders.with_name(f"{orders.name}.journal")


class Journal:
    """One file per order in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entry(self, order_key: str) -> Path:
        """Where the entry of an order lies, if it has one."""
        return self._folder / f"{order_key}.json"

    def cancelled(self, order_key: str) -> Path:
        """Where the entry lies once its order was cancelled."""
        return self.entry(order_key).with_suffix(CANCELLED)

    def record(self, order_key: str, content: bytes) -> None:
        """Write an entry, also against loss of power; NeedsAdmin or Retryable when it cannot be written."""
        part = self.entry(order_key).with_suffix(".part")
        try:
            write_whole(part, content)
            part.replace(self.entry(order_key))
            sync_folder(self._folder)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            remedy = "let the account that runs restock write there, or name another folder in journal_folder"
            raise NeedsAdmin(f"the journal cannot be written: {error.strerror}", str(self._folder), remedy) from error
        except OSError as error:
            raise Retryable(f"{part} cannot be written: {error.strerror}") from error

    def forget(self, order_key: str) -> None:
        """Take an entry back: its file never got its name."""
        if self.entry(order_key).is_file():
            self.entry(order_key).unlink()
            sync_folder(self._folder)

    def cancel(self, order_key: str) -> None:
        """Mark an entry as cancelled, if there is one."""
        if self.entry(order_key).is_file():
            self.entry(order_key).replace(self.cancelled(order_key))
            sync_folder(self._folder)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that survives loss of power, its name included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a new name in the folder survive loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
