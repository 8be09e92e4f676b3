"""Snapshots and plans as files: Parquet frames and a manifest, named by the hash of what they hold.

Nothing is ever changed in place; what is read back has the hash that it was stored under, or is refused.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bot.errors import NeedsAdmin
from bot.store.mirror import FileMirror
from bot.store.pages import FilePages

MANIFEST = "manifest.json"
SECONDS = "datetime64[s]"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"[0-9a-f]{64}")


class ParquetFiles:
    """The port `Files` in a folder: `<root>/<kind>/<content id>/{manifest.json,<frame>.parquet}`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_frames(self, kind: str, frames: Mapping[str, pd.DataFrame], meta: Mapping[str, object]) -> str:
        """Store frames and JSON-able meta together, return the content id; storing the same again is free.

        The index is not kept, nor are categories that no row uses.

        The folder appears complete or not at all, whenever the process ends.
        """
        home = self._home(kind)
        home.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".draft-", dir=home))
        try:
            parts = {_checked(name): _write_frame(draft / f"{name}.parquet", frame) for name, frame in frames.items()}
            text = json.dumps({"form": "restock-files-1", "kind": kind, "frames": parts, "meta": meta}, sort_keys=True)
            content_id = hashlib.sha256(text.encode()).hexdigest()
            (draft / MANIFEST).write_text(text, encoding="utf-8")
            if not (home / content_id).exists():
                draft.rename(home / content_id)
        finally:
            rmtree(draft, ignore_errors=True)
        return content_id

    def frames(self, kind: str, content_id: str) -> dict[str, pd.DataFrame]:
        """Frames stored under an id, each checked against its hash; NeedsAdmin when missing or damaged."""
        manifest = self._manifest(kind, content_id)
        folder = self._folder(kind, content_id)
        parts: Any = manifest["frames"]
        return {
            name: _read_frame(folder / f"{name}.parquet", part["sha256"], part["days"]) for name, part in parts.items()
        }

    def meta(self, kind: str, content_id: str) -> dict[str, object]:
        """Meta stored under an id."""
        meta: Any = self._manifest(kind, content_id)["meta"]
        return dict(meta)

    def ids(self, kind: str) -> list[str]:
        """Ids of one kind, oldest first."""
        folders = [path for path in self._home(kind).glob("*") if _ID.fullmatch(path.name)]
        return [path.name for path in sorted(folders, key=lambda path: (path.stat().st_mtime_ns, path.name))]

    def pages(self, name: str, begun: datetime) -> FilePages:
        """Answers of a reading of the system `name`, resumed when one began within the last hour."""
        return FilePages(self._home("pages") / hashlib.sha256(name.encode()).hexdigest()[:16], begun)

    def mirror(self, name: str) -> FileMirror:
        """Copies of the big lists of the system `name`."""
        return FileMirror(self._home("mirror") / hashlib.sha256(name.encode()).hexdigest()[:16])

    def _manifest(self, kind: str, content_id: str) -> dict[str, object]:
        path = self._folder(kind, content_id) / MANIFEST
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise NeedsAdmin("there is no such content", str(path), "restore the data folder from a backup") from error
        if hashlib.sha256(text.encode()).hexdigest() != content_id:
            raise _damaged(path)
        manifest: dict[str, object] = json.loads(text)
        return manifest

    def _home(self, kind: str) -> Path:
        return self._root / _checked(kind)

    def _folder(self, kind: str, content_id: str) -> Path:
        if not _ID.fullmatch(content_id):
            raise ValueError(f"not a content id: {content_id!r}")
        return self._home(kind) / content_id


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for a folder or frame: {name!r}")
    return name


def _write_frame(path: Path, frame: pd.DataFrame) -> dict[str, object]:
    """Write a frame; columns of whole seconds are noted, because Parquet knows milliseconds at most."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, compression="zstd")
    return {"sha256": _hash(path), "days": [str(name) for name, kind in frame.dtypes.items() if str(kind) == SECONDS]}


def _read_frame(path: Path, expected: str, days: list[str]) -> pd.DataFrame:
    if not path.exists() or _hash(path) != expected:
        raise _damaged(path)
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame.astype(dict.fromkeys(days, SECONDS))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path) -> NeedsAdmin:
    return NeedsAdmin("the content does not have the hash it was stored under", str(path), "restore it from a backup")
