"""Answers of an ERP kept while a reading is under way: a killed run goes on where it stopped.

A folder per system, one compressed file per answer; what is older than an hour is forgotten, because stock and orders
of two different moments must not be put together.
"""

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile

LONGEST = timedelta(hours=1)
_BEGUN = "begun"


class FilePages:
    """The port `Pages` in a folder; opening it at `now` forgets a reading that began more than an hour before."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        begun = self._begun()
        if begun is None or not timedelta(0) <= now - begun <= LONGEST:
            self.clear()
            folder.mkdir(parents=True, mode=0o700)
            (folder / _BEGUN).write_text(now.astimezone(UTC).isoformat(), encoding="ascii")

    def get(self, name: str) -> bytes | None:
        """Return what was put under a name; None when it is not there or damaged."""
        try:
            return zlib.decompress(self._path(name).read_bytes())
        except (FileNotFoundError, zlib.error):
            return None

    def put(self, name: str, content: bytes) -> None:
        """Keep an answer; the file is there whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=self._folder, prefix=".draft-", delete=False) as stream:
            stream.write(zlib.compress(content, 1))
        Path(stream.name).rename(self._path(name))

    def clear(self) -> None:
        """Forget everything."""
        rmtree(self._folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()

    def _begun(self) -> datetime | None:
        try:
            return datetime.fromisoformat((self._folder / _BEGUN).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
