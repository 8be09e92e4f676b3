"""The run report as a page, and what page and text share: what was ordered, what waits, what was not and why.

It adds nothing to the figures that a run recorded; it only checks that the balance adds up and says so.

Shape of `report` (values may be JSON: dates as ISO text, amounts as text or numbers; lists may be empty)::

    run_id: str
    as_of: ISO day
    systems: [{system: str, planned: int, health: "OK" | "DEGRADED" | "UNUSABLE", findings?: [str],
               quarantined_rows?: int,
               balance: {ordered, moved, waiting, held, refused, not_needed, not_plannable: int}}]
    orders: [{erp_number, system, supplier, location: str, value: amount, currency: str, lines: int, state: str,
              order_key?: str, supplier_name?, location_name?: str, alone?: bool,
              read_back?: what a fresh read of the ERP said: a state such as "open", or "missing"}]
    waiting: [{order_key, supplier, location: str, value: amount, currency: str, link: str,
               reasons: [guard name, "mode <mode>" or text], system?, supplier_name?, location_name?: str,
               item?, description?: str, lines?: int, risk?: share,
               chart?: {history: [[day, quantity]], fan: [[day, q10, q50, q90]], level?: quantity}, unit?: str}]
    held?: [as waiting]
    not_ordered: [{reason: str, meaning: str, count: int, examples: ["ITEM@LOCATION"]}]
    quarantine: [{table: str, reason: str, count: int, example: str}]
    timings: {step: seconds} or [[step, seconds]]
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.orders.model import Money
from bot.render import words
from bot.render.chart import chart_from
from bot.render.reasons import reason_words
from bot.render.svg import fan_svg
from bot.render.templates import render

Report = Mapping[str, Any]
PARTS = {
    "ordered": "ordered",
    "moved": "moved",
    "waiting": "waiting",
    "held": "held or blocked",
    "refused": "refused or unknown",
    "not_needed": "not needed",
    "not_plannable": "not plannable",
}
LISTED = 100
CHARTS = 6
MISSING = "missing"
AUTOMATIC, APPROVED = "automatic", "after approval"


def run_report(report: Report, templates: Path | None = None) -> str:
    """One self-contained HTML page: style sheet and charts inside, nothing fetched from anywhere."""
    return render("report/run.html.j2", report_context(report), templates)


def report_context(report: Report) -> dict[str, object]:
    """What the report templates need; used by `run_report` and by the console's page around the same body."""
    orders = [_order(row) for row in report.get("orders") or ()]
    systems = [_system(row, orders) for row in report.get("systems") or ()]
    waiting = [_draft(row, drawn=index < CHARTS) for index, row in enumerate(report.get("waiting") or ())]
    shown = {
        "run_id": report.get("run_id", ""),
        "as_of": date.fromisoformat(str(report["as_of"])[:10]),
        "headline": _headline(orders, waiting, systems),
        "totals": {"planned": sum(s["planned"] for s in systems), "quarantined": _quarantined(report)},
        "systems": systems,
        "balance_total": _total(systems) if len(systems) > 1 else "",
        "orders": orders,
        "waiting": waiting,
        "waiting_why": _counted(waiting),
        "held": [_draft(row, drawn=False) for row in report.get("held") or ()],
        "not_ordered": sorted(report.get("not_ordered") or (), key=lambda row: -int(row["count"])),
        "quarantine": sorted(report.get("quarantine") or (), key=lambda row: (str(row["table"]), -int(row["count"]))),
        "timings": [{"step": step, "text": f"{seconds:.1f} s"} for step, seconds in _timings(report)],
    }
    return {"report": shown, "limit": LISTED, "drawn": CHARTS}


def _order(row: Mapping[str, Any]) -> dict[str, Any]:
    """An order with its state in words: what was read back when it was, else what the worker last saw."""
    read = str(row.get("read_back") or "")
    said = "not found in the ERP" if read == MISSING else f"read back: {words.spoken(read).lower()}" if read else ""
    return {
        **row,
        "money": _money(row),
        "who": _named(row, "supplier"),
        "where": _named(row, "location"),
        "said": said or words.spoken(row["state"]).lower(),
        "good": read != MISSING,
        "by": AUTOMATIC if row.get("alone", True) else APPROVED,
    }


def _draft(row: Mapping[str, Any], *, drawn: bool) -> dict[str, Any]:
    chart = chart_from(row.get("chart")) if drawn else None
    label = words.name(row.get("description") or row.get("item") or "", 60)
    risk = row.get("risk")
    return {
        "link": "",
        **row,
        "reasons": [reason_words(code) for code in dict.fromkeys(row.get("reasons") or ())],
        "money": _money(row),
        "who": _named(row, "supplier"),
        "where": _named(row, "location"),
        "label": label,
        "risk_words": "" if risk is None else words.percent(float(risk)),
        "picture": fan_svg(chart, str(row.get("unit", ""))) if chart else None,
    }


def _named(row: Mapping[str, Any], key: str) -> str:
    """`Name (code)` where the name is known, else the code."""
    code, called = words.name(row[key], 40), words.name(row.get(f"{key}_name") or "", 60)
    return f"{called} ({code})" if called and called != code else code


def _system(row: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    balance = {part: int(row.get("balance", {}).get(part, 0)) for part in PARTS}
    planned, total = int(row["planned"]), sum(balance.values())
    mine = [order for order in orders if order["system"] == row["system"]]
    return {
        "system": row["system"],
        "health": str(row.get("health", "OK")),
        "planned": planned,
        "sum": total,
        "adds_up": planned == total,
        "balance": balance,
        "balance_line": _balance(planned, balance),
        "findings": list(row.get("findings") or ()),
        "orders": mine,
        "placed": _placed(mine),
    }


def _placed(orders: Sequence[Mapping[str, Any]]) -> str:
    """`18 orders created automatically, 2 more after approval (1,234.00 EUR), every number read back …`."""
    if not orders:
        return "no order"
    ways = Counter(str(order["by"]) for order in orders)
    alone, asked = ways.get(AUTOMATIC, 0), ways.get(APPROVED, 0)
    parts = [f"{words.count(alone, 'order')} created automatically"] if alone else []
    if asked:
        parts.append(f"{asked} more after approval" if alone else f"{words.count(asked, 'order')} after approval")
    text = f"{', '.join(parts)} ({sums(orders)})"
    read = [order for order in orders if order.get("read_back")]
    found = sum(bool(order["good"]) for order in read)
    if not read:
        return text
    share = "every number" if found == len(orders) else f"{found} of {len(orders)} numbers"
    return f"{text}, {share} read back by an independent GET"


def _balance(planned: int, parts: Mapping[str, int]) -> str:
    return f"{planned:,} planned = " + " + ".join(f"{parts[part]:,} {said}" for part, said in PARTS.items())


def _total(systems: Sequence[Mapping[str, Any]]) -> str:
    parts = {part: sum(system["balance"][part] for system in systems) for part in PARTS}
    return _balance(sum(system["planned"] for system in systems), parts)


def _counted(drafts: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """How many drafts wait for which reason; a draft with several counts under each."""
    return Counter(reason for draft in drafts for reason in draft["reasons"]).most_common()


def _money(row: Mapping[str, Any]) -> str:
    value = row.get("value")
    return "value not known" if value is None else words.money(Money(Decimal(str(value)), str(row["currency"])))


def _headline(orders: list[dict[str, Any]], waiting: list[dict[str, Any]], systems: list[dict[str, Any]]) -> str:
    planned = sum(system["planned"] for system in systems)
    done = f"{words.count(len(orders), 'order')} placed ({sums(orders)})" if orders else "No order placed"
    asked = (
        f"{words.count(len(waiting), 'draft')} waiting for a buyer ({sums(waiting)})" if waiting else "nothing waits"
    )
    return f"{planned:,} item-locations planned: {done}, {asked}."


def sums(rows: Sequence[Mapping[str, Any]]) -> str:
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
    """Rows set aside, each once where the run knows; else per reason."""
    known = [row["quarantined_rows"] for row in report.get("systems") or () if "quarantined_rows" in row]
    return sum(map(int, known)) if known else sum(int(row["count"]) for row in report.get("quarantine") or ())


def _timings(report: Report) -> list[tuple[str, float]]:
    timings = report.get("timings") or {}
    pairs = timings.items() if isinstance(timings, Mapping) else timings
    return sorted(((str(step), float(seconds)) for step, seconds in pairs), key=lambda pair: -pair[1])
