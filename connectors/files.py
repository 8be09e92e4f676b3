"""A folder of CSV or Parquet files with the canonical table names, read as if it were an ERP.

It hands cells on as they stand (text from CSV, typed columns from Parquet); what is wrong in them is
found and named by `snapshot`, not here.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import DataInvalid, Finding, NeedsAdmin, Retryable
from bot.ports import Clock, Diagnosis
from bot.tables.erp import NEEDED_TO_PLAN, TABLES
from bot.tables.spec import Kind
from connectors.catalog_types import Capability, Connector, Route
from connectors.files_examine import folder_findings, orders_folder
from connectors.files_journal import beside
from connectors.files_out import FilesWriter
from connectors.handover import Manifest, Terms, accept, check_rows, newest

SUFFIXES = (".parquet", ".csv")
_BLOCK = 1 << 24
_MARK = b"\xef\xbb\xbf"  # byte order mark of UTF-8


class FilesReader:
    """Reads `<table>.csv` or `<table>.parquet` from one folder; implements `ErpReader`.

    With `terms` and the day of `today`, deliveries are checked against their manifest; one extract reads one
    delivery: pulling a table again, or asking for the tables after all were pulled, looks for the newest.
    """

    def __init__(
        self, folder: Path, system: str = "files", terms: Terms | None = None, today: Callable[[], date] | None = None
    ) -> None:
        self._root = self._folder = folder
        self._system = system
        self._terms = terms or Terms()
        self._today = today
        self._manifest: Manifest | None = None
        self._stamps: dict[str, tuple[int, int, int]] = {}
        self._pulled: set[str] | None = None  # None = no delivery was looked at yet

    @property
    def system(self) -> str:
        """Name of the ERP that the folder stands for."""
        return self._system

    @property
    def tables(self) -> frozenset[str]:
        """Names of the tables for which a file lies in the folder, or of those in its manifest."""
        if not self._pulled or self._pulled >= self._present().keys():
            self._begin()
        return frozenset(self._present())

    def _present(self) -> dict[str, Path]:
        return {name: path for name in TABLES if (path := self.path(name)) is not None}

    def _begin(self) -> None:
        """Choose the delivery of this extract; a folder without manifest is taken as it lies."""
        self._pulled = set()
        if self._today is None:
            return
        self._folder = newest(self._root) if self._terms.deliveries else self._root
        present = self._present()
        self._stamps = {name: _stamp(path) for name, path in present.items()}
        self._manifest = accept(self._folder, self._terms, self._today(), present)

    def path(self, table: str) -> Path | None:
        """File that holds the table; DataInvalid when both a CSV and a Parquet file do."""
        found = [path for suffix in SUFFIXES if (path := self._folder / f"{table}{suffix}").is_file()]
        if len(found) > 1:
            raise _invalid(found[0], "E310", f"the table {table} is there twice, as CSV and as Parquet",
                           f"remove {found[0].name} or {found[1].name}")  # fmt: skip
        return found[0] if found else None

    def pull(self, table: str, since: date | None = None) -> Iterator[pd.DataFrame]:  # noqa: ARG002 - a folder has no cursor
        """Yield the whole table as one frame; its `attrs` say where the cells come from.

        `path` is the file; for CSV `malformed` lists (line, text) of torn rows. Lines count from 1 with the
        header; empty lines and line breaks inside quotes are not counted. A table without rows is a header alone.
        """
        if self._pulled is None or table in self._pulled:
            self._begin()
        path = self.path(table)
        if path is None:
            return
        try:
            frame = _read_csv(path, table) if path.suffix == ".csv" else _read_parquet(path, table)
        except PermissionError as error:
            raise NeedsAdmin("may not be read", str(path), "let the account that runs restock read it") from error
        self._check(table, path, len(frame) + len(frame.attrs.get("malformed", ())))
        frame.attrs["path"] = str(path)
        yield frame

    def _check(self, table: str, path: Path, rows: int) -> None:
        """A delivery that changes while it is read is none."""
        if self._pulled is not None:
            self._pulled.add(table)
        if self._manifest is None:
            return
        check_rows(path, self._manifest.tables[table], rows)
        if _stamp(path) != self._stamps[table]:
            raise Retryable(f"{path} was replaced while it was read")


class FilesSettings(BaseModel):
    """Settings of a `files` system: the folder with the tables and the folder for order files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    folder: Path
    orders_folder: Path
    journal_folder: Path | None = None
    manifest: Literal["optional", "required"] = "optional"
    deliveries: bool = False
    source_system: str = ""
    max_age_days: int | None = Field(default=None, ge=0)
    timezone: str = "UTC"


def reader(settings: FilesSettings, clock: Clock) -> FilesReader:
    """Return the reader of the drop folder."""
    required = settings.manifest == "required"
    terms = Terms(required, settings.deliveries, settings.source_system, settings.max_age_days)
    return FilesReader(settings.folder, settings.system, terms, lambda: clock.today(settings.timezone))


def writer(settings: FilesSettings, clock: Clock) -> FilesWriter:  # noqa: ARG001 - every connector is made alike
    """Return the writer of the order folder."""
    return FilesWriter(settings.orders_folder, settings.system, journal_of(settings))


def journal_of(settings: FilesSettings) -> Path:
    """Folder of the journal: beside the one of the order files, unless the settings name another."""
    return settings.journal_folder or beside(settings.orders_folder)


def examine(settings: FilesSettings, clock: Clock) -> Iterator[Diagnosis]:
    """Look at both folders without writing."""
    yield from folder_findings(reader(settings, clock), settings.folder, "folder", clock, NEEDED_TO_PLAN)
    yield from orders_folder(settings.orders_folder)
    yield from orders_folder(journal_of(settings), "journal_folder")


CONNECTOR = Connector(
    id="files",
    settings=FilesSettings,
    reader=reader,
    writer=writer,
    tables=frozenset(TABLES),
    notes="CSV or Parquet in, one JSON file per order out",
    examine=examine,
    routes=(
        Route(
            "files",
            {name: Capability(f"{name}.csv or {name}.parquet", judged_by="its manifest") for name in TABLES},
            {"purchase order": Capability("order-KEY.json", doubt="what the other side does with the file")},
        ),
    ),
)


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written or replaced: inode, size, time of change."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _invalid(path: Path, code: str, message: str, remedy: str, line: int = 1) -> DataInvalid:
    return DataInvalid((Finding(str(path), line, 1, code, message, remedy),))


def _read_parquet(path: Path, table: str) -> pd.DataFrame:
    codes = [column.name for column in TABLES[table].of_kind(Kind.CODE, Kind.CHOICE, Kind.CURRENCY)]
    try:
        schema = pq.read_schema(path)
        nested = [field.name for field in schema if pa.types.is_nested(field.type) and field.name in TABLES[table]]
        if nested:
            raise _invalid(path, "E313", f"the column {nested[0]} holds lists or structures, not plain values",
                           f"write one value per cell; `restock tables {table}` prints the columns")  # fmt: skip
        content = pq.read_table(path, read_dictionary=[name for name in codes if name in schema.names])
        # metadata of pandas would turn columns into an index
        frame: pd.DataFrame = content.to_pandas(self_destruct=True, split_blocks=True, ignore_metadata=True)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _invalid(path, "E311", f"not a readable Parquet file: {error}", "write the file again") from error
    return frame


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    malformed: list[tuple[int, str]] = []
    header = _header(path)
    if not header:
        remedy = f"write the table again, in UTF-8 with a header row; `restock tables {table}` prints the columns"
        raise _invalid(path, "E312", "is empty: no header row; a table without rows is a header alone", remedy)

    def set_aside(row: pacsv.InvalidRow) -> str:
        malformed.append((row.number, row.text))
        return "skip"

    try:
        frame: pd.DataFrame = _parse(path, header, set_aside).to_pandas(self_destruct=True)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        remedy = "write UTF-8 with a header row, commas between cells and a point in numbers"
        raise _invalid(path, "E312", f"not a readable CSV file: {str(error).splitlines()[0]}", remedy) from error
    frame.attrs["malformed"] = malformed
    return frame


def _header(path: Path) -> bytes:
    """First line that holds anything; empty when the file holds nothing."""
    with path.open("rb") as stream:
        return next((line for line in stream if line.removeprefix(_MARK).strip()), b"")


def _parse(path: Path, header: bytes, set_aside: Callable[[pacsv.InvalidRow], str]) -> pa.Table:
    names = pacsv.read_csv(pa.BufferReader(header + b"\n")).schema.names
    # cells stay text: a number type would lose leading zeros and hide a decimal comma
    text = pa.dictionary(pa.int32(), pa.string())
    return pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, text),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )
