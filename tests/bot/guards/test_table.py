"""The table of guards: stable bits, real columns, names from masks."""

import pytest

from bot.guards.table import BITS, GUARDS, guard_names

ORDER = (
    "auto_order_value_max", "order_value_max", "auto_spend_per_day_max", "auto_spend_per_week_max",
    "auto_orders_per_run_max", "qty_vs_usual_max_ratio", "unit_slip", "price_rise_max_pct", "price_collar",
    "cover_max_days", "supplier_score_min_pct", "stock_data_age_max_hours", "forecast_jump", "supplier_blocked",
    "erp_veto", "data_doubt", "new_item", "new_supplier", "freeze_approve", "freeze_hold", "breaker_approve",
    "breaker_hold",
)  # fmt: skip
BLOCKING = {"order_value_max", "unit_slip", "price_collar", "forecast_jump", "supplier_blocked", "freeze_hold",
            "breaker_hold"}  # fmt: skip


def test_bits_never_move() -> None:
    assert tuple(GUARDS)[: len(ORDER)] == ORDER
    assert [BITS[name] for name in ORDER] == list(range(len(ORDER)))
    assert max(BITS.values()) < 63


def test_what_blocks_is_a_closed_list() -> None:
    assert {name for name, guard in GUARDS.items() if guard.verdict == "block"} == BLOCKING


def test_masks_become_names_in_the_order_of_the_table() -> None:
    assert guard_names(0) == ()
    assert guard_names(1 << BITS["erp_veto"] | 1) == ("auto_order_value_max", "erp_veto")


def test_a_guard_over_many_orders_has_no_check_of_its_own() -> None:
    with pytest.raises(ValueError, match="counts over many orders"):
        GUARDS["auto_spend_per_day_max"].hits({})
