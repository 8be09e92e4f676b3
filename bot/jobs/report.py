"""What a run did, as data for people: orders with ERP numbers, drafts that wait, reasons, and the balance.

It reads the stored plan and the orders' present states; it changes nothing, asks no ERP and words nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bot.orders.model import OrderState, StoredOrder, Verdict
from bot.ports import App, Files, RunRow
from bot.ports_orders import Orders
from bot.tables.plan import NOT_NEEDED, NOT_PLANNABLE, ORDERED, REASONS

PARTS: dict[OrderState, str] = {
    OrderState.PROPOSED: "held",
    OrderState.HELD: "held",
    OrderState.MISMATCH: "held",
    OrderState.DUPLICATE: "held",
    OrderState.MANUAL: "refused",
    OrderState.REFUSED: "refused",
    OrderState.UNKNOWN: "refused",
    OrderState.AWAITING_APPROVAL: "waiting",
    OrderState.APPROVED: "waiting",
    OrderState.SENDING: "waiting",
    OrderState.REJECTED: "held",
    OrderState.EXPIRED: "held",
    OrderState.SUPERSEDED: "held",
    OrderState.CANCELLED: "held",
}
EXAMPLES = 5
SHOWN_CHARTS = 6


def build_report(app: App, row: RunRow) -> dict[str, Any]:
    """The report of a finished plan run, in the shape that `bot.render.report` documents."""
    return report_of(app.orders, app.files, app.planning.console_url, row)


def report_of(orders: Orders, files: Files, console_url: str, row: RunRow) -> dict[str, Any]:
    """The same from the stores alone, as the console has them; orders stand as they do now, not as at the run's end.

    Raises NeedsAdmin when the plan's files are not where `files` looks.
    """
    systems: Mapping[str, Mapping[str, Any]] = row.report.get("systems", {})  # type: ignore[assignment]
    stored = orders.select()
    mine = [order for order in stored if order.run_id == row.run_id or order.state is OrderState.AWAITING_APPROVAL]
    frames = {name: _decisions(files, report) for name, report in systems.items() if "plan_frames" in report}
    return {
        "run_id": row.run_id,
        "as_of": row.report.get("as_of"),
        "systems": [_system(name, report, frames.get(name), stored) for name, report in systems.items()],
        "orders": [_order(order) for order in mine if order.erp_number],
        "waiting": [
            _waiting(console_url, order, charted=place < SHOWN_CHARTS)
            for place, order in enumerate(_by_risk(mine, OrderState.AWAITING_APPROVAL))
        ],
        "held": [_waiting(console_url, order, charted=False) for order in _by_risk(mine, OrderState.HELD)],
        "not_ordered": _not_ordered(list(frames.values())),
        "quarantine": _set_aside(systems.values()),
        "timings": row.report.get("timings", {}),
    }


def _decisions(files: Files, report: Mapping[str, Any]) -> pd.DataFrame:
    return files.frames("plan", str(report["plan_frames"]))["decisions"]


def _system(
    name: str, report: Mapping[str, Any], decisions: pd.DataFrame | None, stored: list[StoredOrder]
) -> dict[str, Any]:
    findings = [*report.get("findings", ()), *([str(report["error"])] if "error" in report else [])]
    return {
        "system": name,
        "planned": int(report.get("planned", 0)),
        "health": str(report.get("grade", "unusable")).upper(),
        "findings": findings,
        "quarantined_rows": int(report.get("quarantined_rows", 0)),
        "balance": balance(decisions, [order for order in stored if order.order.system == name]),
    }


def balance(decisions: pd.DataFrame | None, stored: list[StoredOrder]) -> dict[str, int]:
    """Planned item-locations by what became of them; the parts add up to the number of rows."""
    parts = dict.fromkeys(("ordered", "moved", "waiting", "held", "refused", "not_needed", "not_plannable"), 0)
    if decisions is None:
        return parts
    states = {(line.item, line.location, order.plan_id): order.state for order in stored for line in order.order.lines}
    latest = {(item, location): state for (item, location, _), state in states.items()}
    for item, location, reason, decision in zip(
        *(decisions[column].astype("str") for column in ("item", "location", "reason", "decision")), strict=True
    ):
        part = REASONS[reason].part
        if part == ORDERED:
            part = (
                PARTS.get(latest.get((item, location), OrderState.HELD), "ordered") if decision != "move" else "moved"
            )
        parts[part] += 1
    return parts


def _order(stored: StoredOrder) -> dict[str, Any]:
    return {
        **_head(stored),
        "erp_number": stored.erp_number,
        "state": stored.state.value,
        "alone": stored.draft.verdict is Verdict.AUTO,
    }


def _head(stored: StoredOrder) -> dict[str, Any]:
    """What every list of the report tells about an order."""
    order, evidence = stored.order, _evidence(stored)
    return {
        "order_key": order.order_key, "system": order.system, "supplier": order.supplier, "location": order.location,
        "supplier_name": evidence.get("supplier_name") or "", "location_name": evidence.get("location_name") or "",
        "value": str(order.total.amount), "currency": order.currency, "lines": len(order.lines),
    }  # fmt: skip


def _evidence(stored: StoredOrder) -> Mapping[str, Any]:
    """Figures of the line that is most at risk of running out."""
    rows = stored.draft.evidence.values()
    return max(rows, key=lambda row: float(row.get("stockout_risk") or 0.0), default={})


def _waiting(console_url: str, stored: StoredOrder, *, charted: bool) -> dict[str, Any]:
    order, evidence = stored.order, _evidence(stored)
    line = next((one for one in order.lines if stored.draft.evidence.get(one.number) is evidence), order.lines[0])
    guards = list(dict.fromkeys(hit.guard for hit in stored.draft.guards))
    entry: dict[str, Any] = {
        **_head(stored),
        "reasons": guards or [f"mode {evidence.get('mode', 'suggest')}"],
        "link": f"{console_url}/a/{order.order_key}", "unit": line.unit,
        "item": line.item, "description": line.description, "risk": evidence.get("stockout_risk"),
    }  # fmt: skip
    if charted and evidence.get("chart"):
        entry["chart"] = evidence["chart"]
    return entry


def _by_risk(stored: list[StoredOrder], state: OrderState) -> list[StoredOrder]:
    def risk(order: StoredOrder) -> float:
        return max((float(row.get("stockout_risk") or 0.0) for row in order.draft.evidence.values()), default=0.0)

    chosen = [order for order in stored if order.state is state]
    return sorted(chosen, key=lambda order: (-risk(order), order.order.order_key))


def _not_ordered(frames: list[pd.DataFrame]) -> list[dict[str, Any]]:
    if not frames:
        return []
    rows = pd.concat([frame[["item", "location", "reason"]].astype("str") for frame in frames])
    rows = rows[rows["reason"].map(lambda code: REASONS[code].part in {NOT_NEEDED, NOT_PLANNABLE})]
    return [
        {
            "reason": str(code),
            "meaning": REASONS[str(code)].meaning,
            "count": len(group),
            "examples": [f"{item}@{place}" for item, place in group[["item", "location"]].head(EXAMPLES).to_numpy()],
        }
        for code, group in rows.groupby("reason")
    ]


def _set_aside(reports: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows set aside of all systems together, per column and reason, with one example."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in (entry for report in reports for entry in report.get("quarantine", ())):
        key = (f"{entry['table']}.{entry['column']}", str(entry["reason"]))
        kept = found.setdefault(key, {"table": key[0], "reason": key[1], "count": 0, "example": entry["example"]})
        kept["count"] += int(entry["count"])
    return [found[key] for key in sorted(found)]
