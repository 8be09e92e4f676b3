"""Reads a folder of policy files as texts, for `bot.policy` to parse.

It interprets nothing; files that policies do not consist of (schema, README, folders with a policy.yaml of
their own) are left out, and everything that looks like a policy is handed on, even when it stands in the wrong place.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import Finding, InputInvalid

MAX_BYTES = 1_000_000
MAX_FILES = 5_000
COMPANY_FILE = "policy.yaml"
_SUFFIXES = frozenset({".yaml", ".yml", ".csv"})


class PolicyFolder:
    """A folder with policy.yaml and its companions; read afresh on every call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def texts(self) -> Mapping[str, str]:
        """Texts by path relative to the folder (`policy.yaml`, `items/bulk.csv`).

        Raises `InputInvalid` for a folder that does not exist, files that are too large, too many or not
        UTF-8, and links that lead out of the folder.
        """
        if not self._folder.is_dir():
            remedy = "name the folder that holds policy.yaml"
            raise InputInvalid((_finding(str(self._folder), "there is no such folder", remedy),))
        texts: dict[str, str] = {}
        findings: list[Finding] = []
        for path in _files(self._folder):
            label = path.relative_to(self._folder).as_posix()
            if len(texts) >= MAX_FILES:
                findings.append(
                    _finding(label, f"more than {MAX_FILES} files", "keep policies in a folder of their own")
                )
                break
            text = _read(path, label, self._folder.resolve())
            if isinstance(text, Finding):
                findings.append(text)
            else:
                texts[label] = text
        if findings:
            raise InputInvalid(tuple(findings))
        return texts


def _files(folder: Path) -> Iterator[Path]:
    """Policy files in a stable order; hidden folders and folders with a policy of their own are left out."""
    for base, folders, names in os.walk(folder):
        here = Path(base)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (here / name / COMPANY_FILE).is_file()
        )
        for name in sorted(names):
            if Path(name).suffix in _SUFFIXES and not name.startswith("."):
                yield here / name


def _read(path: Path, label: str, root: Path) -> str | Finding:
    if not path.resolve().is_relative_to(root):
        return _finding(label, "the link leads out of the folder", "put the file itself here")
    try:
        if path.stat().st_size > MAX_BYTES:
            return _finding(label, "the file is too large: at most 1 MB", "split it")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return _finding(label, f"not UTF-8 at byte {error.start}", "save it as UTF-8")
    except OSError as error:
        return _finding(label, f"not readable: {error.strerror}", "check that it exists and who may read it")


def _finding(path: str, message: str, remedy: str) -> Finding:
    return Finding(path, 1, 1, "E100", message, remedy)
