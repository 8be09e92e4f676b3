"""The guards once more when an order is about to leave."""

from typing import Any

import numpy as np
import pytest

from bot.policy.claim import limits_at_claim
from tests.bot.policy.test_decide import CALM, made


@pytest.mark.parametrize(
    ("change", "mode", "alone", "person"),
    [
        ({}, "assist", (), ()),
        ({"quantity": 900.0, "price": np.nan}, "assist", (), ()),
        ({"amount_minor": 200_000}, "assist", ("auto_order_value_max",), ()),
        ({"amount_minor": 600_000}, "assist", ("auto_order_value_max", "order_value_max"), ("order_value_max",)),
        ({"supplier_blocked": True}, "assist", ("supplier_blocked",), ("supplier_blocked",)),
        ({"supplier_blocked": None}, "assist", ("supplier_blocked",), ("supplier_blocked",)),
        ({"location": "cool"}, "assist", ("freeze_approve",), ()),
        ({"location": "cold"}, "assist", ("freeze_hold",), ("freeze_hold",)),
        ({}, "suggest", ("mode",), ()),
        ({}, "observe", ("mode",), ("mode",)),
    ],
)
def test_the_claim_checks_again(
    change: dict[str, Any], mode: str, alone: tuple[str, ...], person: tuple[str, ...]
) -> None:
    lines, resolved = made(change, mode=mode)
    assert limits_at_claim(lines, resolved, run=CALM, by_person=False) == alone
    assert limits_at_claim(lines, resolved, run=CALM, by_person=True) == person
