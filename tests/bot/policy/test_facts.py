"""Figures of lines and runs in one form: missing is NaN or -1, never a friendly zero."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bot.policy.facts import RunFacts, columns_of
from bot.policy.parse import parse_policies
from bot.policy.resolve import APPROVE_ALL, FREE, HOLD, resolve
from tests.bot.policy.reading import good

BREAKERS = """breakers:
  - { watch: stock_rows_drop_pct, above: 20, then: hold_all }
  - { watch: erp_errors_in_a_row, above: 4, then: approve_all }
"""


@pytest.mark.parametrize(
    ("watched", "strengths"),
    [
        ({"stock_rows_drop_pct": 20.0, "erp_errors_in_a_row": 4.0}, [FREE, FREE]),
        ({"stock_rows_drop_pct": 20.1, "erp_errors_in_a_row": 4.1}, [HOLD, APPROVE_ALL]),
        ({}, [APPROVE_ALL, APPROVE_ALL]),
        ({"stock_rows_drop_pct": np.nan, "erp_errors_in_a_row": 0.0}, [APPROVE_ALL, FREE]),
    ],
)
def test_a_breaker_opens_above_its_figure_and_asks_where_it_is_missing(
    watched: dict[str, float], strengths: list[int]
) -> None:
    run = RunFacts(watched=watched)
    assert [run.strength(breaker) for breaker in good(BREAKERS).company.breakers] == strengths


def test_missing_figures_are_nan_and_missing_amounts_unknown_while_absent_drafts_are_none() -> None:
    lines = pd.DataFrame({"order_group": [1, 1, 2], "amount_minor": pd.array([5, 7, None], dtype="Int64")})
    policies = parse_policies({"policy.yaml": "version: 1\n"})
    columns = columns_of(lines, resolve(policies, lines, date(2026, 1, 1)), RunFacts())
    assert columns["amount_minor"].tolist() == [5, 7, -1]
    assert columns["order_minor"].tolist() == [12, 12, -1]
    assert columns["order_with_drafts_minor"].tolist() == [12, 12, -1]
    assert np.isnan(columns["price"]).all()
    assert columns["breaker"].tolist() == [FREE] * 3
