"""The route over folders: tables in, order files out; its faults are those of a file system."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.orders.model import DraftOrder
from bot.ports import Clock
from connectors.files import FilesReader
from connectors.files_out import FilesWriter
from tests.contract.company import drafts, frames
from tests.contract.far_side import FarSide
from tests.faults.history import History
from tests.faults.plan import FaultPlan
from tests.faults.recorded import Disturber

PLACES = ("1010", "M1")
# what happens to the disk around one create
WEIGHTS = {
    "pass": 40, "disk_full": 8, "name_taken": 4, "folder_is_a_file": 2, "part_vanishes": 8, "sync_fails": 10,
    "left_over_part": 6,
}  # fmt: skip


class Trouble:
    """What the disk does to the next file that is sealed; `orders` is the folder that orders are put into."""

    trouble = ""

    @property
    def orders(self) -> Path:
        raise NotImplementedError


class DiskDisturber(Disturber):
    """Puts a real obstacle into the order folder for the time of one create."""

    def __init__(self, writer_of: Trouble, plan: FaultPlan, history: History) -> None:
        self._far, self._plan, self._history = writer_of, plan, history

    @contextmanager
    def around(self, key: str) -> Iterator[None]:
        fault = self._plan.of_write()
        self._history.write("disturbed", key=key, fault=fault)
        self._far.orders.mkdir(exist_ok=True)
        with getattr(self, f"_{fault}")(self._far.orders / f"order-{key}.part"):
            yield

    @contextmanager
    def _pass(self, _part: Path) -> Iterator[None]:
        yield

    @contextmanager
    def _disk_full(self, part: Path) -> Iterator[None]:
        part.unlink(missing_ok=True)
        part.symlink_to("/dev/full")
        try:
            yield
        finally:
            part.unlink()

    @contextmanager
    def _name_taken(self, part: Path) -> Iterator[None]:
        part.mkdir()
        try:
            yield
        finally:
            part.rmdir()

    @contextmanager
    def _folder_is_a_file(self, part: Path) -> Iterator[None]:
        aside = part.parent.with_name("aside")
        part.parent.rename(aside)
        part.parent.write_text("not a folder", "utf-8")
        try:
            yield
        finally:
            part.parent.unlink()
            aside.rename(part.parent)

    @contextmanager
    def _left_over_part(self, part: Path) -> Iterator[None]:
        part.write_text('{"number": "half an ord', "utf-8")
        yield

    @contextmanager
    def _part_vanishes(self, _part: Path) -> Iterator[None]:
        self._far.trouble = "part_vanishes"
        yield

    @contextmanager
    def _sync_fails(self, _part: Path) -> Iterator[None]:
        self._far.trouble = "sync_fails"
        yield


class ShakyFiles(FilesWriter):
    """The real writer on a disk that loses the working file, or fails once the order has its name."""

    def __init__(self, far: "FilesFarSide") -> None:
        super().__init__(far.orders, far.system)
        self._far = far

    def _written(self, part: Path, content: bytes) -> Path:
        return shaken(super()._written(part, content), self._far)


def shaken(written: Path, far: Trouble) -> Path:
    """The working file after what the disk does to it, once."""
    trouble, far.trouble = far.trouble, ""
    if trouble == "part_vanishes":
        written.unlink()
    return _NamedThenBroken(written) if trouble == "sync_fails" else written


class _NamedThenBroken(type(Path())):  # type: ignore[misc]
    """A path that takes its last name and then reports an error of the disk."""

    def replace(self, target: Path) -> Path:
        Path(self).replace(target)
        raise OSError(errno.EIO, "input/output error")


@dataclass
class FilesFarSide(FarSide, Trouble):
    """A folder of table files and a folder of order files."""

    tables_folder: Path = Path()

    @property
    def orders(self) -> Path:
        return self.books

    @property
    def locations(self) -> tuple[str, ...]:
        return PLACES

    def reader(self, address: str = "", clock: Clock | None = None) -> FilesReader:
        return FilesReader(self.tables_folder, self.system)

    def writer(self, address: str = "", clock: Clock | None = None) -> FilesWriter:
        return ShakyFiles(self)

    def drafts(self, count: int) -> list[DraftOrder]:
        return drafts(self.system, count, PLACES)

    def strike(self, fault: str) -> None:
        self.trouble = {"reply_lost": "sync_fails", "lost": "part_vanishes"}[fault]

    def disturber(self, plan: FaultPlan, history: History) -> DiskDisturber:
        return DiskDisturber(self, FaultPlan(plan.seed, WEIGHTS, {"pass": 1}), history)


@contextmanager
def files_far_side(folder: Path, page: int = 500) -> Iterator[FilesFarSide]:
    """The company as CSV files."""
    tables, orders = folder / "tables", folder / "orders"
    tables.mkdir()
    orders.mkdir()
    for name, frame in frames(PLACES).items():
        frame.to_csv(tables / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    yield FilesFarSide("files", "files", orders, tables_folder=tables)
