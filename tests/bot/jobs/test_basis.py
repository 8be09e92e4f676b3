"""What planning and learning both rest on: promises that follow-up saw count, policy additions stay apart."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from bot.jobs.basis import Basis, basis
from bot.orders.plan import Memory
from bot.patterns import kept
from bot.policy.parse import parse_policies
from bot.ports import Planning
from tests.bot.company import AS_OF, Company, history, on_time


def based(company: Company, memory: Memory | None = None) -> Basis:
    policies = replace(parse_policies({"policy.yaml": company.policy}), currency="EUR")
    return basis(company.snapshot(), policies, memory or Memory.blank(), Planning("test", "UTC", "EUR"))


def promised(company: Company, days: int) -> Memory:
    """A memory of first promises, so many days before the ones that the extract shows."""
    rows = [
        (row["order_ref"], "", "bolt", "L1", pd.Timestamp(row["promised_on"]) - timedelta(days=days), 1)  # type: ignore[arg-type]
        for row in company.tables["receipts"]
    ]
    names = ["order_ref", "order_key", "item", "location", "first_promised_on", "moves"]
    frame = pd.DataFrame(rows, columns=names).astype({"first_promised_on": "datetime64[s]"})
    return replace(Memory.blank(), promises=frame)


def test_learned_lead_times_know_nothing_of_what_policy_adds() -> None:
    company = Company.small(receipts=on_time())
    company.policy += "defaults: { lead_time_buffer_days: 3, goods_receipt_days: 2 }\n"
    made = based(company)
    assert made.leads.mean.tolist() == [5.0]
    assert made.interval.lead.mean.tolist() == [10.0]
    assert np.all(made.interval.days == made.interval.review[:, None] + made.interval.lead.days)


def test_a_supplier_who_put_promises_off_has_a_worse_score_than_the_extract_shows() -> None:
    company = Company.small(receipts=on_time())
    plain, put_off, kept = (
        based(company, memory).scores.loc["acme"] for memory in (None, promised(company, 10), promised(company, 0))
    )
    assert plain["late_share"] == 0.0
    assert put_off["late_share"] == 1.0
    assert put_off["otif"] < plain["otif"]
    pd.testing.assert_series_equal(kept, plain)


def test_promises_move_the_plan_only_through_the_score() -> None:
    company = Company.small(receipts=on_time())
    plain, put_off = company.cycle().decisions, company.cycle(promised(company, 10)).decisions
    assert put_off["supplier_score_pct"].iloc[0] < plain["supplier_score_pct"].iloc[0]
    assert put_off["lead_time_days"].iloc[0] == plain["lead_time_days"].iloc[0]


def test_words_that_learning_kept_hold_on_while_figures_stay_near_the_cut() -> None:
    company = Company.small(demand=history([5, 6, 5, 0] * 15))  # one day in 1.33 has demand, just over the cut
    plain = based(company)
    assert plain.patterns["pattern"].tolist() == ["intermittent"]
    said = kept.as_frame(plain.patterns, plain.panel.freq, AS_OF).assign(pattern="smooth")
    held = based(company, replace(Memory.blank(), patterns=said))
    assert held.patterns["pattern"].tolist() == ["smooth"]
    assert held.matching["pattern"].tolist() == ["smooth"]
    later = replace(Memory.blank(), patterns=said.assign(seen_on=pd.Timestamp(AS_OF) + timedelta(days=1)))
    assert based(company, later).patterns["pattern"].tolist() == ["intermittent"]
