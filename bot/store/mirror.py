"""Copies of an ERP's big lists of documents between runs: Parquet beside a small JSON file that vouches for it.

A copy that does not match its hash, or was made in another form, is thrown away and told; it is never mended.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bot.ports_reading import Mirrored

_FORM = "restock-mirror-1"


class FileMirror:
    """The port `ToldMirror` in a folder of its own; it holds business data, so only the owner may look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._findings: list[str] = []

    @property
    def findings(self) -> tuple[str, ...]:
        """What a person should know about this reading."""
        return tuple(self._findings)

    def tell(self, finding: str) -> None:
        """Note what a person should know."""
        self._findings.append(finding)

    def load(self, name: str, form: str) -> Mirrored | None:
        """Return the copy of a list; None when there is none, it is of another form, or it was damaged."""
        try:
            meta = self._meta(name)
            if meta is None or meta["form"] != form:
                return None
            rows = _rows(self._folder / str(meta["file"]), str(meta["sha256"]))
            days = (date.fromisoformat(str(meta[day])) for day in ("start", "cursor", "whole_on"))
            return Mirrored(rows, *days)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            self.tell(f"the local copy of {name} was damaged: it was thrown away and the list is read whole")
            self._remove(name)
            return None

    def save(self, name: str, form: str, kept: Mirrored) -> None:
        """Keep a list in place of the copy before; whenever the process ends, one of the two is there whole.

        A disk that takes nothing more is told: the run goes on, the next one reads whole.
        """
        try:
            self._save(name, form, kept)
        except OSError as error:
            self.tell(f"the local copy of {name} could not be written: {error.strerror or error}")

    def _save(self, name: str, form: str, kept: Mirrored) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = _parquet(kept.rows)
        digest = hashlib.sha256(content).hexdigest()
        file = f"{name}-{digest[:16]}.parquet"
        self._put(file, content)
        meta = {
            "kind": _FORM, "form": form, "file": file, "sha256": digest, "start": kept.start.isoformat(),
            "cursor": kept.cursor.isoformat(), "whole_on": kept.whole_on.isoformat(),
        }  # fmt: skip
        text = json.dumps(meta, sort_keys=True)
        seal = hashlib.sha256(text.encode()).hexdigest()
        self._put(f"{name}.json", json.dumps({"meta": text, "sha256": seal}).encode())
        for old in self._folder.glob(f"{name}-*.parquet"):
            if old.name != file:
                old.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw every copy away: the next reading is a whole one."""
        rmtree(self._folder, ignore_errors=True)

    def _meta(self, name: str) -> dict[str, Any] | None:
        """What the sealed JSON file says; None when there is none, ValueError when it was damaged."""
        try:
            sealed = json.loads((self._folder / f"{name}.json").read_bytes())
        except FileNotFoundError:
            return None
        text = str(sealed["meta"])
        if hashlib.sha256(text.encode()).hexdigest() != sealed["sha256"]:
            raise ValueError("the seal is broken")
        meta: dict[str, Any] = json.loads(text)
        return meta

    def _put(self, name: str, content: bytes) -> None:
        with NamedTemporaryFile(dir=self._folder, prefix=".draft-", delete=False) as stream:
            stream.write(content)
        Path(stream.name).rename(self._folder / name)

    def _remove(self, name: str) -> None:
        for path in [self._folder / f"{name}.json", *self._folder.glob(f"{name}-*.parquet")]:
            path.unlink(missing_ok=True)


def _parquet(rows: pd.DataFrame) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _rows(path: Path, expected: str) -> pd.DataFrame:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise ValueError("the rows have another hash")
    rows: pd.DataFrame = pq.read_table(pa.BufferReader(content)).to_pandas()
    return rows
