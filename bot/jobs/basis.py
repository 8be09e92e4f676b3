"""What a plan rests on before demand is forecast: offers, scores, lead times, patterns, settings, intervals.

Planning and learning share it, so that both see the same; it is pure and orders nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from bot.forecast.outside import Outside
from bot.inventory.calendar import next_orders
from bot.inventory.economics import number, unit_costs
from bot.inventory.lead_time import LeadTimes, lead_time_distributions
from bot.inventory.lots import writable_multiple
from bot.jobs.figures import Interval, attributes
from bot.jobs.outside import known_outside
from bot.orders.plan import Memory
from bot.patterns import kept
from bot.patterns.classify import classify
from bot.patterns.demand import DemandPanel, regularise
from bot.policy.bundle import PolicySet
from bot.policy.resolve import resolve
from bot.ports import Planning
from bot.snapshot import views
from bot.snapshot.dataset import Snapshot, planned
from bot.suppliers.choose import choose
from bot.suppliers.lines import outcomes
from bot.suppliers.promises import with_first_promises
from bot.suppliers.rates import pin
from bot.suppliers.score import score_suppliers


@dataclass(frozen=True, slots=True)
class Basis:
    """Frames and arrays in the row order of `rows` (item, location), except `scores`, which is by supplier.

    `leads` are learned lead times without the policy's additions, `interval` has them.
    """

    rows: pd.DataFrame
    rates: Mapping[str, Decimal]
    scores: pd.DataFrame
    offers: pd.DataFrame
    worth: np.ndarray
    panel: DemandPanel
    patterns: pd.DataFrame
    matching: pd.DataFrame
    settings: pd.DataFrame
    leads: LeadTimes
    interval: Interval
    outside: Outside

    @property
    def categories(self) -> np.ndarray:
        """Category of every row, '' where it has none: what seasons and new items share."""
        return np.asarray(self.matching["category"].astype("object").where(self.matching["category"].notna(), ""))


def basis(
    snapshot: Snapshot, policies: PolicySet, memory: Memory, planning: Planning, freq: str | None = None
) -> Basis:
    """Work out everything that does not need a forecast; `policies` name their currency."""
    as_of = pd.Timestamp(snapshot.as_of)
    rows = planned(snapshot)
    rates = pin(snapshot["rates"], policies.currency, as_of)
    receipts, still_open = (
        with_first_promises(snapshot[name], memory.promises) for name in ("receipts", "open_orders")
    )
    lines = outcomes(receipts, still_open, as_of)
    scores = score_suppliers(lines, _suppliers(snapshot), as_of)
    offers = choose(rows, snapshot["sourcing"], snapshot["suppliers"], scores, rates, as_of)
    multiple = writable_multiple(offers["order_multiple"].to_numpy(dtype="float64"), offers["unit_factor"])
    offers = offers.assign(order_multiple=multiple)
    values = {code: float(rate) for code, rate in rates.items()}
    worth = unit_costs(rows, snapshot["items"], snapshot["item_locations"], values)
    panel = regularise(views.demand_history(snapshot), snapshot.as_of, freq=freq, index=rows)
    said = kept.usable(memory.patterns, panel.freq, snapshot.as_of)
    patterns = kept.as_said_today(classify(panel, worth, said), said, panel.freq, snapshot.as_of)
    matching = attributes(snapshot, rows, offers, patterns)
    settings = resolve(policies, matching, snapshot.as_of).frame
    leads = lead_time_distributions(lines, offers, as_of)
    interval = _interval(leads, offers, settings, planning, as_of)
    outside = known_outside(snapshot, rows)
    return Basis(rows, rates, scores, offers, worth, panel, patterns, matching, settings, leads, interval, outside)


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
