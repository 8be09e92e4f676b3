"""One offer per planned item-location: valid today, preferred, cheap, punctual."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from bot.suppliers.choose import LATE_COST_SHARE, choose
from tests.bot.suppliers.frames import AS_OF, pairs, typed

RATES = {"EUR": Decimal(1), "USD": Decimal("0.5")}


def terms(supplier: str = "acme", price: float = 10.0, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "item": "bolt", "location": "L1", "supplier": supplier, "price": price, "currency": "EUR",
        "lead_time_days": 5.0,
    }  # fmt: skip
    return row | more


def chosen(
    *rows: dict[str, object],
    suppliers: list[dict[str, object]] | None = None,
    otif: dict[str, float] | None = None,
    planned: tuple[str, ...] = ("bolt@L1",),
) -> pd.DataFrame:
    rates = otif or {}
    scores = pd.DataFrame(
        {"otif": list(rates.values()), "otif_low": [0.9 * each for each in rates.values()], "lines": 7},
        index=pd.Index(list(rates), dtype="str"),
    )
    sourcing = typed("sourcing", *rows).assign(currency_doubt=False)
    return choose(pairs(*planned), sourcing, typed("suppliers", *(suppliers or [])), scores, RATES, AS_OF)


def test_without_terms_there_is_no_supplier_and_nothing_lapsed() -> None:
    found = chosen().iloc[0]
    assert pd.isna(found["supplier"])
    assert (found["offers"], found["lapsed"]) == (0, False)


def test_the_cheapest_wins_among_equals() -> None:
    found = chosen(terms("acme", 10.0), terms("best", 9.0)).iloc[0]
    assert (found["supplier"], found["offers"]) == ("best", 2)


def test_priority_beats_price_and_comes_before_none() -> None:
    found = chosen(terms("acme", 10.0, priority=2.0), terms("best", 12.0, priority=1.0), terms("core", 1.0))
    assert found["supplier"].tolist() == ["best"]


def test_unit_price_is_landed_per_base_unit_in_home_currency() -> None:
    found = chosen(terms(price=1000.0, price_unit=100.0, added_cost=2.0, currency="USD")).iloc[0]
    assert found["unit_price"] == pytest.approx((1000 / 100 + 2) * 0.5)
    assert found["rate"] == 0.5


def test_currencies_are_compared_at_home() -> None:
    assert chosen(terms("acme", 10.0), terms("best", 15.0, currency="USD"))["supplier"].tolist() == ["best"]


def test_lateness_costs_up_to_its_share_of_the_price() -> None:
    cheap, dear = 100.0, 100.0 * (1 + LATE_COST_SHARE * 0.5)
    late = {"acme": 0.5, "best": 1.0}
    assert chosen(terms("acme", cheap), terms("best", dear - 0.1), otif=late)["supplier"].tolist() == ["best"]
    assert chosen(terms("acme", cheap), terms("best", dear + 0.1), otif=late)["supplier"].tolist() == ["acme"]
    assert chosen(terms("acme", cheap), otif=late).iloc[0][["score", "score_low", "supplier_lines"]].tolist() == [
        0.5, 0.45, 7,
    ]  # fmt: skip


def test_a_blocked_supplier_is_chosen_only_when_nobody_else_is_left() -> None:
    blocked: list[dict[str, object]] = [{"supplier": "acme", "blocked": True, "auto_order": False}]
    found = chosen(terms("acme", 1.0, priority=1.0), terms("best", 9.0), suppliers=blocked).iloc[0]
    assert (found["supplier"], found["offers"]) == ("best", 1)
    alone = chosen(terms("acme"), suppliers=blocked).iloc[0]
    assert (alone["supplier"], bool(alone["supplier_blocked"]), alone["offers"]) == ("acme", True, 0)
    assert not alone["supplier_auto_order"]


def test_a_supplier_without_master_data_is_neither_blocked_nor_vetoed() -> None:
    found = chosen(terms()).iloc[0]
    assert (found["supplier_blocked"], found["supplier_auto_order"]) == (False, True)


@pytest.mark.parametrize(
    ("validity", "holds"),
    [
        ({"valid_from": "2026-03-02", "valid_to": "2026-03-02"}, True),
        ({"valid_from": "2026-03-03"}, False),
        ({"valid_to": "2026-03-01"}, False),
        ({}, True),
    ],
)
def test_only_terms_of_today_are_offers(validity: dict[str, object], holds: bool) -> None:  # noqa: FBT001 - a table of cases
    found = chosen(terms(**validity)).iloc[0]
    assert pd.notna(found["supplier"]) == holds
    assert found["lapsed"] == (not holds)


@pytest.mark.parametrize("reverse", [False, True])
def test_of_overlapping_validities_the_last_to_begin_counts_even_if_dearer(reverse: bool) -> None:  # noqa: FBT001 - order
    rows = [
        terms(price=5.0),
        terms(price=8.0, valid_from="2025-01-01"),
        terms(price=9.0, valid_from="2026-01-01"),
        terms(price=1.0, valid_from="2026-06-01"),
    ]
    found = chosen(*(reversed(rows) if reverse else rows)).iloc[0]
    assert (found["price"], found["offers"]) == (9.0, 1)


def test_without_a_rate_the_price_is_unknown_and_comes_last() -> None:
    assert np.isnan(chosen(terms(currency="JPY"))["unit_price"].iloc[0])
    assert chosen(terms("acme", 1.0, currency="JPY"), terms("best", 99.0))["supplier"].tolist() == ["best"]


def test_ties_are_broken_by_lead_time_then_code() -> None:
    assert chosen(terms("acme"), terms("best", lead_time_days=4.0))["supplier"].tolist() == ["best"]
    assert chosen(terms("best"), terms("acme"))["supplier"].tolist() == ["acme"]


def test_rows_keep_their_order_and_types() -> None:
    planned = ("nut@L2", "bolt@L1", "gear@L1")
    found = chosen(terms(), terms(item="nut", location="L2", supplier="core"), planned=planned)
    assert found["item"].tolist() == ["nut", "bolt", "gear"]
    assert found["supplier"].astype("str").fillna("-").tolist() == ["core", "acme", "-"]
    assert isinstance(found["supplier"].dtype, pd.CategoricalDtype)


def test_the_suppliers_own_terms_come_along() -> None:
    master: list[dict[str, object]] = [
        {"supplier": "acme", "min_order_value": 50.0, "order_cost": 12.0, "order_days": "1,4"}
    ]
    found = chosen(terms(), suppliers=master).iloc[0]
    assert found[["min_order_value", "order_cost", "order_days"]].tolist() == [50.0, 12.0, "1,4"]
