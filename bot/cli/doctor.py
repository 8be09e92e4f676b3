"""`restock doctor`: what is missing or wrong, why it matters, what to do; it changes nothing anywhere.

It prints what `bot.doctor` finds; exit code 0 without an error, 5 with one.
"""

import json
import logging
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.run import settings_option

if TYPE_CHECKING:
    from bot.doctor.examine import Examination, Placed

PREFLIGHT_FAILED = 5
MARKS = {"ok": "ok  ", "note": "note", "warning": "WARN", "error": "FAIL"}


@click.command()
@settings_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=50.0, show_default=True, help="Longest time to take."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--quiet", is_flag=True, help="Leave out what is right.")
def doctor(settings_path: Path, seconds: float, *, as_json: bool, strict: bool, quiet: bool) -> int:
    """Examine settings, machine, database, people, mail and every ERP; changes nothing."""
    from bot.doctor.examine import examine
    from bot.doctor.world import World
    from bot.wiring.world import SystemClock

    logging.getLogger("connectors").setLevel(logging.ERROR)  # what is to be said stands in the findings
    result = examine(settings_path, World(SystemClock()), seconds)
    failed = bool(counts(result)["error"] or (strict and counts(result)["warning"]))
    click.echo(as_text(result, quiet=quiet) if not as_json else json.dumps(as_object(result, failed=failed), indent=2))
    return PREFLIGHT_FAILED if failed else 0


def counts(result: "Examination") -> dict[str, int]:
    """Findings by grade."""
    from bot.diagnoses.kind import Grade

    return {grade.value: result.count(grade) for grade in Grade}


def as_object(result: "Examination", *, failed: bool) -> dict[str, object]:
    """The findings as JSON values; a contract with a test."""
    return {
        "schema_version": 1,
        "healthy": not failed,
        "seconds": round(result.seconds, 1),
        "counts": counts(result),
        "findings": [{"part": each.part, **asdict(each.diagnosis)} for each in result.findings],
    }


def as_text(result: "Examination", *, quiet: bool = False) -> str:
    """The findings for people: part by part, a mark each, why and what to do under what is not right."""
    lines: list[str] = []
    for part, placed in groupby(result.findings, key=lambda each: each.part):
        shown = [line for each in placed if not (quiet and each.diagnosis.grade == "ok") for line in _lines(each)]
        lines += [part, *shown, ""] if shown else []
    number = counts(result)
    words = ", ".join(_several(number[grade], grade) for grade in ("error", "warning", "note"))
    return "\n".join([*lines, f"{words}, {_several(number['ok'], 'check')} fine, in {result.seconds:.1f} s"])


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lines(each: "Placed") -> list[str]:
    found = each.diagnosis
    head = f"  {MARKS[found.grade]}  {found.what}"
    if found.grade == "ok":
        return [head]
    return [f"{head}  [{found.code}]", *(f"        {text}" for text in (f"why: {found.why}", f"do:  {found.remedy}"))]
