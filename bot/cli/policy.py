"""`restock policy`: check policy files before they are used.

It prints what `bot.policy` finds and changes no file.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.errors import Finding
    from bot.policy.bundle import PolicySet

INVALID = 4


@click.group()
def policy() -> None:
    """Check policy files."""


@policy.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("policies"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How findings are printed.")
def check(folder: Path, form: str) -> None:
    """Read all policy files of FOLDER and report every mistake; exit code 4 when there is one."""
    from bot.errors import InputInvalid
    from bot.forecast.broadcast import judge
    from bot.policy.parse import parse_policies
    from bot.store.policy_files import PolicyFolder

    policies: PolicySet | None = None
    errors: tuple[Finding, ...] = ()
    try:
        policies = parse_policies(PolicyFolder(folder).texts(), judge=judge)
    except InputInvalid as error:
        errors = error.findings
    warnings = policies.warnings if policies else ()
    show = _show_json if form == "json" else _show_text
    show(folder, policies, [_placed(each, folder) for each in errors], [_placed(each, folder) for each in warnings])
    if errors:
        sys.exit(INVALID)


def _placed(finding: "Finding", folder: Path) -> "Finding":
    path = finding.path if Path(finding.path) == folder else (folder / finding.path).as_posix()
    return replace(finding, path=path)


def _show_text(folder: Path, policies: "PolicySet | None", errors: "list[Finding]", warnings: "list[Finding]") -> None:
    for finding in errors:
        click.echo(str(finding))
    for finding in warnings:
        click.echo(f"warning: {finding}")
    if policies is None:
        click.echo(f"{folder}: {_count(len(errors), 'mistake')}; nothing is used until they are gone")
    else:
        rules, freezes = _count(len(policies.rules), "rule"), _count(len(policies.freezes), "freeze")
        click.echo(f"{folder}: good, {rules}, {freezes}, {_count(len(warnings), 'warning')}")
        click.echo(f"policy {policies.policy_id}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _show_json(folder: Path, policies: "PolicySet | None", errors: "list[Finding]", warnings: "list[Finding]") -> None:
    content = {
        "schema_version": 1,
        "folder": folder.as_posix(),
        "valid": policies is not None,
        "policy_id": policies.policy_id if policies else None,
        "errors": [asdict(finding) for finding in errors],
        "warnings": [asdict(finding) for finding in warnings],
    }
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))
