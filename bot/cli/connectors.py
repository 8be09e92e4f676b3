"""`restock connectors`: which route reads which table and writes which document, and who has judged that.

It prints what the connectors declare; it opens no connection.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import click

from bot.tables.erp import TABLES
from connectors.catalog import connector, ids
from connectors.catalog_types import Capability, Route

NOTHING = "-"


@click.command()
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", help="Form of output.")
def connectors(form: str) -> None:
    """Print the capability matrix: tables and documents by route."""
    click.echo(as_json() if form == "json" else as_markdown())


def routes() -> list[Route]:
    """Every route of every connector, in the order of the connectors' ids."""
    return [route for each in ids() for route in connector(each).routes]


def as_markdown() -> str:
    """The matrix, then a table per route."""
    found = routes()
    return "\n\n".join([_matrix(found), *(_details(route) for route in found)])


def as_json() -> str:
    """Machine-readable form."""
    return json.dumps({"schema_version": 1, "routes": [asdict(route) for route in routes()]}, indent=1)


def _matrix(found: list[Route]) -> str:
    documents = dict.fromkeys(name for route in found for name in route.writes)
    rows = [
        *([f"`{name}`", *(_mark(route.reads, name) for route in found)] for name in TABLES),
        *([name, *("write" if name in route.writes else NOTHING for route in found)] for name in documents),
    ]
    return _table(["table or document", *(route.name for route in found)], rows)


def _mark(reads: Mapping[str, Capability], name: str) -> str:
    if name not in reads:
        return NOTHING
    return "read, incremental" if reads[name].incremental else "read"


def _details(route: Route) -> str:
    head = ["what", "by", "later extracts read only", "judged by others", "not verified"]
    return f"#### {route.name}\n\n" + _table(head, list(_rows(route)))


def _rows(route: Route) -> Iterator[list[str]]:
    for name in TABLES:
        if name in route.reads:
            yield _row(f"`{name}`", route.reads[name])
        elif name in route.absent:
            yield [f"`{name}`", f"not served: {route.absent[name]}", "", "", ""]
    for name, capability in route.writes.items():
        yield _row(name, capability)


def _row(name: str, how: Capability) -> list[str]:
    return [name, how.via, how.incremental, how.judged_by or "nobody", how.doubt]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)
