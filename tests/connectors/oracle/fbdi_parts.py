"""Reads the zip of an import as a loader would, by position; no tests in here."""

import csv
import io
import zipfile

from connectors.oracle.fbdi_columns import MEMBERS


def loaded(content: bytes) -> dict[str, list[dict[str, str]]]:
    """Rows of each member by column name, empty ones left out; columns are counted, as the loader does."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        for member in given.namelist():
            rows = list(csv.reader(io.StringIO(given.read(member).decode(), newline="")))
            found[member] = [
                {name: text for name, text in zip(MEMBERS[member], row, strict=True) if text} for row in rows
            ]
    return found
