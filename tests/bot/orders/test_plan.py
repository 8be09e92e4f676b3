"""A plan is identified by what it decided, not by when it was made."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from bot.orders.model import Verdict
from bot.orders.plan import Memory, Plan
from tests.makers import make_draft

PLAN = Plan("s4", date(2026, 3, 2), "snap", "policy", "EUR", 7, pd.DataFrame(), (make_draft(),), {})


@pytest.mark.parametrize(
    "change",
    [
        {"snapshot_id": "other"},
        {"policy_id": "other"},
        {"seed": 8},
        {"orders": ()},
        {"orders": (make_draft({"bolt": "101"}),)},
        {"orders": (make_draft(verdict=Verdict.BLOCK),)},
        {"orders": (make_draft(revision=1),)},
    ],
)
def test_what_was_decided_is_the_identity(change: dict[str, object]) -> None:
    assert replace(PLAN, **change).plan_id != PLAN.plan_id


def test_notes_and_decided_rows_are_not() -> None:
    assert replace(PLAN, notes={"a": 1}, decisions=pd.DataFrame({"a": [1]})).plan_id == PLAN.plan_id
    assert len(PLAN.plan_id) == 64


def test_a_blank_memory_has_the_columns_of_the_port_and_no_rows() -> None:
    memory = Memory.blank()
    assert [*memory.in_flight] == ["item", "location", "quantity", "need_date", "order_key", "erp_number"]
    assert [*memory.sequences] == ["item", "location", "supplier", "bucket", "sequence"]
    assert [*memory.rejections] == ["item", "location", "supplier", "quantity", "rejected_on", "actor", "reason"]
    assert (len(memory.in_flight), len(memory.sequences), len(memory.rejections)) == (0, 0, 0)
    assert (memory.in_flight["quantity"].dtype, memory.sequences["sequence"].dtype) == ("float64", "float64")
    assert memory.revisions == {}
