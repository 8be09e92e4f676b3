"""The planning cycle: from a checked snapshot and policies to decisions and drafted orders.

`plan_cycle` is the product in one function; it is pure, so backtest, explanation and replay call the
same one. Pulling, storing and sending are other jobs.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from bot.errors import StopRun
from bot.forecast.broadcast import Broadcast
from bot.forecast.result import Forecast
from bot.inventory.economics import caps, economics
from bot.inventory.position import due_days, project
from bot.inventory.propose import Doubts, propose
from bot.inventory.targets import set_targets, without_demand
from bot.jobs.basis import basis
from bot.jobs.earlier import FREQ, NO_EARLIER, Earlier
from bot.jobs.explaining import explaining
from bot.jobs.figures import Steps, changes, figures, totals
from bot.jobs.forecasting import forecast_of, learned_choices
from bot.jobs.gate import quiet_run
from bot.jobs.verdicts import judged
from bot.orders.draft import draft_orders
from bot.orders.plan import Memory, Plan
from bot.patterns.demand import DemandPanel
from bot.policy.bundle import PolicySet
from bot.policy.facts import RunFacts
from bot.ports import Planning
from bot.snapshot import views
from bot.snapshot.checks import Grade
from bot.snapshot.dataset import Snapshot

SILENT_DAYS = 364  # twelve months or 52 weeks, in whole buckets


def plan_cycle(  # noqa: PLR0913 (inputs and options, all named)
    snapshot: Snapshot,
    policies: PolicySet,
    memory: Memory,
    planning: Planning,
    *,
    before: Mapping[str, float] | None = None,
    earlier: Earlier = NO_EARLIER,
    freq: str | None = None,
    broadcast: Broadcast | None = None,
) -> Plan:
    """Decide every planned item-location of one snapshot; StopRun when the snapshot is UNUSABLE.

    `before` are the `totals` in the notes of the plan before this one: breakers watch the change since then. `earlier`
    are the decisions of one of a day before, for telling people what changed.
    `broadcast` runs the forecasters of libraries that policies name; without one they run here and unwatched.
    """
    if snapshot.health.grade is Grade.UNUSABLE:
        raise StopRun("; ".join(snapshot.health.findings), "nothing was ordered; mend the extract and run again")
    as_of = pd.Timestamp(snapshot.as_of)
    policies = replace(policies, currency=policies.currency or planning.currency)  # files may name no amount at all
    base = basis(snapshot, policies, memory, planning, freq)
    rows, offers, interval, settings = base.rows, base.offers, base.interval, base.settings
    learned = learned_choices(base, memory, snapshot.as_of)
    forecast = forecast_of(base, memory, snapshot.as_of, planning.seed, broadcast)
    demand = forecast.interval(interval.days)
    filled = (settings["objective"] == "fill_rate").any()
    per_day = demand.mean / interval.mean
    targets = set_targets(
        demand,
        forecast.interval(interval.lead.days) if filled else None,
        settings,
        economics(settings, offers, base.worth),
        interval.review,
        interval.mean,
        caps(settings, snapshot["items"], rows, per_day, as_of),
    )
    days = interval.last_day(snapshot.as_of), interval.wait, offers["lead_time_days"].to_numpy(dtype="float64")
    due = due_days(snapshot.as_of, *days, interval.lead.mean)
    positions = project(rows, snapshot, memory.in_flight, due)
    doubts = _doubts(snapshot, rows, base.panel, forecast)
    targets = without_demand(targets, doubts.no_history | _silent(base.panel))
    proposals = propose(positions, targets, offers, doubts)
    steps = Steps(
        rows, base.matching, offers, base.panel, base.patterns,
        interval, forecast, demand, targets, positions, proposals,
    )  # fmt: skip
    table = figures(snapshot, steps).assign(**explaining(steps, earlier))
    sums = totals(snapshot, base.worth, offers["unit_price"].to_numpy(dtype="float64"), per_day)
    run = _run(sums, before)
    decisions = judged(table, steps, snapshot, policies, memory, base.rates, run)
    notes = {"forecast": forecast.notes, "totals": sums, "watched": dict(run.watched), "before": dict(before or {})}
    notes[FREQ], notes["earlier"] = base.panel.freq, earlier.ref
    notes["learned"] = {"champions": _chosen_on(learned), "promises": len(memory.promises)}
    return _plan(snapshot, policies, planning, memory, decisions, base.rates, notes)


def _chosen_on(champions: pd.DataFrame) -> dict[str, str]:
    """The day of the choice by pattern class, of the champions that were used."""
    days = champions["chosen_on"].dt.strftime("%Y-%m-%d")
    return dict(zip(champions["pattern"].astype("str"), days, strict=True))


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
