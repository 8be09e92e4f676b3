"""`restock delivery`: say what a folder of tables holds, and seal it with a manifest for the `files` connector.

It plans nothing; what a manifest is stands in connectors.handover.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.folder import IsoDay

if TYPE_CHECKING:
    from bot.snapshot.survey import TableSurvey

INVALID = 4
_FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def delivery() -> None:
    """Check and seal folders of canonical tables."""


@delivery.command()
@_FOLDER
@click.option("--system", required=True, help="Name of the ERP that the tables were taken from.")
@click.option("--as-of", type=IsoDay(), required=True, help="The morning that the tables show.")
def seal(folder: Path, system: str, as_of: date) -> None:
    """Write manifest.json: rows and SHA-256 of every table in FOLDER. Write it last, after all tables."""
    from connectors.files import FilesReader
    from connectors.handover import Entry, Manifest, digest
    from connectors.handover import seal as write

    reader = FilesReader(folder)
    entries = {}
    for name in sorted(reader.tables):
        path = reader.path(name)
        rows = sum(len(frame) + len(frame.attrs.get("malformed", ())) for frame in reader.pull(name))
        if path is not None:
            entries[name] = Entry(path.name, rows, digest(path))
    if not entries:
        raise click.UsageError(f"{folder} holds no table; `restock tables` prints their names")
    path = write(folder, Manifest(system, as_of, entries))
    click.echo(f"{path}: {len(entries)} tables, {sum(entry.rows for entry in entries.values()):,} rows")


@delivery.command()
@_FOLDER
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How it is printed.")
def check(folder: Path, form: str) -> None:
    """Report columns, units, currencies, days and bad rows of every table; exit code 4 when one cannot be used."""
    from bot.jobs.pull import joined
    from bot.snapshot.survey import survey
    from bot.tables.erp import NEEDED_TO_PLAN
    from connectors.files import FilesReader
    from connectors.handover import Terms, accept, load

    reader = FilesReader(folder)
    manifest = load(folder)
    if manifest is not None:
        known = {name: path for name in reader.tables if (path := reader.path(name)) is not None}
        accept(folder, Terms(), manifest.as_of, known)
    found = survey({name: joined(list(reader.pull(name))) for name in sorted(reader.tables)})
    missing = [name for name in NEEDED_TO_PLAN if name not in reader.tables]
    sealed = "" if manifest is None else f"{manifest.system}, {manifest.as_of.isoformat()}"
    click.echo(as_json(found, missing, sealed) if form == "json" else as_text(found, missing, sealed))
    if missing or any(each.findings for each in found):
        sys.exit(INVALID)


def as_text(found: "list[TableSurvey]", missing: list[str], sealed: str) -> str:
    """A paragraph per table, what is wrong first."""
    lines = [f"needed to plan and not there: {', '.join(missing)}"] if missing else []
    lines.append(f"sealed: {sealed}" if sealed else "no manifest: nobody can tell whether the delivery is whole")
    for each in found:
        aside = f", {each.aside_rows:,} set aside" if each.aside_rows else ""
        lines += ["", f"{each.name}: {each.rows:,} rows{aside}", *(f"  {text}" for text in _details(each))]
    return "\n".join(lines)


def _details(each: "TableSurvey") -> list[str]:
    lines = [f"CANNOT BE USED {finding}" for finding in each.findings]
    if each.unknown:
        lines.append(f"columns that nobody reads: {', '.join(each.unknown)}")
    lines += [f"{count:,} × {column}: {reason}" for (column, reason), count in each.aside.items()]
    named = (("units", each.units), ("currencies", each.currencies))
    lines += [f"{name}: {_counted(words)}" for name, words in named if words]
    lines += [f"{column}: {first} to {last}" for column, (first, last) in each.days.items()]
    if each.not_given:
        lines.append(f"not given: {', '.join(each.not_given)}")
    return lines


def _counted(words: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in words.items())


def as_json(found: "list[TableSurvey]", missing: list[str], sealed: str) -> str:
    """Machine-readable form."""
    tables = {}
    for each in found:
        content = asdict(each)
        content["aside"] = [{"column": c, "reason": r, "rows": n} for (c, r), n in each.aside.items()]
        tables[content.pop("name")] = content
    return json.dumps({"schema_version": 1, "missing": missing, "sealed": sealed, "tables": tables}, indent=1)
