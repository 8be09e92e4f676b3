"""The planning cycle: from a checked snapshot and policies to decisions and drafted orders.

`plan_cycle` is the product in one function; it is pure, so backtest, explanation and replay call the
same one. Pulling, storing and sending are other jobs.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from bot.errors import StopRun
from bot.forecast.demand import forecast_demand
from bot.forecast.result import Forecast
from bot.inventory.calendar import next_orders
from bot.inventory.economics import caps, economics, number, unit_costs
from bot.inventory.lead_time import LeadTimes, lead_time_distributions
from bot.inventory.lots import writable_multiple
from bot.inventory.position import due_days, project
from bot.inventory.propose import Doubts, propose
from bot.inventory.targets import set_targets, without_demand
from bot.jobs.figures import Interval, Steps, attributes, changes, figures, totals
from bot.jobs.gate import quiet_run
from bot.jobs.verdicts import judged
from bot.orders.draft import draft_orders
from bot.orders.plan import Memory, Plan
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel, regularise
from bot.policy.bundle import PolicySet
from bot.policy.facts import RunFacts
from bot.policy.resolve import resolve
from bot.ports import Planning
from bot.snapshot import views
from bot.snapshot.checks import Grade
from bot.snapshot.dataset import Snapshot, planned
from bot.suppliers.choose import choose
from bot.suppliers.lines import outcomes
from bot.suppliers.rates import pin
from bot.suppliers.score import score_suppliers

SILENT_DAYS = 364  # twelve months or 52 weeks, in whole buckets


def plan_cycle(
    snapshot: Snapshot,
    policies: PolicySet,
    memory: Memory,
    planning: Planning,
    *,
    before: Mapping[str, float] | None = None,
    freq: str | None = None,
) -> Plan:
    """Decide every planned item-location of one snapshot; StopRun when the snapshot is UNUSABLE.

    `before` are the `totals` in the notes of the plan before this one: breakers watch the change since then.
    """
    if snapshot.health.grade is Grade.UNUSABLE:
        raise StopRun("; ".join(snapshot.health.findings), "nothing was ordered; mend the extract and run again")
    as_of = pd.Timestamp(snapshot.as_of)
    policies = replace(policies, currency=policies.currency or planning.currency)  # files may name no amount at all
    rows = planned(snapshot)
    rates = pin(snapshot["rates"], policies.currency, as_of)
    lines = outcomes(snapshot["receipts"], snapshot["open_orders"], as_of)
    scores = score_suppliers(lines, _suppliers(snapshot), as_of)
    offers = choose(rows, snapshot["sourcing"], snapshot["suppliers"], scores, rates, as_of)
    multiple = writable_multiple(offers["order_multiple"].to_numpy(dtype="float64"), offers["unit_factor"])
    offers = offers.assign(order_multiple=multiple)
    values = {code: float(rate) for code, rate in rates.items()}
    worth = unit_costs(rows, snapshot["items"], snapshot["item_locations"], values)
    panel = regularise(views.demand_history(snapshot), snapshot.as_of, freq=freq, index=rows)
    patterns = classify(panel, worth)
    matching = attributes(snapshot, rows, offers, patterns)
    settings = resolve(policies, matching, snapshot.as_of).frame
    interval = _interval(lead_time_distributions(lines, offers, as_of), offers, settings, planning, as_of)
    forecast = forecast_demand(panel, patterns, horizon_days=interval.mean, seed=planning.seed)
    demand = forecast.interval(interval.days)
    filled = (settings["objective"] == "fill_rate").any()
    per_day = demand.mean / interval.mean
    targets = set_targets(
        demand,
        forecast.interval(interval.lead.days) if filled else None,
        settings,
        economics(settings, offers, worth),
        interval.review,
        interval.mean,
        caps(settings, snapshot["items"], rows, per_day, as_of),
    )
    days = interval.last_day(snapshot.as_of), interval.wait, offers["lead_time_days"].to_numpy(dtype="float64")
    due = due_days(snapshot.as_of, *days, interval.lead.mean)
    positions = project(rows, snapshot, memory.in_flight, due)
    doubts = _doubts(snapshot, rows, panel, forecast)
    targets = without_demand(targets, doubts.no_history | _silent(panel))
    proposals = propose(positions, targets, offers, doubts)
    steps = Steps(rows, matching, offers, panel, patterns, interval, forecast, demand, targets, positions, proposals)
    table = figures(snapshot, steps)
    sums = totals(snapshot, worth, offers["unit_price"].to_numpy(dtype="float64"), per_day)
    run = _run(sums, before)
    decisions = judged(table, steps, snapshot, policies, memory, rates, run)
    notes = {"forecast": forecast.notes, "totals": sums, "watched": dict(run.watched), "before": dict(before or {})}
    return _plan(snapshot, policies, planning, memory, decisions, rates, notes)


def _run(sums: Mapping[str, float], before: Mapping[str, float] | None) -> RunFacts:
    """Figures of the run; what no earlier run is known for has not moved."""
    quiet = quiet_run()
    return replace(quiet, watched={**quiet.watched, **changes(sums, before or {})})


def _plan(
    snapshot: Snapshot,
    policies: PolicySet,
    planning: Planning,
    memory: Memory,
    decisions: pd.DataFrame,
    rates: Mapping[str, object],
    notes: Mapping[str, object],
) -> Plan:
    orders = draft_orders(
        decisions, system=snapshot.system, installation=planning.installation, currency=policies.currency, memory=memory
    )
    return Plan(
        snapshot.system,
        snapshot.as_of,
        snapshot.snapshot_id,
        policies.policy_id,
        policies.currency,
        planning.seed,
        decisions,
        orders,
        {**notes, "rates": {code: str(rate) for code, rate in rates.items()}},
    )


def _suppliers(snapshot: Snapshot) -> pd.Index:
    codes: pd.Index = snapshot["sourcing"]["supplier"].cat.categories.astype("str")
    return codes


def _interval(
    leads: LeadTimes, offers: pd.DataFrame, settings: pd.DataFrame, planning: Planning, as_of: pd.Timestamp
) -> Interval:
    named = number(settings, "review_period_days")
    review = np.where(np.isfinite(named), named, float(planning.review_period_days))
    wait, following = next_orders(as_of, offers["order_days"], review)
    buffer = np.nan_to_num(number(settings, "lead_time_buffer_days"))
    buffer += np.nan_to_num(number(settings, "goods_receipt_days"))
    lead = LeadTimes(leads.days + buffer[:, None], leads.lines)
    return Interval(wait, following - wait, lead, following[:, None] + lead.days)


def _doubts(snapshot: Snapshot, rows: pd.DataFrame, panel: DemandPanel, forecast: Forecast) -> Doubts:
    no_history = np.asarray(panel.first >= panel.periods)
    return Doubts(
        inactive=views.inactive(snapshot, rows),
        item_set_aside=views.items_set_aside(snapshot, rows),
        orders_set_aside=views.set_aside(snapshot, rows, "open_orders") > 0,
        sourcing_set_aside=views.set_aside(snapshot, rows, "sourcing") > 0,
        no_history=no_history,
        forecast_failed=~np.isfinite(forecast.mean(1)[:, 0]) & ~no_history,
    )


def _silent(panel: DemandPanel) -> np.ndarray:
    """Whether nothing was asked for in a year, [n] bool; days without stock or data are no silence."""
    values = np.asarray(panel.values)
    sold_since = np.logical_or.accumulate(values[:, ::-1] > 0.0, axis=1)[:, ::-1]
    quiet = (~np.isnan(values) & ~sold_since).sum(axis=1)
    return np.asarray(quiet * panel.bucket_days >= SILENT_DAYS)
