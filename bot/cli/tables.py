"""`restock tables`: the canonical tables as text, from the same source that checks the data.

It prints; the declarations live in bot.tables.
"""

import json

import click

from bot.tables.erp import TABLES
from bot.tables.spec import Column, Table


@click.command()
@click.argument("names", nargs=-1, metavar="[TABLE]...")
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", help="Form of the output."
)
def tables(names: tuple[str, ...], form: str) -> None:
    """Print the canonical tables: every column with kind, unit, check and meaning."""
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        raise click.UsageError(f"there is no table {', '.join(unknown)}; tables are {', '.join(TABLES)}")
    chosen = [TABLES[name] for name in names or TABLES]
    click.echo(_FORMS[form](chosen))


def as_text(chosen: list[Table]) -> str:
    """Aligned text for a terminal; optional columns in brackets."""
    blocks = []
    for table in chosen:
        lines = [f"{table.name} - {table.meaning}", f"  key: {', '.join(table.key)}{' (rows add up)' * table.additive}"]
        lines += [
            f"  {_shown(c):<22} {c.kind.value:<9} {c.unit:<24} {c.check:<24} {c.meaning}".rstrip()
            for c in table.columns
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_markdown(chosen: list[Table]) -> str:
    """The page docs/tables.md."""
    blocks = ["# Canonical tables", "", "Made by `restock tables --format markdown`; do not edit by hand.", ""]
    for table in chosen:
        added = "; rows with equal keys add up" if table.additive else ""
        blocks += [f"## {table.name}", "", f"{table.meaning}. Key: {', '.join(table.key)}{added}.", ""]
        blocks += ["| column | kind | unit | check | default | meaning |", "|---|---|---|---|---|---|"]
        blocks += [
            f"| {_shown(c)} | {c.kind.value} | {c.unit} | {c.check.replace('|', '/')} | {c.default} | {c.meaning} |"
            for c in table.columns
        ]
        blocks.append("")
    return "\n".join(blocks).rstrip()


def as_json(chosen: list[Table]) -> str:
    """Machine-readable form."""
    return json.dumps(
        {
            "schema_version": 1,
            "tables": {
                table.name: {
                    "meaning": table.meaning,
                    "key": table.key,
                    "additive": table.additive,
                    "columns": [
                        {
                            "name": c.name, "kind": c.kind.value, "dtype": c.dtype, "unit": c.unit,
                            "meaning": c.meaning, "required": c.required, "check": c.check, "default": c.default,
                        }
                        for c in table.columns
                    ],
                }
                for table in chosen
            },
        },
        indent=1,
    )  # fmt: skip


def _shown(column: Column) -> str:
    return column.name if column.required else f"[{column.name}]"


_FORMS = {"text": as_text, "markdown": as_markdown, "json": as_json}
