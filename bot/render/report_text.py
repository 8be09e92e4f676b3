"""The run report as text for the terminal: compact, aligned, every section visible.

It shows the same context as the page and computes no figures.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.render import words
from bot.render.report import Report, report_context

LONGEST = 90  # lines; a run of any size stays readable without scrolling far


def run_report_text(report: Report, lines: int = LONGEST) -> str:
    """The report in at most `lines` lines; long sections are cut and say how many rows are left out."""
    context: Any = report_context(report)["report"]
    head = [f"Restock run {context['run_id']}, as of {words.day(context['as_of'])}", context["headline"], ""]
    sections = [
        (
            f"Ordered in {words.name(system['system'])}: {system['placed']}",
            [_order_row(row) for row in system["orders"]],
        )
        for system in context["systems"]
    ]
    sections += [
        (_waiting_title(context), [_waiting_row(row) for row in context["waiting"]]),
        ("Held by policy, an admin decides", [_waiting_row(row) for row in context["held"]]),
        ("Not ordered, and why", [_reason_row(row) for row in context["not_ordered"]]),
        (
            f"Rows set aside (quarantine, counted apart): {words.count(context['totals']['quarantined'], 'row')}",
            [_quarantine_row(row) for row in context["quarantine"]],
        ),
    ]
    sections = [section for section in sections if section[1] or not section[0].startswith("Held")]
    balance = [line for system in context["systems"] for line in _balance_text(system)]
    balance += [f"  together: {context['balance_total']}"] if context["balance_total"] else []
    slowest = ", ".join(f"{words.name(step['step'])} {step['text']}" for step in context["timings"][:4])
    tail = ["Balance of item-locations", *balance] + (["", f"Slowest steps: {slowest}"] if slowest else [])
    return "\n".join([*head, *_sections(sections, lines - len(head) - len(tail)), *tail])


def _sections(sections: Sequence[tuple[str, list[list[str]]]], room: int) -> list[str]:
    """Sections as aligned rows; long ones are cut evenly so that all of them fit into `room` lines."""
    budget = max(1, (room - 4 * len(sections)) // len(sections))
    spare = sum(max(0, budget - len(rows)) for _, rows in sections)
    text: list[str] = []
    for title, rows in sections:
        allowed = min(len(rows), budget + spare)
        spare -= max(0, allowed - budget)
        text.append(title + ("" if rows or ":" in title else ": none"))
        text += _aligned(rows[:allowed])
        text += [f"  … and {len(rows) - allowed} more, see the HTML report"] if len(rows) > allowed else []
        text.append("")
    return text


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [
        "  " + "  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _pad(cell: str, width: int) -> str:
    """Figures to the right, words to the left."""
    return (
        cell.rjust(width) if cell[:1].isdigit() and not cell[-1:].isspace() and "@" not in cell else cell.ljust(width)
    )


def _order_row(row: Mapping[str, Any]) -> list[str]:
    number = f"#{words.name(row['erp_number'], 20)}"
    return [number, _where(row), words.count(int(row["lines"]), "line"), row["money"], row["by"], row["said"]]


def _where(row: Mapping[str, Any]) -> str:
    """Supplier and location; codes beside the name only where there is room for both."""
    who = words.name(row.get("supplier_name") or row["supplier"], 28)
    return f"{who} → {words.name(row['location'], 16)}"


def _waiting_title(context: Mapping[str, Any]) -> str:
    if not context["waiting"]:
        return "Waiting for a buyer"
    why = "; ".join(f"{count} × {reason}" for reason, count in context["waiting_why"][:3])
    return f"Waiting for a buyer, most often because: {why}"


def _waiting_row(row: Mapping[str, Any]) -> list[str]:
    reasons = list(row["reasons"])
    more = f" (+{len(reasons) - 2} more)" if len(reasons) > 2 else ""
    return [f"#{str(row['order_key'])[:4]}", row["money"], _where(row), ", ".join(reasons[:2]) + more]


def _reason_row(row: Mapping[str, Any]) -> list[str]:
    examples = ", ".join(words.name(one, 24) for one in list(row.get("examples") or ())[:2])
    return [words.quantity(row["count"]), words.name(row["meaning"], 90), f"e.g. {examples}" if examples else ""]


def _quarantine_row(row: Mapping[str, Any]) -> list[str]:
    return [
        words.quantity(row["count"]),
        words.name(row["table"]),
        words.spoken(row["reason"]),
        words.name(row["example"], 50),
    ]


def _balance_text(system: Mapping[str, Any]) -> list[str]:
    wrong = "" if system["adds_up"] else f"  DOES NOT ADD UP: parts make {system['sum']}"
    first = f"  {words.name(system['system'])} ({words.spoken(system['health'])}): {system['balance_line']}{wrong}"
    return [first, *(f"      {words.name(finding, 110)}" for finding in system["findings"][:3])]
