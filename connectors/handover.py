"""What a complete delivery of table files is: the files, and a manifest with counts and hashes that is written last.

It finds, checks and writes manifests; the tables themselves are parsed by `connectors.files`.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.errors import DataInvalid, Finding, StopRun

MANIFEST = "manifest.json"
FORM = "restock-delivery-1"
_HASH = re.compile("[0-9a-f]{64}")
_BLOCK = 1 << 20
_SEAL = "hand the delivery over again, its manifest last; `restock delivery seal FOLDER` writes one"


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a delivery: name of its file, rows without the header, and SHA-256 of the bytes."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a delivery claims to be; `as_of` is the morning that it shows, `system` the ERP it was taken from."""

    system: str
    as_of: date
    tables: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings ask of deliveries.

    `deliveries`: each is a sub-folder of its own, and the newest counts. `required`: without a manifest nothing is
    read. `source_system`: the only system that may have delivered. `max_age_days`: how old `as_of` may be.
    """

    required: bool = False
    deliveries: bool = False
    source_system: str = ""
    max_age_days: int | None = None


def newest(folder: Path) -> Path:
    """The sub-folder with the last name; names that begin with a point or end in `.part` are still being written."""
    try:
        found = [path for path in folder.iterdir() if path.is_dir() and not _unfinished(path.name)]
    except OSError as error:
        remedy = "correct the folder in the settings, or let the account that runs restock read it"
        raise _invalid(folder, "E320", f"deliveries cannot be listed: {error.strerror}", remedy) from error
    if not found:
        raise _invalid(folder, "E320", "holds no delivery", "wait for the first one, or check the transfer")
    return max(found, key=lambda path: path.name)


def _unfinished(name: str) -> bool:
    return name.startswith(".") or name.endswith(".part")


def load(folder: Path) -> Manifest | None:
    """Read the manifest; None when there is none, DataInvalid when it cannot be what it should be."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _invalid(path, "E321", f"is no manifest: {error}", _SEAL) from error
    try:
        return _manifest(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(path, "E321", f"is no manifest of the form {FORM}: {error}", _SEAL) from error


def _manifest(content: Any) -> Manifest:
    if content["form"] != FORM:
        raise ValueError(f"its form is {content['form']!r}")
    tables = {str(name): _entry(entry) for name, entry in content["tables"].items()}
    return Manifest(str(content["system"]), date.fromisoformat(content["as_of"]), tables)


def _entry(entry: Any) -> Entry:
    file, rows, digest = entry["file"], entry["rows"], entry["sha256"]
    if not isinstance(file, str) or Path(file).name != file or file in {"", ".", ".."}:
        raise ValueError(f"{file!r} is no file name")
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise ValueError(f"{file}: rows must be a whole number, not {rows!r}")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise ValueError(f"{file}: sha256 must be 64 hexadecimal digits in lower case")
    return Entry(file, rows, digest)


def accept(folder: Path, terms: Terms, today: date, known: Mapping[str, Path]) -> Manifest | None:
    """Check a delivery against its manifest and the settings; `known` are the table files that lie in the folder.

    Returns None where none is there and none is asked for. Raises DataInvalid for a delivery that is not whole,
    StopRun for one of another system or of another day.
    """
    manifest = load(folder)
    if manifest is None:
        if terms.required:
            raise _invalid(folder, "E322", f"has no {MANIFEST}: the delivery is not finished", _SEAL)
        return None
    _check_origin(folder, manifest, terms, today)
    findings = [*_strays(folder, manifest, known), *(f for e in manifest.tables.values() for f in _file(folder, e))]
    if findings:
        raise DataInvalid(tuple(findings))
    return manifest


def _check_origin(folder: Path, manifest: Manifest, terms: Terms, today: date) -> None:
    if terms.source_system and manifest.system != terms.source_system:
        what = f"{folder}: the delivery is from system {manifest.system or '(none)'}, not {terms.source_system}"
        raise StopRun(what, "Find out who delivers there; a test system must not be planned with.")
    age = (today - manifest.as_of).days
    if age < 0 or (terms.max_age_days is not None and age > terms.max_age_days):
        what = f"{folder}: the delivery shows the morning of {manifest.as_of.isoformat()}, today is {today.isoformat()}"
        raise StopRun(what, "Check the export and its schedule; nothing is ordered on figures of another day.")


def _strays(folder: Path, manifest: Manifest, known: Mapping[str, Path]) -> list[Finding]:
    named = {name: entry.file for name, entry in manifest.tables.items()}
    stray = [path for name, path in known.items() if named.get(name) != path.name]
    what = f"is not in {MANIFEST} under the name of its table"
    return [_finding(folder / path.name, "E323", what, "remove the file or seal the delivery again") for path in stray]


def _file(folder: Path, entry: Entry) -> list[Finding]:
    path = folder / entry.file
    try:
        found = digest(path)
    except OSError as error:
        return [_finding(path, "E324", f"is in {MANIFEST} and cannot be read: {error.strerror}", _SEAL)]
    if found != entry.sha256:
        what = f"does not have the SHA-256 of {MANIFEST}: cut off, changed or swapped on the way"
        return [_finding(path, "E324", what, _SEAL)]
    return []


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def check_rows(path: Path, entry: Entry, rows: int) -> None:
    """DataInvalid when a table has another number of rows than its manifest says, torn ones counted."""
    if rows != entry.rows:
        what = f"has {rows} rows, {MANIFEST} says {entry.rows}"
        raise _invalid(path, "E325", what, "count rows without the header, then seal the delivery again")


def seal(folder: Path, manifest: Manifest) -> Path:
    """Write the manifest last and at once, so that a reader sees the whole delivery or none; returns its path."""
    content = {
        "form": FORM,
        "system": manifest.system,
        "as_of": manifest.as_of.isoformat(),
        "tables": {
            name: {"file": entry.file, "rows": entry.rows, "sha256": entry.sha256}
            for name, entry in sorted(manifest.tables.items())
        },
    }
    part = folder / f"{MANIFEST}.part"
    with part.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    return part.replace(folder / MANIFEST)


def _invalid(path: Path, code: str, message: str, remedy: str) -> DataInvalid:
    return DataInvalid((_finding(path, code, message, remedy),))


def _finding(path: Path, code: str, message: str, remedy: str) -> Finding:
    return Finding(str(path), 1, 1, code, message, remedy)
