"""Today's policy at the moment an order is about to leave: the guards and caps that the claim obeys.

It reads policy files and the order's stored figures only; it plans nothing and reserves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from bot.errors import InputInvalid
from bot.orders.machine import is_person
from bot.orders.model import GuardHit, OrderEvent, PurchaseOrder, StoredOrder
from bot.orders.money import to_minor
from bot.policy.bundle import PolicySet
from bot.policy.claim import limits_at_claim
from bot.policy.facts import RunFacts
from bot.policy.parse import parse_policies
from bot.policy.resolve import resolve
from bot.policy.words import Watch
from bot.ports import Clock, PolicySource, Runs
from bot.ports_orders import SpendLimits

LOOK_BACK = 30  # attempts at the plan among which the last good one is looked for
WATCHED = "watched"  # key of a plan's report: the figures that breakers watch
MATCHED = ("item", "location", "supplier", "category", "abc", "xyz", "pattern", "lifecycle", "unit_price")
UNREADABLE = "policy"  # the hit that is about the files, not about the order
TOO_OLD = "too_old"
# Stock, demand and prices that an approval rests on are a week old then; a plan of today would see others.
APPROVAL_DAYS = 7
FLAGS = ("supplier_blocked", "supplier_auto_order", "item_auto_order")


@dataclass(frozen=True, slots=True)
class PolicyGate:
    """The port `Gate` over policy files; a broken policy lets nothing through."""

    policies: PolicySource
    clock: Clock
    timezone: str
    runs: Runs | None = None  # None = no plan has been seen, so no breaker is open

    def hits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> Sequence[GuardHit]:
        """Guards that forbid sending now; one hit named UNREADABLE when the files cannot be read."""
        try:
            policies = parse_policies(self.policies.texts())
        except InputInvalid as error:
            return [GuardHit(UNREADABLE, "cannot be read", "valid policy files", str(error.findings[0]))]
        value = stored.draft.value
        if value is not None and policies.currency not in {"", value.currency}:
            return [GuardHit("policy_currency", f"value in {value.currency}", f"amounts in {policies.currency}")]
        lines = lines_of(stored)
        today = self.clock.today(self.timezone)
        resolved = resolve(policies, lines[list(MATCHED)], today)
        by_person = _by_person(approval)
        names = limits_at_claim(lines, resolved, run=self._last_run(stored.order.system), by_person=by_person)
        old = too_old(
            stored.order, self._day(approval.at if approval else stored.changed_at), today, by_person=by_person
        )
        found = "when it was about to be sent"
        if value is None:
            found += f"; its value in {policies.currency or stored.order.currency} is unknown"
        return [*old, *(GuardHit(name, found, "") for name in names)]

    def limits(self, stored: StoredOrder, approval: OrderEvent | None = None) -> SpendLimits:
        """Caps to reserve against; what a person approved is not limited by the caps on orders without one."""
        currency = stored.draft.value.currency if stored.draft.value else stored.order.currency
        if _by_person(approval):
            return SpendLimits(currency)
        caps = self._policies().spend_caps()
        return SpendLimits(caps.currency or currency, caps.per_day, caps.per_week, caps.orders_per_run)

    def _day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def _last_run(self, system: str) -> RunFacts:
        """What breakers watched in the newest plan of the system: one that opened then stops orders now."""
        quiet = quiet_run()
        watched = last_plan(self.runs, system).get(WATCHED, {}) if self.runs else {}
        return replace(quiet, watched={**quiet.watched, **watched})

    def people_needed(self, stored: StoredOrder) -> int:
        """How many different people the approval route of the order's value asks for; unknown values take the last."""
        value = stored.draft.value
        policies = self._policies()
        return policies.routes_needed(to_minor(value.amount, value.currency) if value else -1)

    def _policies(self) -> PolicySet:
        return parse_policies(self.policies.texts())


def _by_person(approval: OrderEvent | None) -> bool:
    """Who took the step decides, not the verdict of the plan: a person may have released what the plan approved."""
    return approval is not None and is_person(approval.actor)


def too_old(order: PurchaseOrder, approved_on: date, today: date, *, by_person: bool) -> list[GuardHit]:
    """Hits on an order that time has overtaken since its approval: the approval is old, or its need date passed.

    A need date that was past already when a person approved it does not count: that person saw it.
    """
    hits = []
    age = (today - approved_on).days
    if age > APPROVAL_DAYS:
        hits.append(GuardHit(TOO_OLD, f"approved {age} days ago, on {approved_on}", f"{APPROVAL_DAYS} days"))
    needed = min(line.need_date for line in order.lines)
    if needed < today and not (by_person and needed < approved_on):
        hits.append(GuardHit(TOO_OLD, f"needed on {needed}", f"today, {today}"))
    return hits


def last_plan(runs: Runs, system: str, since: date = date.min, before: date = date.max) -> dict[str, Any]:
    """The report on a system of its newest good plan of a business date from `since` to `before`; empty without one.

    Attempts that failed or still run are passed over: they neither close a breaker nor set a yardstick.
    """
    for run in runs.history(LOOK_BACK, "plan"):
        systems = run.report.get("systems")
        report = systems.get(system) if isinstance(systems, dict) else None
        if isinstance(report, dict) and WATCHED in report and since <= run.business_date <= before:
            return report
    return {}


def quiet_run() -> RunFacts:
    """A run in which no figure that breakers watch has moved."""
    return RunFacts(0, 0, 0, {str(watch): 0.0 for watch in Watch})


def lines_of(stored: StoredOrder) -> pd.DataFrame:
    """The order's lines with the figures that were stored beside them; what is missing stays missing.

    The amounts of the lines follow the order's value, which a changed quantity moved since the plan: the whole
    value stands on the first line, because limits at claim look at orders, not at lines.
    """
    rows = []
    for line in stored.order.lines:
        evidence = stored.draft.evidence.get(line.number, {})
        known = {name: evidence.get(name) for name in (*MATCHED, *FLAGS, "amount_minor")}
        rows.append({**known, "item": line.item, "location": line.location, "supplier": stored.order.supplier})
    frame = pd.DataFrame(rows).assign(order_group=0)
    value = stored.draft.value
    if value is not None:
        frame["amount_minor"] = [to_minor(value.amount, value.currency)] + [0] * (len(rows) - 1)
    return frame.assign(unit_price=pd.to_numeric(frame["unit_price"]))
