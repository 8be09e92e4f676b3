"""The run report as a page and as text for the terminal: what was ordered, what waits, what was not and why.

It adds nothing to the figures that a run recorded; it only checks that the balance adds up and says so.

Shape of `report` (values may be JSON: dates as ISO text, amounts as text or numbers; lists may be empty)::

    run_id: str
    as_of: ISO day
    systems: [{system: str, planned: int, health: "OK" | "DEGRADED" | "UNUSABLE", findings?: [str],
               balance: {ordered, moved, waiting, held, refused, not_needed, not_plannable: int}}]
    orders: [{erp_number, system, supplier, location: str, value: amount, currency: str, lines: int, state: str}]
    waiting: [{order_key, supplier, location: str, value: amount, currency: str, link: str,
               reasons: [guard name or text],
               chart?: {history: [[day, quantity]], fan: [[day, q10, q50, q90]], level?: quantity}, unit?: str}]
    held?: [as waiting]
    not_ordered: [{reason: str, meaning: str, count: int, examples: ["ITEM@LOCATION"]}]
    quarantine: [{table: str, reason: str, count: int, example: str}]
    timings: {step: seconds} or [[step, seconds]]
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.guards.table import GUARDS
from bot.orders.model import Money
from bot.render import words
from bot.render.chart import chart_from
from bot.render.reasons import guard_words
from bot.render.svg import fan_svg
from bot.render.templates import render

Report = Mapping[str, Any]
PARTS = ("ordered", "moved", "waiting", "held", "refused", "not_needed", "not_plannable")
LISTED = 100
CHARTS = 6


def run_report(report: Report, templates: Path | None = None) -> str:
    """One self-contained HTML page: style sheet and charts inside, nothing fetched from anywhere."""
    return render("report/run.html.j2", report_context(report), templates)


def report_context(report: Report) -> dict[str, object]:
    """What the report templates need; used by `run_report` and by the console's page around the same body."""
    systems = [_system(row) for row in report.get("systems") or ()]
    waiting = [_waiting(row, drawn=index < CHARTS) for index, row in enumerate(report.get("waiting") or ())]
    orders = [{**row, "money": _money(row)} for row in report.get("orders") or ()]
    shown = {
        "run_id": report.get("run_id", ""),
        "as_of": date.fromisoformat(str(report["as_of"])[:10]),
        "headline": _headline(orders, waiting, systems),
        "totals": {"planned": sum(s["planned"] for s in systems), "quarantined": _quarantined(report)},
        "systems": systems,
        "orders": orders,
        "waiting": waiting,
        "held": [_waiting(row, drawn=False) for row in report.get("held") or ()],
        "not_ordered": sorted(report.get("not_ordered") or (), key=lambda row: -int(row["count"])),
        "quarantine": sorted(report.get("quarantine") or (), key=lambda row: (str(row["table"]), -int(row["count"]))),
        "timings": [{"step": step, "text": f"{seconds:.1f} s"} for step, seconds in _timings(report)],
    }
    return {"report": shown, "limit": LISTED}


def run_report_text(report: Report, lines: int = 60) -> str:
    """The same report for a terminal: compact, aligned, at most `lines` lines."""
    context: Any = report_context(report)["report"]
    head = [f"Restock run {context['run_id']}, as of {words.day(context['as_of'])}", context["headline"], ""]
    balance = [line for system in context["systems"] for line in _balance_text(system)]
    quarantine = [
        [
            words.quantity(row["count"]),
            words.name(row["table"]),
            words.spoken(row["reason"]),
            words.name(row["example"], 50),
        ]
        for row in context["quarantine"]
    ]
    sections = [
        ("Ordered (numbers read back from the ERP)", [_order_row(row) for row in context["orders"]]),
        ("Waiting for a buyer", [_waiting_row(row) for row in context["waiting"]]),
        ("Held by policy", [_waiting_row(row) for row in context["held"]]),
        ("Not ordered, and why", [_reason_row(row) for row in context["not_ordered"]]),
        ("Rows set aside", quarantine),
    ]
    sections = [section for section in sections if section[1] or section[0] != "Held by policy"]
    slowest = ", ".join(f"{words.name(step['step'])} {step['text']}" for step in context["timings"][:4])
    tail = ["Balance", *balance] + (["", f"Slowest steps: {slowest}"] if slowest else [])
    room = lines - len(head) - len(tail)
    return "\n".join([*head, *_sections(sections, room), *tail])


def _sections(sections: Sequence[tuple[str, list[list[str]]]], room: int) -> list[str]:
    """Sections as aligned rows; long ones are cut evenly so that all of them fit into `room` lines."""
    budget = max(1, (room - 4 * len(sections)) // len(sections))
    spare = sum(max(0, budget - len(rows)) for _, rows in sections)
    text: list[str] = []
    for title, rows in sections:
        allowed = min(len(rows), budget + spare)
        spare -= max(0, allowed - budget)
        text.append(title + ("" if rows else ": none"))
        text += _aligned(rows[:allowed])
        text += [f"  … and {len(rows) - allowed} more"] if len(rows) > allowed else []
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
    where = f"{words.name(row['supplier'], 28)} → {words.name(row['location'], 16)}"
    number = f"#{words.name(row['erp_number'], 20)}"
    return [
        words.name(row["system"], 12),
        number,
        where,
        words.count(int(row["lines"]), "line"),
        row["money"],
        words.spoken(row["state"]),
    ]


def _waiting_row(row: Mapping[str, Any]) -> list[str]:
    reasons = list(row.get("reasons") or ("",))
    where = f"{words.name(row['supplier'], 28)} → {words.name(row['location'], 16)}"
    more = f" (+{len(reasons) - 1})" if len(reasons) > 1 else ""
    return [f"#{str(row['order_key'])[:4]}", row["money"], where, words.name(reasons[0], 60) + more]


def _reason_row(row: Mapping[str, Any]) -> list[str]:
    examples = ", ".join(words.name(one, 24) for one in list(row.get("examples") or ())[:2])
    meaning = words.name(row["meaning"], 64)
    return [words.quantity(row["count"]), words.spoken(row["reason"]), meaning, f"e.g. {examples}" if examples else ""]


def _balance_text(system: Mapping[str, Any]) -> list[str]:
    wrong = "" if system["adds_up"] else f"  DOES NOT ADD UP: parts make {system['sum']}"
    return [f"  {words.name(system['system'])} ({words.spoken(system['health'])}): {system['balance_line']}{wrong}"]


def _system(row: Mapping[str, Any]) -> dict[str, Any]:
    balance = {part: int(row.get("balance", {}).get(part, 0)) for part in PARTS}
    planned, total = int(row["planned"]), sum(balance.values())
    parts = " + ".join(f"{count:,} {part.replace('_', ' ')}" for part, count in balance.items())
    return {
        "system": row["system"],
        "health": str(row.get("health", "OK")),
        "planned": planned,
        "sum": total,
        "adds_up": planned == total,
        "balance_line": f"{planned:,} planned = {parts}",
        "findings": list(row.get("findings") or ()),
    }


def _waiting(row: Mapping[str, Any], *, drawn: bool) -> dict[str, Any]:
    chart = chart_from(row.get("chart")) if drawn else None
    picture = fan_svg(chart, str(row.get("unit", ""))) if chart else None
    told = [guard_words(code) if code in GUARDS else str(code) for code in dict.fromkeys(row.get("reasons") or ())]
    return {"link": "", **row, "reasons": told, "money": _money(row), "picture": picture}


def _money(row: Mapping[str, Any]) -> str:
    value = row.get("value")
    return "value not known" if value is None else words.money(Money(Decimal(str(value)), str(row["currency"])))


def _headline(orders: list[dict[str, Any]], waiting: list[dict[str, Any]], systems: list[dict[str, Any]]) -> str:
    planned = sum(system["planned"] for system in systems)
    done = f"{words.count(len(orders), 'order')} placed ({_sums(orders)})" if orders else "No order placed"
    asked = (
        f"{words.count(len(waiting), 'draft')} waiting for a buyer ({_sums(waiting)})" if waiting else "nothing waits"
    )
    return f"{planned:,} item-locations looked at: {done}, {asked}."


def _sums(rows: list[dict[str, Any]]) -> str:
    """Totals per currency; currencies are never added up."""
    totals: dict[str, Decimal] = {}
    for row in rows:
        if row.get("value") is not None:
            totals[row["currency"]] = totals.get(row["currency"], Decimal(0)) + Decimal(str(row["value"]))
    return (
        " + ".join(words.money(Money(total, currency)) for currency, total in sorted(totals.items()))
        or "value not known"
    )


def _quarantined(report: Report) -> int:
    return sum(int(row["count"]) for row in report.get("quarantine") or ())


def _timings(report: Report) -> list[tuple[str, float]]:
    timings = report.get("timings") or {}
    pairs = timings.items() if isinstance(timings, Mapping) else timings
    return sorted(((str(step), float(seconds)) for step, seconds in pairs), key=lambda pair: -pair[1])
